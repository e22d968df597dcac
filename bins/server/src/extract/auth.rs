//! Who is asking and what they may touch: decided here for every route, before its handler runs.
//!
//! A handler gets at its data only through one of these parameters, whose type names the right that the route needs:
//!
//! - [`ProjectAccess<InsightRead>`](ProjectAccess) for what is nested in a project: key, scope, and the project of the path;
//! - [`Authorized<ProjectRead>`](Authorized) for what belongs to no project: key and scope;
//! - [`ReadAccess<InsightRead>`](ReadAccess) for the few routes that the token of a public link opens too;
//! - [`Authenticated`] where any good key will do.
//!
//! It is the first parameter, so that a request is authorised before anything else of it is looked at (see [`order`]).

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use insights_core::api_key::KeyKind;
use insights_core::auth::credential::{Credential, KeyPlace};
use insights_core::auth::service::KeyRefusal;
use insights_core::auth::{Actor, Principal, project_not_found};
use insights_core::changes::Generations;
use insights_core::error::ServiceError;
use insights_core::problem::Problem;
use insights_core::project::Project;
use sharing::visit::Shared;

use super::order::{self, Extracted};
use super::query::parameter;
use super::scope::RequiredScopes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::middleware::body_key::body_key;
use crate::rate_limits::RateClass;

/// Names that a path may give to the number of its project.
const PROJECT_PARAMETERS: [&str; 2] = ["environment_id", "project_id"];

/// Where the token of a public link comes.
const SHARING_TOKEN_PARAMETER: &str = "sharing_access_token";

/// The selector of the caller's own project.
pub(super) const CURRENT: &str = "@current";

/// A good key, whatever its scopes and limits.
#[derive(Debug)]
pub(crate) struct Authenticated {
    /// Whose key it is.
    pub(crate) principal: Principal,
}

/// A key with the scopes `S` that is not limited to single projects.
#[derive(Debug)]
pub(crate) struct Authorized<S> {
    /// Whose key it is.
    pub(crate) principal: Principal,
    scopes: PhantomData<S>,
}

/// A key with the scopes `S` that may touch the project of the path.
#[derive(Debug)]
pub(crate) struct ProjectAccess<S> {
    /// Whose key it is.
    pub(crate) principal: Principal,
    /// The project.
    pub(crate) project: Project,
    /// How often things have changed, asked since the request came in.
    pub(crate) generations: Generations,
    scopes: PhantomData<S>,
}

/// What may be read in the project of the path: with a key that has the scopes `S`, whatever is there; with the token of a public link
/// that wants no password (`?sharing_access_token=`), what the link shows.
#[derive(Debug)]
pub(crate) enum ReadAccess<S> {
    /// A key.
    Key(Box<ProjectAccess<S>>),
    /// A public link.
    Link(Box<Shared>),
}

impl<S> ProjectAccess<S> {
    /// Whom a change in the project is attributed to.
    pub(crate) fn actor(&self) -> Actor {
        self.principal.actor(&self.project)
    }
}

impl FromRequest for Authenticated {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        authenticate(request, |_, principal| async { Ok(Self { principal }) })
    }
}

impl<S: RequiredScopes> FromRequest for Authorized<S> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        authenticate(request, |_, principal| async {
            require_scopes::<S>(&principal)?;
            principal.require_all_projects()?;
            Ok(Self { principal, scopes: PhantomData })
        })
    }
}

impl<S: RequiredScopes> FromRequest for ProjectAccess<S> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let selector = project_selector(request);
        authenticate(request, |access, principal| access.project(principal, selector))
    }
}

impl<S: RequiredScopes> FromRequest for ReadAccess<S> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let selector = project_selector(request);
        let Some(token) = parameter(request, SHARING_TOKEN_PARAMETER) else {
            return authenticate(request, |access, principal| async {
                Ok(Self::Key(Box::new(access.project(principal, selector).await?)))
            });
        };
        let state = request.app_data::<web::Data<AppState>>().expect("the application has its state").clone();
        let authorisation = blocking(move || {
            let shared = state.sharing.authenticate(&token)?;
            if selector != CURRENT && selector != shared.project.id.to_string() {
                return Err(project_not_found().into());
            }
            Ok::<_, ServiceError>(Self::Link(Box::new(shared)))
        });
        order::first(request, authorisation)
    }
}

/// What the path names the project by.
pub(super) fn project_selector(request: &HttpRequest) -> String {
    let in_path = PROJECT_PARAMETERS.iter().find_map(|name| request.match_info().get(name));
    in_path.expect("a route that loads a project names it in its path").to_owned()
}

/// The refusal of a request without a key: one that comes with the token of a public link is told what that is good for.
fn without_key(problem: Problem, method: &Method, has_link: bool) -> Problem {
    match (has_link, method) {
        (false, _) => problem,
        (true, &Method::GET) => Problem::permission_denied("You do not have permission to perform this action."),
        (true, _) => Problem::authentication_failed("Sharing access token can only be used for GET requests."),
    }
}

/// What a request says of who asks.
struct Claim {
    header: Option<String>,
    body: Option<String>,
    query: Option<String>,
    method: Method,
    has_link: bool,
}

