//! The use cases of whoever computes results, and of whoever asks for what is known of them.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::error::ServiceResult;
use insights_core::ids::IdSource;
use insights_core::objects::ObjectKey;
use insights_core::time::Clock;

use super::repository::MaterializationRepository;
use super::{KeptResult, Materialization, MaterializationState, given_out_at, new_key};
use crate::model::{Endpoint, EndpointId};

/// Endpoints that are looked at together.
const BATCH: u32 = 100;

/// The use cases of results that are computed ahead of time.
///
/// A result is written under a new key, then it is known of, then the one before is deleted. Whoever crashes in between leaves an object that nothing
/// is known of, which [`Self::orphans`] finds.
#[derive(Clone, Debug)]
pub struct MaterializationService {
    materializations: Arc<dyn MaterializationRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

/// A computation that has begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Refresh {
    /// Whose result, as the endpoint was when it began.
    pub endpoint: Endpoint,
    /// Where the result is to be written, before [`MaterializationService::conclude`] is told of it.
    pub key: ObjectKey,
    begun_at: DateTime<Utc>,
    before: Materialization,
}

/// What was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// The instant that it tells of.
    pub materialized_at: DateTime<Utc>,
    /// Rows of it.
    pub n_rows: u64,
    /// Bytes of the object.
    pub n_bytes: u64,
}

/// What is to be done after a computation.
#[derive(Clone, Debug, PartialEq)]
pub enum Concluded {
    /// What came of it is known now. The object of that key is not any more, and is to be deleted.
    Known(Option<ObjectKey>),
    /// Nobody wants it: the endpoint was changed meanwhile, or somebody else computes it. What was written is to be deleted.
    Unwanted(ObjectKey),
}

impl MaterializationService {
    /// A service over the repository.
    pub fn new(
        materializations: Arc<dyn MaterializationRepository>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { materializations, clock, ids }
    }

    /// What is known of the result that the endpoint wants; `None` where it wants none, or nothing is known yet.
    ///
    /// # Errors
    /// The repository's.
    pub fn get(&self, endpoint: &Endpoint) -> ServiceResult<Option<Materialization>> {
        Ok(self.get_batch(std::slice::from_ref(endpoint))?.pop())
    }

    /// As [`Self::get`], of several, without those of which nothing is known.
    ///
    /// # Errors
    /// The repository's.
    pub fn get_batch(&self, endpoints: &[Endpoint]) -> ServiceResult<Vec<Materialization>> {
        let wanting: Vec<&Endpoint> =
            endpoints.iter().filter(|endpoint| endpoint.fields.materialized.is_some()).collect();
        if wanting.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<EndpointId> = wanting.iter().map(|endpoint| endpoint.id).collect();
        let mut found = self.materializations.get_batch(&ids)?;
        found.retain(|known| {
            wanting.iter().any(|wants| wants.id == known.endpoint && wants.latest.version == known.version)
        });
        Ok(found)
    }

    /// Endpoints whose results are to be computed now, so many at once.
    ///
    /// # Errors
    /// The repository's.
    pub fn due(&self) -> ServiceResult<Vec<Endpoint>> {
        Ok(self.materializations.due(self.clock.now(), BATCH)?)
    }

    /// Begins to compute the result of `endpoint`, of which nothing may be heard for `patience`. `None` where there is nothing to do (any more): somebody
    /// else has computed it since it was found to be due, or it is not wanted as it was.
    ///
    /// # Errors
    /// The repository's.
    pub fn begin(&self, endpoint: &Endpoint, patience: TimeDelta) -> ServiceResult<Option<Refresh>> {
        let now = self.clock.now();
        let Some(frequency) = endpoint.fields.materialized else { return Ok(None) };
        let before = self.get(endpoint)?;
        if before.as_ref().is_some_and(|before| !before.is_due(frequency, now)) {
            return Ok(None);
        }
        let before = before.unwrap_or_else(|| Materialization {
            endpoint: endpoint.id,
            project: endpoint.project,
            version: endpoint.latest.version,
            frequency,
            run: uuid::Uuid::nil(),
            state: MaterializationState::Running,
            result: None,
            error: None,
            n_failures: 0,
            next_refresh_at: None,
        });
        let run = self.ids.uuid();
        let begun = before.begun(run, frequency, now, patience);
        let key = new_key(endpoint, now, run);
        let is_wanted = self.materializations.begin(&begun)?;
        Ok(is_wanted.then(|| Refresh { endpoint: endpoint.clone(), key, begun_at: now, before: begun }))
    }

    /// Keeps what came of a computation: that the result lies under [`Refresh::key`] now, or why there is none, for users to read.
    ///
    /// # Errors
    /// The repository's.
    pub fn conclude(&self, refresh: Refresh, outcome: Result<Refreshed, String>) -> ServiceResult<Concluded> {
        let Refresh { key, begun_at, before, .. } = refresh;
        let (after, obsolete) = match outcome {
            Ok(Refreshed { materialized_at, n_rows, n_bytes }) => {
                let obsolete = before.result.as_ref().map(|result| result.key.clone());
                let result = KeptResult { key: key.clone(), materialized_at, n_rows, n_bytes };
                (before.completed(result, begun_at), obsolete)
            }
            // the object may have been written before it failed
            Err(error) => (before.failed(&error, self.clock.now()), Some(key.clone())),
        };
        Ok(if self.materializations.conclude(&after)? { Concluded::Known(obsolete) } else { Concluded::Unwanted(key) })
    }

    /// Results that no endpoint wants any more, so many at once. Their objects are to be deleted, then they are to be forgotten.
    ///
    /// # Errors
    /// The repository's.
    pub fn unwanted(&self) -> ServiceResult<Vec<Materialization>> {
        Ok(self.materializations.unwanted(BATCH)?)
    }

    /// What is known of the result of an endpoint that was changed, where it does not want it any more; `endpoint` is as it is now, `None` for one
    /// that is gone.
    ///
    /// # Errors
    /// The repository's.
    pub fn unwanted_of(&self, id: EndpointId, endpoint: Option<&Endpoint>) -> ServiceResult<Option<Materialization>> {
        let is_wanted = |known: &Materialization| {
            endpoint.is_some_and(|wants| wants.fields.materialized.is_some() && wants.latest.version == known.version)
        };
        Ok(self.materializations.get_batch(&[id])?.pop().filter(|known| !is_wanted(known)))
    }

    /// Forgets a result whose object was deleted.
    ///
    /// # Errors
    /// The repository's.
    pub fn forget(&self, unwanted: &Materialization) -> ServiceResult<()> {
        // where it is not kept any more as it was, somebody else sees to it
        self.materializations.forget(unwanted)?;
        Ok(())
    }

    /// Those of `keys` under which a result lies that nothing is known of, and that no computation of the last `patience` can have written.
    ///
    /// # Errors
    /// The repository's.
    pub fn orphans(&self, keys: Vec<ObjectKey>, patience: TimeDelta) -> ServiceResult<Vec<ObjectKey>> {
        let until = self.clock.now() - patience;
        let mut orphans = Vec::new();
        for keys in keys.chunks(BATCH as usize) {
            let known: BTreeSet<ObjectKey> = self.materializations.known_keys(keys)?.into_iter().collect();
            let is_orphan = |key: &&ObjectKey| !known.contains(key) && given_out_at(key).is_some_and(|at| at < until);
            orphans.extend(keys.iter().filter(is_orphan).cloned());
        }
        Ok(orphans)
    }
}
