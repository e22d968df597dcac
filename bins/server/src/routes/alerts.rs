//! Alerts: watches over the numbers of insights, and the thresholds that they hold these against.

mod request;
mod response;
mod simulation;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};
use alerts::model::{Alert, AlertId};
use alerts::service::AlertPatch;
use insights_core::error::{ServiceError, ServiceResult};
use insights_core::ids::{InsightId, ProjectId};
use insights_core::paging::Paged;
use serde::Deserialize;
use uuid::Uuid;

use self::request::{AlertListParams, CheckParams, CreateAlertRequest, PatchAlertRequest};
pub(crate) use self::response::{AlertResponse, show_alerts};
use self::response::{CheckResponse, ThresholdResponse};
use self::simulation::{SimulateRequest, SimulationResponse};
use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{AlertRead, AlertWrite};
use crate::paging::{Envelope, PageParams};
use crate::queries::QueryRights;
use crate::watched::{NoNumbers, series_of};

/// The alert of a path.
#[derive(Debug, Deserialize)]
struct AlertPath {
    id: String,
}

impl AlertPath {
    /// The id, looked at after the body: a 404 where it is none, since no alert can have it.
    fn id(&self) -> Result<AlertId, ApiError> {
        self.id.parse().map(AlertId).map_err(|_| ApiError::not_found())
    }
}

/// The insight of a path.
#[derive(Debug, Deserialize)]
struct InsightPath {
    insight_id: i64,
}

/// The threshold of a path.
#[derive(Debug, Deserialize)]
struct ThresholdPath {
    insight_id: i64,
    id: Uuid,
}

/// Lists the project's alerts, the newest first.
#[utoipa::path(tag = "Alerts", params(AlertListParams), security(("key" = ["alert:read"])), responses((status = 200, body = Envelope<AlertResponse>)))]
#[get("/api/environments/{environment_id}/alerts")]
async fn list_alerts(
    access: ProjectAccess<AlertRead>,
    query: QueryParams<AlertListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (insight, page) = (query.0.insight(), query.0.page());
    let alerts = blocking(move || {
        let Paged { count, items } = state.alerts.list(access.project.id, insight, page)?;
        // PostHog lists no checks but those of anomalies that fire; asking for the alert gives them all.
        let items = show_alerts(&state, items)?.into_iter().map(AlertResponse::without_checks).collect();
        Ok::<_, ServiceError>(Paged { count, items })
    });
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, alerts.await?)))
}

/// Makes an alert. The keys that its webhooks are signed with are shown this once.
#[utoipa::path(tag = "Alerts", request_body = CreateAlertRequest, security(("key" = ["alert:write"])), responses((status = 201, body = AlertResponse)))]
#[post("/api/environments/{environment_id}/alerts")]
async fn create_alert(
    access: ProjectAccess<AlertWrite>,
    body: JsonBody<CreateAlertRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, patch) = (access.actor(), AlertPatch::from(body.0));
    let alert = blocking(move || {
        let alert = state.alerts.create(&actor, &patch)?;
        let added: Vec<Uuid> = alert.settings.destinations.iter().map(|destination| destination.id).collect();
        Ok::<_, ServiceError>(show_one(&state, alert)?.with_keys_of(&added, &*state.signing_keys))
    });
    Ok(HttpResponse::Created().json(alert.await?))
}

/// Tries a detector on the past of an insight. Nothing is stored, nobody is told.
#[utoipa::path(tag = "Alerts", request_body = SimulateRequest, security(("key" = ["alert:read"])), responses((status = 200, body = SimulationResponse)))]
#[post("/api/environments/{environment_id}/alerts/simulate")]
async fn simulate_alert(
    access: ProjectAccess<AlertRead>,
    body: JsonBody<SimulateRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let asked = body.0;
    let (services, project, insight) = (state.clone(), access.project.id, InsightId(asked.insight));
    let (insight, trend) = blocking(move || services.alerts.watched(project, insight)).await?;
    let detector = asked.detector(&trend)?;
    let window = asked.window(&trend, detector);
    let reader = (&access.project, QueryRights::of(&access.principal));
    let series = series_of(&state, reader, insight.id, &trend, Some(&window)).await.map_err(|error| match error {
        NoNumbers::Query(failure) => failure.into(),
        unreadable => ApiError::internal(&unreadable),
    })?;
    Ok(HttpResponse::Ok().json(SimulationResponse::new(&trend, asked.simulate(&trend, detector, &series))))
}

/// Gives an alert with its last checks.
#[utoipa::path(tag = "Alerts", params(CheckParams), security(("key" = ["alert:read"])), responses((status = 200, body = AlertResponse)))]
#[get("/api/environments/{environment_id}/alerts/{id}")]
async fn retrieve_alert(
    access: ProjectAccess<AlertRead>,
    path: PathParams<AlertPath>,
    query: QueryParams<CheckParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id()?;
    let (filter, page) = query.0.query().resolve(state.clock.now())?;
    let alert = blocking(move || {
        let alert = state.alerts.require(access.project.id, id)?;
        let checks = state.alerts.checks(alert.id, filter, page)?;
        Ok::<_, ServiceError>(show_one(&state, alert)?.with_checks(checks.map(CheckResponse::from)))
    });
    Ok(HttpResponse::Ok().json(alert.await?))
}

