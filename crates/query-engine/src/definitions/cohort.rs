//! Cohorts as projects define them, and what they mean at an instant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::answer::QueryContext;
use crate::cohort::{Cohort, Members};
use crate::definitions::References;
use crate::definitions::behaviour::BehaviourDefinition;
use crate::error::QueryError;
use crate::filters::{COHORT_TYPES, PropertyFilters};
use crate::nodes::reader::Reader;
use crate::nodes::{read_flag, read_id};

/// How deep groups of criteria may be nested.
const MAX_DEPTH: usize = 8;

/// The most criteria in one list or group.
const MAX_CRITERIA: usize = 200;

/// How deep cohorts may ask for other cohorts.
const MAX_COHORTS_DEEP: usize = 20;

/// A cohort: who is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortDefinition {
    /// Its name.
    pub name: String,
    criteria: Criteria,
    references: References,
}

#[derive(Clone, Debug, PartialEq)]
enum Criteria {
    Listed(Arc<BTreeSet<Arc<str>>>),
    All(Vec<Criteria>),
    Any(Vec<Criteria>),
    Not(Box<Criteria>),
    Person(PropertyFilters),
    Cohort {
        id: i64,
        path: String,
    },
    /// Who passes what the project filters its own staff by, as far as that is about persons.
    NoTestAccount,
    Did(Box<BehaviourDefinition>),
}

impl CohortDefinition {
    /// The persons of these distinct ids: a static cohort.
    pub fn listed<T: Into<Arc<str>>>(name: &str, distinct_ids: impl IntoIterator<Item = T>) -> Self {
        let distinct_ids = distinct_ids.into_iter().map(Into::into).collect();
        let criteria = Criteria::Listed(Arc::new(distinct_ids));
        Self { name: name.to_owned(), criteria, references: References::default() }
    }

    /// Reads `filters` of a cohort, `{properties: {type: "AND" or "OR", values: […]}, filterTestAccounts}`.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value, such as `filters.properties.values[0].time_value`.
    pub fn read_filters(name: &str, filters: &Value) -> Result<Self, QueryError> {
        let reader = Reader::at(filters, "filters".to_owned());
        let properties =
            reader.object()?.require("properties", "the criteria, {\"type\": \"AND\", \"values\": […]}")?;
        let criteria = if properties.value().is_array() {
            Criteria::All(read_list(&properties, 1, Form::Filters)?)
        } else {
            read_criteria(&properties, 1, Form::Filters)?
        };
        let criteria = if read_flag(&reader, "filterTestAccounts")? {
            Criteria::All(vec![criteria, Criteria::NoTestAccount])
        } else {
            criteria
        };
        Ok(Self { name: name.to_owned(), criteria, references: References::of(filters) })
    }

    /// Reads `groups` of a cohort, the form that came before `filters`: who is in one of
    /// `[{properties: […]}, {event_id or action_id, days, count, count_operator}]`.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value, such as `groups[0].properties`.
    pub fn read_groups(name: &str, groups: &Value) -> Result<Self, QueryError> {
        let reader = Reader::at(groups, "groups".to_owned());
        let read = reader.list(MAX_CRITERIA)?.iter().map(read_legacy_group).collect::<Result<Vec<_>, _>>()?;
        if read.is_empty() {
            return Err(reader.invalid("has no group; give at least one, such as {\"properties\": […]}"));
        }
        Ok(Self { name: name.to_owned(), criteria: Criteria::Any(read), references: References::of(groups) })
    }

    /// What it names by id.
    pub fn references(&self) -> &References {
        &self.references
    }
}

/// In which form criteria are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// In `filters`.
    Filters,
    /// In the `properties` of `groups`, where properties are of persons, whatever they are said to be.
    Groups,
}

/// One criterion, or a group of them.
fn read_criteria(node: &Reader<'_>, depth: usize, form: Form) -> Result<Criteria, QueryError> {
    if depth > MAX_DEPTH {
        return Err(node.invalid(format!("groups are nested deeper than {MAX_DEPTH} levels; flatten them")));
    }
    let choices = "AND or OR for a group, or person, behavioral or cohort";
    let kind = match (node.object()?.get("type"), form) {
        (Some(kind), _) => kind.text()?,
        (None, Form::Groups) => "person",
        (None, Form::Filters) => node.require("type", choices)?.text()?,
    };
    let group = |of: fn(Vec<Criteria>) -> Criteria| {
        let values = node.require("values", "the criteria of the group")?;
        let parts = read_list(&values, depth + 1, form)?;
        if parts.is_empty() {
            return Err(values.invalid("has no criterion; give at least one"));
        }
        Ok(of(parts))
    };
    let criterion = match kind {
        "AND" => return group(Criteria::All),
        "OR" => return group(Criteria::Any),
        "person" => read_person(node)?,
        "event" if form == Form::Groups => read_person(node)?,
        "behavioral" => Criteria::Did(Box::new(BehaviourDefinition::read(node)?)),
        name if COHORT_TYPES.contains(&name) || name == "dynamic-cohort" => {
            let value = node.require("value", "the id of the cohort")?;
            let id = read_id(&value, "the id of a cohort")?;
            Criteria::Cohort { id, path: value.path().to_owned() }
        }
        _ => return Err(node.require("type", choices)?.wrong(choices)),
    };
    let is_negated = read_flag(node, "negation")?;
    Ok(if is_negated { Criteria::Not(Box::new(criterion)) } else { criterion })
}

