#![doc = include_str!("../README.md")]

pub mod answer;
pub mod control;
pub mod dates;
pub mod error;
pub mod field;
pub mod filters;
pub mod formula;
pub mod memory;
pub mod nodes;
pub mod plan;
pub mod predicate;
pub mod scan;
pub mod slice;
pub mod source;
pub mod value;
