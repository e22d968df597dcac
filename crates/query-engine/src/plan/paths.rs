//! The operator behind paths: how often people get from one thing to the next.
//!
//! A **visit** is an event that is something on a path, its **item**. A person's visits, in order of time and those of one instant in
//! the order of their items' texts, are cut into paths where nothing happens for long. Of visits to one item in a row the last one
//! stays, and visits of the empty item at the end of a path do not count. What is left of a path, by its limits, is a row of edges.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::field::Field;
use crate::nodes::PathCleaningRule;
use crate::plan::sequence::SequenceMatch;
use crate::predicate::Predicate;

/// Counts the edges of paths.
#[derive(Clone, Debug, PartialEq)]
pub struct PathEdges {
    /// What events are on a path. The first that an event is of decides; an event that is of none is not seen.
    pub items: Vec<PathItems>,
    /// What is replaced in the text of every item, one after the other.
    pub cleaning: Vec<PathCleaningRule>,
    /// Names with wildcards: `*` stands for any text. An item that contains one of them somewhere is called by its name, where it contains
    /// several by that of which the shortest place ends first, and of these by the first.
    pub groupings: Vec<String>,
    /// Items, as they are called at last, whose events are not seen.
    pub excluded: BTreeSet<String>,
    /// What every event must satisfy; one that does not is not seen.
    pub predicate: Predicate,
    /// First instant that counts, in microseconds since 1970 UTC.
    pub from_us: i64,
    /// First instant that is too late, in microseconds since 1970 UTC.
    pub until_us: i64,
    /// The events that are looked at; all of them where it is `None`.
    pub around: Option<Box<AroundSequence>>,
    /// A path ends where the next visit is so long after the last one, in microseconds, or longer.
    pub break_us: i64,
    /// The item that paths begin with, at the first visit to it; a path without it is not seen.
    pub start: Option<String>,
    /// The item that paths end with, at the first visit to it (after the start); a path without it is not seen.
    pub end: Option<String>,
    /// The most visits of a path. Of a longer one the first ones count, with an end the last ones. With a start and an end both halves
    /// (of the number rounded down) count, and between them a visit to [`PathEdges::LEFT_OUT`] at the instant of the first that was left out.
    pub n_visits: usize,
    /// The least and the greatest number of times that an edge may be taken to be told of.
    pub counts: (u64, u64),
    /// How many edges are told of.
    pub limit: usize,
}

impl PathEdges {
    /// The item that stands for visits that were left out of a long path.
    pub const LEFT_OUT: &'static str = "...";
}

/// What some events are on a path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathItems {
    /// Which events.
    pub events: PathEvents,
    /// The item: the text of this field, empty where an event has none.
    pub field: Field,
    /// Whether a slash at its end, after anything else, does not count.
    pub is_url: bool,
}

/// Events by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathEvents {
    /// Of that name.
    Named(String),
    /// Of any name that does not begin with a dollar sign.
    Custom,
    /// Of any name.
    All,
}

impl PathEvents {
    /// Whether events of that name are among them.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::Named(only) => only == name,
            Self::Custom => !name.starts_with('$'),
            Self::All => true,
        }
    }
}

/// The time around a step of a sequence, in the best run of each of its actors who took it: the events in it that are that actor's. Those
/// actors need not be persons; whose path an event is on is another matter.
#[derive(Clone, Debug, PartialEq)]
pub struct AroundSequence {
    /// The sequence. It breaks down by nothing; its measure does not matter.
    pub sequence: SequenceMatch,
    /// Index of the step.
    pub step: usize,
    /// Whether only those actors count for whom it is the last step.
    pub is_last: bool,
    /// Which time.
    pub time: TimeAround,
}

/// Time around a step, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeAround {
    /// Up to the step.
    Before,
    /// From the step before it that the actor took, to the step.
    Between,
    /// From so many microseconds after the step.
    After {
        /// How many.
        delay_us: i64,
    },
}

/// What a [`PathEdges`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct PathsOutput {
    /// The edges: the most taken first; then by the text of their sources' keys (`<step>_<item>`), then by their targets'.
    pub edges: Vec<PathEdge>,
}

/// From one item to another, at one place in the paths.
#[derive(Clone, Debug, PartialEq)]
pub struct PathEdge {
    /// The number of the visit that it leads away from, from 1.
    pub step: usize,
    /// The item that it leads away from.
    pub source: Arc<str>,
    /// The item that it leads to.
    pub target: Arc<str>,
    /// How often it is taken.
    pub count: u64,
    /// Mean of the seconds from one to the other.
    pub average_seconds: f64,
}
