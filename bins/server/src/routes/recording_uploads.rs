//! Uploads of videos: by the tus protocol (1.0.0), or by PUT with `Content-Range`, over the same service. With a key, or
//! with the token of the upload alone.

mod tus;

use std::time::Duration;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HttpDate, LOCATION,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, delete, get, options, patch, post, put, rt, web};
use futures::stream::{self, Stream, StreamExt};
use insights_core::problem::Problem;
use recordings::model::Recording;
use recordings::video::error::{VideoError, VideoResult};
use recordings::video::model::{MediaType, Upload};
use recordings::video::ranges::read_content_range;
use recordings::video::service::{Announcement, Append, Cut};
use serde::Serialize;
use tracing::Instrument;
use utoipa::ToSchema;

use self::tus::{Headers, OFFSET_STREAM, answer, capabilities};
use super::routes;
use crate::address::public_base;
use crate::app::AppState;
use crate::extract::json::unsupported_media_type;
use crate::extract::upload::UploadAccess;
use crate::middleware::paths::sent_uri;
use crate::wire::Timestamp;

/// How long nothing may come before a request counts as broken off.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// How far an upload is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordingUpload)]
pub(crate) struct UploadResponse {
    /// Bytes that are kept: the upload goes on from there.
    offset: u64,
    /// Bytes of the whole video, as soon as that is known.
    length: Option<u64>,
    is_complete: bool,
    /// From when on the upload takes no more bytes.
    expires_at: Timestamp,
}

/// Tells how far the upload of the video is; HEAD gives the headers of the tus protocol alone.
#[utoipa::path(tag = "Desktop recordings", security(("key" = ["desktop_recording:write"]), ("upload_token" = [])), responses((status = 200, body = UploadResponse), (status = 410, description = "It was given up or took too long"), (status = 412, description = "Another version of tus")))]
#[get("/api/environments/{environment_id}/desktop_recordings/{id}/upload")]
async fn retrieve_upload(access: UploadAccess, request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    answer(status(&state, &access.recording, &request).await)
}

/// Begins the upload, anew where it had begun: `Upload-Length` says how long the video is, or `Upload-Defer-Length: 1` that this comes later.
#[utoipa::path(tag = "Desktop recordings", request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"), security(("key" = ["desktop_recording:write"]), ("upload_token" = [])), responses((status = 201, description = "Begun"), (status = 409, description = "The video is there"), (status = 412, description = "Another version of tus"), (status = 413, description = "The video is too large")))]
#[post("/api/environments/{environment_id}/desktop_recordings/{id}/upload")]
async fn begin_upload(
    access: UploadAccess,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<AppState>,
) -> HttpResponse {
    answer(begin(&state, access.recording, &request, payload).await)
}

/// Adds bytes by the tus protocol, from `Upload-Offset` on.
#[utoipa::path(tag = "Desktop recordings", request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"), security(("key" = ["desktop_recording:write"]), ("upload_token" = [])), responses((status = 204, description = "Kept"), (status = 409, description = "The upload is at another offset"), (status = 410, description = "It was given up or took too long"), (status = 412, description = "Another version of tus"), (status = 413, description = "More bytes than the video has"), (status = 415, description = "Another content type"), (status = 460, description = "Another checksum")))]
#[patch("/api/environments/{environment_id}/desktop_recordings/{id}/upload")]
async fn append_upload(
    access: UploadAccess,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<AppState>,
) -> HttpResponse {
    answer(append(&state, access.recording, &request, payload).await)
}

/// Adds the bytes that `Content-Range` names, or the whole video at once.
#[utoipa::path(tag = "Desktop recordings", request_body(content = Vec<u8>, content_type = "application/octet-stream"), security(("key" = ["desktop_recording:write"]), ("upload_token" = [])), responses((status = 204, description = "Kept"), (status = 409, description = "The upload is at another offset"), (status = 410, description = "It was given up or took too long"), (status = 413, description = "More bytes than the video may have"), (status = 415, description = "The bytes are compressed")))]
#[put("/api/environments/{environment_id}/desktop_recordings/{id}/upload")]
async fn put_upload(
    access: UploadAccess,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<AppState>,
) -> HttpResponse {
    answer(put_range(&state, access.recording, &request, payload).await)
}

/// Gives an unfinished upload up.
#[utoipa::path(tag = "Desktop recordings", security(("key" = ["desktop_recording:write"]), ("upload_token" = [])), responses((status = 204), (status = 409, description = "The video is there"), (status = 410, description = "It was given up before"), (status = 412, description = "Another version of tus")))]
#[delete("/api/environments/{environment_id}/desktop_recordings/{id}/upload")]
async fn give_up_upload(access: UploadAccess, request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    answer(give_up(&state, &access.recording, &request).await)
}

/// Tells what of the tus protocol is spoken.
#[utoipa::path(tag = "Desktop recordings", responses((status = 204)))]
#[options("/api/environments/{environment_id}/desktop_recordings/{id}/upload")]
async fn upload_options(state: web::Data<AppState>) -> HttpResponse {
    capabilities(state.videos.limits().video_bytes)
}

async fn status(state: &AppState, recording: &Recording, request: &HttpRequest) -> VideoResult<HttpResponse> {
    Headers(request.headers()).check_version_if_any()?;
    let upload = state.videos.upload(recording.id).await?;
    let body = UploadResponse {
        offset: upload.offset,
        length: upload.length,
        is_complete: upload.is_complete(),
        expires_at: Timestamp(upload.expires_at),
    };
    Ok(with_progress(HttpResponse::Ok(), &upload).insert_header((CACHE_CONTROL, "no-store")).json(body))
}

