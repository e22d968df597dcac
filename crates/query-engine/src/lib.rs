#![doc = include_str!("../README.md")]

pub mod answer;
pub mod cohort;
pub mod control;
pub mod dates;
pub mod definitions;
pub mod error;
pub mod field;
pub mod filters;
mod first_event;
pub mod formula;
mod funnels;
mod legacy;
mod lifecycle;
pub mod memory;
mod merge;
pub mod nodes;
mod paths;
pub mod plan;
pub mod predicate;
mod retention;
pub mod scan;
pub mod slice;
pub mod source;
mod stickiness;
mod trends;
pub mod value;
