//! Desktop recordings: recorded meetings with their transcripts.

mod request;
mod response;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};
use insights_core::error::ServiceError;
use recordings::model::RecordingId;
use recordings::patch::RecordingPatch;
use serde::Deserialize;

use self::request::{
    AppendParams, AppendSegmentsRequest, CreateRecordingRequest, PatchRecordingRequest, RecordingListParams,
};
use self::response::{NewRecordingResponse, RecordingResponse};
use super::routes;
use crate::address::public_base;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{DesktopRecordingRead, DesktopRecordingWrite};
use crate::paging::Envelope;

/// The recording of a path.
#[derive(Debug, Deserialize)]
struct RecordingPath {
    id: String,
}

impl RecordingPath {
    /// The id, looked at after the body: a 404 where it is none, since no recording can have it.
    fn id(&self) -> Result<RecordingId, ApiError> {
        self.id.parse().map(RecordingId).map_err(|_| ApiError::not_found())
    }
}

/// Lists the project's recordings, those that began last first. A page with long transcripts on it ends early; `next` goes on where it ends.
#[utoipa::path(tag = "Desktop recordings", params(RecordingListParams), security(("key" = ["desktop_recording:read"])), responses((status = 200, body = Envelope<RecordingResponse>)))]
#[get("/api/environments/{environment_id}/desktop_recordings")]
async fn list_desktop_recordings(
    access: ProjectAccess<DesktopRecordingRead>,
    params: QueryParams<RecordingListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (page, query, base) = (params.0.page(), params.0.query()?, public_base(&request));
    let (page, paged) = blocking(move || {
        let (page, paged) = state.recordings.list(access.project.id, &query, page)?;
        Ok::<_, ServiceError>((page, paged.map(|whole| RecordingResponse::new(whole, &base))))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, paged)))
}

/// Makes a recording, and gives the token that its video is uploaded with. The token is shown this once.
#[utoipa::path(tag = "Desktop recordings", request_body = CreateRecordingRequest, security(("key" = ["desktop_recording:write"])), responses((status = 201, body = NewRecordingResponse), (status = 503, description = "Nobody takes the video")))]
#[post("/api/environments/{environment_id}/desktop_recordings")]
async fn create_desktop_recording(
    access: ProjectAccess<DesktopRecordingWrite>,
    body: JsonBody<CreateRecordingRequest>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let draft = state.recordings.draft(body.0.platform.as_deref(), body.0.status.as_deref())?;
    let grant = state.uploads.begin(draft.id, draft.platform).await?;
    let (actor, services) = (access.actor(), state.clone());
    let (made, grant) =
        blocking(move || Ok::<_, ServiceError>((services.recordings.create(&actor, draft, &grant)?, grant))).await?;
    Ok(HttpResponse::Created().json(NewRecordingResponse::new(made, grant, &public_base(&request))))
}

/// Gives a recording.
#[utoipa::path(tag = "Desktop recordings", security(("key" = ["desktop_recording:read"])), responses((status = 200, body = RecordingResponse)))]
#[get("/api/environments/{environment_id}/desktop_recordings/{id}")]
async fn retrieve_desktop_recording(
    access: ProjectAccess<DesktopRecordingRead>,
    path: PathParams<RecordingPath>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id()?;
    let recording = blocking(move || state.recordings.retrieve(access.project.id, id)).await?;
    Ok(HttpResponse::Ok().json(RecordingResponse::new(recording, &public_base(&request))))
}

/// Changes a recording; what is not sent stays as it is.
#[utoipa::path(tag = "Desktop recordings", request_body = PatchRecordingRequest, security(("key" = ["desktop_recording:write"])), responses((status = 200, body = RecordingResponse)))]
#[put("/api/environments/{environment_id}/desktop_recordings/{id}")]
async fn replace_desktop_recording(
    access: ProjectAccess<DesktopRecordingWrite>,
    path: PathParams<RecordingPath>,
    body: JsonBody<PatchRecordingRequest>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path.0.id()?, body.0, &request, state).await
}

/// Changes a recording.
#[utoipa::path(tag = "Desktop recordings", request_body = PatchRecordingRequest, security(("key" = ["desktop_recording:write"])), responses((status = 200, body = RecordingResponse)))]
#[patch("/api/environments/{environment_id}/desktop_recordings/{id}")]
async fn update_desktop_recording(
    access: ProjectAccess<DesktopRecordingWrite>,
    path: PathParams<RecordingPath>,
    body: JsonBody<PatchRecordingRequest>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path.0.id()?, body.0, &request, state).await
}

/// Removes a recording with its transcript.
#[utoipa::path(tag = "Desktop recordings", security(("key" = ["desktop_recording:write"])), responses((status = 204)))]
#[delete("/api/environments/{environment_id}/desktop_recordings/{id}")]
async fn delete_desktop_recording(
    access: ProjectAccess<DesktopRecordingWrite>,
    path: PathParams<RecordingPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, id) = (access.actor(), path.0.id()?);
    blocking(move || state.recordings.delete(&actor, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Adds segments to the transcript, in batches while the meeting goes on. A request that is sent again adds nothing.
#[utoipa::path(tag = "Desktop recordings", params(AppendParams), request_body = AppendSegmentsRequest, security(("key" = ["desktop_recording:write"])), responses((status = 200, body = RecordingResponse)))]
#[post("/api/environments/{environment_id}/desktop_recordings/{id}/append_segments")]
async fn append_segments(
    access: ProjectAccess<DesktopRecordingWrite>,
    path: PathParams<RecordingPath>,
    params: QueryParams<AppendParams>,
    body: JsonBody<AppendSegmentsRequest>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (id, segments) = (path.0.id()?, body.0.segments());
    let is_whole = params.0.is_whole();
    let recording = blocking(move || {
        let recording = state.recordings.append(access.project.id, id, segments)?;
        if is_whole { state.recordings.whole(recording) } else { Ok(recording.into()) }
    });
    Ok(HttpResponse::Ok().json(RecordingResponse::new(recording.await?, &public_base(&request))))
}

async fn change(
    access: &ProjectAccess<DesktopRecordingWrite>,
    id: RecordingId,
    body: PatchRecordingRequest,
    request: &HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, patch) = (access.actor(), RecordingPatch::try_from(body)?);
    let recording = blocking(move || state.recordings.update(&actor, id, &patch)).await?;
    Ok(HttpResponse::Ok().json(RecordingResponse::new(recording, &public_base(request))))
}

routes![
    list_desktop_recordings,
    create_desktop_recording,
    retrieve_desktop_recording,
    replace_desktop_recording,
    update_desktop_recording,
    delete_desktop_recording,
    append_segments,
];
