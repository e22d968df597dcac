//! What surrounds the body of a capture request.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

/// A capture request apart from its body.
#[derive(Clone, Copy, Debug)]
pub struct CaptureRequest<'a> {
    /// The `Content-Type` header. JSON is recognised whatever it says; it only tells a form from base64.
    pub content_type: Option<&'a str>,
    /// The `Content-Encoding` header.
    pub content_encoding: Option<&'a str>,
    /// The query string, still encoded: `compression`, `_` (the client's clock in milliseconds), `data` (the body of a GET)
    /// and a token as `token` or `api_key`.
    pub query: &'a str,
    /// The name of events that have none, on the one route (`/engage`) whose events never do.
    pub default_event: Option<&'a str>,
    /// When the request arrived.
    pub now: DateTime<Utc>,
}

impl<'a> CaptureRequest<'a> {
    /// A request of which only the body and its time of arrival matter.
    pub fn plain(now: DateTime<Utc>) -> Self {
        Self { content_type: None, content_encoding: None, query: "", default_event: None, now }
    }
}

/// The parameters of the query string, or of a form, that say something about the events.
#[derive(Debug, Default)]
pub(crate) struct Parameters<'a> {
    pub(crate) compression: Option<Cow<'a, str>>,
    pub(crate) data: Option<Cow<'a, str>>,
    pub(crate) sent_at: Option<Cow<'a, str>>,
    pub(crate) token: Option<Cow<'a, str>>,
}

impl<'a> Parameters<'a> {
    /// Reads `encoded` as `application/x-www-form-urlencoded`; the last of several equal names wins.
    pub(crate) fn parse(encoded: &'a [u8]) -> Self {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            match name.as_ref() {
                "compression" => parameters.compression = Some(value),
                "data" => parameters.data = Some(value),
                "_" | "sent_at" => parameters.sent_at = Some(value),
                "token" | "api_key" => parameters.token = Some(value),
                _ => {}
            }
        }
        parameters
    }
}
