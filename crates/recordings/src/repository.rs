//! Where recordings and their transcripts are kept.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::error::RepositoryResult;
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::{Page, Paged};

use crate::model::{Platform, Recording, RecordingId};
use crate::status::Status;
use crate::transcript::{Batch, Transcript};

/// Which recordings of a project to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingFilter {
    /// Those that this user made.
    pub user: Option<UserId>,
    /// Those of this platform.
    pub platform: Option<Platform>,
    /// Those that are so far.
    pub status: Option<Status>,
    /// Each of these stands in the title or in one segment, all of them in the form for searching.
    pub terms: Vec<String>,
    /// A part of a participant's name, in the form for searching.
    pub participant: Option<String>,
    /// Those that began at that instant or later.
    pub started_from: Option<DateTime<Utc>>,
    /// Those that began before that instant.
    pub started_before: Option<DateTime<Utc>>,
}

/// A recording in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRecording {
    /// The recording.
    pub recording: Recording,
    /// Bytes of its segments.
    pub transcript_bytes: usize,
}

/// What is to become of the texts that the server writes about a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// What was to be anyway.
    AsBefore,
    /// They are to be written from that instant on.
    DueAt(DateTime<Utc>),
    /// They are written, if nothing else was due than what was due at that instant.
    Done(DateTime<Utc>),
}

/// A change of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingChange {
    /// The recording as it is to be, with the version that it had.
    pub recording: Recording,
    /// A transcript in place of the one that is there.
    pub transcript: Option<Batch>,
    /// The server's texts.
    pub writing: Writing,
}

/// A recording about which texts are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueRecording {
    /// Its project.
    pub project: ProjectId,
    /// Its identity.
    pub id: RecordingId,
    /// Since when.
    pub due_at: DateTime<Utc>,
}

/// Keeps recordings and their transcripts.
pub trait RecordingRepository: Send + Sync + fmt::Debug {
    /// Stores a new recording with an empty transcript, and the row of the log.
    ///
    /// # Errors
    /// `Conflict` where another one has its `sdk_upload_id`, `NotFound` where the project is not there.
    fn create(&self, recording: &Recording, activity: &NewActivity) -> RepositoryResult<()>;

    /// The project's recording of that id.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, id: RecordingId) -> RepositoryResult<Option<Recording>>;

    /// The recording of any project whose video is uploaded under that name, else the one that Recall.ai names so.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn find(
        &self,
        sdk_upload_id: Option<&str>,
        recall_recording_id: Option<&str>,
    ) -> RepositoryResult<Option<Recording>>;

    /// The project's recordings, those that began last first (ties by id, the highest first).
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(
        &self,
        project: ProjectId,
        filter: &RecordingFilter,
        page: Page,
    ) -> RepositoryResult<Paged<ListedRecording>>;

    /// The transcripts of recordings; those of recordings without any segment are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn transcripts(&self, ids: &[RecordingId]) -> RepositoryResult<HashMap<RecordingId, Transcript>>;

    /// Writes the change and the row of the log, or nothing. Gives the recording as it is then.
    ///
    /// # Errors
    /// `Conflict` where the stored version is another one, `NotFound` where the recording is not there, `Limit` where the transcript is too long.
    fn update(&self, change: &RecordingChange, activity: Option<&NewActivity>) -> RepositoryResult<Recording>;

    /// Adds a batch to the transcript as [`transcript`](crate::transcript) says, in one transaction: of several at once none is lost and none counts
    /// twice. Where it changes something, the recording was changed at `now`, and if it is ready, texts about it are due from `due_at` on. Tells whether
    /// it changed anything.
    ///
    /// # Errors
    /// `NotFound` where the project has no such recording, `Limit` where the transcript would become too long.
    fn append(
        &self,
        project: ProjectId,
        id: RecordingId,
        batch: &Batch,
        now: DateTime<Utc>,
        due_at: DateTime<Utc>,
    ) -> RepositoryResult<bool>;

    /// Removes the recording with its transcript, and writes the row of the log.
    ///
    /// # Errors
    /// `NotFound` where the project has no such recording.
    fn delete(&self, project: ProjectId, id: RecordingId, activity: &NewActivity) -> RepositoryResult<()>;

    /// Recordings of all projects about which texts are to be written by then, those that wait longest first; at most `limit`, and of all of them `only`
    /// that one where it is named.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn due(&self, now: DateTime<Utc>, only: Option<RecordingId>, limit: u32) -> RepositoryResult<Vec<DueRecording>>;
}
