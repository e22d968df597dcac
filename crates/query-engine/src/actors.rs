//! Actors: from an `ActorsQuery` to its plan, from the plan to rows, from the rows to PostHog's answer.

pub(crate) mod execute;
pub(crate) mod found;
mod persons;
mod planning;
mod values;

use serde_json::Value;

use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::nodes::ActorsQuery;
use crate::plan::{Operator, Output, Plan};
use crate::source::EventSource;

pub(crate) use planning::interval_of;

/// Answers an `ActorsQuery`: a row for each actor.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &ActorsQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let behind = planning::behind(query, context, source, control).await?;
    let (list, columns) = planning::list(query, behind, context)?;
    let types = list.columns.iter().map(|column| Value::from(planning::type_of(column, &list, context))).collect();
    let end = list.offset.saturating_add(list.limit);
    let plan = Plan { project: context.project, operator: Operator::Actors(Box::new(list)) };
    let Output::Actors(output) = source.run(&plan, control).await? else {
        return Err(QueryError::Source("the source gave rows of another operator than it was asked for".into()));
    };
    Ok(Answer {
        results: output.rows.into_iter().map(Value::Array).collect(),
        columns: Some(columns.into_iter().map(Value::from).collect()),
        types: Some(types),
        has_more: Some(output.n_actors > end),
        resolved_date_range: None,
        hogql: None,
    })
}
