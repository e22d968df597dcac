//! What is known of the results of endpoints, in memory.

use chrono::{DateTime, Utc};
use insights_core::error::RepositoryResult;
use insights_core::objects::ObjectKey;

use super::InMemoryEndpoints;
use crate::materialized::Materialization;
use crate::materialized::repository::MaterializationRepository;
use crate::model::{Endpoint, EndpointId};

impl InMemoryEndpoints {
    /// The endpoint, where it wants a result of that version.
    fn wanting(&self, materialization: &Materialization) -> Option<Endpoint> {
        let endpoints = self.endpoints();
        let endpoint = &endpoints.get(&materialization.endpoint)?.endpoint;
        let wants = endpoint.fields.materialized.is_some() && endpoint.latest.version == materialization.version;
        wants.then(|| endpoint.clone())
    }
}

impl MaterializationRepository for InMemoryEndpoints {
    fn get_batch(&self, endpoints: &[EndpointId]) -> RepositoryResult<Vec<Materialization>> {
        let known = self.materializations();
        Ok(endpoints.iter().filter_map(|id| known.get(id)).cloned().collect())
    }

    fn due(&self, now: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Endpoint>> {
        let (endpoints, known) = (self.endpoints(), self.materializations());
        let mut due: Vec<(Option<DateTime<Utc>>, &Endpoint)> = Vec::new();
        for endpoint in endpoints.values().map(|stored| &stored.endpoint) {
            let Some(frequency) = endpoint.fields.materialized else { continue };
            let is_same =
                |known: &&Materialization| known.version == endpoint.latest.version && known.frequency == frequency;
            match known.get(&endpoint.id).filter(is_same).map(|known| known.next_refresh_at) {
                None => due.push((None, endpoint)),
                Some(Some(at)) if at <= now => due.push((Some(at), endpoint)),
                Some(_) => {}
            }
        }
        due.sort_by_key(|(at, endpoint)| (*at, endpoint.id));
        Ok(due.into_iter().take(limit as usize).map(|(_, endpoint)| endpoint.clone()).collect())
    }

    fn begin(&self, materialization: &Materialization) -> RepositoryResult<bool> {
        let is_wanted = self.wanting(materialization).is_some();
        if is_wanted {
            self.materializations().insert(materialization.endpoint, materialization.clone());
        }
        Ok(is_wanted)
    }

    fn conclude(&self, materialization: &Materialization) -> RepositoryResult<bool> {
        let is_wanted = self.wanting(materialization).is_some();
        let mut known = self.materializations();
        match known.get_mut(&materialization.endpoint) {
            Some(known) if is_wanted && known.run == materialization.run => {
                *known = materialization.clone();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn unwanted(&self, limit: u32) -> RepositoryResult<Vec<Materialization>> {
        let known: Vec<Materialization> = self.materializations().values().cloned().collect();
        let is_unwanted = |known: &Materialization| self.wanting(known).is_none();
        Ok(known.into_iter().filter(is_unwanted).take(limit as usize).collect())
    }

    fn forget(&self, materialization: &Materialization) -> RepositoryResult<bool> {
        let mut known = self.materializations();
        let is_same = known.get(&materialization.endpoint).is_some_and(|known| known.run == materialization.run);
        if is_same {
            known.remove(&materialization.endpoint);
        }
        Ok(is_same)
    }

    fn known_keys(&self, keys: &[ObjectKey]) -> RepositoryResult<Vec<ObjectKey>> {
        let known = self.materializations();
        let known = known.values().filter_map(|known| known.result.as_ref()).map(|result| &result.key);
        Ok(known.filter(|key| keys.contains(key)).cloned().collect())
    }
}
