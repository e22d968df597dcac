//! The use cases of recordings.

mod listing;
mod news;
mod video;
mod writing;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::activity::diff::{Change, ChangeAction, diff};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::auth::Actor;
use insights_core::error::{RepositoryError, ServiceError, ServiceResult};
use insights_core::ids::{IdSource, ProjectId};
use insights_core::problem::Problem;
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::Repositories;
use insights_core::retry;
use insights_core::time::Clock;
use serde_json::Value;

pub use self::listing::{ListQuery, MAX_SEARCH_CHARACTERS, PAGE_TRANSCRIPT_BYTES};
pub use self::news::Followed;
pub use self::writing::{Job, MAX_DUE, Texts};
use crate::model::{Platform, Recording, RecordingFields, RecordingId, SCOPE};
use crate::patch::{RecordingPatch, pairs};
use crate::repository::{RecordingChange, RecordingRepository, Writing};
use crate::segment::{MAX_BATCH_SEGMENTS, Segment, check_segments};
use crate::status::Status;
use crate::transcript::{Batch, MAX_SEGMENTS, Transcript};
use crate::uploads::UploadGrant;

/// How long texts about a recording wait for more segments, once one came after it was ready.
const QUIET: TimeDelta = TimeDelta::seconds(30);

/// A recording with what was said in it.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeRecording {
    /// The recording.
    pub recording: Recording,
    /// What was said; `None` where nobody asked for it.
    pub transcript: Option<Transcript>,
}

impl From<Recording> for WholeRecording {
    fn from(recording: Recording) -> Self {
        Self { recording, transcript: None }
    }
}

/// A recording that is not stored yet, since nobody has let its video be uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its identity.
    pub id: RecordingId,
    /// Where the meeting takes place.
    pub platform: Platform,
    status: Status,
}

/// The use cases of recordings.
#[derive(Clone, Debug)]
pub struct RecordingService {
    recordings: Arc<dyn RecordingRepository>,
    projects: Arc<dyn ProjectRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl RecordingService {
    /// A service over the repositories.
    pub fn new(
        recordings: Arc<dyn RecordingRepository>,
        repositories: &Repositories,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { recordings, projects: Arc::clone(&repositories.projects), clock, ids }
    }

    /// A recording to be made; where nothing is said, of the sound of the computer, and already going on.
    ///
    /// # Errors
    /// A refusal that names `platform` or `status`: a recording begins as `pending` or `recording`.
    pub fn draft(&self, platform: Option<&str>, status: Option<&str>) -> Result<Draft, Problem> {
        let platform = platform.map_or(Ok(Platform::DesktopAudio), Platform::read)?;
        let status = status.map_or(Ok(Status::Recording), Status::read)?;
        if !matches!(status, Status::Pending | Status::Recording) {
            return Err(Problem::invalid("status", "A new recording is pending or recording."));
        }
        Ok(Draft { id: RecordingId(self.ids.uuid()), platform, status })
    }

    /// Makes the recording, now that its video may be uploaded.
    ///
    /// # Errors
    /// The repository's; a conflict where the upload is another recording's.
    pub fn create(&self, actor: &Actor, draft: Draft, grant: &UploadGrant) -> ServiceResult<WholeRecording> {
        let now = self.clock.now();
        let recording = Recording {
            id: draft.id,
            project: actor.project,
            version: 1,
            sdk_upload_id: grant.sdk_upload_id.clone(),
            created_at: now,
            created_by: Some(actor.user),
            updated_at: now,
            fields: RecordingFields::new(draft.platform, draft.status, now),
        };
        let activity = log_row(actor, verb::CREATED, &recording, None, now);
        self.recordings.create(&recording, &activity)?;
        Ok(WholeRecording { recording, transcript: Some(Transcript::default()) })
    }

    /// The project's recording of that id, without its transcript.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: RecordingId) -> ServiceResult<Recording> {
        self.recordings.get(project, id)?.ok_or_else(|| Problem::not_found().into())
    }

