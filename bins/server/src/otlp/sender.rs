//! Who sends: a project, by its public token, or a user, by a key.

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, ResponseError, web};
use insights_core::api_key::KeyKind;
use insights_core::ids::ProjectId;

use super::refusal::Refusal;
use crate::app::AppState;
use crate::extract::auth::{ProjectAccess, access_by_key};
use crate::extract::query::parameter;
use crate::extract::scope::LogsWrite;

/// Where clients of other makers put their key.
const API_KEY: &str = "x-api-key";
/// Where the token may stand in the address.
const TOKEN_PARAMETER: &str = "token";

/// Who sends.
#[derive(Debug)]
pub(super) enum Sender {
    /// Whoever has the public token of a project.
    Token(ProjectId),
    /// A key that stands for a user, and the project that it reaches first.
    Key(Box<ProjectAccess<LogsWrite>>),
}

impl Sender {
    /// Where logs go.
    pub(super) fn project(&self) -> ProjectId {
        match self {
            Self::Token(project) => *project,
            Self::Key(access) => access.project.id,
        }
    }
}

/// Looks at the `Authorization` header, the `x-api-key` header and `?token=`, in this order. Keys count in headers alone: addresses are kept
/// in many places.
pub(super) async fn find(request: &HttpRequest, state: &web::Data<AppState>) -> Result<Sender, Refusal> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let presented = text(AUTHORIZATION.as_str()).map(bearer).or_else(|| text(API_KEY)).filter(|text| !text.is_empty());
    let is_token = |text: &str| !KeyKind::ALL.iter().any(|kind| text.starts_with(kind.prefix()));
    match presented {
        Some(token) if is_token(token) => match state.project_tokens.find(token).await? {
            Some(project) => Ok(Sender::Token(project)),
            // The first key of a server may have been chosen to look like anything.
            None => by_key(token, state).await,
        },
        Some(key) => by_key(key, state).await,
        None => {
            let token = parameter(request, TOKEN_PARAMETER).filter(|token| !token.is_empty());
            let token = token.ok_or(Refusal::NoToken)?;
            let project = if is_token(&token) { state.project_tokens.find(&token).await? } else { None };
            project.map(Sender::Token).ok_or(Refusal::InvalidToken)
        }
    }
}

async fn by_key(key: &str, state: &web::Data<AppState>) -> Result<Sender, Refusal> {
    match access_by_key(state.clone(), key.to_owned()).await {
        Ok(access) => Ok(Sender::Key(Box::new(access))),
        Err(error) if error.status_code() == StatusCode::UNAUTHORIZED => Err(Refusal::InvalidToken),
        Err(error) => Err(error.into()),
    }
}

/// The value of an `Authorization` header, with or without the word before it.
fn bearer(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        _ => value,
    }
}
