//! The bodies of the query route, which asynchronous queries keep too.

use std::collections::BTreeMap;
use std::sync::Arc;

use query_engine::control::QueryProgress;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::KeptRange;
use super::status::{QueryState, QueryStatus};
use super::{Answered, QueryOutcome};
use crate::wire::Timestamp;

/// An answered query.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueryResponse {
    /// The series, steps or rows.
    #[schema(value_type = Value)]
    pub(crate) results: Arc<RawValue>,
    /// Names of the columns, for kinds whose results are rows.
    #[schema(value_type = Option<Value>)]
    pub(crate) columns: Option<Arc<RawValue>>,
    /// Types of the columns, likewise.
    #[schema(value_type = Option<Value>)]
    pub(crate) types: Option<Arc<RawValue>>,
    /// Whether there is more than the limit let through.
    #[serde(rename = "hasMore")]
    pub(crate) has_more: Option<bool>,
    /// Whether the answer was computed for an earlier request.
    pub(crate) is_cached: bool,
    /// The instant that the answer tells of.
    pub(crate) last_refresh: Timestamp,
    /// When asking again may give a newer answer.
    pub(crate) next_allowed_client_refresh: Timestamp,
    /// When the answer becomes stale.
    pub(crate) cache_target_age: Timestamp,
    /// Name of the answer in the cache.
    pub(crate) cache_key: String,
    /// Zone in which days begin.
    pub(crate) timezone: String,
    /// The query as HogQL, for kinds that are; `null` for others, since the engine runs them without.
    pub(crate) hogql: Option<String>,
    /// The most rows that there could be; `null` where the text of the query itself says.
    pub(crate) limit: Option<u64>,
    /// How many rows were left out first, likewise.
    pub(crate) offset: Option<u64>,
    /// The instant from which to ask for the next rows, where they are in order of time and there are more.
    #[serde(rename = "nextCursor")]
    pub(crate) next_cursor: Option<String>,
    /// The steps in which it was computed, where that was asked for.
    #[schema(value_type = Option<Value>)]
    pub(crate) explain: Option<Arc<RawValue>>,
    /// Durations of parts of the work; none are told.
    pub(crate) timings: Option<Vec<Value>>,
    /// Settings that the answer depends on; there are none.
    #[schema(value_type = Value)]
    pub(crate) modifiers: BTreeMap<String, Value>,
    /// The range that was looked at.
    pub(crate) resolved_date_range: Option<DateRangeBody>,
    /// What the query touches; nothing is told.
    #[schema(value_type = Option<Value>)]
    pub(crate) query_metadata: Option<BTreeMap<String, Value>>,
    /// The run that will replace this answer, where one was started.
    pub(crate) query_status: Option<QueryStatusBody>,
    /// What made the server compute the answer, apart from a request.
    pub(crate) calculation_trigger: Option<String>,
    /// `null`: an error has a body of its own.
    pub(crate) error: Option<String>,
}

/// A query that has no answer yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueryMissResponse {
    /// Name that the answer will have in the cache.
    pub(crate) cache_key: String,
    /// The run that will give the answer, if any.
    pub(crate) query_status: Option<QueryStatusBody>,
}

/// The instants between which a query looked at events, both inclusive.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct DateRangeBody {
    /// First instant.
    pub(crate) date_from: Timestamp,
    /// Last instant.
    pub(crate) date_to: Timestamp,
}

/// An asynchronous query, or one that is running.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueryStatusBody {
    /// Name to ask by.
    pub(crate) id: String,
    /// Whether the one who asked went away without the answer.
    pub(crate) query_async: bool,
    /// Project.
    pub(crate) team_id: i64,
    /// The insight that it was asked for.
    pub(crate) insight_id: Option<i64>,
    /// The dashboard that the insight was shown on.
    pub(crate) dashboard_id: Option<i64>,
    /// Whether it has ended, well or not.
    pub(crate) complete: bool,
    /// Whether it failed.
    pub(crate) error: bool,
    /// Why it failed, where a client can do something about it.
    pub(crate) error_message: Option<String>,
    /// The whole response, once there is one.
    #[schema(value_type = Option<Value>)]
    pub(crate) results: Option<Arc<RawValue>>,
    /// When it was asked.
    pub(crate) start_time: Timestamp,
    /// When it left the queue.
    pub(crate) pickup_time: Option<Timestamp>,
    /// When it ended.
    pub(crate) end_time: Option<Timestamp>,
    /// Until when its status is kept.
    pub(crate) expiration_time: Timestamp,
    /// Identity of this run.
    pub(crate) task_id: String,
    /// `null`.
    pub(crate) labels: Option<Vec<String>>,
    /// How far it is, where that was asked for.
    pub(crate) query_progress: Option<QueryProgressBody>,
}

