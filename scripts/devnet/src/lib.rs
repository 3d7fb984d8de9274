//! Devnet.
