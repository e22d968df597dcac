//! Where plans are run.

use async_trait::async_trait;
use insights_core::ids::ProjectId;

use crate::actors;
use crate::cohort;
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::first_event;
use crate::funnels;
use crate::lifecycle;
use crate::paths;
use crate::plan::{Operator, Output, Plan};
use crate::retention;
use crate::scan::ScanSource;
use crate::stickiness;
use crate::trends;

/// A store of events that runs plans: the embedded store with the kernels of this crate, ClickHouse with generated SQL.
///
/// Two sources that hold the same events give equal outputs for equal plans, order included.
#[async_trait]
pub trait EventSource: Send + Sync {
    /// Runs `plan` over the events as of one instant.
    ///
    /// # Errors
    /// [`QueryError::Source`] where the events cannot be read; cancellation and limits as `control` says.
    async fn run(&self, plan: &Plan, control: &QueryControl) -> Result<Output, QueryError>;

    /// The names of the project's group types by their indexes; HogQL knows groups by these.
    fn group_types(&self, _project: ProjectId) -> Vec<String> {
        Vec::new()
    }
}

/// Runs `plan` with this crate's kernels over the columns that `source` lends. Blocks; to be called off the asynchronous workers.
///
/// # Errors
/// As [`EventSource::run`].
pub fn run_on_scan(plan: &Plan, source: &dyn ScanSource, control: &QueryControl) -> Result<Output, QueryError> {
    match &plan.operator {
        Operator::Aggregate(aggregate) => {
            trends::execute::run(aggregate, plan.project, source, control).map(Output::Aggregate)
        }
        Operator::Sequence(sequence) => {
            funnels::execute::run(sequence, plan.project, source, control).map(Output::Sequence)
        }
        Operator::Retention(retention) => {
            retention::execute::run(retention, plan.project, source, control).map(Output::Retention)
        }
        Operator::Paths(paths) => paths::execute::run(paths, plan.project, source, control).map(Output::Paths),
        Operator::Stickiness(stickiness) => {
            stickiness::execute::run(stickiness, plan.project, source, control).map(Output::Stickiness)
        }
        Operator::Lifecycle(lifecycle) => {
            lifecycle::execute::run(lifecycle, plan.project, source, control).map(Output::Lifecycle)
        }
        Operator::Actors(actors) => actors::execute::run(actors, plan.project, source, control).map(Output::Actors),
        Operator::Select(select) => {
            let engine = source.hogql().ok_or_else(|| QueryError::unsupported("kind", "HogQL"))?;
            engine.select(select, plan.project, source, control).map(Output::Rows)
        }
        Operator::Members(members) => cohort::members(members, plan.project, source, control).map(Output::Members),
        Operator::FirstEvent(events) => first_event::run(events, plan.project, source, control).map(Output::FirstEvent),
    }
}
