//! The event store from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and helpers are part of the tests")]

mod agreement;
mod persisted;
