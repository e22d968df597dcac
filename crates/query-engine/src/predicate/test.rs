//! Tests of one value.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use chrono_tz::Tz;
use regex::{Captures, Regex};

use crate::city_hash::city_hash_64;
use crate::dates::value_instant_us;
use crate::value::PropertyValue;

/// Beyond this a 64-bit float no longer tells neighbouring whole numbers apart.
const MAX_EXACT_WHOLE: u64 = 1 << 53;

/// Size of a compiled pattern, in bytes, above which it is refused.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// What a value must be. A missing value passes none of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// There is a value; the empty text is one.
    IsSet,
    /// It is true: a boolean or a text that says so, or a number other than 0.
    IsTrue,
    /// It is one of these.
    OneOf(OneOf),
    /// Its text contains one of these, upper and lower case being the same. All of them are in lower case.
    Contains(Vec<String>),
    /// The pattern is found in its text.
    Matches(Pattern),
    /// What the first group of the pattern captures in its text passes the test: where the pattern is found first (nothing found captures the
    /// empty text), or wherever it is found.
    Captured {
        /// The pattern, which has a group.
        by: Pattern,
        /// Whether only where it is found first.
        first_only: bool,
        /// What one of the captured texts must pass.
        test: Box<Test>,
    },
    /// The [`city_hash_64`] of its text is below this.
    HashBelow(u64),
    /// It is a number, or text that reads as one, that stands in `relation` to `than`.
    Number {
        /// How it must compare.
        relation: Relation,
        /// With what; finite.
        than: f64,
    },
    /// It is an instant, as text or as seconds since 1970, that stands in `relation` to `than_us`.
    Instant {
        /// How it must compare.
        relation: Relation,
        /// With what, in microseconds since 1970 UTC.
        than_us: i64,
        /// The zone of values that name none.
        zone: Tz,
    },
    /// It is a version that stands in `relation` to `than`.
    Version {
        /// How it must compare.
        relation: Relation,
        /// With what.
        than: Version,
    },
}

impl Test {
    /// Whether `value` passes.
    pub fn passes(&self, value: &PropertyValue) -> bool {
        if value.is_null() {
            return false;
        }
        match self {
            Self::IsSet => true,
            Self::IsTrue => is_true(value),
            Self::OneOf(wanted) => wanted.contains(value),
            Self::Contains(parts) => value.to_text().is_some_and(|text| {
                let text = text.to_lowercase();
                parts.iter().any(|part| text.contains(part))
            }),
            Self::Matches(pattern) => value.to_text().is_some_and(|text| pattern.regex.is_match(&text)),
            Self::Captured { by, first_only, test } => value.to_text().is_some_and(|text| {
                let mut captured =
                    by.regex.captures_iter(&text).map(|found| found.get(1).map_or("", |group| group.as_str()));
                let passes = |text: &str| test.passes(&PropertyValue::String(text.into()));
                if *first_only { passes(captured.next().unwrap_or_default()) } else { captured.any(passes) }
            }),
            Self::HashBelow(below) => value.to_text().is_some_and(|text| city_hash_64(text.as_bytes()) < *below),
            Self::Number { relation, than } => {
                let ordering = value.to_number().and_then(|number| number.partial_cmp(than));
                ordering.is_some_and(|ordering| relation.holds(ordering))
            }
            Self::Instant { relation, than_us, zone } => {
                value_instant_us(value, *zone).is_some_and(|instant| relation.holds(instant.cmp(than_us)))
            }
            Self::Version { relation, than } => {
                let version = value.to_text().and_then(|text| Version::find(&text));
                version.is_some_and(|version| relation.holds(version.cmp(than)))
            }
        }
    }
}

/// Whether a value is a condition that holds.
fn is_true(value: &PropertyValue) -> bool {
    match value {
        PropertyValue::Bool(is_true) => *is_true,
        PropertyValue::Int(int) => *int != 0,
        PropertyValue::Float(float) => *float != 0.0,
        PropertyValue::String(text) => &**text == "true",
        PropertyValue::Null | PropertyValue::Json(_) => false,
    }
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    Greater,
}

