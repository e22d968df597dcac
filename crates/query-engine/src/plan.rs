//! Plans: what is to be computed, with nothing left to decide.

use insights_core::ids::ProjectId;

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
pub enum Operator {}

/// The numbers that an operator computed, in the operator's own shape.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Output {}
