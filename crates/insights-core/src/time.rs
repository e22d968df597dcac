//! Time, injected: nothing in the domain reads the wall clock itself.

use std::fmt;
use std::sync::Mutex;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Tells the present instant.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant, to the microsecond: what every store can keep exactly.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> DateTime<Utc> {
        to_microseconds(Utc::now())
    }
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock to `now`, forwards or backwards.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().expect("no holder of this lock panics") = now;
    }

    /// Moves the clock forwards by `by`.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.0.lock().expect("no holder of this lock panics");
        *now += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("no holder of this lock panics")
    }
}

/// The instant without what is finer than a microsecond.
pub fn to_microseconds(instant: DateTime<Utc>) -> DateTime<Utc> {
    // Only instants beyond the range of 64-bit nanoseconds (years 1677 to 2262) cannot be cut; those stay as they are.
    instant.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(instant)
}

/// Smallest step of time that a query tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interval {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
}
