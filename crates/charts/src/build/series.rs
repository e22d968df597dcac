//! Pictures of series: trends, stickiness, lifecycle, conversion over time.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use query_engine::results::{LifecycleState, Period, Series};
use serde_json::Value;

use super::more;
use crate::countries;
use crate::days::Label;
use crate::format::{Unit, ValueFormat};
use crate::model::{Chart, Item, Number, Picture, Plot, PlotSeries, PlotStyle};
use crate::palette::MAX_SERIES;
use crate::table::{Cell, DataTable};

/// The most bars of a ranking.
const MAX_BARS: usize = 25;

/// Numbers over time, or one number each.
pub(super) fn trends(query: &Value, series: &[Series]) -> Chart {
    let filter = &query["trendsFilter"];
    let (format, display) = (ValueFormat::of_filter(filter), filter["display"].as_str().unwrap_or_default());
    let is_total =
        series.iter().any(|series| series.aggregated_value.is_some()) && series.iter().all(|it| it.data.is_empty());
    if is_total {
        return totals(series, format, display);
    }
    let style = match display {
        "ActionsAreaGraph" => PlotStyle::Area,
        "ActionsBar" | "ActionsStackedBar" => PlotStyle::Stacked,
        "ActionsUnstackedBar" => PlotStyle::Grouped,
        _ => PlotStyle::Line,
    };
    over_time(interval(query), series, format, style)
}

/// How many were active in so many intervals.
pub(super) fn stickiness(query: &Value, series: &[Series]) -> Chart {
    let style = match query["stickinessFilter"]["display"].as_str() {
        Some("ActionsBar" | "ActionsStackedBar") => PlotStyle::Stacked,
        Some("ActionsUnstackedBar") => PlotStyle::Grouped,
        Some("ActionsAreaGraph") => PlotStyle::Area,
        _ => PlotStyle::Line,
    };
    let longest = series.iter().map(|series| &series.labels).max_by_key(|labels| labels.len());
    let axis = longest.map_or_else(Vec::new, |labels| labels.iter().map(Label::plain).collect());
    plot(series, axis, interval(query), "Actors by how often they were active", ValueFormat::default(), style)
}

/// Actors by their state; the dormant ones below zero.
pub(super) fn lifecycle(query: &Value, series: &[Series]) -> Chart {
    over_time(interval(query), series, ValueFormat::default(), PlotStyle::Stacked)
}

/// Percentages by the interval of entering.
pub(super) fn conversion_rates(query: &Value, series: &[Series]) -> Chart {
    over_time(interval(query), series, ValueFormat::of(Unit::Percent), PlotStyle::Line)
}

fn interval(query: &Value) -> &str {
    query["interval"].as_str().unwrap_or("day")
}

fn over_time(interval: &str, series: &[Series], format: ValueFormat, style: PlotStyle) -> Chart {
    // Compared periods lie over one another: the days are those of the one that was asked for.
    let own = series.iter().find(|series| series.period != Some(Period::Previous)).or(series.first());
    let axis = own.map_or_else(Vec::new, |own| own.days.iter().map(|day| Label::of_interval(day, interval)).collect());
    plot(series, axis, interval, "Numbers by interval", format, style)
}

