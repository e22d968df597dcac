#![doc = include_str!("../README.md")]

mod batch;
pub mod check;
mod column;
mod column_cache;
mod compact;
pub mod config;
pub mod error;
mod event_names;
pub mod exchange;
pub mod export;
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
mod writer;

pub use check::{CheckProgress, CheckReport, check};
pub use config::StoreConfig;
pub use error::StoreError;
pub use export::Export;
pub use store::{EventStore, StoreStats};
