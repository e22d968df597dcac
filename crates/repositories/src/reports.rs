//! Reports about work with coding agents.

use ::reports::language::Language;
use ::reports::record::{Outcome, Owner, ReportId, ReportRecord, Shelf, Status};
use ::reports::report::Version;
use ::reports::repository::{KeptReport, ReportRepository};
use agent_sessions::window::Span;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::OrganizationId;

use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::reports;
use crate::values::{from_uuid, instant, lookup, stamp};

const WHAT: &str = "report";

/// Most reports that are taken away for a new one; those left over go with the next.
const MAX_TRIMMED: i64 = 100;

impl ReportRepository for DieselDatabase {
    fn begin(&self, record: &ReportRecord, max_kept: u32) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            if of_shelf(record.shelf)
                .filter(reports::scope.eq(lookup(&record.scope)))
                .filter(reports::status.eq(Status::Running.name()))
                .count()
                .get_result::<i64>(connection)?
                > 0
            {
                return Err(RepositoryError::Conflict { what: WHAT }.into());
            }
            let over: Vec<String> = of_shelf(record.shelf)
                .filter(reports::status.ne(Status::Running.name()))
                .order((reports::created_at.desc(), reports::id.desc()))
                .offset(i64::from(max_kept))
                .limit(MAX_TRIMMED)
                .select(reports::id)
                .load(connection)?;
            if !over.is_empty() {
                diesel::delete(reports::table.filter(reports::id.eq_any(over))).execute(connection)?;
            }
            diesel::insert_into(reports::table).values(NewReportRow::from(record)).execute(connection)?;
            Ok(())
        })
    }

    fn conclude(
        &self,
        shelf: Shelf,
        id: ReportId,
        outcome: &Outcome,
        at: DateTime<Utc>,
    ) -> RepositoryResult<Option<ReportRecord>> {
        self.write(WHAT, |connection| {
            let running = reports::table
                .filter(reports::id.eq(id.to_string()))
                .filter(reports::organization_id.eq(shelf.owner.organization.to_string()))
                .filter(reports::developer_id.eq(developer_text(shelf.owner)))
                .filter(reports::version.eq(shelf.version.name()))
                .filter(reports::status.eq(Status::Running.name()));
            if diesel::update(running).set(OutcomeRow::new(outcome, at)).execute(connection)? == 0 {
                return Ok(None);
            }
            find(connection, shelf, id)
        })
    }

    fn get(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<Option<ReportRecord>> {
        DieselDatabase::read(self, WHAT, |connection| find(connection, shelf, id))
    }

    fn read(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<Option<KeptReport>> {
        DieselDatabase::read(self, WHAT, |connection| {
            let row: Option<(ReportRow, Option<String>)> = of_shelf(shelf)
                .filter(reports::id.eq(id.to_string()))
                .select((ReportRow::as_select(), reports::body))
                .first(connection)
                .optional()?;
            kept(row)
        })
    }

    fn latest(&self, shelf: Shelf, scope: &str, overlapping: Option<Span>) -> RepositoryResult<Option<KeptReport>> {
        DieselDatabase::read(self, WHAT, |connection| {
            let mut query = of_shelf(shelf)
                .filter(reports::scope.eq(lookup(scope)))
                .filter(reports::status.eq(Status::Completed.name()));
            if let Some(period) = overlapping {
                query = query
                    .filter(reports::period_start.lt(stamp(period.to)))
                    .filter(reports::period_end.gt(stamp(period.from)));
            }
            let row: Option<(ReportRow, Option<String>)> = query
                .order((reports::created_at.desc(), reports::id.desc()))
                .select((ReportRow::as_select(), reports::body))
                .first(connection)
                .optional()?;
            kept(row)
        })
    }

    fn running(&self, shelf: Shelf, scope: Option<&str>) -> RepositoryResult<Vec<ReportRecord>> {
        DieselDatabase::read(self, WHAT, |connection| {
            let mut query = of_shelf(shelf).filter(reports::status.eq(Status::Running.name()));
            if let Some(scope) = scope {
                query = query.filter(reports::scope.eq(lookup(scope)));
            }
            let rows: Vec<ReportRow> = query
                .order((reports::created_at.desc(), reports::id.desc()))
                .select(ReportRow::as_select())
                .load(connection)?;
            rows.into_iter().map(ReportRecord::try_from).collect()
        })
    }

    fn all_running(&self, limit: u32) -> RepositoryResult<Vec<ReportRecord>> {
        DieselDatabase::read(self, WHAT, |connection| {
            let rows: Vec<ReportRow> = reports::table
                .filter(reports::status.eq(Status::Running.name()))
                .order((reports::created_at.desc(), reports::id.desc()))
                .limit(i64::from(limit))
                .select(ReportRow::as_select())
                .load(connection)?;
            rows.into_iter().map(ReportRecord::try_from).collect()
        })
    }

    fn history(&self, shelf: Shelf, scope: &str, limit: u32) -> RepositoryResult<Vec<ReportRecord>> {
        DieselDatabase::read(self, WHAT, |connection| {
            let rows: Vec<ReportRow> = of_shelf(shelf)
                .filter(reports::scope.eq(lookup(scope)))
                .order((reports::created_at.desc(), reports::id.desc()))
                .limit(i64::from(limit))
                .select(ReportRow::as_select())
                .load(connection)?;
            rows.into_iter().map(ReportRecord::try_from).collect()
        })
    }

    fn delete(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| {
            let stored = reports::table
                .filter(reports::id.eq(id.to_string()))
                .filter(reports::organization_id.eq(shelf.owner.organization.to_string()))
                .filter(reports::developer_id.eq(developer_text(shelf.owner)))
                .filter(reports::version.eq(shelf.version.name()));
            Ok(diesel::delete(stored).execute(connection)? > 0)
        })
    }
}

