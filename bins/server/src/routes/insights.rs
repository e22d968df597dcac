//! Insights: saved questions and their answers.

pub(super) mod language;
mod params;
mod request;
mod response;
mod results;
mod table;
mod timing;
mod view;
mod visits;

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, delete, get, patch, post, put, web};
use insights_core::insight::Insight;
use insights_core::paging::Paged;
use serde::Deserialize;

pub(crate) use self::params::Format;
use self::params::{InsightListParams, InsightParams, TrendingParams};
use self::request::{
    BulkTagsRequest, BulkTagsResponse, CancelRequest, CreateInsightRequest, PatchInsightRequest, ViewedRequest,
};
use self::response::InsightBasic;
pub(crate) use self::response::InsightResponse;
pub(crate) use self::results::Asked;
pub(crate) use self::table::insight_table;
use self::table::insights_table;
use self::timing::TimingRequest;
use self::view::Viewer;
pub(crate) use self::view::{ShownInsight, asked_on, insights_for_visitors, on_dashboard};
use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::csv::csv_response;
use crate::error::ApiError;
use crate::extract::auth::{ProjectAccess, ReadAccess};
use crate::extract::json::JsonBody;
use crate::extract::query::QueryParams;
use crate::extract::scope::{InsightRead, InsightWrite, QueryRead, RequiredScopes};
use crate::paging::Envelope;
use crate::queries::QueryRights;

/// The insight of a path.
#[derive(Debug, Deserialize)]
struct InsightPath {
    id: String,
}

/// Lists the project's insights. Results come from the cache unless `refresh` says otherwise.
#[utoipa::path(
    tag = "Insights", params(InsightListParams), security(("key" = ["insight:read"]), ("link" = [])),
    responses((status = 200, body = Envelope<InsightResponse>))
)]
#[get("/api/environments/{environment_id}/insights")]
async fn list_insights(
    access: ReadAccess<InsightRead>,
    params: QueryParams<InsightListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (params, page) = (&params.0, params.0.page());
    let access = match access {
        ReadAccess::Key(access) => access,
        ReadAccess::Link(shared) => return visits::list(&state, &request, &shared, params).await,
    };
    let filter = params.filter(&access.project, state.clock.now())?;
    let (format, viewer) = (params.format()?, viewer(&state, &access));
    let (services, actor) = (state.clone(), access.actor());
    let paged = blocking(move || services.insights.list(&actor, &filter, page)).await?;
    let count = paged.count;
    Ok(match (format, params.is_basic()) {
        (Format::Csv, _) => csv_response("insights", &insights_table(&viewer.basic(paged.items).await?)),
        (Format::Json, true) => {
            let items = viewer.basic(paged.items).await?;
            HttpResponse::Ok().json(Envelope::new(&request, page, Paged { count, items }))
        }
        (Format::Json, false) => {
            let items = viewer.many(paged.items, params.mode(), &Asked::default()).await?;
            HttpResponse::Ok().json(Envelope::new(&request, page, Paged { count, items }))
        }
    })
}

/// Makes an insight.
#[utoipa::path(
    tag = "Insights", params(InsightParams), request_body = CreateInsightRequest, security(("key" = ["insight:write"])),
    responses((status = 201, body = InsightResponse))
)]
#[post("/api/environments/{environment_id}/insights")]
async fn create_insight(
    access: ProjectAccess<InsightWrite>,
    params: QueryParams<InsightParams>,
    body: JsonBody<CreateInsightRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let new = body.0.check()?;
    QueryRights::of(&access.principal).check_kept([new.query.as_ref(), new.filters.as_ref()])?;
    let (services, actor) = (state.clone(), access.actor());
    let insight = blocking(move || services.insights.create(&actor, new)).await?;
    show(HttpResponse::Created(), viewer(&state, &access), insight, &params.0).await
}

