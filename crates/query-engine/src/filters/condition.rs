//! What a filter demands of the value that it reads: its operator with its values.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::answer::QueryContext;
use crate::dates::{DateText, Relative};
use crate::error::QueryError;
use crate::field::Field;
use crate::nodes::reader::Reader;
use crate::predicate::{OneOf, Pattern, Predicate, Relation, Test, Version};

/// The most values of one filter.
const MAX_VALUES: usize = 10_000;

/// An operator with its values.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// No value was given: holds for every event.
    Ignored,
    /// One of these tests is passed.
    Any(Vec<Test>),
    /// None of these tests is passed; a missing value passes none.
    None(Vec<Test>),
    /// There is a value, and it passes none of these tests.
    SetAndNone(Vec<Test>),
    /// All of these tests are passed.
    All(Vec<Test>),
    /// It is an instant that stands so to one of these, which are known when the query is run.
    Dates(Relation, Vec<FilterDate>),
    /// What only a later version tests, by its name.
    Unsupported(String),
}

/// A date that values are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilterDate {
    Text(DateText),
    Relative(Relative),
}

impl Condition {
    /// Reads `operator`, by default `exact`, and `value`.
    pub(super) fn read(filter: &Reader<'_>) -> Result<Self, QueryError> {
        let operator = filter.get("operator");
        let name = operator.as_ref().map(Reader::text).transpose()?.unwrap_or("exact");
        match name {
            "is_set" => return Ok(Self::Any(vec![Test::IsSet])),
            "is_not_set" => return Ok(Self::None(vec![Test::IsSet])),
            _ => {}
        }
        let values = read_values(filter)?;
        let may_lack_value = OPERATORS.contains(&name) && !matches!(name, "between" | "not_between");
        if values.is_empty() && may_lack_value {
            return Ok(Self::Ignored);
        }
        let each = |test: &dyn Fn(&Reader<'_>) -> Result<Test, QueryError>| {
            values.iter().map(test).collect::<Result<Vec<_>, _>>()
        };
        let numbers =
            |relation| each(&|value| read_number(value).map(|than| Test::Number { relation, than })).map(Self::Any);
        let dates = |relation| Ok(Self::Dates(relation, values.iter().map(read_date).collect::<Result<_, _>>()?));
        let versions = |relation| each(&|value| read_version(value).map(|than| Test::Version { relation, than }));
        match name {
            "exact" | "in" => Ok(Self::Any(vec![one_of(&values)?])),
            "is_not" | "not_in" => Ok(Self::None(vec![one_of(&values)?])),
            "icontains" | "icontains_multi" => Ok(Self::Any(vec![contains(&values)?])),
            "not_icontains" if values.len() == 1 => Ok(Self::None(vec![contains(&values)?])),
            "not_icontains" | "not_icontains_multi" => Ok(Self::SetAndNone(vec![contains(&values)?])),
            "regex" => each(&read_pattern).map(Self::Any),
            "not_regex" => each(&read_pattern).map(Self::None),
            "gt" => numbers(Relation::Greater),
            "gte" | "min" => numbers(Relation::AtLeast),
            "lt" => numbers(Relation::Less),
            "lte" | "max" => numbers(Relation::AtMost),
            "between" => {
                let (min, max) = read_bounds(filter, name, &values)?;
                let at_least = Test::Number { relation: Relation::AtLeast, than: min };
                Ok(Self::All(vec![at_least, Test::Number { relation: Relation::AtMost, than: max }]))
            }
            "not_between" => {
                let (min, max) = read_bounds(filter, name, &values)?;
                let below = Test::Number { relation: Relation::Less, than: min };
                Ok(Self::Any(vec![below, Test::Number { relation: Relation::Greater, than: max }]))
            }
            "is_date_exact" => dates(Relation::Equal),
            "is_date_before" => dates(Relation::Less),
            "is_date_after" => dates(Relation::Greater),
            "semver_eq" => versions(Relation::Equal).map(Self::Any),
            "semver_neq" => versions(Relation::Equal).map(Self::None),
            "semver_gt" => versions(Relation::Greater).map(Self::Any),
            "semver_gte" => versions(Relation::AtLeast).map(Self::Any),
            "semver_lt" => versions(Relation::Less).map(Self::Any),
            "semver_lte" => versions(Relation::AtMost).map(Self::Any),
            "semver_tilde" | "semver_caret" | "semver_wildcard" => read_version_range(filter, name, &values),
            "is_cleaned_path_exact" | "flag_evaluates_to" => Ok(Self::Unsupported(format!("the operator {name}"))),
            _ => Err(filter
                .require("operator", "")?
                .wrong(&format!("one of is_set, is_not_set, {}", OPERATORS.join(", ")))),
        }
    }

    /// That `field` meets it.
    pub(super) fn predicate(&self, field: &Field, context: &QueryContext, path: &str) -> Result<Predicate, QueryError> {
        let test = |test: &Test| Predicate::test(field.clone(), test.clone());
        Ok(match self {
            Self::Ignored => Predicate::ALWAYS,
            Self::Any(tests) => Predicate::any(tests.iter().map(test)),
            Self::All(tests) => Predicate::all(tests.iter().map(test)),
            Self::None(tests) => Predicate::any(tests.iter().map(test)).negated(),
            Self::SetAndNone(tests) => {
                let none = Predicate::any(tests.iter().map(test)).negated();
                Predicate::all([Predicate::test(field.clone(), Test::IsSet), none])
            }
            Self::Dates(relation, dates) => Predicate::any(dates.iter().map(|date| {
                let than_us = date.instant(context).timestamp_micros();
                test(&Test::Instant { relation: *relation, than_us, zone: context.timezone })
            })),
            Self::Unsupported(what) => return Err(QueryError::unsupported(path, what)),
        })
    }
}

