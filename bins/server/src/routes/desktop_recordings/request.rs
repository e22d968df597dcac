//! What clients send about recordings.

use capture::timestamp::parse_instant;
use chrono::{DateTime, Utc};
use insights_core::paging::Page;
use insights_core::problem::Problem;
use recordings::model::{ExtractedTask, Platform};
use recordings::patch::RecordingPatch;
use recordings::segment::Segment;
use recordings::service::ListQuery;
use recordings::status::Status;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::json::present;
use crate::paging::PageParams;

/// Which recordings to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RecordingListParams {
    /// Number of the user who made them.
    user_id: Option<i64>,
    /// `zoom`, `teams`, `meet`, `desktop_audio` or `slack`.
    platform: Option<String>,
    /// `pending`, `recording`, `uploading`, `processing`, `ready` or `error`.
    status: Option<String>,
    /// Words that all stand in the title or the transcript, in any case; those in double quotes stand together.
    search: Option<String>,
    /// Part of a participant's name, in any case.
    participant: Option<String>,
    /// Those that began then or later, such as `2026-01-14T08:00:00Z`.
    started_after: Option<String>,
    /// Those that began before.
    started_before: Option<String>,
    /// `false` leaves the transcripts out.
    include_transcript: Option<bool>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

impl RecordingListParams {
    pub(super) fn page(&self) -> Page {
        PageParams { limit: self.limit, offset: self.offset }.page()
    }

    pub(super) fn query(self) -> Result<ListQuery, Problem> {
        let not_empty = |name: Option<String>| name.filter(|name| !name.is_empty());
        Ok(ListQuery {
            user_id: self.user_id,
            platform: not_empty(self.platform),
            status: not_empty(self.status),
            search: self.search,
            participant: self.participant,
            started_from: self.started_after.map(|text| instant("started_after", &text)).transpose()?,
            started_before: self.started_before.map(|text| instant("started_before", &text)).transpose()?,
            is_brief: self.include_transcript == Some(false),
        })
    }
}

/// A recording to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateDesktopRecording)]
pub(super) struct CreateRecordingRequest {
    /// `zoom`, `teams`, `meet`, `desktop_audio` or `slack`; `desktop_audio` where absent.
    pub(super) platform: Option<String>,
    /// `recording`, or `pending` for one that has not begun; `recording` where absent.
    pub(super) status: Option<String>,
}

/// What to change of a recording. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchDesktopRecording)]
pub(super) struct PatchRecordingRequest {
    /// The recording, as Recall.ai names it.
    #[serde(default, deserialize_with = "present")]
    recall_recording_id: Option<Option<String>>,
    /// `zoom`, `teams`, `meet`, `desktop_audio` or `slack`.
    #[serde(default, deserialize_with = "present")]
    platform: Option<String>,
    /// At most 255 characters.
    #[serde(default, deserialize_with = "present")]
    meeting_title: Option<Option<String>>,
    /// http or https.
    #[serde(default, deserialize_with = "present")]
    meeting_url: Option<Option<String>>,
    /// Not negative.
    #[serde(default, deserialize_with = "present")]
    duration_seconds: Option<Option<i64>>,
    /// `pending`, `recording`, `uploading`, `processing`, `ready` or `error`: forwards, or into an error and out of it.
    #[serde(default, deserialize_with = "present")]
    status: Option<String>,
    /// At most 100,000 characters.
    #[serde(default, deserialize_with = "present")]
    notes: Option<Option<String>>,
    /// At most 5,000 characters.
    #[serde(default, deserialize_with = "present")]
    error_message: Option<Option<String>>,
    /// http or https.
    #[serde(default, deserialize_with = "present")]
    video_url: Option<Option<String>>,
    /// Not negative.
    #[serde(default, deserialize_with = "present")]
    video_size_bytes: Option<Option<i64>>,
    /// Names of who takes part.
    #[serde(default, deserialize_with = "present")]
    participants: Option<Vec<String>>,
    /// The only segments: all others go.
    #[serde(default, deserialize_with = "present")]
    transcript_segments: Option<Vec<SegmentRequest>>,
    /// A summary of the client's own, which the server leaves as it is; null lets the server write one again.
    #[serde(default, deserialize_with = "present")]
    summary: Option<Option<String>>,
    /// Tasks of the client's own, likewise.
    #[serde(default, deserialize_with = "present")]
    extracted_tasks: Option<Option<Vec<TaskRequest>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(format = DateTime)]
    tasks_generated_at: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(format = DateTime)]
    summary_generated_at: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(format = DateTime)]
    started_at: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(format = DateTime)]
    completed_at: Option<Option<String>>,
}