/// Gives an insight, by its number or its short id. The result comes from the cache unless `refresh` says otherwise.
#[utoipa::path(
    tag = "Insights", params(InsightParams), security(("key" = ["insight:read"]), ("link" = [])),
    responses((status = 200, body = InsightResponse))
)]
#[get("/api/environments/{environment_id}/insights/{id}")]
async fn retrieve_insight(
    access: ReadAccess<InsightRead>,
    path: web::Path<InsightPath>,
    params: QueryParams<InsightParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let access = match access {
        ReadAccess::Key(access) => access,
        ReadAccess::Link(shared) => return visits::retrieve(&state, &shared, &path.id, &params.0).await,
    };
    let (services, project) = (state.clone(), access.project.id);
    let insight = blocking(move || services.insights.require(project, &path.id)).await?;
    show(HttpResponse::Ok(), viewer(&state, &access), insight, &params.0).await
}

/// Changes an insight. `deleted: true` deletes it, `deleted: false` brings it back.
#[utoipa::path(
    tag = "Insights", params(InsightParams), request_body = PatchInsightRequest, security(("key" = ["insight:write"])),
    responses((status = 200, body = InsightResponse))
)]
#[patch("/api/environments/{environment_id}/insights/{id}")]
async fn update_insight(
    access: ProjectAccess<InsightWrite>,
    path: web::Path<InsightPath>,
    params: QueryParams<InsightParams>,
    body: JsonBody<PatchInsightRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path, &params.0, body.0, &state).await
}

/// As `PATCH`: what is left out stays as it is.
#[utoipa::path(
    tag = "Insights", params(InsightParams), request_body = PatchInsightRequest, security(("key" = ["insight:write"])),
    responses((status = 200, body = InsightResponse))
)]
#[put("/api/environments/{environment_id}/insights/{id}")]
async fn replace_insight(
    access: ProjectAccess<InsightWrite>,
    path: web::Path<InsightPath>,
    params: QueryParams<InsightParams>,
    body: JsonBody<PatchInsightRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path, &params.0, body.0, &state).await
}

/// Refused: insights are deleted by changing `deleted` to true.
#[utoipa::path(tag = "Insights", security(("key" = ["insight:write"])), responses((status = 405, description = "Always")))]
#[delete("/api/environments/{environment_id}/insights/{id}")]
async fn delete_insight(
    _access: ProjectAccess<InsightWrite>,
    _path: web::Path<InsightPath>,
) -> Result<HttpResponse, ApiError> {
    Err(ApiError::method_not_allowed("DELETE", "GET, PATCH, PUT".to_owned()))
}

/// Notes that the caller looked at insights.
#[utoipa::path(
    tag = "Insights", request_body = ViewedRequest, security(("key" = ["insight:read"])), responses((status = 201))
)]
#[post("/api/environments/{environment_id}/insights/viewed")]
async fn mark_insights_viewed(
    access: ProjectAccess<InsightRead>,
    body: JsonBody<ViewedRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, ids) = (access.actor(), body.0.ids());
    blocking(move || state.insights.mark_viewed(&actor, &ids)).await?;
    Ok(HttpResponse::Created().finish())
}

/// The five insights that the caller looked at last.
#[utoipa::path(tag = "Insights", security(("key" = ["insight:read"])), responses((status = 200, body = Vec<InsightBasic>)))]
#[get("/api/environments/{environment_id}/insights/my_last_viewed")]
async fn last_viewed_insights(
    access: ProjectAccess<InsightRead>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, actor) = (state.clone(), access.actor());
    let insights = blocking(move || services.insights.recently_viewed(&actor)).await?;
    Ok(HttpResponse::Ok().json(viewer(&state, &access).basic(insights).await?))
}

/// The insights that most people looked at lately.
#[utoipa::path(
    tag = "Insights", params(TrendingParams), security(("key" = ["insight:read"])),
    responses((status = 200, body = Vec<InsightBasic>))
)]
#[get("/api/environments/{environment_id}/insights/trending")]
async fn trending_insights(
    access: ProjectAccess<InsightRead>,
    params: QueryParams<TrendingParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, project) = (state.clone(), access.project.id);
    let (days, limit) = (params.0.days(), params.0.limit());
    let insights = blocking(move || services.insights.trending(project, days, limit)).await?;
    Ok(HttpResponse::Ok().json(viewer(&state, &access).basic(insights).await?))
}

