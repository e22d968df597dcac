//! The project's insights and dashboards in folders.

use actix_web::{HttpRequest, HttpResponse, get, web};
use insights_core::error::ServiceError;
use insights_core::file_system::service::EntryFilter;
use insights_core::file_system::{Entry, FileKind, join_path};
use insights_core::ids::ProjectId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::routes;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::query::QueryParams;
use crate::extract::scope::FileSystemRead;
use crate::paging::{Envelope, PageParams};
use crate::wire::{Timestamp, UserBasic};

/// Which entries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileSystemParams {
    /// Path of a folder: what is in it, at any depth.
    parent: Option<String>,
    /// How many names the path has.
    depth: Option<usize>,
    /// `insight`, `dashboard` or `folder`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    kind: Option<String>,
    /// Short id of an insight or number of a dashboard.
    #[serde(rename = "ref")]
    #[param(rename = "ref")]
    reference: Option<String>,
    /// Part of the path, in any case.
    search: Option<String>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

/// An insight, a dashboard or a folder at its place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileSystemEntry)]
struct EntryResponse {
    /// Stays the same as long as the thing is there; a folder's follows from its path.
    id: Uuid,
    /// Names separated by `/`; a `/` of a name itself is written `\/`.
    path: String,
    depth: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Short id of an insight, number of a dashboard.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// Address in the API, below the project's.
    href: Option<String>,
    #[schema(value_type = Object)]
    meta: Map<String, Value>,
    shortcut: bool,
    created_at: Timestamp,
    created_by: Option<UserBasic>,
}

/// Lists folders and what was made in them, by path.
#[utoipa::path(tag = "File system", params(FileSystemParams), security(("key" = ["file_system:read"])), responses((status = 200, body = Envelope<EntryResponse>)))]
#[get("/api/environments/{environment_id}/file_system")]
async fn list_file_system(
    access: ProjectAccess<FileSystemRead>,
    params: QueryParams<FileSystemParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let FileSystemParams { parent, depth, kind, reference, search, limit, offset } = params.0;
    let page = PageParams { limit, offset }.page();
    let filter = EntryFilter { parent, depth, kind, reference, search };
    let project = access.project.id;
    let entries = blocking(move || {
        let entries = state.file_system.list(project, &filter, page)?;
        let people = entries.items.iter().map(|entry| entry.created_by);
        let authors = Authors::load(&*state.storage.repositories.users, people)?;
        Ok::<_, ServiceError>(entries.map(|entry| EntryResponse::new(project, entry, &authors)))
    });
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, entries.await?)))
}

impl EntryResponse {
    fn new(project: ProjectId, entry: Entry, authors: &Authors) -> Self {
        let path = join_path(&entry.path);
        let kind = entry.kind.name();
        let identity = format!("{project} {kind} {}", entry.reference.as_deref().unwrap_or(&path));
        let href = entry.reference.as_ref().map(|reference| match entry.kind {
            FileKind::Dashboard => format!("/dashboards/{reference}/"),
            FileKind::Insight | FileKind::Folder => format!("/insights/{reference}/"),
        });
        Self {
            id: Uuid::new_v5(&Uuid::NAMESPACE_URL, identity.as_bytes()),
            depth: entry.path.len(),
            path,
            kind,
            reference: entry.reference,
            href,
            meta: Map::new(),
            shortcut: false,
            created_at: Timestamp(entry.created_at),
            created_by: authors.get(entry.created_by),
        }
    }
}

routes![list_file_system];
