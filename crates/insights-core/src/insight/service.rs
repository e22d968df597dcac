//! The use cases of insights.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::filter::{Between, Direction, InsightFilter, InsightOrder, InsightOrderField};
use super::patch::{InsightPatch, NewInsight, changes, distinct_dashboards};
use super::repository::{InsightDraft, InsightKey, InsightRepository};
use super::{Insight, InsightFields, SCOPE, ShortId};
use crate::activity::diff::Change;
use crate::activity::repository::{ActivityFilter, ActivityRepository};
use crate::activity::{ActivityDetail, ActivityEntry, NewActivity, verb};
use crate::auth::Actor;
use crate::dashboard::Dashboard;
use crate::dashboard::repository::DashboardRepository;
use crate::error::{RepositoryError, ServiceError, ServiceResult};
use crate::file_system::Folder;
use crate::ids::{DashboardId, IdSource, InsightId, ProjectId, UserId};
use crate::paging::{Page, Paged};
use crate::problem::Problem;
use crate::repositories::{DeletedRows, Repositories};
use crate::retry;
use crate::time::Clock;

/// Most insights that can be marked as viewed at once.
pub const MAX_VIEWED: usize = 2500;

/// Most insights in lists of what is viewed.
const MAX_TRENDING: u32 = 100;

/// Insights in the list of what the caller looked at last.
const RECENTLY_VIEWED: i64 = 5;

/// Most days that the list of what is viewed most looks back.
const MAX_TRENDING_DAYS: u32 = 365;

/// The use cases of insights.
#[derive(Clone, Debug)]
pub struct InsightService {
    insights: Arc<dyn InsightRepository>,
    dashboards: Arc<dyn DashboardRepository>,
    activity: Arc<dyn ActivityRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl InsightService {
    /// A service over the repositories.
    pub fn new(repositories: &Repositories, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            insights: Arc::clone(&repositories.insights),
            dashboards: Arc::clone(&repositories.dashboards),
            activity: Arc::clone(&repositories.activity),
            clock,
            ids,
        }
    }

