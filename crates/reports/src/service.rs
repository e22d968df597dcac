//! The use cases of reports: asking for one, making it under a lease, taking the order back, and finding what there is.
//!
//! Who makes a report holds a lease of the report's own, and renews it. A report that is said to be running while nobody holds its lease was given up: its
//! server was stopped or killed. Whoever meets such a record, and a round in the background, writes down what happened.

use std::sync::Arc;

use agent_sessions::window::Span;
use chrono::{DateTime, TimeDelta, Utc};
use insights_core::error::{RepositoryError, ServiceResult};
use insights_core::ids::IdSource;
use insights_core::lease::{LeaseHolder, LeaseRepository};
use insights_core::problem::{Problem, ProblemKind};
use insights_core::repositories::Repositories;
use insights_core::time::Clock;

use crate::common::Order;
use crate::language::Language;
use crate::period::asked;
use crate::record::{Outcome, ReportId, ReportRecord, Shelf, Status, checked_scope};
use crate::report::Report;
use crate::repository::{KeptReport, ReportRepository};

/// How long after its last renewal a report counts as given up.
pub const LEASE: TimeDelta = TimeDelta::seconds(10);
/// How often who makes a report renews its lease.
pub const RENEWAL: std::time::Duration = std::time::Duration::from_secs(2);
/// How many reports of a shelf are kept.
pub const MAX_KEPT: u32 = 1000;
/// Most records of a history.
pub const MAX_HISTORY: u32 = 100;
/// Records of a history where nobody says.
pub const DEFAULT_HISTORY: u32 = 20;
/// Running reports that one round looks at.
const ROUND: u32 = 1000;

/// What a report says that nobody makes any more.
pub const ABANDONED: &str = "The server that was making this report stopped before it was done. Generate it again.";
/// What who asked for a report is told where it was cancelled meanwhile.
pub const WAS_CANCELLED: &str = "report generation was cancelled";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The tag; `None` is the usual one.
    pub scope: Option<String>,
    /// What it is to be written in.
    pub language: Language,
    /// Where its period begins.
    pub from: Option<DateTime<Utc>>,
    /// Where its period ends.
    pub to: Option<DateTime<Utc>>,
}

/// Whether a report can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It can: the caller makes it, and holds its lease.
    Started(ReportRecord),
    /// One with the same scope is being made.
    Busy(ReportRecord),
}

