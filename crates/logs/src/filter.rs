//! Which records a question is about.

use std::ops::Range;

use serde_json::Value;

use crate::record::{Level, StoredLog, text_of};

/// Which records a question is about: all conditions hold.
#[derive(Clone, Debug)]
pub struct LogFilter {
    /// Instants, in microseconds since 1970 UTC.
    pub range: Range<i64>,
    /// Which levels.
    pub levels: LevelSet,
    /// The services; empty for all.
    pub services: Vec<String>,
    /// What the body contains, in this very case; empty for anything.
    pub search: String,
    /// Further conditions.
    pub group: Condition,
}

/// A set of levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelSet(u8);

impl LevelSet {
    /// Every level.
    pub const ALL: Self = Self(0b11_1111);

    /// These levels; none of them are no levels at all.
    pub fn of(levels: &[Level]) -> Self {
        Self(levels.iter().fold(0, |set, level| set | 1 << level.index()))
    }

    /// Whether the level is in it.
    pub fn contains(self, level: Level) -> bool {
        self.0 >> level.index() & 1 == 1
    }
}

/// Conditions, nested.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Each holds; true when there are none.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// The field's text passes the test.
    Field(Field, Test),
}

/// Something of a record that tests look at as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The message.
    Body,
    /// The level's name.
    Level,
    /// The severity number.
    SeverityNumber,
    /// 32 lower-case hex digits; not set for 0.
    TraceId,
    /// 16 lower-case hex digits; not set for 0.
    SpanId,
    /// Not set when empty.
    EventName,
    /// `name@version`; not set when empty.
    Scope,
    /// One of the record's attributes.
    Attribute(String),
    /// One of the resource's attributes.
    Resource(String),
}

impl Field {
    /// The field's text in a record; none where it is not set. An attribute with the value null is not set.
    pub fn text<'a>(&self, log: &'a StoredLog) -> Option<std::borrow::Cow<'a, str>> {
        let record = &log.record;
        let set = |text: &'a str| (!text.is_empty()).then(|| text.into());
        let attribute = |value: Option<&'a Value>| value.filter(|value| !value.is_null()).map(text_of);
        match self {
            Self::Body => Some(record.body.as_str().into()),
            Self::Level => Some(record.severity.level().name().into()),
            Self::SeverityNumber => Some(record.severity.number().to_string().into()),
            Self::TraceId => (record.trace_id != 0).then(|| format!("{:032x}", record.trace_id).into()),
            Self::SpanId => (record.span_id != 0).then(|| format!("{:016x}", record.span_id).into()),
            Self::EventName => set(&record.event_name),
            Self::Scope => set(&record.scope),
            Self::Attribute(key) => attribute(record.attributes.get(key)),
            Self::Resource(key) => attribute(record.resource.get(key)),
        }
    }
}

/// What a field's text has to be like. Decided by the text alone, so that a store may ask once for each distinct text.
#[derive(Clone, Debug)]
pub enum Test {
    /// One of these.
    Exact(Vec<String>),
    /// Set, or not, and none of these.
    IsNot(Vec<String>),
    /// Contains one of these, whatever the case; they are lower-case.
    Contains(Vec<String>),
    /// Set, or not, and contains none of these.
    NotContains(Vec<String>),
    /// Matches.
    Regex(regex::Regex),
    /// Set, or not, and does not match.
    NotRegex(regex::Regex),
    /// A number that compares so with this one.
    Number(Comparison, f64),
    /// An instant, read from the text, that compares so with this range of microseconds since 1970 UTC: equal is within,
    /// less is before its start, greater is at its end or later.
    Date(Comparison, Range<i64>),
    /// There is a value.
    IsSet,
    /// There is none.
    IsNotSet,
}

/// How something compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Equal.
    Equal,
    /// Greater or equal.
    GreaterOrEqual,
    /// Greater.
    Greater,
}

impl Comparison {
    fn holds<T: PartialOrd>(self, one: T, other: T) -> bool {
        match self {
            Self::Less => one < other,
            Self::LessOrEqual => one <= other,
            Self::Equal => one == other,
            Self::GreaterOrEqual => one >= other,
            Self::Greater => one > other,
        }
    }
}

impl Test {
    /// Whether a field with this text, or with none, passes.
    pub fn passes(&self, text: Option<&str>) -> bool {
        let Some(text) = text else {
            return matches!(self, Self::IsNot(_) | Self::NotContains(_) | Self::NotRegex(_) | Self::IsNotSet);
        };
        match self {
            Self::Exact(texts) => texts.iter().any(|one| one == text),
            Self::IsNot(texts) => texts.iter().all(|one| one != text),
            Self::Contains(texts) => contains_one(text, texts),
            Self::NotContains(texts) => !contains_one(text, texts),
            Self::Regex(regex) => regex.is_match(text),
            Self::NotRegex(regex) => !regex.is_match(text),
            Self::Number(comparison, number) => {
                text.trim().parse().is_ok_and(|found: f64| !found.is_nan() && comparison.holds(found, *number))
            }
            Self::Date(comparison, range) => instant_us(text).is_some_and(|found| match comparison {
                Comparison::Less => found < range.start,
                Comparison::LessOrEqual => found < range.end,
                Comparison::Equal => range.contains(&found),
                Comparison::GreaterOrEqual => found >= range.start,
                Comparison::Greater => found >= range.end,
            }),
            Self::IsSet => true,
            Self::IsNotSet => false,
        }
    }

    /// Texts one of which every passing text contains when both are in lower case; none where nothing is known. Lets a store skip what cannot pass.
    pub fn needles(&self) -> Option<Vec<String>> {
        match self {
            Self::Exact(texts) => Some(texts.iter().map(|text| text.to_lowercase()).collect()),
            Self::Contains(texts) => Some(texts.clone()),
            _ => None,
        }
    }
}

fn contains_one(text: &str, lower: &[String]) -> bool {
    let text = text.to_lowercase();
    lower.iter().any(|one| text.contains(one.as_str()))
}

/// An instant written in ISO 8601, or as a number of seconds since 1970 UTC.
fn instant_us(text: &str) -> Option<i64> {
    if let Ok(instant) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(instant.timestamp_micros());
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(instant) = chrono::NaiveDateTime::parse_from_str(text, format) {
            return Some(instant.and_utc().timestamp_micros());
        }
    }
    if let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros());
    }
    let seconds: f64 = text.parse().ok()?;
    let micros = (seconds * 1e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (micros.abs() < 9e18).then_some(micros as i64)
}

impl Condition {
    /// The condition that always holds.
    pub fn always() -> Self {
        Self::All(Vec::new())
    }

    /// Whether it holds for the record.
    pub fn holds(&self, log: &StoredLog) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(log)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(log)),
            Self::Field(field, test) => test.passes(field.text(log).as_deref()),
        }
    }
}

impl LogFilter {
    /// Whether the question is about the record.
    pub fn matches(&self, log: &StoredLog) -> bool {
        let record = &log.record;
        self.range.contains(&record.timestamp_us)
            && self.levels.contains(record.severity.level())
            && (self.services.is_empty() || self.services.iter().any(|service| service == record.service()))
            && record.body.contains(&self.search)
            && self.group.holds(log)
    }
}
