#![doc = include_str!("../README.md")]

pub mod hindsight;
pub mod models;
pub mod notifications;
pub mod objects;
pub mod recall;
pub mod tls;
