//! Where a page goes on.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use query_engine::error::QueryError;
use query_engine::nodes::reader::Reader;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::filters::ALL_TIME;
use crate::record::Position;

/// Longest cursor, in bytes.
const MAX_BYTES: usize = 1_000;

/// The last record of a page, and the instant that the page's relative dates counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) position: Position,
    pub(crate) now: Option<DateTime<Utc>>,
}

/// What a cursor says, as JSON under base64.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    timestamp: DateTime<Utc>,
    uuid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<DateTime<Utc>>,
}

impl Cursor {
    pub(super) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        Self::from_text(node.text()?)
            .ok_or_else(|| node.wrong("the nextCursor of an answer to the same query, as it is"))
    }

    fn from_text(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let content: Content = serde_json::from_slice(&BASE64_STANDARD.decode(text).ok()?).ok()?;
        let arrival = Position::arrival_of(content.uuid)?;
        let position = Position { timestamp_us: content.timestamp.timestamp_micros(), arrival };
        let is_told = |instant: &DateTime<Utc>| ALL_TIME.contains(&instant.timestamp_micros());
        let is_ours = is_told(&content.timestamp) && position.uuid() == content.uuid;
        (is_ours && content.now.as_ref().is_none_or(is_told)).then_some(Self { position, now: content.now })
    }

    pub(crate) fn to_text(self) -> String {
        let timestamp = crate::answer::instant(self.position.timestamp_us);
        let content = Content { timestamp, uuid: self.position.uuid(), now: self.now };
        BASE64_STANDARD.encode(serde_json::to_vec(&content).expect("instants and a uuid have a JSON form"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let position = Position { timestamp_us: 1_768_000_000_123_456, arrival: u64::MAX };
        for now in [None, Some("2026-01-14T12:30:00.5Z".parse().unwrap())] {
            let cursor = Cursor { position, now };
            assert_eq!(Cursor::from_text(&cursor.to_text()), Some(cursor));
        }
    }

    #[test]
    fn what_was_not_given_out_is_no_cursor() {
        let uuid = Position { timestamp_us: 1_768_000_000_123_456, arrival: 7 }.uuid();
        let wrong = [
            String::new(),
            "{}".to_owned(),
            format!(r#"{{"timestamp": "2026-01-14T12:30:00Z", "uuid": "{uuid}"}}"#),
            format!(r#"{{"timestamp": "2026-01-14T12:30:00Z", "uuid": "{}"}}"#, Uuid::nil()),
            format!(
                r#"{{"timestamp": "2026-01-09T23:06:40.123456Z", "uuid": "{uuid}", "now": "-200000-01-01T00:00:00Z"}}"#
            ),
        ];
        for text in wrong {
            assert_eq!(Cursor::from_text(&BASE64_STANDARD.encode(&text)), None, "{text}");
            assert_eq!(Cursor::from_text(&text), None, "{text}");
        }
        let right = format!(r#"{{"timestamp": "2026-01-09T23:06:40.123456Z", "uuid": "{uuid}"}}"#);
        assert!(Cursor::from_text(&BASE64_STANDARD.encode(right)).is_some());
        assert_eq!(Cursor::from_text(&"A".repeat(MAX_BYTES + 1)), None);
    }
}