fn plot(
    series: &[Series],
    mut axis: Vec<Label>,
    interval: &str,
    caption: &str,
    format: ValueFormat,
    style: PlotStyle,
) -> Chart {
    let n = series.iter().map(|series| series.data.len()).max().unwrap_or(0);
    while axis.len() < n {
        axis.push(Label::plain(format!("{}", axis.len() + 1)));
    }
    let names = names(series);
    let mut table = DataTable::new(caption, std::iter::once(capitalized(interval)).chain(names.iter().cloned()));
    table.rows = axis
        .iter()
        .enumerate()
        .map(|(position, label)| {
            let cells = series.iter().map(|series| Cell::exact(series.data.get(position).copied().flatten()));
            std::iter::once(Cell::text(&label.long)).chain(cells).collect()
        })
        .collect();

    let has_numbers = series.iter().flat_map(|series| &series.data).flatten().any(|value| *value != 0.0);
    if n == 0 || !has_numbers {
        return Chart::made(Picture::Empty, format, table);
    }
    let drawn = most_important(series);
    let colours = colours(series, &drawn);
    let is_left_out =
        |position: &usize| !drawn.contains(position) && series[*position].period != Some(Period::Previous);
    let note = more((0..series.len()).filter(is_left_out).count());
    let drawn = drawn.iter().zip(colours).map(|(&position, colour)| PlotSeries {
        name: names[position].clone(),
        colour,
        is_previous: series[position].period == Some(Period::Previous),
        values: series[position].data.clone(),
    });
    let plot = Plot { style, unit: interval.to_owned(), axis, series: drawn.collect() };
    Chart::made(Picture::Plot(plot), format, table).with_note(note)
}

/// Pictures of one number each.
fn totals(series: &[Series], format: ValueFormat, display: &str) -> Chart {
    let is_map = display == "WorldMap";
    let names = if is_map { country_names(series) } else { names(series) };
    let mut table = DataTable::new("Numbers of the whole range", [if is_map { "Country" } else { "Series" }, "Value"]);
    let rows = names.iter().zip(series).map(|(name, of)| vec![Cell::text(name), Cell::exact(of.aggregated_value)]);
    table.rows = rows.collect();
    let total_of =
        |period: Period| series.iter().find(|of| of.period == Some(period)).and_then(|of| of.aggregated_value);

    if display == "BoldNumber" {
        let Some(first) = series.iter().find(|series| series.period != Some(Period::Previous)) else {
            return Chart::made(Picture::Empty, format, table);
        };
        let number = Number {
            name: plain_name(first, false),
            value: first.aggregated_value,
            previous: total_of(Period::Previous),
        };
        return Chart::made(Picture::Number(number), format, table);
    }
    let has_numbers = series.iter().filter_map(|series| series.aggregated_value).any(|value| value != 0.0);
    if !has_numbers {
        return Chart::made(Picture::Empty, format, table);
    }
    if display == "ActionsTable" {
        return Chart::made(Picture::Table, format, table);
    }
    let colours = colours(series, &(0..series.len()).collect::<Vec<_>>());
    let mut items: Vec<Item> = series
        .iter()
        .zip(names)
        .zip(colours)
        .filter_map(|((of, name), colour)| {
            let is_previous = of.period == Some(Period::Previous);
            of.aggregated_value.map(|value| Item { name, value, colour: if is_map { 0 } else { colour }, is_previous })
        })
        .collect();
    if display == "ActionsPie" {
        return pie(items, format, table);
    }
    if is_map {
        items.sort_by(|a, b| descending(a.value, b.value));
    }
    let n_left_out = items.len().saturating_sub(MAX_BARS);
    items.truncate(MAX_BARS);
    Chart::made(Picture::Ranking(items), format, table).with_note(more(n_left_out))
}

/// Slices of the values above zero, the smaller ones together where there are many.
pub(super) fn pie(items: Vec<Item>, format: ValueFormat, table: DataTable) -> Chart {
    let n_given = items.iter().filter(|item| !item.is_previous).count();
    let mut items: Vec<Item> = items.into_iter().filter(|item| item.value > 0.0 && !item.is_previous).collect();
    let n_without = n_given - items.len();
    items.sort_by(|a, b| descending(a.value, b.value));
    if items.len() > MAX_SERIES {
        let rest = items.split_off(MAX_SERIES - 1);
        let value = rest.iter().map(|item| item.value).sum();
        items.push(Item { name: format!("{} more", rest.len()), value, colour: 0, is_previous: false });
    }
    for (position, item) in items.iter_mut().enumerate() {
        item.colour = position;
    }
    let note = (n_without > 0).then(|| format!("{n_without} not above zero, in the table only"));
    let picture = if items.is_empty() { Picture::Empty } else { Picture::Pie(items) };
    Chart::made(picture, format, table).with_note(note)
}

