//! The engine from outside: queries as clients send them, over events in memory.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "helpers of tests may panic where a test cannot go on"
)]

mod actors;
mod aggregate;
mod ask;
mod cohorts;
mod conformance;
mod funnels;
mod lifecycle;
mod paths;
mod retention;
mod stickiness;
mod trends;
mod world;
