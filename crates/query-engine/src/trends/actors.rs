//! Who is behind the numbers of trends.

use std::collections::BTreeMap;
use std::sync::Arc;

use insights_core::ids::ProjectId;

use super::execute::{Located, SeriesRun, layout_of, rows};
use super::planning;
use super::shaping::value_of_shown;
use crate::actors::found::{EventsBehind, FoundActor, Who};
use crate::actors::interval_of;
use crate::answer::QueryContext;
use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::{Field, FieldValues, ScanLayout};
use crate::first_event::resolve_dates;
use crate::merge::PersonRows;
use crate::merge::persons::try_each_person;
use crate::nodes::{Display, TrendsPart, TrendsQuery};
use crate::plan::Operator;
use crate::plan::actors::{AggregatePart, Behind};
use crate::plan::aggregate::{BreakdownValue, BucketedAggregate, Math};
use crate::scan::{EventColumn, Scan};
use crate::source::EventSource;

/// What is read of `project` to find those behind numbers of the first series of `plan`.
pub(crate) fn layout(plan: &BucketedAggregate, project: ProjectId) -> ScanLayout {
    let mut layout = layout_of(plan, &[&plan.series[0]], project);
    layout.need(&Field::Event(EventColumn::DistinctId));
    layout
}

/// Those who are behind the numbers `part` of the first series of `plan`. `scan` was made for [`layout`].
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn find(
    plan: &BucketedAggregate,
    part: &AggregatePart,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<Vec<FoundActor>, QueryError> {
    let series = &plan.series[0];
    let run = SeriesRun { plan, series, layout, scan, control };
    let located = run.locate()?;
    let distinct_ids: Vec<FieldValues> =
        located.runs.iter().map(|run| layout.read(&Field::Event(EventColumn::DistinctId), scan, run)).collect();
    let part = WantedPart {
        groups: wanted_groups(&run, &located, part)?,
        window_us: match &series.math {
            Math::ActiveActors { windows_us, .. } => windows_us.get(part.buckets.clone()).and_then(|windows| {
                let ((from_us, _), (_, until_us)) = (windows.first()?, windows.last()?);
                Some((*from_us, *until_us))
            }),
            _ => None,
        },
        is_by_window: matches!(series.math, Math::ActiveActors { .. }),
        n_buckets: plan.n_values(),
        part,
    };
    let mut memory = HeldMemory::new(control);
    match &series.math {
        Math::UniqueGroups { .. } | Math::ActiveActors { group_type: Some(_), .. } => {
            part.values(&located, control, &mut memory)
        }
        math => {
            let in_one_cell = matches!(math, Math::FirstTimePersons(_));
            part.persons(&located, &distinct_ids, in_one_cell, control, &mut memory)
        }
    }
}

/// For each group whether it is asked for.
fn wanted_groups(run: &SeriesRun<'_>, located: &Located<'_>, part: &AggregatePart) -> Result<Vec<bool>, QueryError> {
    let groups = || (0..located.groups.len()).map(|group| located.groups.values(group));
    let Some(wanted) = &part.breakdown else { return Ok(vec![true; located.groups.len()]) };
    if !wanted.contains(&BreakdownValue::Other) {
        return Ok(groups().map(|group| group == *wanted).collect());
    }
    if matches!(run.series.math, Math::Hogql(_)) {
        return Err(QueryError::unsupported("", "who is behind the other values of a HogQL expression"));
    }
    let named = rows(run.plan, run.series, &located.groups, run.compute(located)?);
    Ok(groups().map(|group| !named.iter().any(|row| row.breakdown == group)).collect())
}

/// Which cells are asked for.
struct WantedPart<'a> {
    part: &'a AggregatePart,
    groups: Vec<bool>,
    n_buckets: usize,
    /// Whether cells are groups, and rows are told by their instant.
    is_by_window: bool,
    /// The instants, where [`Self::is_by_window`].
    window_us: Option<(i64, i64)>,
}

