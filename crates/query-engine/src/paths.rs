//! Paths: from a `PathsQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

mod actors;
mod edges;
pub(crate) mod execute;
mod items;
mod kernel;
mod planning;
mod shape;

use insights_core::time::Interval;

use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::first_event::resolve_dates;
use crate::nodes::PathsQuery;
use crate::plan::{Operator, Output, Plan};
use crate::source::EventSource;

/// Answers a `PathsQuery`.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &PathsQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let dates = resolve_dates(&query.date_range, Interval::Day, context, source, control).await?;
    let funnel_dates = match &query.funnel {
        Some(funnel) => {
            let (range, interval) = (&funnel.source.date_range, funnel.source.interval);
            let resolved = resolve_dates(range, interval, context, source, control).await;
            Some(resolved.map_err(|error| error.within(&format!("{}.funnelSource", funnel.path)))?)
        }
        None => None,
    };
    let edges = planning::plan(query, context, &dates, funnel_dates.as_ref())?;
    let plan = Plan { project: context.project, operator: Operator::Paths(edges) };
    let Output::Paths(output) = source.run(&plan, control).await? else {
        return Err(QueryError::Source("the answer to paths is not one".into()));
    };
    let results = shape::links(&output.edges, query.sampling_factor);
    Ok(Answer {
        results,
        columns: None,
        types: None,
        has_more: None,
        resolved_date_range: Some(dates.range),
        hogql: None,
    })
}
