//! Events as files keep them: one record an event, from this server's own exports or another's.
//!
//! Unlike clients, files are read more than once, so nothing here depends on when or by whom: the same record gives the same event.

use std::borrow::Cow;
use std::cell::OnceCell;

use chrono::{DateTime, Utc};
use insights_core::event::Event;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::distinct_id::normalize_text;
use crate::envelope::{split_event, text};
use crate::error::EventError;
use crate::limits::Limits;
use crate::normalize::{check_size, distinct_id, event_name, instant, parse_uuid};
use crate::properties::{self, Moved};
use crate::repair::repair;

/// The parts of an event in a file, as they stand there.
#[derive(Clone, Debug, Default)]
pub struct Record<'a> {
    /// Identity; made from the rest where there is none.
    pub uuid: Option<Cow<'a, str>>,
    /// Name.
    pub event: Option<Cow<'a, str>>,
    /// The name of the person.
    pub distinct_id: Option<Cow<'a, str>>,
    /// When it happened.
    pub timestamp: Option<DateTime<Utc>>,
    /// The JSON text of an object; none means an empty one.
    pub properties: Option<Cow<'a, str>>,
    /// Values that replace the person's, kept among the properties as `$set`.
    pub set: Option<&'a RawValue>,
    /// Values for properties that the person has not yet, kept as `$set_once`.
    pub set_once: Option<&'a RawValue>,
    /// Properties to take from the person, kept as `$unset`.
    pub unset: Option<&'a RawValue>,
}

/// The event of `line` as [`Record::from_json`] and [`Record::into_event`] make it, where need be after mending what Python and
/// JavaScript write into JSON against its rules.
///
/// # Errors
/// As theirs.
pub fn event_of_line(line: &str, namespace: Uuid, limits: &Limits) -> Result<Event, EventError> {
    let record = match Record::from_json(line) {
        Err(EventError::NotJson { reason }) => {
            let mended = repair(line).ok_or(EventError::NotJson { reason })?;
            return Record::from_json(&mended)?.into_event(namespace, limits);
        }
        read => read?,
    };
    record.into_event(namespace, limits)
}

impl<'a> Record<'a> {
    /// Reads `line`, a JSON object with `uuid`, `event`, `distinct_id`, `timestamp` and `properties` as an object or as its JSON
    /// text, and possibly `$set`, `$set_once` and `$unset`. Other fields are ignored.
    ///
    /// # Errors
    /// The line is no such object, or its timestamp cannot be read.
    pub fn from_json(line: &'a str) -> Result<Self, EventError> {
        let raw = split_event(line)
            .map_err(|error| EventError::NotJson { reason: error.to_string() })?
            .ok_or(EventError::NotAnObject)?;
        let timestamp = match raw.timestamp {
            Some(sent) => {
                Some(instant(sent).ok_or_else(|| EventError::BadTimestamp { text: crate::shortened(sent.get()) })?)
            }
            None => None,
        };
        Ok(Self {
            uuid: raw.uuid.map(text_or_json),
            event: raw.event.and_then(text),
            distinct_id: raw.distinct_id.and_then(distinct_id).map(Cow::Owned),
            timestamp,
            properties: raw.properties.map(text_or_json),
            set: raw.set,
            set_once: raw.set_once,
            unset: raw.unset,
        })
    }

    /// The event of the record in the project that `namespace` is the uuid of. Without a uuid of its own it gets one made from that
    /// and from all that is kept of it, so that it is the same event each time.
    ///
    /// # Errors
    /// The first rule of events that it breaks.
    pub fn into_event(self, namespace: Uuid, limits: &Limits) -> Result<Event, EventError> {
        let sent = self.properties.as_deref().map_or("{}", str::trim_ascii);
        check_size(sent.len(), limits)?;
        let mended = OnceCell::new();
        let (json, _) = properties::scan_or_mend(sent, &mended, limits.depth)?;
        let event = event_name(self.event, None, limits)?;
        let distinct_id = self.distinct_id.and_then(normalize_text).ok_or(EventError::NoDistinctId)?;
        let timestamp = self.timestamp.ok_or(EventError::NoTimestamp)?;
        let moved = Moved { set: self.set, set_once: self.set_once, unset: self.unset };
        let properties = properties::kept(json, moved, None, limits.depth)?;
        check_size(event.len() + distinct_id.len() + properties.len(), limits)?;
        let uuid = match self.uuid {
            Some(sent) => parse_uuid(&sent)?,
            None => None,
        };
        let uuid = uuid.unwrap_or_else(|| {
            let micros = timestamp.timestamp_micros().to_le_bytes();
            content_uuid(namespace, &[event.as_bytes(), distinct_id.as_bytes(), &micros, properties.as_bytes()])
        });
        Ok(Event { uuid, event, distinct_id, timestamp, properties })
    }
}

