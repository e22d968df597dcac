//! Following what Recall.ai tells.

use chrono::{DateTime, Utc};
use insights_core::activity::diff::diff;
use insights_core::error::ServiceResult;
use insights_core::problem::Problem;

use super::{RecordingService, writing_after};
use crate::model::{Recording, RecordingFields, SCOPE};
use crate::patch::{check_url, move_to, pairs};
use crate::recall::news::{Happened, News};
use crate::repository::RecordingChange;
use crate::status::Status;

/// Whether news changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It was new.
    Changed,
    /// It was known, or came too late.
    Known,
}

impl RecordingService {
    /// The recording of any project that `news` is about.
    fn told_of(&self, news: &News) -> ServiceResult<Recording> {
        let found = self.recordings.find(news.sdk_upload_id.as_deref(), news.recall_recording_id.as_deref())?;
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// Changes the recording as `news` says. News that come twice, late or in another order than what they tell
    /// of never move it backwards.
    ///
    /// # Errors
    /// A 404 where there is no such recording.
    pub fn follow(&self, news: &News) -> ServiceResult<Followed> {
        let followed = std::cell::Cell::new(Followed::Known);
        self.change(
            |_| self.told_of(news),
            |old, now| {
                let fields = fields_after(&old.fields, news, now);
                if fields == old.fields {
                    followed.set(Followed::Known);
                    return Ok(None);
                }
                followed.set(Followed::Changed);
                let writing = writing_after(&old.fields, &fields, false, now);
                let changes = diff(SCOPE, pairs(&old.fields, &fields));
                let recording = Recording { fields, updated_at: now, ..old };
                let activity = match changes.is_empty() {
                    true => None,
                    false => self.system_row(&recording, changes, now)?,
                };
                Ok(Some((RecordingChange { recording, transcript: None, writing }, activity)))
            },
        )?;
        Ok(followed.get())
    }
}

fn fields_after(old: &RecordingFields, news: &News, now: DateTime<Utc>) -> RecordingFields {
    let mut fields = old.clone();
    let is_newest = old.recall_news_at.is_none_or(|known| known < news.at);
    if fields.recall_recording_id.is_none() {
        fields.recall_recording_id.clone_from(&news.recall_recording_id);
    }
    match &news.happened {
        Happened::Reached(status) if moves(old.status, *status, is_newest) => {
            move_to(&mut fields, *status, now).expect("only moves that there are come here");
        }
        Happened::Failed { what, reason } if moves(old.status, Status::Error, is_newest) => {
            move_to(&mut fields, Status::Error, now).expect("only moves that there are come here");
            fields.error_message = Some(failure(what, reason.as_deref()));
        }
        Happened::TranscriptFailed { reason } if is_newest => {
            fields.error_message = Some(failure("transcript", reason.as_deref()));
        }
        Happened::Removed if is_newest => {
            fields.video_url = None;
            fields.video_size_bytes = None;
        }
        _ => {}
    }
    let video_url = news.video_url.as_ref().filter(|url| is_newest && check_url("video_url", Some(url)).is_ok());
    if let Some(video_url) = video_url {
        fields.video_url = Some(video_url.clone());
    }
    if is_newest {
        fields.recall_news_at = Some(news.at);
    }
    fields
}

/// Whether news move a recording. Forwards they do whenever they come; into an error and out of it only where nothing newer is known, since the same
/// news may come again.
fn moves(from: Status, to: Status, is_newest: bool) -> bool {
    let is_through_error = from == Status::Error || to == Status::Error;
    from != to && from.check_move(to).is_ok() && (is_newest || !is_through_error)
}

fn failure(what: &str, reason: Option<&str>) -> String {
    let reason: String = reason.unwrap_or("no reason given").chars().take(500).collect();
    format!("Recall.ai: the {what} failed ({reason})")
}
