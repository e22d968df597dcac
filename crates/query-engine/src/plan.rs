//! Plans: what is to be computed, with nothing left to decide.

pub mod actors;
pub mod aggregate;
pub mod lifecycle;
pub mod members;
pub mod paths;
pub mod retention;
pub mod select;
pub mod sequence;
pub mod stickiness;

use insights_core::ids::ProjectId;

use crate::plan::actors::{ActorList, ActorsOutput};
use crate::plan::aggregate::{AggregateOutput, BucketedAggregate};
use crate::plan::lifecycle::{LifecycleOutput, LifecycleStates};
use crate::plan::members::{CohortMembers, MembersOutput};
use crate::plan::paths::{PathEdges, PathsOutput};
use crate::plan::retention::{RetentionMatrix, RetentionOutput};
use crate::plan::select::{Rows, Select};
use crate::plan::sequence::{SequenceMatch, SequenceOutput};
use crate::plan::stickiness::{ActiveIntervals, StickinessOutput};
use crate::scan::EventSet;

/// One computation over the events of one project.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The project; a source never looks at another one.
    pub project: ProjectId,
    /// The computation.
    pub operator: Operator,
}

/// A behavioural operator.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operator {
    /// Numbers for each span of time and each value of a breakdown.
    Aggregate(BucketedAggregate),
    /// How far actors get through a sequence of steps.
    Sequence(SequenceMatch),
    /// How many actors come back, and when.
    Retention(Box<RetentionMatrix>),
    /// How actors get from one thing to the next.
    Paths(PathEdges),
    /// In how many intervals actors are active.
    Stickiness(ActiveIntervals),
    /// Who is new, who stays, who comes back and who is gone.
    Lifecycle(LifecycleStates),
    /// Who is behind the numbers of one of the others.
    Actors(Box<ActorList>),
    /// The rows of a HogQL `SELECT`.
    Select(Box<Select>),
    /// The persons of a cohort.
    Members(CohortMembers),
    /// When the first event of these names happened.
    FirstEvent(EventSet),
}

/// The numbers that an operator computed, in the operator's own shape.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// Of [`Operator::Aggregate`].
    Aggregate(AggregateOutput),
    /// Of [`Operator::Sequence`].
    Sequence(SequenceOutput),
    /// Of [`Operator::Retention`].
    Retention(RetentionOutput),
    /// Of [`Operator::Paths`].
    Paths(PathsOutput),
    /// Of [`Operator::Stickiness`].
    Stickiness(StickinessOutput),
    /// Of [`Operator::Lifecycle`].
    Lifecycle(LifecycleOutput),
    /// Of [`Operator::Actors`].
    Actors(ActorsOutput),
    /// Of [`Operator::Select`].
    Rows(Rows),
    /// Of [`Operator::Members`].
    Members(MembersOutput),
    /// Of [`Operator::FirstEvent`], in microseconds since 1970 UTC; `None` where there is no event.
    FirstEvent(Option<i64>),
}
