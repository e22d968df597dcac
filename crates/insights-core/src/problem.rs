//! The one error shape that leaves the server: `{"type", "code", "detail", "attr"}`.

use serde::Serialize;

/// Whose fault an error is and of which kind; decides the HTTP status and the `type` of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The request's content is wrong in a field: 400, `validation_error`.
    Validation,
    /// The request cannot be read or served as it stands: 400, `invalid_request`.
    InvalidRequest,
    /// No credentials or wrong ones: 401, `authentication_error`.
    Unauthenticated,
    /// Good credentials without the right: 403, `authentication_error`.
    PermissionDenied,
    /// No such thing, or another tenant's: 404, `invalid_request`.
    NotFound,
    /// The route exists, the method does not: 405, `invalid_request`.
    MethodNotAllowed,
    /// It was there, and will not be again: 410, `invalid_request`.
    Gone,
    /// The client speaks another version of a protocol: 412, `invalid_request`.
    PreconditionFailed,
    /// Bytes that are not there: 416, `invalid_request`.
    RangeNotSatisfiable,
    /// Bytes that are not those that they should be: 460, as the tus protocol has it, `invalid_request`.
    ChecksumMismatch,
    /// The present state does not allow it: 409, `server_error` (as PostHog answers it).
    Conflict,
    /// The body is larger than allowed: 413, `invalid_request`.
    TooLarge,
    /// Media type that the route does not take: 415, `invalid_request`.
    UnsupportedMediaType,
    /// Too many requests or too much running: 429, `throttled_error`.
    Throttled,
    /// Our fault, the details are in the log alone: 500, `server_error`.
    Internal,
    /// A thing that the server needs cannot be reached now: 503, `server_error`.
    Unavailable,
}

impl ProblemKind {
    /// The HTTP status that goes with the kind.
    pub fn status(self) -> u16 {
        match self {
            Self::Validation | Self::InvalidRequest => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::Gone => 410,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RangeNotSatisfiable => 416,
            Self::ChecksumMismatch => 460,
            Self::Throttled => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The `type` of the body.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Validation => "validation_error",
            Self::Unauthenticated | Self::PermissionDenied => "authentication_error",
            Self::Throttled => "throttled_error",
            Self::Conflict | Self::Internal | Self::Unavailable => "server_error",
            Self::InvalidRequest
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::Gone
            | Self::PreconditionFailed
            | Self::RangeNotSatisfiable
            | Self::ChecksumMismatch
            | Self::TooLarge
            | Self::UnsupportedMediaType => "invalid_request",
        }
    }
}

/// An error as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Problem {
    /// Decides status and `type`.
    pub kind: ProblemKind,
    /// Machine-readable code, such as `required` or `not_found`.
    pub code: &'static str,
    /// What is wrong and what would be right, for a person.
    pub detail: String,
    /// The field at fault, nested names joined by `__`; `None` where no field is.
    pub attr: Option<String>,
}

/// The body of a [`Problem`].
#[derive(Clone, Debug, Serialize)]
pub struct ProblemBody<'a> {
    /// See [`ProblemKind::type_name`].
    pub r#type: &'static str,
    /// See [`Problem::code`].
    pub code: &'static str,
    /// See [`Problem::detail`].
    pub detail: &'a str,
    /// See [`Problem::attr`].
    pub attr: Option<&'a str>,
}

impl Problem {
    /// A problem of any kind, tied to no field.
    pub fn new(kind: ProblemKind, code: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, code, detail: detail.into(), attr: None }
    }

    /// A 400 that names the field and says what would be right.
    pub fn invalid(attr: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind: ProblemKind::Validation, code: "invalid_input", detail: detail.into(), attr: Some(attr.into()) }
    }

    /// A 400 for a field that is missing.
    pub fn required(attr: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::Validation,
            code: "required",
            detail: "This field is required.".to_owned(),
            attr: Some(attr.into()),
        }
    }

    /// A 400 for a field that is null and may not be.
    pub fn null(attr: impl Into<String>) -> Self {
        Self { code: "null", ..Self::invalid(attr, "This field may not be null.") }
    }

    /// A 400 for a text that is empty and may not be.
    pub fn blank(attr: impl Into<String>) -> Self {
        Self { code: "blank", ..Self::invalid(attr, "This field may not be blank.") }
    }

    /// A 400 for a text of more than `max` characters.
    pub fn too_long(attr: impl Into<String>, max: usize) -> Self {
        let detail = format!("Ensure this field has no more than {max} characters.");
        Self { code: "max_length", ..Self::invalid(attr, detail) }
    }

    /// A 400 for a value outside a closed set.
    pub fn invalid_choice(attr: impl Into<String>, value: &str) -> Self {
        Self { code: "invalid_choice", ..Self::invalid(attr, format!("\"{value}\" is not a valid choice.")) }
    }

    /// A 401 with the reason why the credentials were refused.
    pub fn authentication_failed(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Unauthenticated, "authentication_failed", detail)
    }

    /// A 401 for a request without credentials.
    pub fn not_authenticated() -> Self {
        let detail = "Authentication credentials were not provided.";
        Self::new(ProblemKind::Unauthenticated, "not_authenticated", detail)
    }

    /// A 404 that says nothing of whether the thing exists elsewhere.
    pub fn not_found() -> Self {
        Self::new(ProblemKind::NotFound, "not_found", "Not found.")
    }

    /// A 403.
    pub fn permission_denied(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::PermissionDenied, "permission_denied", detail)
    }

    /// A 500 whose cause is for the log alone.
    pub fn internal() -> Self {
        Self::new(ProblemKind::Internal, "error", "A server error occurred.")
    }

    /// The serializable body.
    pub fn body(&self) -> ProblemBody<'_> {
        ProblemBody { r#type: self.kind.type_name(), code: self.code, detail: &self.detail, attr: self.attr.as_deref() }
    }
}
