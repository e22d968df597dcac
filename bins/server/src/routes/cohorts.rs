//! Cohorts: groups of persons under one name.

mod upload;
mod wire;

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, put, web};
use cohorts::model::{Cohort, CohortId};
use cohorts::repository::CohortFilter;
use cohorts::service::{CohortPatch, NewCohort};
use insights_core::error::ServiceError;
use insights_core::ids::UserId;
use insights_core::paging::Paged;
use insights_core::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use self::wire::{CohortPerson, CohortResponse, CreateCohortRequest, PatchCohortRequest, PersonsRequest};
use super::routes;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::cohort_people;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::form::JsonOrForm;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{CohortRead, CohortWrite};
use crate::paging::{Envelope, PageParams};

/// Which cohorts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CohortListParams {
    /// Part of the name or the description, in any case.
    search: Option<String>,
    /// `static` for those that list their persons, `dynamic` for the others.
    #[serde(rename = "type")]
    kind: Option<CohortKind>,
    /// Number of the user who made them.
    created_by_id: Option<i64>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

/// How it is known who is in a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum CohortKind {
    Static,
    Dynamic,
}

/// The cohort of a path.
#[derive(Debug, Deserialize)]
struct CohortPath {
    id: i64,
}

/// Lists the project's cohorts, the newest first.
#[utoipa::path(tag = "Cohorts", params(CohortListParams), security(("key" = ["cohort:read"])), responses((status = 200, body = Envelope<CohortResponse>)))]
#[get("/api/environments/{environment_id}/cohorts")]
async fn list_cohorts(
    access: ProjectAccess<CohortRead>,
    query: QueryParams<CohortListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let CohortListParams { search, kind, created_by_id, limit, offset } = query.0;
    let page = PageParams { limit, offset }.page();
    let is_static = kind.map(|kind| kind == CohortKind::Static);
    let filter = CohortFilter { search, is_static, created_by: created_by_id.map(UserId) };
    let cohorts = blocking(move || {
        let cohorts = state.cohorts.list(access.project.id, &filter, page)?;
        let authors = authors(&state, &cohorts.items)?;
        Ok::<_, ServiceError>(cohorts.map(|cohort| CohortResponse::new(cohort, &authors)))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, cohorts)))
}

/// Makes a cohort, by criteria or, where it is static, of the persons of `_create_static_person_ids` or of those of the file `csv` of a form.
#[utoipa::path(tag = "Cohorts", request_body = CreateCohortRequest, security(("key" = ["cohort:write"])), responses((status = 201, body = CohortResponse)))]
#[post("/api/environments/{environment_id}/cohorts")]
async fn create_cohort(
    access: ProjectAccess<CohortWrite>,
    request: JsonOrForm<CreateCohortRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let JsonOrForm { body, files } = request;
    let file = files.get("csv");
    let (new, persons) = body.into_parts(file.is_some())?;
    let mut members = cohort_people::distinct_ids(&state, &access.project, &persons).await?;
    if let Some(file) = file {
        members.extend(listed(&state, &access, file).await?);
    }
    let (services, actor) = (state.clone(), access.actor());
    let cohort = blocking(move || made(&services, &actor, new, &members)).await?;
    let cohort = cohort_people::counted(&state, &access.project, cohort).await?;
    Ok(HttpResponse::Created().json(full(&state, cohort).await?))
}

/// Gives a cohort.
#[utoipa::path(tag = "Cohorts", security(("key" = ["cohort:read"])), responses((status = 200, body = CohortResponse)))]
#[get("/api/environments/{environment_id}/cohorts/{id}")]
async fn retrieve_cohort(
    access: ProjectAccess<CohortRead>,
    path: PathParams<CohortPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let services = state.clone();
    let cohort = blocking(move || services.cohorts.require(access.project.id, CohortId(path.0.id))).await?;
    Ok(HttpResponse::Ok().json(full(&state, cohort).await?))
}

