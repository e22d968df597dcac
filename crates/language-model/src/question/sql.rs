//! Questions about numbers → HogQL.

use serde_json::{Value, json};

use super::catalog::Entity;
use super::dates::{Dates, Unit};
use super::filters::Condition;
use super::measures::Math;
use super::reading::Reading;
use super::trends::{Numbers, Series, finish, numbers};
use super::{NotUnderstood, PlannedQuery};

/// Rows of an answer where the question does not say.
const DEFAULT_ROWS: u32 = 100;

/// Plans `reading` as a HogQL statement.
pub(super) fn plan(mut reading: Reading<'_>) -> Result<PlannedQuery, NotUnderstood> {
    let numbers = numbers(&mut reading)?;
    if let Some(series) = numbers.series.iter().find(|series| matches!(series.entity, Entity::Action(..))) {
        return Err(reading.not_understood(format!(
            "{} is an action, which only insights know, not HogQL; ask for trends",
            series.entity.shown()
        )));
    }
    if let Some(n) = reading.latest {
        return Ok(listing(&reading, &numbers, n));
    }
    let is_course =
        reading.interval.is_some() || reading.is_over_time || matches!(reading.measure.math, Some(Math::Active(_)));
    let text = statement(&reading, &numbers, is_course)?;
    let series: Vec<String> = numbers.series.iter().map(Series::said).collect();
    let course = if is_course { format!(", by {}", numbers.interval.name()) } else { String::new() };
    let mut said = format!("Computes {}{course}", series.join(", and "));
    if reading.compare.take().is_some() {
        reading.notes.push("A comparison with an earlier time is left out; ask for trends to have it.".to_owned());
    }
    if numbers.formula.is_some() {
        said.push_str(", and what they make together");
    }
    let explanation = finish(said, &reading, &numbers.filters, &numbers.dates);
    Ok(PlannedQuery { query: json!({"kind": "HogQLQuery", "query": text}), explanation })
}

fn statement(reading: &Reading<'_>, numbers: &Numbers, is_course: bool) -> Result<String, NotUnderstood> {
    let mut columns = Vec::new();
    let mut groups = Vec::new();
    if is_course {
        columns.push(format!("{}(timestamp) AS {}", bucket(numbers.interval), numbers.interval.name()));
        groups.push(numbers.interval.name().to_owned());
    }
    for (index, property) in reading.breakdowns.properties.iter().enumerate() {
        let name = column_name(&property.key, index, &groups);
        columns.push(format!("{} AS {name}", property.hogql()));
        groups.push(name);
    }
    let is_several = numbers.series.len() > 1;
    let mut values = Vec::new();
    for series in &numbers.series {
        values.push(aggregate(series, is_several).ok_or_else(|| {
            reading.not_understood(format!("HogQL for {} is not made by this server; ask for trends", series.said()))
        })?);
    }
    let measured = match (numbers.formula, values.as_slice()) {
        (Some(formula), [a, b]) => vec![(combined(formula, a, b), "value".to_owned())],
        _ => {
            let mut names: Vec<String> = Vec::new();
            for (index, series) in numbers.series.iter().enumerate() {
                names.push(column_name(&value_name(series), index, &[groups.clone(), names.clone()].concat()));
            }
            values.into_iter().zip(names).collect()
        }
    };
    columns.extend(measured.iter().map(|(value, name)| format!("{value} AS {name}")));
    let mut conditions: Vec<String> = events(&numbers.series).into_iter().collect();
    conditions.extend(when(&numbers.dates));
    for condition in &numbers.filters {
        conditions.push(filter(condition));
    }
    let mut text = format!("SELECT {} FROM events", columns.join(", "));
    if !conditions.is_empty() {
        text.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
    }
    if !groups.is_empty() {
        text.push_str(&format!(" GROUP BY {}", groups.join(", ")));
        let ranking = format!("{} DESC", measured[0].1);
        let order = if is_course {
            std::iter::once(groups[0].clone())
                .chain((groups.len() > 1).then_some(ranking))
                .collect::<Vec<_>>()
                .join(", ")
        } else {
            ranking
        };
        text.push_str(&format!(" ORDER BY {order}"));
        let limit = match (reading.breakdowns.limit, is_course) {
            (Some(limit), false) => limit,
            (_, true) => 10 * DEFAULT_ROWS,
            (None, false) => DEFAULT_ROWS,
        };
        text.push_str(&format!(" LIMIT {limit}"));
    }
    Ok(text)
}

