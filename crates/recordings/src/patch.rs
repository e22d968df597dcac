//! What clients may change of a recording, and what they may not make of it.

use chrono::{DateTime, Utc};
use insights_core::activity::diff::FieldPair;
use insights_core::problem::Problem;
use insights_core::text::check_length;
use serde_json::json;
use url::Url;

use crate::model::{ExtractedTask, Platform, RecordingFields};
use crate::segment::{MAX_NAME_CHARACTERS, Segment};
use crate::status::Status;

/// Longest title of a meeting and longest name that Recall.ai gives, in characters.
pub const MAX_TITLE_CHARACTERS: usize = 255;
/// Longest address, in characters. Signed ones of stores of objects are long.
pub const MAX_URL_CHARACTERS: usize = 8192;
/// Longest notes, in characters.
pub const MAX_NOTES_CHARACTERS: usize = 100_000;
/// Longest summary, in characters.
pub const MAX_SUMMARY_CHARACTERS: usize = 50_000;
/// Longest message about an error and longest description of a task, in characters.
pub const MAX_MESSAGE_CHARACTERS: usize = 5000;
/// Most participants.
pub const MAX_PARTICIPANTS: usize = 1000;
/// Most tasks.
pub const MAX_TASKS: usize = 500;
/// Longest title of a task, in characters.
pub const MAX_TASK_TITLE_CHARACTERS: usize = 500;
/// Longest recording, in seconds: what PostHog can keep.
pub const MAX_DURATION_SECONDS: i64 = 2_147_483_647;

/// What of a recording is to change. `None` leaves what there is; of what may be empty, `Some(None)` empties it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordingPatch {
    /// See [`RecordingFields::recall_recording_id`].
    pub recall_recording_id: Option<Option<String>>,
    /// See [`RecordingFields::platform`].
    pub platform: Option<Platform>,
    /// See [`RecordingFields::meeting_title`].
    pub meeting_title: Option<Option<String>>,
    /// See [`RecordingFields::meeting_url`].
    pub meeting_url: Option<Option<String>>,
    /// See [`RecordingFields::duration_seconds`].
    pub duration_seconds: Option<Option<i64>>,
    /// See [`RecordingFields::status`].
    pub status: Option<Status>,
    /// See [`RecordingFields::notes`].
    pub notes: Option<Option<String>>,
    /// See [`RecordingFields::error_message`].
    pub error_message: Option<Option<String>>,
    /// See [`RecordingFields::video_url`].
    pub video_url: Option<Option<String>>,
    /// See [`RecordingFields::video_size_bytes`].
    pub video_size_bytes: Option<Option<i64>>,
    /// See [`RecordingFields::participants`].
    pub participants: Option<Vec<String>>,
    /// The only segments.
    pub transcript_segments: Option<Vec<Segment>>,
    /// See [`RecordingFields::summary`].
    pub summary: Option<Option<String>>,
    /// See [`RecordingFields::extracted_tasks`]; `Some(None)` leaves them to the server again.
    pub extracted_tasks: Option<Option<Vec<ExtractedTask>>>,
    /// See [`RecordingFields::tasks_generated_at`].
    pub tasks_generated_at: Option<Option<DateTime<Utc>>>,
    /// See [`RecordingFields::summary_generated_at`].
    pub summary_generated_at: Option<Option<DateTime<Utc>>>,
    /// See [`RecordingFields::started_at`].
    pub started_at: Option<DateTime<Utc>>,
    /// See [`RecordingFields::completed_at`].
    pub completed_at: Option<Option<DateTime<Utc>>>,
}

impl RecordingPatch {
    /// The fields as they are after the change.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn apply(&self, old: &RecordingFields, now: DateTime<Utc>) -> Result<RecordingFields, Problem> {
        let patch = self.clone();
        let mut new = old.clone();
        if let Some(status) = patch.status {
            move_to(&mut new, status, now)?;
        }
        set(&mut new.recall_recording_id, patch.recall_recording_id);
        set(&mut new.platform, patch.platform);
        set(&mut new.meeting_title, patch.meeting_title);
        set(&mut new.meeting_url, patch.meeting_url.map(not_blank));
        set(&mut new.duration_seconds, patch.duration_seconds);
        set(&mut new.notes, patch.notes);
        set(&mut new.error_message, patch.error_message);
        if let Some(url) = patch.video_url.map(not_blank) {
            check_url("video_url", url.as_deref())?;
            new.video_url = url;
        }
        set(&mut new.video_size_bytes, patch.video_size_bytes);
        set(&mut new.participants, patch.participants);
        if let Some(summary) = patch.summary {
            new.is_summary_given = summary.is_some();
            new.summary = summary;
        }
        if let Some(tasks) = patch.extracted_tasks {
            new.are_tasks_given = tasks.is_some();
            new.extracted_tasks = tasks.unwrap_or_default();
        }
        set(&mut new.tasks_generated_at, patch.tasks_generated_at);
        set(&mut new.summary_generated_at, patch.summary_generated_at);
        set(&mut new.started_at, patch.started_at);
        set(&mut new.completed_at, patch.completed_at);
        check(&new)?;
        Ok(new)
    }
}

