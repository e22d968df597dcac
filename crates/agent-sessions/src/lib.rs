#![doc = include_str!("../README.md")]

pub mod assembly;
pub mod capture;
pub mod daily;
pub mod event;
pub mod highlights;
pub mod judge;
pub mod language;
pub mod memory;
pub mod metric;
pub mod model;
pub mod relate;
pub mod repository;
pub mod rubric;
pub mod score;
pub mod service;
mod shell;
pub mod skill;
pub mod statistics;
pub mod stats;
pub mod sub_session;
#[cfg(test)]
mod testing;
pub mod transcript;
pub mod turn;
mod values;
pub mod window;
