//! Pictures of what persons do one after another: funnels, retention, paths.

use query_engine::results::{Breakdown, Durations, Funnel, PathLink, RetentionCohort, RetentionSheet};
use serde_json::Value;

use super::more;
use crate::days::Label;
use crate::format::{ValueFormat, duration, percent};
use crate::model::{
    Chart, FlowLink, FunnelGroup, FunnelPicture, Picture, Plot, PlotSeries, PlotStyle, Sheet, SheetCell, SheetRow,
};
use crate::palette::MAX_SERIES;
use crate::scale::part_of;
use crate::table::{Cell, DataTable};

/// The most grids of retention that are drawn under one another.
const MAX_SHEETS: usize = 4;
/// The most cohorts of a grid that are drawn.
const MAX_COHORTS: usize = 60;
/// The most links of a flow that are drawn.
const MAX_LINKS: usize = 60;

/// Steps with how many came that far.
pub(super) fn funnel(funnels: &[Funnel]) -> Chart {
    let format = ValueFormat::default();
    let is_broken_down = funnels.iter().any(|funnel| funnel.breakdown.is_some());
    let headers =
        ["Step", "Breakdown", "Reached", "Of the first step", "Of the step before", "Average time", "Median time"];
    let headers = headers.into_iter().filter(|header| is_broken_down || *header != "Breakdown");
    let mut table = DataTable::new("Steps of the funnel", headers);
    for funnel in funnels {
        for (position, step) in funnel.steps.iter().enumerate() {
            let before = funnel.steps[position.saturating_sub(1)].count;
            let time = |seconds: Option<f64>| Cell::number(seconds.map_or_else(|| "–".to_owned(), duration));
            let name = step.custom_name.as_ref().unwrap_or(&step.name);
            let mut row = vec![Cell::text(format!("{}. {name}", position + 1))];
            row.extend(is_broken_down.then(|| Cell::text(breakdown_name(funnel.breakdown.as_ref()))));
            row.extend([
                Cell::exact(Some(step.count)),
                Cell::number(percent(part_of(step.count, funnel.steps[0].count))),
                Cell::number(percent(part_of(step.count, if position == 0 { step.count } else { before }))),
                time(step.average_seconds),
                time(step.median_seconds),
            ]);
            table.rows.push(row);
        }
    }
    let has_numbers = funnels.iter().flat_map(|funnel| &funnel.steps).any(|step| step.count > 0.0);
    let Some(first) = funnels.first().filter(|_| has_numbers) else {
        return Chart::made(Picture::Empty, format, table);
    };
    let groups = funnels.iter().take(MAX_SERIES).enumerate().map(|(colour, funnel)| FunnelGroup {
        name: breakdown_name(funnel.breakdown.as_ref()),
        colour,
        counts: funnel.steps.iter().map(|step| step.count).collect(),
        seconds: funnel.steps.iter().map(|step| step.average_seconds).collect(),
    });
    let steps = first.steps.iter().map(|step| step.custom_name.as_ref().unwrap_or(&step.name).clone()).collect();
    let picture = Picture::Funnel(FunnelPicture { steps, groups: groups.collect() });
    Chart::made(picture, format, table).with_note(more(funnels.len().saturating_sub(MAX_SERIES)))
}

/// How long conversions took, in bins.
pub(super) fn durations(durations: &Durations) -> Chart {
    let mut table = DataTable::new("Conversions by the time that they took", ["From", "Conversions"]);
    table.rows =
        durations.bins.iter().map(|(from, n)| vec![Cell::text(duration(*from)), Cell::exact(Some(*n))]).collect();
    let format = ValueFormat::default();
    if durations.bins.iter().all(|(_, n)| *n == 0.0) {
        return Chart::made(Picture::Empty, format, table);
    }
    let label = |(position, (from, _)): (usize, &(f64, f64))| {
        let long = match durations.bins.get(position + 1) {
            Some((to, _)) => format!("{} to {}", duration(*from), duration(*to)),
            None => format!("{} or longer", duration(*from)),
        };
        Label { short: duration(*from), long }
    };
    let series = PlotSeries {
        name: "Conversions".to_owned(),
        colour: 0,
        is_previous: false,
        values: durations.bins.iter().map(|(_, n)| Some(*n)).collect(),
    };
    let plot = Plot {
        style: PlotStyle::Stacked,
        unit: "bin".to_owned(),
        axis: durations.bins.iter().enumerate().map(label).collect(),
        series: vec![series],
    };
    let note = durations.average_seconds.map(|seconds| format!("{} on average", duration(seconds)));
    Chart::made(Picture::Plot(plot), format, table).with_note(note)
}

