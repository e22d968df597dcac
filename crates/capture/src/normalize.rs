//! From an event's raw parts to the event that is stored.

use std::borrow::Cow;

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
    if !sent.starts_with('{') {
        return Err(EventError::PropertiesNotAnObject);
    }
    if sent.len() > limits.event_bytes {
        return Err(EventError::TooLarge { limit_bytes: limits.event_bytes });
    }
    let repaired;
    let mut json = sent;
    let found = match properties::scan(json, limits.depth) {
        Err(EventError::UnparsableProperties { reason }) => match crate::repair::repair(json) {
            Some(mended) => {
                repaired = mended;
                json = &repaired;
                properties::scan(json, limits.depth)?
            }
            None => return Err(EventError::UnparsableProperties { reason }),
        },
        scanned => scanned?,
    };

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
    let name = event_name(raw, surroundings)?;
    let uuid = uuid(raw)?.unwrap_or_else(|| surroundings.ids.uuid());
    let timestamp = event_timestamp(raw, found.ignores_sent_at(), surroundings)?;

    let moved = Moved { set: raw.set, set_once: raw.set_once, unset: raw.unset };
    let stray_token = token.filter(|token| found.holds_token(token));
    let properties = if moved.is_empty() && stray_token.is_none() {
        json.to_owned()
    } else {
        rewritten(json, moved, stray_token, limits)?
    };
    if name.len() + distinct_id.len() + properties.len() > limits.event_bytes {
        return Err(EventError::TooLarge { limit_bytes: limits.event_bytes });
    }
    Ok(Event { uuid, event: name, distinct_id, timestamp, properties })
}

/// Rewritten properties, checked like sent ones, as the moved parts have not been.
fn rewritten(json: &str, moved: Moved<'_>, token: Option<&str>, limits: &Limits) -> Result<String, EventError> {
    let rewritten = properties::rewrite(json, moved, token)?;
    match properties::scan(&rewritten, limits.depth) {
        Ok(_) => Ok(rewritten),
        Err(EventError::UnparsableProperties { reason }) => {
            let mended = crate::repair::repair(&rewritten).ok_or(EventError::UnparsableProperties { reason })?;
            properties::scan(&mended, limits.depth)?;
            Ok(mended)
        }
        Err(error) => Err(error),
    }
}

fn event_name(raw: &RawEvent<'_>, surroundings: &Surroundings<'_>) -> Result<String, EventError> {
    let name = raw
        .event
        .and_then(text)
        .filter(|name| !name.is_empty())
        .or(surroundings.default_event.map(Cow::Borrowed))
        .ok_or(EventError::EmptyName)?;
    let limit_chars = surroundings.limits.event_name_chars;
    if name.len() > limit_chars && name.chars().nth(limit_chars).is_some() {
        return Err(EventError::NameTooLong { limit_chars });
    }
    Ok(if name.contains('\0') { name.replace('\0', "\u{fffd}") } else { name.into_owned() })
}

fn distinct_id(raw: &RawValue) -> Option<String> {
    match text(raw) {
        Some(text) => normalize_text(text),
        // Not as sent, but in one form, so that spaces between its parts do not make it another id.
        None => normalize_text(Cow::Owned(serde_json::from_str::<Value>(raw.get()).ok()?.to_string())),
    }
}

fn uuid(raw: &RawEvent<'_>) -> Result<Option<Uuid>, EventError> {
    let Some(raw) = raw.uuid else { return Ok(None) };
    let text = text(raw).unwrap_or(Cow::Borrowed(raw.get()));
    if text.is_empty() {
        return Ok(None);
    }
    let uuid = Uuid::try_parse(&text).map_err(|_| EventError::BadUuid { text: crate::shortened(&text) })?;
    // Clients that send zeros send them with every event, which are not all the same one.
    Ok(Some(uuid).filter(|uuid| !uuid.is_nil()))
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
