//! Prompts of language-model applications: named, versioned, labelled, and fetched by programs on each request.

mod wire;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};
use insights_core::error::ServiceError;
use insights_core::ids::UserId;
use prompts::model::{LabelName, PromptAt, PromptId, PromptName, VersionId};
use serde::Deserialize;

use self::wire::{
    CreatePromptRequest, DuplicateRequest, FetchParams, LabelResponse, PatchPromptRequest, PromptListParams,
    PromptResponse, PublishRequest, ResolveParams, ResolveResponse, SetLabelRequest, VersionResponse,
};
use super::routes;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{LlmPromptRead, LlmPromptWrite};
use crate::paging::{Envelope, PageParams};
use crate::served_prompts::{ServedPrompt, WantedPrompt};

/// The prompt of a path, by its id.
#[derive(Debug, Deserialize)]
struct PromptPath {
    id: String,
}

impl PromptPath {
    /// The id, looked at after the body: a 404 where it is none, since no prompt can have it.
    fn id(&self) -> Result<PromptId, ApiError> {
        self.id.parse().map(PromptId).map_err(|_| ApiError::not_found())
    }
}

/// The prompt of a path, by its name.
#[derive(Debug, Deserialize)]
struct NamePath {
    prompt_name: String,
}

/// The label of a path.
#[derive(Debug, Deserialize)]
struct LabelPath {
    prompt_name: String,
    label_name: String,
}

/// Lists the project's prompts, the newest first where no other order is asked for.
#[utoipa::path(tag = "LLM prompts", params(PromptListParams), security(("key" = ["llm_prompt:read"])), responses((status = 200, body = Envelope<PromptResponse>)))]
#[get("/api/environments/{environment_id}/llm_prompts")]
async fn list_prompts(
    access: ProjectAccess<LlmPromptRead>,
    params: QueryParams<PromptListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (filter, mode, page) = params.0.into_parts()?;
    let prompts = blocking(move || {
        let prompts = state.prompts.list(access.project.id, &filter, page)?;
        let authors = authors(&state, prompts.items.iter().map(|listed| listed.prompt.created_by))?;
        Ok::<_, ServiceError>(prompts.map(|listed| PromptResponse::listed(listed, mode, &authors)))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, prompts)))
}

/// Makes a prompt at its first version.
#[utoipa::path(tag = "LLM prompts", request_body = CreatePromptRequest, security(("key" = ["llm_prompt:write"])), responses((status = 201, body = PromptResponse)))]
#[post("/api/environments/{environment_id}/llm_prompts")]
async fn create_prompt(
    access: ProjectAccess<LlmPromptWrite>,
    body: JsonBody<CreatePromptRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, actor) = (state.clone(), access.actor());
    let made = blocking(move || {
        let made = services.prompts.create(&actor, body.0.into_new()?)?;
        full(&services, made)
    });
    Ok(HttpResponse::Created().json(made.await?))
}

/// Gives the last version of a prompt, by its name, or the one that a number or a label asks for. The answer has an `ETag`, and is a 304
/// without a body where `If-None-Match` has the same: clients may ask on each request.
#[utoipa::path(
    tag = "LLM prompts", params(FetchParams), security(("key" = ["llm_prompt:read"])),
    responses((status = 200, body = PromptResponse), (status = 304, description = "The client has it already"))
)]
#[get("/api/environments/{environment_id}/llm_prompts/name/{prompt_name}")]
async fn fetch_prompt(
    access: ProjectAccess<LlmPromptRead>,
    path: PathParams<NamePath>,
    params: QueryParams<FetchParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let wanted = WantedPrompt { project: access.project.id, name: path.0.prompt_name, version: params.0.wanted()? };
    if let Some(served) = state.served_prompts.get(&wanted, access.generations) {
        return Ok(served.answer(&request));
    }
    let services = state.clone();
    let (wanted, prompt) = blocking(move || {
        let found = services.prompts.fetch(wanted.project, &wanted.name, wanted.version.key())?;
        let prompt = full(&services, found)?.asked_by(wanted.version.label());
        Ok::<_, ServiceError>((wanted, prompt))
    })
    .await?;
    let served = ServedPrompt::new(&prompt)?;
    state.served_prompts.put(wanted, access.generations, &served);
    Ok(served.answer(&request))
}

