//! What a recording is.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::ids::{ProjectId, UserId};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::status::Status;

/// Kind of the thing in the activity log.
pub const SCOPE: &str = "DesktopRecording";

/// Identity of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingId(pub Uuid);

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the meeting takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Zoom.
    Zoom,
    /// Microsoft Teams.
    Teams,
    /// Google Meet.
    Meet,
    /// Anywhere that the computer has sound of.
    DesktopAudio,
    /// Slack.
    Slack,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Zoom, Self::Teams, Self::Meet, Self::DesktopAudio, Self::Slack];

    /// The text on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zoom => "zoom",
            Self::Teams => "teams",
            Self::Meet => "meet",
            Self::DesktopAudio => "desktop_audio",
            Self::Slack => "slack",
        }
    }

    /// The platform of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }

    /// Reads what a client sent as `platform`.
    ///
    /// # Errors
    /// A refusal that names `platform`.
    pub fn read(name: &str) -> Result<Self, Problem> {
        Self::from_name(name).ok_or_else(|| Problem::invalid_choice("platform", name))
    }
}

/// A recorded meeting, without what was said: that is its [`Transcript`](crate::transcript::Transcript).
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Its identity.
    pub id: RecordingId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change, other than of the transcript; a change of an older version is refused.
    pub version: i64,
    /// Under which name the video is uploaded; unique on the server.
    pub sdk_upload_id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it or its transcript was last changed.
    pub updated_at: DateTime<Utc>,
    /// Everything else.
    pub fields: RecordingFields,
}

/// What of a recording may change.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingFields {
    /// The recording, as Recall.ai names it.
    pub recall_recording_id: Option<String>,
    /// Until when Recall.ai's news of it are known.
    pub recall_news_at: Option<DateTime<Utc>>,
    /// Where the meeting takes place.
    pub platform: Platform,
    /// Name for people.
    pub meeting_title: Option<String>,
    /// Address of the meeting; http or https.
    pub meeting_url: Option<String>,
    /// How long it is, in seconds; not negative.
    pub duration_seconds: Option<i64>,
    /// How far it is.
    pub status: Status,
    /// What people note about it.
    pub notes: Option<String>,
    /// What went wrong.
    pub error_message: Option<String>,
    /// Address of the video: http or https, or a path of this server, which begins with a slash.
    pub video_url: Option<String>,
    /// Size of the video, in bytes; not negative.
    pub video_size_bytes: Option<i64>,
    /// Names of who takes part.
    pub participants: Vec<String>,
    /// What it was about.
    pub summary: Option<String>,
    /// Whether a client wrote the summary: the server does not write over it then.
    pub is_summary_given: bool,
    /// What somebody is to do.
    pub extracted_tasks: Vec<ExtractedTask>,
    /// Whether a client wrote the tasks, likewise.
    pub are_tasks_given: bool,
    /// When the tasks were made.
    pub tasks_generated_at: Option<DateTime<Utc>>,
    /// When the summary was made.
    pub summary_generated_at: Option<DateTime<Utc>>,
    /// When the meeting began.
    pub started_at: DateTime<Utc>,
    /// When everything was there.
    pub completed_at: Option<DateTime<Utc>>,
}

impl RecordingFields {
    /// Of a recording that begins at `now`, about which nothing else is known.
    pub fn new(platform: Platform, status: Status, now: DateTime<Utc>) -> Self {
        Self {
            recall_recording_id: None,
            recall_news_at: None,
            platform,
            meeting_title: None,
            meeting_url: None,
            duration_seconds: None,
            status,
            notes: None,
            error_message: None,
            video_url: None,
            video_size_bytes: None,
            participants: Vec::new(),
            summary: None,
            is_summary_given: false,
            extracted_tasks: Vec::new(),
            are_tasks_given: false,
            tasks_generated_at: None,
            summary_generated_at: None,
            started_at: now,
            completed_at: None,
        }
    }
}

/// Something that somebody is to do, in the form in which it is kept and shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractedTask {
    /// In a few words.
    pub title: String,
    /// More of them; may be empty.
    #[serde(default)]
    pub description: String,
    /// Who is to do it, where that is known.
    #[serde(default)]
    pub assignee: Option<String>,
}
