#![doc = include_str!("../README.md")]

mod batch;
pub mod check;
mod compact;
pub mod config;
pub mod error;
mod flush;
mod grams;
mod manifest;
mod memtable;
mod project;
mod query;
mod segment;
mod shared;
pub mod store;
mod writer;

pub use check::{CheckReport, check};
pub use config::LogStoreConfig;
pub use error::StoreError;
pub use store::{EmbeddedLogStore, LogStats};
