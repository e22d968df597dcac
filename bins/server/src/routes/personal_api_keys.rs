//! Personal API keys: the caller's own.
//!
//! A key manages those of its user's keys that may do no more than it may itself.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use chrono::{DateTime, Utc};
use insights_core::api_key::service::{ApiKeyPatch, IssuedKey, NewApiKey};
use insights_core::api_key::{ApiKey, KeyKind};
use insights_core::ids::{ApiKeyId, OrganizationId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::{Authenticated, Authorized};
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::scope::{UserRead, UserWrite};
use crate::wire::Timestamp;

/// A key. Its secret is shown where it is made or rolled, and never again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalApiKey)]
pub(crate) struct KeyResponse {
    id: String,
    label: String,
    /// The secret, in the answers that make or roll it; null in all others.
    value: Option<String>,
    mask_value: String,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    last_rolled_at: Option<Timestamp>,
    /// From when on the key is refused.
    expires_at: Option<Timestamp>,
    user_id: i64,
    scopes: Vec<String>,
    /// The only projects that the key may touch; empty for all.
    scoped_teams: Vec<i64>,
    /// The only organizations that the key may touch; empty for all.
    scoped_organizations: Vec<Uuid>,
}

impl From<ApiKey> for KeyResponse {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.0,
            label: key.label,
            value: None,
            mask_value: key.mask_value,
            created_at: Timestamp(key.created_at),
            last_used_at: key.last_used_at.map(Timestamp),
            last_rolled_at: key.last_rolled_at.map(Timestamp),
            expires_at: key.expires_at.map(Timestamp),
            user_id: key.user.0,
            scopes: key.scopes.to_texts(),
            scoped_teams: key.scoped_projects.iter().map(|id| id.0).collect(),
            scoped_organizations: key.scoped_organizations.iter().map(|id| id.0).collect(),
        }
    }
}

impl From<IssuedKey> for KeyResponse {
    fn from(issued: IssuedKey) -> Self {
        Self { value: Some(issued.secret.reveal().to_owned()), ..Self::from(issued.key) }
    }
}

/// A key to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreatePersonalApiKey)]
pub(crate) struct CreateKeyRequest {
    /// Name for people, at most 40 characters.
    label: String,
    /// Such as `insight:read`; `*` for everything that the caller's key may do.
    scopes: Vec<String>,
    scoped_teams: Option<Vec<i64>>,
    scoped_organizations: Option<Vec<Uuid>>,
    expires_at: Option<DateTime<Utc>>,
    /// What it is for: `personal`, the default, or `agent`, whose secret begins with `gck_`.
    #[serde(default)]
    kind: RequestedKind,
}

/// Kinds of keys that their users make.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RequestedKind {
    /// A person's own.
    #[default]
    Personal,
    /// An automated agent's.
    Agent,
}

impl From<RequestedKind> for KeyKind {
    fn from(kind: RequestedKind) -> Self {
        match kind {
            RequestedKind::Personal => Self::Personal,
            RequestedKind::Agent => Self::Agent,
        }
    }
}

/// What to change of a key. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchPersonalApiKey)]
pub(crate) struct PatchKeyRequest {
    /// Name for people, at most 40 characters.
    label: Option<String>,
    scopes: Option<Vec<String>>,
    scoped_teams: Option<Vec<i64>>,
    scoped_organizations: Option<Vec<Uuid>>,
}

/// Lists the caller's keys, the newest first.
#[utoipa::path(tag = "Personal API keys", security(("key" = ["user:read"])), responses((status = 200, body = Vec<KeyResponse>)))]
#[get("/api/personal_api_keys")]
async fn list_keys(access: Authorized<UserRead>, state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let keys = blocking(move || state.api_keys.list(access.principal.user.id)).await?;
    Ok(HttpResponse::Ok().json(keys.into_iter().map(KeyResponse::from).collect::<Vec<_>>()))
}

