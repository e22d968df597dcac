//! What is known of results of endpoints that are computed ahead of time.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use endpoints::materialization::SyncFrequency;
use endpoints::materialized::{Materialization, MaterializationState};
use endpoints::model::{Endpoint, EndpointId};
use insights_core::error::ServiceResult;
use insights_core::ids::ProjectId;
use serde::Serialize;
use utoipa::ToSchema;

use super::EndpointPath;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::path::PathParams;
use crate::extract::scope::EndpointRead;
use crate::routes::routes;
use crate::wire::Timestamp;

/// The result of an endpoint that is computed ahead of time, or whether it could be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndpointMaterialization)]
#[serde(untagged)]
pub(super) enum MaterializationResponse {
    /// It is.
    On(MaterializedResponse),
    /// It is not.
    Off(MaterializableResponse),
}

/// The result of an endpoint that is computed ahead of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MaterializedEndpoint)]
pub(super) struct MaterializedResponse {
    /// `Running`, `Completed` or `Failed`: where the latest computation stands.
    status: &'static str,
    /// True.
    can_materialize: bool,
    /// The instant that the last result tells of, whatever came of later computations; null before the first one.
    last_materialized_at: Option<Timestamp>,
    /// Why the latest computation failed, where it did.
    error: Option<String>,
    /// How often it is computed.
    sync_frequency: &'static str,
}

/// Whether the result of an endpoint could be computed ahead of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MaterializableEndpoint)]
pub(super) struct MaterializableResponse {
    /// Whether it could be.
    can_materialize: bool,
    /// Why not, where not.
    reason: Option<String>,
}

impl MaterializationResponse {
    /// What is known of the results of the project's `endpoints`, in their order. Blocks.
    pub(super) fn load(state: &AppState, project: ProjectId, endpoints: &[Endpoint]) -> ServiceResult<Vec<Self>> {
        let known = state.materializer.service().get_batch(endpoints)?;
        let known: BTreeMap<EndpointId, Materialization> =
            known.into_iter().map(|known| (known.endpoint, known)).collect();
        let off: Vec<&Endpoint> = endpoints.iter().filter(|endpoint| endpoint.fields.materialized.is_none()).collect();
        let mut reasons = state.endpoints.reasons_against_materialization(project, &off)?.into_iter();
        let shown = endpoints.iter().map(|endpoint| match endpoint.fields.materialized {
            Some(frequency) => Self::On(MaterializedResponse::new(frequency, known.get(&endpoint.id))),
            None => {
                let reason = reasons.next().flatten();
                Self::Off(MaterializableResponse { can_materialize: reason.is_none(), reason })
            }
        });
        Ok(shown.collect())
    }
}

impl MaterializedResponse {
    fn new(frequency: SyncFrequency, known: Option<&Materialization>) -> Self {
        let result = known.and_then(|known| known.result.as_ref());
        Self {
            // what is not known of yet is begun at once
            status: known.map_or(MaterializationState::Running, |known| known.state).name(),
            can_materialize: true,
            last_materialized_at: result.map(|result| Timestamp(result.materialized_at)),
            error: known.and_then(|known| known.error.clone()),
            sync_frequency: frequency.name(),
        }
    }
}

/// Tells what is known of the result of an endpoint that is computed ahead of time, or whether it could be.
#[utoipa::path(tag = "Endpoints", security(("key" = ["endpoint:read"])), responses((status = 200, body = MaterializationResponse)))]
#[get("/api/environments/{environment_id}/endpoints/{name}/materialization_status")]
async fn endpoint_materialization_status(
    access: ProjectAccess<EndpointRead>,
    path: PathParams<EndpointPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let status = blocking(move || {
        let endpoint = state.endpoints.require(access.project.id, &path.0.name)?;
        MaterializationResponse::load(&state, access.project.id, &[endpoint])
    });
    Ok(HttpResponse::Ok().json(status.await?.pop().expect("one endpoint has one status")))
}

routes![endpoint_materialization_status];
