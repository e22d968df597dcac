#![doc = include_str!("../README.md")]

pub mod answer;
pub mod control;
pub mod dates;
pub mod error;
pub mod field;
pub mod filters;
mod first_event;
pub mod formula;
mod funnels;
mod legacy;
pub mod memory;
mod merge;
pub mod nodes;
pub mod plan;
pub mod predicate;
pub mod scan;
pub mod slice;
pub mod source;
mod trends;
pub mod value;
