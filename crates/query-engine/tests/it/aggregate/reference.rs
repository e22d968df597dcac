//! The aggregate by its definition, with no thought of speed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use query_engine::field::Field;
use query_engine::plan::aggregate::{
    AggregateOutput, AggregateRow, AggregateSeries, BreakdownDimension, BreakdownTransform, BreakdownValue,
    BucketedAggregate, Buckets, FirstOf, Math, NumberFunction, Uniqueness,
};
use query_engine::scan::{EventColumn, EventSet};

use crate::world::{Fact, World};

type Key = Vec<BreakdownValue>;

/// What `plan` gives over `world`.
pub(super) fn evaluate(plan: &BucketedAggregate, world: &World) -> AggregateOutput {
    AggregateOutput { series: plan.series.iter().map(|series| rows(plan, series, world)).collect() }
}

fn rows(plan: &BucketedAggregate, series: &AggregateSeries, world: &World) -> Vec<AggregateRow> {
    let counted = counted(plan, series, world);
    let Some(breakdown) = &plan.breakdown else {
        return vec![AggregateRow { breakdown: Vec::new(), values: values(plan, series, &counted, world) }];
    };
    let mut by_key: BTreeMap<Key, Vec<(&Fact, usize)>> = BTreeMap::new();
    for &(fact, bucket) in &counted {
        let key: Key = breakdown.dimensions.iter().map(|dimension| part(dimension, fact, &counted, world)).collect();
        by_key.entry(key).or_default().push((fact, bucket));
    }
    if let Math::FirstTimePersons(_) = series.math {
        // Ascending keys: the first that has a person takes it.
        let mut taken = BTreeSet::new();
        for facts in by_key.values_mut() {
            let persons: BTreeSet<u32> = facts.iter().map(|(fact, _)| fact.person).collect();
            facts.retain(|(fact, _)| !taken.contains(&fact.person));
            taken.extend(persons);
        }
        by_key.retain(|_, facts| !facts.is_empty());
    }
    let rows = by_key
        .into_iter()
        .map(|(key, facts)| AggregateRow { values: values(plan, series, &facts, world), breakdown: key });
    limited(rows.collect(), breakdown.limit, plan)
}

/// The events that count, with their buckets.
fn counted<'a>(plan: &BucketedAggregate, series: &AggregateSeries, world: &'a World) -> Vec<(&'a Fact, usize)> {
    let is_named = |fact: &Fact| match &series.events {
        EventSet::All => true,
        EventSet::Named(names) => names.contains(&fact.event),
    };
    let candidates: Vec<&Fact> =
        world.facts.iter().filter(|fact| is_named(fact) && fact.timestamp_us < plan.until_us).collect();
    let matches = |fact: &Fact| world.satisfies(&series.predicate, fact);
    let first_instant = |person: u32, of: FirstOf| {
        let own = candidates.iter().filter(|fact| fact.person == person && (of == FirstOf::Events || matches(fact)));
        own.map(|fact| fact.timestamp_us).min()
    };
    let with_bucket = |fact: &'a Fact| -> Option<(&'a Fact, usize)> {
        let counts = matches(fact)
            && match &series.math {
                Math::FirstTimePersons(of) => first_instant(fact.person, *of) == Some(fact.timestamp_us),
                Math::UniqueGroups { .. } => group(fact, world).is_some(),
                Math::ActiveActors { windows_us, group_type } => {
                    let in_window =
                        |&(from_us, until_us): &(i64, i64)| (from_us..until_us).contains(&fact.timestamp_us);
                    // Buckets mean nothing here: windows are looked at instead.
                    let is_somebody = group_type.is_none() || group(fact, world).is_some();
                    return (is_somebody && matches(fact) && windows_us.iter().any(in_window)).then_some((fact, 0));
                }
                _ => true,
            };
        if counts { Some((fact, bucket(plan, fact.timestamp_us)?)) } else { None }
    };
    candidates.iter().filter_map(|fact| with_bucket(fact)).collect()
}

fn bucket(plan: &BucketedAggregate, timestamp_us: i64) -> Option<usize> {
    if !(plan.from_us..plan.until_us).contains(&timestamp_us) {
        return None;
    }
    match &plan.buckets {
        Buckets::Total => Some(0),
        Buckets::Edges(edges) => edges.windows(2).position(|edge| (edge[0]..edge[1]).contains(&timestamp_us)),
    }
}

fn group(fact: &Fact, world: &World) -> Option<Arc<str>> {
    let own = world.value(&Field::Event(EventColumn::Property("$group_0".to_owned())), fact).to_text();
    let named = world.value(&Field::GroupKey(0), fact).to_text();
    own.filter(|key| !key.is_empty()).or(named).filter(|key| !key.is_empty())
}

fn session(fact: &Fact, world: &World) -> String {
    let session = world.value(&Field::Event(EventColumn::Property("$session_id".to_owned())), fact);
    session.to_text().unwrap_or_default().to_string()
}

