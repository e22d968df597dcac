//! Taking bytes in.

use bytes::Bytes;
use futures::{Stream, StreamExt};
use insights_core::problem::Problem;
use sha2::Digest as _;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::VideoService;
use crate::model::Recording;
use crate::video::cutter::Cutter;
use crate::video::error::{VideoError, VideoResult};
use crate::video::model::{MAX_PARTS, MediaType, Part, Upload, part_key};
use crate::video::repository::Step;

/// The stream of bytes broke off before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut;

/// A SHA-256 that bytes are to have.
pub type Digest = [u8; 32];

/// Which bytes a request brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Append {
    /// Where in the video they begin.
    pub offset: u64,
    /// How many there are, where the request says so.
    pub n_bytes: Option<u64>,
    /// Bytes of the whole video, where the request says so.
    pub length: Option<u64>,
    /// What the video is, where the request says so.
    pub media_type: Option<MediaType>,
    /// What they hash to. They are kept all together or not at all then.
    pub digest: Option<Digest>,
}

impl VideoService {
    /// Adds bytes to the upload of a recording, and gives the upload as it is then. What the offset covers at any time is kept for good; where `body` breaks
    /// off, that is all that had come.
    ///
    /// # Errors
    /// [`VideoError`]; whatever it is, the upload tells how far it is.
    pub async fn append(
        &self,
        recording: &Recording,
        append: &Append,
        body: impl Stream<Item = Result<Bytes, Cut>>,
    ) -> VideoResult<Upload> {
        let _place = self.take_place()?;
        let mut upload = self.upload(recording.id).await?;
        if append.offset != upload.offset {
            return Err(VideoError::WrongOffset { offset: upload.offset });
        }
        if let Some(length) = append.length.filter(|length| upload.length != Some(*length)) {
            upload = self.declare(&upload, length).await?;
        }
        upload.media_type = upload.media_type.or(append.media_type);
        let limit_bytes = upload.length.unwrap_or(self.limits.video_bytes);
        let room = limit_bytes - upload.offset.min(limit_bytes);
        if append.n_bytes.is_some_and(|n_bytes| n_bytes > room) {
            return Err(VideoError::TooLarge { limit_bytes });
        }
        if upload.is_complete() && append.n_bytes == Some(0) {
            return Ok(upload);
        }
        let receiver = Receiver {
            service: self,
            upload,
            cutter: Cutter::new(self.limits.part_bytes, append.n_bytes),
            hash: append.digest.map(|expected| (Sha256::new(), expected)),
            unverified: Vec::new(),
            n_received: 0,
            room: append.n_bytes.unwrap_or(room),
        };
        receiver.receive(body, append.n_bytes, limit_bytes).await
    }

    /// Notes how long the video is, which was not known.
    async fn declare(&self, upload: &Upload, length: u64) -> VideoResult<Upload> {
        self.check_length(length)?;
        if let Some(known) = upload.length {
            let detail = format!("The video has {known} bytes, which cannot change.");
            return Err(Problem::invalid("Upload-Length", detail).into());
        }
        if length < upload.offset {
            let detail = format!("The upload is at byte {} already.", upload.offset);
            return Err(Problem::invalid("Upload-Length", detail).into());
        }
        let declared = self.advance(upload, Step { length: Some(length), ..Step::default() }).await?;
        self.follow(upload, &declared).await?;
        Ok(declared)
    }

    /// Keeps `bytes` as an object, to be a part that begins at `start`.
    async fn keep(&self, upload: &Upload, start: u64, bytes: Bytes) -> VideoResult<Part> {
        let key = part_key(upload, start, &*self.ids);
        let size_bytes = u64::try_from(bytes.len()).expect("a length fits into 64 bits");
        self.objects.put(&key, bytes).await?;
        Ok(Part { start, size_bytes, key })
    }

    /// Removes the objects of parts that were not taken.
    async fn drop_parts(&self, parts: &[Part]) {
        for part in parts {
            // One that stays is removed when the upload is complete or given up.
            let _ = self.objects.delete(&part.key).await;
        }
    }
}

/// One request that brings bytes.
struct Receiver<'a> {
    service: &'a VideoService,
    /// As it is after what was kept.
    upload: Upload,
    cutter: Cutter,
    /// Of all bytes of the request, where they are to be verified.
    hash: Option<(Sha256, Digest)>,
    /// Parts that are objects, and not taken before their checksum is known.
    unverified: Vec<Part>,
    n_received: u64,
    /// How many bytes may come.
    room: u64,
}

