//! Trends: from a `TrendsQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

pub(crate) mod actors;
pub(crate) mod execute;
mod formulas;
mod groups;
mod hogql;
mod kernels;
mod planning;
mod rank;
mod shaping;
mod transform;
mod values;

use serde_json::Value;

use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::dates::QueryDates;
use crate::error::QueryError;
use crate::first_event::resolve_dates_of;
use crate::nodes::TrendsQuery;
use crate::plan::Output;
use crate::source::EventSource;

pub(crate) use self::shaping::{NULL_VALUE, OTHER_VALUE};
use self::shaping::{Period, Shaper};
pub(crate) use self::transform::normalized_url;

/// Answers `query`: one item for each series and value of its breakdown, or one for each formula and value, of each period.
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] where the query asks for what there is not; otherwise as [`EventSource::run`].
pub(crate) async fn answer(
    query: &TrendsQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let dates =
        resolve_dates_of((&query.date_range, planning::interval(query)), &query.series, context, source, control)
            .await?;
    let mut periods = Vec::with_capacity(2);
    match &query.compare {
        None => periods.push(period(query, context, None, dates, source, control).await?),
        Some(compare) => {
            periods.push(period(query, context, Some("current"), dates, source, control).await?);
            let earlier = compare.dates(&dates);
            periods.push(period(query, context, Some("previous"), earlier, source, control).await?);
        }
    }
    let shaper = Shaper::new(query, context, &periods[0].buckets);
    let items = if query.trends.formulas.is_empty() {
        shaper.series_items(&periods)
    } else {
        formulas::items(query, &shaper, &periods)
    };
    let rows = periods.iter().flat_map(|period| &period.series).flatten();
    let has_more = rows.into_iter().any(|row| shaping::is_other(&row.breakdown));
    Ok(Answer {
        results: Value::Array(items),
        columns: None,
        types: None,
        has_more: Some(has_more),
        resolved_date_range: Some(dates.range),
        hogql: None,
    })
}

async fn period(
    query: &TrendsQuery,
    context: &QueryContext,
    label: Option<&'static str>,
    dates: QueryDates,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Period, QueryError> {
    let buckets = dates.buckets()?;
    let plan = planning::plan(query, context, &dates, &buckets)?;
    match source.run(&plan, control).await? {
        Output::Aggregate(output) => Ok(Period::new(query, label, dates, buckets, output)),
        _ => Err(QueryError::Source("the source gave numbers of another operator than it was asked for".into())),
    }
}