    /// The project's recording of that id, with its transcript.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn retrieve(&self, project: ProjectId, id: RecordingId) -> ServiceResult<WholeRecording> {
        let recording = self.require(project, id)?;
        self.whole(recording)
    }

    /// Changes a recording. A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is none, a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, id: RecordingId, patch: &RecordingPatch) -> ServiceResult<WholeRecording> {
        let attr = "transcript_segments";
        let segments = patch.transcript_segments.clone();
        let segments = segments.map(|segments| check_segments(attr, segments, MAX_SEGMENTS)).transpose()?;
        let transcript = segments.map(Batch::new);
        let recording = self.change(
            |recordings| Ok(recordings.get(actor.project, id)?.ok_or_else(Problem::not_found)?),
            |old, now| {
                let fields = patch.apply(&old.fields, now)?;
                let writing = writing_after(&old.fields, &fields, transcript.is_some(), now);
                let mut changes = diff(SCOPE, pairs(&old.fields, &fields));
                if transcript.is_some() {
                    changes.push(replaced_transcript());
                }
                let recording = Recording { fields, updated_at: now, ..old };
                let activity =
                    (!changes.is_empty()).then(|| log_row(actor, verb::UPDATED, &recording, Some(changes), now));
                Ok(Some((RecordingChange { recording, transcript: transcript.clone(), writing }, activity)))
            },
        )?;
        self.whole(recording)
    }

    /// Adds segments to the transcript of a recording, and gives the recording as it is then. The same request sent again adds nothing.
    ///
    /// # Errors
    /// A 404 where there is none, a refusal that names the field at fault or the limit that is reached.
    pub fn append(&self, project: ProjectId, id: RecordingId, segments: Vec<Segment>) -> ServiceResult<Recording> {
        if segments.is_empty() {
            return Err(Problem { code: "empty", ..Problem::invalid("segments", "This list may not be empty.") }.into());
        }
        let batch = Batch::new(check_segments("segments", segments, MAX_BATCH_SEGMENTS)?);
        let now = self.clock.now();
        self.recordings.append(project, id, &batch, now, now + QUIET).map_err(|error| match error {
            RepositoryError::Limit { .. } => {
                Problem { attr: Some("segments".to_owned()), ..Problem::from(error) }.into()
            }
            error => ServiceError::from(error),
        })?;
        self.require(project, id)
    }

    /// The recording with its transcript as it is now.
    ///
    /// # Errors
    /// The repository's.
    pub fn whole(&self, recording: Recording) -> ServiceResult<WholeRecording> {
        let transcript = self.recordings.transcripts(&[recording.id])?.remove(&recording.id).unwrap_or_default();
        Ok(WholeRecording { recording, transcript: Some(transcript) })
    }

    /// Removes a recording with its transcript.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn delete(&self, actor: &Actor, id: RecordingId) -> ServiceResult<()> {
        let recording = self.require(actor.project, id)?;
        let activity = log_row(actor, verb::DELETED, &recording, None, self.clock.now());
        Ok(self.recordings.delete(actor.project, id, &activity)?)
    }

    /// A row of the log about a change that nobody made by hand; `None` where its project is gone.
    fn system_row(
        &self,
        recording: &Recording,
        changes: Vec<Change>,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<NewActivity>> {
        let Some(project) = self.projects.get(recording.project)? else { return Ok(None) };
        Ok(Some(NewActivity {
            organization: project.organization,
            project: Some(project.id),
            user: None,
            is_system: true,
            activity: verb::UPDATED.to_owned(),
            scope: SCOPE.to_owned(),
            item_id: recording.id.to_string(),
            detail: detail(recording, Some(changes)),
            created_at: now,
        }))
    }

    /// Makes a change on top of what `find` gives, again where others come between. `None` from `make` changes nothing.
    fn change(
        &self,
        find: impl Fn(&dyn RecordingRepository) -> ServiceResult<Recording>,
        make: impl Fn(Recording, DateTime<Utc>) -> ServiceResult<Option<(RecordingChange, Option<NewActivity>)>>,
    ) -> ServiceResult<Recording> {
        retry::on_conflict(|| {
            let old = find(&*self.recordings)?;
            let Some((change, activity)) = make(old.clone(), self.clock.now())? else { return Ok(old) };
            Ok(self.recordings.update(&change, activity.as_ref())?)
        })
    }
}

/// Texts are written once everything is there, and again where what they tell of has changed since.
fn writing_after(
    old: &RecordingFields,
    new: &RecordingFields,
    is_transcript_replaced: bool,
    now: DateTime<Utc>,
) -> Writing {
    let becomes_ready = new.status == Status::Ready && old.status != Status::Ready;
    let is_given_back =
        (old.is_summary_given && !new.is_summary_given) || (old.are_tasks_given && !new.are_tasks_given);
    let changes = becomes_ready || is_transcript_replaced || is_given_back;
    if new.status == Status::Ready && changes { Writing::DueAt(now) } else { Writing::AsBefore }
}

/// The log tells that a transcript was replaced, and not what it said.
fn replaced_transcript() -> Change {
    Change {
        r#type: SCOPE.to_owned(),
        action: ChangeAction::Changed,
        field: "transcript_segments".to_owned(),
        before: None,
        after: None::<Value>,
    }
}

fn log_row(
    actor: &Actor,
    verb: &str,
    recording: &Recording,
    changes: Option<Vec<Change>>,
    now: DateTime<Utc>,
) -> NewActivity {
    NewActivity::by(actor, verb, SCOPE, recording.id.to_string(), detail(recording, changes), now)
}

fn detail(recording: &Recording, changes: Option<Vec<Change>>) -> ActivityDetail {
    ActivityDetail { changes, name: recording.fields.meeting_title.clone(), ..ActivityDetail::default() }
}

#[cfg(test)]
mod tests;
