//! Cohorts: groups of persons under one name.

mod wire;

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, put, web};
use cohorts::model::{Cohort, CohortId};
use cohorts::repository::CohortFilter;
use cohorts::service::{CohortPatch, NewCohort};
use insights_core::error::ServiceError;
use insights_core::paging::Paged;
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
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
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
    let CohortListParams { search, limit, offset } = query.0;
    let page = PageParams { limit, offset }.page();
    let cohorts = blocking(move || {
        let cohorts =
            state.cohorts.list(access.project.id, &CohortFilter { search, ..CohortFilter::default() }, page)?;
        let authors = authors(&state, &cohorts.items)?;
        Ok::<_, ServiceError>(cohorts.map(|cohort| CohortResponse::new(cohort, &authors)))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, cohorts)))
}

/// Makes a cohort, by criteria or, where it is static, of the persons of `_create_static_person_ids`.
#[utoipa::path(tag = "Cohorts", request_body = CreateCohortRequest, security(("key" = ["cohort:write"])), responses((status = 201, body = CohortResponse)))]
#[post("/api/environments/{environment_id}/cohorts")]
async fn create_cohort(
    access: ProjectAccess<CohortWrite>,
    body: JsonBody<CreateCohortRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (new, persons) = body.0.into_parts()?;
    let members = cohort_people::distinct_ids(&state, &access.project, &persons).await?;
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

/// Changes a cohort. `deleted: true` deletes it, `deleted: false` brings it back.
#[utoipa::path(tag = "Cohorts", request_body = PatchCohortRequest, security(("key" = ["cohort:write"])), responses((status = 200, body = CohortResponse)))]
#[patch("/api/environments/{environment_id}/cohorts/{id}")]
async fn update_cohort(
    access: ProjectAccess<CohortWrite>,
    path: PathParams<CohortPath>,
    body: JsonBody<PatchCohortRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path.0.id, body.0.into(), &state).await
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
    add_persons_to_static_cohort,
    remove_person_from_static_cohort,
    retrieve_cohort,
    replace_cohort,
    update_cohort,
];
