//! What is known of the results of endpoints.

use ::endpoints::materialization::SyncFrequency;
use ::endpoints::materialized::repository::MaterializationRepository;
use ::endpoints::materialized::{KeptResult, Materialization, MaterializationState};
use ::endpoints::model::{Endpoint, EndpointId};
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use insights_core::error::RepositoryResult;
use insights_core::ids::ProjectId;
use insights_core::objects::ObjectKey;

use super::rows::{EndpointRow, VersionRow, version_number};
use super::with_latest_version;
use crate::connection::AnyConnection;
use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::{endpoint_materializations, endpoint_versions, endpoints};
use crate::values::{from_uuid, instant, signed, stamp, unsigned};

const WHAT: &str = "materialization";

impl MaterializationRepository for DieselDatabase {
    fn get_batch(&self, endpoints: &[EndpointId]) -> RepositoryResult<Vec<Materialization>> {
        let ids: Vec<String> = endpoints.iter().map(EndpointId::to_string).collect();
        self.read(WHAT, |connection| {
            let rows: Vec<MaterializationRow> = endpoint_materializations::table
                .filter(endpoint_materializations::endpoint_id.eq_any(ids))
                .select(MaterializationRow::as_select())
                .load(connection)?;
            rows.into_iter().map(Materialization::try_from).collect()
        })
    }

    fn due(&self, now: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Endpoint>> {
        let now = stamp(now);
        self.read(WHAT, |connection| {
            // Databases do not agree on where NULL goes in an order, so that those of which nothing is known are asked for apart.
            let unknown: Vec<String> = endpoints::table
                .left_join(known())
                .filter(endpoints::sync_frequency.is_not_null())
                .filter(is_other())
                .order(endpoints::id)
                .limit(i64::from(limit))
                .select(endpoints::id)
                .load(connection)?;
            let waiting: Vec<String> = endpoints::table
                .inner_join(known())
                .filter(endpoints::sync_frequency.is_not_null())
                .filter(endpoint_materializations::next_refresh_at.le(now))
                .order((endpoint_materializations::next_refresh_at, endpoints::id))
                .limit(i64::from(limit))
                .select(endpoints::id)
                .load(connection)?;
            let mut ids = unknown;
            for id in waiting {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            ids.truncate(limit as usize);
            let rows: Vec<(EndpointRow, VersionRow)> =
                with_latest_version!().filter(endpoints::id.eq_any(&ids)).load(connection)?;
            let found = rows.into_iter().map(|(row, latest)| row.into_endpoint(latest));
            let mut found: Vec<Endpoint> = found.collect::<Result<_, _>>()?;
            found.sort_by_key(|endpoint| ids.iter().position(|id| *id == endpoint.id.to_string()));
            Ok(found)
        })
    }

    fn begin(&self, materialization: &Materialization) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| {
            if !is_wanted(connection, materialization)? {
                return Ok(false);
            }
            let row = WrittenRow::new(materialization);
            let stored = endpoint_materializations::table.find(materialization.endpoint.to_string());
            if diesel::update(stored).set(&row).execute(connection)? == 0 {
                diesel::insert_into(endpoint_materializations::table)
                    .values(NewRow {
                        endpoint_id: materialization.endpoint.to_string(),
                        project_id: materialization.project.0,
                        written: row,
                    })
                    .execute(connection)?;
            }
            Ok(true)
        })
    }

    fn conclude(&self, materialization: &Materialization) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| {
            if !is_wanted(connection, materialization)? {
                return Ok(false);
            }
            let of_run = endpoint_materializations::table
                .filter(endpoint_materializations::endpoint_id.eq(materialization.endpoint.to_string()))
                .filter(endpoint_materializations::run.eq(materialization.run.to_string()));
            Ok(diesel::update(of_run).set(WrittenRow::new(materialization)).execute(connection)? == 1)
        })
    }

    fn unwanted(&self, limit: u32) -> RepositoryResult<Vec<Materialization>> {
        self.read(WHAT, |connection| {
            let rows: Vec<MaterializationRow> =
                endpoint_materializations::table
                    .left_join(endpoints::table.on(endpoints::id.eq(endpoint_materializations::endpoint_id)))
                    .filter(
                        endpoints::id.nullable().is_null().or(endpoints::sync_frequency.is_null()).or(
                            endpoints::current_version.nullable().ne(endpoint_materializations::version.nullable()),
                        ),
                    )
                    .order(endpoint_materializations::endpoint_id)
                    .limit(i64::from(limit))
                    .select(MaterializationRow::as_select())
                    .load(connection)?;
            rows.into_iter().map(Materialization::try_from).collect()
        })
    }

    fn forget(&self, materialization: &Materialization) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| {
            let of_run = endpoint_materializations::table
                .filter(endpoint_materializations::endpoint_id.eq(materialization.endpoint.to_string()))
                .filter(endpoint_materializations::run.eq(materialization.run.to_string()));
            Ok(diesel::delete(of_run).execute(connection)? == 1)
        })
    }

    fn known_keys(&self, keys: &[ObjectKey]) -> RepositoryResult<Vec<ObjectKey>> {
        let texts: Vec<&str> = keys.iter().map(ObjectKey::as_str).collect();
        self.read(WHAT, |connection| {
            let known: Vec<Option<String>> = endpoint_materializations::table
                .filter(endpoint_materializations::object_key.eq_any(texts))
                .select(endpoint_materializations::object_key)
                .load(connection)?;
            known.into_iter().flatten().map(|text| read_key(&text)).collect()
        })
    }
}

