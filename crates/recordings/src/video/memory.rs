//! Uploads in memory: for tests, examples and programs that keep nothing.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use insights_core::error::{RepositoryError, RepositoryResult};

use super::model::{Part, Upload, UploadId, UploadState};
use super::repository::{Step, UploadRepository};
use crate::model::RecordingId;
use crate::repository::RecordingRepository;

const CONFLICT: RepositoryError = RepositoryError::Conflict { what: "upload" };

/// Uploads in a map behind a lock.
#[derive(Debug)]
pub struct InMemoryUploads {
    recordings: Arc<dyn RecordingRepository>,
    uploads: Mutex<BTreeMap<RecordingId, (Upload, Vec<Part>)>>,
}

impl InMemoryUploads {
    /// None yet, of those recordings.
    pub fn new(recordings: Arc<dyn RecordingRepository>) -> Self {
        Self { recordings, uploads: Mutex::default() }
    }

    fn uploads(&self) -> MutexGuard<'_, BTreeMap<RecordingId, (Upload, Vec<Part>)>> {
        self.uploads.lock().expect("no holder of this lock panics")
    }

    fn passing(&self, limit: u32, passes: impl Fn(&Upload) -> bool) -> Vec<Upload> {
        let mut passing: Vec<_> =
            self.uploads().values().map(|(upload, _)| upload).filter(|upload| passes(upload)).cloned().collect();
        passing.sort_by_key(|upload| (upload.created_at, upload.recording));
        passing.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        passing
    }
}

impl UploadRepository for InMemoryUploads {
    fn create(&self, upload: &Upload) -> RepositoryResult<()> {
        let mut uploads = self.uploads();
        if uploads.contains_key(&upload.recording) {
            return Err(CONFLICT);
        }
        uploads.insert(upload.recording, (upload.clone(), Vec::new()));
        Ok(())
    }

    fn get(&self, recording: RecordingId) -> RepositoryResult<Option<Upload>> {
        Ok(self.uploads().get(&recording).map(|(upload, _)| upload.clone()))
    }

    fn restart(&self, former: UploadId, upload: &Upload) -> RepositoryResult<()> {
        let mut uploads = self.uploads();
        match uploads.get_mut(&upload.recording) {
            Some(stored) if stored.0.id == former && !stored.0.is_complete() => {
                *stored = (upload.clone(), Vec::new());
                Ok(())
            }
            _ => Err(CONFLICT),
        }
    }

    fn advance(&self, upload: UploadId, from: u64, step: &Step, now: DateTime<Utc>) -> RepositoryResult<Upload> {
        let mut uploads = self.uploads();
        let stored = uploads.values_mut().find(|(stored, _)| stored.id == upload);
        let is_open = |stored: &Upload| stored.state == UploadState::Open && stored.offset == from;
        let (stored, parts) = stored.filter(|(stored, _)| is_open(stored)).ok_or(CONFLICT)?;
        *stored = stored.clone().after(step, now);
        parts.extend(step.parts.iter().cloned());
        Ok(stored.clone())
    }

    fn parts(&self, upload: UploadId, range: Range<u64>, limit: u32) -> RepositoryResult<Vec<Part>> {
        let uploads = self.uploads();
        let parts = uploads.values().find(|(stored, _)| stored.id == upload).map(|(_, parts)| parts.as_slice());
        let within = parts.unwrap_or_default().iter().filter(|p| p.start < range.end && p.end() > range.start);
        Ok(within.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect())
    }

    fn mark_announced(&self, upload: UploadId) -> RepositoryResult<()> {
        if let Some((stored, _)) = self.uploads().values_mut().find(|(stored, _)| stored.id == upload) {
            stored.state = UploadState::Announced;
        }
        Ok(())
    }

    fn unannounced(&self, limit: u32) -> RepositoryResult<Vec<Upload>> {
        Ok(self.passing(limit, |upload| upload.state == UploadState::Complete))
    }

    fn useless(&self, now: DateTime<Utc>, made_before: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Upload>> {
        let old = self.passing(u32::MAX, |upload| upload.has_expired(now) || upload.created_at < made_before);
        let mut useless = Vec::new();
        for upload in old {
            if upload.has_expired(now) || self.recordings.find(Some(&upload.sdk_upload_id), None)?.is_none() {
                useless.push(upload);
            }
        }
        useless.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(useless)
    }

    fn remove(&self, upload: UploadId) -> RepositoryResult<()> {
        self.uploads().retain(|_, (stored, _)| stored.id != upload);
        Ok(())
    }
}
