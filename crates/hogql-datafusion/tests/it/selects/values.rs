//! Values, and what is computed of those of one row.

use std::cmp::Ordering;
use std::rc::Rc;

use chrono::DateTime;
use insights_core::ids::ProjectId;
use insights_core::person::uuid_of;
use serde_json::json;

use super::relations::{Relation, Row};
use super::world::{PERSONS, World};

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Int(i64),
    Float(f64),
    Text(String),
    /// Microseconds since 1970.
    Instant(i64),
    /// A person by number; `None` is nobody.
    Person(Option<usize>),
    List(Vec<Value>),
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Int(int) => *int as f64,
            Self::Float(float) => *float,
            other => panic!("{other:?} is no number"),
        }
    }

    pub(super) fn int(&self) -> i64 {
        match self {
            Self::Int(int) => *int,
            other => panic!("{other:?} is no whole number"),
        }
    }

    fn str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    /// As an answer has it.
    pub(super) fn to_json(&self, project: ProjectId) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Int(int) => json!(int),
            Self::Float(float) => json!(float),
            Self::Text(text) => json!(text),
            Self::Instant(us) => {
                let at = DateTime::from_timestamp_micros(*us).unwrap();
                json!(at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
            }
            Self::Person(None) => json!(uuid::Uuid::nil()),
            Self::Person(Some(number)) => json!(uuid_of(project, PERSONS[*number][0])),
            Self::List(items) => items.iter().map(|item| item.to_json(project)).collect(),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Nulls come last.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Instant(one), Self::Instant(other)) => one.cmp(other),
            (Self::Person(one), Self::Person(other)) => one.cmp(other),
            (Self::List(one), Self::List(other)) => one.cmp(other),
            (Self::Int(one), Self::Int(other)) => one.cmp(other),
            (Self::Int(_) | Self::Float(_), Self::Int(_) | Self::Float(_)) => {
                self.number().partial_cmp(&other.number()).expect("no number of these tests is nan")
            }
            (one, other) => {
                assert!(one.is_null() || other.is_null(), "{one:?} and {other:?} cannot be compared");
                one.is_null().cmp(&other.is_null())
            }
        }
    }
}

