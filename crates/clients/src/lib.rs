#![doc = include_str!("../README.md")]

pub mod hindsight;
pub mod tls;
