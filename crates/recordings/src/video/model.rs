//! What an upload is, and of which parts a video consists.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::api_key::secret::SecureValue;
use insights_core::ids::IdSource;
use insights_core::objects::ObjectKey;
use uuid::Uuid;

pub use super::kind::MediaType;
use super::repository::Step;
use crate::model::RecordingId;

/// Most bytes of a part.
pub const PART_BYTES: usize = 8 << 20;

/// Most parts of a video. Each cut connection and each request makes one more than the size alone would.
pub const MAX_PARTS: u64 = 50_000;

/// How long an upload may take, from when it may begin to its last byte.
pub const UPLOAD_LIFETIME: TimeDelta = TimeDelta::days(7);

/// Identity of an upload; one that begins anew is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(pub Uuid);

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// Bytes are missing.
    Open,
    /// All bytes are there, and the recording may not know it yet.
    Complete,
    /// All bytes are there, and the recording knows it.
    Announced,
    /// It was given up; another one may begin.
    GivenUp,
}

impl UploadState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Complete, Self::Announced, Self::GivenUp];

    /// The text in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Announced => "announced",
            Self::GivenUp => "given_up",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// The upload of a recording's video, and later the video. A recording has one.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The recording.
    pub recording: RecordingId,
    /// The recording's name for it; stays the same when it begins anew.
    pub sdk_upload_id: String,
    /// Identity.
    pub id: UploadId,
    /// The hash of what opens it without a key; `None` where only keys do.
    pub token_hash: Option<SecureValue>,
    /// How far it is.
    pub state: UploadState,
    /// Bytes of the whole video, as soon as that is known.
    pub length: Option<u64>,
    /// Bytes that are kept: those before this one.
    pub offset: u64,
    /// Number of parts that they lie in.
    pub n_parts: u64,
    /// What the video is; known from its first bytes on, or before where the client said it.
    pub media_type: Option<MediaType>,
    /// When it could begin.
    pub created_at: DateTime<Utc>,
    /// From when on it takes no more bytes.
    pub expires_at: DateTime<Utc>,
    /// When its last byte came.
    pub completed_at: Option<DateTime<Utc>>,
}

impl Upload {
    /// An upload that may begin at `now`, of which nothing is known.
    pub fn new(
        recording: RecordingId,
        sdk_upload_id: String,
        id: UploadId,
        token_hash: Option<SecureValue>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            recording,
            sdk_upload_id,
            id,
            token_hash,
            state: UploadState::Open,
            length: None,
            offset: 0,
            n_parts: 0,
            media_type: None,
            created_at: now,
            expires_at: now + UPLOAD_LIFETIME,
            completed_at: None,
        }
    }

    /// Whether all bytes are there.
    pub fn is_complete(&self) -> bool {
        matches!(self.state, UploadState::Complete | UploadState::Announced)
    }

    /// The upload after `step`, which was taken at `now` and begins where the upload is.
    pub fn after(mut self, step: &Step, now: DateTime<Utc>) -> Self {
        for part in &step.parts {
            debug_assert_eq!(part.start, self.offset, "parts follow each other");
            self.offset += part.size_bytes;
            self.n_parts += 1;
        }
        self.length = step.length.or(self.length);
        self.media_type = step.media_type.or(self.media_type);
        if self.length == Some(self.offset) {
            self.state = UploadState::Complete;
            self.completed_at = Some(now);
        }
        self
    }

    /// Whether its time is over at `now`, though bytes are missing.
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        !self.is_complete() && self.expires_at <= now
    }

    /// The upload that takes the place of this one at `now`. Its token stays what it is, and opens the new one for as long as it opened this one.
    pub fn anew(&self, id: UploadId, now: DateTime<Utc>) -> Self {
        let fresh = Self::new(self.recording, self.sdk_upload_id.clone(), id, self.token_hash.clone(), now);
        let expires_at = match &self.token_hash {
            Some(_) if self.expires_at > now => self.expires_at,
            _ => fresh.expires_at,
        };
        Self { expires_at, ..fresh }
    }
}

/// A piece of a video, which is one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where in the video it begins.
    pub start: u64,
    /// How long it is; never 0.
    pub size_bytes: u64,
    /// The object.
    pub key: ObjectKey,
}

impl Part {
    /// Where in the video the next one begins.
    pub fn end(&self) -> u64 {
        self.start + self.size_bytes
    }
}

/// What the keys of all objects of a recording begin with.
pub fn recording_prefix(recording: RecordingId) -> ObjectKey {
    ObjectKey::new(["recordings", &recording.to_string()]).expect("an id in text is part of a key")
}

/// What the keys of all objects of an upload begin with.
pub fn upload_prefix(recording: RecordingId, upload: UploadId) -> ObjectKey {
    let parts = ["recordings", &recording.to_string(), &upload.to_string()];
    ObjectKey::new(parts).expect("ids in text are parts of a key")
}

/// A key that no other object has, for the part of `upload` that begins at `start`: two that upload the same bytes do not write to the same place.
pub fn part_key(upload: &Upload, start: u64, ids: &dyn IdSource) -> ObjectKey {
    let name = format!("{start:015}-{}", ids.uuid());
    let parts = ["recordings", &upload.recording.to_string(), &upload.id.to_string(), &name];
    ObjectKey::new(parts).expect("ids and numbers in text are parts of a key")
}
