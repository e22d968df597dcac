#![doc = include_str!("../README.md")]

mod error;
pub mod memory;
pub mod model;
pub mod repository;
pub mod service;
