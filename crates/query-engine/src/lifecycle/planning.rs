//! From a `LifecycleQuery` to its plan.

use crate::answer::QueryContext;
use crate::dates::QueryDates;
use crate::error::QueryError;
use crate::field::Field;
use crate::nodes::LifecycleQuery;
use crate::plan::lifecycle::LifecycleStates;
use crate::plan::sequence::Actor;
use crate::plan::{Operator, Plan};
use crate::predicate::{OneOf, Predicate, Test};
use crate::sampling;
use crate::scan::EventColumn;

/// Set to `false` on events of which no person is to be made.
const PROCESS_PERSON_PROFILE: &str = "$process_person_profile";

/// The plan of `query` over the intervals between `edges_us`, before which it looks at one more.
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] with the path of what is wrong or not answered.
pub(super) fn plan(
    query: &LifecycleQuery,
    context: &QueryContext,
    dates: &QueryDates,
    edges_us: &[i64],
) -> Result<Plan, QueryError> {
    let [series] = &query.series[..] else {
        return Err(QueryError::invalid("series[1]", "a lifecycle is of one series; ask for each by itself"));
    };
    let common = query.filters.of_query(query.filters_test_accounts, context)?;
    let selection = series.selection(context)?;
    let before_us = dates.interval_before(edges_us[0]);
    let plan = LifecycleStates {
        events: selection.events,
        predicate: Predicate::all([
            has_person(),
            sampling::predicate(query.sampling_factor),
            common,
            selection.predicate,
        ]),
        edges_us: [&[before_us], edges_us].concat(),
        actor: query.aggregation_group_type.map_or(Actor::Person, Actor::group),
    };
    Ok(Plan { project: context.project, operator: Operator::Lifecycle(plan) })
}

/// That the event is somebody's of whom there is a profile.
fn has_person() -> Predicate {
    let field = Field::Event(EventColumn::Property(PROCESS_PERSON_PROFILE.to_owned()));
    Predicate::test(field, Test::OneOf(OneOf::new(["false"]))).negated()
}
