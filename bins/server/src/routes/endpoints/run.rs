//! Running endpoints.

mod request;

use actix_web::{HttpResponse, get, post, web};
use endpoints::materialized::Materialization;
use endpoints::run::{RunPlan, RunRefresh};
use endpoints::service::VersionError;
use insights_core::project::Project;
use insights_core::query_cache::policy::RefreshMode;

use self::request::{Asked, RunEndpointParams, RunEndpointRequest};
use super::EndpointPath;
use super::response::{RunEndpointResponse, RunMaterialized};
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::{ApiError, Chain};
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::EndpointRead;
use crate::materialization::MaterializedRun;
use crate::queries::{Answered, QueryFailure, QueryOutcome, QueryRequest, QueryResponse, QueryRights};
use crate::routes::routes;

/// Runs an endpoint as its query stands, or as the parameters say.
#[utoipa::path(tag = "Endpoints", params(RunEndpointParams), security(("key" = ["endpoint:read"])), responses((status = 200, body = RunEndpointResponse)))]
#[get("/api/environments/{environment_id}/endpoints/{name}/run")]
async fn run_endpoint(
    access: ProjectAccess<EndpointRead>,
    path: PathParams<EndpointPath>,
    params: QueryParams<RunEndpointParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    run(&access, path.0.name, params.0.read()?.check()?, state).await
}

/// Runs an endpoint as the body says; what it leaves out, the parameters say.
#[utoipa::path(tag = "Endpoints", params(RunEndpointParams), request_body = RunEndpointRequest, security(("key" = ["endpoint:read"])), responses((status = 200, body = RunEndpointResponse)))]
#[post("/api/environments/{environment_id}/endpoints/{name}/run")]
async fn run_endpoint_with(
    access: ProjectAccess<EndpointRead>,
    path: PathParams<EndpointPath>,
    params: QueryParams<RunEndpointParams>,
    body: JsonBody<RunEndpointRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    run(&access, path.0.name, body.0.or(params.0.read()?).check()?, state).await
}

async fn run(
    access: &ProjectAccess<EndpointRead>,
    name: String,
    asked: Asked,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (project, rights) = (&access.project, QueryRights::of(&access.principal));
    let (services, project_id, request) = (state.clone(), project.id, asked.run);
    let (plan, known) = blocking(move || {
        let plan = services.endpoints.plan_run(project_id, &name, &request)?;
        let known = match plan.may_be_materialized() {
            true => services.materializer.service().get(&plan.endpoint)?,
            false => None,
        };
        Ok::<_, VersionError>((plan, known))
    })
    .await?;
    rights.check_kept([Some(&plan.node)])?;
    let materialized = match &known {
        Some(known) => materialized(project, &plan, known, &state).await,
        None => None,
    };
    let (answered, materialized) = match materialized {
        Some((answered, materialized)) => (answered, Some(materialized)),
        None => (compute((project, rights), &plan, asked.client_query_id, &state).await?, None),
    };
    let response = RunEndpointResponse::new(answered, materialized, &plan.version, asked.debug);
    note(&plan, state).await;
    Ok(HttpResponse::Ok().json(response))
}

/// The answer from the result that is known, where that can tell.
async fn materialized(
    project: &Project,
    plan: &RunPlan,
    known: &Materialization,
    state: &AppState,
) -> Option<(QueryResponse, RunMaterialized)> {
    let run = state.materializer.answer(project, &plan.endpoint, known, &plan.variables, plan.page);
    let MaterializedRun { answer, materialized_at, key } = run.await?;
    let answered = Answered {
        answer,
        cache_key: key.to_string(),
        is_cached: true,
        last_refresh: materialized_at,
        cache_target_age: materialized_at + plan.max_age,
        timezone: project.timezone,
        status: None,
    };
    Some((QueryResponse::new(&answered), RunMaterialized::new(materialized_at, state.clock.now())))
}

/// The answer of the query, from the cache where the plan allows it.
async fn compute(
    (project, rights): (&Project, QueryRights),
    plan: &RunPlan,
    id: Option<String>,
    state: &AppState,
) -> Result<QueryResponse, QueryFailure> {
    let mode = match plan.refresh {
        RunRefresh::Cache => RefreshMode::Blocking,
        RunRefresh::Force | RunRefresh::Direct => RefreshMode::ForceBlocking,
    };
    let request = QueryRequest {
        id,
        page: plan.page,
        max_age: Some(plan.max_age),
        ..QueryRequest::new(project, rights, &plan.node, mode)
    };
    match state.queries.run(&request).await? {
        QueryOutcome::Answered(answered) => Ok(QueryResponse::new(&answered)),
        QueryOutcome::Missed { .. } => unreachable!("a mode that waits ends with an answer or an error"),
    }
}

/// Writes down that the endpoint was run. The answer does not suffer where that fails.
async fn note(plan: &RunPlan, state: web::Data<AppState>) {
    let id = plan.endpoint.id;
    let Some(at) = state.endpoints.execution_to_write(id) else { return };
    if let Err(error) = blocking(move || state.endpoints.write_execution(id, at)).await {
        tracing::warn!(error = %Chain(&error), endpoint.id = %id, "the run of an endpoint was not written down");
    }
}

routes![run_endpoint, run_endpoint_with];
