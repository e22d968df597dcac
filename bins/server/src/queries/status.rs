//! What is known of asynchronous queries: kept for a while after they end, so that whoever asked can fetch the answer.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use insights_core::ids::{DashboardId, InsightId, ProjectId};
use serde_json::value::RawValue;
use uuid::Uuid;

/// For how long a status is kept after the query was asked.
pub(crate) const STATUS_LIFETIME: TimeDelta = TimeDelta::minutes(20);

/// An asynchronous query.
#[derive(Clone, Debug)]
pub struct QueryStatus {
    /// Name that the client gave it, or the cache key of its answer; one per project.
    pub id: String,
    /// Whose query.
    pub project: ProjectId,
    /// Name of its answer in the cache: a query of the same id and another key is another query.
    pub cache_key: String,
    /// Whether the one who asked went away without the answer.
    pub is_async: bool,
    /// The insight that it was asked for, if any.
    pub insight: Option<InsightId>,
    /// The dashboard that the insight was shown on, if any.
    pub dashboard: Option<DashboardId>,
    /// Identity of this run: another run of the same id has another one.
    pub task: Uuid,
    /// When it was asked.
    pub started_at: DateTime<Utc>,
    /// When it left the queue.
    pub picked_up_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Until when this is kept.
    pub expires_at: DateTime<Utc>,
    /// Where it stands.
    pub state: QueryState,
}

/// Where an asynchronous query stands.
#[derive(Clone, Debug)]
pub enum QueryState {
    /// In the queue or running.
    Running,
    /// Answered: the whole response, as the query route would have given it.
    Complete(Arc<RawValue>),
    /// Ended without an answer; the message is `None` where it is for the log alone.
    Failed(Option<String>),
}

impl QueryStatus {
    /// The status of a query that a caller waits or waited for, which the store does not keep.
    pub(crate) fn unkept(project: ProjectId, id: String, started_at: DateTime<Utc>, state: QueryState) -> Self {
        Self {
            id,
            project,
            cache_key: String::new(),
            is_async: false,
            insight: None,
            dashboard: None,
            task: Uuid::nil(),
            started_at,
            picked_up_at: None,
            ended_at: None,
            expires_at: started_at + STATUS_LIFETIME,
            state,
        }
    }

    /// Whether it has ended, well or not.
    pub fn is_complete(&self) -> bool {
        !matches!(self.state, QueryState::Running)
    }

    fn size_bytes(&self) -> usize {
        match &self.state {
            QueryState::Running | QueryState::Failed(None) => 0,
            QueryState::Complete(response) => response.get().len(),
            QueryState::Failed(Some(message)) => message.len(),
        }
    }
}

/// Where statuses are kept: in memory, or where several servers can see them.
#[async_trait]
pub trait QueryStatusStore: Send + Sync + fmt::Debug {
    /// The status of that name, unless it has expired by `now`.
    async fn get(&self, project: ProjectId, id: &str, now: DateTime<Utc>) -> Option<QueryStatus>;

    /// Keeps `status` in place of an earlier one of the same name.
    async fn put(&self, status: QueryStatus);
}

/// Statuses in the memory of this process, bounded in number and size. The ended ones that expire first make room.
#[derive(Debug)]
pub struct InMemoryQueryStatusStore {
    max_statuses: usize,
    max_bytes: usize,
    statuses: Mutex<HashMap<(ProjectId, String), QueryStatus>>,
}

impl InMemoryQueryStatusStore {
    /// No statuses; at most `max_statuses` with `max_bytes` of responses, apart from those of running queries, which the queue bounds.
    pub fn new(max_statuses: usize, max_bytes: usize) -> Self {
        Self { max_statuses, max_bytes, statuses: Mutex::default() }
    }
}

impl Default for InMemoryQueryStatusStore {
    /// 10,000 statuses with 128 MiB of responses.
    fn default() -> Self {
        Self::new(10_000, 128 << 20)
    }
}

#[async_trait]
impl QueryStatusStore for InMemoryQueryStatusStore {
    async fn get(&self, project: ProjectId, id: &str, now: DateTime<Utc>) -> Option<QueryStatus> {
        let statuses = self.statuses.lock().expect("no holder of this lock panics");
        statuses.get(&(project, id.to_owned())).filter(|status| status.expires_at > now).cloned()
    }

    async fn put(&self, status: QueryStatus) {
        let mut statuses = self.statuses.lock().expect("no holder of this lock panics");
        let now = status.ended_at.or(status.picked_up_at).unwrap_or(status.started_at);
        statuses.insert((status.project, status.id.clone()), status);
        statuses.retain(|_, status| status.expires_at > now);
        let mut n_bytes: usize = statuses.values().map(QueryStatus::size_bytes).sum();
        while statuses.len() > self.max_statuses || n_bytes > self.max_bytes {
            let ended = statuses.iter().filter(|(_, status)| status.is_complete());
            let Some(key) = ended.min_by_key(|(_, status)| status.expires_at).map(|(key, _)| key.clone()) else {
                return;
            };
            n_bytes -= statuses.remove(&key).map_or(0, |status| status.size_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn status(id: &str, started_s: i64, state: QueryState) -> QueryStatus {
        QueryStatus {
            id: id.to_owned(),
            project: ProjectId(1),
            cache_key: "cache_1_0".to_owned(),
            is_async: true,
            insight: None,
            dashboard: None,
            task: Uuid::nil(),
            started_at: at(started_s),
            picked_up_at: None,
            ended_at: None,
            expires_at: at(started_s) + STATUS_LIFETIME,
            state,
        }
    }

    fn complete(text: &str) -> QueryState {
        QueryState::Complete(Arc::from(RawValue::from_string(text.to_owned()).unwrap()))
    }

    #[tokio::test]
    async fn statuses_are_kept_for_twenty_minutes_and_by_project() {
        let store = InMemoryQueryStatusStore::new(10, 1000);
        store.put(status("a", 0, QueryState::Running)).await;
        assert!(store.get(ProjectId(1), "a", at(1199)).await.is_some());
        assert!(store.get(ProjectId(1), "a", at(1200)).await.is_none());
        assert!(store.get(ProjectId(2), "a", at(0)).await.is_none());
        store.put(status("b", 1200, QueryState::Running)).await;
        assert_eq!(store.statuses.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn the_oldest_ended_ones_make_room() {
        let store = InMemoryQueryStatusStore::new(3, 8);
        store.put(status("running", 0, QueryState::Running)).await;
        store.put(status("first", 1, complete("12345"))).await;
        store.put(status("second", 2, complete("1234"))).await;
        assert!(store.get(ProjectId(1), "first", at(2)).await.is_none(), "more bytes than allowed");
        store.put(status("third", 3, QueryState::Failed(None))).await;
        store.put(status("fourth", 4, QueryState::Failed(None))).await;
        assert!(store.get(ProjectId(1), "second", at(4)).await.is_none(), "more statuses than allowed");
        assert!(store.get(ProjectId(1), "running", at(4)).await.is_some());
    }
}
