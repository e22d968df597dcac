//! New insights and changes of insights, as they are asked for.

use serde_json::Value;

use super::{Insight, InsightFields, MAX_DASHBOARDS, MAX_TEXT_CHARACTERS, SCOPE};
use crate::activity::diff::{Change, FieldPair, diff};
use crate::auth::Actor;
use crate::dashboard::Dashboard;
use crate::ids::DashboardId;
use crate::problem::{Problem, ProblemKind};
use crate::text::{check_length, normalise_tags};

use chrono::{DateTime, Utc};

/// What a new insight is asked for with; everything may be left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewInsight {
    /// See [`InsightFields::name`].
    pub name: Option<String>,
    /// See [`InsightFields::derived_name`].
    pub derived_name: Option<String>,
    /// See [`InsightFields::description`].
    pub description: Option<String>,
    /// See [`InsightFields::query`]. That it can be run is the caller's to check.
    pub query: Option<Value>,
    /// See [`InsightFields::filters`]; dropped where there is a query.
    pub filters: Option<Value>,
    /// See [`InsightFields::order`].
    pub order: Option<i32>,
    /// See [`InsightFields::deleted`].
    pub deleted: bool,
    /// See [`InsightFields::saved`]; default true.
    pub saved: Option<bool>,
    /// See [`InsightFields::favorited`].
    pub favorited: bool,
    /// Dashboards to put it on.
    pub dashboards: Vec<DashboardId>,
    /// In any form.
    pub tags: Vec<String>,
    /// Path of the folder to make it in; empty for none.
    pub folder: Option<String>,
}

/// What of an insight is to change. `None` leaves what there is; `Some(None)` takes a value away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InsightPatch {
    /// See [`InsightFields::name`].
    pub name: Option<Option<String>>,
    /// See [`InsightFields::derived_name`].
    pub derived_name: Option<Option<String>>,
    /// See [`InsightFields::description`].
    pub description: Option<Option<String>>,
    /// See [`InsightFields::query`]. That it can be run is the caller's to check.
    pub query: Option<Option<Value>>,
    /// See [`InsightFields::filters`].
    pub filters: Option<Value>,
    /// See [`InsightFields::order`].
    pub order: Option<Option<i32>>,
    /// Deletes (`true`) or brings back (`false`).
    pub deleted: Option<bool>,
    /// See [`InsightFields::favorited`].
    pub favorited: Option<bool>,
    /// The only dashboards that it is on from then on.
    pub dashboards: Option<Vec<DashboardId>>,
    /// The only tags, in any form.
    pub tags: Option<Vec<String>>,
}

impl NewInsight {
    /// The fields of the insight that `actor` makes at `now`.
    ///
    /// # Errors
    /// A [`Problem`] that names the field at fault.
    pub(super) fn into_fields(self, actor: &Actor, now: DateTime<Utc>) -> Result<InsightFields, Problem> {
        let mut fields = InsightFields {
            name: self.name,
            derived_name: self.derived_name,
            description: self.description,
            query: self.query,
            filters: self.filters.unwrap_or_else(empty_object),
            order: self.order,
            deleted: self.deleted,
            saved: self.saved.unwrap_or(true),
            favorited: self.favorited,
            is_sample: false,
            tags: normalise_tags(&self.tags)?,
            created_at: now,
            created_by: Some(actor.user),
            updated_at: now,
            last_modified_at: now,
            last_modified_by: Some(actor.user),
        };
        settle(&mut fields)?;
        Ok(fields)
    }
}

