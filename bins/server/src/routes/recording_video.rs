//! Videos of recordings, as players ask for them: whole or in ranges.

use std::time::SystemTime;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HttpDate,
    IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{HttpRequest, HttpResponse, ResponseError, get, web};
use futures::TryStreamExt;
use insights_core::problem::{Problem, ProblemKind};
use recordings::model::RecordingId;
use recordings::video::ranges::{Wanted, read_range};
use recordings::video::read::Video;
use serde::Deserialize;

use super::routes;
use crate::app::AppState;
use crate::error::{ApiError, Chain};
use crate::extract::auth::ProjectAccess;
use crate::extract::path::PathParams;
use crate::extract::scope::DesktopRecordingRead;

/// The recording of a path.
#[derive(Debug, Deserialize)]
struct RecordingPath {
    id: String,
}

/// Gives the video of a recording, as a whole or the range that is asked for.
#[utoipa::path(tag = "Desktop recordings", security(("key" = ["desktop_recording:read"])), responses((status = 200, body = Vec<u8>, content_type = "video/mp4"), (status = 206, description = "The range"), (status = 304, description = "It is what the client has"), (status = 416, description = "No such bytes")))]
#[get("/api/environments/{environment_id}/desktop_recordings/{id}/video")]
async fn retrieve_video(
    access: ProjectAccess<DesktopRecordingRead>,
    path: PathParams<RecordingPath>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id.parse().map(RecordingId).map_err(|_| ApiError::not_found())?;
    let recording = state.videos.recording(access.project.id, id).await?;
    let video = state.videos.video(recording.id).await?;
    let headers = request.headers();
    if text(headers, &IF_NONE_MATCH).is_some_and(|known| names(known, &video.etag())) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, video.etag())).finish());
    }
    // A range of another video would not fit to what the client has.
    let is_same = text(headers, &IF_RANGE).is_none_or(|known| known == video.etag());
    let wanted = text(headers, &RANGE).filter(|_| is_same).map(|range| read_range(range, video.size_bytes));
    let (range, mut response) = match wanted.unwrap_or(Wanted::Whole) {
        Wanted::Whole => (0..video.size_bytes, HttpResponse::Ok()),
        Wanted::Part(range) => {
            let mut response = HttpResponse::PartialContent();
            let content_range = format!("bytes {}-{}/{}", range.start, range.end - 1, video.size_bytes);
            response.insert_header((CONTENT_RANGE, content_range));
            (range, response)
        }
        Wanted::Unsatisfiable => return Ok(unsatisfiable(&video)),
    };
    let (n_bytes, bytes) = (range.end - range.start, state.videos.read(&video, range));
    let bytes = bytes.inspect_err(move |error| {
        tracing::error!(recording = %id, error = %Chain(error), "a video broke off");
    });
    let kind = if video.media_type.is_playable() { "inline" } else { "attachment" };
    let disposition = format!("{kind}; filename=\"recording-{id}.{}\"", video.media_type.extension());
    Ok(response
        .insert_header((CONTENT_TYPE, video.media_type.name()))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((ETAG, video.etag()))
        .insert_header((LAST_MODIFIED, HttpDate::from(SystemTime::from(video.completed_at))))
        .insert_header((CACHE_CONTROL, "private, max-age=3600"))
        // Videos are compressed as they are, and ranges are of their own bytes.
        .insert_header((CONTENT_ENCODING, "identity"))
        .body(SizedStream::new(n_bytes, bytes)))
}

fn unsatisfiable(video: &Video) -> HttpResponse {
    let detail = format!("The video has {} bytes.", video.size_bytes);
    let problem = Problem::new(ProblemKind::RangeNotSatisfiable, "range_not_satisfiable", detail);
    let mut response = ApiError::from(problem).error_response();
    let content_range = format!("bytes */{}", video.size_bytes).parse().expect("a number makes a good header");
    response.headers_mut().insert(CONTENT_RANGE, content_range);
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// Whether a list of names for caches has `etag`, or everything.
fn names(known: &str, etag: &str) -> bool {
    known.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

routes![retrieve_video];
