//! The HTTP tests: one binary, one module a resource, every test with a server of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and helpers are part of the tests")]

mod activity;
mod alerts;
mod browser;
mod capture;
mod coalescing;
mod conformance;
mod dashboards;
mod datasets;
mod definitions;
mod demo;
mod endpoint_attacks;
mod endpoints;
mod every_route;
mod file_system;
mod files;
mod groups;
mod health;
mod insight_variables;
mod insights;
mod kill;
mod language;
mod limits;
mod malformed;
mod materialization;
mod max_tools;
mod objects;
mod organizations;
mod paths;
mod personal_api_keys;
mod process;
mod projects;
mod prompts;
mod query;
mod rate_limits;
mod recordings;
mod sdk;
mod secrets;
mod shared_pages;
mod sharing;
mod support;
mod users;
mod video;
