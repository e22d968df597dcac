#![doc = include_str!("../README.md")]

pub mod dataset_service;
pub mod file;
pub mod item_service;
pub mod memory;
pub mod model;
pub mod repository;
