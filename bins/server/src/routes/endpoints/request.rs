//! What clients send about endpoints.

use endpoints::materialization::{MaterializationWish, SyncFrequency};
use endpoints::repository::EndpointFilter;
use endpoints::service::{EndpointPatch, NewEndpoint};
use insights_core::ids::UserId;
use insights_core::problem::Problem;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::extract::json::present;
use crate::extract::query::is_true;

/// Which endpoints to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EndpointListParams {
    /// Ones that can be run (`true`), or ones that cannot.
    is_active: Option<String>,
    /// Number of the user who made them.
    created_by: Option<i64>,
}

/// An endpoint to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateEndpoint)]
pub(super) struct CreateEndpointRequest {
    /// A letter, then letters, digits, hyphens and underscores, at most 128 in all; unique in the project.
    name: Option<String>,
    /// The query node: `{"kind": "HogQLQuery", …}` or any other kind that the query route answers.
    #[schema(value_type = Object)]
    query: Option<Value>,
    /// What it is for.
    description: Option<String>,
    /// Whether it can be run; true where absent.
    is_active: Option<bool>,
    /// How old an answer may be, 300 to 86400 seconds; six hours where absent.
    cache_age_seconds: Option<i64>,
    /// Short id of the insight that the query was taken from.
    derived_from_insight: Option<String>,
    /// Whether its result is computed ahead of time.
    is_materialized: Option<bool>,
    /// How often: `never`, `1min`, `5min`, `15min`, `30min`, `1hour`, `6hour`, `12hour`, `24hour` (the default), `7day` or `30day`.
    sync_frequency: Option<String>,
}

/// What to change of an endpoint. Unknown fields are ignored, and so is `name`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchEndpoint)]
pub(super) struct PatchEndpointRequest {
    /// The query node; one that says something else than the latest version becomes the next version.
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    /// What it is for.
    description: Option<String>,
    /// Whether it can be run.
    is_active: Option<bool>,
    /// How old an answer may be, 300 to 86400 seconds; null for six hours.
    #[serde(default, deserialize_with = "present")]
    cache_age_seconds: Option<Option<i64>>,
    /// Short id of the insight that the query was taken from; null for none.
    #[serde(default, deserialize_with = "present")]
    derived_from_insight: Option<Option<String>>,
    /// Whether its result is computed ahead of time.
    is_materialized: Option<bool>,
    /// How often; says nothing where the result is not computed ahead of time.
    sync_frequency: Option<String>,
}

/// Endpoints to tell the last runs of.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = LastExecutionTimes)]
pub(super) struct LastExecutionTimesRequest {
    /// Their names.
    pub(super) names: Vec<String>,
}

impl EndpointListParams {
    /// Which endpoints.
    pub(super) fn filter(&self) -> EndpointFilter {
        EndpointFilter {
            is_active: self.is_active.as_deref().map(|text| is_true(Some(text))),
            created_by: self.created_by.map(UserId),
        }
    }
}

impl CreateEndpointRequest {
    /// What the service takes.
    pub(super) fn check(self) -> Result<NewEndpoint, Problem> {
        Ok(NewEndpoint {
            name: self.name,
            query: self.query,
            description: self.description.unwrap_or_default(),
            is_active: self.is_active.unwrap_or(true),
            cache_age_seconds: self.cache_age_seconds,
            derived_from_insight: self.derived_from_insight.filter(|short_id| !short_id.is_empty()),
            materialization: wish(self.is_materialized, self.sync_frequency.as_deref())?,
        })
    }
}

impl PatchEndpointRequest {
    /// What the service takes.
    pub(super) fn check(self) -> Result<EndpointPatch, Problem> {
        let short_id = |short_id: Option<String>| short_id.filter(|short_id| !short_id.is_empty());
        Ok(EndpointPatch {
            query: self.query,
            description: self.description,
            is_active: self.is_active,
            cache_age_seconds: self.cache_age_seconds,
            derived_from_insight: self.derived_from_insight.map(short_id),
            materialization: wish(self.is_materialized, self.sync_frequency.as_deref())?,
        })
    }
}

fn wish(enabled: Option<bool>, frequency: Option<&str>) -> Result<MaterializationWish, Problem> {
    Ok(MaterializationWish { enabled, frequency: frequency.map(SyncFrequency::read).transpose()? })
}
