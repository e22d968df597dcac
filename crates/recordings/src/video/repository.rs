//! Where uploads are kept, without their bytes.

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, Utc};
use insights_core::error::RepositoryResult;

use super::model::{MediaType, Part, Upload, UploadId};
use crate::model::RecordingId;

/// A step of an upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// New parts, each beginning where the one before ends, the first one where the upload was.
    pub parts: Vec<Part>,
    /// Bytes of the whole video, where that becomes known.
    pub length: Option<u64>,
    /// What it is, likewise.
    pub media_type: Option<MediaType>,
}

/// Keeps uploads and the rows of their parts.
pub trait UploadRepository: Send + Sync + fmt::Debug {
    /// Stores a new upload.
    ///
    /// # Errors
    /// `Conflict` (`upload`) where the recording has one.
    fn create(&self, upload: &Upload) -> RepositoryResult<()>;

    /// The upload of the recording.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, recording: RecordingId) -> RepositoryResult<Option<Upload>>;

    /// Puts `upload`, which has no parts yet, in the place of the upload `former` of the same recording, and forgets the parts of that.
    ///
    /// # Errors
    /// `Conflict` (`upload`) where `former` is complete, or is the recording's upload no more.
    fn restart(&self, former: UploadId, upload: &Upload) -> RepositoryResult<()>;

    /// Takes a step, whole or not at all, and gives the upload as it is then. It is complete at `now` where all its bytes are there. Of several that take
    /// the same step at once, one succeeds.
    ///
    /// # Errors
    /// `Conflict` (`upload`) where the upload is not open, is not at `from`, or is there no more.
    fn advance(&self, upload: UploadId, from: u64, step: &Step, now: DateTime<Utc>) -> RepositoryResult<Upload>;

    /// The parts that have bytes in `range`, in their order, `limit` at most.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn parts(&self, upload: UploadId, range: Range<u64>, limit: u32) -> RepositoryResult<Vec<Part>>;

    /// Notes that the recording knows of its video. Does nothing where there is no such upload.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn mark_announced(&self, upload: UploadId) -> RepositoryResult<()>;

    /// Uploads that are complete and not announced, those that wait longest first.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn unannounced(&self, limit: u32) -> RepositoryResult<Vec<Upload>>;

    /// Uploads that are of no more use: those that have expired by `now`, and those from before `made_before` whose recording is not there. The
    /// oldest first.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn useless(&self, now: DateTime<Utc>, made_before: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Upload>>;

    /// Forgets the upload with its parts. Does nothing where there is no such upload.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn remove(&self, upload: UploadId) -> RepositoryResult<()>;
}