/// The latest events themselves.
fn listing(reading: &Reading<'_>, numbers: &Numbers, n: u32) -> PlannedQuery {
    let mut conditions: Vec<String> = events(&numbers.series).into_iter().collect();
    if reading.dates.is_some() {
        conditions.extend(when(&numbers.dates));
    }
    conditions.extend(numbers.filters.iter().map(filter));
    let only = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let text =
        format!("SELECT timestamp, event, distinct_id, properties FROM events{only} ORDER BY timestamp DESC LIMIT {n}");
    let names: Vec<String> = numbers.series.iter().map(|series| series.entity.shown()).collect();
    let said = format!("Lists the latest {n} of {}", names.join(" and "));
    let explanation = finish(said, reading, &numbers.filters, &numbers.dates);
    PlannedQuery { query: json!({"kind": "HogQLQuery", "query": text}), explanation }
}

fn bucket(unit: Unit) -> &'static str {
    match unit {
        Unit::Minute => "toStartOfMinute",
        Unit::Hour => "toStartOfHour",
        Unit::Day => "toStartOfDay",
        Unit::Week => "toStartOfWeek",
        Unit::Month => "toStartOfMonth",
        Unit::Quarter => "toStartOfQuarter",
        Unit::Year => "toStartOfYear",
    }
}

/// A name for a column that is not taken: of letters, digits and underscores.
fn column_name(name: &str, index: usize, taken: &[String]) -> String {
    let plain: String = name
        .trim_start_matches('$')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    let plain = plain.trim_matches('_').to_owned();
    let fits = plain.starts_with(|c: char| c.is_ascii_alphabetic()) && plain.len() <= 60;
    let is_reserved = [
        "event",
        "timestamp",
        "properties",
        "person",
        "events",
        "distinct_id",
        "uuid",
        "group",
        "order",
        "select",
        "from",
        "where",
        "limit",
        "all",
        "date",
        "case",
        "end",
        "table",
    ]
    .contains(&plain.as_str());
    let plain = match (fits, is_reserved) {
        (false, _) => format!("value_{}", index + 1),
        (true, true) => format!("{plain}_value"),
        (true, false) => plain,
    };
    if taken.contains(&plain) { format!("{plain}_{}", index + 1) } else { plain }
}

fn value_name(series: &Series) -> String {
    let entity = series.entity.name().unwrap_or("all").trim_start_matches('$');
    match &series.math {
        Math::Total if series.entity == Entity::All => "total".to_owned(),
        Math::Total => format!("{entity}_count"),
        Math::Users | Math::Active(_) | Math::FirstTime => format!("{entity}_users"),
        Math::Sessions => format!("{entity}_sessions"),
        Math::Groups(_, name) => format!("unique_{name}"),
        Math::Property(kind, property) => format!("{kind}_{}", property.key.trim_start_matches('$')),
        Math::PerUser(kind) => format!("{kind}_{entity}_per_person"),
    }
}

