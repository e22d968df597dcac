//! Dropping old answers from the query cache.

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web;
use chrono::{DateTime, Utc};
use insights_core::error::RepositoryError;
use insights_core::query_cache;
use insights_core::query_cache::repository::QueryCacheRepository;

use super::{Stopping, every};
use crate::app::AppState;
use crate::error::Chain;

/// How often answers that have been kept long enough are dropped.
const PERIOD: Duration = Duration::from_secs(3600);

/// Begins the work, the first round at once.
pub(super) fn start(state: web::Data<AppState>, stopping: Stopping) -> JoinHandle<()> {
    every(PERIOD, stopping, move |_| {
        let state = state.clone();
        async move {
            let cache = Arc::clone(&state.storage.repositories.query_cache);
            let now = state.clock.now();
            // The pool is gone only while the server ends.
            let Ok(dropped) = web::block(move || drop_old_answers(&*cache, now)).await else { return };
            match dropped {
                Ok(0) => {}
                Ok(n_answers) => tracing::info!(n_answers, "dropped old answers from the query cache"),
                Err(error) => tracing::warn!(error = %Chain(&error), "old answers stay in the query cache"),
            }
        }
    })
}

/// Drops the answers that have been kept for [`query_cache::RETENTION`], and tells how many.
fn drop_old_answers(cache: &dyn QueryCacheRepository, now: DateTime<Utc>) -> Result<usize, RepositoryError> {
    cache.delete_older(now - query_cache::RETENTION)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone as _};
    use insights_core::ids::RandomIds;
    use insights_core::memory::InMemoryDatabase;
    use insights_core::query_cache::CachedResult;
    use insights_core::setup::{SetupOptions, set_up};
    use insights_core::time::ManualClock;

    use super::*;

    #[test]
    fn answers_are_dropped_when_they_have_been_kept_long_enough() {
        let repositories = InMemoryDatabase::repositories();
        let computed = Utc.with_ymd_and_hms(2026, 1, 14, 12, 0, 0).unwrap();
        let clock = ManualClock::new(computed);
        let first = set_up(&*repositories.setup, &SetupOptions::default(), &clock, &RandomIds).unwrap().unwrap();
        let (cache_key, body, project) = ("cache_1_a".to_owned(), "{}".to_owned(), first.project.id);
        let cache = repositories.query_cache;
        cache.put(&CachedResult { cache_key, project, body, last_refresh: computed }).unwrap();

        assert_eq!(drop_old_answers(&*cache, computed + TimeDelta::days(7)).unwrap(), 0);
        assert_eq!(drop_old_answers(&*cache, computed + TimeDelta::days(7) + TimeDelta::seconds(1)).unwrap(), 1);
    }
}
