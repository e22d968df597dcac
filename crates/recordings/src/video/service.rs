//! The use cases of videos.

mod receive;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use insights_core::api_key::secret::KeySecret;
use insights_core::error::{RepositoryError, RepositoryResult, ServiceResult};
use insights_core::ids::{IdSource, ProjectId, random_text};
use insights_core::objects::ObjectStore;
use insights_core::problem::Problem;
use insights_core::time::Clock;

pub use self::receive::{Append, Cut, Digest};
use super::error::{VideoError, VideoResult};
use super::model::{MediaType, Upload, UploadId, UploadState, upload_prefix};
use super::pool::{BlockingPool, blocking};
use super::repository::{Step, UploadRepository};
use crate::model::{Platform, Recording, RecordingId};
use crate::repository::RecordingRepository;
use crate::service::RecordingService;
use crate::uploads::{UploadError, UploadGrant, VideoUploads};

/// What every upload token begins with.
pub const TOKEN_PREFIX: &str = "upl_";

/// Random characters of an upload token: 256 bits and a little.
const TOKEN_CHARACTERS: usize = 43;

/// Where the video of a recording is read, below the address of the server.
pub fn video_path(project: ProjectId, recording: RecordingId) -> String {
    format!("/api/environments/{project}/desktop_recordings/{recording}/video/")
}

/// What one server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoLimits {
    /// Bytes of a video.
    pub video_bytes: u64,
    /// Uploads at the same time. Each holds a part in memory, and the store may hold it once more while it is written.
    pub uploads_at_once: usize,
    /// Bytes of a part; `PART_BYTES` outside of tests.
    pub part_bytes: usize,
}

/// The parts that a service is made of.
#[derive(Clone, Debug)]
pub struct VideoParts {
    /// Where uploads are kept.
    pub uploads: Arc<dyn UploadRepository>,
    /// Where their bytes are kept.
    pub objects: Arc<dyn ObjectStore>,
    /// Where recordings are kept.
    pub recordings: Arc<dyn RecordingRepository>,
    /// What changes them.
    pub states: RecordingService,
    /// Where blocking work runs.
    pub pool: Arc<dyn BlockingPool>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives new ids.
    pub ids: Arc<dyn IdSource>,
    /// What is taken.
    pub limits: VideoLimits,
}

/// What is said of a video before its bytes come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    /// Bytes of the whole; `None` where that is told later.
    pub length: Option<u64>,
    /// What it is; a media type that is not known counts for nothing.
    pub media_type: Option<MediaType>,
}

/// The use cases of videos.
#[derive(Clone, Debug)]
pub struct VideoService {
    pub(super) uploads: Arc<dyn UploadRepository>,
    pub(super) objects: Arc<dyn ObjectStore>,
    recordings: Arc<dyn RecordingRepository>,
    pub(super) states: RecordingService,
    pool: Arc<dyn BlockingPool>,
    pub(super) clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: VideoLimits,
    running: Arc<AtomicUsize>,
}

impl VideoService {
    /// A service of those parts.
    pub fn new(parts: VideoParts) -> Self {
        let VideoParts { uploads, objects, recordings, states, pool, clock, ids, limits } = parts;
        Self { uploads, objects, recordings, states, pool, clock, ids, limits, running: Arc::default() }
    }

    /// What it takes.
    pub fn limits(&self) -> VideoLimits {
        self.limits
    }

