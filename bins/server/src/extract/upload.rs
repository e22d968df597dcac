//! Who uploads the video of a recording: whoever has a key for recordings, or a program that was given the token of one upload.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use insights_core::auth::project_not_found;
use recordings::model::{Recording, RecordingId};
use recordings::video::error::VideoError;
use recordings::video::service::TOKEN_PREFIX;

use super::auth::{CURRENT, ProjectAccess, project_selector};
use super::order::{self, Extracted};
use super::scope::DesktopRecordingWrite;
use crate::app::AppState;
use crate::error::ApiError;

/// The recording `{id}` of the path, for `Authorization: Bearer upl_…` with the token of its upload, or a key that may write recordings.
#[derive(Debug)]
pub(crate) struct UploadAccess {
    /// The recording.
    pub(crate) recording: Recording,
}

impl FromRequest for UploadAccess {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<AppState>>().expect("the application has its state").clone();
        let id = request.match_info().get("id").and_then(|id| id.parse().ok()).map(RecordingId);
        let Some(token) = upload_token(request) else {
            let access = ProjectAccess::<DesktopRecordingWrite>::from_request(request, payload);
            return Box::pin(async move {
                let project = access.await?.project;
                Ok(Self { recording: state.videos.recording(project.id, id.ok_or_else(ApiError::not_found)?).await? })
            });
        };
        let selector = project_selector(request);
        order::first(request, async move {
            // What is no id opens nothing, as any id that nothing has.
            let recording = state.videos.opened_by(id.ok_or(VideoError::WrongToken)?, &token).await?;
            if selector != CURRENT && selector != recording.project.to_string() {
                return Err(project_not_found().into());
            }
            Ok(Self { recording })
        })
    }
}

/// The token that a request brings in place of a key.
fn upload_token(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let token = header.strip_prefix("Bearer ")?.trim();
    token.starts_with(TOKEN_PREFIX).then(|| token.to_owned())
}