/// Replaces a cohort; whether it is static cannot change.
#[utoipa::path(tag = "Cohorts", request_body = PatchCohortRequest, security(("key" = ["cohort:write"])), responses((status = 200, body = CohortResponse)))]
#[put("/api/environments/{environment_id}/cohorts/{id}")]
async fn replace_cohort(
    access: ProjectAccess<CohortWrite>,
    path: PathParams<CohortPath>,
    body: JsonBody<PatchCohortRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path.0.id, body.0.into(), &state).await
}

/// Changes a cohort. `deleted: true` deletes it, `deleted: false` brings it back; the persons of the file `csv` of a form come in.
#[utoipa::path(tag = "Cohorts", request_body = PatchCohortRequest, security(("key" = ["cohort:write"])), responses((status = 200, body = CohortResponse)))]
#[patch("/api/environments/{environment_id}/cohorts/{id}")]
async fn update_cohort(
    access: ProjectAccess<CohortWrite>,
    path: PathParams<CohortPath>,
    request: JsonOrForm<PatchCohortRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id;
    if let Some(file) = request.files.get("csv") {
        let members = listed(&state, &access, file).await?;
        let (services, actor) = (state.clone(), access.actor());
        blocking(move || services.cohorts.add_members(&actor, CohortId(id), &members)).await?;
    }
    change(&access, id, request.body.into(), &state).await
}

/// Lists the persons who are in a cohort now.
#[utoipa::path(tag = "Cohorts", params(PageParams), security(("key" = ["cohort:read"])), responses((status = 200, body = Envelope<CohortPerson>)))]
#[get("/api/environments/{environment_id}/cohorts/{id}/persons")]
async fn list_cohort_persons(
    access: ProjectAccess<CohortRead>,
    path: PathParams<CohortPath>,
    query: QueryParams<PageParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, id, page) = (state.clone(), CohortId(path.0.id), query.0.page());
    let project = access.project.id;
    blocking(move || services.cohorts.require(project, id)).await?;
    let part = (usize::try_from(page.offset()).unwrap_or(usize::MAX), page.limit() as usize);
    let found = cohort_people::members(&state, &access.project, id, part).await?;
    let persons = Paged { count: found.n_members, items: found.members }.map(CohortPerson::from);
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, persons)))
}

/// Makes a static cohort of the persons who are in a dynamic one now.
#[utoipa::path(tag = "Cohorts", security(("key" = ["cohort:write"])), responses((status = 200, body = CohortResponse)))]
#[get("/api/environments/{environment_id}/cohorts/{id}/duplicate_as_static_cohort")]
async fn duplicate_as_static_cohort(
    access: ProjectAccess<CohortWrite>,
    path: PathParams<CohortPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, id, project) = (state.clone(), CohortId(path.0.id), access.project.id);
    let cohort = blocking(move || services.cohorts.require(project, id)).await?;
    if cohort.fields.is_static {
        let message = "Cannot duplicate a static cohort as a static cohort.";
        return Err(Problem::invalid("is_static", message).into());
    }
    let found = cohort_people::members(&state, &access.project, id, (0, usize::MAX)).await?.members;
    let members: Vec<String> =
        found.into_iter().filter_map(|person| person.distinct_ids.first().map(ToString::to_string)).collect();
    let new = NewCohort {
        name: format!("{} (static copy)", cohort.fields.name),
        description: cohort.fields.description,
        is_static: true,
        ..NewCohort::default()
    };
    let (services, actor) = (state.clone(), access.actor());
    let copy = blocking(move || made(&services, &actor, new, &members)).await?;
    let copy = cohort_people::counted(&state, &access.project, copy).await?;
    Ok(HttpResponse::Ok().json(full(&state, copy).await?))
}

