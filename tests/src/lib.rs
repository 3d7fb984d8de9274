//! What the tests of the whole share, and what `scripts/run` plays: generated people, a stage, and one sale on it.

pub mod bytecode;
pub mod costs;
pub mod dollar;
pub mod generator;
pub mod guests;
pub mod hostile;
pub mod model;
pub mod play;
pub mod signers;
pub mod stage;