/// What is known of the result of an endpoint.
#[diesel::dsl::auto_type(no_type_alias)]
fn known() -> _ {
    endpoint_materializations::table.on(endpoint_materializations::endpoint_id.eq(endpoints::id))
}

/// That what is known is nothing, or of another version or frequency than the endpoint wants.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_other() -> _ {
    endpoint_materializations::endpoint_id
        .nullable()
        .is_null()
        .or(endpoint_materializations::version.nullable().ne(endpoints::current_version.nullable()))
        .or(endpoint_materializations::sync_frequency.nullable().ne(endpoints::sync_frequency))
}

/// Whether the endpoint wants a result of that version. Part of the transaction that writes it.
fn is_wanted(connection: &mut AnyConnection, materialization: &Materialization) -> Result<bool, Failure> {
    let n_wanting: i64 = endpoints::table
        .filter(endpoints::id.eq(materialization.endpoint.to_string()))
        .filter(endpoints::sync_frequency.is_not_null())
        .filter(endpoints::current_version.eq(version_number(materialization.version)))
        .count()
        .get_result(connection)?;
    Ok(n_wanting == 1)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = endpoint_materializations)]
struct MaterializationRow {
    endpoint_id: String,
    project_id: i64,
    version: i32,
    sync_frequency: String,
    run: String,
    state: String,
    object_key: Option<String>,
    materialized_at: Option<NaiveDateTime>,
    row_count: Option<i64>,
    byte_count: Option<i64>,
    error: Option<String>,
    failures: i32,
    next_refresh_at: Option<NaiveDateTime>,
}

impl TryFrom<MaterializationRow> for Materialization {
    type Error = Failure;

    fn try_from(row: MaterializationRow) -> Result<Self, Failure> {
        let wrong = |what: &str, value: &dyn std::fmt::Display| unreadable(WHAT, format!("{what} {value}"));
        let result = match (row.object_key, row.materialized_at, row.row_count, row.byte_count) {
            (Some(key), Some(at), Some(n_rows), Some(n_bytes)) => Some(KeptResult {
                key: read_key(&key)?,
                materialized_at: instant(at),
                n_rows: unsigned(n_rows),
                n_bytes: unsigned(n_bytes),
            }),
            _ => None,
        };
        let frequency = SyncFrequency::from_name(&row.sync_frequency);
        let state = MaterializationState::from_name(&row.state);
        Ok(Self {
            endpoint: EndpointId(from_uuid(WHAT, &row.endpoint_id)?),
            project: ProjectId(row.project_id),
            version: u32::try_from(row.version).map_err(|_| wrong("version", &row.version))?,
            frequency: frequency.ok_or_else(|| wrong("frequency", &row.sync_frequency))?,
            run: from_uuid(WHAT, &row.run)?,
            state: state.ok_or_else(|| wrong("state", &row.state))?,
            result,
            error: row.error,
            n_failures: u32::try_from(row.failures).map_err(|_| wrong("failures", &row.failures))?,
            next_refresh_at: row.next_refresh_at.map(instant),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = endpoint_materializations, treat_none_as_default_value = false)]
struct NewRow {
    endpoint_id: String,
    project_id: i64,
    #[diesel(embed)]
    written: WrittenRow,
}

/// What every step of a computation writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = endpoint_materializations, treat_none_as_null = true, treat_none_as_default_value = false)]
struct WrittenRow {
    version: i32,
    sync_frequency: &'static str,
    run: String,
    state: &'static str,
    object_key: Option<String>,
    materialized_at: Option<NaiveDateTime>,
    row_count: Option<i64>,
    byte_count: Option<i64>,
    error: Option<String>,
    failures: i32,
    next_refresh_at: Option<NaiveDateTime>,
}

impl WrittenRow {
    fn new(materialization: &Materialization) -> Self {
        let result = materialization.result.as_ref();
        Self {
            version: version_number(materialization.version),
            sync_frequency: materialization.frequency.name(),
            run: materialization.run.to_string(),
            state: materialization.state.name(),
            object_key: result.map(|result| result.key.to_string()),
            materialized_at: result.map(|result| stamp(result.materialized_at)),
            row_count: result.map(|result| signed(result.n_rows)),
            byte_count: result.map(|result| signed(result.n_bytes)),
            // PostgreSQL cannot keep the character NUL
            error: materialization.error.as_ref().map(|error| error.replace('\0', "\u{fffd}")),
            failures: i32::try_from(materialization.n_failures).unwrap_or(i32::MAX),
            next_refresh_at: materialization.next_refresh_at.map(stamp),
        }
    }
}

fn read_key(text: &str) -> Result<ObjectKey, Failure> {
    ObjectKey::parse(text).ok_or_else(|| unreadable(WHAT, format!("key {text}")))
}
