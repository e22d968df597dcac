//! Reports in memory: for tests, examples and programs that keep nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use agent_sessions::window::Span;
use chrono::{DateTime, Utc};
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::organization::repository::OrganizationRepository;
use insights_core::repositories::Repositories;

use crate::period::overlaps;
use crate::record::{Outcome, ReportId, ReportRecord, Shelf, Status};
use crate::repository::{KeptReport, ReportRepository};

/// Reports in a map behind a lock.
#[derive(Debug)]
pub struct InMemoryReports {
    organizations: Arc<dyn OrganizationRepository>,
    reports: Mutex<BTreeMap<ReportId, Row>>,
}

#[derive(Clone, Debug)]
struct Row {
    record: ReportRecord,
    body: Option<String>,
}

impl Row {
    fn kept(&self) -> Option<KeptReport> {
        Some(KeptReport { record: self.record.clone(), body: self.body.clone()? })
    }
}

impl InMemoryReports {
    /// None yet, of the organizations of `repositories`.
    pub fn new(repositories: &Repositories) -> Self {
        Self { organizations: Arc::clone(&repositories.organizations), reports: Mutex::default() }
    }

    fn reports(&self) -> MutexGuard<'_, BTreeMap<ReportId, Row>> {
        self.reports.lock().expect("no holder of this lock panics")
    }

    /// Those that pass, the newest first.
    fn passing(&self, passes: impl Fn(&ReportRecord) -> bool) -> Vec<Row> {
        let mut passing: Vec<Row> = self.reports().values().filter(|row| passes(&row.record)).cloned().collect();
        passing.sort_by_key(|row| std::cmp::Reverse((row.record.created_at, row.record.id)));
        passing
    }
}

impl ReportRepository for InMemoryReports {
    fn begin(&self, record: &ReportRecord, max_kept: u32) -> RepositoryResult<()> {
        if self.organizations.get(record.shelf.owner.organization)?.is_none() {
            return Err(RepositoryError::NotFound { what: "organization" });
        }
        let mut reports = self.reports();
        let is_rival = |row: &Row| {
            row.record.status == Status::Running && row.record.shelf == record.shelf && row.record.scope == record.scope
        };
        if reports.contains_key(&record.id) || reports.values().any(is_rival) {
            return Err(RepositoryError::Conflict { what: "report" });
        }
        let is_over = |row: &&Row| row.record.shelf == record.shelf && row.record.status != Status::Running;
        let mut over: Vec<_> =
            reports.values().filter(is_over).map(|row| (row.record.created_at, row.record.id)).collect();
        over.sort_by_key(|place| std::cmp::Reverse(*place));
        for (_, id) in over.into_iter().skip(usize::try_from(max_kept).unwrap_or(usize::MAX)) {
            reports.remove(&id);
        }
        reports.insert(record.id, Row { record: record.clone(), body: None });
        Ok(())
    }

    fn conclude(
        &self,
        shelf: Shelf,
        id: ReportId,
        outcome: &Outcome,
        at: DateTime<Utc>,
    ) -> RepositoryResult<Option<ReportRecord>> {
        let mut reports = self.reports();
        let is_meant = |row: &&mut Row| row.record.shelf == shelf && row.record.status == Status::Running;
        let Some(row) = reports.get_mut(&id).filter(is_meant) else { return Ok(None) };
        row.record.status = outcome.status();
        row.record.completed_at = Some(at);
        match outcome {
            Outcome::Completed { headline, body } => {
                row.record.headline = Some(headline.clone());
                row.body = Some(body.clone());
            }
            Outcome::Failed { error } => row.record.error = Some(error.clone()),
            Outcome::Cancelled => {}
        }
        Ok(Some(row.record.clone()))
    }

    fn get(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<Option<ReportRecord>> {
        Ok(self.reports().get(&id).filter(|row| row.record.shelf == shelf).map(|row| row.record.clone()))
    }

    fn read(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<Option<KeptReport>> {
        Ok(self.reports().get(&id).filter(|row| row.record.shelf == shelf).and_then(Row::kept))
    }

    fn latest(&self, shelf: Shelf, scope: &str, overlapping: Option<Span>) -> RepositoryResult<Option<KeptReport>> {
        let overlaps = |record: &ReportRecord| overlapping.is_none_or(|period| overlaps(record.period, period));
        let rows = self.passing(|record| record.shelf == shelf && record.scope == scope && overlaps(record));
        Ok(rows.iter().find_map(Row::kept))
    }

    fn running(&self, shelf: Shelf, scope: Option<&str>) -> RepositoryResult<Vec<ReportRecord>> {
        let is_meant = |record: &ReportRecord| {
            record.shelf == shelf && record.status == Status::Running && scope.is_none_or(|scope| record.scope == scope)
        };
        Ok(self.passing(is_meant).into_iter().map(|row| row.record).collect())
    }

    fn all_running(&self, limit: u32) -> RepositoryResult<Vec<ReportRecord>> {
        let rows = self.passing(|record| record.status == Status::Running).into_iter();
        Ok(rows.take(usize::try_from(limit).unwrap_or(usize::MAX)).map(|row| row.record).collect())
    }

    fn history(&self, shelf: Shelf, scope: &str, limit: u32) -> RepositoryResult<Vec<ReportRecord>> {
        let rows = self.passing(|record| record.shelf == shelf && record.scope == scope).into_iter();
        Ok(rows.take(usize::try_from(limit).unwrap_or(usize::MAX)).map(|row| row.record).collect())
    }

    fn delete(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<bool> {
        let mut reports = self.reports();
        if reports.get(&id).is_none_or(|row| row.record.shelf != shelf) {
            return Ok(false);
        }
        reports.remove(&id);
        Ok(true)
    }
}
