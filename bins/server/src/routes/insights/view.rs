//! Insights put together for a caller: with their results, their makers, and when the caller last looked at them.

use std::collections::HashMap;

use actix_web::web;
use insights_core::auth::Principal;
use insights_core::dashboard::{Dashboard, Tile};
use insights_core::error::{ServiceError, ServiceResult};
use insights_core::ids::{InsightId, ProjectId};
use insights_core::insight::Insight;
use insights_core::project::Project;
use insights_core::query_cache::policy::RefreshMode;
use serde_json::Value;

use super::response::{InsightBasic, InsightResponse};
use super::results::{Asked, Results, results_of_many, results_of_one, runnable_node};
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::queries::{Answered, QueryRights, QueryState};
use crate::routes::alerts::{AlertResponse, show_alerts};
use crate::wire::Timestamp;

/// Who looks at insights, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Viewer<'a> {
    /// What handlers share.
    pub(super) state: &'a web::Data<AppState>,
    /// Who; `None` for visitors of public links.
    pub(super) principal: Option<&'a Principal>,
    /// Where.
    pub(super) project: &'a Project,
}

/// What insights show of other things.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// Their makers and changers.
    pub(super) authors: Authors,
    last_viewed: HashMap<InsightId, Timestamp>,
    alerts: HashMap<InsightId, Vec<AlertResponse>>,
}

impl Surroundings {
    /// When the caller last looked at the insight.
    pub(super) fn last_viewed(&self, id: InsightId) -> Option<Timestamp> {
        self.last_viewed.get(&id).copied()
    }

    /// The alerts on the insight, the newest first.
    pub(super) fn alerts(&self, id: InsightId) -> Vec<AlertResponse> {
        self.alerts.get(&id).cloned().unwrap_or_default()
    }
}

impl Viewer<'_> {
    /// The full form of one insight, with its results apart.
    pub(super) async fn one(
        &self,
        insight: Insight,
        mode: RefreshMode,
        asked: &Asked,
    ) -> Result<(InsightResponse, Results), ApiError> {
        let results = results_of_one(self.state, self.reader(), &insight, mode, asked).await?;
        let (insights, around) = self.surroundings(vec![insight]).await?;
        let insight = &insights[0];
        let tile = asked.dashboard.and_then(|dashboard| insight.tile_on(dashboard));
        Ok((InsightResponse::new(insight, &around, &results, tile), results))
    }

    /// The full forms of many insights, in their order.
    pub(super) async fn many(
        &self,
        insights: Vec<Insight>,
        mode: RefreshMode,
        asked: &Asked,
    ) -> Result<Vec<InsightResponse>, ApiError> {
        let results = results_of_many(self.state, self.reader(), &insights, mode, asked).await;
        let (insights, around) = self.surroundings(insights).await?;
        let shown = insights.iter().zip(&results);
        Ok(shown.map(|(insight, results)| InsightResponse::new(insight, &around, results, None)).collect())
    }

    /// The basic forms of many insights, in their order. Computes nothing.
    pub(super) async fn basic(&self, insights: Vec<Insight>) -> Result<Vec<InsightBasic>, ApiError> {
        let asked = Asked::default();
        let results = results_of_many(self.state, self.reader(), &insights, RefreshMode::ForceCache, &asked).await;
        let (insights, around) = self.surroundings(insights).await?;
        let shown = insights.iter().zip(&results);
        Ok(shown.map(|(insight, results)| InsightBasic::new(insight, &around, results)).collect())
    }

    /// Where insights are asked for, and what they may read: for visitors what they were made to show.
    fn reader(&self) -> (&Project, QueryRights) {
        (self.project, self.principal.map_or(QueryRights::ALL, QueryRights::of))
    }

    async fn surroundings(&self, insights: Vec<Insight>) -> Result<(Vec<Insight>, Surroundings), ApiError> {
        let (state, user) = (self.state.clone(), self.principal.map(|principal| principal.user.id));
        blocking(move || {
            let people =
                insights.iter().flat_map(|insight| [insight.fields.created_by, insight.fields.last_modified_by]);
            let authors = Authors::load(&*state.storage.repositories.users, people)?;
            let ids: Vec<InsightId> = insights.iter().map(|insight| insight.id).collect();
            let last_viewed = user.map(|user| state.insights.last_viewed(user, &ids)).transpose()?.unwrap_or_default();
            let last_viewed = last_viewed.into_iter().map(|(id, at)| (id, Timestamp(at))).collect();
            // whoever was shown an insight by its link has no business with who is told of it
            let alerts = match insights.first().filter(|_| user.is_some()) {
                Some(first) => alerts_of(&state, first.project, &ids)?,
                None => HashMap::new(),
            };
            Ok::<_, ServiceError>((insights, Surroundings { authors, last_viewed, alerts }))
        })
        .await
    }
}

