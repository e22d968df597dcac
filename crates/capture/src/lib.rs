#![doc = include_str!("../README.md")]

pub mod distinct_id;
pub mod identity;
pub mod sink;
