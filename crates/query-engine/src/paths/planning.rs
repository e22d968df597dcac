//! What a `PathsQuery` asks for, with everything decided.

use std::collections::BTreeSet;

use super::items::without_slash;
use crate::answer::QueryContext;
use crate::dates::{QueryDates, start_of_day};
use crate::error::QueryError;
use crate::field::Field;
use crate::funnels;
use crate::nodes::{
    FunnelPathPart, FunnelPathsFilter, FunnelVisual, FunnelsQuery, PathEventType, PathsFilter, PathsQuery,
};
use crate::plan::paths::{AroundSequence, PathEdges, PathEvents, PathItems, TimeAround};
use crate::predicate::Predicate;
use crate::sampling;
use crate::scan::EventColumn;

const MICROSECONDS_A_SECOND: i64 = 1_000_000;

/// A path ends where nothing happens for so long.
const BREAK_US: i64 = 30 * 60 * MICROSECONDS_A_SECOND;

/// The plan of `query` over the range `dates`; `funnel_dates` are those of the funnel around whose step the paths lie.
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] with the path of what is wrong or not answered.
pub(super) fn plan(
    query: &PathsQuery,
    context: &QueryContext,
    dates: &QueryDates,
    funnel_dates: Option<&QueryDates>,
) -> Result<PathEdges, QueryError> {
    let paths = &query.paths;
    let around = match (&query.funnel, funnel_dates) {
        (Some(funnel), Some(dates)) => Some(Box::new(around(funnel, context, dates)?)),
        _ => None,
    };
    let first_day = dates.range.from.with_timezone(&context.timezone).date_naive();
    let from_us = start_of_day(first_day, context.timezone).timestamp_micros();
    // points are called as the URLs of page views are
    let point = |text: &Option<String>| text.as_deref().map(|text| without_slash(text).to_owned());
    let project_cleaning = if paths.cleans_by_project { &context.definitions.path_cleaning[..] } else { &[] };
    Ok(PathEdges {
        items: items(paths, context)?,
        cleaning: project_cleaning.iter().chain(&paths.cleaning).cloned().collect(),
        groupings: paths.groupings.clone(),
        // as in PostHog, which looks at them only where it looks at types
        excluded: if paths.event_types.is_empty() { BTreeSet::new() } else { paths.excluded.iter().cloned().collect() },
        predicate: Predicate::all([
            sampling::predicate(query.sampling_factor),
            query.filters.of_query(query.filters_test_accounts, context)?,
        ]),
        from_us,
        until_us: from_us.max(dates.until_us),
        // a path around a funnel's step may take as long as the funnel
        break_us: around.as_deref().map_or(BREAK_US, |around: &AroundSequence| around.sequence.window_us),
        around,
        start: point(&paths.start),
        end: point(&paths.end),
        n_visits: paths.step_limit,
        counts: (paths.min_weight.unwrap_or(0), paths.max_weight.unwrap_or(u64::MAX)),
        limit: paths.edge_limit,
    })
}

/// What the events that are asked for are on a path.
fn items(paths: &PathsFilter, context: &QueryContext) -> Result<Vec<PathItems>, QueryError> {
    // without types, events of a type that is excluded by its name are called by their own
    let asks_for = |kind: PathEventType| match &paths.event_types[..] {
        [] => !paths.excluded.iter().any(|excluded| excluded == kind.name()),
        types => types.contains(&kind),
    };
    let property = |key: &str| Field::Event(EventColumn::Property(key.to_owned()));
    let named = |name: &str, key: &str, is_url| PathItems {
        events: PathEvents::Named(name.to_owned()),
        field: property(key),
        is_url,
    };
    let mut items = Vec::new();
    if asks_for(PathEventType::PageView) {
        items.push(named("$pageview", "$current_url", true));
    }
    if asks_for(PathEventType::Screen) {
        items.push(named("$screen", "$screen_name", false));
    }
    let field = match &paths.hogql {
        Some(expression) if asks_for(PathEventType::Hogql) => expression.field(context)?,
        _ => Field::EventName,
    };
    // the expression selects no events by itself: alone it is for all of them, beside others for theirs
    let events = if paths.event_types.iter().all(|kind| *kind == PathEventType::Hogql) {
        PathEvents::All
    } else if asks_for(PathEventType::Custom) {
        PathEvents::Custom
    } else {
        return Ok(items);
    };
    items.push(PathItems { events, field, is_url: false });
    Ok(items)
}

/// The time around the step of a funnel.
fn around(
    filter: &FunnelPathsFilter,
    context: &QueryContext,
    dates: &QueryDates,
) -> Result<AroundSequence, QueryError> {
    let source = format!("{}.funnelSource", filter.path);
    let funnel = steps_alone(&filter.source);
    let sequence = funnels::plan(&funnel, context, dates).map_err(|error| error.within(&source))?;
    let (step, is_last) = step(filter, sequence.steps.len())?;
    let time = match filter.part {
        FunnelPathPart::Before => TimeAround::Before,
        FunnelPathPart::Between => TimeAround::Between,
        // whoever went no further could have done so until the funnel's window closed
        FunnelPathPart::After => TimeAround::After { delay_us: if is_last { sequence.window_us } else { 0 } },
    };
    Ok(AroundSequence { sequence, step, is_last, time })
}

