//! The answer to a `StickinessQuery` as PostHog's clients expect it.

use insights_core::time::Interval;
use serde_json::{Value, json};

use super::Period;
use crate::answer::QueryContext;
use crate::nodes::{Entity, StickinessQuery};

/// One item for each series and period, series by series.
pub(super) fn items(query: &StickinessQuery, context: &QueryContext, periods: &[Period]) -> Value {
    let series = query.series.iter().enumerate();
    series
        .flat_map(|(order, series)| periods.iter().map(move |period| item(query, context, period, (order, series))))
        .collect()
}

fn item(query: &StickinessQuery, context: &QueryContext, period: &Period, (order, series): (usize, &Entity)) -> Value {
    let mut n_actors = period.output.series[order].clone();
    let n_shown = n_actors.iter().rposition(|n| *n > 0).map_or(0, |last| last + 1).max(period.n_intervals);
    n_actors.resize(n_shown, 0);
    let n_all: u64 = n_actors.iter().sum();
    if query.stickiness.is_cumulative {
        cumulate(&mut n_actors);
    }
    let days: Vec<usize> = (1..=n_shown).collect();
    let labels: Vec<String> = days.iter().map(|&day| label(day, query)).collect();
    let plain_name = series.plain_name(context);
    let name = plain_name.unwrap_or("All events");
    let mut item = json!({
        "count": n_all,
        "data": n_actors,
        "days": days,
        "label": name,
        "labels": labels,
        "action": {
            "order": order,
            "type": "events",
            "name": name,
            "id": plain_name,
            "custom_name": series.custom_name,
        },
    });
    if let Some(label) = period.label {
        item["compare"] = true.into();
        item["compare_label"] = label.into();
    }
    item
}

/// Makes each number that of those active in as many intervals or more.
fn cumulate(n_actors: &mut [u64]) {
    let mut sum = 0;
    for n in n_actors.iter_mut().rev() {
        sum += *n;
        *n = sum;
    }
}

/// `1 day`, `2 days`, `2 days or more`.
fn label(n_intervals: usize, query: &StickinessQuery) -> String {
    let interval = match query.interval {
        Interval::Second => "second",
        Interval::Minute => "minute",
        Interval::Hour => "hour",
        Interval::Day => "day",
        Interval::Week => "week",
        Interval::Month => "month",
    };
    let plural = if n_intervals == 1 { "" } else { "s" };
    let or_more = if query.stickiness.is_cumulative { " or more" } else { "" };
    format!("{n_intervals} {interval}{plural}{or_more}")
}
