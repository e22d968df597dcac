//! Where the video of a recording goes: to Recall.ai, or to this server.

use std::fmt;

use async_trait::async_trait;
use insights_core::error::RepositoryError;
use insights_core::problem::{Problem, ProblemKind};

use crate::model::{Platform, RecordingId};

/// The right to upload one video.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadGrant {
    /// The name of the upload: the recording's `sdk_upload_id`.
    pub sdk_upload_id: String,
    /// What whoever uploads shows. Shown once, in the answer to the request that made the recording.
    pub upload_token: String,
}

impl fmt::Debug for UploadGrant {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadGrant").field("sdk_upload_id", &self.sdk_upload_id).finish_non_exhaustive()
    }
}

/// Why no video can be uploaded.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Recall.ai does not give the right to.
    #[error("Failed to create upload with Recall.ai: {reason}")]
    Recall {
        /// Why, in words without any secret.
        reason: String,
    },
    /// This server's own store failed.
    #[error("Failed to prepare the upload")]
    Store(#[source] RepositoryError),
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        Self::new(ProblemKind::Unavailable, "upload_unavailable", error.to_string())
    }
}

/// Gives out the right to upload a video.
#[async_trait]
pub trait VideoUploads: Send + Sync + fmt::Debug {
    /// Lets the video of a recording be uploaded, one that is stored only when this has succeeded.
    ///
    /// # Errors
    /// [`UploadError`]; nothing is kept then.
    async fn begin(&self, recording: RecordingId, platform: Platform) -> Result<UploadGrant, UploadError>;
}
