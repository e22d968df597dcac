#![doc = include_str!("../README.md")]

pub mod database;
pub mod scratch;
pub mod target;

mod actions;
mod activity;
mod agent_sessions;
mod alerts;
mod api_keys;
mod changes;
mod cohorts;
mod connection;
mod dashboards;
mod datasets;
mod endpoints;
mod failure;
mod file_system;
mod insights;
mod leases;
mod organizations;
mod projects;
mod prompts;
mod query_cache;
mod recordings;
mod reports;
mod schema;
mod server_secret;
mod setup;
mod sharing;
mod tiles;
mod users;
mod values;
mod variables;

// Only linked, never named: they bring SQLite and libpq into the binary from source.
use {libsqlite3_sys as _, pq_sys as _};
