//! The crate from outside: what holds for every request and every set of records.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic where a test cannot go on")]

mod paging;
mod requests;
