//! New endpoints and changes of endpoints, as they are asked for.

use chrono::{DateTime, Utc};
use insights_core::activity::diff::{Change, FieldPair, diff};
use insights_core::auth::Actor;
use insights_core::ids::IdSource;
use insights_core::problem::Problem;
use insights_core::text::check_length;
use serde_json::Value;

use crate::materialization::{MaterializationWish, SyncFrequency};
use crate::model::{
    CacheAge, Endpoint, EndpointFields, EndpointId, EndpointName, EndpointVersion, MAX_DESCRIPTION_CHARACTERS,
    MAX_NAME_CHARACTERS, SCOPE,
};
use crate::query::{check_query, says_the_same};

/// What a new endpoint is asked for with.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEndpoint {
    /// See [`Endpoint::name`]; has to be there.
    pub name: Option<String>,
    /// See [`EndpointVersion::query`]; has to be there.
    pub query: Option<Value>,
    /// See [`EndpointFields::description`].
    pub description: String,
    /// See [`EndpointFields::is_active`].
    pub is_active: bool,
    /// See [`EndpointFields::cache_age`].
    pub cache_age_seconds: Option<i64>,
    /// See [`EndpointFields::derived_from_insight`].
    pub derived_from_insight: Option<String>,
    /// See [`EndpointFields::materialized`].
    pub materialization: MaterializationWish,
}

impl Default for NewEndpoint {
    /// An active endpoint that still lacks name and query.
    fn default() -> Self {
        Self {
            name: None,
            query: None,
            description: String::new(),
            is_active: true,
            cache_age_seconds: None,
            derived_from_insight: None,
            materialization: MaterializationWish::default(),
        }
    }
}

/// What of an endpoint is to change. `None` leaves what there is; `Some(None)` takes a value away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointPatch {
    /// See [`EndpointVersion::query`].
    pub query: Option<Value>,
    /// See [`EndpointFields::description`].
    pub description: Option<String>,
    /// See [`EndpointFields::is_active`].
    pub is_active: Option<bool>,
    /// See [`EndpointFields::cache_age`].
    pub cache_age_seconds: Option<Option<i64>>,
    /// See [`EndpointFields::derived_from_insight`].
    pub derived_from_insight: Option<Option<String>>,
    /// See [`EndpointFields::materialized`].
    pub materialization: MaterializationWish,
}

impl NewEndpoint {
    /// The endpoint that `actor` makes at `now`.
    ///
    /// # Errors
    /// A [`Problem`] that names the field at fault.
    pub(super) fn into_endpoint(
        self,
        actor: &Actor,
        now: DateTime<Utc>,
        ids: &dyn IdSource,
    ) -> Result<Endpoint, Problem> {
        let name = read_name(self.name.as_deref())?;
        let missing = || Problem { detail: "Must specify query".to_owned(), ..Problem::required("query") };
        let query = self.query.filter(|query| !query.is_null()).ok_or_else(missing)?;
        check_query(&query)?;
        check_description(&self.description)?;
        let fields = EndpointFields {
            description: self.description,
            is_active: self.is_active,
            cache_age: self.cache_age_seconds.map(CacheAge::read).transpose()?,
            derived_from_insight: self.derived_from_insight,
            materialized: self.materialization.apply(None, self.is_active)?,
            created_at: now,
            created_by: Some(actor.user),
            updated_at: now,
        };
        Ok(Endpoint {
            id: EndpointId(ids.uuid()),
            project: actor.project,
            name,
            revision: 1,
            fields,
            latest: version(1, query, actor, now, ids),
            last_executed_at: None,
        })
    }
}

impl EndpointPatch {
    /// The endpoint after the change that `actor` makes at `now`.
    ///
    /// # Errors
    /// A [`Problem`] that names the field at fault.
    pub(super) fn apply(
        &self,
        old: &Endpoint,
        actor: &Actor,
        now: DateTime<Utc>,
        ids: &dyn IdSource,
    ) -> Result<Endpoint, Problem> {
        let mut new = old.clone();
        let fields = &mut new.fields;
        if let Some(description) = &self.description {
            check_description(description)?;
            fields.description.clone_from(description);
        }
        if let Some(seconds) = self.cache_age_seconds {
            fields.cache_age = seconds.map(CacheAge::read).transpose()?;
        }
        if let Some(short_id) = &self.derived_from_insight {
            fields.derived_from_insight.clone_from(short_id);
        }
        fields.is_active = self.is_active.unwrap_or(fields.is_active);
        fields.materialized = self.materialization.apply(fields.materialized, fields.is_active)?;
        fields.updated_at = now;
        if let Some(query) = &self.query {
            check_query(query)?;
            if !says_the_same(query, &old.latest.query) {
                new.latest = version(old.latest.version + 1, query.clone(), actor, now, ids);
            }
        }
        Ok(new)
    }
}

/// What the log says of a change.
pub(super) fn changes(old: &Endpoint, new: &Endpoint) -> Vec<Change> {
    let (before, after) = (&old.fields, &new.fields);
    let age = |fields: &EndpointFields| fields.cache_age.map(CacheAge::seconds);
    let frequency = |fields: &EndpointFields| fields.materialized.map(SyncFrequency::name);
    diff(
        SCOPE,
        vec![
            FieldPair::column("description", before.description.clone(), after.description.clone()),
            FieldPair::column("query", old.latest.query.clone(), new.latest.query.clone()),
            FieldPair::column("current_version", old.latest.version, new.latest.version),
            FieldPair::column("is_active", before.is_active, after.is_active),
            FieldPair::column("cache_age_seconds", age(before), age(after)),
            FieldPair::column(
                "derived_from_insight",
                before.derived_from_insight.clone(),
                after.derived_from_insight.clone(),
            ),
            FieldPair::column("is_materialized", before.materialized.is_some(), after.materialized.is_some()),
            FieldPair::column("sync_frequency", frequency(before), frequency(after)),
        ],
    )
}

fn read_name(name: Option<&str>) -> Result<EndpointName, Problem> {
    let missing = |code| Problem { code, ..Problem::invalid("name", "Endpoint must have a name.") };
    let name = name.ok_or_else(|| missing("required"))?;
    if name.trim().is_empty() {
        return Err(missing("blank"));
    }
    check_length("name", name, MAX_NAME_CHARACTERS)?;
    EndpointName::parse(name).ok_or_else(|| {
        let detail = "An endpoint's name begins with a letter (a to z, A to Z) and has letters, digits, hyphens and underscores alone.";
        Problem::invalid("name", detail)
    })
}

fn check_description(description: &str) -> Result<(), Problem> {
    check_length("description", description, MAX_DESCRIPTION_CHARACTERS)
}

fn version(number: u32, query: Value, actor: &Actor, now: DateTime<Utc>, ids: &dyn IdSource) -> EndpointVersion {
    EndpointVersion { id: ids.uuid(), version: number, query, created_at: now, created_by: Some(actor.user) }
}
