//! Bodies of cohorts. Unknown fields of requests are ignored.

use cohorts::model::Cohort;
use cohorts::service::{CohortPatch, NewCohort};
use insights_core::problem::Problem;
use query_engine::plan::members::Member;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Persons;
use crate::authors::Authors;
use crate::extract::json::present;
use crate::wire::{Timestamp, UserBasic};

/// A cohort.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cohort)]
pub(crate) struct CohortResponse {
    id: i64,
    name: String,
    description: String,
    /// Criteria in the older form.
    groups: Value,
    deleted: bool,
    /// Criteria; null where there are only `groups`, and for static cohorts.
    filters: Value,
    /// The query whose actors it was made of, or null.
    query: Value,
    is_calculating: bool,
    created_by: Option<UserBasic>,
    created_at: Timestamp,
    last_calculation: Option<Timestamp>,
    errors_calculating: i64,
    /// How many persons it had at `last_calculation`; queries look anew.
    count: Option<i64>,
    is_static: bool,
}

impl CohortResponse {
    pub(super) fn new(cohort: Cohort, authors: &Authors) -> Self {
        let fields = cohort.fields;
        Self {
            id: cohort.id.0,
            name: fields.name,
            description: fields.description,
            groups: fields.groups,
            deleted: fields.deleted,
            filters: fields.filters,
            query: fields.query,
            is_calculating: false,
            created_by: authors.get(fields.created_by),
            created_at: Timestamp(fields.created_at),
            last_calculation: cohort.counted.map(|counted| Timestamp(counted.at)),
            errors_calculating: 0,
            count: cohort.counted.map(|counted| counted.count),
            is_static: fields.is_static,
        }
    }
}

/// A cohort to make.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateCohort)]
pub(crate) struct CreateCohortRequest {
    name: Option<String>,
    description: Option<String>,
    groups: Option<Value>,
    filters: Option<Value>,
    is_static: Option<bool>,
    /// Uuids of the persons that a static cohort begins with.
    #[serde(rename = "_create_static_person_ids")]
    create_static_person_ids: Option<Vec<String>>,
    /// Cohorts of the actors of a query are not made yet: anything but null is refused.
    query: Option<Value>,
}

impl CreateCohortRequest {
    /// The cohort, and the persons that it begins with. `has_file`: whether a file lists more of them.
    pub(super) fn into_parts(self, has_file: bool) -> Result<(NewCohort, Persons), Problem> {
        if self.query.is_some_and(|query| !query.is_null()) {
            let message = "A cohort cannot be made of a query; list its persons in _create_static_person_ids.";
            return Err(Problem::invalid("query", message));
        }
        let is_static = self.is_static.unwrap_or_default();
        let lists_persons = self.create_static_person_ids.as_ref().is_some_and(|ids| !ids.is_empty());
        for (attr, is_given) in [("_create_static_person_ids", lists_persons), ("csv", has_file)] {
            if is_given && !is_static {
                return Err(Problem::invalid(attr, "Only a static cohort lists its persons; give is_static: true."));
            }
        }
        let persons = uuids("_create_static_person_ids", self.create_static_person_ids.as_deref().unwrap_or_default())?;
        let new = NewCohort {
            name: self.name.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            groups: self.groups.unwrap_or_default(),
            filters: self.filters.unwrap_or_default(),
            query: Value::Null,
            is_static,
        };
        Ok((new, persons))
    }
}

/// What to change of a cohort.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchCohort)]
pub(crate) struct PatchCohortRequest {
    name: Option<String>,
    description: Option<String>,
    groups: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    filters: Option<Value>,
    deleted: Option<bool>,
}

impl From<PatchCohortRequest> for CohortPatch {
    fn from(body: PatchCohortRequest) -> Self {
        let PatchCohortRequest { name, description, groups, filters, deleted } = body;
        Self { name, description, groups, filters, deleted }
    }
}

/// Persons to add to a static cohort or to take out of it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PersonsRequest {
    /// Uuids.
    person_ids: Option<Vec<String>>,
    /// One more uuid.
    person_id: Option<String>,
    /// Names that clients know persons by.
    distinct_ids: Option<Vec<String>>,
}

impl PersonsRequest {
    /// The persons by their uuids, and others by distinct ids.
    pub(super) fn into_parts(self) -> Result<(Persons, Vec<String>), Problem> {
        let mut persons = uuids("person_ids", self.person_ids.as_deref().unwrap_or_default())?;
        persons.extend(uuids("person_id", self.person_id.as_slice())?);
        let distinct_ids = self.distinct_ids.unwrap_or_default();
        if persons.is_empty() && distinct_ids.is_empty() {
            return Err(Problem::required("person_ids"));
        }
        Ok((persons, distinct_ids))
    }
}

fn uuids(attr: &str, texts: &[String]) -> Result<Persons, Problem> {
    let parse = |text: &String| {
        Uuid::parse_str(text).map_err(|_| Problem::invalid(attr, format!("{text:?} is not the uuid of a person")))
    };
    texts.iter().map(parse).collect()
}

/// A person of a cohort.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CohortPerson {
    id: Uuid,
    uuid: Uuid,
    /// The e-mail address where there is one, else the first distinct id.
    name: String,
    distinct_ids: Vec<String>,
    properties: Value,
    created_at: Timestamp,
}

impl From<Member> for CohortPerson {
    fn from(member: Member) -> Self {
        let properties: Value = serde_json::from_str(&member.properties).unwrap_or_default();
        let distinct_ids: Vec<String> = member.distinct_ids.iter().map(ToString::to_string).collect();
        let name = properties["email"].as_str().or(distinct_ids.first().map(String::as_str));
        Self {
            id: member.uuid,
            uuid: member.uuid,
            name: name.unwrap_or_default().to_owned(),
            created_at: Timestamp(chrono::DateTime::from_timestamp_micros(member.created_at_us).unwrap_or_default()),
            distinct_ids,
            properties,
        }
    }
}
