#![doc = include_str!("../README.md")]

pub mod content;
pub mod memory;
pub mod model;
pub mod repository;
pub mod service;
