#![doc = include_str!("../README.md")]

mod batch;
mod codec;
mod column;
pub mod config;
mod disk;
pub mod error;
pub mod exchange;
mod flush;
mod json;
mod manifest;
mod memtable;
mod persons;
mod project;
mod properties;
mod scan;
mod segment;
mod shared;
pub mod store;
mod text;
mod uuids;
mod wal;
mod writer;

pub use config::StoreConfig;
pub use error::StoreError;
pub use store::{EventStore, StoreStats};