impl Relation {
    /// Whether two values that compare as `ordering` stand in this relation.
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::AtLeast => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
        }
    }
}

/// Wanted values. A value is one of them when its text is, or when it is a JSON number equal to one that reads as a number: `10` is `10.0`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OneOf {
    texts: BTreeSet<Arc<str>>,
    numbers: Vec<f64>,
}

impl OneOf {
    /// The values of these texts.
    pub fn new<T: Into<Arc<str>>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts: BTreeSet<Arc<str>> = texts.into_iter().map(Into::into).collect();
        let numbers = texts.iter().filter_map(|text| text.parse().ok()).filter(|number: &f64| number.is_finite());
        Self { numbers: numbers.collect(), texts }
    }

    /// The texts, in ascending order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }

    /// Those of the texts that read as numbers, as numbers.
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// Whether `value` is one of them.
    pub fn contains(&self, value: &PropertyValue) -> bool {
        let number = match value {
            PropertyValue::Null => return false,
            PropertyValue::String(text) => return self.texts.contains(text),
            PropertyValue::Float(float) => Some(*float),
            PropertyValue::Int(int) if int.unsigned_abs() < MAX_EXACT_WHOLE => Some(*int as f64),
            PropertyValue::Int(_) | PropertyValue::Bool(_) | PropertyValue::Json(_) => None,
        };
        number.is_some_and(|number| self.numbers.contains(&number))
            || value.to_text().is_some_and(|text| self.texts.contains(&text))
    }
}

/// A regular expression; equal to another of the same text.
#[derive(Clone)]
pub struct Pattern {
    regex: Regex,
}

impl Pattern {
    /// Compiles `text`, in the syntax of RE2 as far as both have it.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn new(text: &str) -> Result<Self, String> {
        let built = regex::RegexBuilder::new(text).size_limit(MAX_PATTERN_BYTES).build();
        let regex = built.map_err(|error| match error {
            regex::Error::CompiledTooBig(limit) => format!("it compiles to more than {limit} bytes"),
            error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        })?;
        Ok(Self { regex })
    }

    /// What it compiled to.
    pub fn regex(&self) -> &Regex {
        &self.regex
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// `text` with every match replaced by `replacement`, in which `\0` to `\9` stand for what the whole pattern and its groups matched and
    /// `\\` for a backslash.
    pub fn replace_all<'t>(&self, text: &'t str, replacement: &str) -> Cow<'t, str> {
        self.regex.replace_all(text, |found: &Captures<'_>| {
            let mut replaced = String::new();
            let mut rest = replacement.chars();
            while let Some(char) = rest.next() {
                let escaped = if char == '\\' { rest.clone().next() } else { None };
                match escaped {
                    Some('\\') => replaced.push('\\'),
                    Some(digit @ '0'..='9') => {
                        let group = found.get(digit as usize - '0' as usize);
                        replaced.push_str(group.map_or("", |group| group.as_str()));
                    }
                    _ => {
                        replaced.push(char);
                        continue;
                    }
                }
                rest.next();
            }
            replaced
        })
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.as_str()).finish()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// A version such as `1.20.3`: numbers that compare from left to right, missing ones being 0. What follows them (`-beta.1`) is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Without trailing zeros, so that `1.2` equals `1.2.0`.
    parts: Vec<u64>,
}

impl Version {
    /// The version of these numbers.
    pub fn new(mut parts: Vec<u64>) -> Self {
        while parts.last() == Some(&0) {
            parts.pop();
        }
        Self { parts }
    }

    /// The numbers, without trailing zeros.
    pub fn parts(&self) -> &[u64] {
        &self.parts
    }

    /// The first version in `text`: `v1.2.3-rc.1` has 1.2.3. `None` where there is no digit.
    pub fn find(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| c.is_ascii_digit())?;
        let version = &text[digits..];
        let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
        let parts = version[..end].split('.').take_while(|part| !part.is_empty());
        Some(Self::new(parts.map(|part| part.parse().unwrap_or(u64::MAX)).collect()))
    }
}