/// The insights on the tiles of `dashboard` with their results as `asked`, by their numbers.
pub(crate) async fn on_dashboard(
    state: &web::Data<AppState>,
    principal: &Principal,
    project: &Project,
    dashboard: &Dashboard,
    (mode, asked): (RefreshMode, &Asked),
) -> Result<HashMap<InsightId, InsightResponse>, ApiError> {
    let viewer = Viewer { state, principal: Some(principal), project };
    let ids: Vec<InsightId> = dashboard.tiles.iter().filter_map(Tile::insight).collect();
    let (services, project) = (state.clone(), project.id);
    let insights = blocking(move || services.insights.get_batch(project, &ids)).await?;
    let numbers: Vec<InsightId> = insights.iter().map(|insight| insight.id).collect();
    let shown = viewer.many(insights, mode, asked).await?;
    Ok(numbers.into_iter().zip(shown).collect())
}

/// An insight as public pages show it.
#[derive(Clone, Debug)]
pub(crate) struct ShownInsight {
    /// As programs read it.
    pub(crate) response: InsightResponse,
    /// Its name for people; may be empty.
    pub(crate) title: String,
    /// What people wrote about it; may be empty.
    pub(crate) description: String,
    /// The query that was asked.
    pub(crate) node: Option<Value>,
    /// The answer.
    pub(crate) answered: Option<Answered>,
    /// Why there is none, where that is fit for strangers.
    pub(crate) failure: Option<String>,
}

/// The insights as visitors of a public link see them, in their order. One that fails says so in its place alone.
pub(crate) async fn insights_for_visitors(
    state: &web::Data<AppState>,
    project: &Project,
    insights: Vec<Insight>,
    mode: RefreshMode,
    asked: &Asked,
) -> Result<Vec<ShownInsight>, ApiError> {
    let viewer = Viewer { state, principal: None, project };
    let results = results_of_many(state, viewer.reader(), &insights, mode, asked).await;
    let (insights, around) = viewer.surroundings(insights).await?;
    let shown = insights.iter().zip(&results).map(|(insight, results)| ShownInsight {
        response: InsightResponse::new(insight, &around, results, None),
        title: insight.fields.display_name().unwrap_or_default().to_owned(),
        description: insight.fields.description.clone().unwrap_or_default(),
        node: runnable_node(&insight.fields).and_then(Result::ok),
        answered: results.answered().cloned(),
        failure: results.status().and_then(|status| match &status.state {
            QueryState::Failed(reason) => reason.clone(),
            QueryState::Running | QueryState::Complete(_) => None,
        }),
    });
    Ok(shown.collect())
}

/// How an insight is asked for where it is shown on `dashboard`.
pub(crate) fn asked_on(dashboard: &Dashboard) -> Asked {
    let present = |value: &Value| value.as_object().is_some_and(|object| !object.is_empty()).then(|| value.clone());
    Asked {
        client_query_id: None,
        dashboard: Some(dashboard.id),
        filters: present(&dashboard.fields.filters),
        variables: present(&dashboard.fields.variables),
    }
}

fn alerts_of(
    state: &AppState,
    project: ProjectId,
    insights: &[InsightId],
) -> ServiceResult<HashMap<InsightId, Vec<AlertResponse>>> {
    let alerts = state.alerts.of_insights(project, insights)?;
    let watched: Vec<InsightId> = alerts.iter().map(|alert| alert.settings.insight).collect();
    let mut by_insight: HashMap<InsightId, Vec<AlertResponse>> = HashMap::new();
    for (insight, alert) in watched.into_iter().zip(show_alerts(state, alerts)?) {
        by_insight.entry(insight).or_default().push(alert);
    }
    Ok(by_insight)
}
