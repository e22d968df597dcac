//! Recordings as clients see them.

use recordings::model::{ExtractedTask, Recording};
use recordings::service::WholeRecording;
use recordings::uploads::UploadGrant;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::request::SegmentRequest;
use crate::wire::Timestamp;

/// A recorded meeting.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DesktopRecording)]
pub(crate) struct RecordingResponse {
    id: Uuid,
    /// Number of the project.
    team: i64,
    /// Number of the user who made it.
    created_by: Option<i64>,
    /// Under which name the video is uploaded.
    sdk_upload_id: String,
    /// The recording, as Recall.ai names it.
    recall_recording_id: Option<String>,
    /// `zoom`, `teams`, `meet`, `desktop_audio` or `slack`.
    platform: &'static str,
    meeting_title: Option<String>,
    meeting_url: Option<String>,
    duration_seconds: Option<i64>,
    /// `pending`, `recording`, `uploading`, `processing`, `ready` or `error`.
    status: &'static str,
    notes: Option<String>,
    error_message: Option<String>,
    video_url: Option<String>,
    video_size_bytes: Option<i64>,
    participants: Vec<String>,
    /// The texts of all segments; absent where the request leaves transcripts out.
    #[serde(skip_serializing_if = "Option::is_none")]
    transcript_text: Option<String>,
    /// What was said, by time; absent likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<SegmentRequest>>)]
    transcript_segments: Option<Box<RawValue>>,
    summary: Option<String>,
    extracted_tasks: Vec<TaskResponse>,
    tasks_generated_at: Option<Timestamp>,
    summary_generated_at: Option<Timestamp>,
    started_at: Timestamp,
    completed_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A recording that was made just now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewDesktopRecording)]
pub(crate) struct NewRecordingResponse {
    #[serde(flatten)]
    recording: RecordingResponse,
    /// What the video is uploaded with; shown this once.
    upload_token: String,
}

/// Something that somebody is to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DesktopRecordingTask)]
pub(crate) struct TaskResponse {
    title: String,
    description: String,
    assignee: Option<String>,
}

impl From<ExtractedTask> for TaskResponse {
    fn from(task: ExtractedTask) -> Self {
        let ExtractedTask { title, description, assignee } = task;
        Self { title, description, assignee }
    }
}

impl RecordingResponse {
    /// The recording for clients that reach this server by `base`, scheme and host.
    pub(super) fn new(whole: WholeRecording, base: &str) -> Self {
        let WholeRecording { recording, transcript } = whole;
        let (transcript_text, segments) =
            transcript.map(|transcript| (transcript.text, transcript.segments_json)).unzip();
        let transcript_segments =
            segments.map(|json| RawValue::from_string(json).expect("segments are kept as a JSON array"));
        let Recording { fields, .. } = recording;
        Self {
            id: recording.id.0,
            team: recording.project.0,
            created_by: recording.created_by.map(|user| user.0),
            sdk_upload_id: recording.sdk_upload_id,
            recall_recording_id: fields.recall_recording_id,
            platform: fields.platform.name(),
            meeting_title: fields.meeting_title,
            meeting_url: fields.meeting_url,
            duration_seconds: fields.duration_seconds,
            status: fields.status.name(),
            notes: fields.notes,
            error_message: fields.error_message,
            video_url: fields.video_url.map(|url| if url.starts_with('/') { format!("{base}{url}") } else { url }),
            video_size_bytes: fields.video_size_bytes,
            participants: fields.participants,
            transcript_text,
            transcript_segments,
            summary: fields.summary,
            extracted_tasks: fields.extracted_tasks.into_iter().map(TaskResponse::from).collect(),
            tasks_generated_at: fields.tasks_generated_at.map(Timestamp),
            summary_generated_at: fields.summary_generated_at.map(Timestamp),
            started_at: Timestamp(fields.started_at),
            completed_at: fields.completed_at.map(Timestamp),
            created_at: Timestamp(recording.created_at),
            updated_at: Timestamp(recording.updated_at),
        }
    }
}

impl NewRecordingResponse {
    pub(super) fn new(made: WholeRecording, grant: UploadGrant, base: &str) -> Self {
        Self { recording: RecordingResponse::new(made, base), upload_token: grant.upload_token }
    }
}
