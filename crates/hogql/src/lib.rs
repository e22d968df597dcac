#![doc = include_str!("../README.md")]

pub mod ast;
pub mod error;
pub mod expression;
pub mod functions;
pub mod ir;
mod lex;
pub mod lifting;
pub mod moments;
pub mod parse;
pub mod placeholders;
pub mod print;
pub mod resolve;
pub mod tables;
pub mod types;
pub mod walk;
