//! Folders in memory.

use super::InMemoryDatabase;
use crate::error::RepositoryResult;
use crate::file_system::repository::FileSystemRepository;
use crate::file_system::{FileKind, Filed};
use crate::ids::ProjectId;

impl FileSystemRepository for InMemoryDatabase {
    fn filed(&self, project: ProjectId, limit: u32) -> RepositoryResult<Vec<Filed>> {
        let state = self.state();
        let insights = state.insights.values().filter(|insight| insight.project == project && !insight.fields.deleted);
        let insights = insights.take(limit as usize).map(|insight| Filed {
            kind: FileKind::Insight,
            reference: insight.short_id.0.clone(),
            name: insight.fields.display_name().map(str::to_owned),
            folder: state.insight_folders.get(&insight.id).cloned(),
            created_at: insight.fields.created_at,
            created_by: insight.fields.created_by,
        });
        let dashboards = state.dashboards.values().filter(|found| found.project == project && !found.fields.deleted);
        let dashboards = dashboards.take(limit as usize).map(|dashboard| Filed {
            kind: FileKind::Dashboard,
            reference: dashboard.id.to_string(),
            name: dashboard.fields.name.clone(),
            folder: state.dashboard_folders.get(&dashboard.id).cloned(),
            created_at: dashboard.fields.created_at,
            created_by: dashboard.fields.created_by,
        });
        Ok(insights.chain(dashboards).collect())
    }
}