    /// The project's recording of that id.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub async fn recording(&self, project: ProjectId, id: RecordingId) -> VideoResult<Recording> {
        let states = self.states.clone();
        self.blocking(move || Ok(states.require(project, id)?)).await
    }

    /// The recording that `token` opens the upload of, whatever project it is of.
    ///
    /// # Errors
    /// `WrongToken` where it does not open that upload, `Gone` where it no more does, `NotFound` where the recording was deleted.
    pub async fn opened_by(&self, recording: RecordingId, token: &str) -> VideoResult<Recording> {
        let (uploads, recordings, now) = (Arc::clone(&self.uploads), Arc::clone(&self.recordings), self.clock.now());
        let presented = KeySecret::presented(token).ok_or(VideoError::WrongToken)?.secure_value();
        self.blocking(move || {
            let upload = uploads.get(recording)?;
            let hash = upload.as_ref().and_then(|upload| upload.token_hash.as_ref());
            let upload = upload.as_ref().filter(|_| hash.is_some_and(|hash| hash.matches(&presented)));
            let upload = upload.ok_or(VideoError::WrongToken)?;
            if upload.expires_at <= now {
                return Err(VideoError::Gone);
            }
            let found = recordings.find(Some(&upload.sdk_upload_id), None)?;
            found.filter(|found| found.id == recording).ok_or(VideoError::NotFound)
        })
        .await
    }

    /// The upload of a recording.
    ///
    /// # Errors
    /// `NotFound` where there is none, `Gone` where it was given up or its time is over.
    pub async fn upload(&self, recording: RecordingId) -> VideoResult<Upload> {
        let uploads = Arc::clone(&self.uploads);
        let found = self.blocking(move || Ok(uploads.get(recording)?)).await?;
        let upload = found.ok_or(VideoError::NotFound)?;
        let is_over = upload.has_expired(self.clock.now()) || upload.state == UploadState::GivenUp;
        if is_over { Err(VideoError::Gone) } else { Ok(upload) }
    }

    /// Begins the upload of a recording's video, anew where bytes of one had come already.
    ///
    /// # Errors
    /// `Complete` where the video is there, `TooLarge` or a refusal where what is announced cannot be.
    pub async fn begin(&self, recording: &Recording, announced: &Announcement) -> VideoResult<Upload> {
        if let Some(length) = announced.length {
            self.check_length(length)?;
        }
        let (uploads, now) = (Arc::clone(&self.uploads), self.clock.now());
        let (recording, announced) = (recording.clone(), announced.clone());
        let id = UploadId(self.ids.uuid());
        let (former, upload) = self
            .blocking(move || {
                let former = uploads.get(recording.id)?;
                let fresh = match &former {
                    Some(former) if former.is_complete() => return Err(VideoError::Complete),
                    Some(former) => former.anew(id, now),
                    None => Upload::new(recording.id, recording.sdk_upload_id, id, None, now),
                };
                let upload = Upload { length: announced.length, media_type: announced.media_type, ..fresh };
                match &former {
                    Some(former) => uploads.restart(former.id, &upload)?,
                    None => uploads.create(&upload)?,
                }
                Ok((former, upload))
            })
            .await?;
        if let Some(former) = former {
            // What a failure leaves goes when the recording does.
            self.remove_objects(&upload_prefix(former.recording, former.id), |_| false).await?;
        }
        Ok(upload)
    }

    /// Gives an unfinished upload up. Another one may begin.
    ///
    /// # Errors
    /// `NotFound` where there is none, `Complete` where the video is there: it goes with its recording alone.
    pub async fn give_up(&self, recording: RecordingId) -> VideoResult<()> {
        let former = self.upload(recording).await?;
        if former.is_complete() {
            return Err(VideoError::Complete);
        }
        let fresh = former.anew(UploadId(self.ids.uuid()), self.clock.now());
        let given_up = Upload { state: UploadState::GivenUp, ..fresh };
        let (uploads, id) = (Arc::clone(&self.uploads), former.id);
        self.blocking(move || Ok(uploads.restart(id, &given_up)?)).await?;
        self.remove_objects(&upload_prefix(former.recording, former.id), |_| false).await
    }

    /// Refuses a length that no video may have.
    fn check_length(&self, length: u64) -> VideoResult<()> {
        if length == 0 {
            return Err(Problem::invalid("Upload-Length", "A video has at least one byte.").into());
        }
        let limit_bytes = self.limits.video_bytes;
        if length > limit_bytes { Err(VideoError::TooLarge { limit_bytes }) } else { Ok(()) }
    }

    /// Takes a step of the upload. Where another one took it first, tells where the upload is now.
    async fn advance(&self, upload: &Upload, step: Step) -> VideoResult<Upload> {
        let (uploads, now) = (Arc::clone(&self.uploads), self.clock.now());
        let (id, recording, from) = (upload.id, upload.recording, upload.offset);
        self.blocking(move || match uploads.advance(id, from, &step, now) {
            Err(RepositoryError::Conflict { .. }) => match uploads.get(recording)? {
                None => Err(VideoError::NotFound),
                Some(other) if other.is_complete() => Err(VideoError::Complete),
                Some(other) => Err(VideoError::WrongOffset { offset: other.offset }),
            },
            advanced => Ok(advanced?),
        })
        .await
    }

    /// Tells the recording what a step from `before` to `after` means to it.
    async fn follow(&self, before: &Upload, after: &Upload) -> VideoResult<()> {
        if after.is_complete() {
            self.announce(after).await
        } else if before.offset == 0 && after.offset > 0 {
            self.tell(after, |states, recording| states.video_comes(recording.project, recording.id)).await
        } else {
            Ok(())
        }
    }

    /// Tells the recording of a complete video, and removes what other tries to upload it have left. What fails is done again by the background worker.
    pub(super) async fn announce(&self, upload: &Upload) -> VideoResult<()> {
        let size_bytes = upload.offset;
        self.tell(upload, move |states, recording| {
            let (project, id) = (recording.project, recording.id);
            states.video_is_there(project, id, size_bytes, &video_path(project, id))
        })
        .await?;
        let kept = self.part_keys(upload).await?;
        self.remove_objects(&upload_prefix(upload.recording, upload.id), |key| kept.contains(key)).await?;
        let (uploads, id) = (Arc::clone(&self.uploads), upload.id);
        self.blocking(move || Ok(uploads.mark_announced(id)?)).await
    }

    /// Changes the recording of the upload, where it is still there.
    pub(super) async fn tell(
        &self,
        upload: &Upload,
        change: impl FnOnce(&RecordingService, &Recording) -> ServiceResult<()> + Send + 'static,
    ) -> VideoResult<()> {
        let (recordings, states) = (Arc::clone(&self.recordings), self.states.clone());
        let sdk_upload_id = upload.sdk_upload_id.clone();
        self.blocking(move || {
            let Some(recording) = recordings.find(Some(&sdk_upload_id), None)? else { return Ok(()) };
            Ok(change(&states, &recording)?)
        })
        .await
    }

    /// Runs blocking work where that is allowed.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> VideoResult<T> + Send + 'static,
    ) -> VideoResult<T> {
        blocking(&*self.pool, work).await
    }

    /// A place among the uploads that run; it is given back when this is dropped.
    fn take_place(&self) -> VideoResult<Place> {
        let place = Place(Arc::clone(&self.running));
        if self.running.fetch_add(1, Ordering::Relaxed) < self.limits.uploads_at_once {
            Ok(place)
        } else {
            Err(VideoError::Busy)
        }
    }
}

/// A place among the uploads that run.
#[derive(Debug)]
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl VideoUploads for VideoService {
    async fn begin(&self, recording: RecordingId, _platform: Platform) -> Result<UploadGrant, UploadError> {
        let upload_token = format!("{TOKEN_PREFIX}{}", random_text(&*self.ids, TOKEN_CHARACTERS));
        let hash = KeySecret::presented(&upload_token).expect("a new token is not too long").secure_value();
        let id = self.ids.uuid();
        let upload = Upload::new(recording, id.to_string(), UploadId(id), Some(hash), self.clock.now());
        let sdk_upload_id = upload.sdk_upload_id.clone();
        let uploads = Arc::clone(&self.uploads);
        let stored: RepositoryResult<()> = blocking(&*self.pool, move || uploads.create(&upload)).await;
        stored.map(|()| UploadGrant { sdk_upload_id, upload_token }).map_err(UploadError::Store)
    }
}

#[cfg(test)]
mod tests;