/// The funnel without what does not matter to who takes its steps when.
fn steps_alone(funnel: &FunnelsQuery) -> FunnelsQuery {
    let mut funnel = funnel.clone();
    funnel.funnels.visual = FunnelVisual::Steps;
    funnel.breakdown = None;
    funnel
}

/// The index of the step, and whether it must be the last one that an actor took.
fn step(filter: &FunnelPathsFilter, n_steps: usize) -> Result<(usize, bool), QueryError> {
    let path = format!("{}.funnelStep", filter.path);
    let first = if filter.part == FunnelPathPart::Between { 2 } else { 1 };
    let wanted = format!(
        "give the step, from {first} to {n_steps}, or from {} to -{n_steps} for those who went no further than the step before it",
        -first - 1,
    );
    let Some(number) = filter.step else {
        return Err(QueryError::invalid(path, format!("is missing; {wanted}")));
    };
    let (number_reached, is_last) = if number < 0 { (-number - 1, true) } else { (number, false) };
    let reached = usize::try_from(number_reached).unwrap_or(0);
    if number_reached < first || reached > n_steps - usize::from(is_last) {
        return Err(QueryError::invalid(path, format!("{number} is not right here; {wanted}")));
    }
    Ok((reached - 1, is_last))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use insights_core::ids::ProjectId;
    use insights_core::project::WeekStart;
    use insights_core::time::Interval;
    use serde_json::{Value, json};

    use super::*;
    use crate::definitions::Definitions;
    use crate::filters::PropertyFilters;
    use crate::nodes::reader::Reader;

    fn filters(filters: &Value) -> PropertyFilters {
        PropertyFilters::read(&Reader::root(filters)).unwrap()
    }

    fn planned(node: &Value) -> PathEdges {
        let staff = json!([{"key": "staff", "operator": "is_not_set", "value": "is_not_set", "type": "person"}]);
        let definitions = Definitions { test_account_filters: filters(&staff), ..Definitions::default() };
        let context = QueryContext {
            project: ProjectId(1),
            timezone: chrono_tz::UTC,
            week_start: WeekStart::Sunday,
            now: "2024-03-20T12:00:00Z".parse().unwrap(),
            definitions: Arc::new(definitions),
        };
        let query = PathsQuery::read(&Reader::root(node)).unwrap();
        let dates = query.date_range.resolve(Interval::Day, &context, None);
        plan(&query, &context, &dates, None).unwrap()
    }

    #[test]
    fn staff_is_left_out_where_the_query_says_so() {
        let plain = planned(&json!({}));
        assert_eq!(plain.predicate, Predicate::ALWAYS);
        assert_ne!(planned(&json!({"filterTestAccounts": true})).predicate, Predicate::ALWAYS);
    }

    /// Which events are on a path, and by which field.
    #[track_caller]
    fn check_items(filter: Value, expected: &[(&str, &str)]) {
        let plan = planned(&json!({"pathsFilter": filter}));
        let shown = plan.items.iter().map(|items| {
            let events = match &items.events {
                PathEvents::Named(name) => name.as_str(),
                PathEvents::Custom => "custom",
                PathEvents::All => "all",
            };
            let field = match &items.field {
                Field::Event(EventColumn::Property(key)) => key.as_str(),
                Field::EventName => "event",
                _ => "expression",
            };
            (events, field)
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn types_of_events_decide_what_is_on_a_path() {
        let view = ("$pageview", "$current_url");
        let screen = ("$screen", "$screen_name");
        check_items(json!({}), &[view, screen, ("all", "event")]);
        check_items(json!({"includeEventTypes": ["$screen", "$pageview"]}), &[view, screen]);
        check_items(json!({"includeEventTypes": ["custom_event", "$screen"]}), &[screen, ("custom", "event")]);
        check_items(json!({"includeEventTypes": ["hogql"]}), &[("all", "event")]);
    }

    #[test]
    fn without_types_those_excluded_by_name_are_called_by_the_name_of_their_event() {
        let screen = ("$screen", "$screen_name");
        check_items(json!({"excludeEvents": ["$pageview", "/a"]}), &[screen, ("all", "event")]);
        assert!(planned(&json!({"pathsFilter": {"excludeEvents": ["/a"]}})).excluded.is_empty());
        let typed = planned(&json!({"pathsFilter": {"excludeEvents": ["/a"], "includeEventTypes": ["$screen"]}}));
        assert_eq!(typed.excluded, BTreeSet::from(["/a".to_owned()]));
    }

    #[test]
    fn paths_begin_with_a_day() {
        let from = |range: Value| planned(&json!({"dateRange": range})).from_us;
        let midnight = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
        assert_eq!(from(json!({"date_from": "-1h"})), midnight("2024-03-20T00:00:00Z"));
        let explicit =
            json!({"date_from": "2024-03-18T10:00:00", "date_to": "2024-03-19T10:00:00", "explicitDate": true});
        assert_eq!(from(explicit), midnight("2024-03-18T00:00:00Z"));
    }

    #[test]
    fn zero_stands_for_the_default() {
        let zeros = json!({"stepLimit": 0, "edgeLimit": 0, "minEdgeWeight": 0, "maxEdgeWeight": 0});
        let plan = planned(&json!({"pathsFilter": zeros}));
        assert_eq!((plan.n_visits, plan.limit, plan.counts), (5, 50, (0, u64::MAX)));
    }
}