/// Replaces an alert. The keys of webhooks that are new are shown this once.
#[utoipa::path(tag = "Alerts", request_body = CreateAlertRequest, security(("key" = ["alert:write"])), responses((status = 200, body = AlertResponse)))]
#[put("/api/environments/{environment_id}/alerts/{id}")]
async fn replace_alert(
    access: ProjectAccess<AlertWrite>,
    path: PathParams<AlertPath>,
    body: JsonBody<CreateAlertRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path.0.id()?, AlertPatch::from(body.0), state).await
}

/// Changes an alert. The keys of webhooks that are new are shown this once.
#[utoipa::path(tag = "Alerts", request_body = PatchAlertRequest, security(("key" = ["alert:write"])), responses((status = 200, body = AlertResponse)))]
#[patch("/api/environments/{environment_id}/alerts/{id}")]
async fn update_alert(
    access: ProjectAccess<AlertWrite>,
    path: PathParams<AlertPath>,
    body: JsonBody<PatchAlertRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path.0.id()?, AlertPatch::from(body.0), state).await
}

/// Removes an alert with its checks.
#[utoipa::path(tag = "Alerts", security(("key" = ["alert:write"])), responses((status = 204)))]
#[delete("/api/environments/{environment_id}/alerts/{id}")]
async fn delete_alert(
    access: ProjectAccess<AlertWrite>,
    path: PathParams<AlertPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, id) = (access.actor(), path.0.id()?);
    blocking(move || state.alerts.delete(&actor, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists the thresholds of an insight, each with its alert.
#[utoipa::path(tag = "Alerts", params(PageParams), security(("key" = ["alert:read"])), responses((status = 200, body = Envelope<ThresholdResponse>)))]
#[get("/api/environments/{environment_id}/insights/{insight_id}/thresholds")]
async fn list_thresholds(
    access: ProjectAccess<AlertRead>,
    path: PathParams<InsightPath>,
    query: QueryParams<PageParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (project, page) = (access.project.id, query.0.page());
    let thresholds = blocking(move || {
        let alerts = Paged::cut(state.alerts.thresholds(project, InsightId(path.0.insight_id))?, page);
        show_thresholds(&state, alerts)
    });
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, thresholds.await?)))
}

/// Gives a threshold of an insight with its alert.
#[utoipa::path(tag = "Alerts", security(("key" = ["alert:read"])), responses((status = 200, body = ThresholdResponse)))]
#[get("/api/environments/{environment_id}/insights/{insight_id}/thresholds/{id}")]
async fn retrieve_threshold(
    access: ProjectAccess<AlertRead>,
    path: PathParams<ThresholdPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let project: ProjectId = access.project.id;
    let threshold = blocking(move || {
        let alert = state.alerts.threshold(project, InsightId(path.0.insight_id), path.0.id)?;
        Ok::<_, ServiceError>(show_thresholds(&state, Paged { count: 1, items: vec![alert] })?.items.pop())
    });
    Ok(HttpResponse::Ok().json(threshold.await?))
}

async fn change(
    access: &ProjectAccess<AlertWrite>,
    id: AlertId,
    patch: AlertPatch,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let actor = access.actor();
    let alert = blocking(move || {
        let old = state.alerts.require(actor.project, id)?.settings.destinations;
        let alert = state.alerts.update(&actor, id, &patch)?;
        let ids = alert.settings.destinations.iter().map(|destination| destination.id);
        let added: Vec<Uuid> = ids.filter(|id| old.iter().all(|destination| destination.id != *id)).collect();
        Ok::<_, ServiceError>(show_one(&state, alert)?.with_keys_of(&added, &*state.signing_keys))
    });
    Ok(HttpResponse::Ok().json(alert.await?))
}

fn show_one(state: &AppState, alert: Alert) -> ServiceResult<AlertResponse> {
    let shown = show_alerts(state, vec![alert])?.pop();
    Ok(shown.expect("one alert gives one form of it"))
}

fn show_thresholds(state: &AppState, alerts: Paged<Alert>) -> ServiceResult<Paged<ThresholdResponse>> {
    let thresholds: Vec<_> = alerts.items.iter().filter_map(|alert| alert.settings.threshold.clone()).collect();
    let alerts_shown = show_alerts(state, alerts.items)?;
    let items =
        thresholds.into_iter().zip(alerts_shown).map(|(threshold, alert)| ThresholdResponse::new(threshold, alert));
    Ok(Paged { count: alerts.count, items: items.collect() })
}

routes![
    simulate_alert,
    list_alerts,
    create_alert,
    retrieve_alert,
    replace_alert,
    update_alert,
    delete_alert,
    list_thresholds,
    retrieve_threshold,
];
