//! Recordings in memory: for tests, examples and programs that keep nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityRepository;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::Repositories;
use insights_core::text::search_form;

use crate::model::{Recording, RecordingId};
use crate::repository::{
    DueRecording, ListedRecording, RecordingChange, RecordingFilter, RecordingRepository, Writing,
};
use crate::status::Status;
use crate::transcript::{Addition, Batch, Extent, Known, Placed, Transcript};

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "recording" };
const CONFLICT: RepositoryError = RepositoryError::Conflict { what: "recording" };

/// Recordings in a map behind a lock.
#[derive(Debug)]
pub struct InMemoryRecordings {
    projects: Arc<dyn ProjectRepository>,
    log: Arc<dyn ActivityRepository>,
    recordings: Mutex<BTreeMap<RecordingId, Stored>>,
}

#[derive(Clone, Debug)]
struct Stored {
    recording: Recording,
    transcript: StoredTranscript,
    writing_due_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Default)]
struct StoredTranscript {
    /// In their order.
    segments: Vec<Placed>,
    extent: Extent,
    batches: HashSet<String>,
}

impl InMemoryRecordings {
    /// None yet, of the projects of `repositories`, whose log is told of changes.
    pub fn new(repositories: &Repositories) -> Self {
        let (projects, log) = (Arc::clone(&repositories.projects), Arc::clone(&repositories.activity));
        Self { projects, log, recordings: Mutex::default() }
    }

    fn recordings(&self) -> MutexGuard<'_, BTreeMap<RecordingId, Stored>> {
        self.recordings.lock().expect("no holder of this lock panics")
    }
}

impl StoredTranscript {
    /// Adds a batch, and tells whether it changed anything.
    fn add(&mut self, batch: &Batch) -> RepositoryResult<bool> {
        if self.batches.contains(&batch.hash) {
            return Ok(false);
        }
        let known = self.segments.iter().map(|placed| {
            let (segment, n_bytes) = (&placed.entry.segment, placed.entry.json.len());
            (placed.entry.identity.clone(), Known { is_provisional: segment.is_provisional(), n_bytes })
        });
        let addition = self.extent.add(batch, &known.collect())?;
        if addition.is_empty() {
            return Ok(false);
        }
        let Addition { added, replaced, extent } = addition;
        for entry in replaced {
            let old = self.segments.iter_mut().find(|placed| placed.entry.identity == entry.identity);
            old.expect("what is replaced was found before").entry = entry;
        }
        self.segments.extend(added);
        self.segments.sort_by(|a, b| a.order_ms.total_cmp(&b.order_ms).then(a.arrival.cmp(&b.arrival)));
        self.extent = extent;
        self.batches.insert(batch.hash.clone());
        Ok(true)
    }

    fn has(&self, term: &str) -> bool {
        self.segments.iter().any(|placed| search_form(&placed.entry.segment.text).contains(term))
    }
}

impl RecordingRepository for InMemoryRecordings {
    fn create(&self, recording: &Recording, activity: &NewActivity) -> RepositoryResult<()> {
        if self.projects.get(recording.project)?.is_none() {
            return Err(RepositoryError::NotFound { what: "project" });
        }
        let mut recordings = self.recordings();
        let is_taken = recordings.values().any(|other| other.recording.sdk_upload_id == recording.sdk_upload_id);
        if is_taken || recordings.contains_key(&recording.id) {
            return Err(CONFLICT);
        }
        self.log.append(activity)?;
        let recording = recording.clone();
        let stored = Stored { transcript: StoredTranscript::default(), writing_due_at: None, recording };
        recordings.insert(stored.recording.id, stored);
        Ok(())
    }

    fn get(&self, project: ProjectId, id: RecordingId) -> RepositoryResult<Option<Recording>> {
        let recordings = self.recordings();
        Ok(recordings.get(&id).map(|stored| stored.recording.clone()).filter(|recording| recording.project == project))
    }

    fn find(
        &self,
        sdk_upload_id: Option<&str>,
        recall_recording_id: Option<&str>,
    ) -> RepositoryResult<Option<Recording>> {
        let recordings = self.recordings();
        let all = || recordings.values().map(|stored| &stored.recording);
        let by_upload = sdk_upload_id.and_then(|id| all().find(|recording| recording.sdk_upload_id == id));
        let by_recording = || {
            let id = recall_recording_id?;
            all().find(|recording| recording.fields.recall_recording_id.as_deref() == Some(id))
        };
        Ok(by_upload.or_else(by_recording).cloned())
    }

