//! Bodies that are sent to the insight routes.

use insights_core::ids::{DashboardId, InsightId};
use insights_core::insight::patch::{InsightPatch, NewInsight};
use insights_core::insight::tagging::{TagAction, TagOutcome};
use insights_core::problem::Problem;
use query_engine::answer::Query;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::json::present;
use crate::queries::QueryFailure;

/// An insight to make; everything may be left out. Unknown fields are ignored, as clients send whole insights back.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateInsight)]
pub(super) struct CreateInsightRequest {
    name: Option<String>,
    derived_name: Option<String>,
    description: Option<String>,
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    /// The query in its legacy form; dropped where there is a `query`.
    #[schema(value_type = Option<Object>)]
    filters: Option<Value>,
    order: Option<i32>,
    #[serde(default)]
    deleted: bool,
    saved: Option<bool>,
    #[serde(default)]
    favorited: bool,
    /// Numbers of the dashboards to put it on.
    #[serde(default)]
    dashboards: Vec<i64>,
    #[serde(default)]
    tags: Vec<String>,
    /// Path of the folder to make it in, such as `Marketing/Weekly`.
    #[serde(rename = "_create_in_folder")]
    folder: Option<String>,
}

/// What to change of an insight. Unknown fields are ignored, as clients send whole insights back.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchInsight)]
pub(super) struct PatchInsightRequest {
    #[serde(default, deserialize_with = "present")]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    derived_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    query: Option<Option<Value>>,
    #[schema(value_type = Option<Object>)]
    filters: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    order: Option<Option<i32>>,
    /// `true` deletes it, `false` brings it back.
    deleted: Option<bool>,
    favorited: Option<bool>,
    /// The only dashboards that it is on from then on.
    dashboards: Option<Vec<i64>>,
    tags: Option<Vec<String>>,
}

/// The insights that the caller looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = InsightsViewed)]
pub(super) struct ViewedRequest {
    /// 1 to 2500 numbers.
    insight_ids: Vec<i64>,
}

/// A query to cancel. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CancelInsightQuery)]
pub(super) struct CancelRequest {
    /// The name that the client gave it.
    client_query_id: Option<String>,
}

/// Tags to change on many insights.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = BulkUpdateTags)]
pub(super) struct BulkTagsRequest {
    /// 1 to 500 numbers of insights.
    ids: Vec<i64>,
    /// `add`, `remove` or `set`.
    action: String,
    tags: Vec<String>,
}

/// What became of the insights whose tags were to change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkTagsResponse {
    updated: Vec<TagsUpdated>,
    skipped: Vec<TagsSkipped>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TagsUpdated {
    id: i64,
    tags: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TagsSkipped {
    id: i64,
    reason: &'static str,
}

impl CreateInsightRequest {
    /// What the insight service takes; a query that cannot be read is refused.
    pub(super) fn check(self) -> Result<NewInsight, ApiError> {
        check_query(self.query.as_ref())?;
        Ok(NewInsight {
            name: self.name,
            derived_name: self.derived_name,
            description: self.description,
            query: self.query,
            filters: self.filters,
            order: self.order,
            deleted: self.deleted,
            saved: self.saved,
            favorited: self.favorited,
            dashboards: dashboard_ids(self.dashboards),
            tags: self.tags,
            folder: self.folder,
        })
    }
}

impl PatchInsightRequest {
    /// What the insight service takes; a query that cannot be read is refused.
    pub(super) fn check(self) -> Result<InsightPatch, ApiError> {
        check_query(self.query.as_ref().and_then(Option::as_ref))?;
        Ok(InsightPatch {
            name: self.name,
            derived_name: self.derived_name,
            description: self.description,
            query: self.query,
            filters: self.filters,
            order: self.order,
            deleted: self.deleted,
            favorited: self.favorited,
            dashboards: self.dashboards.map(dashboard_ids),
            tags: self.tags,
        })
    }
}

impl ViewedRequest {
    /// The insights.
    pub(super) fn ids(self) -> Vec<InsightId> {
        self.insight_ids.into_iter().map(InsightId).collect()
    }
}

impl CancelRequest {
    /// The name of the query.
    pub(super) fn id(self) -> Result<String, Problem> {
        let id = self.client_query_id.filter(|id| !id.is_empty());
        id.ok_or_else(|| Problem { detail: "Field is required.".to_owned(), ..Problem::required("client_query_id") })
    }
}

impl BulkTagsRequest {
    /// The insights, what is to be done, and the tags.
    pub(super) fn check(self) -> Result<(Vec<InsightId>, TagAction, Vec<String>), Problem> {
        let action = TagAction::from_name(&self.action);
        let action = action.ok_or_else(|| Problem::invalid_choice("action", &self.action))?;
        Ok((self.ids.into_iter().map(InsightId).collect(), action, self.tags))
    }
}

impl From<TagOutcome> for BulkTagsResponse {
    fn from(outcome: TagOutcome) -> Self {
        Self {
            updated: outcome.updated.into_iter().map(|(id, tags)| TagsUpdated { id: id.0, tags }).collect(),
            skipped: outcome.skipped.into_iter().map(|(id, reason)| TagsSkipped { id: id.0, reason }).collect(),
        }
    }
}

/// Refuses a query that cannot be read. What is no object at all is left to the insight service, which has words of its own for it.
fn check_query(query: Option<&Value>) -> Result<(), QueryFailure> {
    match query {
        Some(query) if query.is_object() => Query::parse(query).map(|_| ()).map_err(QueryFailure::malformed),
        _ => Ok(()),
    }
}

fn dashboard_ids(ids: Vec<i64>) -> Vec<DashboardId> {
    ids.into_iter().map(DashboardId).collect()
}
