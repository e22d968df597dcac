//! What OpenTelemetry's clients send over HTTP: logs and metrics, as protobuf, JSON or lines of JSON.
//!
//! [`log_request::read_logs`] and [`metric_request::read_metrics`] read bodies, [`answer`] makes the bodies that clients understand in return.
//! A record is read apart from the others, so that a bad one is refused alone.

pub mod answer;
pub mod claude_code;
pub mod error;
pub mod limits;
pub mod log_request;
pub mod metric_request;
pub mod request;

mod attempts;
mod json;
mod protobuf;
mod severity;
mod source;
mod texts;
mod values;