fn text_or_json(raw: &RawValue) -> Cow<'_, str> {
    text(raw).unwrap_or(Cow::Borrowed(raw.get()))
}

/// A uuid that depends on `parts` and where each of them ends.
fn content_uuid(namespace: Uuid, parts: &[&[u8]]) -> Uuid {
    let mut content = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        content.extend_from_slice(&(part.len() as u64).to_le_bytes());
        content.extend_from_slice(part);
    }
    Uuid::new_v5(&namespace, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: Uuid = Uuid::from_u128(1);

    fn read(line: &str) -> Result<Event, EventError> {
        event_of_line(line, PROJECT, &Limits::default())
    }

    #[test]
    fn a_line_is_an_event() {
        let event = read(
            r#"{"uuid":"019c0000-0000-7000-8000-000000000001","event":"x","distinct_id":"u","timestamp":"2026-01-31 10:00:00.5",
                "properties":"{\"a\": 1.0}","person_id":"ignored","created_at":"ignored"}"#,
        );
        insta::assert_json_snapshot!(event.unwrap(), @r#"
        {
          "uuid": "019c0000-0000-7000-8000-000000000001",
          "event": "x",
          "distinct_id": "u",
          "timestamp": "2026-01-31T10:00:00.500Z",
          "properties": "{\"a\": 1.0}"
        }
        "#);
        let not_a_number = read(r#"{"event":"x","distinct_id":"u","timestamp":0,"properties":{"a":NaN}}"#).unwrap();
        assert_eq!(not_a_number.properties, r#"{"a":null}"#);
        let moved = read(r#"{"event":"x","distinct_id":1,"timestamp":0,"properties":{"a":1},"$set":{"b":2}}"#).unwrap();
        assert_eq!((moved.distinct_id.as_str(), moved.properties.as_str()), ("1", r#"{"a":1,"$set":{"b":2}}"#));
    }

    #[test]
    fn a_record_without_a_uuid_is_the_same_event_each_time() {
        let line = r#"{"event":"x","distinct_id":"u","timestamp":"2026-01-31","properties":{"a":1}}"#;
        let event = read(line).unwrap();
        assert_eq!(read(line).unwrap(), event);
        assert_eq!(read(&line.replace(r#"{"a":1}"#, r#""{\"a\":1}""#)).unwrap(), event);
        let elsewhere = Record::from_json(line).unwrap().into_event(Uuid::from_u128(2), &Limits::default()).unwrap();
        assert_ne!(elsewhere.uuid, event.uuid);
        for other in [
            line.replace("\"x\"", "\"xu\"").replace("\"u\"", "\"\\u0000\""),
            line.replace("31", "30"),
            line.replace(":1", ":2"),
        ] {
            assert_ne!(read(&other).unwrap().uuid, event.uuid, "{other}");
        }
    }

    #[track_caller]
    fn check_refused(line: &str, expected: &str) {
        assert_eq!(read(line).unwrap_err().to_string(), expected, "{line}");
    }

    #[test]
    fn bad_records_are_named() {
        check_refused("nonsense", "event is no JSON: expected ident at line 1 column 2");
        check_refused("[]", "event must be a JSON object");
        check_refused(r#"{"distinct_id":"u","timestamp":0}"#, "event submitted with an empty event name");
        check_refused(r#"{"event":"x","timestamp":0}"#, "event submitted without a distinct_id");
        check_refused(r#"{"event":"x","distinct_id":"u"}"#, "event has no timestamp");
        check_refused(
            r#"{"event":"x","distinct_id":"u","timestamp":"then"}"#,
            "event timestamp \"\\\"then\\\"\" cannot be read; use ISO 8601, such as 2026-01-31T23:59:59Z",
        );
        check_refused(
            r#"{"event":"x","distinct_id":"u","timestamp":0,"properties":"[]"}"#,
            "event properties must be a JSON object",
        );
        check_refused(
            r#"{"event":"x","distinct_id":"u","timestamp":0,"properties":"{\"a\":}"}"#,
            "event properties cannot be parsed: expected value at line 1 column 6",
        );
        check_refused(r#"{"event":"x","distinct_id":"u","timestamp":0,"uuid":5}"#, "event uuid \"5\" is not a UUID");
    }
}
