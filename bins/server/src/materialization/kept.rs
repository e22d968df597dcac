//! Results in memory, for the runs to come.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use insights_core::objects::ObjectKey;
use query_engine::answer::RowsPage;
use query_engine::materialization::KeptRows;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use serde_json::Value;

use crate::queries::{KeptAnswer, KeptHogql};

/// Results that are expected; more are kept as long as there are bytes.
const EXPECTED_RESULTS: usize = 128;

/// Bytes that one result takes beside its rows, about.
const ENTRY_BYTES: u64 = 4096;

/// A result, ready to answer runs.
#[derive(Debug)]
pub(super) struct Kept {
    /// In which days began when it was computed.
    pub(super) timezone: Tz,
    /// The answer.
    pub(super) form: KeptForm,
}

/// An answer as a whole, or rows to choose from.
#[derive(Debug)]
pub(super) enum KeptForm {
    /// It is given as it is.
    Whole(KeptAnswer),
    /// Some of the rows are given.
    Rows {
        /// What is told beside the rows.
        answer: KeptAnswer,
        /// The rows.
        rows: Box<KeptRows>,
    },
}

impl Kept {
    /// The answer to a run with those values of variables and `page` of its rows; `None` where only the query itself can tell.
    pub(super) fn answer(
        &self,
        timezone: Tz,
        variables: &BTreeMap<String, Value>,
        page: Option<RowsPage>,
    ) -> Option<KeptAnswer> {
        if timezone != self.timezone {
            return None;
        }
        match &self.form {
            KeptForm::Whole(answer) => (variables.is_empty() && page.is_none()).then(|| answer.clone()),
            KeptForm::Rows { answer, rows } => {
                let served = rows.serve(variables, page)?;
                let hogql = answer.hogql.as_ref().map(|hogql| {
                    Box::new(KeptHogql { limit: served.page.limit, offset: served.page.offset, ..(**hogql).clone() })
                });
                Some(KeptAnswer { results: served.rows, has_more: served.page.has_more, hogql, ..answer.clone() })
            }
        }
    }

    fn n_bytes(&self) -> u64 {
        ENTRY_BYTES
            + match &self.form {
                KeptForm::Whole(answer) => answer.results.get().len() as u64,
                KeptForm::Rows { rows, .. } => rows.n_bytes() as u64,
            }
    }
}

/// Results that runs were answered from, the ones used least being dropped first. One that is as large as all room there is is kept too.
#[derive(Debug)]
pub(super) struct KeptCache(Cache<ObjectKey, Arc<Kept>, Bytes>);

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<ObjectKey, Arc<Kept>> for Bytes {
    fn weight(&self, _: &ObjectKey, kept: &Arc<Kept>) -> u64 {
        kept.n_bytes()
    }
}

impl KeptCache {
    /// One that holds up to `max_bytes`.
    pub(super) fn new(max_bytes: u64) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(EXPECTED_RESULTS)
            .weight_capacity(max_bytes)
            // each shard has a part of the room: few large things are better off with one
            .shards(1)
            .build()
            .expect("all that has to be said is said");
        Self(Cache::with_options(options, Bytes, DefaultHashBuilder::default(), DefaultLifecycle::default()))
    }

    /// The result under the key, which `read` gives where it is not here; `None` where it is nowhere. Runs that come together wait for one
    /// reading, as results may be large.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) async fn get<E>(
        &self,
        key: &ObjectKey,
        read: impl Future<Output = Result<Option<Arc<Kept>>, E>>,
    ) -> Result<Option<Arc<Kept>>, E> {
        let found = async { read.await.map_err(Some)?.ok_or(None) };
        match self.0.get_or_insert_async(key, found).await {
            Ok(kept) => Ok(Some(kept)),
            Err(None) => Ok(None),
            Err(Some(failure)) => Err(failure),
        }
    }

    pub(super) fn remove(&self, key: &ObjectKey) {
        self.0.remove(key);
    }
}
