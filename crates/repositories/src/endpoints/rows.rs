//! Endpoints and versions as rows.

use ::endpoints::materialization::SyncFrequency;
use ::endpoints::model::{CacheAge, Endpoint, EndpointFields, EndpointId, EndpointName, EndpointVersion};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::ids::{ProjectId, UserId};

use super::WHAT;
use crate::failure::{Failure, unreadable};
use crate::schema::{endpoint_versions, endpoints};
use crate::values::{from_json, from_uuid, instant, json_text, stamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = endpoints)]
pub(super) struct EndpointRow {
    id: String,
    project_id: i64,
    name: String,
    revision: i64,
    description: String,
    is_active: bool,
    cache_age_s: Option<i32>,
    derived_from_insight: Option<String>,
    sync_frequency: Option<String>,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    updated_at: NaiveDateTime,
    last_executed_at: Option<NaiveDateTime>,
}

impl EndpointRow {
    pub(super) fn into_endpoint(self, latest: VersionRow) -> Result<Endpoint, Failure> {
        let read_age = |seconds: i32| {
            CacheAge::from_seconds(i64::from(seconds)).ok_or_else(|| unreadable(WHAT, format!("cache age {seconds}")))
        };
        let read_frequency =
            |name: String| SyncFrequency::from_name(&name).ok_or_else(|| unreadable(WHAT, format!("frequency {name}")));
        let fields = EndpointFields {
            description: self.description,
            is_active: self.is_active,
            cache_age: self.cache_age_s.map(read_age).transpose()?,
            derived_from_insight: self.derived_from_insight,
            materialized: self.sync_frequency.map(read_frequency).transpose()?,
            created_at: instant(self.created_at),
            created_by: self.created_by.map(UserId),
            updated_at: instant(self.updated_at),
        };
        Ok(Endpoint {
            id: EndpointId(from_uuid(WHAT, &self.id)?),
            project: ProjectId(self.project_id),
            name: read_name(&self.name)?,
            revision: self.revision,
            fields,
            latest: latest.try_into()?,
            last_executed_at: self.last_executed_at.map(instant),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = endpoint_versions)]
pub(super) struct VersionRow {
    id: String,
    version: i32,
    query: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

impl TryFrom<VersionRow> for EndpointVersion {
    type Error = Failure;

    fn try_from(row: VersionRow) -> Result<Self, Failure> {
        Ok(Self {
            id: from_uuid(WHAT, &row.id)?,
            version: u32::try_from(row.version).map_err(|_| unreadable(WHAT, format!("version {}", row.version)))?,
            query: from_json(WHAT, &row.query)?,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = endpoint_versions, treat_none_as_default_value = false)]
pub(super) struct NewVersionRow {
    id: String,
    endpoint_id: String,
    version: i32,
    query: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

impl NewVersionRow {
    pub(super) fn new(endpoint: EndpointId, version: &EndpointVersion) -> Self {
        Self {
            id: version.id.to_string(),
            endpoint_id: endpoint.to_string(),
            version: version_number(version.version),
            query: json_text(&version.query),
            created_at: stamp(version.created_at),
            created_by: version.created_by.map(|user| user.0),
        }
    }
}

/// What an endpoint is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = endpoints, treat_none_as_default_value = false)]
pub(super) struct NewEndpointRow {
    id: String,
    project_id: i64,
    name: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedEndpointRow,
}

impl NewEndpointRow {
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.to_string(),
            project_id: endpoint.project.0,
            name: endpoint.name.to_string(),
            created_at: stamp(endpoint.fields.created_at),
            created_by: endpoint.fields.created_by.map(|user| user.0),
            changeable: ChangedEndpointRow::of_revision(endpoint, endpoint.revision),
        }
    }
}

/// What every change of an endpoint writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = endpoints, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ChangedEndpointRow {
    revision: i64,
    description: String,
    is_active: bool,
    cache_age_s: Option<i32>,
    derived_from_insight: Option<String>,
    sync_frequency: Option<&'static str>,
    current_version: i32,
    updated_at: NaiveDateTime,
}

impl ChangedEndpointRow {
    pub(super) fn of_revision(endpoint: &Endpoint, revision: i64) -> Self {
        let fields = &endpoint.fields;
        let seconds = |age: CacheAge| i32::try_from(age.seconds()).expect("an age has at most a day");
        Self {
            revision,
            description: fields.description.clone(),
            is_active: fields.is_active,
            cache_age_s: fields.cache_age.map(seconds),
            derived_from_insight: fields.derived_from_insight.clone(),
            sync_frequency: fields.materialized.map(SyncFrequency::name),
            current_version: version_number(endpoint.latest.version),
            updated_at: stamp(fields.updated_at),
        }
    }
}

/// The number of a version as its column keeps it.
pub(super) fn version_number(version: u32) -> i32 {
    i32::try_from(version).expect("nobody writes two thousand million versions")
}

pub(super) fn read_name(name: &str) -> Result<EndpointName, Failure> {
    EndpointName::parse(name).ok_or_else(|| unreadable(WHAT, format!("name {name}")))
}