fn part(dimension: &BreakdownDimension, fact: &Fact, counted: &[(&Fact, usize)], world: &World) -> BreakdownValue {
    let value = world.value(&dimension.field, fact);
    let text = match dimension.transform {
        BreakdownTransform::Text => value.to_text().map(|text| text.to_string()),
        BreakdownTransform::NormalizedUrl => value.to_text().map(|url| {
            let mut url = url.to_string();
            while url.ends_with(['/', '?', '#']) {
                url.pop();
            }
            if url.is_empty() { "/".to_owned() } else { url }
        }),
        BreakdownTransform::Histogram { n_bins } => {
            let numbers = counted.iter().filter_map(|(fact, _)| world.value(&dimension.field, fact).to_number());
            let numbers: Vec<f64> = numbers.collect();
            let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let width = (greatest - least) / f64::from(n_bins);
            let rounded = |number: f64| (number * 100.0).round() / 100.0 + 0.0;
            value.to_number().and_then(|number| {
                (0..n_bins).find_map(|i| {
                    let from = width * f64::from(i) + least;
                    let until = width * f64::from(i + 1) + least + if i + 1 == n_bins { 0.01 } else { 0.0 };
                    let label = || format!("[{},{}]", rounded(from), rounded(until));
                    (from <= number && number < until).then(label)
                })
            })
        }
    };
    text.filter(|text| !text.is_empty()).map_or(BreakdownValue::Null, |text| BreakdownValue::Text(text.into()))
}

fn values(plan: &BucketedAggregate, series: &AggregateSeries, counted: &[(&Fact, usize)], world: &World) -> Vec<f64> {
    let first_only = matches!(
        series.math,
        Math::UniquePersons(Uniqueness::PerRange) | Math::UniqueGroups { uniqueness: Uniqueness::PerRange, .. }
    );
    let is_group = matches!(series.math, Math::UniqueGroups { .. } | Math::ActiveActors { group_type: Some(_), .. });
    let actor = |fact: &Fact| if is_group { group(fact, world).unwrap().to_string() } else { fact.person.to_string() };
    (0..plan.n_values())
        .map(|bucket| {
            let here: Vec<&Fact> = counted.iter().filter(|(_, of)| *of == bucket).map(|(fact, _)| *fact).collect();
            let earlier: BTreeSet<String> =
                counted.iter().filter(|(_, of)| first_only && *of < bucket).map(|(fact, _)| actor(fact)).collect();
            let actors: BTreeSet<String> = here.iter().map(|fact| actor(fact)).collect();
            match &series.math {
                Math::Count => here.len() as f64,
                Math::UniquePersons(_) | Math::UniqueGroups { .. } => actors.difference(&earlier).count() as f64,
                Math::FirstTimePersons(_) => actors.len() as f64,
                Math::UniqueSessions => {
                    here.iter().map(|fact| session(fact, world)).collect::<BTreeSet<_>>().len() as f64
                }
                Math::ActiveActors { windows_us, .. } => {
                    let (from_us, until_us) = windows_us[bucket];
                    let within = counted.iter().filter(|(fact, _)| (from_us..until_us).contains(&fact.timestamp_us));
                    within.map(|(fact, _)| actor(fact)).collect::<BTreeSet<_>>().len() as f64
                }
                Math::Numbers { field, function } => {
                    apply(*function, here.iter().filter_map(|fact| world.value(field, fact).to_number()).collect())
                }
                Math::CountPerPerson(function) => {
                    let n_events = |person: &String| here.iter().filter(|fact| actor(fact) == *person).count() as f64;
                    apply(*function, actors.iter().map(n_events).collect())
                }
                Math::Hogql(_) => panic!("no plan of these tests leaves its numbers to HogQL"),
            }
        })
        .collect()
}

fn apply(function: NumberFunction, mut numbers: Vec<f64>) -> f64 {
    numbers.retain(|number| number.is_finite());
    numbers.sort_by(f64::total_cmp);
    let (Some(&least), Some(&greatest)) = (numbers.first(), numbers.last()) else { return 0.0 };
    let sum: f64 = numbers.iter().sum();
    match function {
        NumberFunction::Sum => sum,
        NumberFunction::Average => sum / numbers.len() as f64,
        NumberFunction::Minimum => least,
        NumberFunction::Maximum => greatest,
        NumberFunction::Quantile(level) => {
            let position = level * (numbers.len() - 1) as f64;
            let low = numbers[position as usize];
            let high = *numbers.get(position as usize + 1).unwrap_or(&low);
            low + (high - low) * position.fract()
        }
    }
}

fn limited(mut rows: Vec<AggregateRow>, limit: usize, plan: &BucketedAggregate) -> Vec<AggregateRow> {
    // Stable sorts, from the least to the most significant key; the rows come by ascending values.
    let by_total = |rows: &mut Vec<AggregateRow>| rows.sort_by(|left, right| right.total().total_cmp(&left.total()));
    let nulls_last =
        |rows: &mut Vec<AggregateRow>| rows.sort_by_key(|row| row.breakdown.contains(&BreakdownValue::Null));
    by_total(&mut rows);
    if plan.buckets != Buckets::Total {
        nulls_last(&mut rows);
    }
    let others = rows.split_off(limit.min(rows.len()));
    nulls_last(&mut rows);
    if let Some(first) = others.first() {
        rows.push(AggregateRow {
            breakdown: vec![BreakdownValue::Other; first.breakdown.len()],
            values: (0..plan.n_values()).map(|bucket| others.iter().map(|row| row.values[bucket]).sum()).collect(),
        });
    }
    rows
}
