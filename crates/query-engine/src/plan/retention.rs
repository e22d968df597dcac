//! The operator behind retention: who comes back, so many intervals after they began.
//!
//! Everything in it can be said in SQL as well as computed by the kernel: an actor's intervals are two arrays (`groupUniqArray` over
//! `GROUP BY` the actor), the cells of an actor are a join of the two, the rest are counts and sums.

use std::sync::Arc;

use crate::cohort::Cohort;
use crate::field::Field;
use crate::plan::sequence::Actor;
use crate::predicate::Predicate;
use crate::scan::EventSet;

/// How many actors begin in each interval (a **row**), and how many of them come back in the first, second, … interval after it (the
/// **columns**; column 0 is the row's own interval, in which all of the row's actors are).
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionMatrix {
    /// The events with which actors begin.
    pub start: RetentionEvents,
    /// The events with which they come back.
    pub returning: RetentionEvents,
    /// What every event must satisfy; one that does not is not seen at all.
    pub predicate: Predicate,
    /// With which of their events actors begin.
    pub occurrence: StartOccurrence,
    /// What intervals are.
    pub intervals: RetentionIntervals,
    /// How many rows there are.
    pub n_rows: usize,
    /// The columns.
    pub columns: RetentionColumns,
    /// Whether an actor who is in a column is in all columns before it too.
    pub is_cumulative: bool,
    /// With how many events in one interval an actor comes back in it; at least one. Neither rolling intervals nor measures that add
    /// numbers up ask for more than one.
    pub min_returns: u32,
    /// Who begins and comes back.
    pub actor: Actor,
    /// What the numbers are broken down by.
    pub breakdown: Option<RetentionBreakdown>,
    /// What is added up besides the actors.
    pub measure: Option<RetentionMeasure>,
}

impl RetentionMatrix {
    /// The first instant that counts, in microseconds since 1970 UTC; earlier events only decide which event of an actor is the first.
    pub fn from_us(&self) -> i64 {
        self.intervals.edges_us()[0]
    }

    /// The first instant that is too late, in microseconds since 1970 UTC.
    pub fn until_us(&self) -> i64 {
        let edges_us = self.intervals.edges_us();
        edges_us[edges_us.len() - 1]
    }
}

/// Some events.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionEvents {
    /// The events by name.
    pub events: EventSet,
    /// What an event must satisfy besides.
    pub predicate: Predicate,
}

/// With which of their events actors begin.
#[derive(Clone, Debug, PartialEq)]
pub enum StartOccurrence {
    /// With each: an actor is in the row of every interval that has one. In rolling intervals, with the first in the range.
    Each,
    /// With the first of all time.
    First,
    /// With the first of all time of these events, which then has to be one of the start events too. Of several at that instant, one
    /// suffices.
    FirstOf(RetentionEvents),
}

/// What intervals are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetentionIntervals {
    /// Those between neighbouring instants, in microseconds since 1970 UTC, ascending; one more than there are rows.
    Calendar {
        /// The instants.
        edges_us: Vec<i64>,
    },
    /// So many units, counted from the unit in which the actor begins; rows are counted from the first unit. Units may go on after those
    /// that rows have, for those who come back later.
    Rolling {
        /// Where units begin and the last one ends, in microseconds since 1970 UTC, ascending; at least two.
        edges_us: Vec<i64>,
        /// How many of them make an interval; at least one.
        n_units: u32,
    },
}

impl RetentionIntervals {
    /// The instants that bound intervals or units.
    pub fn edges_us(&self) -> &[i64] {
        match self {
            Self::Calendar { edges_us } | Self::Rolling { edges_us, .. } => edges_us,
        }
    }
}

/// The columns after the first one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetentionColumns {
    /// One for each interval, so many with the first one; what is later is in none.
    Intervals(usize),
    /// One for each bracket of so many consecutive intervals, each at least one. They are counted from the first interval in which the
    /// actor begins, in every row.
    Brackets(Vec<u32>),
}

impl RetentionColumns {
    /// How many there are, with the first one.
    pub fn len(&self) -> usize {
        match self {
            Self::Intervals(n) => *n,
            Self::Brackets(brackets) => brackets.len() + 1,
        }
    }

    /// Whether there is none, not even the first one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What the numbers are broken down by.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionBreakdown {
    /// Where values come from.
    pub by: RetentionBreakdownBy,
    /// How many values stand for themselves; the numbers of the others are added up. Those with the most actors in column 0 come first,
    /// then the lesser value.
    pub limit: usize,
}

/// Where the values of a breakdown come from.
#[derive(Clone, Debug, PartialEq)]
pub enum RetentionBreakdownBy {
    /// The text of this field, the empty one where an event has none. An actor is another one under each value, with the events of that
    /// value alone; with two exceptions. Of [`StartOccurrence::FirstOf`] an actor has the one value of that first event (of several at
    /// that instant, the least), whatever later events say. In rolling intervals an actor begins once, whatever the value, and is
    /// under each value of the start and returning events from then on.
    Field(Field),
    /// Cohorts by the texts they are shown by. An actor is another one in each cohort, with the events of the cohort's persons alone.
    Cohorts(Vec<(Arc<str>, Arc<Cohort>)>),
}

/// What is added up besides the actors: a field's number in each event, 0 where it is none.
///
/// If start and returning events are the same, column 0 has the numbers of the row's start events; otherwise those of the returning events
/// that come after the actor's first start event of the row's interval. Later columns have the numbers of returning events.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionMeasure {
    /// The field.
    pub field: Field,
    /// Whether start events and returning events are the same.
    pub is_of_same_events: bool,
    /// What is made of the numbers.
    pub function: RetentionFunction,
}

/// What is made of the numbers of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionFunction {
    /// Their sum.
    Sum,
    /// Their sum for each actor of the cell.
    Average,
}

/// What a [`RetentionMatrix`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionOutput {
    /// The numbers of each value of the breakdown that has any actor, in the order of [`RetentionBreakdown::limit`], all others last.
    /// Without a breakdown exactly one.
    pub values: Vec<RetentionOfValue>,
}

/// The numbers of one value of the breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionOfValue {
    /// The value.
    pub value: RetentionValue,
    /// How many actors are in each cell, row after row.
    pub counts: Vec<u64>,
    /// What the measure makes of each cell, 0 where nobody is in it; empty without a measure.
    pub measured: Vec<f64>,
}

/// A value of the breakdown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RetentionValue {
    /// A text; the empty one without a breakdown.
    Text(Arc<str>),
    /// All values beyond the limit.
    Other,
}
