//! The HTTP tests: one binary, one module a resource, every test with a server of its own.

mod every_route;
mod health;
mod organizations;
mod paths;
mod personal_api_keys;
mod process;
mod projects;
mod rate_limits;
mod support;
mod users;
