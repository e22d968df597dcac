#![doc = include_str!("../README.md")]

mod bloat;
mod coaching;
pub mod common;
pub mod control;
pub mod facts;
pub mod gather;
mod labels;
pub mod language;
mod markdown;
pub mod memory;
pub mod narrative;
mod numbers;
pub mod page;
pub mod period;
mod prices;
pub mod record;
pub mod report;
pub mod repository;
pub mod service;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod texts;
pub mod v2;
pub mod v3;
mod view;
