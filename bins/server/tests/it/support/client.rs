//! A small HTTP client whose failures show what the server said.

use reqwest::Method;
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use super::redact::redact;

/// Asks one server, with one key or none.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::blocking::Client,
    base: String,
    key: Option<String>,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// For messages: the method and the path.
    asked: String,
    base: String,
    /// HTTP status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// A client of the server at `base` that sends `key`.
    pub(crate) fn new(base: &str, key: Option<&str>) -> Self {
        let http = reqwest::blocking::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_preconfigured(clients::tls::config());
        let http = http.build().unwrap();
        Self { http, base: base.to_owned(), key: key.map(str::to_owned) }
    }

    /// A client of the same server that sends `key`.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// The key that it sends.
    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// A request to `path`, which may have a query string, to be added to.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Sends a request made by [`Self::request`].
    #[track_caller]
    pub(crate) fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let asked = format!("{} {}", request.method(), request.url().path());
        let response: Response = self.http.execute(request).unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A stream has no end.
        let is_stream = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = if is_stream { Vec::new() } else { response.bytes().unwrap().to_vec() };
        Answer { asked, base: self.base.clone(), status, headers, body }
    }

    /// `GET`.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path))
    }

    /// `GET` with parameters.
    #[track_caller]
    pub(crate) fn get_with<V: AsRef<str>>(&self, path: &str, parameters: &[(&str, V)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.get(&format!("{path}?{query}"))
    }

    /// `POST` of JSON.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body))
    }

    /// `PATCH` of JSON.
    #[track_caller]
    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body))
    }

    /// `DELETE`.
    #[track_caller]
    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path))
    }
}

impl Answer {
    /// Fails the test unless the status is `status`.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered {}: {}", self.asked, self.status, self.text());
        self
    }

    /// Fails the test unless it is the error of that status, `code` and `detail`, in the one shape of errors.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, code: &str, detail: &str) {
        let body = self.expect(status).json();
        assert_eq!((body["code"].as_str(), body["detail"].as_str()), (Some(code), Some(detail)), "{body}");
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["attr", "code", "detail", "type"]);
    }

    /// Fails the test unless it is the error of that status and `message`, in the form that routes about coding agents have.
    #[track_caller]
    pub(crate) fn expect_agent_error(self, status: u16, message: &str) {
        let body = self.expect(status).json();
        assert_eq!(body, serde_json::json!({"code": status, "message": message}));
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} answered no JSON ({error}): {}", self.asked, self.text()))
    }

    /// The body as JSON for a snapshot: what differs from run to run is checked for its form and replaced by the name of it.
    #[track_caller]
    pub(crate) fn redacted(&self) -> Value {
        redact(self.json(), &self.base)
    }

    /// A header's text; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
