//! Which project a public token belongs to, remembered, as every captured batch asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::ids::ProjectId;
use insights_core::project::repository::ProjectRepository;
use insights_core::time::Clock;

use crate::blocking::blocking;
use crate::error::ApiError;

/// How long a token is believed to be its project's without asking again: another server may have removed the project.
const BELIEVED_FOR: TimeDelta = TimeDelta::seconds(60);
/// Tokens remembered at most.
const MOST_TOKENS: usize = 10_000;

/// The projects of tokens. Unknown tokens are not remembered: a project made for one must take events at once.
#[derive(Debug)]
pub(crate) struct ProjectTokens {
    projects: Arc<dyn ProjectRepository>,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    project: ProjectId,
    until: DateTime<Utc>,
}

impl ProjectTokens {
    pub(crate) fn new(projects: Arc<dyn ProjectRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { projects, clock, known: Mutex::default() }
    }

    /// The project of `token`; `None` where no project has it.
    pub(crate) async fn find(&self, token: &str) -> Result<Option<ProjectId>, ApiError> {
        let now = self.clock.now();
        let known = self.known.lock().expect("no holder of this lock panics").get(token).copied();
        if let Some(known) = known.filter(|known| now < known.until) {
            return Ok(Some(known.project));
        }
        let (projects, asked) = (Arc::clone(&self.projects), token.to_owned());
        let found = blocking(move || projects.find_by_api_token(&asked)).await?;
        let mut known = self.known.lock().expect("no holder of this lock panics");
        let Some(project) = found.map(|project| project.id) else {
            known.remove(token);
            return Ok(None);
        };
        if known.len() >= MOST_TOKENS {
            known.clear();
        }
        known.insert(token.to_owned(), Known { project, until: now + BELIEVED_FOR });
        Ok(Some(project))
    }
}