/// The aggregate of a series; of its own events alone where there are several.
fn aggregate(series: &Series, is_several: bool) -> Option<String> {
    let mut own: Vec<String> =
        if is_several { events(std::slice::from_ref(series)).into_iter().collect() } else { Vec::new() };
    own.extend(series.filters.iter().map(filter));
    let condition = own.join(" AND ");
    let of =
        |value: &str| if condition.is_empty() { value.to_owned() } else { format!("if({condition}, {value}, NULL)") };
    let count = if condition.is_empty() { "count()".to_owned() } else { format!("countIf({condition})") };
    Some(match &series.math {
        Math::Total => count,
        Math::Users | Math::Active(_) => format!("count(DISTINCT {})", of("person_id")),
        Math::Sessions => format!("count(DISTINCT {})", of("properties.`$session_id`")),
        Math::Groups(index, _) => format!("count(DISTINCT {})", of(&format!("`$group_{index}`"))),
        Math::Property(kind, property) => {
            let value = of(&format!("toFloat({})", property.hogql()));
            match *kind {
                "p75" => format!("quantile(0.75)({value})"),
                "p90" => format!("quantile(0.9)({value})"),
                "p95" => format!("quantile(0.95)({value})"),
                "p99" => format!("quantile(0.99)({value})"),
                plain => format!("{plain}({value})"),
            }
        }
        Math::PerUser("avg") => format!("{count} / count(DISTINCT {})", of("person_id")),
        Math::PerUser(_) | Math::FirstTime => return None,
    })
}

fn combined(formula: &str, a: &str, b: &str) -> String {
    match formula {
        "B / A * 100" => format!("100 * {b} / {a}"),
        "A / B * 100" => format!("100 * {a} / {b}"),
        "A + B" => format!("{a} + {b}"),
        "A - B" => format!("{a} - {b}"),
        _ => format!("{a} / {b}"),
    }
}

/// That it is one of the events of `series`.
fn events(series: &[Series]) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for one in series {
        let name = literal(one.entity.name()?);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        [] => None,
        [name] => Some(format!("event = {name}")),
        several => Some(format!("event IN ({})", several.join(", "))),
    }
}

fn when(dates: &Dates) -> Vec<String> {
    if let Some((n, unit)) = dates.rolling {
        return vec![format!("timestamp >= now() - INTERVAL {n} {}", unit.name().to_uppercase())];
    }
    let from = dates.first.map(|first| format!("timestamp >= toDateTime('{first} 00:00:00')"));
    let until =
        dates.last.and_then(|last| last.succ_opt()).map(|until| format!("timestamp < toDateTime('{until} 00:00:00')"));
    from.into_iter().chain(until).collect()
}

fn filter(condition: &Condition) -> String {
    let (property, operator, values) = match condition {
        Condition::Property { property, operator, values } => (property, operator, values),
        Condition::Cohort { id, is_not, .. } => {
            return format!("person_id {}IN COHORT {id}", if *is_not { "NOT " } else { "" });
        }
    };
    let expression = property.hogql();
    let first = values.first().cloned().unwrap_or(Value::Null);
    let list = || values.iter().map(value).collect::<Vec<_>>().join(", ");
    let text = first.as_str().map_or_else(|| first.to_string(), str::to_owned);
    match (*operator, values.len()) {
        ("exact", 1) => format!("{expression} = {}", value(&first)),
        ("exact", _) => format!("{expression} IN ({})", list()),
        ("is_not", 1) => format!("{expression} != {}", value(&first)),
        ("is_not", _) => format!("{expression} NOT IN ({})", list()),
        ("icontains", _) => format!("{expression} ILIKE {}", literal(&format!("%{text}%"))),
        ("not_icontains", _) => format!("{expression} NOT ILIKE {}", literal(&format!("%{text}%"))),
        ("gt", _) => format!("toFloat({expression}) > {first}"),
        ("gte", _) => format!("toFloat({expression}) >= {first}"),
        ("lt", _) => format!("toFloat({expression}) < {first}"),
        ("lte", _) => format!("toFloat({expression}) <= {first}"),
        ("between", 2..) => format!("toFloat({expression}) BETWEEN {first} AND {}", values[1]),
        ("is_set", _) => format!("{expression} IS NOT NULL"),
        _ => format!("{expression} IS NULL"),
    }
}

/// A value as text, as properties are compared.
fn value(value: &Value) -> String {
    literal(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Text in HogQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