/// Cancels a query that was started with an insight. Answers the same whether or not there was one.
#[utoipa::path(
    tag = "Insights", request_body = CancelRequest, security(("key" = ["query:read"])), responses((status = 201))
)]
#[post("/api/environments/{environment_id}/insights/cancel")]
async fn cancel_insight_query(
    access: ProjectAccess<QueryRead>,
    body: JsonBody<CancelRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    state.queries.cancel(access.project.id, &body.0.id()?, false).await;
    Ok(HttpResponse::Created().finish())
}

/// Notes how long somebody waited for an insight or a dashboard.
#[utoipa::path(
    tag = "Insights", request_body = TimingRequest, security(("key" = ["insight:read"])), responses((status = 201))
)]
#[post("/api/environments/{environment_id}/insights/timing")]
async fn report_insight_timing(
    _access: ProjectAccess<InsightRead>,
    body: JsonBody<TimingRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (seconds, waited_for) = body.0.check()?;
    state.metrics.waited(seconds, waited_for);
    Ok(HttpResponse::Created().finish())
}

/// Adds tags to many insights, takes them away, or replaces them.
#[utoipa::path(
    tag = "Insights", request_body = BulkTagsRequest, security(("key" = ["insight:write"])),
    responses((status = 200, body = BulkTagsResponse))
)]
#[post("/api/environments/{environment_id}/insights/bulk_update_tags")]
async fn bulk_update_insight_tags(
    access: ProjectAccess<InsightWrite>,
    body: JsonBody<BulkTagsRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (ids, action, tags) = body.0.check()?;
    let actor = access.actor();
    let outcome = blocking(move || state.insights.update_tags(&actor, &ids, action, &tags)).await?;
    Ok(HttpResponse::Ok().json(BulkTagsResponse::from(outcome)))
}

fn viewer<'a, S: RequiredScopes>(state: &'a web::Data<AppState>, access: &'a ProjectAccess<S>) -> Viewer<'a> {
    Viewer { state, principal: Some(&access.principal), project: &access.project }
}

async fn change(
    access: &ProjectAccess<InsightWrite>,
    path: web::Path<InsightPath>,
    params: &InsightParams,
    body: PatchInsightRequest,
    state: &web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let patch = body.check()?;
    let written = [patch.query.as_ref().and_then(Option::as_ref), patch.filters.as_ref()];
    QueryRights::of(&access.principal).check_kept(written)?;
    let (services, actor) = (state.clone(), access.actor());
    let insight = blocking(move || services.insights.update(&actor, &path.id, &patch)).await?;
    show(HttpResponse::Ok(), viewer(state, access), insight, params).await
}

/// Answers with one insight in the form that was asked for.
async fn show(
    mut response: HttpResponseBuilder,
    viewer: Viewer<'_>,
    insight: Insight,
    params: &InsightParams,
) -> Result<HttpResponse, ApiError> {
    let format = params.format()?;
    if params.is_basic() && format == Format::Json {
        let basic = viewer.basic(vec![insight]).await?;
        return Ok(response.json(basic.first()));
    }
    let asked = params.asked(shown_on(viewer, &insight, params).await?)?;
    let name = insight.fields.display_name().unwrap_or(&insight.short_id.0).to_owned();
    let (shown, results) = viewer.one(insight, params.mode(), &asked).await?;
    match format {
        Format::Json => Ok(response.json(shown)),
        Format::Csv => Ok(csv_response(&name, &insight_table(results.answered())?)),
    }
}

/// What the dashboard of the request, if the insight is on it, lays over the insight's query.
async fn shown_on(viewer: Viewer<'_>, insight: &Insight, params: &InsightParams) -> Result<Option<Asked>, ApiError> {
    let tile = params.dashboard().and_then(|dashboard| insight.tile_on(dashboard));
    let Some(dashboard) = tile.map(|tile| tile.dashboard) else { return Ok(None) };
    let (services, project) = (viewer.state.clone(), viewer.project.id);
    let found = blocking(move || services.dashboards.get_batch(project, &[dashboard])).await?;
    Ok(found.first().map(asked_on))
}

routes![
    mark_insights_viewed,
    last_viewed_insights,
    trending_insights,
    cancel_insight_query,
    report_insight_timing,
    bulk_update_insight_tags,
    list_insights,
    create_insight,
    retrieve_insight,
    update_insight,
    replace_insight,
    delete_insight,
];