    fn list(
        &self,
        project: ProjectId,
        filter: &RecordingFilter,
        page: Page,
    ) -> RepositoryResult<Paged<ListedRecording>> {
        let recordings = self.recordings();
        let passing =
            recordings.values().filter(|stored| stored.recording.project == project && passes(stored, filter));
        let mut passing: Vec<ListedRecording> = passing
            .map(|stored| ListedRecording {
                recording: stored.recording.clone(),
                transcript_bytes: stored.transcript.extent.n_bytes,
            })
            .collect();
        passing.sort_by_key(|listed| (listed.recording.fields.started_at, listed.recording.id));
        passing.reverse();
        Ok(Paged::cut(passing, page))
    }

    fn transcripts(&self, ids: &[RecordingId]) -> RepositoryResult<HashMap<RecordingId, Transcript>> {
        let recordings = self.recordings();
        let stored = ids.iter().filter_map(|id| Some((*id, &recordings.get(id)?.transcript.segments)));
        let spoken = stored.filter(|(_, segments)| !segments.is_empty());
        Ok(spoken.map(|(id, segments)| (id, Transcript::of(segments.iter().map(|placed| &placed.entry)))).collect())
    }

    fn update(&self, change: &RecordingChange, activity: Option<&NewActivity>) -> RepositoryResult<Recording> {
        let RecordingChange { recording, transcript, writing } = change;
        let mut recordings = self.recordings();
        let stored = recordings.get_mut(&recording.id).filter(|stored| stored.recording.project == recording.project);
        let stored = stored.ok_or(NOT_FOUND)?;
        if stored.recording.version != recording.version {
            return Err(CONFLICT);
        }
        let mut new =
            Stored { recording: Recording { version: recording.version + 1, ..recording.clone() }, ..stored.clone() };
        if let Some(batch) = transcript {
            new.transcript = StoredTranscript::default();
            new.transcript.add(batch)?;
            new.transcript.batches.clear();
        }
        match *writing {
            Writing::AsBefore => {}
            Writing::DueAt(at) => new.writing_due_at = Some(at),
            Writing::Done(at) => new.writing_due_at = new.writing_due_at.filter(|due_at| *due_at != at),
        }
        if let Some(activity) = activity {
            self.log.append(activity)?;
        }
        *stored = new;
        Ok(stored.recording.clone())
    }

    fn append(
        &self,
        project: ProjectId,
        id: RecordingId,
        batch: &Batch,
        now: DateTime<Utc>,
        due_at: DateTime<Utc>,
    ) -> RepositoryResult<bool> {
        let mut recordings = self.recordings();
        let stored = recordings.get_mut(&id).filter(|stored| stored.recording.project == project).ok_or(NOT_FOUND)?;
        let is_change = stored.transcript.add(batch)?;
        if is_change {
            stored.recording.updated_at = now;
            if stored.recording.fields.status == Status::Ready {
                stored.writing_due_at = Some(due_at);
            }
        }
        Ok(is_change)
    }

    fn delete(&self, project: ProjectId, id: RecordingId, activity: &NewActivity) -> RepositoryResult<()> {
        let mut recordings = self.recordings();
        recordings.get(&id).filter(|stored| stored.recording.project == project).ok_or(NOT_FOUND)?;
        self.log.append(activity)?;
        recordings.remove(&id);
        Ok(())
    }

    fn due(&self, now: DateTime<Utc>, only: Option<RecordingId>, limit: u32) -> RepositoryResult<Vec<DueRecording>> {
        let recordings = self.recordings();
        let asked = recordings.values().filter(|stored| only.is_none_or(|only| stored.recording.id == only));
        let mut due: Vec<DueRecording> = asked
            .filter_map(|stored| {
                let due_at = stored.writing_due_at.filter(|due_at| *due_at <= now)?;
                Some(DueRecording { project: stored.recording.project, id: stored.recording.id, due_at })
            })
            .collect();
        due.sort_by_key(|due| (due.due_at, due.id));
        due.truncate(limit as usize);
        Ok(due)
    }
}

fn passes(stored: &Stored, filter: &RecordingFilter) -> bool {
    let Recording { created_by, fields, .. } = &stored.recording;
    let title = fields.meeting_title.as_deref().map(search_form).unwrap_or_default();
    filter.user.is_none_or(|user| *created_by == Some(user))
        && filter.platform.is_none_or(|platform| fields.platform == platform)
        && filter.status.is_none_or(|status| fields.status == status)
        && filter.terms.iter().all(|term| title.contains(term) || stored.transcript.has(term))
        && filter
            .participant
            .as_ref()
            .is_none_or(|part| fields.participants.iter().any(|name| search_form(name).contains(part)))
        && filter.started_from.is_none_or(|from| fields.started_at >= from)
        && filter.started_before.is_none_or(|before| fields.started_at < before)
}
