//! What a `RetentionQuery` asks for, with everything decided.

use std::sync::Arc;

use crate::answer::QueryContext;
use crate::cohort::Cohort;
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::nodes::{BreakdownFilter, Entity, RetentionAggregate, RetentionKind, RetentionQuery};
use crate::plan::retention::{
    RetentionBreakdown, RetentionBreakdownBy, RetentionColumns, RetentionEvents, RetentionFunction, RetentionIntervals,
    RetentionMatrix, RetentionMeasure, StartOccurrence,
};
use crate::plan::sequence::Actor;
use crate::predicate::Predicate;
use crate::sampling;

/// How many values of a breakdown stand for themselves where the query does not say.
const DEFAULT_BREAKDOWN_LIMIT: usize = 25;

/// The most cells that the answer may have for each value of its breakdown.
const MAX_CELLS: usize = 1_000_000;

/// The plan of `query`, which has `n_rows` rows and intervals that are `intervals`.
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] with the path of what is wrong or not answered.
pub(super) fn plan(
    query: &RetentionQuery,
    context: &QueryContext,
    intervals: RetentionIntervals,
    n_rows: usize,
) -> Result<RetentionMatrix, QueryError> {
    check(query)?;
    let retention = &query.retention;
    let columns = if retention.brackets.is_empty() {
        RetentionColumns::Intervals(retention.n_intervals)
    } else {
        RetentionColumns::Brackets(retention.brackets.clone())
    };
    if n_rows.saturating_mul(columns.len()) > MAX_CELLS {
        let message = format!(
            "{n_rows} rows of {} columns are more than {MAX_CELLS} cells; choose fewer intervals, a longer period or a shorter range",
            columns.len()
        );
        return Err(QueryError::invalid("retentionFilter.totalIntervals", message));
    }
    let filters = query.filters.of_query(query.filters_test_accounts, context)?;
    let predicate = Predicate::all([sampling::predicate(query.sampling_factor), filters]);
    let (start, returning) = (events(&retention.target, context)?, events(&retention.returning, context)?);
    let measure = measure(query, start == returning)?;
    let counts_each_return = !retention.is_rolling && retention.aggregation.is_none();
    Ok(RetentionMatrix {
        start,
        returning,
        predicate,
        occurrence: match retention.kind {
            RetentionKind::Recurring => StartOccurrence::Each,
            RetentionKind::FirstTime => StartOccurrence::First,
            RetentionKind::FirstEver => StartOccurrence::FirstOf(unfiltered(&retention.target, context)?),
        },
        intervals,
        n_rows,
        columns,
        is_cumulative: retention.is_cumulative,
        // as in PostHog, where the other kinds have no place for it
        min_returns: if counts_each_return { retention.min_occurrences } else { 1 },
        actor: query.aggregation_group_type.map_or(Actor::Person, Actor::group),
        breakdown: query.breakdown.as_ref().map(|filter| breakdown(filter, context)).transpose()?,
        measure,
    })
}

/// Refuses what there cannot be.
fn check(query: &RetentionQuery) -> Result<(), QueryError> {
    let retention = &query.retention;
    if retention.is_rolling && retention.is_cumulative {
        let message = "cumulative retention has no 24 hour windows; choose timeWindowMode strict_calendar_dates";
        return Err(QueryError::invalid("retentionFilter.cumulative", message));
    }
    if retention.aggregation.is_some() && (retention.is_rolling || retention.is_cumulative) {
        let other = if retention.is_rolling { "24 hour windows" } else { "cumulative retention" };
        let message = format!("a property is not added up over {other}; choose aggregationType count");
        return Err(QueryError::invalid("retentionFilter.aggregationType", message));
    }
    Ok(())
}

fn events(entity: &Entity, context: &QueryContext) -> Result<RetentionEvents, QueryError> {
    let selection = entity.selection(context)?;
    Ok(RetentionEvents { events: selection.events, predicate: selection.predicate })
}

/// The events of `entity` whether or not they pass its filters.
fn unfiltered(entity: &Entity, context: &QueryContext) -> Result<RetentionEvents, QueryError> {
    events(&Entity { filters: PropertyFilters::default(), ..entity.clone() }, context)
}

fn measure(query: &RetentionQuery, is_of_same_events: bool) -> Result<Option<RetentionMeasure>, QueryError> {
    let Some(aggregation) = &query.retention.aggregation else { return Ok(None) };
    Ok(Some(RetentionMeasure {
        field: aggregation.field()?.clone(),
        is_of_same_events,
        function: match aggregation.function {
            RetentionAggregate::Sum => RetentionFunction::Sum,
            RetentionAggregate::Average => RetentionFunction::Average,
        },
    }))
}

fn breakdown(filter: &BreakdownFilter, context: &QueryContext) -> Result<RetentionBreakdown, QueryError> {
    let cohorts = filter.breakdowns.iter().map(|breakdown| breakdown.cohort(context));
    let cohorts: Vec<_> = cohorts.collect::<Result<_, _>>()?;
    let mut cohorts: Vec<_> = cohorts.into_iter().flatten().collect();
    cohorts.sort_by_key(|cohort| cohort.id);
    cohorts.dedup();
    // as in PostHog, the first property alone counts, and no property beside cohorts
    let by = match &filter.breakdowns[..] {
        [first, ..] if cohorts.is_empty() => RetentionBreakdownBy::Field(first.field(context)?),
        _ => {
            let named = |cohort: Arc<Cohort>| (cohort.id.to_string().into(), cohort);
            RetentionBreakdownBy::Cohorts(cohorts.into_iter().map(named).collect())
        }
    };
    Ok(RetentionBreakdown { by, limit: filter.limit.unwrap_or(DEFAULT_BREAKDOWN_LIMIT) })
}