fn read_list(list: &Reader<'_>, depth: usize, form: Form) -> Result<Vec<Criteria>, QueryError> {
    list.list(MAX_CRITERIA)?.iter().map(|item| read_criteria(item, depth, form)).collect()
}

fn read_person(node: &Reader<'_>) -> Result<Criteria, QueryError> {
    if let Some(key) = node.get("key").filter(|key| key.value() == "distinct_id") {
        return Err(key.wrong("a property of persons; a static cohort lists distinct ids"));
    }
    PropertyFilters::read_of_person(node).map(Criteria::Person)
}

fn read_legacy_group(node: &Reader<'_>) -> Result<Criteria, QueryError> {
    let is_filled = |properties: &Reader<'_>| match properties.value() {
        Value::Array(items) => !items.is_empty(),
        Value::Object(keys) => !keys.is_empty(),
        _ => true,
    };
    let Some(properties) = node.object()?.get("properties").filter(is_filled) else {
        return BehaviourDefinition::read_legacy(node).map(|behaviour| Criteria::Did(Box::new(behaviour)));
    };
    match properties.value() {
        Value::Array(_) => read_list(&properties, 1, Form::Groups).map(Criteria::All),
        Value::Object(keys) if !keys.contains_key("type") && !keys.contains_key("key") => {
            // the oldest form has no more than the value of each property
            let each = keys.iter().map(|(key, value)| {
                let filter = json!({"key": key, "value": value});
                read_person(&Reader::at(&filter, properties.path_of(key)))
            });
            each.collect::<Result<_, _>>().map(Criteria::All)
        }
        _ => read_criteria(&properties, 1, Form::Groups),
    }
}

/// Makes cohorts of definitions, each once.
pub(super) struct Resolver<'a> {
    context: &'a QueryContext,
    known: BTreeMap<i64, Arc<Cohort>>,
    /// Those that are being made, which must not be asked for.
    open: Vec<i64>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(context: &'a QueryContext) -> Self {
        Self { context, known: BTreeMap::new(), open: Vec::new() }
    }

    /// The cohort of that id, which stands at `path`.
    pub(super) fn resolve(&mut self, id: i64, path: &str) -> Result<Arc<Cohort>, QueryError> {
        if let Some(cohort) = self.known.get(&id) {
            return Ok(Arc::clone(cohort));
        }
        if self.open.contains(&id) {
            return Err(QueryError::invalid(path, format!("the cohort {id} asks for itself, so nobody can be in it")));
        }
        if self.open.len() >= MAX_COHORTS_DEEP {
            let message = format!("cohorts ask for other cohorts more than {MAX_COHORTS_DEEP} deep");
            return Err(QueryError::invalid(path, message));
        }
        let definition = self.context.definitions.cohort_definition(id, path)?;
        self.open.push(id);
        let members = self.members(&definition.criteria).map_err(|error| match error {
            QueryError::Invalid { path: within, message } => {
                QueryError::invalid(path, format!("the cohort {id} is not well-formed: {within}: {message}"))
            }
            QueryError::Unsupported { path: within, what } => {
                QueryError::unsupported(path, format!("the cohort {id}, for its {within}: {what}"))
            }
            error => error,
        })?;
        self.open.pop();
        let cohort = Arc::new(Cohort { id, members });
        self.known.insert(id, Arc::clone(&cohort));
        Ok(cohort)
    }

    fn members(&mut self, criteria: &Criteria) -> Result<Members, QueryError> {
        let mut each = |parts: &[Criteria]| parts.iter().map(|part| self.members(part)).collect::<Result<Vec<_>, _>>();
        Ok(match criteria {
            Criteria::All(parts) => Members::All(each(parts)?),
            Criteria::Any(parts) => Members::Any(each(parts)?),
            Criteria::Not(inner) => Members::Not(Box::new(self.members(inner)?)),
            Criteria::Listed(distinct_ids) => Members::Listed(Arc::clone(distinct_ids)),
            Criteria::Person(filters) => Members::Person(filters.predicate(self.context)?),
            Criteria::NoTestAccount => {
                let filters = self.context.definitions.test_account_filters.of_person_properties();
                Members::Person(filters.predicate(self.context)?)
            }
            Criteria::Cohort { id, path } => Members::Person(self.resolve(*id, path)?.predicate()),
            Criteria::Did(behaviour) => behaviour.members(self.context)?,
        })
    }
}