impl FilterDate {
    fn instant(self, context: &QueryContext) -> DateTime<Utc> {
        match self {
            Self::Text(date) => date.instant(context.timezone),
            Self::Relative(relative) => relative.before(context.now, context.timezone, context.week_start.weekday()),
        }
    }
}

/// Operators that take a value.
const OPERATORS: [&str; 31] = [
    "exact",
    "is_not",
    "in",
    "not_in",
    "icontains",
    "not_icontains",
    "icontains_multi",
    "not_icontains_multi",
    "regex",
    "not_regex",
    "gt",
    "gte",
    "lt",
    "lte",
    "min",
    "max",
    "between",
    "not_between",
    "is_date_exact",
    "is_date_before",
    "is_date_after",
    "semver_eq",
    "semver_neq",
    "semver_gt",
    "semver_gte",
    "semver_lt",
    "semver_lte",
    "semver_tilde",
    "semver_caret",
    "semver_wildcard",
    "is_cleaned_path_exact",
];

/// The values: the items of a list without its nulls, or the one that is no list; `values` is a spelling that old insights have.
fn read_values<'a>(filter: &Reader<'a>) -> Result<Vec<Reader<'a>>, QueryError> {
    match filter.get("value").or_else(|| filter.get("values")) {
        None => Ok(Vec::new()),
        Some(list) if list.value().is_array() => {
            Ok(list.list(MAX_VALUES)?.into_iter().filter(|item| !item.value().is_null()).collect())
        }
        Some(value) => Ok(vec![value]),
    }
}

fn one_of(values: &[Reader<'_>]) -> Result<Test, QueryError> {
    Ok(Test::OneOf(OneOf::new(values.iter().map(Reader::scalar_text).collect::<Result<Vec<_>, _>>()?)))
}

fn contains(values: &[Reader<'_>]) -> Result<Test, QueryError> {
    let parts = values.iter().map(|value| Ok(value.scalar_text()?.to_lowercase()));
    Ok(Test::Contains(parts.collect::<Result<_, _>>()?))
}

fn read_pattern(value: &Reader<'_>) -> Result<Test, QueryError> {
    let text = value.scalar_text()?;
    let pattern = Pattern::new(&text);
    pattern.map(Test::Matches).map_err(|error| value.invalid(format!("{text:?} is not a regular expression: {error}")))
}

/// A number, or text that reads as one.
fn read_number(value: &Reader<'_>) -> Result<f64, QueryError> {
    let number = match value.value() {
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    number.ok_or_else(|| value.wrong("a number (to compare dates, use is_date_before or is_date_after)"))
}

fn read_bounds(filter: &Reader<'_>, operator: &str, values: &[Reader<'_>]) -> Result<(f64, f64), QueryError> {
    let path = filter.path_of("value");
    let [min, max] = values else {
        return Err(QueryError::invalid(path, format!("{operator} needs a list of two numbers, [min, max]")));
    };
    let (min, max) = (read_number(min)?, read_number(max)?);
    if min > max {
        let message = format!("{operator} needs its smaller number first, but {min} is above {max}");
        return Err(QueryError::invalid(path, message));
    }
    Ok((min, max))
}

fn read_date(value: &Reader<'_>) -> Result<FilterDate, QueryError> {
    let text = value.text()?;
    let date = DateText::parse(text).map(FilterDate::Text);
    date.or_else(|| Relative::parse(text).map(FilterDate::Relative))
        .ok_or_else(|| value.wrong("a date such as 2024-02-29, 2024-02-29 13:05:00 or -7d"))
}

fn read_version(value: &Reader<'_>) -> Result<Version, QueryError> {
    Version::find(&value.scalar_text()?).ok_or_else(|| value.wrong("a version such as 1.2.3"))
}

/// From a version to the first one that is too high: `~1.2.3` below 1.3, `^1.2.3` below 2, `1.2.*` below 1.3.
fn read_version_range(filter: &Reader<'_>, operator: &str, values: &[Reader<'_>]) -> Result<Condition, QueryError> {
    let [value] = values else {
        return Err(QueryError::invalid(
            filter.path_of("value"),
            format!("{operator} needs one version such as 1.2.3"),
        ));
    };
    let text = value.scalar_text()?;
    let number = |part: &str| part.parse::<u64>().ok().filter(|number| *number < u64::MAX);
    let text = text.split('-').next().unwrap_or_default();
    let given = if operator == "semver_wildcard" { text.trim_end_matches(['.', '*']) } else { text };
    let parts: Option<Vec<u64>> = given.split('.').map(number).collect();
    let parts = parts.filter(|parts| (1..=4).contains(&parts.len()));
    let parts = parts.ok_or_else(|| value.wrong("a version such as 1.2.3"))?;
    // The position of the number that may not rise; those after it may.
    let fixed = match operator {
        "semver_tilde" => parts.len().min(2) - 1,
        "semver_caret" => parts.iter().take(3).position(|part| *part > 0).unwrap_or(2),
        _ => parts.len() - 1,
    };
    let mut end = parts.clone();
    end.resize(end.len().max(fixed + 1), 0);
    end.truncate(fixed + 1);
    end[fixed] += 1;
    let from = Test::Version { relation: Relation::AtLeast, than: Version::new(parts) };
    Ok(Condition::All(vec![from, Test::Version { relation: Relation::Less, than: Version::new(end) }]))
}
