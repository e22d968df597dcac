//! Dashboards: pages of insights.

mod wire;

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};
use insights_core::dashboard::repository::DashboardFilter;
use insights_core::dashboard::service::{DashboardPatch, NewDashboard};
use insights_core::dashboard::{Dashboard, Tile, TileContent};
use insights_core::error::ServiceError;
use insights_core::ids::{DashboardId, InsightId, ProjectId};
use insights_core::project::Project;
use insights_core::query_cache::policy::{CacheRoute, RefreshMode};
use serde::Deserialize;
use sharing::visit::{Content, Shared};
use utoipa::IntoParams;

use self::wire::{CreateDashboardRequest, DashboardBasic, DashboardResponse, PatchDashboardRequest, Surroundings};
use super::insights::{ShownInsight, asked_on, insights_for_visitors, on_dashboard};
use super::routes;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::{ProjectAccess, ReadAccess};
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{DashboardRead, DashboardWrite};
use crate::paging::{Envelope, PageParams};
use crate::visitors::{Part, body_for_visitors};

/// Which dashboards to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DashboardListParams {
    /// Part of the name or the description, in any case.
    search: Option<String>,
    /// Pinned ones or others.
    pinned: Option<bool>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

/// How to show one dashboard.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct DashboardParams {
    /// When to compute the tiles' results; `force_cache`, the default, never does.
    refresh: Option<String>,
    /// Filters, as a JSON object: each in place of the same of the dashboard.
    filters_override: Option<String>,
    /// Values of variables by their ids, as a JSON object: each in place of the same of the dashboard.
    variables_override: Option<String>,
}

/// The dashboard of a path.
#[derive(Debug, Deserialize)]
struct DashboardPath {
    id: i64,
}

/// Lists the project's dashboards: pinned ones first, then by name.
#[utoipa::path(tag = "Dashboards", params(DashboardListParams), security(("key" = ["dashboard:read"])), responses((status = 200, body = Envelope<DashboardBasic>)))]
#[get("/api/environments/{environment_id}/dashboards")]
async fn list_dashboards(
    access: ProjectAccess<DashboardRead>,
    query: QueryParams<DashboardListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let DashboardListParams { search, pinned, limit, offset } = query.0;
    let page = PageParams { limit, offset }.page();
    let filter = DashboardFilter { search, pinned };
    let dashboards = blocking(move || {
        let dashboards = state.dashboards.list(access.project.id, &filter, page)?;
        let around = surroundings(&state, access.project.id, &dashboards.items)?;
        Ok::<_, ServiceError>(dashboards.map(|dashboard| DashboardBasic::new(&dashboard, &around)))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, dashboards)))
}

/// Makes a dashboard.
#[utoipa::path(tag = "Dashboards", request_body = CreateDashboardRequest, security(("key" = ["dashboard:write"])), responses((status = 201, body = DashboardResponse)))]
#[post("/api/environments/{environment_id}/dashboards")]
async fn create_dashboard(
    access: ProjectAccess<DashboardWrite>,
    body: JsonBody<CreateDashboardRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let new = NewDashboard::try_from(body.0)?;
    let (services, actor) = (state.clone(), access.actor());
    let dashboard = blocking(move || services.dashboards.create(&actor, new)).await?;
    Ok(HttpResponse::Created().json(full(&state, &access, dashboard, &DashboardParams::default()).await?))
}

/// Gives a dashboard with its tiles, and notes that the caller looked at it.
#[utoipa::path(tag = "Dashboards", params(DashboardParams), security(("key" = ["dashboard:read"]), ("link" = [])), responses((status = 200, body = DashboardResponse)))]
#[get("/api/environments/{environment_id}/dashboards/{id}")]
async fn retrieve_dashboard(
    access: ReadAccess<DashboardRead>,
    path: PathParams<DashboardPath>,
    params: QueryParams<DashboardParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let access = match access {
        ReadAccess::Key(access) => access,
        ReadAccess::Link(shared) => return retrieve_shared(&state, &shared, &path.0, &params.0).await,
    };
    let (services, project) = (state.clone(), access.project.id);
    let dashboard = blocking(move || services.dashboards.open(project, DashboardId(path.0.id))).await?;
    Ok(HttpResponse::Ok().json(full(&state, &access, dashboard, &params.0).await?))
}

/// Changes a dashboard. `deleted: true` deletes it and its tiles, `deleted: false` brings them back.
#[utoipa::path(tag = "Dashboards", request_body = PatchDashboardRequest, security(("key" = ["dashboard:write"])), responses((status = 200, body = DashboardResponse)))]
#[patch("/api/environments/{environment_id}/dashboards/{id}")]
async fn update_dashboard(
    access: ProjectAccess<DashboardWrite>,
    path: PathParams<DashboardPath>,
    body: JsonBody<PatchDashboardRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, &path.0, body.0, &state).await
}

/// As `PATCH`: what is left out stays as it is.
#[utoipa::path(tag = "Dashboards", request_body = PatchDashboardRequest, security(("key" = ["dashboard:write"])), responses((status = 200, body = DashboardResponse)))]
#[put("/api/environments/{environment_id}/dashboards/{id}")]
async fn replace_dashboard(
    access: ProjectAccess<DashboardWrite>,
    path: PathParams<DashboardPath>,
    body: JsonBody<PatchDashboardRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, &path.0, body.0, &state).await
}

