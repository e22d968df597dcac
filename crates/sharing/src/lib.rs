#![doc = include_str!("../README.md")]

pub mod memory;
pub mod model;
pub mod password;
pub mod proof;
pub mod repository;
pub mod service;
pub mod settings;
pub mod throttle;
pub mod visit;