pub(crate) fn descending(a: f64, b: f64) -> Ordering {
    b.partial_cmp(&a).unwrap_or(Ordering::Equal)
}

/// Positions of the series that are drawn: those of the greatest numbers with what they are compared with, in the order of the answer.
fn most_important(series: &[Series]) -> Vec<usize> {
    let size = |position: &usize| {
        let of = &series[*position];
        of.data.iter().flatten().map(|value| value.abs()).sum::<f64>()
    };
    let mut current: Vec<usize> = (0..series.len()).filter(|&i| series[i].period != Some(Period::Previous)).collect();
    if current.is_empty() {
        current = (0..series.len()).collect();
    }
    current.sort_by(|a, b| descending(size(a), size(b)));
    current.truncate(MAX_SERIES);
    let kept: BTreeSet<usize> = current.into_iter().collect();
    let is_compared_with_kept = |position: usize| {
        series[position].period == Some(Period::Previous)
            && kept.iter().any(|&own| same_thing(&series[own], &series[position]))
    };
    (0..series.len()).filter(|position| kept.contains(position) || is_compared_with_kept(*position)).collect()
}

fn same_thing(a: &Series, b: &Series) -> bool {
    a.order == b.order && a.breakdown == b.breakdown
}

/// Places in the palette of the series at those positions: compared ones share theirs, states of a lifecycle have theirs.
fn colours(series: &[Series], drawn: &[usize]) -> Vec<usize> {
    let mut own: Vec<usize> = Vec::new();
    let mut colours = Vec::with_capacity(drawn.len());
    for &position in drawn {
        let of = &series[position];
        if let Some(state) = of.state {
            colours.push(match state {
                LifecycleState::New => 0,
                LifecycleState::Returning => 2,
                LifecycleState::Resurrecting => 3,
                LifecycleState::Dormant => 1,
            });
            continue;
        }
        let known = own.iter().position(|&other| same_thing(&series[other], of));
        let colour = known.unwrap_or_else(|| {
            own.push(position);
            own.len() - 1
        });
        colours.push(colour % MAX_SERIES);
    }
    colours
}

/// Names that tell the series apart.
fn names(series: &[Series]) -> Vec<String> {
    let orders: BTreeSet<usize> = series.iter().map(|series| series.order).collect();
    let are_several = orders.len() > 1;
    series
        .iter()
        .map(|of| match of.period {
            Some(Period::Previous) => format!("{} (previous)", plain_name(of, are_several)),
            _ => plain_name(of, are_several),
        })
        .collect()
}

fn plain_name(of: &Series, are_several: bool) -> String {
    if let Some(state) = of.state {
        return match state {
            LifecycleState::New => "New",
            LifecycleState::Returning => "Returning",
            LifecycleState::Resurrecting => "Resurrecting",
            LifecycleState::Dormant => "Dormant",
        }
        .to_owned();
    }
    let given = of.custom_name.as_deref();
    match &of.breakdown {
        None => given.unwrap_or(&of.label).to_owned(),
        Some(value) if are_several => {
            let event = of.label.rsplit_once(" - ").map_or(of.label.as_str(), |(event, _)| event);
            format!("{} · {value}", given.unwrap_or(event))
        }
        Some(value) => value.to_string(),
    }
}

/// As [`names`], with countries by name where the breakdown has their codes.
fn country_names(series: &[Series]) -> Vec<String> {
    let named = |of: &Series| {
        let code = of.breakdown.as_ref().map(ToString::to_string);
        let known = code.as_deref().and_then(countries::name);
        known.map_or_else(|| plain_name(of, false), str::to_owned)
    };
    let with_period = |of: &Series| match of.period {
        Some(Period::Previous) => format!("{} (previous)", named(of)),
        _ => named(of),
    };
    series.iter().map(with_period).collect()
}

pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
