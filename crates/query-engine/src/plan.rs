//! Plans: what is to be computed, with nothing left to decide.

pub mod aggregate;
pub mod sequence;

use insights_core::ids::ProjectId;

use crate::plan::aggregate::{AggregateOutput, BucketedAggregate};
use crate::plan::sequence::{SequenceMatch, SequenceOutput};

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
    /// When the first event happened.
    FirstEvent,
}

/// The numbers that an operator computed, in the operator's own shape.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// Of [`Operator::Aggregate`].
    Aggregate(AggregateOutput),
    /// Of [`Operator::Sequence`].
    Sequence(SequenceOutput),
    /// Of [`Operator::FirstEvent`], in microseconds since 1970 UTC; `None` where there is no event.
    FirstEvent(Option<i64>),
}
