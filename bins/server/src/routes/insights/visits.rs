//! Insights as programs read them with the token of a public link: those that the link shows, as it shows them.

use actix_web::{HttpRequest, HttpResponse, web};
use insights_core::insight::Insight;
use insights_core::paging::Paged;
use insights_core::query_cache::policy::RefreshMode;
use serde_json::Value;
use sharing::visit::{Content, Shared};

use super::params::{Format, InsightListParams, InsightParams};
use super::results::Asked;
use super::table::insight_table;
use super::view::{ShownInsight, asked_on, insights_for_visitors};
use crate::app::AppState;
use crate::blocking::blocking;
use crate::csv::csv_response;
use crate::error::ApiError;
use crate::paging::Envelope;
use crate::visitors::body_for_visitors;

/// A page of the link's insights, by number; of the filters, the short id alone counts.
pub(super) async fn list(
    state: &web::Data<AppState>,
    request: &HttpRequest,
    shared: &Shared,
    params: &InsightListParams,
) -> Result<HttpResponse, ApiError> {
    let mut insights = insights_of(state, shared).await?;
    insights.retain(|insight| params.short_id().is_none_or(|asked| asked == insight.short_id.0));
    let Paged { count, items } = Paged::cut(insights, params.page());
    let shown = show(state, shared, items, params.refresh()).await?;
    let items = shown.iter().map(|shown| body_for_visitors(shared, &shown.response)).collect::<Result<Vec<_>, _>>()?;
    Ok(HttpResponse::Ok().json(Envelope::new(request, params.page(), Paged { count, items })))
}

/// One of the link's insights, by its number or its short id.
pub(super) async fn retrieve(
    state: &web::Data<AppState>,
    shared: &Shared,
    selector: &str,
    params: &InsightParams,
) -> Result<HttpResponse, ApiError> {
    let insights = insights_of(state, shared).await?;
    let found = insights
        .iter()
        .find(|insight| insight.id.to_string() == selector)
        .or_else(|| insights.iter().find(|insight| insight.short_id.0 == selector));
    let insight = found.ok_or_else(ApiError::not_found)?.clone();
    let name = insight.fields.display_name().unwrap_or(&insight.short_id.0).to_owned();
    let shown = show(state, shared, vec![insight], params.refresh()).await?;
    let shown = shown.first().ok_or_else(ApiError::not_found)?;
    match params.format()? {
        Format::Json => {
            let body: Value = body_for_visitors(shared, &shown.response)?;
            Ok(HttpResponse::Ok().json(body))
        }
        Format::Csv => Ok(csv_response(&name, &insight_table(shown.answered.as_ref())?)),
    }
}

async fn insights_of(state: &web::Data<AppState>, shared: &Shared) -> Result<Vec<Insight>, ApiError> {
    let (services, project, ids) = (state.clone(), shared.project.id, shared.insights());
    blocking(move || services.insights.get_batch(project, &ids)).await
}

/// With a dashboard's link, under the dashboard's filters and variables: its visitors see nothing else.
async fn show(
    state: &web::Data<AppState>,
    shared: &Shared,
    insights: Vec<Insight>,
    refresh: Option<&str>,
) -> Result<Vec<ShownInsight>, ApiError> {
    let asked = match &shared.content {
        Content::Insight(_) => Asked::default(),
        Content::Dashboard(dashboard) => asked_on(dashboard),
    };
    let mode = RefreshMode::parse_of_visitor(refresh);
    insights_for_visitors(state, &shared.project, insights, mode, &asked).await
}
