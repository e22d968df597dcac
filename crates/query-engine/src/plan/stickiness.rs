//! The operator behind stickiness: in how many intervals actors are active.
//!
//! Everything in it can be said in SQL as well as computed by the kernels: a `GROUP BY` actor and interval with a `HAVING`, one of those
//! by actor, and one of these by their number.

use std::ops::RangeInclusive;

use crate::plan::sequence::Actor;
use crate::predicate::Predicate;
use crate::scan::EventSet;

/// Several series over one range in time and one set of intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveIntervals {
    /// What counts as activity; the output has them in this order.
    pub series: Vec<ActivitySeries>,
    /// First instant that counts, in microseconds since 1970 UTC.
    pub from_us: i64,
    /// First instant that is too late, in microseconds since 1970 UTC.
    pub until_us: i64,
    /// Where intervals begin and the last one ends, in microseconds since 1970 UTC, ascending: at least two. The first may lie before the
    /// range, the last after it.
    pub edges_us: Vec<i64>,
    /// How many events an actor needs in an interval to be active in it.
    pub n_events: RangeInclusive<u32>,
}

/// What counts as activity, and whose.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivitySeries {
    /// The events by name.
    pub events: EventSet,
    /// What an event must satisfy besides.
    pub predicate: Predicate,
    /// Who is active.
    pub actor: Actor,
}

/// What an [`ActiveIntervals`] computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StickinessOutput {
    /// For each series, how many actors are active in exactly one interval, in two, and so on up to all of them.
    pub series: Vec<Vec<u64>>,
}
