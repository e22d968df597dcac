//! The use cases of sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::error::{RepositoryError, ServiceError, ServiceResult};
use insights_core::ids::{IdSource, OrganizationId};
use insights_core::problem::Problem;
use insights_core::text::check_length;
use insights_core::time::Clock;
use uuid::Uuid;

use crate::assembly::{Assembly, assemble};
use crate::capture::{CapturedPrompt, CapturedResponse, prompt_event, response_events};
use crate::event::TelemetryEvent;
use crate::judge::{Case, Judgement};
use crate::metric::TelemetryMetric;
use crate::model::{DeveloperId, FullSession, Origin, Session, SessionKey};
use crate::relate::relate;
use crate::repository::{AgentSessionRepository, Appended, Edited, Filter, Slice};
use crate::rubric::rework::REWORK_WITHIN;
use crate::sub_session::{IDLE, SubSession, SubSessionId};
use crate::transcript::{self, Transcript};
use crate::window::Span;

/// Most sub-sessions that one answer is computed from.
pub const MAX_SUB_SESSIONS: u32 = 20_000;

/// Most sub-sessions of the weeks around that a session is compared with.
const MAX_RELATED: u32 = 2_000;

/// Most sessions that one page of whole sessions has.
const FULL_PAGE: u32 = 200;

/// How often a session is put together again where more comes in meanwhile.
const TRIES: usize = 20;

/// Longest title that a person may write, in characters.
const MAX_TITLE_CHARACTERS: usize = 200;

/// Longest summary that a person may write, in characters.
const MAX_SUMMARY_CHARACTERS: usize = 4_000;

/// What was taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// Events that were new.
    pub events: usize,
    /// Points that were new.
    pub metrics: usize,
    /// Sessions that they are of, new or not.
    pub sessions: BTreeSet<String>,
}

/// A session to be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Docket {
    /// Which.
    pub key: SessionKey,
    /// What it is at.
    pub revision: i64,
    /// What a judge is shown.
    pub case: Case,
}

/// The use cases of sessions.
#[derive(Clone, Debug)]
pub struct SessionService {
    sessions: Arc<dyn AgentSessionRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl SessionService {
    /// A service over the repository.
    pub fn new(sessions: Arc<dyn AgentSessionRepository>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { sessions, clock, ids }
    }

    /// Takes in events and points, and puts the sessions that they are of together again: whoever reads afterwards reads them. What is there already counts
    /// once. Without a `developer` each record is of whom it names, see [`developer_of`].
    ///
    /// # Errors
    /// The repository's. Some sessions may have been taken in then; sending the same again is safe.
    pub fn take_in(
        &self,
        organization: OrganizationId,
        developer: Option<DeveloperId>,
        events: Vec<TelemetryEvent>,
        metrics: Vec<TelemetryMetric>,
    ) -> ServiceResult<Intake> {
        type Batch = (Vec<TelemetryEvent>, Vec<TelemetryMetric>);
        let mut batches: BTreeMap<SessionKey, Batch> = BTreeMap::new();
        let key = |origin: &Origin, session_id: &str| SessionKey {
            organization,
            developer: developer.unwrap_or_else(|| developer_of(organization, origin)),
            session_id: session_id.to_owned(),
        };
        for event in events {
            batches.entry(key(&event.origin, &event.session_id)).or_default().0.push(event);
        }
        for point in metrics {
            batches.entry(key(&point.origin, &point.session_id)).or_default().1.push(point);
        }
        let mut intake = Intake::default();
        for (key, (events, metrics)) in batches {
            let appended = self.sessions.append(&key, &events, &metrics)?;
            if appended != Appended::default() {
                self.rebuild(&key)?;
            }
            intake.events += appended.events;
            intake.metrics += appended.metrics;
            intake.sessions.insert(key.session_id);
        }
        Ok(intake)
    }

    /// Takes in a transcript, and tells what is wrong with it.
    ///
    /// # Errors
    /// A refusal where no line of it can be read; else as [`Self::take_in`].
    pub fn take_transcript(
        &self,
        organization: OrganizationId,
        developer: DeveloperId,
        text: &str,
    ) -> ServiceResult<(Intake, Transcript)> {
        let mut transcript = transcript::read(text);
        if let Some(wrong) = transcript.wrong.first()
            && transcript.n_wrong == transcript.lines
        {
            return Err(Problem::invalid(
                "transcript",
                format!("No line can be read. Line {}: {}.", wrong.line, wrong.reason),
            )
            .into());
        }
        let intake = self.take_in(organization, Some(developer), std::mem::take(&mut transcript.events), Vec::new())?;
        Ok((intake, transcript))
    }

    /// Takes in a captured prompt, and gives its id: the same for the same `client_event_id`.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn capture_prompt(&self, key: &SessionKey, prompt: &CapturedPrompt) -> ServiceResult<Uuid> {
        let (id, event) = prompt_event(key, prompt, self.clock.now(), self.ids.uuid())?;
        self.take_in(key.organization, Some(key.developer), vec![event], Vec::new())?;
        Ok(id)
    }

