//! From an event's raw parts to the event that is stored.

use std::borrow::Cow;
use std::cell::OnceCell;

use chrono::{DateTime, Utc};
use insights_core::event::Event;
use insights_core::ids::IdSource;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::distinct_id::normalize_text;
use crate::envelope::{RawEvent, text};
use crate::error::EventError;
use crate::limits::Limits;
use crate::properties::{self, Moved};
use crate::timestamp::{self, Claim, parse_instant};

/// What is the same for all events of a request.
#[derive(Debug)]
pub(crate) struct Surroundings<'r> {
    pub(crate) limits: &'r Limits,
    pub(crate) ids: &'r dyn IdSource,
    pub(crate) now: DateTime<Utc>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
    pub(crate) historical_migration: bool,
    pub(crate) default_event: Option<&'r str>,
}

/// The one token that all events of a request must agree on.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// The token of the request as a whole, which spares looking for others in the properties.
    outer: Option<String>,
    seen: Option<String>,
    pub(crate) inconsistent: bool,
}

impl Tokens {
    pub(crate) fn new(outer: Option<String>) -> Self {
        Self { seen: outer.clone(), outer, inconsistent: false }
    }

    pub(crate) fn into_token(self) -> Option<String> {
        self.seen
    }

    fn see(&mut self, token: &str) {
        match &self.seen {
            None => self.seen = Some(token.to_owned()),
            Some(seen) => self.inconsistent |= seen != token,
        }
    }
}

/// The token that stands at the top level of an event or of a request.
pub(crate) fn top_level_token<'a>(raw: &RawEvent<'a>) -> Option<Cow<'a, str>> {
    raw.api_key.or(raw.token).or(raw.dollar_token).and_then(text)
}

/// The instant that a field holds, as text or as a number.
pub(crate) fn instant(raw: &RawValue) -> Option<DateTime<Utc>> {
    match text(raw) {
        Some(text) => parse_instant(&text),
        None => parse_instant(raw.get()),
    }
}

/// The event of `raw`; its token is noted in `tokens`, of bad events too.
pub(crate) fn normalize(
    raw: &RawEvent<'_>,
    surroundings: &Surroundings<'_>,
    tokens: &mut Tokens,
) -> Result<Event, EventError> {
    let limits = surroundings.limits;
    let own_token = top_level_token(raw);
    if let Some(token) = &own_token {
        tokens.see(token);
    }

    let sent = raw.properties.map_or("{}", RawValue::get);
    check_size(sent.len(), limits)?;
    let mended = OnceCell::new();
    let (json, found) = properties::scan_or_mend(sent, &mended, limits.depth)?;

    let inner_token = if own_token.is_none() && tokens.outer.is_none() { found.token() } else { None };
    if let Some(token) = &inner_token {
        tokens.see(token);
    }
    let token = own_token.as_deref().or(inner_token.as_deref()).or(tokens.outer.as_deref());

    let distinct_id = raw
        .distinct_id
        .or(raw.dollar_distinct_id)
        .or_else(|| found.distinct_id())
        .and_then(distinct_id)
        .ok_or(EventError::NoDistinctId)?;
    let name = event_name(raw.event.and_then(text), surroundings.default_event, limits)?;
    let uuid = match raw.uuid {
        Some(raw) => parse_uuid(&text(raw).unwrap_or(Cow::Borrowed(raw.get())))?,
        None => None,
    };
    let uuid = uuid.unwrap_or_else(|| surroundings.ids.uuid());
    let timestamp = event_timestamp(raw, found.ignores_sent_at(), surroundings)?;

    let moved = Moved { set: raw.set, set_once: raw.set_once, unset: raw.unset };
    let stray_token = token.filter(|token| found.holds_token(token));
    let properties = properties::kept(json, moved, stray_token, limits.depth)?;
    check_size(name.len() + distinct_id.len() + properties.len(), limits)?;
    Ok(Event { uuid, event: name, distinct_id, timestamp, properties })
}

pub(crate) fn check_size(bytes: usize, limits: &Limits) -> Result<(), EventError> {
    let limit_bytes = limits.event_bytes;
    if bytes > limit_bytes { Err(EventError::TooLarge { limit_bytes }) } else { Ok(()) }
}

/// The kept form of an event's name, which is `default` where none was sent.
pub(crate) fn event_name(
    sent: Option<Cow<'_, str>>,
    default: Option<&str>,
    limits: &Limits,
) -> Result<String, EventError> {
    let name = sent.filter(|name| !name.is_empty()).or(default.map(Cow::Borrowed)).ok_or(EventError::EmptyName)?;
    let limit_chars = limits.event_name_chars;
    if name.len() > limit_chars && name.chars().nth(limit_chars).is_some() {
        return Err(EventError::NameTooLong { limit_chars });
    }
    Ok(if name.contains('\0') { name.replace('\0', "\u{fffd}") } else { name.into_owned() })
}

/// The uuid that `sent` means; `None` where a new one is to be made.
pub(crate) fn parse_uuid(sent: &str) -> Result<Option<Uuid>, EventError> {
    if sent.is_empty() {
        return Ok(None);
    }
    let uuid = Uuid::try_parse(sent).map_err(|_| EventError::BadUuid { text: crate::shortened(sent) })?;
    // Clients that send zeros send them with every event, which are not all the same one.
    Ok(Some(uuid).filter(|uuid| !uuid.is_nil()))
}

/// The kept form of a distinct id of any JSON type.
pub(crate) fn distinct_id(raw: &RawValue) -> Option<String> {
    match text(raw) {
        Some(text) => normalize_text(text),
        // Not as sent, but in one form, so that spaces between its parts do not make it another id.
        None => normalize_text(Cow::Owned(serde_json::from_str::<Value>(raw.get()).ok()?.to_string())),
    }
}

fn event_timestamp(
    raw: &RawEvent<'_>,
    ignores_sent_at: bool,
    surroundings: &Surroundings<'_>,
) -> Result<DateTime<Utc>, EventError> {
    let timestamp = raw.timestamp.and_then(instant);
    if surroundings.historical_migration {
        return match (timestamp, raw.timestamp) {
            (Some(timestamp), _) => Ok(timestamp),
            (None, Some(sent)) => Err(EventError::BadTimestamp { text: crate::shortened(sent.get()) }),
            (None, None) => Ok(timestamp::corrected(Claim::default(), surroundings.now)),
        };
    }
    let claim = Claim {
        timestamp,
        offset_ms: raw.offset.and_then(milliseconds),
        sent_at: surroundings.sent_at.filter(|_| !ignores_sent_at),
    };
    Ok(timestamp::corrected(claim, surroundings.now))
}

fn milliseconds(raw: &RawValue) -> Option<i64> {
    let number: f64 = text(raw).unwrap_or(Cow::Borrowed(raw.get())).parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast from a float saturates, and such an offset is out of range"
    )]
    Some(number as i64)
}
