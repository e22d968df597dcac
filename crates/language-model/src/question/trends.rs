//! Questions about how much of something happens → `TrendsQuery`, and the kinds that are asked for in the same way.

use serde_json::{Map, Value, json};

use super::catalog::{Entity, Owner, Property};
use super::dates::{Dates, Unit};
use super::filters::Condition;
use super::measures::{Combination, Math};
use super::reading::{Reading, Special};
use super::{NotUnderstood, PlannedQuery};

/// One thing that is counted or computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) entity: Entity,
    pub(super) math: Math,
    pub(super) filters: Vec<Condition>,
}

/// What a question about numbers asks for, in whatever language it is then put.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbers {
    pub(super) series: Vec<Series>,
    pub(super) formula: Option<&'static str>,
    /// Conditions on every series.
    pub(super) filters: Vec<Condition>,
    pub(super) dates: Dates,
    pub(super) interval: Unit,
}

/// Plans `reading` as trends.
pub(super) fn plan(mut reading: Reading<'_>) -> Result<PlannedQuery, NotUnderstood> {
    match reading.special {
        Some(Special::Lifecycle) => return lifecycle(reading),
        Some(Special::Stickiness) => return stickiness(reading),
        Some(Special::Paths { is_before }) => return paths(reading, is_before),
        None => {}
    }
    let numbers = numbers(&mut reading)?;
    let display = display(&mut reading, &numbers);
    let mut query = Map::new();
    query.insert("kind".to_owned(), "TrendsQuery".into());
    query.insert("series".to_owned(), numbers.series.iter().map(Series::node).collect());
    add_common(&mut query, &reading, &numbers.filters, &numbers.dates);
    query.insert("interval".to_owned(), numbers.interval.name().into());
    if let Some(breakdown) = breakdown_filter(&reading) {
        query.insert("breakdownFilter".to_owned(), breakdown);
    }
    if let Some(compare) = &reading.compare {
        let mut filter = json!({"compare": true});
        if let Some(to) = &compare.to {
            filter["compare_to"] = to.as_str().into();
        }
        query.insert("compareFilter".to_owned(), filter);
    }
    let mut shown = Map::new();
    shown.extend(display.map(|display| ("display".to_owned(), display.into())));
    shown.extend(numbers.formula.map(|formula| ("formulaNodes".to_owned(), json!([{"formula": formula}]))));
    shown.extend(reading.measure.smoothing.map(|n| ("smoothingIntervals".to_owned(), n.into())));
    if !shown.is_empty() {
        query.insert("trendsFilter".to_owned(), shown.into());
    }
    let explanation = explain(&reading, &numbers, display);
    Ok(PlannedQuery { query: query.into(), explanation })
}

/// What `reading` counts and computes.
pub(super) fn numbers(reading: &mut Reading<'_>) -> Result<Numbers, NotUnderstood> {
    let (series, formula) = series(reading)?;
    let (dates, interval) = timing(reading);
    let (series, filters) = placed_filters(reading, series);
    Ok(Numbers { series, formula, filters, dates, interval })
}

