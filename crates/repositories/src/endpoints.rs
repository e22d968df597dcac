//! Endpoints and their versions.

mod materializations;
mod rows;

use ::endpoints::model::{Endpoint, EndpointId, EndpointName, EndpointVersion};
use ::endpoints::repository::{EndpointFilter, EndpointRepository};
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::Page;

use self::rows::{
    ChangedEndpointRow, EndpointRow, NewEndpointRow, NewVersionRow, VersionRow, read_name, version_number,
};
use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::{endpoint_versions, endpoints};
use crate::values::{instant, signed, stamp, unsigned};

pub(crate) const WHAT: &str = "endpoint";

/// Each endpoint with its latest version. A macro, since the type of the query has no name that could be written.
macro_rules! with_latest_version {
    () => {
        endpoints::table
            .inner_join(
                endpoint_versions::table.on(endpoint_versions::endpoint_id
                    .eq(endpoints::id)
                    .and(endpoint_versions::version.eq(endpoints::current_version))),
            )
            .select((EndpointRow::as_select(), VersionRow::as_select()))
    };
}
use with_latest_version;

impl EndpointRepository for DieselDatabase {
    fn create(&self, endpoint: &Endpoint, max: usize, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let of_project = endpoints::table.filter(endpoints::project_id.eq(endpoint.project.0));
            let n_stored: i64 = of_project.count().get_result(connection)?;
            if unsigned(n_stored) >= max as u64 {
                return Err(RepositoryError::Limit { what: "endpoints", limit: max }.into());
            }
            diesel::insert_into(endpoints::table).values(NewEndpointRow::new(endpoint)).execute(connection)?;
            insert_version(connection, endpoint)?;
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn get(&self, project: ProjectId, name: &EndpointName) -> RepositoryResult<Option<Endpoint>> {
        self.read(WHAT, |connection| {
            let row: Option<(EndpointRow, VersionRow)> = with_latest_version!()
                .filter(endpoints::project_id.eq(project.0))
                .filter(endpoints::name.eq(name.as_str()))
                .first(connection)
                .optional()?;
            row.map(|(row, latest)| row.into_endpoint(latest)).transpose()
        })
    }

    fn list(&self, project: ProjectId, filter: &EndpointFilter) -> RepositoryResult<Vec<Endpoint>> {
        self.read(WHAT, |connection| {
            let mut passing = with_latest_version!().into_boxed::<MultiBackend>();
            passing = passing.filter(endpoints::project_id.eq(project.0));
            if let Some(is_active) = filter.is_active {
                passing = passing.filter(endpoints::is_active.eq(is_active));
            }
            if let Some(user) = filter.created_by {
                passing = passing.filter(endpoints::created_by.eq(user.0));
            }
            let rows: Vec<(EndpointRow, VersionRow)> =
                passing.order((endpoints::created_at.desc(), endpoints::id.desc())).load(connection)?;
            rows.into_iter().map(|(row, latest)| row.into_endpoint(latest)).collect()
        })
    }

    fn update(&self, endpoint: &Endpoint, activity: Option<&NewActivity>) -> RepositoryResult<Endpoint> {
        self.write(WHAT, |connection| {
            let stored = endpoints::table
                .filter(endpoints::id.eq(endpoint.id.to_string()))
                .filter(endpoints::project_id.eq(endpoint.project.0));
            let unchanged = stored.clone().filter(endpoints::revision.eq(endpoint.revision));
            let version: Option<i32> =
                unchanged.clone().select(endpoints::current_version).first(connection).optional()?;
            let row = ChangedEndpointRow::of_revision(endpoint, endpoint.revision + 1);
            let n_changed = diesel::update(unchanged).set(row).execute(connection)?;
            let Some(version) = version.filter(|_| n_changed == 1) else {
                let n_stored: i64 = stored.count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: WHAT }.into(),
                    _ => RepositoryError::Conflict { what: WHAT }.into(),
                });
            };
            if version_number(endpoint.latest.version) > version {
                insert_version(connection, endpoint)?;
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            let (row, latest): (EndpointRow, VersionRow) =
                with_latest_version!().filter(endpoints::id.eq(endpoint.id.to_string())).first(connection)?;
            row.into_endpoint(latest)
        })
    }

    fn delete(&self, project: ProjectId, id: EndpointId, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let stored =
                endpoints::table.filter(endpoints::id.eq(id.to_string())).filter(endpoints::project_id.eq(project.0));
            if diesel::delete(stored).execute(connection)? == 0 {
                return Err(RepositoryError::NotFound { what: WHAT }.into());
            }
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn versions(&self, project: ProjectId, id: EndpointId, page: Page) -> RepositoryResult<Vec<EndpointVersion>> {
        self.read(WHAT, |connection| {
            let rows: Vec<VersionRow> = endpoint_versions::table
                .inner_join(endpoints::table.on(endpoint_versions::endpoint_id.eq(endpoints::id)))
                .filter(endpoints::id.eq(id.to_string()))
                .filter(endpoints::project_id.eq(project.0))
                .order(endpoint_versions::version.desc())
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(VersionRow::as_select())
                .load(connection)?;
            rows.into_iter().map(EndpointVersion::try_from).collect()
        })
    }

    fn version(&self, project: ProjectId, id: EndpointId, number: u32) -> RepositoryResult<Option<EndpointVersion>> {
        // a number that no column can keep is that of no version
        let Ok(number) = i32::try_from(number) else { return Ok(None) };
        self.read(WHAT, |connection| {
            let row: Option<VersionRow> = endpoint_versions::table
                .inner_join(endpoints::table.on(endpoint_versions::endpoint_id.eq(endpoints::id)))
                .filter(endpoints::id.eq(id.to_string()))
                .filter(endpoints::project_id.eq(project.0))
                .filter(endpoint_versions::version.eq(number))
                .select(VersionRow::as_select())
                .first(connection)
                .optional()?;
            row.map(EndpointVersion::try_from).transpose()
        })
    }

    fn mark_executed(&self, id: EndpointId, at: DateTime<Utc>) -> RepositoryResult<()> {
        let at = stamp(at);
        self.write(WHAT, |connection| {
            let earlier = endpoints::last_executed_at.is_null().or(endpoints::last_executed_at.lt(at));
            let stored = endpoints::table.filter(endpoints::id.eq(id.to_string())).filter(earlier);
            diesel::update(stored).set(endpoints::last_executed_at.eq(at)).execute(connection)?;
            Ok(())
        })
    }

    fn last_executions(
        &self,
        project: ProjectId,
        names: &[EndpointName],
        since: DateTime<Utc>,
    ) -> RepositoryResult<Vec<(EndpointName, DateTime<Utc>)>> {
        let names: Vec<&str> = names.iter().map(EndpointName::as_str).collect();
        self.read(WHAT, |connection| {
            let rows: Vec<(String, Option<NaiveDateTime>)> = endpoints::table
                .filter(endpoints::project_id.eq(project.0))
                .filter(endpoints::name.eq_any(names))
                .filter(endpoints::last_executed_at.ge(stamp(since)))
                .select((endpoints::name, endpoints::last_executed_at))
                .load(connection)?;
            let executed = rows.into_iter().filter_map(|(name, at)| Some((name, at?)));
            executed.map(|(name, at)| Ok((read_name(&name)?, instant(at)))).collect()
        })
    }
}

fn insert_version(connection: &mut AnyConnection, endpoint: &Endpoint) -> Result<(), Failure> {
    let row = NewVersionRow::new(endpoint.id, &endpoint.latest);
    diesel::insert_into(endpoint_versions::table).values(row).execute(connection)?;
    Ok(())
}
