//! Reading videos.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::{self, Stream, TryStreamExt};
use insights_core::error::RepositoryError;
use insights_core::objects::ObjectKey;

use super::error::{VideoError, VideoResult};
use super::model::{MediaType, Upload, UploadId};
use super::service::VideoService;
use crate::model::RecordingId;

/// Most bytes that are read at once.
const PIECE_BYTES: u64 = 2 << 20;

/// Pieces that are read ahead of the one that is being sent.
const READ_AHEAD: usize = 2;

/// Rows of parts that are loaded at once.
const PARTS_AT_ONCE: u32 = 256;

/// A video that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    /// The upload that it came by.
    pub id: UploadId,
    /// How long it is.
    pub size_bytes: u64,
    /// What it is.
    pub media_type: MediaType,
    /// When its last byte came.
    pub completed_at: DateTime<Utc>,
}

impl Video {
    /// Its name for caches, in quotes: no other video has it.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.id)
    }
}

/// Bytes of one object.
#[derive(Debug)]
struct Piece {
    key: ObjectKey,
    range: Range<u64>,
}

impl VideoService {
    /// The video of a recording.
    ///
    /// # Errors
    /// `NotFound` where it is not there, or not whole.
    pub async fn video(&self, recording: RecordingId) -> VideoResult<Video> {
        let uploads = Arc::clone(&self.uploads);
        let upload = self.blocking(move || Ok(uploads.get(recording)?)).await?;
        let upload = upload.filter(Upload::is_complete).ok_or(VideoError::NotFound)?;
        Ok(Video {
            id: upload.id,
            size_bytes: upload.offset,
            media_type: upload.media_type.unwrap_or_else(|| MediaType::of(&[], None)),
            completed_at: upload.completed_at.unwrap_or(upload.created_at),
        })
    }

    /// The bytes of a video in `range`, in pieces, of which a few are in memory at a time. The stream ends with the first error.
    pub fn read(&self, video: &Video, range: Range<u64>) -> impl Stream<Item = VideoResult<Bytes>> + use<> {
        let service = self.clone();
        let objects = Arc::clone(&self.objects);
        let pieces = stream::try_unfold((service, video.id, range), |(service, id, range)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let (pieces, read_until) = service.pieces(id, range.clone()).await?;
            Ok::<_, VideoError>(Some((stream::iter(pieces.into_iter().map(Ok)), (service, id, read_until..range.end))))
        });
        pieces
            .try_flatten()
            .map_ok(move |piece| {
                let objects = Arc::clone(&objects);
                async move {
                    let bytes = objects.get_range(&piece.key, piece.range).await?;
                    bytes.ok_or_else(|| VideoError::Store(missing()))
                }
            })
            .try_buffered(READ_AHEAD)
    }

    /// The pieces of the first parts that have bytes in `range`, and where they end.
    async fn pieces(&self, upload: UploadId, range: Range<u64>) -> VideoResult<(Vec<Piece>, u64)> {
        let (uploads, wanted) = (Arc::clone(&self.uploads), range.clone());
        let parts = self.blocking(move || Ok(uploads.parts(upload, wanted, PARTS_AT_ONCE)?)).await?;
        let mut pieces = Vec::new();
        let mut at = range.start;
        for part in parts {
            if part.start > at {
                return Err(missing().into());
            }
            let end = part.end().min(range.end);
            while at < end {
                let until = end.min(at + PIECE_BYTES);
                pieces.push(Piece { key: part.key.clone(), range: at - part.start..until - part.start });
                at = until;
            }
        }
        if pieces.is_empty() { Err(missing().into()) } else { Ok((pieces, at)) }
    }
}

/// A part of a video that should be there.
pub(super) fn missing() -> RepositoryError {
    RepositoryError::Invalid { what: "video", message: "a part of it is missing".to_owned() }
}