type MadeSeries = (Vec<Series>, Option<&'static str>);

fn series(reading: &mut Reading<'_>) -> Result<MadeSeries, NotUnderstood> {
    let made = |entity: Entity, math: Math| Series { entity, math, filters: Vec::new() };
    let mut entities: Vec<Entity> = Vec::new();
    for mention in &reading.mentions {
        if !entities.contains(&mention.entity) {
            entities.push(mention.entity.clone());
        }
    }
    let math = reading.measure.math.clone();
    if entities.is_empty() {
        entities.push(unnamed_entity(reading, math.as_ref())?);
    }
    if reading.mentions.is_empty()
        && math.is_none()
        && reading.breakdowns.is_ranking
        && entities == [Entity::All]
        && !is_of_events(reading)
    {
        reading.measure.math = Some(Math::Users);
    }
    let math = reading.measure.math.clone().unwrap_or(Math::Total);
    let first = entities[0].clone();
    if reading.measure.is_per_user
        && let Math::Property(kind, property) = &math
    {
        let sum = Math::Property(if *kind == "avg" { "sum" } else { kind }, property.clone());
        return Ok((vec![made(first.clone(), sum), made(first, Math::Users)], Some("A / B")));
    }
    if let Some(base) = reading.measure.base.clone() {
        return Ok((vec![made(first.clone(), math), made(first, base)], Some("A / B")));
    }
    if reading.measure.is_per_session {
        return Ok((vec![made(first, math), made(Entity::All, Math::Sessions)], Some("A / B")));
    }
    let combination = reading.measure.combination.or_else(|| is_each(reading).then_some(Combination::Ratio));
    match (combination, entities.as_slice()) {
        (Some(combination), [one, other]) => {
            let formula = match combination {
                Combination::Ratio => "A / B",
                Combination::Share if is_after(reading) => "A / B * 100",
                Combination::Share => "B / A * 100",
                Combination::Sum => "A + B",
                Combination::Difference => "A - B",
            };
            let math =
                if combination == Combination::Share && reading.measure.math.is_none() { Math::Users } else { math };
            return Ok((vec![made(one.clone(), math.clone()), made(other.clone(), math)], Some(formula)));
        }
        // a share of each value, not of everything
        (Some(Combination::Share), [_]) if !reading.breakdowns.properties.is_empty() => {
            reading.display = reading.display.or(Some("ActionsPie"));
        }
        // the part of it that meets the conditions
        (Some(Combination::Share), [one]) if !reading.filters.is_empty() && reading.measure.math.is_none() => {
            let filters = std::mem::take(&mut reading.filters).into_iter().map(|filter| filter.what).collect();
            let part = Series { filters, ..made(one.clone(), Math::Total) };
            return Ok((vec![part, made(one.clone(), Math::Total)], Some("A / B * 100")));
        }
        (Some(Combination::Share), [one]) if *one != Entity::All => {
            let series = vec![made(one.clone(), Math::Users), made(Entity::All, Math::Users)];
            return Ok((series, Some("A / B * 100")));
        }
        _ => {}
    }
    Ok((entities.into_iter().map(|entity| made(entity, math.clone())).collect(), None))
}

/// Whether the first thing named comes after the second: `purchased after signing up`.
fn is_after(reading: &Reading<'_>) -> bool {
    let [a, b, ..] = reading.mentions.as_slice() else { return false };
    (a.range.end..b.range.start).any(|at| reading.sentence.is_any(at, &["after", "once", "following"]))
}

/// Whether it asks for so much of one thing for each of another: `searches per purchase`.
fn is_each(reading: &Reading<'_>) -> bool {
    let [a, b] = reading.mentions.as_slice() else { return false };
    let is_value = matches!(reading.measure.math, Some(Math::Property(..)));
    b.range.start == a.range.end + 1 && reading.sentence.is_any(a.range.end, &["per"]) && !is_value
}

/// What is counted where nothing is named.
fn unnamed_entity(reading: &Reading<'_>, math: Option<&Math>) -> Result<Entity, NotUnderstood> {
    let page_view = || {
        let is_there = reading.catalog.vocabulary.count_of("$pageview") > 0;
        if is_there { Entity::Event("$pageview".to_owned()) } else { Entity::All }
    };
    if let Some(Math::Property(_, property)) = math {
        let events = reading.catalog.details(property).map(|details| details.events.as_slice()).unwrap_or_default();
        return Ok(match events {
            [event] | [event, _] | [event, _, _] if property.owner == Owner::Event => Entity::Event(event.clone()),
            _ => Entity::All,
        });
    }
    let is_visit = reading.sentence.words.iter().any(|word| ["visitors", "visitor"].contains(&word.lower.as_str()));
    let is_page = |property: &Property| {
        ["$pathname", "$current_url", "$host", "$referrer", "$referring_domain"].contains(&property.key.as_str())
    };
    if is_visit || reading.breakdowns.properties.iter().any(is_page) {
        return Ok(page_view());
    }
    let counts_all = math.is_some()
        || is_of_events(reading)
        || !reading.breakdowns.properties.is_empty()
        || !reading.filters.is_empty();
    if counts_all {
        return Ok(Entity::All);
    }
    Err(reading.not_understood("no event of this project is named"))
}

/// Whether the question is about events as such.
fn is_of_events(reading: &Reading<'_>) -> bool {
    reading.sentence.words.iter().any(|word| ["events", "event", "activity", "actions"].contains(&word.lower.as_str()))
}

/// Over which time, and in which intervals.
pub(super) fn timing(reading: &Reading<'_>) -> (Dates, Unit) {
    let active = match reading.measure.math {
        Some(Math::Active(unit)) => Some(unit),
        _ => None,
    };
    let interval = reading.interval.or(active);
    let compared = reading.compare.as_ref().and_then(|compare| compare.dates.clone());
    let default = || {
        let (n, unit) = match interval {
            Some(Unit::Minute) => (1, Unit::Hour),
            Some(Unit::Hour) => (24, Unit::Hour),
            Some(Unit::Week) => (12, Unit::Week),
            Some(Unit::Month) => (12, Unit::Month),
            _ => (30, Unit::Day),
        };
        Dates::rolling(n, unit, &reading.calendar)
    };
    let dates = reading.dates.clone().or(compared).unwrap_or_else(default);
    let fitting = || match (dates.rolling, dates.n_days(&reading.calendar)) {
        (Some((_, Unit::Minute)), _) => Unit::Minute,
        (Some((n, Unit::Hour)), _) if n <= 72 => Unit::Hour,
        (_, Some(..=2)) => Unit::Hour,
        (_, Some(..=190)) => Unit::Day,
        (_, Some(..=370)) => Unit::Week,
        _ => Unit::Month,
    };
    let interval = interval.unwrap_or_else(fitting);
    (dates, interval)
}

/// The conditions where they belong: with several series, those that stand right after one are its own.
fn placed_filters(reading: &Reading<'_>, mut series: Vec<Series>) -> (Vec<Series>, Vec<Condition>) {
    let mut common = Vec::new();
    for filter in &reading.filters {
        let owner =
            if series.len() > 1 && series.len() == reading.mentions.len() { owner_of(reading, filter) } else { None };
        match owner.and_then(|index| series.get_mut(index)) {
            Some(series) => series.filters.push(filter.what.clone()),
            None => common.push(filter.what.clone()),
        }
    }
    (series, common)
}

/// Which of several named things a condition is on; `None` for all of them.
pub(super) fn owner_of(reading: &Reading<'_>, filter: &super::filters::Filter) -> Option<usize> {
    let before = reading.mentions.iter().rposition(|mention| mention.range.start < filter.at);
    let is_last = before.is_some_and(|before| before + 1 == reading.mentions.len());
    if let Condition::Property { property, .. } = &filter.what
        && let Some(details) = reading.catalog.details(property)
        && !details.events.is_empty()
    {
        let has = |index: usize| {
            reading.mentions[index].entity.name().is_some_and(|name| details.events.iter().any(|event| event == name))
        };
        let having: Vec<usize> = (0..reading.mentions.len()).filter(|index| has(*index)).collect();
        if let [only] = having.as_slice() {
            return Some(*only);
        }
    }
    if is_last { None } else { before }
}

/// `properties`, `dateRange` and whether staff is left out.
pub(super) fn add_common(query: &mut Map<String, Value>, reading: &Reading<'_>, filters: &[Condition], dates: &Dates) {
    let mut range = json!({"date_from": dates.from});
    if let Some(to) = &dates.to {
        range["date_to"] = to.as_str().into();
    }
    query.insert("dateRange".to_owned(), range);
    if !filters.is_empty() {
        query.insert("properties".to_owned(), filters.iter().map(Condition::node).collect());
    }
    if reading.leaves_out_staff {
        query.insert("filterTestAccounts".to_owned(), true.into());
    }
}

/// `breakdownFilter`.
pub(super) fn breakdown_filter(reading: &Reading<'_>) -> Option<Value> {
    let mut filter = match reading.breakdowns.properties.as_slice() {
        [] => return None,
        [one] => json!({"breakdown": one.key, "breakdown_type": one.kind()}),
        several => {
            let each = several.iter().map(|one| json!({"property": one.key, "type": one.kind()}));
            json!({"breakdowns": each.collect::<Vec<_>>()})
        }
    };
    if let Some(limit) = reading.breakdowns.limit {
        filter["breakdown_limit"] = limit.into();
    }
    Some(filter)
}

fn display(reading: &mut Reading<'_>, numbers: &Numbers) -> Option<&'static str> {
    let is_split = !reading.breakdowns.properties.is_empty();
    if reading.display == Some("WorldMap") && !is_split {
        let keys = ["$geoip_country_code", "$geoip_country_name", "country_code", "country"];
        let country = keys.iter().find_map(|key| reading.catalog.of_key(key, None));
        reading.breakdowns.properties.extend(country);
    }
    if reading.display.is_some() {
        return reading.display;
    }
    let is_course = reading.interval.is_some()
        || reading.is_over_time
        || reading.compare.is_some()
        || reading.measure.smoothing.is_some();
    if reading.breakdowns.is_ranking && !is_course {
        return Some("ActionsBarValue");
    }
    let is_one = numbers.series.len() == 1 || numbers.formula.is_some();
    (reading.measure.asks_how_many && is_one && !is_split && !is_course).then_some("BoldNumber")
}

impl Series {
    pub(super) fn node(&self) -> Value {
        let mut node = self.entity.node();
        match &self.math {
            Math::Total => node["math"] = "total".into(),
            Math::Users | Math::Active(Unit::Day) => node["math"] = "dau".into(),
            Math::Active(Unit::Week) => node["math"] = "weekly_active".into(),
            Math::Active(_) => node["math"] = "monthly_active".into(),
            Math::FirstTime => node["math"] = "first_time_for_user".into(),
            Math::Sessions => node["math"] = "unique_session".into(),
            Math::Groups(index, _) => {
                node["math"] = "unique_group".into();
                node["math_group_type_index"] = (*index).into();
            }
            Math::Property(kind, property) => {
                node["math"] = (*kind).into();
                node["math_property"] = property.key.as_str().into();
                node["math_property_type"] =
                    if property.owner == Owner::Person { "person_properties" } else { "event_properties" }.into();
            }
            Math::PerUser(kind) => node["math"] = format!("{kind}_count_per_actor").into(),
        }
        if !self.filters.is_empty() {
            node["properties"] = self.filters.iter().map(Condition::node).collect();
        }
        node
    }

    /// How an explanation says it.
    pub(super) fn said(&self) -> String {
        let entity = self.entity.shown();
        let what = match &self.math {
            Math::Total if self.entity == Entity::All => "the number of events".to_owned(),
            Math::Total => format!("how often {entity} happened"),
            Math::Users => format!("the unique people who did {entity}"),
            Math::Active(unit) => format!("the people who did {entity} in the {} up to each point", unit.name()),
            Math::FirstTime => format!("the people who did {entity} for the first time"),
            Math::Sessions => format!("the sessions with {entity}"),
            Math::Groups(_, name) => format!("the unique groups of type `{name}` that did {entity}"),
            Math::Property(kind, property) => format!("{} of `{}` of {entity}", aggregate_name(kind), property.key),
            Math::PerUser(kind) => format!("{} per person of how often {entity} happened", aggregate_name(kind)),
        };
        let conditions: Vec<String> = self.filters.iter().map(Condition::said).collect();
        if conditions.is_empty() { what } else { format!("{what} where {}", conditions.join(" and ")) }
    }
}

fn aggregate_name(kind: &str) -> String {
    match kind {
        "avg" => "the average".to_owned(),
        "sum" => "the sum".to_owned(),
        "min" => "the least".to_owned(),
        "max" => "the greatest".to_owned(),
        "median" => "the median".to_owned(),
        percentile => format!("the {}th percentile", percentile.trim_start_matches('p')),
    }
}

fn explain(reading: &Reading<'_>, numbers: &Numbers, display: Option<&str>) -> String {
    let mut text = String::from("Shows ");
    let series: Vec<String> = numbers.series.iter().map(Series::said).collect();
    match numbers.formula {
        Some(formula) => {
            let lettered: Vec<String> =
                ('A'..).zip(&series).map(|(letter, series)| format!("{letter} is {series}")).collect();
            text.push_str(&format!("{formula}, where {}", lettered.join(" and ")));
        }
        None => text.push_str(&series.join(", and ")),
    }
    let is_total =
        matches!(display, Some("BoldNumber" | "ActionsPie" | "ActionsTable" | "ActionsBarValue" | "WorldMap"));
    if !is_total {
        text.push_str(&format!(", by {}", numbers.interval.name()));
    }
    finish(text, reading, &numbers.filters, &numbers.dates)
}

/// Adds what all explanations say: when, under which conditions, split by what, and what was assumed.
pub(super) fn finish(mut text: String, reading: &Reading<'_>, filters: &[Condition], dates: &Dates) -> String {
    text.push_str(&format!(", {}", dates.said));
    if !filters.is_empty() {
        let conditions: Vec<String> = filters.iter().map(Condition::said).collect();
        text.push_str(&format!(", where {}", conditions.join(" and ")));
    }
    if !reading.breakdowns.properties.is_empty() {
        let keys: Vec<String> =
            reading.breakdowns.properties.iter().map(|property| format!("`{}`", property.key)).collect();
        text.push_str(&format!(", broken down by {}", keys.join(" and ")));
    }
    if let Some(limit) = reading.breakdowns.limit {
        text.push_str(&format!(" (the top {limit})"));
    }
    match reading.compare.as_ref().map(|compare| compare.to.as_deref()) {
        Some(Some(to)) => text.push_str(&format!(", compared with {to} before")),
        Some(None) => text.push_str(", compared with the period before"),
        None => {}
    }
    if reading.leaves_out_staff {
        text.push_str(", without the project's own staff");
    }
    text.push('.');
    if reading.dates.is_none() && reading.compare.is_none() {
        text.push_str(" The question names no time; another one can be asked for.");
    }
    for note in &reading.notes {
        text.push(' ');
        text.push_str(note);
    }
    text
}

/// What the question is about where it is about one thing: the first that it names, or everything.
fn subject(reading: &Reading<'_>) -> Entity {
    reading.mentions.first().map_or(Entity::All, |mention| mention.entity.clone())
}

fn conditions(reading: &Reading<'_>) -> Vec<Condition> {
    reading.filters.iter().map(|filter| filter.what.clone()).collect()
}

fn lifecycle(reading: Reading<'_>) -> Result<PlannedQuery, NotUnderstood> {
    let (entity, filters, (dates, interval)) = (subject(&reading), conditions(&reading), timing(&reading));
    let mut query = Map::new();
    query.insert("kind".to_owned(), "LifecycleQuery".into());
    query.insert("series".to_owned(), json!([entity.node()]));
    query.insert("interval".to_owned(), interval.name().into());
    add_common(&mut query, &reading, &filters, &dates);
    let text = format!(
        "Shows who is new, returning, resurrecting and dormant by {}, going by {}",
        interval.name(),
        entity.shown()
    );
    Ok(PlannedQuery { query: query.into(), explanation: finish(text, &reading, &filters, &dates) })
}

fn stickiness(reading: Reading<'_>) -> Result<PlannedQuery, NotUnderstood> {
    let (filters, (dates, interval)) = (conditions(&reading), timing(&reading));
    let entities: Vec<Entity> = match reading.mentions.as_slice() {
        [] => vec![Entity::All],
        mentions => mentions.iter().map(|mention| mention.entity.clone()).collect(),
    };
    let mut query = Map::new();
    query.insert("kind".to_owned(), "StickinessQuery".into());
    query.insert("series".to_owned(), entities.iter().map(Entity::node).collect());
    query.insert("interval".to_owned(), interval.name().into());
    add_common(&mut query, &reading, &filters, &dates);
    let names: Vec<String> = entities.iter().map(Entity::shown).collect();
    let text = format!("Shows in how many {}s people did {}", interval.name(), names.join(" and "));
    Ok(PlannedQuery { query: query.into(), explanation: finish(text, &reading, &filters, &dates) })
}

fn paths(reading: Reading<'_>, is_before: bool) -> Result<PlannedQuery, NotUnderstood> {
    let (mut filters, (dates, _)) = (conditions(&reading), timing(&reading));
    let mut shown = Map::new();
    let is_url = |filter: &Condition| matches!(filter, Condition::Property { property, .. } if ["$pathname", "$current_url"].contains(&property.key.as_str()));
    let page = filters.iter().position(is_url).map(|index| filters.remove(index));
    let point = match (&page, reading.mentions.first().map(|mention| &mention.entity)) {
        (Some(Condition::Property { values, .. }), _) => values.first().and_then(Value::as_str).map(str::to_owned),
        (_, Some(Entity::Event(name))) if name != "$pageview" && name != "$screen" => Some(name.clone()),
        _ => None,
    };
    let is_page = page.is_some()
        || matches!(reading.mentions.first().map(|mention| &mention.entity), Some(Entity::Event(name)) if name == "$pageview");
    let types: &[&str] = if is_page || point.is_none() { &["$pageview"] } else { &["$pageview", "custom_event"] };
    shown.insert("includeEventTypes".to_owned(), types.into());
    let key = if is_before { "endPoint" } else { "startPoint" };
    shown.extend(point.as_ref().map(|point| (key.to_owned(), point.as_str().into())));
    let mut query = Map::new();
    query.insert("kind".to_owned(), "PathsQuery".into());
    query.insert("pathsFilter".to_owned(), shown.into());
    add_common(&mut query, &reading, &filters, &dates);
    let around =
        point.map_or_else(String::new, |point| format!(" {} `{point}`", if is_before { "up to" } else { "from" }));
    let text = format!("Shows the paths that people take{around}");
    Ok(PlannedQuery { query: query.into(), explanation: finish(text, &reading, &filters, &dates) })
}