async fn begin(
    state: &web::Data<AppState>,
    recording: Recording,
    request: &HttpRequest,
    payload: web::Payload,
) -> VideoResult<HttpResponse> {
    let headers = Headers(request.headers());
    headers.check_version()?;
    let length = headers.number("Upload-Length")?;
    let announced = Announcement { length, media_type: headers.media_type()? };
    if length.is_none() && headers.text("Upload-Defer-Length") != Some("1") {
        return Err(Problem::required("Upload-Length").into());
    }
    let mut upload = state.videos.begin(&recording, &announced).await?;
    if headers.text(CONTENT_TYPE.as_str()) == Some(OFFSET_STREAM) {
        let append = Append {
            n_bytes: headers.number(CONTENT_LENGTH.as_str())?,
            digest: headers.digest()?,
            ..Append::default()
        };
        upload = receive(state, recording, append, payload).await?;
    }
    let location = format!("{}{}", public_base(request), sent_uri(request).path());
    Ok(with_progress(HttpResponse::Created(), &upload).insert_header((LOCATION, location)).finish())
}

async fn append(
    state: &web::Data<AppState>,
    recording: Recording,
    request: &HttpRequest,
    payload: web::Payload,
) -> VideoResult<HttpResponse> {
    let headers = Headers(request.headers());
    headers.check_version()?;
    if headers.text(CONTENT_TYPE.as_str()) != Some(OFFSET_STREAM) {
        return Err(unsupported_media_type(headers.text(CONTENT_TYPE.as_str()).unwrap_or_default()).into());
    }
    let append = Append {
        offset: headers.number("Upload-Offset")?.ok_or_else(|| Problem::required("Upload-Offset"))?,
        n_bytes: headers.number(CONTENT_LENGTH.as_str())?,
        length: headers.number("Upload-Length")?,
        digest: headers.digest()?,
        media_type: None,
    };
    let upload = receive(state, recording, append, payload).await?;
    Ok(with_progress(HttpResponse::NoContent(), &upload).finish())
}

async fn put_range(
    state: &web::Data<AppState>,
    recording: Recording,
    request: &HttpRequest,
    payload: web::Payload,
) -> VideoResult<HttpResponse> {
    let headers = Headers(request.headers());
    if let Some(encoding) = headers.text(CONTENT_ENCODING.as_str()).filter(|encoding| *encoding != "identity") {
        return Err(unsupported_media_type(encoding).into());
    }
    let n_bytes = headers.number(CONTENT_LENGTH.as_str())?;
    let (offset, n_bytes, length) = match headers.text(CONTENT_RANGE.as_str()) {
        None => (0, n_bytes, Some(n_bytes.ok_or_else(|| Problem::required("Content-Length"))?)),
        Some(range) => {
            let malformed = || Problem::invalid("Content-Range", "It should look like bytes 0-99/1000.");
            let brought = read_content_range(range).ok_or_else(malformed)?;
            let n_brought = brought.range.end - brought.range.start;
            if n_bytes.is_some_and(|n_bytes| n_bytes != n_brought) {
                let detail = format!("It names {n_brought} bytes, and the body has another number of them.");
                return Err(Problem::invalid("Content-Range", detail).into());
            }
            (brought.range.start, Some(n_brought), brought.total_bytes)
        }
    };
    if matches!(state.videos.upload(recording.id).await, Err(VideoError::NotFound)) {
        state.videos.begin(&recording, &Announcement::default()).await?;
    }
    let media_type = headers.text(CONTENT_TYPE.as_str()).and_then(MediaType::from_name);
    let append = Append { offset, n_bytes, length, digest: None, media_type };
    let upload = receive(state, recording, append, payload).await?;
    Ok(with_progress(HttpResponse::NoContent(), &upload).finish())
}

async fn give_up(state: &AppState, recording: &Recording, request: &HttpRequest) -> VideoResult<HttpResponse> {
    Headers(request.headers()).check_version()?;
    state.videos.give_up(recording.id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes the bytes in a task of its own: where the connection breaks off, the handler is dropped, and what had come is to be kept all the same.
async fn receive(
    state: &web::Data<AppState>,
    recording: Recording,
    append: Append,
    payload: web::Payload,
) -> VideoResult<Upload> {
    let videos = state.videos.clone();
    let task = async move { videos.append(&recording, &append, chunks(payload)).await };
    rt::spawn(task.in_current_span()).await.unwrap_or_else(|error| {
        Err(VideoError::Store(insights_core::error::RepositoryError::External { source: Box::new(error) }))
    })
}

/// The body as it comes. A connection on which nothing comes any more counts as broken off.
fn chunks(payload: web::Payload) -> impl Stream<Item = Result<web::Bytes, Cut>> {
    stream::unfold(Some(payload), |payload| async move {
        let mut payload = payload?;
        match rt::time::timeout(IDLE_TIMEOUT, payload.next()).await {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(payload))),
            Ok(None) => None,
            Ok(Some(Err(_))) | Err(_) => Some((Err(Cut), None)),
        }
    })
}

/// Adds the headers that tell how far the upload is.
fn with_progress(mut response: HttpResponseBuilder, upload: &Upload) -> HttpResponseBuilder {
    response.insert_header(("Upload-Offset", upload.offset));
    match upload.length {
        Some(length) => response.insert_header(("Upload-Length", length)),
        None => response.insert_header(("Upload-Defer-Length", "1")),
    };
    if !upload.is_complete() {
        response.insert_header(("Upload-Expires", HttpDate::from(std::time::SystemTime::from(upload.expires_at))));
    }
    response
}

routes![upload_options, retrieve_upload, begin_upload, append_upload, put_upload, give_up_upload,];
