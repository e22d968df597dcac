//! The Hindsight server: configuration, wiring, routes.
//!
//! What decides anything lives in the domain crates. This crate reads the configuration, opens the stores, and translates between HTTP and
//! the domain: a handler extracts, calls one service method and answers. `docs/adding-a-route.md` shows how one is added.

mod address;
pub mod app;
mod authors;
pub mod background;
mod blocking;
mod changes;
pub mod cli;
mod cohort_people;
mod commands;
pub mod config;
mod csv;
pub mod error;
mod extract;
mod groups;
mod log_tails;
pub mod logging;
mod materialization;
pub mod metrics;
mod middleware;
pub mod openapi;
mod otlp;
mod paging;
mod password_work;
mod project_tokens;
pub mod queries;
mod questions;
mod rate_limits;
mod reporting;
mod routes;
mod served_prompts;
pub mod server;
pub mod storage;
mod visitors;
mod vocabulary;
mod watched;
mod wire;
mod writing;