/// The use cases of reports.
#[derive(Clone, Debug)]
pub struct ReportService {
    reports: Arc<dyn ReportRepository>,
    leases: Arc<dyn LeaseRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl ReportService {
    /// A service over the repositories.
    pub fn new(
        reports: Arc<dyn ReportRepository>,
        repositories: &Repositories,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { reports, leases: Arc::clone(&repositories.leases), clock, ids }
    }

    /// What a report is made for that is not kept.
    ///
    /// # Errors
    /// A 400 that names the field at fault.
    pub fn order(&self, wish: &Wish) -> ServiceResult<Order> {
        let now = self.clock.now();
        Ok(Order {
            report_id: self.ids.uuid(),
            scope: checked_scope(wish.scope.clone())?,
            language: wish.language,
            period: asked(wish.from, wish.to, now)?,
            now,
        })
    }

    /// Writes down that a report is being made, and takes its lease.
    ///
    /// # Errors
    /// A 400 that names the field at fault.
    pub fn begin(&self, shelf: Shelf, wish: &Wish) -> ServiceResult<Begun> {
        let order = self.order(wish)?;
        let record = ReportRecord {
            id: ReportId(order.report_id),
            shelf,
            scope: order.scope,
            status: Status::Running,
            language: order.language,
            period: order.period,
            created_at: order.now,
            completed_at: None,
            error: None,
            headline: None,
        };
        // The lease comes first, so that nobody ever sees the record without it.
        self.renew(record.id)?;
        let begun = self.insert(&record);
        if !matches!(begun, Ok(Begun::Started(_))) {
            self.release(record.id)?;
        }
        begun
    }

    fn insert(&self, record: &ReportRecord) -> ServiceResult<Begun> {
        loop {
            match self.reports.begin(record, MAX_KEPT) {
                Ok(()) => return Ok(Begun::Started(record.clone())),
                Err(RepositoryError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            for running in self.reports.running(record.shelf, Some(&record.scope))? {
                let running = self.settled(running)?;
                if running.status == Status::Running {
                    return Ok(Begun::Busy(running));
                }
            }
            // What was in the way has come to an end: each round has one such less.
        }
    }

    /// What a report that is being made is made for.
    pub fn order_of(&self, record: &ReportRecord) -> Order {
        Order {
            report_id: record.id.0,
            scope: record.scope.clone(),
            language: record.language,
            period: record.period,
            now: record.created_at,
        }
    }

    /// Keeps the lease of a report that the caller makes.
    ///
    /// # Errors
    /// The repository's.
    pub fn renew(&self, id: ReportId) -> ServiceResult<()> {
        self.leases.acquire(&lease(id), maker(id), self.clock.now(), LEASE)?;
        Ok(())
    }

    /// Whether a report that the caller makes is still wanted.
    ///
    /// # Errors
    /// The repository's.
    pub fn is_wanted(&self, record: &ReportRecord) -> ServiceResult<bool> {
        let stored = self.reports.get(record.shelf, record.id)?;
        Ok(stored.is_some_and(|stored| stored.status == Status::Running))
    }

    /// Keeps a report that the caller has made. `None` where nobody wants it any more.
    ///
    /// # Errors
    /// The repository's.
    pub fn complete(&self, record: &ReportRecord, report: &Report) -> ServiceResult<Option<ReportRecord>> {
        let outcome = Outcome::Completed { headline: report.headline().to_owned(), body: report.json() };
        self.conclude(record, &outcome)
    }

    /// Writes down why a report could not be made. `None` where nobody wants it any more.
    ///
    /// # Errors
    /// The repository's.
    pub fn fail(&self, record: &ReportRecord, error: &str) -> ServiceResult<Option<ReportRecord>> {
        self.conclude(record, &Outcome::Failed { error: error.to_owned() })
    }

    fn conclude(&self, record: &ReportRecord, outcome: &Outcome) -> ServiceResult<Option<ReportRecord>> {
        let concluded = self.reports.conclude(record.shelf, record.id, outcome, self.clock.now())?;
        self.release(record.id)?;
        Ok(concluded)
    }

    /// Gives up the lease of a report that the caller makes no more.
    ///
    /// # Errors
    /// The repository's.
    pub fn release(&self, id: ReportId) -> ServiceResult<()> {
        self.leases.release(&lease(id), maker(id))?;
        Ok(())
    }

    /// How far a report is.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn status(&self, shelf: Shelf, id: ReportId) -> ServiceResult<ReportRecord> {
        let record = self.reports.get(shelf, id)?.ok_or_else(Problem::not_found)?;
        self.settled(record)
    }

    /// Takes the order of a report back. One that has come to an end stays as it is.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn cancel(&self, shelf: Shelf, id: ReportId) -> ServiceResult<ReportRecord> {
        let record = self.status(shelf, id)?;
        if record.status != Status::Running {
            return Ok(record);
        }
        match self.reports.conclude(shelf, id, &Outcome::Cancelled, self.clock.now())? {
            Some(cancelled) => Ok(cancelled),
            // It came to an end meanwhile.
            None => self.status(shelf, id),
        }
    }

    /// The newest report of the shelf that is being made.
    ///
    /// # Errors
    /// The repository's.
    pub fn pending(&self, shelf: Shelf) -> ServiceResult<Option<ReportRecord>> {
        for record in self.reports.running(shelf, None)? {
            let record = self.settled(record)?;
            if record.status == Status::Running {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// The completed report of that id.
    ///
    /// # Errors
    /// A 404 where there is none, or where it is not completed.
    pub fn read(&self, shelf: Shelf, id: ReportId) -> ServiceResult<KeptReport> {
        self.reports.read(shelf, id)?.ok_or_else(|| Problem::not_found().into())
    }

    /// The newest completed report with that scope; with `from` or `to` the newest whose period has an instant in common with the asked one, which has no
    /// bound where none is given.
    ///
    /// # Errors
    /// A 400 that names the field at fault, a 404 where there is none.
    pub fn latest(
        &self,
        shelf: Shelf,
        scope: Option<String>,
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
    ) -> ServiceResult<KeptReport> {
        let scope = checked_scope(scope)?;
        let overlapping = (from.is_some() || to.is_some()).then(|| Span {
            from: from.unwrap_or(DateTime::UNIX_EPOCH),
            to: to.unwrap_or_else(|| self.clock.now() + TimeDelta::days(366)),
        });
        if overlapping.is_some_and(|period| period.from >= period.to) {
            return Err(Problem::invalid("from", "`from` is to be before `to`.").into());
        }
        self.reports.latest(shelf, &scope, overlapping)?.ok_or_else(|| Problem::not_found().into())
    }

    /// The newest records with that scope, as many as `limit` says or 100.
    ///
    /// # Errors
    /// A 400 that names `scope`.
    pub fn history(&self, shelf: Shelf, scope: Option<String>, limit: u32) -> ServiceResult<Vec<ReportRecord>> {
        let scope = checked_scope(scope)?;
        let records = self.reports.history(shelf, &scope, limit.clamp(1, MAX_HISTORY))?;
        records.into_iter().map(|record| self.settled(record)).collect()
    }

    /// Takes a report away, one that is being made as well.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn delete(&self, shelf: Shelf, id: ReportId) -> ServiceResult<()> {
        if self.reports.delete(shelf, id)? { Ok(()) } else { Err(Problem::not_found().into()) }
    }

    /// Writes down what happened to reports that nobody makes any more, and tells how many they were.
    ///
    /// # Errors
    /// The repository's.
    pub fn settle_abandoned(&self) -> ServiceResult<usize> {
        let mut n_settled = 0;
        for record in self.reports.all_running(ROUND)? {
            n_settled += usize::from(self.settled(record)?.status == Status::Failed);
        }
        Ok(n_settled)
    }

    /// The record as it is once it is certain that somebody makes the report where it is said to be running.
    fn settled(&self, record: ReportRecord) -> ServiceResult<ReportRecord> {
        if record.status != Status::Running {
            return Ok(record);
        }
        let (name, holder, now) = (lease(record.id), LeaseHolder(self.ids.uuid()), self.clock.now());
        if !self.leases.acquire(&name, holder, now, LEASE)? {
            return Ok(record);
        }
        let outcome = Outcome::Failed { error: ABANDONED.to_owned() };
        let concluded = self.reports.conclude(record.shelf, record.id, &outcome, now);
        self.leases.release(&name, holder)?;
        match concluded? {
            Some(failed) => Ok(failed),
            // Its maker was done in the very moment.
            None => Ok(self.reports.get(record.shelf, record.id)?.unwrap_or(record)),
        }
    }
}

/// The 409 for whom another report is in the way.
pub fn busy(running: &ReportRecord) -> Problem {
    let detail = format!(
        "A report with the scope \"{}\" is being generated already: {}. Wait for it, or cancel it.",
        running.scope, running.id
    );
    Problem::new(ProblemKind::Conflict, "report_running", detail)
}

/// The 409 for whose report was cancelled.
pub fn was_cancelled() -> Problem {
    Problem::new(ProblemKind::Conflict, "report_cancelled", WAS_CANCELLED)
}

fn lease(id: ReportId) -> String {
    format!("report:{id}")
}

/// Who makes a report holds its lease in its own name: two servers, and two runs of one, are told apart by what they make.
fn maker(id: ReportId) -> LeaseHolder {
    LeaseHolder(id.0)
}

#[cfg(test)]
mod tests;
