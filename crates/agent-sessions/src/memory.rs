//! Sessions in memory, for tests and examples.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::OrganizationId;

use crate::assembly::Material;
use crate::event::TelemetryEvent;
use crate::judge::Judgement;
use crate::metric::TelemetryMetric;
use crate::model::{DeveloperId, FullSession, Session, SessionKey};
use crate::relate::Relation;
use crate::repository::{
    AgentSessionRepository, Appended, Edited, Filter, MAX_MATERIAL, Slice, StoredSession, session_uid,
};
use crate::sub_session::{SubSession, SubSessionId};

const WHAT: &str = "session";

#[derive(Debug, Default)]
struct Kept {
    events: BTreeMap<(DateTime<Utc>, String), TelemetryEvent>,
    metrics: BTreeMap<(DateTime<Utc>, String), TelemetryMetric>,
    revision: i64,
    judgement: Judgement,
    judged_revision: i64,
    edited: Edited,
    full: Option<FullSession>,
}

/// Keeps sessions as long as it lives.
#[derive(Debug, Default)]
pub struct InMemoryAgentSessions {
    sessions: Mutex<BTreeMap<SessionKey, Kept>>,
}

impl InMemoryAgentSessions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<SessionKey, Kept>> {
        self.sessions.lock().expect("no holder of this lock panics")
    }
}

impl Kept {
    fn shown(&self) -> Option<FullSession> {
        let mut full = self.full.clone()?;
        self.edited.apply(&mut full.session);
        Some(full)
    }

    fn at(&mut self, revision: i64) -> RepositoryResult<&mut Self> {
        if self.revision == revision { Ok(self) } else { Err(RepositoryError::Conflict { what: WHAT }) }
    }
}

fn fits(filter: &Filter, key: &SessionKey, began: DateTime<Utc>) -> bool {
    key.organization == filter.organization
        && filter.developer.is_none_or(|developer| key.developer == developer)
        && filter.began.contains(began)
}

impl AgentSessionRepository for InMemoryAgentSessions {
    fn append(
        &self,
        key: &SessionKey,
        events: &[TelemetryEvent],
        metrics: &[TelemetryMetric],
    ) -> RepositoryResult<Appended> {
        let mut sessions = self.lock();
        let kept = sessions.entry(key.clone()).or_default();
        let mut appended = Appended::default();
        for event in events {
            let dedup_key = event.dedup_key();
            let is_there = kept.events.keys().any(|(_, known)| *known == dedup_key);
            if !is_there && kept.events.len() + kept.metrics.len() < MAX_MATERIAL {
                kept.events.insert((event.time, dedup_key), event.clone());
                appended.events += 1;
            }
        }
        for point in metrics {
            let dedup_key = point.dedup_key();
            let is_there = kept.metrics.keys().any(|(_, known)| *known == dedup_key);
            if !is_there && kept.events.len() + kept.metrics.len() < MAX_MATERIAL {
                kept.metrics.insert((point.time, dedup_key), point.clone());
                appended.metrics += 1;
            }
        }
        kept.revision += i64::from(appended != Appended::default());
        Ok(appended)
    }

    fn material(&self, key: &SessionKey) -> RepositoryResult<Option<StoredSession>> {
        Ok(self.lock().get(key).map(|kept| StoredSession {
            material: Material {
                key: key.clone(),
                events: kept.events.values().cloned().collect(),
                metrics: kept.metrics.values().cloned().collect(),
            },
            revision: kept.revision,
            judgement: kept.judgement.clone(),
        }))
    }

    fn put(&self, full: &FullSession, revision: i64, relations: &[Relation]) -> RepositoryResult<()> {
        let mut sessions = self.lock();
        let kept = sessions.get_mut(&full.session.key).ok_or(RepositoryError::NotFound { what: WHAT })?;
        kept.at(revision)?.full = Some(full.clone());
        let of_organization = sessions.iter_mut().filter(|(key, _)| key.organization == full.session.key.organization);
        for sub in of_organization.filter_map(|(_, kept)| kept.full.as_mut()).flat_map(|full| &mut full.sub_sessions) {
            if let Some(relation) = relations.iter().find(|relation| relation.id == sub.id) {
                sub.rubric.rework_by = relation.rework_by;
                sub.continues = relation.continues;
            }
        }
        Ok(())
    }