/// The reports of a shelf.
fn of_shelf(shelf: Shelf) -> reports::BoxedQuery<'static, MultiBackend> {
    reports::table
        .filter(reports::organization_id.eq(shelf.owner.organization.to_string()))
        .filter(reports::developer_id.eq(developer_text(shelf.owner)))
        .filter(reports::version.eq(shelf.version.name()))
        .into_boxed()
}

fn find(connection: &mut AnyConnection, shelf: Shelf, id: ReportId) -> Result<Option<ReportRecord>, Failure> {
    let row: Option<ReportRow> = of_shelf(shelf)
        .filter(reports::id.eq(id.to_string()))
        .select(ReportRow::as_select())
        .first(connection)
        .optional()?;
    row.map(ReportRecord::try_from).transpose()
}

fn kept(row: Option<(ReportRow, Option<String>)>) -> Result<Option<KeptReport>, Failure> {
    let Some((row, Some(body))) = row else { return Ok(None) };
    Ok(Some(KeptReport { record: row.try_into()?, body }))
}

/// Empty for a whole organization: a unique index takes two absent values for different ones.
fn developer_text(owner: Owner) -> String {
    owner.developer.map_or_else(String::new, |developer| developer.to_string())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = reports)]
struct ReportRow {
    id: String,
    organization_id: String,
    developer_id: String,
    version: String,
    scope: String,
    status: String,
    language: String,
    period_start: NaiveDateTime,
    period_end: NaiveDateTime,
    created_at: NaiveDateTime,
    completed_at: Option<NaiveDateTime>,
    error: Option<String>,
    headline: Option<String>,
}

impl TryFrom<ReportRow> for ReportRecord {
    type Error = Failure;

    fn try_from(row: ReportRow) -> Result<Self, Failure> {
        let developer = match row.developer_id.as_str() {
            "" => None,
            id => Some(from_uuid(WHAT, id)?),
        };
        let version = Version::from_name(&row.version);
        let version = version.ok_or_else(|| unreadable(WHAT, format!("version {}", row.version)))?;
        let organization = OrganizationId(from_uuid(WHAT, &row.organization_id)?);
        let status = Status::from_name(&row.status);
        let language = Language::from_tag(&row.language);
        Ok(Self {
            id: ReportId(from_uuid(WHAT, &row.id)?),
            shelf: Shelf { owner: Owner { organization, developer }, version },
            scope: row.scope,
            status: status.ok_or_else(|| unreadable(WHAT, format!("status {}", row.status)))?,
            language: language.ok_or_else(|| unreadable(WHAT, format!("language {}", row.language)))?,
            period: Span { from: instant(row.period_start), to: instant(row.period_end) },
            created_at: instant(row.created_at),
            completed_at: row.completed_at.map(instant),
            error: row.error,
            headline: row.headline,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = reports, treat_none_as_default_value = false)]
struct NewReportRow {
    id: String,
    organization_id: String,
    developer_id: String,
    version: &'static str,
    scope: String,
    status: &'static str,
    language: &'static str,
    period_start: NaiveDateTime,
    period_end: NaiveDateTime,
    created_at: NaiveDateTime,
}

impl From<&ReportRecord> for NewReportRow {
    fn from(record: &ReportRecord) -> Self {
        Self {
            id: record.id.to_string(),
            organization_id: record.shelf.owner.organization.to_string(),
            developer_id: developer_text(record.shelf.owner),
            version: record.shelf.version.name(),
            scope: record.scope.clone(),
            status: record.status.name(),
            language: record.language.tag(),
            period_start: stamp(record.period.from),
            period_end: stamp(record.period.to),
            created_at: stamp(record.created_at),
        }
    }
}

#[derive(AsChangeset)]
#[diesel(table_name = reports)]
struct OutcomeRow<'a> {
    status: &'static str,
    completed_at: NaiveDateTime,
    error: Option<&'a str>,
    headline: Option<&'a str>,
    body: Option<&'a str>,
}

impl<'a> OutcomeRow<'a> {
    fn new(outcome: &'a Outcome, at: DateTime<Utc>) -> Self {
        let (headline, body, error) = match outcome {
            Outcome::Completed { headline, body } => (Some(headline.as_str()), Some(body.as_str()), None),
            Outcome::Failed { error } => (None, None, Some(error.as_str())),
            Outcome::Cancelled => (None, None, None),
        };
        Self { status: outcome.status().name(), completed_at: stamp(at), error, headline, body }
    }
}
