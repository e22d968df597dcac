//! Questions about getting from one thing to the next → `FunnelsQuery`.

use serde_json::{Map, Value, json};

use super::catalog::{Entity, Mention};
use super::filters::Condition;
use super::reading::Reading;
use super::trends::{add_common, breakdown_filter, finish, owner_of, timing};
use super::{NotUnderstood, PlannedQuery};

/// The most steps that a question has.
const MAX_STEPS: usize = 20;

/// Plans `reading` as a funnel.
pub(super) fn plan(mut reading: Reading<'_>) -> Result<PlannedQuery, NotUnderstood> {
    let (excluded, named): (Vec<Mention>, Vec<Mention>) =
        std::mem::take(&mut reading.mentions).into_iter().partition(|mention| is_excluded(&reading, mention));
    reading.mentions = in_order(&reading, named);
    reading.mentions.truncate(MAX_STEPS);
    if reading.mentions.len() == 1 {
        let entry = entry(&reading);
        reading.notes.push(format!("The question names one step, so the funnel begins with {}.", entry.shown()));
        let only = &reading.mentions[0];
        let first = Mention { entity: entry, range: only.range.start..only.range.start, ..only.clone() };
        reading.mentions.insert(0, first);
    }
    if reading.mentions.len() < 2 {
        return Err(reading.not_understood("a funnel needs two events or more, and none was found in the question"));
    }
    let mut own: Vec<Vec<Condition>> = vec![Vec::new(); reading.mentions.len()];
    let mut filters = Vec::new();
    for filter in &reading.filters {
        match owner_of(&reading, filter) {
            Some(step) => own[step].push(filter.what.clone()),
            None => filters.push(filter.what.clone()),
        }
    }
    let steps: Vec<Value> =
        reading.mentions.iter().zip(&own).map(|(mention, own)| step(&mention.entity, own)).collect();
    let (dates, interval) = timing(&reading);
    let mut shown = Map::new();
    let visual = match (reading.funnel.asks_how_long, reading.interval.is_some() || reading.is_over_time) {
        (true, _) => "time_to_convert",
        (_, true) => "trends",
        _ => "steps",
    };
    shown.insert("funnelVizType".to_owned(), visual.into());
    shown.extend(reading.funnel.order.map(|order| ("funnelOrderType".to_owned(), order.into())));
    if let Some((n, unit)) = reading.window {
        shown.insert("funnelWindowInterval".to_owned(), n.into());
        shown.insert("funnelWindowIntervalUnit".to_owned(), unit.name().into());
    }
    if !excluded.is_empty() {
        let last = reading.mentions.len() - 1;
        shown
            .insert("exclusions".to_owned(), excluded.iter().map(|mention| exclusion(&mention.entity, last)).collect());
    }
    let mut query = Map::new();
    query.insert("kind".to_owned(), "FunnelsQuery".into());
    query.insert("series".to_owned(), steps.into());
    query.insert("funnelsFilter".to_owned(), shown.into());
    if visual == "trends" {
        query.insert("interval".to_owned(), interval.name().into());
    }
    if let Some(breakdown) = breakdown_filter(&reading) {
        query.insert("breakdownFilter".to_owned(), breakdown);
    }
    add_common(&mut query, &reading, &filters, &dates);
    let explanation = explain(&reading, visual, &excluded, &own);
    Ok(PlannedQuery { query: query.into(), explanation: finish(explanation, &reading, &filters, &dates) })
}

fn step(entity: &Entity, filters: &[Condition]) -> Value {
    let mut node = entity.node();
    if !filters.is_empty() {
        node["properties"] = filters.iter().map(Condition::node).collect();
    }
    node
}

fn exclusion(entity: &Entity, last: usize) -> Value {
    let mut node = entity.node();
    node["funnelFromStep"] = 0.into();
    node["funnelToStep"] = last.into();
    node
}

/// Whether it is what people must not have done: `without searching`.
fn is_excluded(reading: &Reading<'_>, mention: &Mention) -> bool {
    let mut before = mention.range.start;
    while before > 0
        && reading
            .sentence
            .is_any(before - 1, &["a", "an", "any", "the", "doing", "who", "people", "users", "those", "that"])
    {
        before -= 1;
    }
    before > 0
        && reading.sentence.is_any(before - 1, &["without", "excluding", "except", "skipping", "ignoring", "not"])
}

/// The steps in the order in which they are to be done: `purchase after signing up` begins with signing up.
fn in_order(reading: &Reading<'_>, mentions: Vec<Mention>) -> Vec<Mention> {
    let between = |a: &Mention, b: &Mention, words: &[&str]| {
        (a.range.end..b.range.start).any(|at| reading.sentence.is_any(at, words))
    };
    match mentions.as_slice() {
        [a, b] => {
            let is_later = between(a, b, &["after", "once", "following", "having"]);
            let has_from = (0..a.range.start).any(|at| reading.sentence.is_any(at, &["from"]));
            let is_back = between(a, b, &["from"]) && !has_from && !between(a, b, &["to", "then"]);
            let is_led = (0..a.range.start).any(|at| reading.sentence.is_any(at, &["after", "before"]));
            if (is_later && !is_led) || is_back { vec![b.clone(), a.clone()] } else { mentions }
        }
        _ => mentions,
    }
}

/// What people begin with where the question names only what they end with.
fn entry(reading: &Reading<'_>) -> Entity {
    let page_view = Entity::Event("$pageview".to_owned());
    let is_there = reading.catalog.vocabulary.count_of("$pageview") > 0;
    if is_there && reading.mentions[0].entity != page_view { page_view } else { Entity::All }
}

fn explain(reading: &Reading<'_>, visual: &str, excluded: &[Mention], own: &[Vec<Condition>]) -> String {
    let steps: Vec<String> = reading
        .mentions
        .iter()
        .zip(own)
        .map(|(mention, own)| {
            let conditions: Vec<String> = own.iter().map(Condition::said).collect();
            let name = mention.entity.shown();
            if conditions.is_empty() { name } else { format!("{name} (where {})", conditions.join(" and ")) }
        })
        .collect();
    let steps = steps.join(" → ");
    let mut text = match visual {
        "time_to_convert" => format!("Shows how long people take from step to step: {steps}"),
        "trends" => format!("Shows which part of people got through {steps}, over time"),
        _ => format!("Shows how many people got through {steps}"),
    };
    match reading.funnel.order {
        Some("unordered") => text.push_str(", in any order"),
        Some(_) => text.push_str(", with nothing in between"),
        None => {}
    }
    if let Some((n, unit)) = reading.window {
        text.push_str(&format!(", within {n} {}{}", unit.name(), if n == 1 { "" } else { "s" }));
    }
    if !excluded.is_empty() {
        let names: Vec<String> = excluded.iter().map(|mention| mention.entity.shown()).collect();
        text.push_str(&format!(", without {}", names.join(" and ")));
    }
    text
}

impl Reading<'_> {
    /// The conditions as a list of filters, as queries without series have them.
    pub(super) fn filter_nodes(&self) -> Value {
        json!(self.filters.iter().map(|filter| filter.what.node()).collect::<Vec<_>>())
    }
}