/// How far a query is.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct QueryProgressBody {
    /// Bytes of columns read.
    pub(crate) bytes_read: u64,
    /// Rows looked at.
    pub(crate) rows_read: u64,
    /// Rows that there are to look at, as far as is known.
    pub(crate) estimated_rows_total: u64,
    /// Seconds since it began.
    pub(crate) time_elapsed: f64,
    /// Seconds of processor time; a query runs on one thread, so that this is the time since it began.
    pub(crate) active_cpu_time: f64,
}

impl QueryResponse {
    /// The body for `answered`.
    pub(crate) fn new(answered: &Answered) -> Self {
        let kept = &answered.answer;
        let hogql = kept.hogql.as_ref();
        Self {
            results: Arc::clone(&kept.results),
            columns: kept.columns.clone(),
            types: kept.types.clone(),
            has_more: kept.has_more,
            is_cached: answered.is_cached,
            last_refresh: Timestamp(answered.last_refresh),
            next_allowed_client_refresh: Timestamp(answered.next_allowed_client_refresh()),
            cache_target_age: Timestamp(answered.cache_target_age),
            cache_key: answered.cache_key.clone(),
            timezone: answered.timezone.name().to_owned(),
            hogql: hogql.map(|hogql| hogql.text.clone()),
            limit: hogql.and_then(|hogql| hogql.limit),
            offset: hogql.and_then(|hogql| hogql.offset),
            next_cursor: hogql.and_then(|hogql| hogql.next_cursor.clone()),
            explain: hogql.and_then(|hogql| hogql.explain.clone()),
            timings: None,
            modifiers: BTreeMap::new(),
            resolved_date_range: kept.range.map(DateRangeBody::from),
            query_metadata: None,
            query_status: answered.status.as_ref().map(QueryStatusBody::from),
            calculation_trigger: None,
            error: None,
        }
    }
}

impl QueryMissResponse {
    /// The body for a query without an answer.
    pub(crate) fn new(cache_key: String, status: Option<&QueryStatus>) -> Self {
        Self { cache_key, query_status: status.map(QueryStatusBody::from) }
    }
}

impl QueryOutcome {
    /// Whether the answer that the client asked for is still to come.
    pub(crate) fn is_pending(&self) -> bool {
        let status = match self {
            Self::Answered(answered) => answered.status.as_ref(),
            Self::Missed { status, .. } => status.as_ref(),
        };
        status.is_some_and(|status| !status.is_complete())
    }
}

impl From<KeptRange> for DateRangeBody {
    fn from(range: KeptRange) -> Self {
        Self { date_from: Timestamp(range.from), date_to: Timestamp(range.to) }
    }
}

impl From<&QueryStatus> for QueryStatusBody {
    fn from(status: &QueryStatus) -> Self {
        let (results, error_message) = match &status.state {
            QueryState::Running => (None, None),
            QueryState::Complete(response) => (Some(Arc::clone(response)), None),
            QueryState::Failed(message) => (None, message.clone()),
        };
        Self {
            id: status.id.clone(),
            query_async: status.is_async,
            team_id: status.project.0,
            insight_id: status.insight.map(|id| id.0),
            dashboard_id: status.dashboard.map(|id| id.0),
            complete: status.is_complete(),
            error: matches!(status.state, QueryState::Failed(_)),
            error_message,
            results,
            start_time: Timestamp(status.started_at),
            pickup_time: status.picked_up_at.map(Timestamp),
            end_time: status.ended_at.map(Timestamp),
            expiration_time: Timestamp(status.expires_at),
            task_id: status.task.to_string(),
            labels: None,
            query_progress: None,
        }
    }
}

impl From<QueryProgress> for QueryProgressBody {
    fn from(progress: QueryProgress) -> Self {
        let elapsed_s = progress.elapsed.as_secs_f64();
        Self {
            bytes_read: progress.bytes_read,
            rows_read: progress.rows_read,
            estimated_rows_total: progress.estimated_rows_total,
            time_elapsed: elapsed_s,
            active_cpu_time: elapsed_s,
        }
    }
}
