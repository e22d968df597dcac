//! Groups of conditions.

use std::ops::Range;

use query_engine::answer::QueryContext;
use query_engine::dates::span_of_text;
use query_engine::error::QueryError;
use query_engine::nodes::reader::Reader;
use query_engine::predicate::Pattern;
use serde_json::Value;

use super::{MAX_KEY_CHARACTERS, MAX_VALUE_CHARACTERS, bounded_text, check_length};
use crate::filter::{Comparison, Condition, Field, Test};

/// How deep groups may be nested.
const MAX_DEPTH: usize = 8;
/// Most conditions and groups of a request.
const MAX_CONDITIONS: usize = 200;
/// Most values of a condition.
const MAX_VALUES: usize = 1_000;
/// Most regular expressions of a request: each may take a mebibyte.
const MAX_PATTERNS: usize = 20;
/// Longest regular expression.
const MAX_PATTERN_CHARACTERS: usize = 1_000;

/// The service's name, which is an attribute of the resource.
const SERVICE: &str = "service.name";

/// Reads groups of conditions, and counts them.
pub(super) struct ConditionReader<'a> {
    context: &'a QueryContext,
    n_conditions: usize,
    n_patterns: usize,
}

impl<'a> ConditionReader<'a> {
    pub(super) fn new(context: &'a QueryContext) -> Self {
        Self { context, n_conditions: 0, n_patterns: 0 }
    }

    /// Reads a group `{"type": "AND", "values": […]}`, a condition, or a list of these, all of which must hold.
    pub(super) fn read(mut self, node: &Reader<'_>) -> Result<Condition, QueryError> {
        if node.value().is_array() {
            return Ok(Condition::All(self.list(node, 1)?));
        }
        node.object()?;
        // Clients send `{}` where nothing is chosen.
        let is_empty = node.value().as_object().is_some_and(serde_json::Map::is_empty);
        let read = if is_empty { None } else { self.one(node, 1)? };
        Ok(read.unwrap_or_else(Condition::always))
    }

    /// Those of a list that say something.
    fn list(&mut self, list: &Reader<'_>, depth: usize) -> Result<Vec<Condition>, QueryError> {
        let items = list.list(MAX_CONDITIONS)?;
        items.iter().filter_map(|item| self.one(item, depth + 1).transpose()).collect()
    }

    /// A group or a condition; none for a group of none, and for a condition whose value is still to be chosen.
    fn one(&mut self, node: &Reader<'_>, depth: usize) -> Result<Option<Condition>, QueryError> {
        if depth > MAX_DEPTH {
            return Err(node.invalid(format!("conditions are nested deeper than {MAX_DEPTH} levels; flatten them")));
        }
        self.n_conditions += 1;
        if self.n_conditions > MAX_CONDITIONS {
            return Err(node.invalid(format!("is one more than the {MAX_CONDITIONS} conditions that a query may have")));
        }
        let kind = node.object()?.require("type", TYPES)?;
        match kind.text()? {
            "AND" => Ok(self.values(node, depth)?.map(Condition::All)),
            "OR" => Ok(self.values(node, depth)?.map(Condition::Any)),
            "log" => self.condition(node, read_log_field(node)?),
            "log_attribute" => self.condition(node, Field::Attribute(read_key(node)?)),
            "log_resource_attribute" => self.condition(node, Field::Resource(read_key(node)?)),
            _ => Err(kind.wrong(TYPES)),
        }
    }

    fn values(&mut self, node: &Reader<'_>, depth: usize) -> Result<Option<Vec<Condition>>, QueryError> {
        let values = node.get("values").map(|values| self.list(&values, depth)).transpose()?;
        Ok(values.filter(|values| !values.is_empty()))
    }

    fn condition(&mut self, node: &Reader<'_>, field: Field) -> Result<Option<Condition>, QueryError> {
        let operator = node.get("operator").filter(Reader::is_not_blank);
        let operator = operator.map(|operator| operator.choice(&OPERATORS)).transpose()?.unwrap_or(Operator::Exact);
        match operator {
            Operator::IsSet => return Ok(Some(Condition::Field(field, Test::IsSet))),
            Operator::IsNotSet => return Ok(Some(Condition::Field(field, Test::IsNotSet))),
            _ => {}
        }
        let values = read_values(node)?;
        if values.is_empty() {
            return Ok(None);
        }
        let texts = || values.iter().map(read_text).collect::<Result<Vec<_>, _>>();
        let equal = || -> Result<Vec<_>, QueryError> {
            let written = |text: String| if is_lower(&field) { text.to_lowercase() } else { text };
            Ok(texts()?.into_iter().map(written).collect())
        };
        let lower = || -> Result<Vec<_>, QueryError> { Ok(texts()?.iter().map(|text| text.to_lowercase()).collect()) };
        let tests = match operator {
            Operator::Exact => vec![Test::Exact(equal()?)],
            Operator::IsNot => vec![Test::IsNot(equal()?)],
            Operator::Contains => vec![Test::Contains(lower()?)],
            Operator::NotContains => vec![Test::NotContains(lower()?)],
            Operator::Regex | Operator::NotRegex => {
                let is_negative = operator == Operator::NotRegex;
                let test = if is_negative { Test::NotRegex } else { Test::Regex };
                values.iter().map(|value| self.pattern(value).map(test)).collect::<Result<_, _>>()?
            }
            Operator::Number(comparison) => {
                let test = |value| read_number(value).map(|number| Test::Number(comparison, number));
                values.iter().map(test).collect::<Result<_, _>>()?
            }
            Operator::Date(comparison) => {
                let test = |value| self.span(value).map(|span| Test::Date(comparison, span));
                values.iter().map(test).collect::<Result<_, _>>()?
            }
            Operator::IsSet | Operator::IsNotSet => unreachable!("answered above"),
        };
        let mut conditions: Vec<_> = tests.into_iter().map(|test| Condition::Field(field.clone(), test)).collect();
        Ok(Some(match conditions.len() {
            1 => conditions.remove(0),
            // Of several values one suffices, unless none may be.
            _ if operator == Operator::NotRegex => Condition::All(conditions),
            _ => Condition::Any(conditions),
        }))
    }