/// What is computed of a row.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Column(usize),
    Constant(Value),
    Compare(Comparison, Box<Meaning>, Box<Meaning>),
    And(Box<Meaning>, Box<Meaning>),
    Or(Box<Meaning>, Box<Meaning>),
    Not(Box<Meaning>),
    IsNull(Box<Meaning>),
    In(Box<Meaning>, Vec<Value>),
    InRows(Box<Meaning>, Rc<Relation>),
    Exists(Rc<Relation>),
    /// The only value of a query, or null.
    OnlyValue(Rc<Relation>),
    Like {
        value: Box<Meaning>,
        pattern: &'static str,
        ignores_case: bool,
    },
    StartsWith(Box<Meaning>, &'static str),
    If(Box<[Meaning; 3]>),
    IfNull(Box<Meaning>, Box<Meaning>),
    NullIf(Box<Meaning>, Box<Meaning>),
    Arithmetic(Arithmetic, Box<Meaning>, Box<Meaning>),
    Length(Box<Meaning>),
    ToFloat(Box<Meaning>),
    ToText(Box<Meaning>),
    Upper(Box<Meaning>),
    Concat(Box<Meaning>, Box<Meaning>),
    StartOfDay(Box<Meaning>),
    List(Vec<Meaning>),
    Split(Box<Meaning>, char),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Arithmetic {
    Plus,
    Minus,
    Times,
}

const DAY_US: i64 = 86_400_000_000;

impl Meaning {
    pub(super) fn of(&self, row: &Row, world: &World) -> Value {
        let value = |meaning: &Self| meaning.of(row, world);
        let truth = |meaning: &Self| meaning.truth(row, world);
        // of what passes null on
        let unless_null = |meaning: &Self, compute: &dyn Fn(Value) -> Value| match value(meaning) {
            Value::Null => Value::Null,
            value => compute(value),
        };
        match self {
            Self::Column(position) => row[*position].clone(),
            Self::Constant(constant) => constant.clone(),
            Self::Compare(comparison, one, other) => from_bool(comparison.holds(&value(one), &value(other))),
            Self::And(one, other) => from_truth(match (truth(one), truth(other)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }),
            Self::Or(one, other) => from_truth(match (truth(one), truth(other)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }),
            Self::Not(inner) => from_truth(truth(inner).map(|truth| !truth)),
            Self::IsNull(inner) => from_bool(value(inner).is_null()),
            Self::In(inner, items) => {
                let value = value(inner);
                from_bool(!value.is_null() && items.contains(&value))
            }
            Self::InRows(inner, relation) => {
                let value = value(inner);
                let is_inside = || relation.rows(world).iter().any(|row| row[0] == value);
                from_bool(!value.is_null() && is_inside())
            }
            Self::Exists(relation) => from_bool(!relation.rows(world).is_empty()),
            Self::OnlyValue(relation) => {
                let rows = relation.rows(world);
                assert!(rows.len() < 2, "these queries give one row at most");
                rows.first().map_or(Value::Null, |row| row[0].clone())
            }
            Self::Like { value: inner, pattern, ignores_case } => match value(inner) {
                Value::Null => from_bool(false),
                value if *ignores_case => from_bool(is_like(&value.str().to_lowercase(), &pattern.to_lowercase())),
                value => from_bool(is_like(value.str(), pattern)),
            },
            Self::StartsWith(inner, start) => unless_null(inner, &|value| from_bool(value.str().starts_with(start))),
            Self::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                value(if truth(condition) == Some(true) { then } else { otherwise })
            }
            Self::IfNull(inner, otherwise) => match value(inner) {
                Value::Null => value(otherwise),
                value => value,
            },
            Self::NullIf(inner, nothing) => {
                let (value, nothing) = (value(inner), value(nothing));
                if value == nothing { Value::Null } else { value }
            }
            Self::Arithmetic(operator, one, other) => match (value(one), value(other)) {
                (Value::Null, _) | (_, Value::Null) => Value::Null,
                (one, other) => operator.apply(&one, &other),
            },
            Self::Length(inner) => unless_null(inner, &|value| Value::Int(value.str().len() as i64)),
            Self::ToFloat(inner) => unless_null(inner, &|value| match value {
                Value::Text(text) => text.parse().map_or(Value::Null, Value::Float),
                number => Value::Float(number.number()),
            }),
            Self::ToText(inner) => unless_null(inner, &|value| Value::Text(value.int().to_string())),
            Self::Upper(inner) => unless_null(inner, &|value| Value::Text(value.str().to_ascii_uppercase())),
            Self::Concat(one, other) => {
                let text = |meaning| match value(meaning) {
                    Value::Null => String::new(),
                    value => value.str().to_owned(),
                };
                Value::Text(text(one) + &text(other))
            }
            Self::StartOfDay(inner) => unless_null(inner, &|value| match value {
                Value::Instant(us) => Value::Instant(us - us.rem_euclid(DAY_US)),
                other => panic!("{other:?} is no instant"),
            }),
            Self::List(items) => Value::List(items.iter().map(value).collect()),
            Self::Split(inner, separator) => {
                let text = value(inner);
                Value::List(text.str().split(*separator).map(Value::text).collect())
            }
        }
    }

    /// Whether a condition holds, where that is known.
    pub(super) fn truth(&self, row: &Row, world: &World) -> Option<bool> {
        match self.of(row, world) {
            Value::Null => None,
            value => Some(value.int() != 0),
        }
    }
}

impl Comparison {
    /// Two nulls are equal; nothing is less or greater than null.
    fn holds(self, one: &Value, other: &Value) -> bool {
        let order = one.cmp(other);
        let is_known = !one.is_null() && !other.is_null();
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => is_known && order.is_lt(),
            Self::LessOrEqual => is_known && order.is_le(),
            Self::Greater => is_known && order.is_gt(),
            Self::GreaterOrEqual => is_known && order.is_ge(),
        }
    }
}

impl Arithmetic {
    fn apply(self, one: &Value, other: &Value) -> Value {
        if let (Value::Int(one), Value::Int(other)) = (one, other) {
            return Value::Int(match self {
                Self::Plus => one + other,
                Self::Minus => one - other,
                Self::Times => one * other,
            });
        }
        let (one, other) = (one.number(), other.number());
        Value::Float(match self {
            Self::Plus => one + other,
            Self::Minus => one - other,
            Self::Times => one * other,
        })
    }
}

fn from_bool(holds: bool) -> Value {
    Value::Int(i64::from(holds))
}

fn from_truth(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, from_bool)
}

/// Whether `text` is like `pattern`, in which `_` is any character and `%` any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some(wanted) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[wanted.len_utf8()..];
    match (wanted, text.chars().next()) {
        ('%', _) => text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| is_like(&text[at..], rest)),
        ('_', Some(first)) => is_like(&text[first.len_utf8()..], rest),
        (_, Some(first)) => first == wanted && is_like(&text[first.len_utf8()..], rest),
        (_, None) => false,
    }
}
