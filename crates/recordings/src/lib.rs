#![doc = include_str!("../README.md")]

pub mod memory;
pub mod model;
pub mod patch;
pub mod recall;
pub mod repository;
pub mod segment;
pub mod service;
pub mod status;
pub mod transcript;
pub mod uploads;
pub mod video;
