//! HogQL run over events in memory.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic where a test cannot go on")]

mod conformance;
mod functions;
mod logs;
mod relations;
mod selects;
