//! The operator behind lifecycles: who is new, who stays, who comes back and who is gone.
//!
//! Everything in it can be said in SQL as well as computed by the kernels: an actor's intervals are a sorted array (`groupUniqArray`
//! over `GROUP BY` the actor), the states are a fold over it, the rest are counts.

use crate::plan::sequence::Actor;
use crate::predicate::Predicate;
use crate::scan::EventSet;

/// The states of actors in each of several intervals that follow one another.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleStates {
    /// The events that count as activity, by name.
    pub events: EventSet,
    /// What an event must satisfy besides.
    pub predicate: Predicate,
    /// Where intervals begin and the last one ends, in microseconds since 1970 UTC, ascending: at least three. Of the first interval it is
    /// only known who was active in it; the numbers are of the others.
    pub edges_us: Vec<i64>,
    /// Who is in the states. A person was first seen when the person was made, anybody else with their first event of whatever name.
    pub actor: Actor,
}

/// How many actors are in which state, in each interval but the first.
///
/// An actor who is active in an interval is in one of the first three states. Being first seen counts as being new where the first
/// interval with activity, of those that are looked at, is the one in which the actor was first seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleOutput {
    /// Active for the first time in the interval in which they were first seen.
    pub new: Vec<u64>,
    /// Active in the interval before as well.
    pub returning: Vec<u64>,
    /// Active, but neither new nor active in the interval before.
    pub resurrecting: Vec<u64>,
    /// Not active, but in the interval before.
    pub dormant: Vec<u64>,
}

/// A state of an actor in an interval, as [`LifecycleOutput`] has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifecycleState {
    /// See [`LifecycleOutput::new`].
    New,
    /// See [`LifecycleOutput::returning`].
    Returning,
    /// See [`LifecycleOutput::resurrecting`].
    Resurrecting,
    /// See [`LifecycleOutput::dormant`].
    Dormant,
}
