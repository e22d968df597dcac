//! Insights put together for a caller: with their results, their makers, and when the caller last looked at them.

use std::collections::HashMap;

use actix_web::web;
use insights_core::auth::Principal;
use insights_core::dashboard::{Dashboard, Tile};
use insights_core::error::ServiceError;
use insights_core::ids::InsightId;
use insights_core::insight::Insight;
use insights_core::project::Project;
use insights_core::query_cache::policy::RefreshMode;
use serde_json::Value;

use super::response::{InsightBasic, InsightResponse};
use super::results::{Asked, Results, results_of_many, results_of_one};
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::wire::Timestamp;

/// Who looks at insights, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Viewer<'a> {
    /// What handlers share.
    pub(super) state: &'a web::Data<AppState>,
    /// Who.
    pub(super) principal: &'a Principal,
    /// Where.
    pub(super) project: &'a Project,
}

/// What insights show of other things.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// Their makers and changers.
    pub(super) authors: Authors,
    last_viewed: HashMap<InsightId, Timestamp>,
}

impl Surroundings {
    /// When the caller last looked at the insight.
    pub(super) fn last_viewed(&self, id: InsightId) -> Option<Timestamp> {
        self.last_viewed.get(&id).copied()
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
        let results = results_of_one(self.state, self.project, &insight, mode, asked).await?;
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
        let results = results_of_many(self.state, self.project, &insights, mode, asked).await;
        let (insights, around) = self.surroundings(insights).await?;
        let shown = insights.iter().zip(&results);
        Ok(shown.map(|(insight, results)| InsightResponse::new(insight, &around, results, None)).collect())
    }

    /// The basic forms of many insights, in their order. Computes nothing.
    pub(super) async fn basic(&self, insights: Vec<Insight>) -> Result<Vec<InsightBasic>, ApiError> {
        let asked = Asked::default();
        let results = results_of_many(self.state, self.project, &insights, RefreshMode::ForceCache, &asked).await;
        let (insights, around) = self.surroundings(insights).await?;
        let shown = insights.iter().zip(&results);
        Ok(shown.map(|(insight, results)| InsightBasic::new(insight, &around, results)).collect())
    }

    async fn surroundings(&self, insights: Vec<Insight>) -> Result<(Vec<Insight>, Surroundings), ApiError> {
        let (state, user) = (self.state.clone(), self.principal.user.id);
        blocking(move || {
            let people =
                insights.iter().flat_map(|insight| [insight.fields.created_by, insight.fields.last_modified_by]);
            let authors = Authors::load(&*state.storage.repositories.users, people)?;
            let ids: Vec<InsightId> = insights.iter().map(|insight| insight.id).collect();
            let last_viewed = state.insights.last_viewed(user, &ids)?;
            let last_viewed = last_viewed.into_iter().map(|(id, at)| (id, Timestamp(at))).collect();
            Ok::<_, ServiceError>((insights, Surroundings { authors, last_viewed }))
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
    let viewer = Viewer { state, principal, project };
    let ids: Vec<InsightId> = dashboard.tiles.iter().filter_map(Tile::insight).collect();
    let (services, project) = (state.clone(), project.id);
    let insights = blocking(move || services.insights.get_batch(project, &ids)).await?;
    let numbers: Vec<InsightId> = insights.iter().map(|insight| insight.id).collect();
    let shown = viewer.many(insights, mode, asked).await?;
    Ok(numbers.into_iter().zip(shown).collect())
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
