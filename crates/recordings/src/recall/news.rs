//! What a webhook of Recall.ai says.

use chrono::{DateTime, Utc};
use insights_core::problem::{Problem, ProblemKind};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::status::Status;

/// News of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The upload that it is about, as [`sdk_upload_id`](crate::model::Recording::sdk_upload_id) has it.
    pub sdk_upload_id: Option<String>,
    /// The recording that it is about, as Recall.ai names it.
    pub recall_recording_id: Option<String>,
    /// What happened.
    pub happened: Happened,
    /// When it did.
    pub at: DateTime<Utc>,
    /// Where the video is.
    pub video_url: Option<String>,
}

/// What happened to a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It is so far now.
    Reached(Status),
    /// It failed.
    Failed {
        /// What did: `upload`, `recording`.
        what: &'static str,
        /// Recall.ai's word for the reason.
        reason: Option<String>,
    },
    /// Its transcript failed; the video is there nonetheless.
    TranscriptFailed {
        /// Recall.ai's word for the reason.
        reason: Option<String>,
    },
    /// Recall.ai has removed it, and the video with it.
    Removed,
    /// Something of it that is no state is there.
    Noted,
}

#[derive(Deserialize)]
struct Message {
    event: String,
    #[serde(default)]
    data: Value,
}

impl News {
    /// Reads a webhook's body, sent at `sent_at`. `None` where it is about something that nobody here waits for.
    ///
    /// # Errors
    /// A 400 where it is no JSON of Recall.ai's, or says not which recording it is about.
    pub fn read(body: &[u8], sent_at: DateTime<Utc>) -> Result<Option<Self>, Problem> {
        let unreadable = |error: serde_json::Error| {
            Problem::new(ProblemKind::InvalidRequest, "parse_error", format!("JSON parse error - {error}"))
        };
        // Serde would take a list as the fields in their order.
        let message: Map<String, Value> = serde_json::from_slice(body).map_err(unreadable)?;
        let message: Message = serde_json::from_value(message.into()).map_err(unreadable)?;
        let data = &message.data;
        let reason = || text(&data["data"]["sub_code"]);
        let happened = match message.event.as_str() {
            "sdk_upload.recording_started" | "recording.processing" => Happened::Reached(Status::Recording),
            "sdk_upload.recording_ended" | "sdk_upload.uploading" => Happened::Reached(Status::Uploading),
            "transcript.processing" => Happened::Reached(Status::Processing),
            "sdk_upload.complete" | "sdk_upload.completed" | "recording.done" => Happened::Reached(Status::Ready),
            "sdk_upload.failed" => Happened::Failed { what: "upload", reason: reason() },
            "recording.failed" => Happened::Failed { what: "recording", reason: reason() },
            "transcript.failed" => Happened::TranscriptFailed { reason: reason() },
            "transcript.done" => Happened::Noted,
            "recording.deleted" => Happened::Removed,
            _ => return Ok(None),
        };
        let [sdk_upload_id, recall_recording_id] =
            [&data["sdk_upload"]["id"], &data["recording"]["id"]].map(|id| text(id).filter(|id| id.len() <= 255));
        if sdk_upload_id.is_none() && recall_recording_id.is_none() {
            return Err(Problem::invalid("data", "The webhook names neither an upload nor a recording."));
        }
        let at = text(&data["data"]["updated_at"]).and_then(|at| DateTime::parse_from_rfc3339(&at).ok());
        let video_url = text(&data["recording"]["media_shortcuts"]["video_mixed"]["data"]["download_url"])
            .or_else(|| text(&data["video_url"]));
        let at = at.map_or(sent_at, |at| at.to_utc());
        Ok(Some(Self { sdk_upload_id, recall_recording_id, happened, at, video_url }))
    }
}

/// A text that is not empty and that every store can keep.
fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty() && !text.contains('\0')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent_at() -> DateTime<Utc> {
        DateTime::from_timestamp(1_768_360_894, 0).unwrap()
    }

    fn read(event: &str, sub_code: Value) -> Result<Option<News>, Problem> {
        let body = json!({"event": event, "data": {
            "data": {"code": "x", "sub_code": sub_code, "updated_at": "2026-01-14T03:21:30.5Z"},
            "recording": {"id": "r-1", "metadata": {}},
            "sdk_upload": {"id": "u-1", "metadata": {}},
        }});
        News::read(body.to_string().as_bytes(), sent_at())
    }

    #[track_caller]
    fn check(event: &str, expected: Happened) {
        let news = read(event, json!("no_disk")).unwrap().unwrap();
        assert_eq!(news.happened, expected, "{event}");
        assert_eq!((news.sdk_upload_id.as_deref(), news.recall_recording_id.as_deref()), (Some("u-1"), Some("r-1")));
        assert_eq!(news.at.timestamp_millis(), 1_768_360_890_500);
    }

    #[test]
    fn events_say_how_far_a_recording_is() {
        let reason = || Some("no_disk".to_owned());
        check("sdk_upload.recording_started", Happened::Reached(Status::Recording));
        check("sdk_upload.recording_ended", Happened::Reached(Status::Uploading));
        check("sdk_upload.uploading", Happened::Reached(Status::Uploading));
        check("sdk_upload.complete", Happened::Reached(Status::Ready));
        check("recording.done", Happened::Reached(Status::Ready));
        check("sdk_upload.failed", Happened::Failed { what: "upload", reason: reason() });
        check("recording.failed", Happened::Failed { what: "recording", reason: reason() });
        check("transcript.processing", Happened::Reached(Status::Processing));
        check("transcript.failed", Happened::TranscriptFailed { reason: reason() });
        check("transcript.done", Happened::Noted);
        check("recording.deleted", Happened::Removed);
    }

    #[test]
    fn other_events_are_nobodys_business() {
        assert_eq!(read("bot.joining_call", Value::Null), Ok(None));
        assert_eq!(News::read(br#"{"event": "video_mixed.done"}"#, sent_at()), Ok(None));
    }

    #[test]
    fn what_says_too_little_is_refused() {
        let refused = |body: &str| News::read(body.as_bytes(), sent_at()).unwrap_err().code;
        assert_eq!(refused("{"), "parse_error");
        assert_eq!(refused("{}"), "parse_error");
        assert_eq!(refused(r#"["recording.done", {}]"#), "parse_error");
        assert_eq!(refused(r#"{"event": "recording.done"}"#), "invalid_input");
        let long = json!({"event": "recording.done", "data": {"recording": {"id": "x".repeat(256)}}});
        assert_eq!(refused(&long.to_string()), "invalid_input");
    }

    #[test]
    fn where_no_time_is_told_it_is_that_of_sending() {
        let body = br#"{"event": "recording.done", "data": {"recording": {"id": "r"}, "video_url": "https://v/"}}"#;
        let news = News::read(body, sent_at()).unwrap().unwrap();
        assert_eq!((news.at, news.video_url.as_deref()), (sent_at(), Some("https://v/")));
    }
}
