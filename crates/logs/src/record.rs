//! One log record.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

/// How severe a record is, as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Severity numbers 1 to 4.
    Trace,
    /// 5 to 8.
    Debug,
    /// 9 to 12.
    Info,
    /// 13 to 16.
    Warn,
    /// 17 to 20.
    Error,
    /// 21 to 24.
    Fatal,
}

impl Level {
    /// All levels, the least severe first.
    pub const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// Its name in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The level of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// Place in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// OpenTelemetry's severity number, 1 to 24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// The severity of this number.
    pub fn from_number(number: u8) -> Option<Self> {
        (1..=24).contains(&number).then_some(Self(number))
    }

    /// The lowest number of the level, for records that tell the level alone.
    pub fn of_level(level: Level) -> Self {
        Self(match level {
            Level::Trace => 1,
            Level::Debug => 5,
            Level::Info => 9,
            Level::Warn => 13,
            Level::Error => 17,
            Level::Fatal => 21,
        })
    }

    /// 1 to 24.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The level that the number belongs to.
    pub fn level(self) -> Level {
        Level::ALL[usize::from(self.0 - 1) / 4]
    }
}

/// Keys and their JSON values, sorted by key, each key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Vec<(Arc<str>, Value)>);

impl Attributes {
    /// Of pairs in any order; of several with the same key the last one counts.
    pub fn new(mut pairs: Vec<(Arc<str>, Value)>) -> Self {
        // Stable, so that the last of equal keys is the last of its group.
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        pairs.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                std::mem::swap(later, kept);
            }
            is_same
        });
        Self(pairs)
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let at = self.0.binary_search_by(|(found, _)| found.as_ref().cmp(key)).ok()?;
        Some(&self.0[at].1)
    }

    /// In order of the keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A record as it is taken in. Instants are microseconds since 1970 UTC: finer parts are cut off.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    /// When it happened.
    pub timestamp_us: i64,
    /// When it was first seen by a collector, or by this server.
    pub observed_us: i64,
    /// How severe it is.
    pub severity: Severity,
    /// The message; a body of another type than text as JSON.
    pub body: String,
    /// What the record says of itself.
    pub attributes: Attributes,
    /// What produced it: shared by the records that came together.
    pub resource: Arc<Attributes>,
    /// The instrumentation that made it, `name@version`, or empty.
    pub scope: Arc<str>,
    /// Name of the event that it is, or empty.
    pub event_name: Arc<str>,
    /// The trace that it belongs to; 0 for none.
    pub trace_id: u128,
    /// The span that it belongs to; 0 for none.
    pub span_id: u64,
    /// W3C trace flags, and what else OpenTelemetry puts there.
    pub flags: u32,
}

impl LogRecord {
    /// The resource's `service.name`, or empty.
    pub fn service(&self) -> &str {
        self.resource.get("service.name").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A record in a store: with its place in the order in which the project's records arrived, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLog {
    /// Unique in the project; later records have larger ones.
    pub arrival: u64,
    /// The record.
    pub record: LogRecord,
}

impl StoredLog {
    /// Where it stands when records are ordered by time.
    pub fn position(&self) -> Position {
        Position { timestamp_us: self.record.timestamp_us, arrival: self.arrival }
    }

    /// The record's public name.
    pub fn uuid(&self) -> Uuid {
        self.position().uuid()
    }
}

/// A record's place in time, those of one instant in order of arrival. No two records of a project have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The record's instant.
    pub timestamp_us: i64,
    /// When it arrived, among the project's records.
    pub arrival: u64,
}

/// Bits of the arrival that stand behind the version in a [`Position::uuid`].
const ARRIVAL_HIGH_BITS: u32 = 12;
/// Bits of the arrival behind the variant.
const ARRIVAL_LOW_BITS: u32 = 62;

impl Position {
    /// A UUID of version 7: the milliseconds of the instant, then the arrival where others have random bits. It costs no room
    /// in the store and is unique in the project.
    pub fn uuid(self) -> Uuid {
        let millis = u128::try_from(self.timestamp_us.div_euclid(1000)).unwrap_or_default() & ((1 << 48) - 1);
        let arrival = u128::from(self.arrival);
        let high = (arrival >> ARRIVAL_LOW_BITS) & ((1 << ARRIVAL_HIGH_BITS) - 1);
        let low = arrival & ((1 << ARRIVAL_LOW_BITS) - 1);
        Uuid::from_u128(millis << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low)
    }

    /// The arrival that [`Self::uuid`] was made of; none for a UUID that it did not make.
    pub fn arrival_of(uuid: Uuid) -> Option<u64> {
        let bits = uuid.as_u128();
        let is_ours = (bits >> 76) & 0xf == 7 && (bits >> 62) & 0b11 == 0b10;
        let high = (bits >> 64) & ((1 << ARRIVAL_HIGH_BITS) - 1);
        let arrival = high << ARRIVAL_LOW_BITS | bits & ((1 << ARRIVAL_LOW_BITS) - 1);
        is_ours.then(|| u64::try_from(arrival).ok()).flatten()
    }
}

/// A value as tests see it: a text as it is, anything else as compact JSON.
pub fn text_of(value: &Value) -> std::borrow::Cow<'_, str> {
    match value {
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_belong_to_levels() {
        for level in Level::ALL {
            assert_eq!(Severity::of_level(level).level(), level);
            assert_eq!(Level::from_name(level.name()), Some(level));
        }
        assert_eq!(Severity::from_number(24).map(Severity::level), Some(Level::Fatal));
        assert_eq!(Severity::from_number(0), None);
        assert_eq!(Severity::from_number(25), None);
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let pairs = [("b", 1), ("a", 2), ("b", 3), ("b", 4)];
        let attributes = Attributes::new(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect());
        assert_eq!(attributes.len(), 2);
        assert_eq!(attributes.get("b"), Some(&Value::from(4)));
        assert_eq!(attributes.get("c"), None);
    }

    #[test]
    fn a_uuid_tells_the_arrival_again() {
        for arrival in [1, 77, u64::MAX] {
            let position = Position { timestamp_us: 1_700_000_000_123_456, arrival };
            assert_eq!(position.uuid().get_version_num(), 7);
            assert_eq!(Position::arrival_of(position.uuid()), Some(arrival));
        }
        assert_eq!(Position::arrival_of(Uuid::nil()), None);
    }
}
