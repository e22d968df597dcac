//! The activity log of insights: who changed what.

use actix_web::{HttpRequest, HttpResponse, get, web};
use insights_core::activity::{ActivityDetail, ActivityEntry};
use insights_core::error::ServiceError;
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Value, to_value};
use utoipa::{IntoParams, ToSchema};

use super::insights::Format;
use super::routes;
use crate::address::PublicUrl;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::csv::{Cell, Table, csv_response};
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::query::QueryParams;
use crate::extract::scope::ActivityLogRead;
use crate::wire::{Timestamp, UserBasic};

/// Which page of the log to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ActivityParams {
    /// Most rows to return, 10 where absent, at most 1000.
    limit: Option<i64>,
    /// Number of the page, beginning with 1.
    page: Option<i64>,
    /// `json` or `csv`.
    format: Option<String>,
}

/// The insight of a path.
#[derive(Debug, Deserialize)]
struct InsightPath {
    id: String,
}

/// A page of the log, the newest row first.
#[derive(Debug, Serialize, ToSchema)]
struct ActivityPageResponse {
    results: Vec<ActivityItem>,
    /// Address of the page after this one.
    next: Option<String>,
    /// Address of the page before this one.
    previous: Option<String>,
    /// Rows over all pages.
    total_count: u64,
}

/// A row of the log.
#[derive(Debug, Serialize, ToSchema)]
struct ActivityItem {
    user: Option<ActivityUser>,
    /// `created`, `updated`, `deleted` or `restored`.
    activity: String,
    /// Kind of the thing, such as `Insight`.
    scope: String,
    item_id: String,
    #[schema(value_type = Object)]
    detail: ActivityDetail,
    created_at: Timestamp,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
struct ActivityUser {
    first_name: String,
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_system: Option<bool>,
}

impl ActivityItem {
    fn new(entry: ActivityEntry, authors: &Authors) -> Self {
        let activity = entry.activity;
        let user = if activity.is_system {
            Some(ActivityUser { first_name: "System".to_owned(), email: None, is_system: Some(true) })
        } else {
            authors.get(activity.user).as_ref().map(ActivityUser::from)
        };
        Self {
            user,
            activity: activity.activity,
            scope: activity.scope,
            item_id: activity.item_id,
            detail: activity.detail,
            created_at: Timestamp(activity.created_at),
        }
    }
}

impl From<&UserBasic> for ActivityUser {
    fn from(user: &UserBasic) -> Self {
        Self { first_name: user.first_name().to_owned(), email: Some(user.email().to_owned()), is_system: None }
    }
}

impl ActivityPageResponse {
    fn new(request: &HttpRequest, page: Page, paged: Paged<ActivityItem>) -> Self {
        let url = PublicUrl::of(request);
        let at =
            |number: u64| url.with_parameters(&[("page", number.to_string()), ("limit", page.limit().to_string())]);
        Self {
            next: page.next_offset(paged.count).map(|_| at(page.number() + 1)),
            previous: page.previous_offset().map(|_| at(page.number() - 1)),
            total_count: paged.count,
            results: paged.items,
        }
    }
}

/// Lists what was changed on the project's insights.
#[utoipa::path(
    tag = "Insights", params(ActivityParams), security(("key" = ["activity_log:read"])),
    responses((status = 200, body = ActivityPageResponse))
)]
#[get("/api/environments/{environment_id}/insights/activity")]
async fn list_activity(
    access: ProjectAccess<ActivityLogRead>,
    params: QueryParams<ActivityParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let page = Page::numbered(params.0.page, params.0.limit)?;
    let project = access.project.id;
    let items = blocking(move || {
        let paged = state.insights.activity(project, None, page)?;
        items(&state, paged)
    });
    respond(&request, page, &params.0, items.await?)
}

/// Lists what was changed on one insight.
#[utoipa::path(
    tag = "Insights", params(ActivityParams), security(("key" = ["activity_log:read"])),
    responses((status = 200, body = ActivityPageResponse))
)]
#[get("/api/environments/{environment_id}/insights/{id}/activity")]
async fn list_insight_activity(
    access: ProjectAccess<ActivityLogRead>,
    path: web::Path<InsightPath>,
    params: QueryParams<ActivityParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let page = Page::numbered(params.0.page, params.0.limit)?;
    let project = access.project.id;
    let items = blocking(move || {
        let insight = state.insights.require(project, &path.id)?;
        let paged = state.insights.activity(project, Some(insight.id), page)?;
        items(&state, paged)
    });
    respond(&request, page, &params.0, items.await?)
}

fn items(state: &AppState, paged: Paged<ActivityEntry>) -> Result<Paged<ActivityItem>, ServiceError> {
    let users = paged.items.iter().map(|entry| entry.activity.user);
    let authors = Authors::load(&*state.storage.repositories.users, users)?;
    Ok(paged.map(|entry| ActivityItem::new(entry, &authors)))
}

fn respond(
    request: &HttpRequest,
    page: Page,
    params: &ActivityParams,
    paged: Paged<ActivityItem>,
) -> Result<HttpResponse, ApiError> {
    match Format::parse(params.format.as_deref())? {
        Format::Json => Ok(HttpResponse::Ok().json(ActivityPageResponse::new(request, page, paged))),
        Format::Csv => Ok(csv_response("activity", &table(&paged.items)?)),
    }
}

/// One row an item; the changes as JSON.
fn table(items: &[ActivityItem]) -> Result<Table, Problem> {
    let columns = ["created_at", "user", "activity", "scope", "item_id", "name", "changes"];
    let rows = items.iter().map(|item| {
        let changes = to_value(&item.detail.changes).map_err(|_| Problem::internal())?;
        Ok(vec![
            Cell::text(&item.created_at.to_text()),
            Cell::text(item.user.as_ref().map_or("", |user| user.email.as_deref().unwrap_or(&user.first_name))),
            Cell::text(&item.activity),
            Cell::text(&item.scope),
            Cell::text(&item.item_id),
            Cell::json(&item.detail.name.clone().map_or(Value::Null, Value::String)),
            Cell::json(&changes),
        ])
    });
    Ok(Table { columns: columns.map(str::to_owned).to_vec(), rows: rows.collect::<Result<_, Problem>>()? })
}

routes![list_activity, list_insight_activity];