    /// Makes an insight. Its maker has seen it by that; the log tells of it where it has a name.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, actor: &Actor, new: NewInsight) -> ServiceResult<Insight> {
        let now = self.clock.now();
        let dashboards = distinct_dashboards(&new.dashboards)?;
        self.require_dashboards(actor.project, &dashboards)?;
        let folder = new.folder.as_deref().map(|path| Folder::parse("_create_in_folder", path)).transpose()?.flatten();
        let fields = new.into_fields(actor, now)?;
        // Where the short id is taken, there are many more.
        let insight = retry::on_conflict(|| {
            let draft = InsightDraft {
                project: actor.project,
                short_id: ShortId::generate(&*self.ids),
                fields: fields.clone(),
                dashboards: dashboards.clone(),
                folder: folder.clone(),
            };
            let activity = log_row(actor, verb::CREATED, "", &draft.short_id, &draft.fields, None, now);
            self.insights.create(&draft, activity.as_ref()).map_err(refuse_dashboard)
        })?;
        self.insights.mark_viewed(actor.project, actor.user, &[insight.id], now)?;
        Ok(insight)
    }

    /// The project's live insight that a route names by number (tried first) or short id.
    ///
    /// # Errors
    /// A 404 for any selector without one.
    pub fn require(&self, project: ProjectId, selector: &str) -> ServiceResult<Insight> {
        self.find(project, selector, DeletedRows::Hidden)?.ok_or_else(|| Problem::not_found().into())
    }

    /// A page of the project's live insights that pass the filter, as the actor sees them.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, actor: &Actor, filter: &InsightFilter, page: Page) -> ServiceResult<Paged<Insight>> {
        Ok(self.insights.list(actor.project, actor.user, filter, page)?)
    }

    /// The project's live insights of those numbers, by number; others are left out.
    ///
    /// # Errors
    /// The repository's.
    pub fn get_batch(&self, project: ProjectId, ids: &[InsightId]) -> ServiceResult<Vec<Insight>> {
        Ok(self.insights.get_batch(project, ids)?)
    }

    /// Changes an insight. The log tells of it where the insight has a name and anything that it tells of changed.
    ///
    /// A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 as [`Self::require`], though a patch that restores finds deleted ones too; a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, selector: &str, patch: &InsightPatch) -> ServiceResult<Insight> {
        let rows = if patch.is_restore() { DeletedRows::Included } else { DeletedRows::Hidden };
        self.update_with(actor, selector, rows, |_| Ok(patch.clone()))
    }

    /// Notes that the actor looked at the insights.
    ///
    /// # Errors
    /// A refusal where there are none or more than [`MAX_VIEWED`].
    pub fn mark_viewed(&self, actor: &Actor, ids: &[InsightId]) -> ServiceResult<()> {
        if ids.is_empty() || ids.len() > MAX_VIEWED {
            return Err(Problem::invalid("insight_ids", format!("Name 1 to {MAX_VIEWED} insights.")).into());
        }
        Ok(self.insights.mark_viewed(actor.project, actor.user, ids, self.clock.now())?)
    }

    /// When the user last looked at each of the insights, by number; ones never looked at are left out.
    ///
    /// # Errors
    /// The repository's.
    pub fn last_viewed(&self, user: UserId, ids: &[InsightId]) -> ServiceResult<Vec<(InsightId, DateTime<Utc>)>> {
        Ok(self.insights.last_viewed(user, ids)?)
    }

    /// The five insights that the actor looked at last, the last first.
    ///
    /// # Errors
    /// The repository's.
    pub fn recently_viewed(&self, actor: &Actor) -> ServiceResult<Vec<Insight>> {
        let filter = InsightFilter {
            last_viewed: Between { after: Some(DateTime::UNIX_EPOCH), before: None },
            order: InsightOrder { field: InsightOrderField::LastViewedAt, direction: Direction::Descending },
            ..InsightFilter::default()
        };
        let page = Page::new(Some(RECENTLY_VIEWED), None);
        Ok(self.insights.list(actor.project, actor.user, &filter, page)?.items)
    }

    /// The insights that most users looked at in the last `days` days, at most `limit` (itself at most 100).
    ///
    /// # Errors
    /// The repository's.
    pub fn trending(&self, project: ProjectId, days: u32, limit: u32) -> ServiceResult<Vec<Insight>> {
        let since = self.clock.now() - TimeDelta::days(i64::from(days.min(MAX_TRENDING_DAYS)));
        Ok(self.insights.trending(project, since, limit.min(MAX_TRENDING))?)
    }

    /// A page of the log of one insight, or of all of the project's, the newest first.
    ///
    /// # Errors
    /// The repository's.
    pub fn activity(
        &self,
        project: ProjectId,
        id: Option<InsightId>,
        page: Page,
    ) -> ServiceResult<Paged<ActivityEntry>> {
        let item_id = id.map(|id| id.to_string());
        Ok(self.activity.list(&ActivityFilter { project, scope: SCOPE.to_owned(), item_id }, page)?)
    }

    fn find(&self, project: ProjectId, selector: &str, rows: DeletedRows) -> ServiceResult<Option<Insight>> {
        if let Ok(number) = selector.parse() {
            let found = self.insights.get(project, &InsightKey::Id(InsightId(number)), rows)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(self.insights.get(project, &InsightKey::ShortId(ShortId(selector.to_owned())), rows)?)
    }

    /// Changes an insight by a patch that may depend on what it is at that moment.
    pub(super) fn update_with(
        &self,
        actor: &Actor,
        selector: &str,
        rows: DeletedRows,
        patch: impl Fn(&Insight) -> Result<InsightPatch, Problem>,
    ) -> ServiceResult<Insight> {
        retry::on_conflict(|| {
            let old = self.find(actor.project, selector, rows)?.ok_or_else(Problem::not_found)?;
            self.try_update(actor, &old, &patch(&old)?)
        })
    }

    /// One attempt.
    fn try_update(&self, actor: &Actor, old: &Insight, patch: &InsightPatch) -> ServiceResult<Insight> {
        let now = self.clock.now();
        let fields = patch.apply(&old.fields, actor, now)?;
        // A deleted insight leaves its dashboards.
        let wanted = if fields.deleted { Some(&[][..]) } else { patch.dashboards.as_deref() };
        let dashboards_before = self.dashboards.get_batch(actor.project, &old.dashboards())?;
        let wanted = wanted.map(distinct_dashboards).transpose()?;
        let dashboards_after = match &wanted {
            None => dashboards_before.clone(),
            Some(ids) => self.require_dashboards(actor.project, ids)?,
        };
        let changes = changes(old, &fields, [&dashboards_before, &dashboards_after]);
        let verb = match (old.fields.deleted, fields.deleted) {
            (false, true) => verb::DELETED,
            (true, false) => verb::RESTORED,
            _ => verb::UPDATED,
        };
        let activity = match (verb, changes.is_empty()) {
            (verb::UPDATED, true) => None,
            _ => log_row(actor, verb, &old.id.to_string(), &old.short_id, &fields, Some(changes), now),
        };
        let new = Insight { fields, ..old.clone() };
        self.insights.update(&new, wanted.as_deref(), activity.as_ref()).map_err(refuse_dashboard)
    }

    /// The dashboards of those numbers, by number; a refusal where one is not there.
    fn require_dashboards(&self, project: ProjectId, ids: &[DashboardId]) -> ServiceResult<Vec<Dashboard>> {
        let dashboards = self.dashboards.get_batch(project, ids)?;
        if dashboards.len() == ids.len() { Ok(dashboards) } else { Err(dashboard_not_found().into()) }
    }
}

/// The row of the log; `None` for an insight without a name, which the log does not tell of.
fn log_row(
    actor: &Actor,
    verb: &str,
    item_id: &str,
    short_id: &ShortId,
    fields: &InsightFields,
    changes: Option<Vec<Change>>,
    now: DateTime<Utc>,
) -> Option<NewActivity> {
    let name = fields.display_name()?.to_owned();
    let detail =
        ActivityDetail { changes, name: Some(name), short_id: Some(short_id.0.clone()), ..ActivityDetail::default() };
    Some(NewActivity::by(actor, verb, SCOPE, item_id.to_owned(), detail, now))
}

/// A dashboard can be deleted between our look and the write.
fn refuse_dashboard(error: RepositoryError) -> ServiceError {
    match error {
        RepositoryError::NotFound { what: "dashboard" } => dashboard_not_found().into(),
        error => error.into(),
    }
}

fn dashboard_not_found() -> Problem {
    Problem::invalid("dashboards", "Dashboard not found")
}
