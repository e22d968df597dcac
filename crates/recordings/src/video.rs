//! The video of a recording: how it comes in, where it lies, and how it is read.
//!
//! Bytes come in order. They are cut into parts of at most [`PART_BYTES`](model::PART_BYTES); a part becomes an object, and then one transaction stores its
//! row and moves the upload's offset, if that is still where the part begins. So what the offset covers is kept for good, of two that upload at the
//! same time one is told that it is wrong, and a server that dies leaves at most an object that nothing refers to.

pub mod error;
pub mod memory;
pub mod model;
pub mod pool;
pub mod ranges;
pub mod read;
pub mod repository;
pub mod service;
pub mod sweep;

mod cutter;
mod kind;
