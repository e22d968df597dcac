//! What the video of a recording means to it, where this server takes the video itself.

use insights_core::error::ServiceResult;
use insights_core::ids::ProjectId;
use insights_core::problem::Problem;

use super::{RecordingService, writing_after};
use crate::model::{Recording, RecordingFields, RecordingId};
use crate::patch::move_to;
use crate::repository::RecordingChange;
use crate::status::Status;

impl RecordingService {
    /// The first bytes of the video have come. A recording that is further than that stays what it is.
    ///
    /// # Errors
    /// A 404 where there is no such recording.
    pub fn video_comes(&self, project: ProjectId, id: RecordingId) -> ServiceResult<()> {
        self.change_for_video(project, id, |fields| {
            (fields.status.check_move(Status::Uploading).is_ok()).then_some(Status::Uploading)
        })
    }

    /// The whole video is there, of `size_bytes`, and can be read at `path` of this server.
    ///
    /// # Errors
    /// A 404 where there is no such recording.
    pub fn video_is_there(
        &self,
        project: ProjectId,
        id: RecordingId,
        size_bytes: u64,
        path: &str,
    ) -> ServiceResult<()> {
        self.change_for_video(project, id, |fields| {
            fields.video_url = Some(path.to_owned());
            fields.video_size_bytes = Some(i64::try_from(size_bytes).unwrap_or(i64::MAX));
            (fields.status != Status::Ready).then_some(Status::Ready)
        })
    }

    /// The video was begun, and its end did not come in time.
    ///
    /// # Errors
    /// A 404 where there is no such recording.
    pub fn video_does_not_come(&self, project: ProjectId, id: RecordingId) -> ServiceResult<()> {
        self.change_for_video(project, id, |fields| {
            if fields.status != Status::Uploading {
                return None;
            }
            fields.error_message = Some("The upload of the video was not finished in time.".to_owned());
            Some(Status::Error)
        })
    }

    /// Changes what the video changes, and the status to what `change` gives. The log has changes by people; this is none.
    fn change_for_video(
        &self,
        project: ProjectId,
        id: RecordingId,
        change: impl Fn(&mut RecordingFields) -> Option<Status>,
    ) -> ServiceResult<()> {
        self.change(
            |recordings| Ok(recordings.get(project, id)?.ok_or_else(Problem::not_found)?),
            |old, now| {
                let mut fields = old.fields.clone();
                if let Some(status) = change(&mut fields) {
                    move_to(&mut fields, status, now)?;
                }
                if fields == old.fields {
                    return Ok(None);
                }
                let writing = writing_after(&old.fields, &fields, false, now);
                let recording = Recording { fields, updated_at: now, ..old };
                Ok(Some((RecordingChange { recording, transcript: None, writing }, None)))
            },
        )?;
        Ok(())
    }
}