/// Makes a key and shows its secret.
#[utoipa::path(tag = "Personal API keys", request_body = CreateKeyRequest, security(("key" = ["user:write"])), responses((status = 201, body = KeyResponse)))]
#[post("/api/personal_api_keys")]
async fn create_key(
    access: Authorized<UserWrite>,
    body: JsonBody<CreateKeyRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let CreateKeyRequest { label, scopes, scoped_teams, scoped_organizations, expires_at, kind } = body.0;
    let new = NewApiKey {
        kind: kind.into(),
        label,
        scopes,
        scoped_projects: projects(scoped_teams.unwrap_or_default()),
        scoped_organizations: organizations(scoped_organizations.unwrap_or_default()),
        expires_at,
    };
    let issued = blocking(move || state.api_keys.create_own(&access.principal, &new)).await?;
    Ok(HttpResponse::Created().json(KeyResponse::from(issued)))
}

/// Gives the key that the request is made with, whatever its scopes.
#[utoipa::path(tag = "Personal API keys", security(("key" = [])), responses((status = 200, body = KeyResponse)))]
#[get("/api/personal_api_keys/@current")]
async fn retrieve_current_key(access: Authenticated) -> HttpResponse {
    HttpResponse::Ok().json(KeyResponse::from(access.principal.key))
}

/// Gives one of the caller's keys.
#[utoipa::path(tag = "Personal API keys", security(("key" = ["user:read"])), responses((status = 200, body = KeyResponse)))]
#[get("/api/personal_api_keys/{id}")]
async fn retrieve_key(
    access: Authorized<UserRead>,
    path: PathParams<ApiKeyId>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let key = blocking(move || state.api_keys.require(access.principal.user.id, &path.0)).await?;
    Ok(HttpResponse::Ok().json(KeyResponse::from(key)))
}

/// Changes one of the caller's keys.
#[utoipa::path(tag = "Personal API keys", request_body = PatchKeyRequest, security(("key" = ["user:write"])), responses((status = 200, body = KeyResponse)))]
#[patch("/api/personal_api_keys/{id}")]
async fn update_key(
    access: Authorized<UserWrite>,
    path: PathParams<ApiKeyId>,
    body: JsonBody<PatchKeyRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let PatchKeyRequest { label, scopes, scoped_teams, scoped_organizations } = body.0;
    let patch = ApiKeyPatch {
        label,
        scopes,
        scoped_projects: scoped_teams.map(projects),
        scoped_organizations: scoped_organizations.map(organizations),
    };
    let key = blocking(move || state.api_keys.update_own(&access.principal, &path.0, &patch)).await?;
    Ok(HttpResponse::Ok().json(KeyResponse::from(key)))
}

/// Removes one of the caller's keys: it is refused from then on.
#[utoipa::path(tag = "Personal API keys", security(("key" = ["user:write"])), responses((status = 204, description = "Removed")))]
#[delete("/api/personal_api_keys/{id}")]
async fn delete_key(
    access: Authorized<UserWrite>,
    path: PathParams<ApiKeyId>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    blocking(move || state.api_keys.delete_own(&access.principal, &path.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Replaces the secret of one of the caller's keys, and shows the new one.
#[utoipa::path(tag = "Personal API keys", security(("key" = ["user:write"])), responses((status = 200, body = KeyResponse)))]
#[post("/api/personal_api_keys/{id}/roll")]
async fn roll_key(
    access: Authorized<UserWrite>,
    path: PathParams<ApiKeyId>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let issued = blocking(move || state.api_keys.roll_own(&access.principal, &path.0)).await?;
    Ok(HttpResponse::Ok().json(KeyResponse::from(issued)))
}

fn projects(ids: Vec<i64>) -> Vec<ProjectId> {
    ids.into_iter().map(ProjectId).collect()
}

fn organizations(ids: Vec<Uuid>) -> Vec<OrganizationId> {
    ids.into_iter().map(OrganizationId).collect()
}

routes![list_keys, create_key, retrieve_current_key, retrieve_key, update_key, delete_key, roll_key];