    fn pattern(&mut self, value: &Reader<'_>) -> Result<regex::Regex, QueryError> {
        self.n_patterns += 1;
        if self.n_patterns > MAX_PATTERNS {
            let message = format!(
                "is one more than the {MAX_PATTERNS} regular expressions that a query may have; join them with |"
            );
            return Err(value.invalid(message));
        }
        let text = check_length(value, &value.scalar_text()?, MAX_PATTERN_CHARACTERS)?;
        let pattern = Pattern::new(&text);
        let pattern =
            pattern.map_err(|error| value.invalid(format!("{text:?} is not a regular expression: {error}")))?;
        Ok(pattern.regex().clone())
    }

    fn span(&self, value: &Reader<'_>) -> Result<Range<i64>, QueryError> {
        span_of_text(value.text()?, self.context)
            .ok_or_else(|| value.wrong("a date such as 2024-02-29, 2024-02-29T13:05:00 or -7d"))
    }
}

/// What a condition demands of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Exact,
    IsNot,
    Contains,
    NotContains,
    Regex,
    NotRegex,
    Number(Comparison),
    Date(Comparison),
    IsSet,
    IsNotSet,
}

const OPERATORS: [(&str, Operator); 15] = [
    ("exact", Operator::Exact),
    ("is_not", Operator::IsNot),
    ("icontains", Operator::Contains),
    ("not_icontains", Operator::NotContains),
    ("regex", Operator::Regex),
    ("not_regex", Operator::NotRegex),
    ("gt", Operator::Number(Comparison::Greater)),
    ("gte", Operator::Number(Comparison::GreaterOrEqual)),
    ("lt", Operator::Number(Comparison::Less)),
    ("lte", Operator::Number(Comparison::LessOrEqual)),
    ("is_date_exact", Operator::Date(Comparison::Equal)),
    ("is_date_before", Operator::Date(Comparison::Less)),
    ("is_date_after", Operator::Date(Comparison::Greater)),
    ("is_set", Operator::IsSet),
    ("is_not_set", Operator::IsNotSet),
];

const TYPES: &str = "AND or OR for a group, or log, log_attribute or log_resource_attribute for a condition";

/// What conditions of the type `log` are about, by its names.
const LOG_FIELDS: [(&str, LogField); 11] = [
    ("message", LogField::Body),
    ("body", LogField::Body),
    ("level", LogField::Level),
    ("severity_text", LogField::Level),
    ("severity_number", LogField::SeverityNumber),
    ("service_name", LogField::Service),
    ("trace_id", LogField::TraceId),
    ("span_id", LogField::SpanId),
    ("event_name", LogField::EventName),
    ("instrumentation_scope", LogField::Scope),
    ("service.name", LogField::Service),
];

#[derive(Clone, Copy, Debug)]
enum LogField {
    Body,
    Level,
    SeverityNumber,
    Service,
    TraceId,
    SpanId,
    EventName,
    Scope,
}

fn read_log_field(node: &Reader<'_>) -> Result<Field, QueryError> {
    let key = node.require("key", "message, level or another field of a record")?;
    Ok(match key.choice(&LOG_FIELDS)? {
        LogField::Body => Field::Body,
        LogField::Level => Field::Level,
        LogField::SeverityNumber => Field::SeverityNumber,
        LogField::Service => Field::Resource(SERVICE.to_owned()),
        LogField::TraceId => Field::TraceId,
        LogField::SpanId => Field::SpanId,
        LogField::EventName => Field::EventName,
        LogField::Scope => Field::Scope,
    })
}

fn read_key(node: &Reader<'_>) -> Result<String, QueryError> {
    bounded_text(&node.require("key", "the key of an attribute")?, MAX_KEY_CHARACTERS)
}

/// Whether the field's text is in lower case always, so that what it is compared with may as well be.
fn is_lower(field: &Field) -> bool {
    matches!(field, Field::Level | Field::TraceId | Field::SpanId)
}

/// The values: the items of a list without its nulls, or the one that is no list.
fn read_values<'v>(node: &Reader<'v>) -> Result<Vec<Reader<'v>>, QueryError> {
    match node.get("value") {
        None => Ok(Vec::new()),
        Some(list) if list.value().is_array() => {
            Ok(list.list(MAX_VALUES)?.into_iter().filter(|item| !item.value().is_null()).collect())
        }
        Some(value) => Ok(vec![value]),
    }
}

fn read_text(value: &Reader<'_>) -> Result<String, QueryError> {
    check_length(value, &value.scalar_text()?, MAX_VALUE_CHARACTERS)
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
