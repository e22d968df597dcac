//! What authorising found out, kept for as long as nothing that decides about access has changed.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::Principal;
use crate::api_key::secret::SecureValue;
use crate::ids::ApiKeyId;
use crate::project::Project;

/// Most keys, and most projects, that are kept: what an attacker without a good key cannot fill.
const MOST: usize = 10_000;

/// Good keys and the projects that they reached. Refusals are not kept.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    found: RwLock<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// Of [`Generations::access`](crate::changes::Generations::access), taken before anything of this was read.
    generation: u64,
    principals: HashMap<String, (SecureValue, Principal)>,
    projects: HashMap<ApiKeyId, HashMap<String, Project>>,
}

impl Found {
    /// Forgets what was read in another generation.
    fn turn_to(&mut self, generation: u64) {
        if self.generation != generation {
            *self = Self { generation, ..Self::default() };
        }
    }
}

impl Remembered {
    /// Whom the key stands for that hashes to `presented`.
    pub(super) fn principal(&self, presented: &SecureValue, generation: u64, now: DateTime<Utc>) -> Option<Principal> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        if found.generation != generation {
            return None;
        }
        let (stored, principal) = found.principals.get(&presented.0)?;
        (stored.matches(presented) && !principal.key.is_expired(now)).then(|| principal.clone())
    }

    pub(super) fn keep_principal(&self, stored: SecureValue, principal: &Principal, generation: u64) {
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        found.turn_to(generation);
        if found.principals.len() >= MOST {
            found.principals.clear();
        }
        found.principals.insert(stored.0.clone(), (stored, principal.clone()));
    }

    /// The project that the key reached by `selector`.
    pub(super) fn project(&self, key: &ApiKeyId, selector: &str, generation: u64) -> Option<Project> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        if found.generation != generation {
            return None;
        }
        found.projects.get(key)?.get(selector).cloned()
    }

    pub(super) fn keep_project(&self, key: &ApiKeyId, selector: &str, project: &Project, generation: u64) {
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        found.turn_to(generation);
        if found.projects.values().map(HashMap::len).sum::<usize>() >= MOST {
            found.projects.clear();
        }
        found.projects.entry(key.clone()).or_default().insert(selector.to_owned(), project.clone());
    }
}
