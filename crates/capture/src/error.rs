//! Why a request or one of its events is refused. The texts are what clients see.

use insights_core::problem::ProblemKind;

use crate::token::TokenProblem;

/// Why a whole request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// The body is in no encoding that is understood, or breaks the rules of the one it claims.
    #[error("request cannot be decoded: {reason}")]
    Undecodable {
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The body is no JSON, or JSON of another shape than an event, a list of events or a batch.
    #[error("request cannot be parsed: {reason}")]
    Unparsable {
        /// What is wrong, and where.
        reason: String,
    },
    /// More bytes than [`crate::limits::Limits::request_bytes`], as sent or decompressed.
    #[error("request is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is taken.
        limit_bytes: usize,
    },
    /// More events than [`crate::limits::Limits::events`].
    #[error("request holds more than {limit} events")]
    TooManyEvents {
        /// The most that is taken.
        limit: usize,
    },
    /// Nothing was sent.
    #[error("request holds no event")]
    NoEvents,
    /// No project token at any of its places.
    #[error("event submitted without an api_key")]
    NoToken,
    /// Events of several projects in one request.
    #[error("batch submitted with inconsistent api_key values")]
    InconsistentTokens,
    /// The token cannot be any project's.
    #[error("API key is not valid: {0}")]
    InvalidToken(TokenProblem),
    /// Every event of the request is bad; this is the first one's reason.
    #[error(transparent)]
    Event(#[from] EventError),
}

impl CaptureError {
    /// Decides the HTTP status.
    pub fn kind(&self) -> ProblemKind {
        match self {
            Self::TooLarge { .. } | Self::TooManyEvents { .. } | Self::Event(EventError::TooLarge { .. }) => {
                ProblemKind::TooLarge
            }
            Self::NoToken | Self::InconsistentTokens | Self::InvalidToken(_) => ProblemKind::Unauthenticated,
            Self::Undecodable { .. } | Self::Unparsable { .. } | Self::NoEvents | Self::Event(_) => {
                ProblemKind::InvalidRequest
            }
        }
    }
}

/// Why one event is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Something else than an object stands where an event should.
    #[error("event must be a JSON object")]
    NotAnObject,
    /// Something else than JSON stands where an event should; only a list of events as text can have that.
    #[error("event is no JSON: {reason}")]
    NotJson {
        /// What is wrong, and where.
        reason: String,
    },
    /// `event` is missing, empty or no text.
    #[error("event submitted with an empty event name")]
    EmptyName,
    /// `event` is too long.
    #[error("event name is longer than {limit_chars} characters")]
    NameTooLong {
        /// The most that is taken.
        limit_chars: usize,
    },
    /// No distinct id at any of its places.
    #[error("event submitted without a distinct_id")]
    NoDistinctId,
    /// `properties` are no object.
    #[error("event properties must be a JSON object")]
    PropertiesNotAnObject,
    /// `properties` hold a value that no JSON parser would give back.
    #[error("event properties cannot be parsed: {reason}")]
    UnparsableProperties {
        /// What is wrong, and where.
        reason: String,
    },
    /// `properties` nest too deeply.
    #[error("event properties nest deeper than {limit} levels")]
    TooDeep {
        /// The most that is taken.
        limit: usize,
    },
    /// More bytes than [`crate::limits::Limits::event_bytes`].
    #[error("event is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is taken.
        limit_bytes: usize,
    },
    /// No `timestamp` in a file, where the present would be a wrong guess, and another one each time the file is read.
    #[error("event has no timestamp")]
    NoTimestamp,
    /// `uuid` is none.
    #[error("event uuid {text:?} is not a UUID")]
    BadUuid {
        /// What was sent, cut to its beginning.
        text: String,
    },
    /// `timestamp` cannot be read, in a file or a historical migration, where the present would be a wrong guess.
    #[error("event timestamp {text:?} cannot be read; use ISO 8601, such as 2026-01-31T23:59:59Z")]
    BadTimestamp {
        /// What was sent, cut to its beginning.
        text: String,
    },
}
