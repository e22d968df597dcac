//! JSON bodies.

use std::future::Future;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use insights_core::problem::{Problem, ProblemKind};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use crate::app::AppState;
use crate::error::ApiError;
use crate::extract::fields::field_problem;
use crate::extract::order::{Extracted, afterwards};

/// The body, parsed as JSON into `T`. An empty body counts as `{}`.
///
/// Refuses with 415 what says that it is not JSON, 413 what is too large, 400 `parse_error` what is no JSON, and 400 with the name of the
/// field what does not fit `T`.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for JsonBody<T> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !is_json(request) {
            let problem = unsupported_media_type(request.content_type());
            return afterwards(request, async move { Err(problem.into()) });
        }
        let body = read_body(request, payload);
        afterwards(request, async move { Ok(Self(parse(&body.await?)?)) })
    }
}

/// Whether the body is, or may be, JSON by its content type.
pub(crate) fn is_json(request: &HttpRequest) -> bool {
    if !request.headers().contains_key(CONTENT_TYPE) {
        return true;
    }
    let content_type = request.content_type();
    content_type.eq_ignore_ascii_case("application/json") || content_type.ends_with("+json")
}

/// The whole body, decompressed, up to the limit for the private API.
pub(crate) fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<web::Bytes, ApiError>> + use<> {
    let limit = request.app_data::<web::Data<AppState>>().map_or(0, |state| state.limits.body_bytes);
    let body = web::Bytes::from_request(request, payload);
    async move { body.await.map_err(|error| body_error(&error, limit)) }
}

/// Parses `body`, which is to hold an object.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    if !body.trim_ascii_start().starts_with(b"{") {
        // Serde would take a list as the fields of a struct in their order.
        serde_json::from_slice::<IgnoredAny>(body).map_err(|error| parse_error(&error))?;
        let detail = "The request body should be a JSON object.";
        return Err(Problem::new(ProblemKind::Validation, "invalid_input", detail));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| match error.inner().classify() {
            serde_json::error::Category::Data => field_problem(error.path(), &error.inner().to_string()),
            _ => parse_error(error.inner()),
        })?;
    deserializer.end().map_err(|error| parse_error(&error))?;
    Ok(value)
}

/// For a field of a PATCH that may be absent, `null` or a value: with `#[serde(default, deserialize_with = "present")]` the three are
/// `None`, `Some(None)` and `Some(Some(_))`, where the field's type is an `Option` of an `Option`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn parse_error(error: &serde_json::Error) -> Problem {
    Problem::new(ProblemKind::InvalidRequest, "parse_error", format!("JSON parse error - {error}"))
}

/// The refusal of a body that is, by its content type, none that the route reads.
pub(crate) fn unsupported_media_type(content_type: &str) -> Problem {
    let detail = format!("Unsupported media type \"{content_type}\" in request.");
    Problem::new(ProblemKind::UnsupportedMediaType, "unsupported_media_type", detail)
}

fn body_error(error: &actix_web::Error, limit_bytes: usize) -> ApiError {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => ApiError::too_large(limit_bytes),
        _ => Problem::new(ProblemKind::InvalidRequest, "parse_error", "The request body could not be read.").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        name: String,
        inner: Option<Vec<Inner>>,
        #[serde(default, deserialize_with = "present")]
        color: Option<Option<String>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        count: i64,
    }

    #[track_caller]
    fn check(body: &str, attr: Option<&str>, code: &str, detail: &str) {
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        assert_eq!((problem.attr.as_deref(), problem.code, problem.detail.as_str()), (attr, code, detail), "{body}");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_path() {
        let required = "This field is required.";
        check("{}", Some("name"), "required", required);
        check("", Some("name"), "required", required);
        check(r#"{"name": null}"#, Some("name"), "null", "This field may not be null.");
        check(r#"{"name": "x", "inner": [{}]}"#, Some("inner__0__count"), "required", required);
        let detail = "Invalid type: string \"y\", expected i64.";
        check(
            r#"{"name": "x", "inner": [{"count": 1}, {"count": "y"}]}"#,
            Some("inner__1__count"),
            "invalid_input",
            detail,
        );
        check(r#"["x"]"#, None, "invalid_input", "The request body should be a JSON object.");
        check(r#"["x""#, None, "parse_error", "JSON parse error - EOF while parsing a list at line 1 column 4");
        check(r#"{"name" 1}"#, None, "parse_error", "JSON parse error - expected `:` at line 1 column 9");
    }

    #[test]
    fn absent_and_null_and_a_value_are_three_things() {
        let color = |body: &str| parse::<Outer>(body.as_bytes()).unwrap().color;
        assert_eq!(color(r#"{"name": "x"}"#), None);
        assert_eq!(color(r#"{"name": "x", "color": null}"#), Some(None));
        assert_eq!(color(r#"{"name": "x", "color": "red"}"#), Some(Some("red".to_owned())));
    }
}