/// Refused: dashboards are deleted by changing `deleted` to true.
#[utoipa::path(tag = "Dashboards", security(("key" = ["dashboard:write"])), responses((status = 405, description = "Always")))]
#[delete("/api/environments/{environment_id}/dashboards/{id}")]
async fn delete_dashboard(
    _access: ProjectAccess<DashboardWrite>,
    _path: PathParams<DashboardPath>,
) -> Result<HttpResponse, ApiError> {
    Err(ApiError::method_not_allowed("DELETE", "GET, PATCH, PUT".to_owned()))
}

async fn change(
    access: &ProjectAccess<DashboardWrite>,
    path: &DashboardPath,
    body: PatchDashboardRequest,
    state: &web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (patch, id) = (DashboardPatch::try_from(body)?, DashboardId(path.id));
    let (services, actor) = (state.clone(), access.actor());
    let dashboard = blocking(move || services.dashboards.update(&actor, id, &patch)).await?;
    Ok(HttpResponse::Ok().json(full(state, access, dashboard, &DashboardParams::default()).await?))
}

/// The full form: with tiles, and on each its insight with its result.
async fn full<S: 'static>(
    state: &web::Data<AppState>,
    access: &ProjectAccess<S>,
    dashboard: Dashboard,
    params: &DashboardParams,
) -> Result<DashboardResponse, ApiError> {
    let asked =
        asked_on(&dashboard).with_overrides(params.filters_override.as_ref(), params.variables_override.as_ref())?;
    let mode = RefreshMode::parse(params.refresh.as_deref(), CacheRoute::Insights);
    let insights = on_dashboard(state, &access.principal, &access.project, &dashboard, (mode, &asked)).await?;
    let services = state.clone();
    blocking(move || {
        let around = surroundings(&services, dashboard.project, std::slice::from_ref(&dashboard))?;
        Ok::<_, ServiceError>(DashboardResponse::new(&dashboard, &around, insights, &asked))
    })
    .await
}

/// The dashboard of a public link.
async fn retrieve_shared(
    state: &web::Data<AppState>,
    shared: &Shared,
    path: &DashboardPath,
    params: &DashboardParams,
) -> Result<HttpResponse, ApiError> {
    let Content::Dashboard(dashboard) = &shared.content else { return Err(ApiError::not_found()) };
    if dashboard.id.0 != path.id {
        return Err(ApiError::not_found());
    }
    let mode = RefreshMode::parse_of_visitor(params.refresh.as_deref());
    let (response, _) = dashboard_for_visitors(state, &shared.project, dashboard, mode).await?;
    Ok(HttpResponse::Ok().json(body_for_visitors(shared, &response)?))
}

/// The dashboard as visitors of a public link see it: as programs read it, and part by part.
pub(crate) async fn dashboard_for_visitors(
    state: &web::Data<AppState>,
    project: &Project,
    dashboard: &Dashboard,
    mode: RefreshMode,
) -> Result<(DashboardResponse, Vec<Part>), ApiError> {
    let ids: Vec<InsightId> = dashboard.tiles.iter().filter_map(Tile::insight).collect();
    let (services, of, asked) = (state.clone(), project.id, asked_on(dashboard));
    let insights = blocking(move || services.insights.get_batch(of, &ids)).await?;
    let numbers: Vec<InsightId> = insights.iter().map(|insight| insight.id).collect();
    let shown = insights_for_visitors(state, project, insights, mode, &asked).await?;
    let mut shown: HashMap<InsightId, ShownInsight> = numbers.into_iter().zip(shown).collect();
    let responses = shown.iter().map(|(id, shown)| (*id, shown.response.clone())).collect();
    let (services, owned) = (state.clone(), dashboard.clone());
    let response = blocking(move || {
        let around = surroundings(&services, of, std::slice::from_ref(&owned))?;
        Ok::<_, ServiceError>(DashboardResponse::new(&owned, &around, responses, &asked))
    });
    let response = response.await?;
    let parts = dashboard.tiles.iter().filter_map(|tile| match &tile.content {
        TileContent::Insight(id) => shown.remove(id).map(|shown| Part::Insight(Box::new(shown))),
        TileContent::Text(body) => Some(Part::Text(body.clone())),
    });
    Ok((response, parts.collect()))
}

fn surroundings(state: &AppState, project: ProjectId, dashboards: &[Dashboard]) -> Result<Surroundings, ServiceError> {
    let makers = dashboards.iter().map(|dashboard| dashboard.fields.created_by);
    let ids: Vec<DashboardId> = dashboards.iter().map(|dashboard| dashboard.id).collect();
    Ok(Surroundings {
        authors: Authors::load(&*state.storage.repositories.users, makers)?,
        shared: state.sharing.shared_dashboards(project, &ids)?,
    })
}

routes![list_dashboards, create_dashboard, retrieve_dashboard, update_dashboard, replace_dashboard, delete_dashboard,];