/// Moves a recording on. What is ready was completed then, unless somebody says otherwise; what goes on after an error has none any more.
///
/// # Errors
/// A refusal that names `status`.
pub(crate) fn move_to(fields: &mut RecordingFields, status: Status, now: DateTime<Utc>) -> Result<(), Problem> {
    fields.status.check_move(status)?;
    if fields.status == Status::Error && status != Status::Error {
        fields.error_message = None;
    }
    if status == Status::Ready && fields.completed_at.is_none() {
        fields.completed_at = Some(now);
    }
    fields.status = status;
    Ok(())
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// No address where it is empty, as forms send it.
fn not_blank(address: Option<String>) -> Option<String> {
    address.filter(|address| !address.trim().is_empty())
}

/// Refuses fields that cannot be kept.
///
/// # Errors
/// A refusal that names the field at fault.
pub(crate) fn check(fields: &RecordingFields) -> Result<(), Problem> {
    let texts = [
        ("recall_recording_id", &fields.recall_recording_id, MAX_TITLE_CHARACTERS),
        ("meeting_title", &fields.meeting_title, MAX_TITLE_CHARACTERS),
        ("notes", &fields.notes, MAX_NOTES_CHARACTERS),
        ("error_message", &fields.error_message, MAX_MESSAGE_CHARACTERS),
        ("summary", &fields.summary, MAX_SUMMARY_CHARACTERS),
    ];
    for (attr, text, max) in texts {
        if let Some(text) = text {
            check_length(attr, text, max)?;
        }
    }
    check_url("meeting_url", fields.meeting_url.as_deref())?;
    check_number("duration_seconds", fields.duration_seconds, MAX_DURATION_SECONDS)?;
    check_number("video_size_bytes", fields.video_size_bytes, i64::MAX)?;
    check_count("participants", fields.participants.len(), MAX_PARTICIPANTS)?;
    for (at, name) in fields.participants.iter().enumerate() {
        check_words(&format!("participants__{at}"), name, MAX_NAME_CHARACTERS)?;
    }
    check_count("extracted_tasks", fields.extracted_tasks.len(), MAX_TASKS)?;
    for (at, task) in fields.extracted_tasks.iter().enumerate() {
        let field = |name: &str| format!("extracted_tasks__{at}__{name}");
        check_words(&field("title"), &task.title, MAX_TASK_TITLE_CHARACTERS)?;
        check_length(&field("description"), &task.description, MAX_MESSAGE_CHARACTERS)?;
        if let Some(assignee) = &task.assignee {
            check_length(&field("assignee"), assignee, MAX_NAME_CHARACTERS)?;
        }
    }
    Ok(())
}

/// Whether a text is an address that people may be sent to.
///
/// # Errors
/// A refusal that names `attr`.
pub(crate) fn check_url(attr: &str, text: Option<&str>) -> Result<(), Problem> {
    let Some(text) = text else { return Ok(()) };
    check_length(attr, text, MAX_URL_CHARACTERS)?;
    let url = Url::parse(text).map_err(|_| Problem::invalid(attr, "Enter a valid URL."))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Problem::invalid(attr, "Only http:// and https:// addresses are supported."));
    }
    Ok(())
}

fn check_number(attr: &str, number: Option<i64>, max: i64) -> Result<(), Problem> {
    let (code, bound) = match number {
        Some(number) if number < 0 => ("min_value", "greater than or equal to 0".to_owned()),
        Some(number) if number > max => ("max_value", format!("less than or equal to {max}")),
        _ => return Ok(()),
    };
    Err(Problem { code, ..Problem::invalid(attr, format!("Ensure this value is {bound}.")) })
}

fn check_count(attr: &str, count: usize, max: usize) -> Result<(), Problem> {
    if count > max {
        let detail = format!("Ensure this field has no more than {max} elements.");
        return Err(Problem { code: "max_length", ..Problem::invalid(attr, detail) });
    }
    Ok(())
}

fn check_words(attr: &str, text: &str, max: usize) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::blank(attr));
    }
    check_length(attr, text, max)
}

/// The fields of both, as the activity log compares them. The transcript is not among them: it changes with every word.
pub(crate) fn pairs(old: &RecordingFields, new: &RecordingFields) -> Vec<FieldPair> {
    macro_rules! columns {
        ($($field:ident),+ $(,)?) => {
            vec![$(FieldPair::column(stringify!($field), json!(old.$field), json!(new.$field))),+]
        };
    }
    let mut pairs = vec![
        FieldPair::column("status", old.status.name(), new.status.name()),
        FieldPair::column("platform", old.platform.name(), new.platform.name()),
    ];
    pairs.extend(columns![
        meeting_title,
        meeting_url,
        recall_recording_id,
        duration_seconds,
        notes,
        error_message,
        video_url,
        video_size_bytes,
        participants,
        summary,
        extracted_tasks,
        tasks_generated_at,
        summary_generated_at,
        started_at,
        completed_at,
    ]);
    pairs
}

#[cfg(test)]
mod tests;
