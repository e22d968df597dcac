#![doc = include_str!("../README.md")]

pub mod analysis;
pub mod assistant;
pub mod description;
pub mod meeting;
pub mod model;
pub mod plain_text;
pub mod prompt;
pub mod question;
pub mod scripted;
pub mod suggestions;
pub mod tasks;
