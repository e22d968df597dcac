//! Shares in memory: for tests, examples and programs that keep nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityRepository;
use insights_core::dashboard::repository::DashboardRepository;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{DashboardId, ProjectId};
use insights_core::insight::repository::{InsightKey, InsightRepository};
use insights_core::repositories::{DeletedRows, Repositories};

use crate::model::{
    AccessToken, GRACE, SharePassword, SharePasswordFields, SharePasswordId, SharedThing, Sharing, SharingId,
};
use crate::repository::{FormerToken, SharingDraft, SharingRepository};

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "sharing" };

/// Shares in a map behind a lock.
#[derive(Debug)]
pub struct InMemorySharing {
    insights: Arc<dyn InsightRepository>,
    dashboards: Arc<dyn DashboardRepository>,
    log: Arc<dyn ActivityRepository>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    shares: BTreeMap<SharingId, Sharing>,
    former: Vec<(SharingId, FormerToken)>,
    last_password: i64,
}

impl InMemorySharing {
    /// None yet, of the insights and dashboards of `repositories`, whose log is told of changes.
    pub fn new(repositories: &Repositories) -> Self {
        Self {
            insights: Arc::clone(&repositories.insights),
            dashboards: Arc::clone(&repositories.dashboards),
            log: Arc::clone(&repositories.activity),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }

    fn has(&self, project: ProjectId, thing: SharedThing) -> RepositoryResult<bool> {
        let rows = DeletedRows::Included;
        Ok(match thing {
            SharedThing::Insight(id) => self.insights.get(project, &InsightKey::Id(id), rows)?.is_some(),
            SharedThing::Dashboard(id) => self.dashboards.get(project, id, rows)?.is_some(),
        })
    }
}

impl SharingRepository for InMemorySharing {
    fn create(&self, draft: &SharingDraft, activity: Option<&NewActivity>) -> RepositoryResult<Sharing> {
        if !self.has(draft.project, draft.thing)? {
            return Err(RepositoryError::NotFound { what: draft.thing.name() });
        }
        let mut state = self.state();
        let token = &draft.fields.access_token;
        if state.shares.values().any(|other| other.thing == draft.thing || other.fields.access_token == *token) {
            return Err(RepositoryError::Conflict { what: "sharing" });
        }
        let id = SharingId(state.shares.last_key_value().map_or(1, |(last, _)| last.0 + 1));
        let (project, thing) = (draft.project, draft.thing);
        let sharing = Sharing { id, project, thing, version: 1, fields: draft.fields.clone(), passwords: Vec::new() };
        activity.map(|activity| self.log.append(activity)).transpose()?;
        state.shares.insert(id, sharing.clone());
        Ok(sharing)
    }

    fn get(&self, project: ProjectId, thing: SharedThing) -> RepositoryResult<Option<Sharing>> {
        let state = self.state();
        Ok(state.shares.values().find(|found| found.project == project && found.thing == thing).cloned())
    }

    fn find_by_token(&self, token: &AccessToken, now: DateTime<Utc>) -> RepositoryResult<Option<Sharing>> {
        let state = self.state();
        let is_former = |id: SharingId| {
            let mut former = state.former.iter();
            former.any(|(of, former)| *of == id && former.token == *token && now < former.expires_at)
        };
        let mut shares = state.shares.values();
        Ok(shares.find(|found| found.fields.access_token == *token || is_former(found.id)).cloned())
    }

    fn shared_dashboards(&self, project: ProjectId, ids: &[DashboardId]) -> RepositoryResult<Vec<DashboardId>> {
        let state = self.state();
        let enabled = state.shares.values().filter(|found| found.project == project && found.fields.enabled);
        let mut shared: Vec<_> = enabled
            .filter_map(|found| match found.thing {
                SharedThing::Dashboard(id) => Some(id).filter(|id| ids.contains(id)),
                SharedThing::Insight(_) => None,
            })
            .collect();
        shared.sort_unstable();
        Ok(shared)
    }

    fn update(
        &self,
        sharing: &Sharing,
        former: Option<&FormerToken>,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Sharing> {
        let mut state = self.state();
        let stored = state.shares.get_mut(&sharing.id).ok_or(NOT_FOUND)?;
        if stored.version != sharing.version {
            return Err(RepositoryError::Conflict { what: "sharing" });
        }
        activity.map(|activity| self.log.append(activity)).transpose()?;
        stored.version += 1;
        stored.fields = sharing.fields.clone();
        let updated = stored.clone();
        if let Some(former) = former {
            state.former.retain(|(of, other)| *of != sharing.id || other.expires_at > former.expires_at - GRACE);
            state.former.push((sharing.id, former.clone()));
        }
        Ok(updated)
    }

    fn add_password(
        &self,
        sharing: SharingId,
        fields: &SharePasswordFields,
        limit: usize,
    ) -> RepositoryResult<SharePassword> {
        let mut state = self.state();
        let id = SharePasswordId(state.last_password + 1);
        let stored = state.shares.get_mut(&sharing).ok_or(NOT_FOUND)?;
        if stored.passwords.len() >= limit {
            return Err(RepositoryError::Limit { what: "passwords", limit });
        }
        let password = SharePassword { id, fields: fields.clone() };
        stored.passwords.push(password.clone());
        state.last_password = id.0;
        Ok(password)
    }

    fn deactivate_password(&self, sharing: SharingId, id: SharePasswordId) -> RepositoryResult<()> {
        let mut state = self.state();
        let passwords = &mut state.shares.get_mut(&sharing).ok_or(NOT_FOUND)?.passwords;
        let n_before = passwords.len();
        passwords.retain(|password| password.id != id);
        if passwords.len() == n_before { Err(RepositoryError::NotFound { what: "password" }) } else { Ok(()) }
    }
}