impl InsightPatch {
    /// The fields after the change that `actor` makes at `now`.
    ///
    /// # Errors
    /// A [`Problem`] that names the field at fault.
    pub(super) fn apply(
        &self,
        old: &InsightFields,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<InsightFields, Problem> {
        let mut new = old.clone();
        overwrite(&mut new.name, self.name.as_ref());
        overwrite(&mut new.derived_name, self.derived_name.as_ref());
        overwrite(&mut new.description, self.description.as_ref());
        overwrite(&mut new.query, self.query.as_ref());
        overwrite(&mut new.filters, self.filters.as_ref());
        overwrite(&mut new.order, self.order.as_ref());
        overwrite(&mut new.deleted, self.deleted.as_ref());
        overwrite(&mut new.favorited, self.favorited.as_ref());
        if let Some(tags) = &self.tags {
            new.tags = normalise_tags(tags)?;
        }
        settle(&mut new)?;
        // Whoever changes an insight means to keep it, and it is no sample any more.
        new.saved = true;
        new.is_sample = false;
        new.updated_at = now;
        // The reference leaves the query out of this set. We count it in, so that ordering by the last change shows the last change.
        let is_modified = new.name != old.name
            || new.description != old.description
            || new.filters != old.filters
            || new.query != old.query;
        if is_modified {
            new.last_modified_at = now;
            new.last_modified_by = Some(actor.user);
        }
        Ok(new)
    }

    /// Whether this is how a deleted insight is brought back: the only change that finds one.
    pub fn is_restore(&self) -> bool {
        self.deleted == Some(false)
    }
}

/// Dashboards without repetition, in the order given.
///
/// # Errors
/// A [`Problem`] where there are more than [`MAX_DASHBOARDS`].
pub(super) fn distinct_dashboards(ids: &[DashboardId]) -> Result<Vec<DashboardId>, Problem> {
    let mut distinct = Vec::new();
    for id in ids {
        if !distinct.contains(id) {
            distinct.push(*id);
        }
        if distinct.len() > MAX_DASHBOARDS {
            let detail = format!("Ensure this field has no more than {MAX_DASHBOARDS} elements.");
            return Err(Problem::invalid("dashboards", detail));
        }
    }
    Ok(distinct)
}

/// What changed between two states, for the log. `dashboards` are the ones before and after, each by number.
pub(super) fn changes(old: &Insight, new: &InsightFields, dashboards: [&[Dashboard]; 2]) -> Vec<Change> {
    let before = &old.fields;
    let [dashboards_before, dashboards_after] = dashboards.map(|dashboards| {
        let named =
            dashboards.iter().map(|dashboard| serde_json::json!({ "id": dashboard.id, "name": dashboard.fields.name }));
        Value::Array(named.collect())
    });
    let fields = vec![
        FieldPair::relation("tags", before.tags.clone(), new.tags.clone()),
        FieldPair::relation("dashboards", dashboards_before, dashboards_after),
        FieldPair::column("name", before.name.clone(), new.name.clone()),
        FieldPair::column("derived_name", before.derived_name.clone(), new.derived_name.clone()),
        FieldPair::column("description", before.description.clone(), new.description.clone()),
        FieldPair::column("filters", before.filters.clone(), new.filters.clone()),
        FieldPair::column("query", before.query.clone(), new.query.clone()),
        FieldPair::column("deleted", before.deleted, new.deleted),
        FieldPair::column("favorited", before.favorited, new.favorited),
    ];
    diff(SCOPE, fields)
}

/// Refuses what no insight may hold, and drops legacy filters where there is a query.
fn settle(fields: &mut InsightFields) -> Result<(), Problem> {
    let texts = [("name", &fields.name), ("derived_name", &fields.derived_name), ("description", &fields.description)];
    for (attr, text) in texts {
        check_length(attr, text.as_deref().unwrap_or_default(), MAX_TEXT_CHARACTERS)?;
    }
    if !fields.filters.is_object() {
        return Err(Problem::invalid("filters", "Filters must be a valid JSON object"));
    }
    match &fields.query {
        Some(query) if !query.is_object() => {
            Err(Problem::new(ProblemKind::InvalidRequest, "parse_error", "Query must be a valid JSON object"))
        }
        Some(_) => {
            fields.filters = empty_object();
            Ok(())
        }
        None => Ok(()),
    }
}

fn overwrite<T: Clone>(field: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}