/// Something that somebody is to do. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DesktopRecordingTaskRequest)]
struct TaskRequest {
    title: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    assignee: Option<String>,
}

/// Something that was said. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TranscriptSegment)]
pub(super) struct SegmentRequest {
    /// When, in milliseconds; not negative.
    #[serde(default)]
    timestamp: Option<f64>,
    #[serde(default)]
    speaker: Option<String>,
    /// Not blank, at most 10,000 characters.
    text: String,
    #[serde(default)]
    confidence: Option<f64>,
    /// `false` where a later segment of the same time and speaker is to take its place.
    #[serde(default)]
    is_final: Option<bool>,
}

/// Segments to add. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AppendSegments)]
pub(super) struct AppendSegmentsRequest {
    /// At least 1, at most 1,000.
    segments: Vec<SegmentRequest>,
}

impl AppendSegmentsRequest {
    pub(super) fn segments(self) -> Vec<Segment> {
        self.segments.into_iter().map(Segment::from).collect()
    }
}

/// What to answer to an addition.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AppendParams {
    /// `false` leaves the transcript out of the answer, which is long at the end of a meeting.
    include_transcript: Option<bool>,
}

impl AppendParams {
    pub(super) fn is_whole(&self) -> bool {
        self.include_transcript != Some(false)
    }
}

impl From<SegmentRequest> for Segment {
    fn from(segment: SegmentRequest) -> Self {
        let SegmentRequest { timestamp, speaker, text, confidence, is_final } = segment;
        Self { timestamp_ms: timestamp, speaker, text, confidence, is_final }
    }
}

impl From<TaskRequest> for ExtractedTask {
    fn from(task: TaskRequest) -> Self {
        let TaskRequest { title, description, assignee } = task;
        Self { title, description: description.unwrap_or_default(), assignee }
    }
}

impl TryFrom<PatchRecordingRequest> for RecordingPatch {
    type Error = Problem;

    fn try_from(body: PatchRecordingRequest) -> Result<Self, Problem> {
        let tasks = |tasks: Vec<TaskRequest>| tasks.into_iter().map(ExtractedTask::from).collect();
        let segments = |segments: Vec<SegmentRequest>| segments.into_iter().map(Segment::from).collect();
        Ok(Self {
            recall_recording_id: body.recall_recording_id,
            platform: body.platform.as_deref().map(Platform::read).transpose()?,
            meeting_title: body.meeting_title,
            meeting_url: body.meeting_url,
            duration_seconds: body.duration_seconds,
            status: body.status.as_deref().map(Status::read).transpose()?,
            notes: body.notes,
            error_message: body.error_message,
            video_url: body.video_url,
            video_size_bytes: body.video_size_bytes,
            participants: body.participants,
            transcript_segments: body.transcript_segments.map(segments),
            summary: body.summary,
            extracted_tasks: body.extracted_tasks.map(|given| given.map(tasks)),
            tasks_generated_at: optional_instant("tasks_generated_at", body.tasks_generated_at)?,
            summary_generated_at: optional_instant("summary_generated_at", body.summary_generated_at)?,
            started_at: body.started_at.map(|text| instant("started_at", &text)).transpose()?,
            completed_at: optional_instant("completed_at", body.completed_at)?,
        })
    }
}

fn optional_instant(attr: &str, text: Option<Option<String>>) -> Result<Option<Option<DateTime<Utc>>>, Problem> {
    text.map(|text| text.map(|text| instant(attr, &text)).transpose()).transpose()
}

/// An instant as clients write it; in UTC where it names no zone.
fn instant(attr: &str, text: &str) -> Result<DateTime<Utc>, Problem> {
    let detail = "Datetime has wrong format. Use one like 2026-01-14T08:00:00Z.";
    parse_instant(text).ok_or_else(|| Problem::invalid(attr, detail))
}