    /// Takes in a captured answer.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn capture_response(&self, key: &SessionKey, response: &CapturedResponse) -> ServiceResult<()> {
        let events = response_events(key, response, self.clock.now(), self.ids.uuid())?;
        self.take_in(key.organization, Some(key.developer), events, Vec::new())?;
        Ok(())
    }

    /// Puts a session together again, and what it has to do with others. Where more comes in meanwhile it is done once more.
    fn rebuild(&self, key: &SessionKey) -> ServiceResult<()> {
        for _ in 0..TRIES {
            let Some(stored) = self.sessions.material(key)? else { return Ok(()) };
            let Some(Assembly { mut full, .. }) = assemble(&stored.material, &stored.judgement, self.clock.now())
            else {
                return Ok(());
            };
            let others = self.around(&full)?;
            let relations = relate(&mut full.sub_sessions, &others);
            match self.sessions.put(&full, stored.revision, &relations) {
                Err(RepositoryError::Conflict { .. }) => {}
                result => return Ok(result?),
            }
        }
        // Whoever added last puts it together.
        Ok(())
    }

    /// The developer's sub-sessions of other sessions, from a week before to a week after.
    fn around(&self, full: &FullSession) -> ServiceResult<Vec<SubSession>> {
        if full
            .sub_sessions
            .iter()
            .all(|sub| sub.files.is_empty() && sub.footprint == crate::rubric::rework::Footprint::default())
        {
            return Ok(Vec::new());
        }
        let session = &full.session;
        let began = Span {
            from: session.started_at - REWORK_WITHIN - TimeDelta::days(1),
            to: session.ended_at + REWORK_WITHIN + TimeDelta::days(1),
        };
        let filter = Filter { organization: session.key.organization, developer: Some(session.key.developer), began };
        let mut others = self.sessions.sub_sessions(&filter, MAX_RELATED)?;
        others.retain(|sub| sub.session_id != session.key.session_id);
        Ok(others)
    }

    /// Sessions that nothing has happened in for [`IDLE`] and that have not been judged as they are, the one that ended first first.
    ///
    /// # Errors
    /// The repository's.
    pub fn due(&self, limit: u32) -> ServiceResult<Vec<SessionKey>> {
        Ok(self.sessions.due(self.clock.now() - IDLE, limit)?)
    }

    /// What a judge is shown of a session; `None` where there is no such session.
    ///
    /// # Errors
    /// The repository's.
    pub fn docket(&self, key: &SessionKey) -> ServiceResult<Option<Docket>> {
        let Some(stored) = self.sessions.material(key)? else { return Ok(None) };
        // As rules cut it: what a judge said before is not shown to the next.
        let assembly = assemble(&stored.material, &Judgement::Rules, self.clock.now());
        Ok(assembly.map(|assembly| Docket { key: key.clone(), revision: stored.revision, case: assembly.case }))
    }

    /// Stores what a judge said. Where the session has changed meanwhile nothing is stored, and it is due again.
    ///
    /// # Errors
    /// The repository's.
    pub fn judge(&self, docket: &Docket, judgement: &Judgement) -> ServiceResult<()> {
        match self.sessions.put_judgement(&docket.key, docket.revision, judgement) {
            Err(RepositoryError::Conflict { .. }) => Ok(()),
            result => {
                result?;
                self.rebuild(&docket.key)
            }
        }
    }

    /// The session of that id.
    ///
    /// # Errors
    /// A refusal that names `session_id` where there is none.
    pub fn require(
        &self,
        organization: OrganizationId,
        developer: Option<DeveloperId>,
        session_id: &str,
    ) -> ServiceResult<FullSession> {
        let found = self.sessions.get(organization, developer, session_id)?;
        found.ok_or_else(|| {
            let detail = "There is no session of this id, or nothing has been summed up of it.";
            Problem { code: "does_not_exist", ..Problem::invalid("session_id", detail) }.into()
        })
    }

    /// The session of that id, or the one that the sub-session of that id is of.
    ///
    /// # Errors
    /// A 404 where there is neither.
    pub fn find(&self, organization: OrganizationId, developer: DeveloperId, id: &str) -> ServiceResult<FullSession> {
        let not_found = || ServiceError::from(Problem::not_found());
        let of_sub_session = match Uuid::parse_str(id) {
            Ok(uuid) => {
                self.sessions.session_of(organization, SubSessionId(uuid))?.filter(|key| key.developer == developer)
            }
            Err(_) => None,
        };
        let session_id = of_sub_session.map_or_else(|| id.to_owned(), |key| key.session_id);
        self.sessions.get(organization, Some(developer), &session_id)?.ok_or_else(not_found)
    }

    /// A page of sessions, the one that began last first.
    ///
    /// # Errors
    /// The repository's.
    pub fn sessions(&self, filter: &Filter, slice: Slice) -> ServiceResult<Vec<Session>> {
        Ok(self.sessions.sessions(filter, slice)?)
    }

    /// Sessions with all their parts, at most `limit`, the one that began last first.
    ///
    /// # Errors
    /// The repository's.
    pub fn full_sessions(&self, filter: &Filter, limit: u32) -> ServiceResult<Vec<FullSession>> {
        let mut all = Vec::new();
        let mut offset = 0;
        while offset < limit {
            let page = self
                .sessions
                .sessions(filter, Slice { offset: u64::from(offset), limit: FULL_PAGE.min(limit - offset) })?;
            let n = u32::try_from(page.len()).unwrap_or(u32::MAX);
            for session in page {
                let key = session.key;
                all.extend(self.sessions.get(key.organization, Some(key.developer), &key.session_id)?);
            }
            if n < FULL_PAGE {
                break;
            }
            offset = offset.saturating_add(n);
        }
        Ok(all)
    }

    /// Sub-sessions as they are stored, the one that began first first; at most [`MAX_SUB_SESSIONS`], the newest.
    ///
    /// # Errors
    /// The repository's.
    pub fn sub_sessions(&self, filter: &Filter) -> ServiceResult<Vec<SubSession>> {
        Ok(self.sessions.sub_sessions(filter, MAX_SUB_SESSIONS)?)
    }

    /// The sub-sessions of the developer's session of that id, in their order; none where there is no such session.
    ///
    /// # Errors
    /// The repository's.
    pub fn sub_sessions_of(
        &self,
        organization: OrganizationId,
        developer: DeveloperId,
        session_id: &str,
    ) -> ServiceResult<Vec<SubSession>> {
        let found = self.sessions.get(organization, Some(developer), session_id)?;
        Ok(found.map(|full| full.sub_sessions).unwrap_or_default())
    }

    /// Sub-sessions that count: see [`crate::score::settled`].
    ///
    /// # Errors
    /// The repository's.
    pub fn settled(&self, filter: &Filter) -> ServiceResult<Vec<SubSession>> {
        Ok(crate::score::settled(self.sub_sessions(filter)?, self.clock.now()))
    }

    /// Writes over the summary of a session; `None` leaves what there is, an empty text gives back what was there before a person wrote.
    ///
    /// # Errors
    /// A refusal that names the field at fault, or `session_id` where there is no such session.
    pub fn edit_summary(
        &self,
        organization: OrganizationId,
        developer: Option<DeveloperId>,
        session_id: &str,
        edit: &Edited,
    ) -> ServiceResult<FullSession> {
        for (attr, text, max) in
            [("title", &edit.title, MAX_TITLE_CHARACTERS), ("summary", &edit.summary, MAX_SUMMARY_CHARACTERS)]
        {
            if let Some(text) = text {
                check_length(attr, text, max)?;
            }
        }
        let before = self.require(organization, developer, session_id)?;
        let is_edited = before.session.summary.source == crate::model::TextSource::User;
        let merged = |new: &Option<String>, old: &str| match new {
            Some(text) if text.trim().is_empty() => None,
            Some(text) => Some(text.trim().to_owned()),
            None => is_edited.then(|| old.to_owned()),
        };
        let summary = &before.session.summary;
        let edited =
            Edited { title: merged(&edit.title, &summary.title), summary: merged(&edit.summary, &summary.summary) };
        self.sessions.put_edited(&before.session.key, &edited)?;
        self.require(organization, developer, session_id)
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Whom a record without a key's developer is of: made of the account, else the address, else the installation that it names; the same for all that name none.
pub fn developer_of(organization: OrganizationId, origin: &Origin) -> DeveloperId {
    let lower = origin.email.as_deref().map(str::to_lowercase);
    let name = lower.as_deref().or(origin.account_uuid.as_deref()).or(origin.user_id.as_deref()).unwrap_or("unknown");
    DeveloperId(Uuid::new_v5(&organization.0, format!("agent-developer/{name}").as_bytes()))
}

#[cfg(test)]
mod tests;