    fn put_judgement(&self, key: &SessionKey, revision: i64, judgement: &Judgement) -> RepositoryResult<()> {
        let mut sessions = self.lock();
        let kept = sessions.get_mut(key).ok_or(RepositoryError::NotFound { what: WHAT })?.at(revision)?;
        kept.judgement = judgement.clone();
        kept.revision += 1;
        kept.judged_revision = kept.revision;
        Ok(())
    }

    fn put_edited(&self, key: &SessionKey, edited: &Edited) -> RepositoryResult<()> {
        let mut sessions = self.lock();
        let kept = sessions.get_mut(key).filter(|kept| kept.full.is_some());
        kept.ok_or(RepositoryError::NotFound { what: WHAT })?.edited = edited.clone();
        Ok(())
    }

    fn get(
        &self,
        organization: OrganizationId,
        developer: Option<DeveloperId>,
        session_id: &str,
    ) -> RepositoryResult<Option<FullSession>> {
        let sessions = self.lock();
        let of_id = sessions.iter().filter(|(key, _)| {
            key.organization == organization
                && key.session_id == session_id
                && developer.is_none_or(|developer| key.developer == developer)
        });
        Ok(of_id
            .filter_map(|(_, kept)| kept.shown())
            .max_by_key(|full| (full.session.ended_at, session_uid(&full.session.key))))
    }

    fn sessions(&self, filter: &Filter, slice: Slice) -> RepositoryResult<Vec<Session>> {
        let sessions = self.lock();
        let shown = sessions.values().filter_map(Kept::shown).map(|full| full.session);
        let mut all: Vec<Session> = shown.filter(|session| fits(filter, &session.key, session.started_at)).collect();
        all.sort_by_key(|session| (std::cmp::Reverse(session.started_at), session_uid(&session.key).to_string()));
        let offset = usize::try_from(slice.offset).unwrap_or(usize::MAX);
        Ok(all.into_iter().skip(offset).take(usize::try_from(slice.limit).unwrap_or(usize::MAX)).collect())
    }

    fn sub_sessions(&self, filter: &Filter, limit: u32) -> RepositoryResult<Vec<SubSession>> {
        let sessions = self.lock();
        let subs = sessions.iter().flat_map(|(key, kept)| {
            kept.full.iter().flat_map(move |full| full.sub_sessions.iter().map(move |sub| (key, sub)))
        });
        let mut all: Vec<SubSession> =
            subs.filter(|(key, sub)| fits(filter, key, sub.started_at)).map(|(_, sub)| sub.clone()).collect();
        all.sort_by_key(|sub| (sub.started_at, sub.id.to_string()));
        let too_many = all.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(all.split_off(too_many))
    }

    fn session_of(&self, organization: OrganizationId, id: SubSessionId) -> RepositoryResult<Option<SessionKey>> {
        let sessions = self.lock();
        let has = |kept: &Kept| kept.full.iter().flat_map(|full| &full.sub_sessions).any(|sub| sub.id == id);
        let found = sessions.iter().find(|(key, kept)| key.organization == organization && has(kept));
        Ok(found.map(|(key, _)| key.clone()))
    }

    fn due(&self, ended_before: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<SessionKey>> {
        let sessions = self.lock();
        let is_due = |kept: &Kept| kept.judged_revision < kept.revision;
        let ended = |kept: &Kept| {
            kept.full.as_ref().map(|full| full.session.ended_at).filter(|ended_at| *ended_at < ended_before)
        };
        let mut due: Vec<(DateTime<Utc>, String, SessionKey)> = sessions
            .iter()
            .filter(|(_, kept)| is_due(kept))
            .filter_map(|(key, kept)| Some((ended(kept)?, session_uid(key).to_string(), key.clone())))
            .collect();
        due.sort();
        Ok(due.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).map(|(_, _, key)| key).collect())
    }
}