/// A grid of cohorts, or lines where the query asks for a graph.
pub(super) fn retention(query: &Value, sheets: &[RetentionSheet]) -> Chart {
    let filter = &query["retentionFilter"];
    let period = filter["period"].as_str().unwrap_or("Day").to_lowercase();
    let is_broken_down = sheets.iter().any(|sheet| sheet.breakdown.is_some());
    let columns =
        sheets.iter().flat_map(|sheet| &sheet.cohorts).map(|cohort| &cohort.cells).max_by_key(|cells| cells.len());
    let columns: Vec<String> =
        columns.map_or_else(Vec::new, |cells| cells.iter().map(|cell| cell.label.clone()).collect());

    let mut headers = vec!["Cohort".to_owned()];
    headers.extend(is_broken_down.then(|| "Breakdown".to_owned()));
    headers.extend(columns.iter().cloned());
    let mut table = DataTable::new("Cohorts and how many of them came back", headers);
    for sheet in sheets {
        for cohort in &sheet.cohorts {
            let mut row = vec![Cell::text(Label::of_interval(&cohort.date, &period).long)];
            row.extend(is_broken_down.then(|| Cell::text(breakdown_name(sheet.breakdown.as_ref()))));
            row.extend((0..columns.len()).map(|column| {
                Cell::exact(cohort.cells.get(column).map(|cell| cell.aggregation_value.unwrap_or(cell.count)))
            }));
            table.rows.push(row);
        }
    }
    let format = ValueFormat::default();
    if sheets.iter().flat_map(|sheet| &sheet.cohorts).all(|cohort| size(cohort) == 0.0) {
        return Chart::made(Picture::Empty, format, table);
    }
    let is_cut = sheets.iter().any(|sheet| sheet.cohorts.len() > MAX_COHORTS);
    let drawn = sheets.iter().take(MAX_SHEETS).map(|sheet| Sheet {
        name: breakdown_name(sheet.breakdown.as_ref()),
        columns: columns.clone(),
        rows: sheet.cohorts.iter().take(MAX_COHORTS).map(|cohort| sheet_row(cohort, &period)).collect(),
    });
    let note = more(sheets.len().saturating_sub(MAX_SHEETS));
    let note = note.or_else(|| is_cut.then(|| "later cohorts in the table".to_owned()));
    Chart::made(Picture::Retention(drawn.collect()), format, table).with_note(note)
}

fn sheet_row(cohort: &RetentionCohort, period: &str) -> SheetRow {
    let size = size(cohort);
    let cells = cohort.cells.iter().map(|cell| SheetCell {
        part: part_of(cell.count, size),
        count: cell.count,
        measured: cell.aggregation_value,
    });
    SheetRow { label: Label::of_interval(&cohort.date, period), size, cells: cells.collect() }
}

fn size(cohort: &RetentionCohort) -> f64 {
    cohort.cells.first().map_or(0.0, |cell| cell.count)
}

/// Ways from step to step.
pub(super) fn paths(links: &[PathLink]) -> Chart {
    let mut table = DataTable::new("Ways from step to step", ["From", "To", "Step", "Persons", "Average time"]);
    table.rows = links
        .iter()
        .map(|link| {
            vec![
                Cell::text(&link.source.item),
                Cell::text(&link.target.item),
                Cell::number(link.source.step.to_string()),
                Cell::exact(Some(link.count)),
                Cell::number(duration(link.average_ms / 1000.0)),
            ]
        })
        .collect();
    let mut drawn: Vec<&PathLink> = links.iter().filter(|link| link.count > 0.0).collect();
    drawn.sort_by(|a, b| super::series::descending(a.count, b.count));
    let n_left_out = drawn.len().saturating_sub(MAX_LINKS);
    drawn.truncate(MAX_LINKS);
    let first_step = drawn.iter().map(|link| link.source.step).min().unwrap_or(1);
    let drawn: Vec<FlowLink> = drawn
        .into_iter()
        .map(|link| FlowLink {
            column: link.source.step - first_step,
            source: link.source.item.clone(),
            target: link.target.item.clone(),
            value: link.count,
            seconds: link.average_ms / 1000.0,
        })
        .collect();
    let picture = if drawn.is_empty() { Picture::Empty } else { Picture::Flow(drawn) };
    Chart::made(picture, ValueFormat::default(), table).with_note(more(n_left_out))
}

fn breakdown_name(breakdown: Option<&Breakdown>) -> String {
    breakdown.map(ToString::to_string).unwrap_or_default()
}