impl Receiver<'_> {
    async fn receive(
        mut self,
        body: impl Stream<Item = Result<Bytes, Cut>>,
        n_bytes: Option<u64>,
        limit_bytes: u64,
    ) -> VideoResult<Upload> {
        let ended = self.take_all(body, limit_bytes).await;
        match ended {
            Ok(()) => {}
            // Nobody can tell whether these were the right bytes.
            Err(Ended::Cut) if self.hash.is_some() => {
                let offset = self.upload.offset;
                return self.refuse(VideoError::Interrupted { offset }).await;
            }
            Err(Ended::Cut) => {
                self.take_rest().await?;
                return Err(VideoError::Interrupted { offset: self.upload.offset });
            }
            Err(Ended::Error(error)) => return self.refuse(error).await,
        }
        if let Some((hash, expected)) = self.hash.take() {
            let is_right: bool = hash.finalize().as_slice().ct_eq(&expected).into();
            if !is_right {
                return self.refuse(VideoError::Checksum).await;
            }
        }
        self.take_rest().await?;
        match n_bytes {
            Some(n_bytes) if self.n_received < n_bytes => Err(VideoError::Interrupted { offset: self.upload.offset }),
            _ => Ok(self.upload),
        }
    }

    async fn take_all(&mut self, body: impl Stream<Item = Result<Bytes, Cut>>, limit_bytes: u64) -> Result<(), Ended> {
        let mut body = std::pin::pin!(body);
        while let Some(chunk) = body.next().await {
            let mut chunk = chunk.map_err(|Cut| Ended::Cut)?;
            self.n_received += u64::try_from(chunk.len()).expect("a length fits into 64 bits");
            if self.n_received > self.room {
                return Err(VideoError::TooLarge { limit_bytes }.into());
            }
            if let Some((hash, _)) = &mut self.hash {
                hash.update(&chunk);
            }
            while !chunk.is_empty() {
                if let Some(part) = self.cutter.fill(&mut chunk) {
                    self.take(part).await?;
                }
            }
        }
        Ok(())
    }

    /// Keeps a part. It counts at once, unless the bytes are still to be verified.
    async fn take(&mut self, bytes: Bytes) -> VideoResult<()> {
        let n_unverified = u64::try_from(self.unverified.len()).expect("a length fits into 64 bits");
        if self.upload.n_parts + n_unverified >= MAX_PARTS {
            return Err(VideoError::TooManyParts);
        }
        let start = self.unverified.last().map_or(self.upload.offset, Part::end);
        if start == 0 {
            self.upload.media_type = Some(MediaType::of(&bytes, self.upload.media_type));
        }
        let part = self.service.keep(&self.upload, start, bytes).await?;
        self.unverified.push(part);
        if self.hash.is_none() { self.commit().await } else { Ok(()) }
    }

    /// Keeps what does not fill a part, and makes everything count that was verified.
    async fn take_rest(&mut self) -> VideoResult<()> {
        if let Some(rest) = self.cutter.finish() {
            self.take(rest).await?;
        }
        self.commit().await
    }

    /// Makes the parts count.
    async fn commit(&mut self) -> VideoResult<()> {
        if self.unverified.is_empty() {
            return Ok(());
        }
        let media_type = self.upload.media_type.filter(|_| self.upload.offset == 0);
        let step = Step { parts: std::mem::take(&mut self.unverified), length: None, media_type };
        let parts = step.parts.clone();
        match self.service.advance(&self.upload, step).await {
            Ok(upload) => {
                let before = std::mem::replace(&mut self.upload, upload);
                self.service.follow(&before, &self.upload).await
            }
            // Where the store failed, nobody knows whether they count.
            Err(error @ VideoError::Store(_)) => Err(error),
            Err(error) => {
                self.service.drop_parts(&parts).await;
                Err(error)
            }
        }
    }

    /// Ends with `error`; what is not taken is removed.
    async fn refuse(self, error: VideoError) -> VideoResult<Upload> {
        self.service.drop_parts(&self.unverified).await;
        Err(error)
    }
}

/// Why no more bytes come.
enum Ended {
    /// The stream broke off.
    Cut,
    Error(VideoError),
}

impl From<VideoError> for Ended {
    fn from(error: VideoError) -> Self {
        Self::Error(error)
    }
}
