#![doc = include_str!("../README.md")]

pub mod answer;
pub mod control;
pub mod error;
pub mod field;
pub mod memory;
pub mod plan;
pub mod scan;
pub mod slice;
pub mod source;
pub mod value;
