#![doc = include_str!("../README.md")]

pub mod answer;
pub mod buckets;
pub mod export;
pub mod filter;
pub mod lending;
pub mod memory;
pub mod query;
pub mod record;
pub mod request;
pub mod service;
pub mod store;
