//! HogQL: the SELECT language that people write against PostHog.
//!
//! Text becomes a syntax tree ([`parse`]), placeholders are filled in ([`placeholders`]), names and types are found ([`resolve()`]), and
//! what comes out is a tree with nothing left to look up ([`ir`]) that an engine runs. Nothing here reads data or names an engine.

pub mod ast;
pub mod error;
pub mod expression;
pub mod functions;
pub mod ir;
mod lex;
pub mod parse;
pub mod placeholders;
pub mod print;
pub mod resolve;
pub mod tables;
pub mod types;
pub mod walk;