/// Adds persons to a static cohort.
#[utoipa::path(tag = "Cohorts", request_body = PersonsRequest, security(("key" = ["cohort:write"])), responses((status = 200, body = CohortResponse)))]
#[patch("/api/environments/{environment_id}/cohorts/{id}/add_persons_to_static_cohort")]
async fn add_persons_to_static_cohort(
    access: ProjectAccess<CohortWrite>,
    path: PathParams<CohortPath>,
    body: JsonBody<PersonsRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (persons, mut members) = body.0.into_parts()?;
    members.extend(cohort_people::distinct_ids(&state, &access.project, &persons).await?);
    let (services, actor) = (state.clone(), access.actor());
    let cohort = blocking(move || services.cohorts.add_members(&actor, CohortId(path.0.id), &members)).await?;
    let cohort = cohort_people::counted(&state, &access.project, cohort).await?;
    Ok(HttpResponse::Ok().json(full(&state, cohort).await?))
}

/// Takes persons out of a static cohort.
#[utoipa::path(tag = "Cohorts", request_body = PersonsRequest, security(("key" = ["cohort:write"])), responses((status = 200, body = CohortResponse)))]
#[patch("/api/environments/{environment_id}/cohorts/{id}/remove_person_from_static_cohort")]
async fn remove_person_from_static_cohort(
    access: ProjectAccess<CohortWrite>,
    path: PathParams<CohortPath>,
    body: JsonBody<PersonsRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (persons, mut members) = body.0.into_parts()?;
    // a person may be in the list by any of their names
    members.extend(cohort_people::all_distinct_ids(&state, &access.project, &persons).await?);
    let (services, actor) = (state.clone(), access.actor());
    let cohort = blocking(move || services.cohorts.remove_members(&actor, CohortId(path.0.id), &members)).await?;
    let cohort = cohort_people::counted(&state, &access.project, cohort).await?;
    Ok(HttpResponse::Ok().json(full(&state, cohort).await?))
}

/// Distinct ids of the persons whom a file lists.
async fn listed(
    state: &web::Data<AppState>,
    access: &ProjectAccess<CohortWrite>,
    file: &[u8],
) -> Result<Vec<String>, ApiError> {
    let (kind, ids) = upload::read(file)?;
    match kind {
        upload::Kind::DistinctId => Ok(ids),
        upload::Kind::Email => cohort_people::distinct_ids_by_email(state, &access.project, &ids).await,
        upload::Kind::PersonId => {
            let persons = ids.iter().filter_map(|id| uuid::Uuid::parse_str(id).ok()).collect();
            cohort_people::distinct_ids(state, &access.project, &persons).await
        }
    }
}

fn made(
    services: &AppState,
    actor: &insights_core::auth::Actor,
    new: NewCohort,
    members: &[String],
) -> Result<Cohort, ServiceError> {
    let cohort = services.cohorts.create(actor, new)?;
    if members.is_empty() { Ok(cohort) } else { services.cohorts.add_members(actor, cohort.id, members) }
}

async fn change(
    access: &ProjectAccess<CohortWrite>,
    id: i64,
    patch: CohortPatch,
    state: &web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, actor) = (state.clone(), access.actor());
    let cohort = blocking(move || services.cohorts.update(&actor, CohortId(id), &patch)).await?;
    let cohort = cohort_people::counted(state, &access.project, cohort).await?;
    Ok(HttpResponse::Ok().json(full(state, cohort).await?))
}

async fn full(state: &web::Data<AppState>, cohort: Cohort) -> Result<CohortResponse, ApiError> {
    let services = state.clone();
    blocking(move || {
        let authors = authors(&services, std::slice::from_ref(&cohort))?;
        Ok::<_, ServiceError>(CohortResponse::new(cohort, &authors))
    })
    .await
}

fn authors(state: &AppState, cohorts: &[Cohort]) -> Result<Authors, ServiceError> {
    let ids = cohorts.iter().map(|cohort| cohort.fields.created_by);
    Ok(Authors::load(&*state.storage.repositories.users, ids)?)
}

/// The persons of these uuids.
type Persons = BTreeSet<uuid::Uuid>;

routes![
    list_cohorts,
    create_cohort,
    list_cohort_persons,
    duplicate_as_static_cohort,
    add_persons_to_static_cohort,
    remove_person_from_static_cohort,
    retrieve_cohort,
    replace_cohort,
    update_cohort,
];
