//! The activity log, the query cache and the server's secret in memory.

use chrono::{DateTime, Utc};

use super::InMemoryDatabase;
use crate::activity::repository::{ActivityFilter, ActivityRepository};
use crate::activity::{ActivityEntry, NewActivity};
use crate::error::{RepositoryError, RepositoryResult};
use crate::ids::ProjectId;
use crate::paging::{Page, Paged};
use crate::query_cache::CachedResult;
use crate::query_cache::repository::QueryCacheRepository;
use crate::server_secret::ServerSecret;
use crate::server_secret::repository::ServerSecretRepository;

impl ActivityRepository for InMemoryDatabase {
    fn append(&self, activity: &NewActivity) -> RepositoryResult<ActivityEntry> {
        Ok(self.state().log(activity))
    }

    fn list(&self, filter: &ActivityFilter, page: Page) -> RepositoryResult<Paged<ActivityEntry>> {
        let state = self.state();
        let is_asked_for = |entry: &&ActivityEntry| {
            let activity = &entry.activity;
            activity.project == Some(filter.project)
                && activity.scope == filter.scope
                && filter.item_id.as_ref().is_none_or(|item_id| activity.item_id == *item_id)
        };
        let mut entries: Vec<_> = state.activity.iter().filter(is_asked_for).cloned().collect();
        entries.sort_by_key(|entry| std::cmp::Reverse((entry.activity.created_at, entry.id)));
        Ok(Paged::cut(entries, page))
    }
}

impl QueryCacheRepository for InMemoryDatabase {
    fn get(&self, project: ProjectId, cache_key: &str) -> RepositoryResult<Option<CachedResult>> {
        Ok(self.state().cache.get(&(project, cache_key.to_owned())).cloned())
    }

    fn get_batch(&self, project: ProjectId, cache_keys: &[String]) -> RepositoryResult<Vec<CachedResult>> {
        let state = self.state();
        let keys: std::collections::BTreeSet<_> = cache_keys.iter().collect();
        Ok(keys.into_iter().filter_map(|key| state.cache.get(&(project, key.clone())).cloned()).collect())
    }

    fn put(&self, result: &CachedResult) -> RepositoryResult<()> {
        let mut state = self.state();
        if !state.projects.contains_key(&result.project) {
            return Err(RepositoryError::NotFound { what: "project" });
        }
        let place = (result.project, result.cache_key.clone());
        if state.cache.get(&place).is_none_or(|kept| kept.last_refresh <= result.last_refresh) {
            state.cache.insert(place, result.clone());
        }
        Ok(())
    }

    fn delete_older(&self, before: DateTime<Utc>) -> RepositoryResult<usize> {
        let mut state = self.state();
        let n_before = state.cache.len();
        state.cache.retain(|_, kept| kept.last_refresh >= before);
        Ok(n_before - state.cache.len())
    }
}

impl ServerSecretRepository for InMemoryDatabase {
    fn get_or_keep(&self, candidate: &ServerSecret) -> RepositoryResult<ServerSecret> {
        Ok(self.state().server_secret.get_or_insert_with(|| candidate.clone()).clone())
    }
}
