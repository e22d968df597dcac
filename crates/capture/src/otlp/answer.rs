//! What clients are told: in the encoding of their request, in the messages that OpenTelemetry's clients understand.

use prost::encoding::{WireType, encode_key, encode_varint, int32, int64, string};
use serde_json::json;

use super::error::Rejected;

/// How an answer is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Protobuf.
    Protobuf,
    /// JSON.
    Json,
}

/// What a request brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Log records.
    Logs,
    /// Data points of metrics.
    Metrics,
}

/// Why a request failed, by the codes of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCode {
    /// The request is wrong.
    InvalidArgument,
    /// Nothing is at that address.
    NotFound,
    /// The key may not do that.
    PermissionDenied,
    /// Too much at once.
    ResourceExhausted,
    /// The server's fault.
    Internal,
    /// Later it may be possible.
    Unavailable,
    /// No key, or a wrong one.
    Unauthenticated,
}

impl FailureCode {
    /// The code for a request that was answered with this HTTP status.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 | 405 => Self::NotFound,
            413 | 429 => Self::ResourceExhausted,
            400..=499 => Self::InvalidArgument,
            502..=504 => Self::Unavailable,
            _ => Self::Internal,
        }
    }

    /// Its number.
    pub fn number(self) -> i32 {
        match self {
            Self::InvalidArgument => 3,
            Self::NotFound => 5,
            Self::PermissionDenied => 7,
            Self::ResourceExhausted => 8,
            Self::Internal => 13,
            Self::Unavailable => 14,
            Self::Unauthenticated => 16,
        }
    }
}

impl Encoding {
    /// The content type of answers.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    /// The body that says that a request was taken, apart from what of it was refused.
    pub fn success(self, signal: Signal, rejected: &Rejected) -> Vec<u8> {
        let (what, key) = match signal {
            Signal::Logs => ("log records were", "rejectedLogRecords"),
            Signal::Metrics => ("data points were", "rejectedDataPoints"),
        };
        let Some(message) = rejected.message(what) else {
            return match self {
                Self::Protobuf => Vec::new(),
                Self::Json => b"{}".to_vec(),
            };
        };
        let count = i64::try_from(rejected.count()).unwrap_or(i64::MAX);
        match self {
            Self::Protobuf => {
                let mut partial = Vec::new();
                int64::encode(1, &count, &mut partial);
                string::encode(2, &message, &mut partial);
                let mut body = Vec::with_capacity(partial.len() + 4);
                encode_key(1, WireType::LengthDelimited, &mut body);
                encode_varint(partial.len() as u64, &mut body);
                body.extend(partial);
                body
            }
            // A number of 64 bits is a text in this form of JSON.
            Self::Json => {
                json!({"partialSuccess": {key: count.to_string(), "errorMessage": message}}).to_string().into_bytes()
            }
        }
    }

    /// The body that says why a request failed: a `google.rpc.Status`. In JSON the message is beside it as `error`, where older clients look for it.
    pub fn failure(self, code: FailureCode, message: &str) -> Vec<u8> {
        match self {
            Self::Protobuf => {
                let mut body = Vec::new();
                int32::encode(1, &code.number(), &mut body);
                string::encode(2, &message.to_owned(), &mut body);
                body
            }
            Self::Json => json!({"code": code.number(), "message": message, "error": message}).to_string().into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::error::RecordError;

    #[test]
    fn success_is_empty_where_nothing_was_refused() {
        assert_eq!(Encoding::Protobuf.success(Signal::Logs, &Rejected::default()), b"");
        assert_eq!(Encoding::Json.success(Signal::Metrics, &Rejected::default()), b"{}");
    }

    #[test]
    fn what_was_refused_is_told_in_the_encoding_of_the_request() {
        let mut rejected = Rejected::default();
        rejected.add(3, RecordError::NotFinite);
        rejected.add(5, RecordError::NotFinite);
        let json = Encoding::Json.success(Signal::Logs, &rejected);
        insta::assert_snapshot!(String::from_utf8(json).unwrap(), @r#"{"partialSuccess":{"errorMessage":"2 log records were refused, the first of them at position 3: its value is no finite number","rejectedLogRecords":"2"}}"#);
        let protobuf = Encoding::Protobuf.success(Signal::Metrics, &rejected);
        let message = b"2 data points were refused, the first of them at position 3: its value is no finite number";
        let length = u8::try_from(message.len()).unwrap();
        let expected = [&[0x0a, length + 4, 0x08, 2, 0x12, length][..], message].concat();
        assert_eq!(protobuf, expected);
    }

    #[test]
    fn failures_are_statuses() {
        let json = Encoding::Json.failure(FailureCode::of_status(401), "No token provided");
        insta::assert_snapshot!(String::from_utf8(json).unwrap(), @r#"{"code":16,"error":"No token provided","message":"No token provided"}"#);
        assert_eq!(Encoding::Protobuf.failure(FailureCode::of_status(503), "no"), [0x08, 14, 0x12, 2, b'n', b'o']);
        for (status, number) in [(400, 3), (403, 7), (404, 5), (413, 8), (415, 3), (429, 8), (500, 13), (502, 14)] {
            assert_eq!(FailureCode::of_status(status).number(), number, "{status}");
        }
    }
}
