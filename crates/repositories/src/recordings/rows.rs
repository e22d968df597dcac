//! Recordings as rows.

use ::recordings::model::{Platform, Recording, RecordingFields, RecordingId};
use ::recordings::status::Status;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::ids::{ProjectId, UserId};
use insights_core::text::search_form;

use super::WHAT;
use crate::failure::{Failure, unreadable};
use crate::schema::desktop_recordings;
use crate::values::{from_json, from_uuid, instant, json_text, stamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = desktop_recordings)]
pub(super) struct RecordingRow {
    id: String,
    project_id: i64,
    version: i64,
    sdk_upload_id: String,
    recall_recording_id: Option<String>,
    recall_news_at: Option<NaiveDateTime>,
    platform: String,
    meeting_title: Option<String>,
    meeting_url: Option<String>,
    duration_seconds: Option<i64>,
    status: String,
    notes: Option<String>,
    error_message: Option<String>,
    video_url: Option<String>,
    video_size_bytes: Option<i64>,
    participants: String,
    summary: Option<String>,
    is_summary_given: bool,
    extracted_tasks: String,
    are_tasks_given: bool,
    tasks_generated_at: Option<NaiveDateTime>,
    summary_generated_at: Option<NaiveDateTime>,
    started_at: NaiveDateTime,
    completed_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    updated_at: NaiveDateTime,
}

impl RecordingRow {
    pub(super) fn into_recording(self) -> Result<Recording, Failure> {
        let platform = Platform::from_name(&self.platform);
        let status = Status::from_name(&self.status);
        let fields = RecordingFields {
            recall_recording_id: self.recall_recording_id,
            recall_news_at: self.recall_news_at.map(instant),
            platform: platform.ok_or_else(|| unreadable(WHAT, format!("platform {}", self.platform)))?,
            meeting_title: self.meeting_title,
            meeting_url: self.meeting_url,
            duration_seconds: self.duration_seconds,
            status: status.ok_or_else(|| unreadable(WHAT, format!("status {}", self.status)))?,
            notes: self.notes,
            error_message: self.error_message,
            video_url: self.video_url,
            video_size_bytes: self.video_size_bytes,
            participants: from_json(WHAT, &self.participants)?,
            summary: self.summary,
            is_summary_given: self.is_summary_given,
            extracted_tasks: from_json(WHAT, &self.extracted_tasks)?,
            are_tasks_given: self.are_tasks_given,
            tasks_generated_at: self.tasks_generated_at.map(instant),
            summary_generated_at: self.summary_generated_at.map(instant),
            started_at: instant(self.started_at),
            completed_at: self.completed_at.map(instant),
        };
        Ok(Recording {
            id: RecordingId(from_uuid(WHAT, &self.id)?),
            project: ProjectId(self.project_id),
            version: self.version,
            sdk_upload_id: self.sdk_upload_id,
            created_at: instant(self.created_at),
            created_by: self.created_by.map(UserId),
            updated_at: instant(self.updated_at),
            fields,
        })
    }
}

/// What a recording is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = desktop_recordings, treat_none_as_default_value = false)]
pub(super) struct NewRecordingRow {
    id: String,
    project_id: i64,
    sdk_upload_id: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedRecordingRow,
}

impl NewRecordingRow {
    pub(super) fn new(recording: &Recording) -> Self {
        Self {
            id: recording.id.to_string(),
            project_id: recording.project.0,
            sdk_upload_id: recording.sdk_upload_id.clone(),
            created_at: stamp(recording.created_at),
            created_by: recording.created_by.map(|user| user.0),
            changeable: ChangedRecordingRow::of_version(recording, recording.version),
        }
    }
}

/// What every change of a recording writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = desktop_recordings, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ChangedRecordingRow {
    version: i64,
    recall_recording_id: Option<String>,
    recall_news_at: Option<NaiveDateTime>,
    platform: &'static str,
    meeting_title: Option<String>,
    search_text: String,
    meeting_url: Option<String>,
    duration_seconds: Option<i64>,
    status: &'static str,
    notes: Option<String>,
    error_message: Option<String>,
    video_url: Option<String>,
    video_size_bytes: Option<i64>,
    participants: String,
    participants_search_text: String,
    summary: Option<String>,
    is_summary_given: bool,
    extracted_tasks: String,
    are_tasks_given: bool,
    tasks_generated_at: Option<NaiveDateTime>,
    summary_generated_at: Option<NaiveDateTime>,
    started_at: NaiveDateTime,
    completed_at: Option<NaiveDateTime>,
    updated_at: NaiveDateTime,
}

impl ChangedRecordingRow {
    pub(super) fn of_version(recording: &Recording, version: i64) -> Self {
        let fields = &recording.fields;
        Self {
            version,
            recall_recording_id: fields.recall_recording_id.clone(),
            recall_news_at: fields.recall_news_at.map(stamp),
            platform: fields.platform.name(),
            meeting_title: fields.meeting_title.clone(),
            search_text: search_form(fields.meeting_title.as_deref().unwrap_or_default()),
            meeting_url: fields.meeting_url.clone(),
            duration_seconds: fields.duration_seconds,
            status: fields.status.name(),
            notes: fields.notes.clone(),
            error_message: fields.error_message.clone(),
            video_url: fields.video_url.clone(),
            video_size_bytes: fields.video_size_bytes,
            participants: json_text(&fields.participants),
            // Nobody searches for the control character between them, so that no search matches across two names.
            participants_search_text: search_form(&fields.participants.join("\u{1}")),
            summary: fields.summary.clone(),
            is_summary_given: fields.is_summary_given,
            extracted_tasks: json_text(&fields.extracted_tasks),
            are_tasks_given: fields.are_tasks_given,
            tasks_generated_at: fields.tasks_generated_at.map(stamp),
            summary_generated_at: fields.summary_generated_at.map(stamp),
            started_at: stamp(fields.started_at),
            completed_at: fields.completed_at.map(stamp),
            updated_at: stamp(recording.updated_at),
        }
    }
}
