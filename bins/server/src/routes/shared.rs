//! Public pages: what a link shows to people without an account, as a page and as files.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, get, post, web};
use insights_core::problem::Problem;
use public_pages::{Unlock, not_found, unlock};
use serde::{Deserialize, Serialize};
use sharing::visit::{Shared, Unlocking, Visit};
use utoipa::ToSchema;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::json::{is_json, parse, unsupported_media_type};
use crate::visitors::{
    Contents, Family, FileFormat, LinkAddress, PublicFile, client_address, policy_of, proofs, theme_of,
};

/// Largest body with a password, in bytes.
const MAX_BODY_BYTES: usize = 8192;

/// What keeps search engines from listing pages that are for those who know the link.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// A password for a share.
#[derive(Deserialize, ToSchema)]
#[schema(as = UnlockShare)]
struct UnlockRequest {
    /// The password.
    password: String,
}

/// What opens the share from now on, for a day: as a bearer token, or by the cookie that comes along.
#[derive(Serialize, ToSchema)]
struct ShareTokenResponse {
    #[serde(rename = "shareToken")]
    share_token: String,
}

/// What is wrong with a password.
#[derive(Serialize, ToSchema)]
struct UnlockErrorResponse {
    error: &'static str,
}

/// Shows what is shared. The link is the access token, with `.json`, `.csv`, `.svg` or `.png` after it for a file.
#[utoipa::path(tag = "Public pages", responses((status = 200, description = "The page or the file", body = String, content_type = "text/html")))]
#[get("/shared/{link}")]
async fn show_shared(
    request: HttpRequest,
    link: web::Path<String>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    show(&state, &request, Family::Shared, &link).await
}

/// Opens what is shared with a password, as JSON or from a form.
#[utoipa::path(
    tag = "Public pages", request_body = UnlockRequest,
    responses((status = 200, body = ShareTokenResponse), (status = 401, body = UnlockErrorResponse), (status = 429))
)]
#[post("/shared/{link}")]
async fn unlock_shared(
    request: HttpRequest,
    link: web::Path<String>,
    body: web::Bytes,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    open(&state, &request, Family::Shared, &link, &body).await
}

/// Shows what is shared in the frame of another page. Otherwise as `/shared/{link}`.
#[utoipa::path(tag = "Public pages", responses((status = 200, description = "The page or the file", body = String, content_type = "text/html")))]
#[get("/embedded/{link}")]
async fn show_embedded(
    request: HttpRequest,
    link: web::Path<String>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    show(&state, &request, Family::Embedded, &link).await
}

/// Opens what is shared in the frame of another page with a password.
#[utoipa::path(
    tag = "Public pages", request_body = UnlockRequest,
    responses((status = 200, body = ShareTokenResponse), (status = 401, body = UnlockErrorResponse), (status = 429))
)]
#[post("/embedded/{link}")]
async fn unlock_embedded(
    request: HttpRequest,
    link: web::Path<String>,
    body: web::Bytes,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    open(&state, &request, Family::Embedded, &link, &body).await
}

/// As `/shared/{link}`, for links of old.
#[utoipa::path(tag = "Public pages", responses((status = 200, description = "The page or the file", body = String, content_type = "text/html")))]
#[get("/shared_dashboard/{link}")]
async fn show_shared_dashboard(
    request: HttpRequest,
    link: web::Path<String>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    show(&state, &request, Family::SharedDashboard, &link).await
}

/// As `/shared/{link}`, for links of old.
#[utoipa::path(
    tag = "Public pages", request_body = UnlockRequest,
    responses((status = 200, body = ShareTokenResponse), (status = 401, body = UnlockErrorResponse), (status = 429))
)]
#[post("/shared_dashboard/{link}")]
async fn unlock_shared_dashboard(
    request: HttpRequest,
    link: web::Path<String>,
    body: web::Bytes,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    open(&state, &request, Family::SharedDashboard, &link, &body).await
}

async fn show(
    state: &web::Data<AppState>,
    request: &HttpRequest,
    family: Family,
    link: &str,
) -> Result<HttpResponse, ApiError> {
    let address = LinkAddress::read(family, link, request);
    let (services, token, proofs) = (state.clone(), address.token.clone(), proofs(request));
    let visit = blocking(move || {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        services.sharing.visit(&token, &proofs)
    });
    match visit.await? {
        Visit::Missing => Ok(missing(&address)),
        Visit::Locked(shared) if address.format == FileFormat::Page => {
            Ok(unlock_page(StatusCode::OK, &shared, &address, Unlock::default()))
        }
        Visit::Locked(_) => {
            let error = ApiError::from(Problem::authentication_failed("A password is needed to see this."));
            Ok(with_headers(error.error_response(), true))
        }
        Visit::Open(shared) => opened(state, shared, address).await,
    }
}

