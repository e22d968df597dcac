//! Which project a public token belongs to, remembered, as every captured batch asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use insights_core::ids::ProjectId;
use insights_core::project::repository::ProjectRepository;

use crate::blocking::blocking;
use crate::changes::Changes;
use crate::error::ApiError;

/// Tokens remembered at most.
const MOST_TOKENS: usize = 10_000;

/// The projects of tokens, for as long as no project changes. Unknown tokens are not remembered: anybody can make them up.
#[derive(Debug)]
pub(crate) struct ProjectTokens {
    projects: Arc<dyn ProjectRepository>,
    changes: Changes,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    generation: u64,
    projects: HashMap<String, ProjectId>,
}

impl ProjectTokens {
    pub(crate) fn new(projects: Arc<dyn ProjectRepository>, changes: Changes) -> Self {
        Self { projects, changes, known: Mutex::default() }
    }

    /// The project of `token`; `None` where no project has it.
    pub(crate) async fn find(&self, token: &str) -> Result<Option<ProjectId>, ApiError> {
        let generation = self.changes.generations().await?.access;
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.generation != generation || known.projects.len() >= MOST_TOKENS {
                *known = Known { generation, ..Known::default() };
            }
            if let Some(project) = known.projects.get(token) {
                return Ok(Some(*project));
            }
        }
        let (projects, asked) = (Arc::clone(&self.projects), token.to_owned());
        let found = blocking(move || projects.find_by_api_token(&asked)).await?.map(|project| project.id);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(project) = found.filter(|_| known.generation == generation) {
            known.projects.insert(token.to_owned(), project);
        }
        Ok(found)
    }
}
