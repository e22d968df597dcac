//! Who uploads a video without a key: a program that was given the token of one upload.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use insights_core::problem::Problem;
use recordings::model::{Recording, RecordingId};
use recordings::video::error::VideoError;

use super::order::{self, Extracted};
use crate::app::AppState;
use crate::error::ApiError;

/// The recording `{id}` of the path, whose upload token came as `Authorization: Bearer …`.
#[derive(Debug)]
pub(crate) struct UploadTokenAccess {
    /// The recording.
    pub(crate) recording: Recording,
}

impl FromRequest for UploadTokenAccess {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<AppState>>().expect("the application has its state").clone();
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|header| header.strip_prefix("Bearer ")).map(|token| token.trim().to_owned());
        let id = request.match_info().get("id").and_then(|id| id.parse().ok()).map(RecordingId);
        order::first(request, async move {
            let token = token.ok_or_else(Problem::not_authenticated)?;
            // What is no id opens nothing, as any id that nothing has.
            let recording = state.videos.opened_by(id.ok_or(VideoError::WrongToken)?, &token).await?;
            Ok(Self { recording })
        })
    }
}
