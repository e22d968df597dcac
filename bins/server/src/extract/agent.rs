//! Who asks about sessions of coding agents, and what they are told where something is wrong.
//!
//! These routes have a protocol of their own: keys come by `Authorization: Bearer …` or `X-API-Key`, and errors are `{"code", "message"}`. A handler's first
//! parameter is [`AgentAccess`], and what it takes beside it stands in [`InFamily`].

use std::fmt;
use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use agent_sessions::model::{DeveloperId, SessionKey};
use futures::future::{FutureExt, LocalBoxFuture};
use insights_core::auth::Principal;
use insights_core::ids::OrganizationId;
use insights_core::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{authenticate_agent, require_scopes};
use super::scope::RequiredScopes;
use crate::error::ApiError;

/// What begins the paths of these routes.
const FAMILY: [&str; 5] = ["/v1/insights", "/v1/score_v3", "/v1/prompts", "/v1/transcripts", "/v1/plugin"];

/// Whether a path is of these routes, so that errors about it are of their form.
pub(crate) fn is_of_family(path: &str) -> bool {
    FAMILY.iter().any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Why a request failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentError)]
pub(crate) struct AgentErrorBody {
    /// The HTTP status.
    code: u16,
    /// What is wrong, and what would be right.
    message: String,
}

/// An error in the form of these routes.
#[derive(Debug)]
pub(crate) struct AgentError(ApiError);

impl AgentError {
    /// A 400 with that text.
    pub(crate) fn bad_request(attr: &str, message: impl Into<String>) -> Self {
        Problem::invalid(attr, message).into()
    }

    /// The form of these routes for any error.
    pub(crate) fn body(error: &ApiError) -> AgentErrorBody {
        let problem = error.problem();
        let message = match &problem.attr {
            Some(attr) => format!("{attr}: {}", problem.detail),
            None => problem.detail.clone(),
        };
        AgentErrorBody { code: problem.kind.status(), message }
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for AgentError {}

impl ResponseError for AgentError {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let body = serde_json::to_string(&Self::body(&self.0)).expect("a number and a text can be written as JSON");
        let mut response = self.0.error_response().set_body(BoxBody::new(body));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

impl<E> From<E> for AgentError
where
    ApiError: From<E>,
{
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// A key with the scopes `S` that is not limited to projects: of whom, and of which organization.
#[derive(Debug)]
pub(crate) struct AgentAccess<S> {
    /// The first organization in the key's reach.
    pub(crate) organization: OrganizationId,
    /// Whose key it is.
    pub(crate) developer: DeveloperId,
    scopes: PhantomData<S>,
}

impl<S> AgentAccess<S> {
    /// The developer's session of that id.
    pub(crate) fn session(&self, session_id: String) -> SessionKey {
        SessionKey { organization: self.organization, developer: self.developer, session_id }
    }
}

/// The developer that a user is.
pub(crate) fn developer(principal: &Principal) -> DeveloperId {
    DeveloperId(principal.user.profile.uuid)
}

impl<S: RequiredScopes> FromRequest for AgentAccess<S> {
    type Error = AgentError;
    type Future = LocalBoxFuture<'static, Result<Self, AgentError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let access = authenticate_agent(request, |principal| {
            require_scopes::<S>(&principal)?;
            principal.require_all_projects()?;
            let organization = principal.organizations().first().copied();
            let organization =
                organization.ok_or_else(|| Problem::permission_denied("API key reaches no organization."))?;
            Ok(Self { organization, developer: developer(&principal), scopes: PhantomData })
        });
        async { access.await.map_err(AgentError) }.boxed_local()
    }
}

/// What another extractor gives, with errors in the form of these routes.
#[derive(Debug)]
pub(crate) struct InFamily<T>(pub(crate) T);

impl<T: FromRequest<Error = ApiError> + 'static> FromRequest for InFamily<T> {
    type Error = AgentError;
    type Future = LocalBoxFuture<'static, Result<Self, AgentError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let inner = T::from_request(request, payload);
        async { inner.await.map(Self).map_err(AgentError) }.boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_of_the_family_by_whole_parts() {
        assert!(is_of_family("/v1/insights/sessions/stats") && is_of_family("/v1/prompts"));
        assert!(!is_of_family("/v1/logs") && !is_of_family("/v1/promptsx") && !is_of_family("/api/users"));
    }
}
