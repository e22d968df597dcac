#![doc = include_str!("../README.md")]

pub mod assistant;
pub mod model;
pub mod plain_text;
pub mod prompt;
pub mod scripted;