impl Claim {
    fn of(request: &HttpRequest) -> Self {
        Self {
            header: request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned),
            body: body_key(request),
            query: parameter(request, "personal_api_key"),
            method: request.method().clone(),
            has_link: parameter(request, SHARING_TOKEN_PARAMETER).is_some(),
        }
    }

    fn credential(&self) -> Result<Credential<'_>, Problem> {
        Credential::find(self.header.as_deref(), self.body.as_deref(), self.query.as_deref())
            .map_err(|problem| without_key(problem, &self.method, self.has_link))
    }
}

/// Finds the key, then runs `authorise` with its principal.
fn authenticate<T: 'static, F: Future<Output = Result<T, ApiError>> + 'static>(
    request: &HttpRequest,
    authorise: impl FnOnce(Access, Principal) -> F + 'static,
) -> Extracted<T> {
    let state = request.app_data::<web::Data<AppState>>().expect("the application has its state").clone();
    let claim = Claim::of(request);
    let class = RateClass::of(request.method(), &request.match_pattern().unwrap_or_default());
    order::first(request, async move {
        claim.credential()?;
        let access = Access { generations: state.changes.generations().await?, state };
        let principal = access.principal(claim).await?;
        if let Some(limiter) = &access.state.rate_limiter {
            limiter.take(class, &principal.key.id, access.state.clock.now())?;
        }
        authorise(access, principal).await
    })
}

/// What a key with the scopes `S` reaches first, for requests that name no project.
pub(crate) async fn access_by_key<S: RequiredScopes>(
    state: web::Data<AppState>,
    key: String,
) -> Result<ProjectAccess<S>, ApiError> {
    let header = Some(format!("Bearer {key}"));
    let claim = Claim { header, body: None, query: None, method: Method::POST, has_link: false };
    let access = Access { generations: state.changes.generations().await?, state };
    let principal = access.principal(claim).await?;
    access.project(principal, CURRENT.to_owned()).await
}

/// Finds the key where agents bring it, in `Authorization: Bearer …` or `X-API-Key`, then runs `authorise` with its principal.
pub(super) fn authenticate_agent<T: 'static>(
    request: &HttpRequest,
    authorise: impl FnOnce(Principal) -> Result<T, Problem> + 'static,
) -> Extracted<T> {
    let state = request.app_data::<web::Data<AppState>>().expect("the application has its state").clone();
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let bearer = Credential::find(text("authorization"), None, None).ok().map(|found| found.key.to_owned());
    let key = bearer.or_else(|| text("x-api-key").filter(|key| !key.is_empty()).map(str::to_owned));
    let class = RateClass::of(request.method(), &request.match_pattern().unwrap_or_default());
    order::first(request, async move {
        let key = key.ok_or_else(|| Problem::authentication_failed("Missing API key"))?;
        let generation = state.changes.generations().await?.access;
        let recalled = state.auth.recall(Credential { key: &key, place: KeyPlace::Header }, generation);
        let principal = match recalled {
            Some(principal) => principal,
            None => {
                let services = state.clone();
                blocking(move || {
                    let credential = Credential { key: &key, place: KeyPlace::Header };
                    let verified = services.auth.verify(credential, generation)?;
                    verified.map_err(|refusal| ServiceError::from(agent_refusal(&key, refusal)))
                })
                .await?
            }
        };
        if let Some(limiter) = &state.rate_limiter {
            limiter.take(class, &principal.key.id, state.clock.now())?;
        }
        Ok(authorise(principal)?)
    })
}

/// What an agent is told of a key that is not good.
fn agent_refusal(key: &str, refusal: KeyRefusal) -> Problem {
    let has_known_prefix = KeyKind::ALL.iter().any(|kind| key.starts_with(kind.prefix()));
    Problem::authentication_failed(match refusal {
        KeyRefusal::NotActive => "API key not active or expired",
        KeyRefusal::Unknown if has_known_prefix => "Invalid API key",
        KeyRefusal::Unknown => "Invalid API key format",
    })
}

/// What is stored about access since a request came in, from memory where nothing of it has changed.
struct Access {
    state: web::Data<AppState>,
    generations: Generations,
}

impl Access {
    async fn principal(&self, claim: Claim) -> Result<Principal, ApiError> {
        if let Some(principal) = self.state.auth.recall(claim.credential()?, self.generations.access) {
            return Ok(principal);
        }
        let (state, generation) = (self.state.clone(), self.generations.access);
        blocking(move || state.auth.authenticate(claim.credential()?, generation)).await
    }

    /// A key with the scopes `S` that may touch the project.
    async fn project<S: RequiredScopes>(
        self,
        principal: Principal,
        selector: String,
    ) -> Result<ProjectAccess<S>, ApiError> {
        require_scopes::<S>(&principal)?;
        let generations = self.generations;
        if let Some(project) = self.state.auth.recall_project(&principal, &selector, generations.access) {
            return Ok(ProjectAccess { principal, project, generations, scopes: PhantomData });
        }
        blocking(move || {
            let project = self.state.auth.project(&principal, &selector, generations.access)?;
            Ok::<_, ServiceError>(ProjectAccess { principal, project, generations, scopes: PhantomData })
        })
        .await
    }
}

pub(super) fn require_scopes<S: RequiredScopes>(principal: &Principal) -> Result<(), Problem> {
    for scope in S::SCOPES {
        principal.require_scope(*scope)?;
    }
    Ok(())
}
