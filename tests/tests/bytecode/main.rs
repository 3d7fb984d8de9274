//! The rules once more, on the bytecode that is deployed: through ink!, ABI and chain.
//!
//! The events and errors of every call are decoded with the bindings, and whatever these do not know fails the test.

mod contributions;
mod limits;
mod money;
mod powers;
mod steps;
mod votes;
