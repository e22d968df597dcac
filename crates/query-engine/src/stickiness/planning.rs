//! From a `StickinessQuery` to the plan of one period of it.

use crate::answer::QueryContext;
use crate::dates::{Buckets, QueryDates};
use crate::error::QueryError;
use crate::expressions::EventValue;
use crate::field::Field;
use crate::nodes::{Entity, Math, StickinessQuery};
use crate::plan::sequence::Actor;
use crate::plan::stickiness::{ActiveIntervals, ActivitySeries};
use crate::plan::{Operator, Plan};
use crate::predicate::Predicate;
use crate::sampling;

/// The plan of `query` over the period of `dates`, whose intervals by the calendar are `buckets`. Stretches of several intervals are
/// counted back from the end of `current`, in every period.
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] with the path of what is wrong or not answered.
pub(super) fn plan(
    query: &StickinessQuery,
    context: &QueryContext,
    (dates, current): (&QueryDates, &QueryDates),
    buckets: &Buckets,
) -> Result<Plan, QueryError> {
    let filters = query.filters.of_query(query.filters_test_accounts, context)?;
    let common = Predicate::all([sampling::predicate(query.sampling_factor), filters]);
    let series = query.series.iter().map(|series| {
        let selection = series.selection(context)?;
        Ok(ActivitySeries {
            events: selection.events,
            predicate: Predicate::all([common.clone(), selection.predicate]),
            actor: actor(series, context)?,
        })
    });
    let plan = ActiveIntervals {
        series: series.collect::<Result<_, QueryError>>()?,
        from_us: dates.from_us,
        until_us: dates.until_us,
        edges_us: match query.interval_count {
            None => buckets.edges().to_vec(),
            Some(n_intervals) => current.edges_from_end(n_intervals, dates),
        },
        n_events: query.stickiness.n_events.clone(),
    };
    Ok(Plan { project: context.project, operator: Operator::Stickiness(plan) })
}

/// Groups or values of an expression, where the series counts them; persons otherwise, whatever else it is said to count.
fn actor(series: &Entity, context: &QueryContext) -> Result<Actor, QueryError> {
    match &series.math {
        Some(Math::UniqueGroup(group_type)) => Ok(Actor::Value(vec![Field::GroupKey(*group_type)])),
        Some(Math::Hogql(expression)) => Ok(match expression.value(context)? {
            EventValue::Person => Actor::Person,
            EventValue::Field(field) => Actor::Value(vec![field]),
        }),
        Some(Math::Unsupported { path, what }) => Err(QueryError::unsupported(path, what)),
        _ => Ok(Actor::Person),
    }
}
