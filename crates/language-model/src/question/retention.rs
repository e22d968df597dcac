//! Questions about coming back → `RetentionQuery`.

use serde_json::{Map, Value, json};

use super::catalog::Entity;
use super::dates::{Dates, Unit};
use super::filters::Condition;
use super::reading::Reading;
use super::trends::{breakdown_filter, finish};
use super::{NotUnderstood, PlannedQuery};

/// Plans `reading` as a retention.
pub(super) fn plan(mut reading: Reading<'_>) -> Result<PlannedQuery, NotUnderstood> {
    if reading.mentions.len() > 2 {
        reading.notes.push(
            "A retention has one event to begin with and one to come back with; others were left out.".to_owned(),
        );
    }
    let (target, returning) = match reading.mentions.as_slice() {
        [] => (Entity::All, Entity::All),
        // who did it once does not come back by doing it again
        [only] if only.is_once => (only.entity.clone(), Entity::All),
        [only] => (only.entity.clone(), only.entity.clone()),
        [target, returning, ..] if is_reversed(&reading) => (returning.entity.clone(), target.entity.clone()),
        [target, returning, ..] => (target.entity.clone(), returning.entity.clone()),
    };
    let filters: Vec<Condition> = reading.filters.iter().map(|filter| filter.what.clone()).collect();
    let unit = reading.interval.or(reading.horizon.map(|(_, unit)| unit)).unwrap_or(Unit::Day);
    let period = match unit {
        Unit::Minute | Unit::Hour => "Hour",
        Unit::Day => "Day",
        Unit::Week => "Week",
        _ => "Month",
    };
    let n = match reading.horizon {
        Some((n, of)) => in_periods(n, of, unit),
        None => match period {
            "Hour" => 24,
            "Month" => 6,
            _ => 8,
        },
    };
    let kind = if reading.is_of_new { "retention_first_time" } else { "retention_recurring" };
    let mut query = Map::new();
    query.insert("kind".to_owned(), "RetentionQuery".into());
    query.insert(
        "retentionFilter".to_owned(),
        json!({
            "targetEntity": entity(&target),
            "returningEntity": entity(&returning),
            "retentionType": kind,
            "period": period,
            "totalIntervals": n,
        }),
    );
    if let Some(dates) = &reading.dates {
        let mut range = json!({"date_from": dates.from});
        range
            .as_object_mut()
            .expect("made as an object")
            .extend(dates.to.iter().map(|to| ("date_to".to_owned(), to.as_str().into())));
        query.insert("dateRange".to_owned(), range);
    }
    if !filters.is_empty() {
        query.insert("properties".to_owned(), reading.filter_nodes());
    }
    if reading.leaves_out_staff {
        query.insert("filterTestAccounts".to_owned(), true.into());
    }
    if let Some(breakdown) = breakdown_filter(&reading) {
        query.insert("breakdownFilter".to_owned(), breakdown);
    }
    let first = if reading.is_of_new { " for the first time" } else { "" };
    let text = format!(
        "Shows which part of the people who did {}{first} came back and did {}, over {n} {}s",
        target.shown(),
        returning.shown(),
        period.to_lowercase()
    );
    let dates = reading.dates.clone().unwrap_or_else(|| Dates::rolling(n, unit, &reading.calendar));
    Ok(PlannedQuery { query: query.into(), explanation: finish(text, &reading, &filters, &dates) })
}

/// Whether what people come back with is named first: `how many search again after signing up`.
fn is_reversed(reading: &Reading<'_>) -> bool {
    let [a, b, ..] = reading.mentions.as_slice() else { return false };
    let is_led = (0..a.range.start).any(|at| reading.sentence.is_any(at, &["after"]));
    !is_led && (a.range.end..b.range.start).any(|at| reading.sentence.is_any(at, &["after", "following", "once"]))
}

/// So many of one unit in another, rounded up.
fn in_periods(n: u32, of: Unit, period: Unit) -> u32 {
    let days = |unit: Unit| match unit {
        Unit::Week => 7,
        Unit::Month => 30,
        _ => 1,
    };
    if of == period { n } else { (n * days(of)).div_ceil(days(period)).max(2) }
}

fn entity(entity: &Entity) -> Value {
    match entity {
        Entity::All => json!({"id": null, "type": "events", "name": "All events"}),
        Entity::Event(name) => json!({"id": name, "type": "events", "name": name}),
        Entity::Action(id, name) => json!({"id": id, "type": "actions", "name": name}),
    }
}
