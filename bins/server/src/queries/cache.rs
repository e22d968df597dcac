//! The cache of answers: the repository's calls moved off the asynchronous workers, and its texts read.
//!
//! The cache is a convenience: where it fails, the failure is logged and the query is computed.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use insights_core::query_cache::CachedResult;
use insights_core::query_cache::repository::QueryCacheRepository;
use tokio::task::spawn_blocking;

use super::Computed;
use super::answer::KeptAnswer;
use super::prepare::Prepared;
use crate::error::Chain;

/// Largest answer that is cached, in bytes of text.
const MAX_CACHED_BYTES: usize = 16 << 20;

/// Answers by the keys of `key.rs`.
#[derive(Clone)]
pub(crate) struct AnswerCache {
    repository: Arc<dyn QueryCacheRepository>,
}

impl AnswerCache {
    /// The answers in `repository`.
    pub(crate) fn new(repository: Arc<dyn QueryCacheRepository>) -> Self {
        Self { repository }
    }

    /// The cached answer to `prepared`.
    pub(crate) async fn get(&self, prepared: &Prepared) -> Option<Computed> {
        self.get_batch([prepared]).await.remove(&prepared.key)
    }

    /// The cached answers to `prepared`, all of one project, by their keys.
    pub(crate) async fn get_batch<'a>(
        &self,
        prepared: impl IntoIterator<Item = &'a Prepared>,
    ) -> HashMap<String, Computed> {
        let mut keys = Vec::new();
        let mut project = None;
        for prepared in prepared {
            project = Some(prepared.project());
            keys.push(prepared.key.clone());
        }
        let Some(project) = project else { return HashMap::new() };
        let repository = Arc::clone(&self.repository);
        let found = off_worker("read", move || repository.get_batch(project, &keys)).await.unwrap_or_default();
        found.into_iter().filter_map(|entry| Some((entry.cache_key.clone(), read(&entry)?))).collect()
    }

    /// Keeps the answer to `prepared` in place of an older one.
    pub(crate) async fn put(&self, prepared: &Prepared, computed: &Computed) {
        let answer = serde_json::to_string(&computed.answer).expect("an answer can be written");
        if answer.len() > MAX_CACHED_BYTES {
            tracing::info!(project = prepared.project().0, bytes = answer.len(), "an answer is too large to be cached");
            return;
        }
        let entry = CachedResult {
            cache_key: prepared.key.clone(),
            project: prepared.project(),
            body: answer,
            last_refresh: computed.last_refresh,
        };
        let repository = Arc::clone(&self.repository);
        off_worker("write", move || repository.put(&entry)).await;
    }
}

fn read(entry: &CachedResult) -> Option<Computed> {
    let answer: KeptAnswer = serde_json::from_str(&entry.body).ok()?;
    Some(Computed { answer, last_refresh: entry.last_refresh })
}

/// Runs `work` where blocking is allowed; a failure is logged and gives `None`.
async fn off_worker<T, E>(what: &'static str, work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Option<T>
where
    T: Send + 'static,
    E: Error + Send + 'static,
{
    match spawn_blocking(work).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::warn!(error = %Chain(&error), "the query cache cannot {what}");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "the query cache crashed on a {what}");
            None
        }
    }
}

impl fmt::Debug for AnswerCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerCache")
    }
}
