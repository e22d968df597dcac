//! The services over the store in memory, and that store against the contracts of the repository traits.

mod api_keys;
mod auth;
mod dashboards;
mod insights;
mod memory;
mod setup;
mod support;
