//! Changes in memory: reading costs nothing here, so nothing is worth keeping.

use std::sync::atomic::Ordering;

use super::InMemoryDatabase;
use crate::changes::{ChangeRepository, Generations};
use crate::error::RepositoryResult;

impl ChangeRepository for InMemoryDatabase {
    fn generations(&self) -> RepositoryResult<Generations> {
        // Never the same twice, which is always right: who asks reads anew.
        let generation = self.n_times_asked.fetch_add(1, Ordering::Relaxed);
        Ok(Generations { access: generation, prompts: generation })
    }
}
