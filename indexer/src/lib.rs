//! Reads a Chorus pool from its chain into a database and serves it.
//!
//! ```text
//! chain ──▶ decode ──▶ project ──▶ store ──▶ api
//! blocks    events     changes     SQLite    HTTP
//! ```
//!
//! `decode` and `project` are pure; [`follow`] drives them. The rows of each table, how they are applied and how they
//! are read stand together in a file of [`tables`]; what the API answers is in [`views`]. Each foreign crate has one
//! place: subxt in [`chain`], sqlx in [`store`] and its [`tables`], axum in [`api`]. Everything in the database follows
//! from finalized blocks: delete the file, index again, and the same rows are there.

pub mod api;
pub mod chain;
pub mod condition;
pub mod decode;
mod error;
pub mod follow;
pub mod metrics;
pub mod project;
mod run;
mod status;
pub mod store;
pub mod tables;
pub mod values;
pub mod views;

pub use error::Error;
pub use run::{Config, Running, start, start_from};
