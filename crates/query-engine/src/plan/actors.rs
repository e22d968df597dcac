//! The operator behind lists of persons and groups: who is behind a number that another operator computes.
//!
//! It is the operator of the number that says who counts, so that as many are listed as were counted.

use std::ops::Range;
use std::sync::Arc;

use chrono_tz::Tz;
use serde_json::Value;

use crate::field::Field;
use crate::plan::aggregate::{BreakdownValue, BucketedAggregate};
use crate::plan::lifecycle::{LifecycleState, LifecycleStates};
use crate::plan::retention::RetentionMatrix;
use crate::plan::sequence::SequenceMatch;
use crate::plan::stickiness::ActiveIntervals;
use crate::predicate::Predicate;

/// Actors with what is wanted of each.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorList {
    /// Which actors.
    pub behind: Behind,
    /// What the person must satisfy; reads fields of the person alone. Groups satisfy it.
    pub predicate: Predicate,
    /// What the actor's name, email address, id or one of their distinct ids contains, upper and lower case being the same; not empty.
    pub search: Option<String>,
    /// What is wanted.
    pub columns: Vec<ActorValue>,
    /// By what the actors are ordered, and whether descending; those that are equal in all of it by their id. Null comes last.
    pub order: Vec<(ActorValue, bool)>,
    /// How many actors are left out first.
    pub offset: usize,
    /// The most actors.
    pub limit: usize,
    /// The zone that instants are written in.
    pub timezone: Tz,
}

/// Which actors.
#[derive(Clone, Debug, PartialEq)]
pub enum Behind {
    /// All persons that there are.
    Everyone,
    /// Those behind numbers of the first series.
    Aggregate {
        /// The numbers.
        plan: BucketedAggregate,
        /// Which of them.
        part: AggregatePart,
    },
    /// Those who got so far.
    Sequence {
        /// How far actors get; of its measures that of rates has a single bucket.
        plan: SequenceMatch,
        /// Which of them.
        part: SequencePart,
    },
    /// Those in some states.
    Lifecycle {
        /// The states.
        plan: LifecycleStates,
        /// Which of them.
        part: LifecyclePart,
    },
    /// Those of a row.
    Retention {
        /// The rows.
        plan: Box<RetentionMatrix>,
        /// Which of them.
        part: RetentionPart,
    },
    /// Those active in so many intervals, of the first series.
    Stickiness {
        /// The intervals.
        plan: ActiveIntervals,
        /// How many of them.
        n_intervals: Range<u64>,
    },
}

/// Some numbers of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregatePart {
    /// Of these buckets.
    pub buckets: Range<usize>,
    /// Of this value of the breakdown; of any where it is `None`.
    pub breakdown: Option<Vec<BreakdownValue>>,
}

/// Some actors of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct SequencePart {
    /// How far they got.
    pub reach: SequenceReach,
    /// Under which value of the breakdown they count; under any where it is `None`.
    pub value: Option<WantedValue>,
}

/// How far actors of a sequence got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceReach {
    /// They took the step of that index.
    Took(usize),
    /// Their last step is one of these indices.
    Last(Vec<usize>),
    /// Of [`crate::plan::sequence::SequenceMeasure::Rates`]: they began in the bucket, and converted or did not.
    Began {
        /// Whether they are those who converted.
        has_converted: bool,
    },
}

/// A row of retention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionPart {
    /// Its index.
    pub row: usize,
    /// Of which value of the breakdown; of any where it is `None`.
    pub value: Option<WantedValue>,
}

/// A value of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedValue {
    /// This one.
    Texts(Vec<Arc<str>>),
    /// All values beyond the limit.
    Other,
}

/// Some states of persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecyclePart {
    /// In the interval of that index, among those of the output; in any where it is `None`.
    pub interval: Option<usize>,
    /// The state; any where it is `None`.
    pub state: Option<LifecycleState>,
}

/// A value of an actor.
#[derive(Clone, Debug, PartialEq)]
pub enum ActorValue {
    /// An object with all that is known of the person or group.
    Actor,
    /// The person's uuid, the group's key, or the text that names another actor.
    Id,
    /// When the person was first seen.
    CreatedAt,
    /// Whether somebody was ever identified as the person.
    IsIdentified,
    /// All properties.
    Properties,
    /// A field of the person; of a group the property of that name, where it is a property.
    Field(Field),
    /// How many of the actor's events are behind the number; null where that is not known.
    EventCount,
    /// The distinct ids of these events, in alphabetical order; null where they are not known.
    EventDistinctIds,
    /// In which columns of retention the actor is, ascending; null where there are none.
    Appearances,
    /// In how many.
    AppearanceCount,
    /// Whether that column is one of them, as 1 or 0.
    AppearsIn(u32),
    /// No items.
    EmptyList,
    /// The number 1.
    One,
}

/// The rows of an [`ActorList`].
#[derive(Clone, Debug, PartialEq)]
pub struct ActorsOutput {
    /// For each actor the values of the columns.
    pub rows: Vec<Vec<Value>>,
    /// How many actors there are, those beyond the limit included.
    pub n_actors: usize,
}