impl WantedPart<'_> {
    fn has_cell(&self, cell: u32) -> bool {
        let cell = cell as usize;
        if self.is_by_window {
            return self.groups[cell];
        }
        self.groups[cell / self.n_buckets] && self.part.buckets.contains(&(cell % self.n_buckets))
    }

    fn has_row(&self, located: &Located<'_>, run: usize, row: usize) -> bool {
        let cell = located.cells[run][row];
        if cell == SKIP || !self.has_cell(cell) {
            return false;
        }
        if !self.is_by_window {
            return true;
        }
        let at_us = located.runs[run].timestamps[row];
        self.window_us.is_some_and(|(from_us, until_us)| (from_us..until_us).contains(&at_us))
    }

    fn persons(
        &self,
        located: &Located<'_>,
        distinct_ids: &[FieldValues],
        in_one_cell: bool,
        control: &QueryControl,
        memory: &mut HeldMemory,
    ) -> Result<Vec<FoundActor>, QueryError> {
        let persons: Vec<&[u32]> = located.runs.iter().map(|run| &*run.persons).collect();
        let mut found = Vec::new();
        try_each_person(&persons, control, |person, of_person| {
            if in_one_cell {
                let cells = of_person.iter().flat_map(|PersonRows { run, rows }| &located.cells[*run][rows.clone()]);
                let cell = cells.copied().filter(|cell| *cell != SKIP);
                let cell = cell.reduce(|left, right| located.groups.lesser(left, right, self.n_buckets));
                if !cell.is_some_and(|cell| self.has_cell(cell)) {
                    return Ok(());
                }
            }
            let mut events = EventsBehind::default();
            for PersonRows { run, rows } in of_person {
                for row in rows.clone().filter(|row| self.has_row(located, *run, *row)) {
                    events.n_events += 1;
                    if let Some(id) = distinct_ids[*run].value(row, person).to_text() {
                        events.distinct_ids.insert(id);
                    }
                }
            }
            if events.n_events > 0 {
                memory.grow::<FoundActor>(1)?;
                memory.grow::<[Arc<str>; 2]>(events.distinct_ids.len())?;
                found.push(FoundActor { events: Some(events), ..FoundActor::new(Who::Person(person)) });
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn values(
        &self,
        located: &Located<'_>,
        control: &QueryControl,
        memory: &mut HeldMemory,
    ) -> Result<Vec<FoundActor>, QueryError> {
        let mut n_events: BTreeMap<u32, u64> = BTreeMap::new();
        for (index, run) in located.runs.iter().enumerate() {
            for row in 0..run.len() {
                if row % ROWS_A_CHECK == 0 {
                    control.check()?;
                }
                if self.has_row(located, index, row)
                    && let Some(value) = located.values.of_row(index, row, &run.persons)
                {
                    *n_events.entry(value).or_default() += 1;
                }
            }
        }
        memory.grow::<(FoundActor, [u64; 4])>(n_events.len())?;
        let actors = n_events.into_iter().map(|(value, n_events)| FoundActor {
            events: Some(EventsBehind { n_events, ..EventsBehind::default() }),
            ..FoundActor::new(Who::Value(located.values.text(value)))
        });
        Ok(actors.collect())
    }
}

/// The actors behind `part` of `query`.
///
/// # Errors
/// As [`super::answer`]; [`QueryError::Invalid`] for a part that there is not.
pub(crate) async fn behind(
    query: &TrendsQuery,
    part: &TrendsPart,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Behind, QueryError> {
    let mut dates = resolve_dates(&query.date_range, planning::interval(query), context, source, control).await?;
    let path = |key: &str| if part.path.is_empty() { key.to_owned() } else { format!("{}.{key}", part.path) };
    let bucket = match (&part.day, planning::is_total_value(query)) {
        (None, true) => None,
        (Some(day), true) => {
            return Err(QueryError::invalid(&day.path, "the numbers of the insight are not by day; leave it out"));
        }
        (Some(day), false) => Some(interval_of(day, &dates.buckets()?, context)?),
        (None, false) => {
            return Err(QueryError::invalid(
                path("day"),
                "is missing; give a date within the interval, such as 2024-02-29",
            ));
        }
    };
    if part.is_previous {
        let compare = query.compare.as_ref();
        let compare = compare.ok_or_else(|| QueryError::invalid(path("compare"), "the insight compares no periods"))?;
        dates = compare.dates(&dates);
    }
    let buckets = dates.buckets()?;
    let Operator::Aggregate(mut plan) = planning::plan(query, context, &dates, &buckets)?.operator else {
        unreachable!("trends are planned as aggregates")
    };
    plan.series = vec![plan.series.swap_remove(part.series)];
    let buckets = match bucket {
        None => 0..1,
        // A running total is of all that happened until then.
        Some(bucket) if query.trends.display == Display::Cumulative => 0..bucket + 1,
        Some(bucket) => bucket..bucket + 1,
    };
    let breakdown = part.breakdown.as_ref().filter(|_| query.breakdown.is_some());
    let breakdown = breakdown.map(|values| values.iter().map(|value| value_of_shown(value)).collect());
    Ok(Behind::Aggregate { plan, part: AggregatePart { buckets, breakdown } })
}