/// Publishes a version of a prompt, by its name. Refused with 409 and `current_version` where `base_version` is not the last one any more.
#[utoipa::path(
    tag = "LLM prompts", request_body = PublishRequest, security(("key" = ["llm_prompt:write"])),
    responses((status = 200, body = PromptResponse), (status = 409, description = "There is a newer version: `current_version`"))
)]
#[patch("/api/environments/{environment_id}/llm_prompts/name/{prompt_name}")]
async fn publish_prompt(
    access: ProjectAccess<LlmPromptWrite>,
    path: PathParams<NamePath>,
    body: JsonBody<PublishRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, actor) = (state.clone(), access.actor());
    let (base_version, publication) = body.0.into_parts()?;
    let published =
        blocking(move || services.prompts.publish(&actor, &path.0.prompt_name, base_version, &publication)).await?;
    Ok(HttpResponse::Ok().json(blocking(move || full(&state, published)).await?))
}

/// Deletes a prompt for good, by its name, which is free then.
#[utoipa::path(tag = "LLM prompts", security(("key" = ["llm_prompt:write"])), responses((status = 204)))]
#[post("/api/environments/{environment_id}/llm_prompts/name/{prompt_name}/archive")]
async fn archive_prompt(
    access: ProjectAccess<LlmPromptWrite>,
    path: PathParams<NamePath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let actor = access.actor();
    blocking(move || state.prompts.archive(&actor, &path.0.prompt_name)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes a prompt of another name that says at its first version what this one says at its last.
#[utoipa::path(tag = "LLM prompts", request_body = DuplicateRequest, security(("key" = ["llm_prompt:write"])), responses((status = 201, body = PromptResponse)))]
#[post("/api/environments/{environment_id}/llm_prompts/name/{prompt_name}/duplicate")]
async fn duplicate_prompt(
    access: ProjectAccess<LlmPromptWrite>,
    path: PathParams<NamePath>,
    body: JsonBody<DuplicateRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let actor = access.actor();
    let copy = blocking(move || {
        let new_name = PromptName::parse("new_name", &body.0.new_name)?;
        let copy = state.prompts.duplicate(&actor, &path.0.prompt_name, new_name)?;
        full(&state, copy)
    });
    Ok(HttpResponse::Created().json(copy.await?))
}

/// Makes a label, such as `production`, point at a version of a prompt, wherever it pointed before.
#[utoipa::path(tag = "LLM prompts", request_body = SetLabelRequest, security(("key" = ["llm_prompt:write"])), responses((status = 200, body = LabelResponse)))]
#[put("/api/environments/{environment_id}/llm_prompts/name/{prompt_name}/labels/{label_name}")]
async fn set_prompt_label(
    access: ProjectAccess<LlmPromptWrite>,
    path: PathParams<LabelPath>,
    body: JsonBody<SetLabelRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, LabelPath { prompt_name, label_name }) = (access.actor(), path.0);
    let label = blocking(move || {
        let label = LabelName::parse(&label_name)?;
        let label = state.prompts.set_label(&actor, &prompt_name, &label, body.0.version()?)?;
        let authors = authors(&state, [label.created_by])?;
        Ok::<_, ServiceError>(LabelResponse::new(&label, prompt_name, &authors))
    });
    Ok(HttpResponse::Ok().json(label.await?))
}

/// Takes a label off a prompt.
#[utoipa::path(tag = "LLM prompts", security(("key" = ["llm_prompt:write"])), responses((status = 204)))]
#[delete("/api/environments/{environment_id}/llm_prompts/name/{prompt_name}/labels/{label_name}")]
async fn remove_prompt_label(
    access: ProjectAccess<LlmPromptWrite>,
    path: PathParams<LabelPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, LabelPath { prompt_name, label_name }) = (access.actor(), path.0);
    blocking(move || state.prompts.remove_label(&actor, &prompt_name, &LabelName::parse(&label_name)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives a version of a prompt, by its name, and lists its versions.
#[utoipa::path(tag = "LLM prompts", params(ResolveParams), security(("key" = ["llm_prompt:read"])), responses((status = 200, body = ResolveResponse)))]
#[get("/api/environments/{environment_id}/llm_prompts/resolve/name/{prompt_name}")]
async fn resolve_prompt(
    access: ProjectAccess<LlmPromptRead>,
    path: PathParams<NamePath>,
    params: QueryParams<ResolveParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (slice, version) = (params.0.slice()?, (params.0.number()?, params.0.version_id.map(VersionId)));
    let resolved = blocking(move || {
        let (found, page) = state.prompts.resolve(access.project.id, &path.0.prompt_name, version, slice)?;
        let makers = page.versions.iter().map(|version| version.created_by);
        let authors = authors(&state, makers.chain([found.prompt.created_by]))?;
        Ok::<_, ServiceError>(ResolveResponse::new(found, page, &authors))
    });
    Ok(HttpResponse::Ok().json(resolved.await?))
}

/// Gives a prompt at its last version.
#[utoipa::path(tag = "LLM prompts", security(("key" = ["llm_prompt:read"])), responses((status = 200, body = PromptResponse)))]
#[get("/api/environments/{environment_id}/llm_prompts/{id}")]
async fn retrieve_prompt(
    access: ProjectAccess<LlmPromptRead>,
    path: PathParams<PromptPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id()?;
    let prompt = blocking(move || {
        let found = state.prompts.require(access.project.id, id)?;
        full(&state, found)
    });
    Ok(HttpResponse::Ok().json(prompt.await?))
}

/// Changes a prompt. What it is to say makes a version, unless it says that already; `deleted: true` deletes it for good.
#[utoipa::path(tag = "LLM prompts", request_body = PatchPromptRequest, security(("key" = ["llm_prompt:write"])), responses((status = 200, body = PromptResponse)))]
#[patch("/api/environments/{environment_id}/llm_prompts/{id}")]
async fn update_prompt(
    access: ProjectAccess<LlmPromptWrite>,
    path: PathParams<PromptPath>,
    body: JsonBody<PatchPromptRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (id, actor) = (path.0.id()?, access.actor());
    let prompt = blocking(move || {
        let changed = state.prompts.update(&actor, id, &body.0.into_patch()?)?;
        full(&state, changed)
    });
    Ok(HttpResponse::Ok().json(prompt.await?))
}

/// Refused: prompts are deleted by changing `deleted` to true.
#[utoipa::path(tag = "LLM prompts", security(("key" = ["llm_prompt:write"])), responses((status = 405, description = "Always")))]
#[delete("/api/environments/{environment_id}/llm_prompts/{id}")]
async fn delete_prompt(
    _access: ProjectAccess<LlmPromptWrite>,
    _path: PathParams<PromptPath>,
) -> Result<HttpResponse, ApiError> {
    Err(ApiError::method_not_allowed("DELETE", "GET, PATCH".to_owned()))
}

/// Lists the versions of a prompt, the newest first.
#[utoipa::path(tag = "LLM prompts", params(PageParams), security(("key" = ["llm_prompt:read"])), responses((status = 200, body = Envelope<VersionResponse>)))]
#[get("/api/environments/{environment_id}/llm_prompts/{id}/versions")]
async fn list_prompt_versions(
    access: ProjectAccess<LlmPromptRead>,
    path: PathParams<PromptPath>,
    params: QueryParams<PageParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (id, page) = (path.0.id()?, params.0.page());
    let versions = blocking(move || {
        let (prompt, versions) = state.prompts.versions(access.project.id, id, page)?;
        let authors = authors(&state, versions.items.iter().map(|version| version.created_by))?;
        Ok::<_, ServiceError>(versions.map(|version| VersionResponse::new(version, &prompt, &authors)))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, versions)))
}

fn full(state: &AppState, found: PromptAt) -> Result<PromptResponse, ServiceError> {
    let authors = authors(state, [found.prompt.created_by])?;
    Ok(PromptResponse::whole(found, &authors))
}

fn authors(state: &AppState, ids: impl IntoIterator<Item = Option<UserId>>) -> Result<Authors, ServiceError> {
    Ok(Authors::load(&*state.storage.repositories.users, ids)?)
}

routes![
    list_prompts,
    create_prompt,
    fetch_prompt,
    publish_prompt,
    archive_prompt,
    duplicate_prompt,
    set_prompt_label,
    remove_prompt_label,
    resolve_prompt,
    retrieve_prompt,
    update_prompt,
    delete_prompt,
    list_prompt_versions,
];