async fn open(
    state: &web::Data<AppState>,
    request: &HttpRequest,
    family: Family,
    link: &str,
    body: &[u8],
) -> Result<HttpResponse, ApiError> {
    if body.len() > MAX_BODY_BYTES {
        return Err(ApiError::too_large(MAX_BODY_BYTES));
    }
    let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let password = if is_form {
        let field = form_urlencoded::parse(body).find(|(name, _)| name == "password");
        field.map_or_else(String::new, |(_, value)| value.into_owned())
    } else if is_json(request) {
        parse::<UnlockRequest>(body)?.password
    } else {
        return Err(unsupported_media_type(request.content_type()).into());
    };
    let address = LinkAddress::read(family, link, request);
    let (services, token, client) = (state.clone(), address.token.clone(), client_address(request));
    let unlocking = state.password_work.run(move || services.sharing.unlock(&token, &password, client)).await?;
    let refusal = |shared: &Shared, what: &str| {
        let suffix = shared.link.suffix();
        tracing::warn!(share = shared.sharing.id.0, token_suffix = suffix, "{what}");
    };
    Ok(match unlocking {
        Unlocking::Missing => missing(&address),
        Unlocking::NotNeeded(shared) => opened(state, shared, address).await?,
        Unlocking::TooSoon(shared, too_soon) => {
            refusal(&shared, "a password for a share came too soon after wrong ones");
            let wait_seconds = too_soon.retry_after_s;
            if !is_form {
                return Ok(with_headers(ApiError::throttled(wait_seconds).error_response(), true));
            }
            let page = Unlock { wait_seconds, ..Unlock::default() };
            let mut response = unlock_page(StatusCode::TOO_MANY_REQUESTS, &shared, &address, page);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_seconds));
            response
        }
        Unlocking::Wrong(shared) => {
            refusal(&shared, "a wrong password for a share");
            if is_form {
                let page = Unlock { was_wrong: true, ..Unlock::default() };
                unlock_page(StatusCode::UNAUTHORIZED, &shared, &address, page)
            } else {
                let error = UnlockErrorResponse { error: "Incorrect password" };
                with_headers(HttpResponse::Unauthorized().json(error), true)
            }
        }
        Unlocking::Right { proof, .. } => {
            let mut response = if is_form {
                HttpResponse::SeeOther().insert_header((LOCATION, address.base())).finish()
            } else {
                HttpResponse::Ok().json(ShareTokenResponse { share_token: proof.clone() })
            };
            for cookie in address.cookies(&proof, request) {
                let cookie = HeaderValue::from_str(&cookie).expect("tokens and proofs have no other characters");
                response.headers_mut().append(SET_COOKIE, cookie);
            }
            with_headers(response, true)
        }
    })
}

/// The page or file of a share that is open to the visitor.
async fn opened(state: &web::Data<AppState>, shared: Shared, address: LinkAddress) -> Result<HttpResponse, ApiError> {
    let is_protected = shared.sharing.fields.password_required;
    let contents = Contents::load(state, shared).await?;
    // Drawing takes a while, which other requests should not have to wait.
    let file = blocking(move || PublicFile::new(&contents, &address)).await?;
    Ok(with_headers(file.into_response(), is_protected))
}

fn missing(address: &LinkAddress) -> HttpResponse {
    let response = if address.format == FileFormat::Page {
        HttpResponse::NotFound()
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, policy_of(address.family)))
            .body(not_found())
    } else {
        ApiError::not_found().error_response()
    };
    with_headers(response, true)
}

fn unlock_page(status: StatusCode, shared: &Shared, address: &LinkAddress, page: Unlock) -> HttpResponse {
    let settings = shared.sharing.fields.settings;
    let whitelabel = settings.is_some_and(|settings| settings.whitelabel == Some(true));
    let html = unlock(&Unlock { theme: theme_of(settings), whitelabel, ..page });
    let response = HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy_of(address.family)))
        .body(html);
    with_headers(response, true)
}

/// Adds what keeps a public page from being listed, from telling its address to others, and, where it is `private`, from being kept.
fn with_headers(mut response: HttpResponse, private: bool) -> HttpResponse {
    let cache = if private { "private, no-store" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
    response
}

routes![show_shared, unlock_shared, show_embedded, unlock_embedded, show_shared_dashboard, unlock_shared_dashboard,];
