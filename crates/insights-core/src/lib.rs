#![doc = include_str!("../README.md")]

pub mod event;
pub mod ids;
pub mod problem;
pub mod project;
pub mod time;
