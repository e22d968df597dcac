//! Texts that the server writes about recordings: which are due, and what becomes of them.

use chrono::{DateTime, Utc};
use insights_core::activity::diff::diff;
use insights_core::error::{ServiceError, ServiceResult};
use insights_core::problem::{Problem, ProblemKind};

use super::RecordingService;
use crate::model::{ExtractedTask, Recording, RecordingFields, SCOPE};
use crate::patch::pairs;
use crate::repository::{DueRecording, RecordingChange, Writing};
use crate::segment::Segment;

/// Most recordings that one look for due ones gives.
pub const MAX_DUE: u32 = 50;

/// Texts to be written about a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The recording as it is.
    pub recording: Recording,
    /// What was said; not empty.
    pub segments: Vec<Segment>,
    due_at: DateTime<Utc>,
}

/// What is written about a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// What it was about.
    pub summary: String,
    /// What somebody is to do.
    pub tasks: Vec<ExtractedTask>,
}

impl RecordingService {
    /// The recordings about which texts are due, at most [`MAX_DUE`].
    ///
    /// # Errors
    /// The repository's.
    pub fn due(&self) -> ServiceResult<Vec<DueRecording>> {
        Ok(self.recordings.due(self.clock.now(), None, MAX_DUE)?)
    }

    /// What is to be done about a recording that was found due; `None` where nothing is any more, or nothing was said. To be called under the
    /// recording's lease, so that no other server is about to do the same.
    ///
    /// # Errors
    /// The repository's.
    pub fn begin(&self, due: DueRecording) -> ServiceResult<Option<Job>> {
        let Some(due) = self.recordings.due(self.clock.now(), Some(due.id), 1)?.pop() else { return Ok(None) };
        let Some(recording) = self.recordings.get(due.project, due.id)? else { return Ok(None) };
        let transcript = self.recordings.transcripts(&[due.id])?.remove(&due.id).unwrap_or_default();
        let job = Job { recording, segments: transcript.segments()?, due_at: due.due_at };
        if job.segments.is_empty() || (job.recording.fields.is_summary_given && job.recording.fields.are_tasks_given) {
            self.conclude(&job, None)?;
            return Ok(None);
        }
        Ok(Some(job))
    }

    /// Stores what was written, other than what a client has written itself meanwhile. `None` where the recording is gone.
    ///
    /// # Errors
    /// The repository's.
    pub fn conclude(&self, job: &Job, texts: Option<&Texts>) -> ServiceResult<Option<Recording>> {
        let id = job.recording.id;
        let stored = self.change(
            |recordings| Ok(recordings.get(job.recording.project, id)?.ok_or_else(Problem::not_found)?),
            |old, now| {
                let fields = texts.map_or_else(|| old.fields.clone(), |texts| fields_with(&old.fields, texts, now));
                let changes = diff(SCOPE, pairs(&old.fields, &fields));
                let updated_at = if changes.is_empty() { old.updated_at } else { now };
                let recording = Recording { fields, updated_at, ..old };
                let activity = match changes.is_empty() {
                    true => None,
                    false => self.system_row(&recording, changes, now)?,
                };
                let writing = Writing::Done(job.due_at);
                Ok(Some((RecordingChange { recording, transcript: None, writing }, activity)))
            },
        );
        match stored {
            Err(ServiceError::Refused(Problem { kind: ProblemKind::NotFound, .. })) => Ok(None),
            stored => stored.map(Some),
        }
    }
}

fn fields_with(old: &RecordingFields, texts: &Texts, now: DateTime<Utc>) -> RecordingFields {
    let mut fields = old.clone();
    if !old.is_summary_given {
        fields.summary = Some(texts.summary.clone());
        fields.summary_generated_at = Some(now);
    }
    if !old.are_tasks_given {
        fields.extracted_tasks.clone_from(&texts.tasks);
        fields.tasks_generated_at = Some(now);
    }
    fields
}
