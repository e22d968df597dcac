//! Why bytes of a video are not taken, or not given.

use insights_core::error::{RepositoryError, ServiceError};
use insights_core::problem::{Problem, ProblemKind};

use super::model::MAX_PARTS;

/// Why bytes of a video are not taken, or not given.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// There is no such upload, or no video yet.
    #[error("not found")]
    NotFound,
    /// The token opens nothing.
    #[error("the upload token is invalid")]
    WrongToken,
    /// The upload was given up, or its time is over.
    #[error("the upload is gone")]
    Gone,
    /// The bytes do not begin where those that are there end.
    #[error("the upload is at byte {offset}")]
    WrongOffset {
        /// Where it is.
        offset: u64,
    },
    /// The whole video is there already.
    #[error("the video is complete")]
    Complete,
    /// More bytes than the video may have, or than were announced.
    #[error("more than {limit_bytes} bytes")]
    TooLarge {
        /// How many there may be.
        limit_bytes: u64,
    },
    /// The video consists of too many pieces.
    #[error("too many parts")]
    TooManyParts,
    /// The bytes are not those whose checksum came with them.
    #[error("the checksum does not match")]
    Checksum,
    /// The connection broke off. What had come is kept.
    #[error("the connection broke off")]
    Interrupted {
        /// Where the upload is now.
        offset: u64,
    },
    /// Too many uploads are running.
    #[error("too many uploads are running")]
    Busy,
    /// The request makes no sense.
    #[error("the request was refused: {0}")]
    Refused(Problem),
    /// A store failed.
    #[error("a store failed")]
    Store(#[from] RepositoryError),
}

/// What a use case of videos gives.
pub type VideoResult<T> = Result<T, VideoError>;

impl From<Problem> for VideoError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<ServiceError> for VideoError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(problem) if problem.kind == ProblemKind::NotFound => Self::NotFound,
            ServiceError::Refused(problem) => Self::Refused(problem),
            ServiceError::Repository(error) => Self::Store(error),
        }
    }
}

impl From<VideoError> for ServiceError {
    fn from(error: VideoError) -> Self {
        let conflict = |detail: String| Problem::new(ProblemKind::Conflict, "conflict", detail);
        let problem = match error {
            VideoError::Store(error) => return Self::Repository(error),
            VideoError::Refused(problem) => problem,
            VideoError::NotFound => Problem::not_found(),
            VideoError::WrongToken => Problem::authentication_failed("Upload token is invalid."),
            VideoError::Gone => {
                let detail = "This upload was given up, or its time is over.";
                Problem::new(ProblemKind::Gone, "upload_gone", detail)
            }
            VideoError::WrongOffset { offset } => {
                conflict(format!("The upload is at byte {offset}; go on from there."))
            }
            VideoError::Complete => conflict("The video of this recording is complete.".to_owned()),
            VideoError::TooLarge { limit_bytes } => {
                let detail = format!("The video has, or may have, {limit_bytes} bytes.");
                Problem::new(ProblemKind::TooLarge, "request_too_large", detail)
            }
            VideoError::TooManyParts => {
                let detail =
                    format!("The video came in more than {MAX_PARTS} pieces: begin anew, and send more at once.");
                Problem::new(ProblemKind::TooLarge, "too_many_parts", detail)
            }
            VideoError::Checksum => {
                let detail = "The bytes do not have the checksum that came with them; none of them was kept.";
                Problem::new(ProblemKind::ChecksumMismatch, "checksum_mismatch", detail)
            }
            VideoError::Interrupted { offset } => Problem::new(
                ProblemKind::InvalidRequest,
                "interrupted",
                format!("The request broke off; {offset} bytes of the video are kept."),
            ),
            VideoError::Busy => {
                let detail = "Too many uploads are running on this server. Try again later.";
                Problem::new(ProblemKind::Unavailable, "too_many_uploads", detail)
            }
        };
        Self::Refused(problem)
    }
}
