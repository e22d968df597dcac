//! From a request to events.

use std::borrow::Cow;

use insights_core::event::Event;
use insights_core::ids::IdSource;

use crate::decode::{Decoded, decode};
use crate::envelope::{Envelope, Events, split};
use crate::error::{CaptureError, EventError};
use crate::limits::Limits;
use crate::normalize::{Surroundings, Tokens, instant, normalize, top_level_token};
use crate::repair::repair;
use crate::request::CaptureRequest;
use crate::timestamp::parse_instant;
use crate::token::check_token;

/// The events of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureBatch {
    /// Token of the project that they are for; of the right form, not looked up.
    pub token: String,
    /// The good events, in the order sent; never empty.
    pub events: Vec<Event>,
    /// The others.
    pub rejected: Vec<RejectedEvent>,
    /// Whether the client declared them to be old events.
    pub historical_migration: bool,
}

/// An event that was refused while others of its request were taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedEvent {
    /// Its position in the request, from 0.
    pub index: usize,
    /// Why.
    pub reason: EventError,
}

/// Reads the events of a request whose body is `body`.
///
/// # Errors
/// Why nothing of the request is taken: it cannot be read, it is for no or several projects, or none of its events is good.
pub fn parse_capture(
    body: &[u8],
    request: &CaptureRequest<'_>,
    limits: &Limits,
    ids: &dyn IdSource,
) -> Result<CaptureBatch, CaptureError> {
    let decoded = decode(body, request, limits.request_bytes)?;
    let repaired;
    let envelope = match split(&decoded.json, limits.events) {
        Ok(envelope) => envelope,
        Err(error) => {
            repaired = repair(&decoded.json).ok_or_else(|| unparsable(&error))?;
            split(&repaired, limits.events).map_err(|error| unparsable(&error))?
        }
    };
    normalize_all(&envelope, &decoded, request, limits, ids)
}

fn normalize_all(
    envelope: &Envelope<'_>,
    decoded: &Decoded<'_>,
    request: &CaptureRequest<'_>,
    limits: &Limits,
    ids: &dyn IdSource,
) -> Result<CaptureBatch, CaptureError> {
    let outer = &envelope.outer;
    let historical_migration =
        outer.historical_migration.is_some_and(|value| matches!(value.get(), "true" | "\"true\"" | "1"));
    let surroundings = Surroundings {
        limits,
        ids,
        now: request.now,
        sent_at: outer.sent_at.and_then(instant).or_else(|| decoded.sent_at.as_deref().and_then(parse_instant)),
        historical_migration,
        default_event: request.default_event,
    };
    let mut tokens = Tokens::new(top_level_token(outer).map(Cow::into_owned));
    let mut events = Vec::new();
    let mut rejected = Vec::new();
    match &envelope.events {
        Events::Single => match normalize(outer, &surroundings, &mut tokens) {
            Ok(event) => events.push(event),
            Err(reason) => rejected.push(RejectedEvent { index: 0, reason }),
        },
        Events::Many(list) if list.len() > limits.events => {
            return Err(CaptureError::TooManyEvents { limit: limits.events });
        }
        Events::Many(list) => {
            events.reserve_exact(list.len());
            for (index, raw) in list.iter().enumerate() {
                let normalized = match raw {
                    Some(raw) => normalize(raw, &surroundings, &mut tokens),
                    None => Err(EventError::NotAnObject),
                };
                match normalized {
                    Ok(event) => events.push(event),
                    Err(reason) => rejected.push(RejectedEvent { index, reason }),
                }
            }
        }
    }
    if events.is_empty() && rejected.is_empty() {
        return Err(CaptureError::NoEvents);
    }
    if tokens.inconsistent {
        return Err(CaptureError::InconsistentTokens);
    }
    let token = tokens.into_token().or_else(|| decoded.token.clone()).ok_or(CaptureError::NoToken)?;
    check_token(&token).map_err(CaptureError::InvalidToken)?;
    match rejected.first() {
        Some(first) if events.is_empty() => Err(CaptureError::Event(first.reason.clone())),
        _ => Ok(CaptureBatch { token, events, rejected, historical_migration }),
    }
}

fn unparsable(error: &serde_json::Error) -> CaptureError {
    CaptureError::Unparsable { reason: error.to_string() }
}

#[cfg(test)]
mod tests;
