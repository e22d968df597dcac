#![doc = include_str!("../README.md")]

pub mod executions;
pub mod materialization;
pub mod materialized;
pub mod memory;
pub mod model;
pub mod openapi;
pub mod query;
pub mod repository;
pub mod run;
pub mod service;
pub mod variables;
