//! The services over the store in memory, and that store against the contracts of the repository traits.

#![expect(clippy::unwrap_used, reason = "everything here is a test or serves one")]

mod api_keys;
mod auth;
mod dashboards;
mod insights;
mod memory;
mod setup;
mod support;
