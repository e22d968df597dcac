//! Property filters: conditions on events as clients write them, and the predicates that they stand for.
//!
//! What PostHog's operators do with a missing value: every comparison with it is false, so that the negative operators (`is_not`,
//! `not_in`, `not_regex`, `not_icontains` of one value) keep the events that lack it. Two of them do not: `not_between`, which is two
//! comparisons, and `not_icontains` of several values. A filter without a value, or with an empty list, is ignored.

mod condition;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

use crate::answer::QueryContext;
use crate::cohort::Cohort;
use crate::error::QueryError;
use crate::expressions::HogqlText;
use crate::field::Field;
use crate::filters::condition::Condition;
use crate::nodes::reader::Reader;
use crate::nodes::{read_flag, read_group_type, read_id};
use crate::predicate::Predicate;
use crate::scan::EventColumn;

/// How deep groups of filters may be nested.
const MAX_DEPTH: usize = 8;

/// The most filters in one list or group.
const MAX_FILTERS: usize = 200;

/// The filters of a query or a series: a list, all of which must hold, or groups of groups.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyFilters(Group);

#[derive(Clone, Debug, PartialEq)]
enum Group {
    All(Vec<Group>),
    Any(Vec<Group>),
    Filter(PropertyFilter),
    Hogql(HogqlText),
}

/// One filter.
#[derive(Clone, Debug, PartialEq)]
struct PropertyFilter {
    source: Source,
    condition: Condition,
    path: String,
}

/// What a filter reads.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    Field(Field),
    /// What HogQL makes of the event.
    Expression(HogqlText),
    /// Whether the person is in one of the cohorts of these ids, each with its path, or in none of them.
    Cohorts {
        ids: Vec<(i64, String)>,
        negated: bool,
    },
    /// What only a later version reads, by its name.
    Unsupported(String),
}

impl Default for PropertyFilters {
    fn default() -> Self {
        Self(Group::All(Vec::new()))
    }
}

impl PropertyFilters {
    /// Reads a list of filters or a group of them, which stands at `path`.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value.
    pub fn parse(filters: &Value, path: &str) -> Result<Self, QueryError> {
        Self::read(&Reader::at(filters, path.to_owned()))
    }

    /// All of `parts`.
    pub(crate) fn all(parts: Vec<Self>) -> Self {
        Self(Group::All(parts.into_iter().map(|part| part.0).collect()))
    }

    /// Those of a list that are about properties of persons, the only ones that a cohort can be asked of.
    pub(crate) fn of_person_properties(&self) -> Self {
        let is_of_person = |group: &&Group| {
            matches!(group, Group::Filter(PropertyFilter { source: Source::Field(Field::PersonProperty(_)), .. }))
        };
        match &self.0 {
            Group::All(parts) => Self(Group::All(parts.iter().filter(is_of_person).cloned().collect())),
            Group::Any(_) | Group::Filter(_) | Group::Hogql(_) => Self::default(),
        }
    }

    /// Reads a list of filters or a group `{"type": "AND", "values": […]}`.
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        if node.value().is_array() {
            return Ok(Self(Group::All(read_groups(node, 1)?)));
        }
        node.object()?;
        // Clients send `{}` where nothing is chosen.
        if node.value().as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(Self::default());
        }
        read_group(node, 1).map(Self)
    }

    /// Whether each of these, which must all hold, is one of `others`, wherever they stand.
    pub(crate) fn are_among(&self, others: &Self) -> bool {
        let (mut own, mut known) = (Vec::new(), Vec::new());
        self.0.conjuncts(&mut own);
        others.0.conjuncts(&mut known);
        own.iter().all(|filter| known.iter().any(|other| filter.is_like(other)))
    }

    /// The condition on every event of a query that has these filters: these, and those against the project's own staff where the query
    /// leaves it out.
    ///
    /// # Errors
    /// As [`Self::predicate`].
    pub(crate) fn of_query(
        &self,
        leaves_out_test_accounts: bool,
        context: &QueryContext,
    ) -> Result<Predicate, QueryError> {
        let own = self.predicate(context)?;
        if !leaves_out_test_accounts {
            return Ok(own);
        }
        Ok(Predicate::all([context.definitions.test_account_filters.predicate(context)?, own]))
    }

    /// Reads one filter, whatever its type, as one of a property of persons.
    pub(crate) fn read_of_person(node: &Reader<'_>) -> Result<Self, QueryError> {
        let source = Source::Field(Field::PersonProperty(read_key(node)?));
        let condition = Condition::read(node)?;
        Ok(Self(Group::Filter(PropertyFilter { source, condition, path: node.path().to_owned() })))
    }

    /// The condition that they stand for, relative dates counted from the context's present.
    ///
    /// # Errors
    /// [`QueryError::Unsupported`] for filters that this server does not answer, with the path of the first.
    pub fn predicate(&self, context: &QueryContext) -> Result<Predicate, QueryError> {
        self.0.predicate(context)
    }
}

impl Group {
    /// Adds what must hold besides each other for it to hold.
    fn conjuncts<'a>(&'a self, found: &mut Vec<&'a Self>) {
        match self {
            Self::All(parts) => parts.iter().for_each(|part| part.conjuncts(found)),
            part => found.push(part),
        }
    }

    /// Whether the two say the same, wherever they stand.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All(parts), Self::All(others)) | (Self::Any(parts), Self::Any(others)) => {
                parts.len() == others.len() && parts.iter().zip(others).all(|(part, other)| part.is_like(other))
            }
            (Self::Filter(filter), Self::Filter(other)) => {
                filter.source.is_like(&other.source) && filter.condition == other.condition
            }
            (Self::Hogql(text), Self::Hogql(other)) => text.text() == other.text(),
            _ => false,
        }
    }

    fn predicate(&self, context: &QueryContext) -> Result<Predicate, QueryError> {
        match self {
            Self::All(parts) => {
                Ok(Predicate::all(parts.iter().map(|part| part.predicate(context)).collect::<Result<Vec<_>, _>>()?))
            }
            // A group of no filters holds, whatever its type.
            Self::Any(parts) if parts.is_empty() => Ok(Predicate::ALWAYS),
            Self::Any(parts) => {
                Ok(Predicate::any(parts.iter().map(|part| part.predicate(context)).collect::<Result<Vec<_>, _>>()?))
            }
            Self::Filter(filter) => filter.predicate(context),
            Self::Hogql(expression) => expression.predicate(context),
        }
    }
}

impl Source {
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Cohorts { ids, negated }, Self::Cohorts { ids: others, negated: is_other_negated }) => {
                negated == is_other_negated && ids.iter().map(|(id, _)| id).eq(others.iter().map(|(id, _)| id))
            }
            _ => self == other,
        }
    }
}

impl PropertyFilter {
    fn predicate(&self, context: &QueryContext) -> Result<Predicate, QueryError> {
        match &self.source {
            Source::Field(field) => self.condition.predicate(field, context, &self.path),
            Source::Expression(text) => self.condition.predicate(&text.field(context)?, context, &self.path),
            Source::Cohorts { ids, negated } => {
                let each = ids.iter().map(|(id, path)| context.cohort(*id, path).map(Cohort::predicate));
                let one = Predicate::any(each.collect::<Result<Vec<_>, _>>()?);
                Ok(if *negated { one.negated() } else { one })
            }
            Source::Unsupported(what) => Err(QueryError::unsupported(&self.path, what)),
        }
    }
}

/// The field of event metadata of that name: a column of the event that is no property.
pub(crate) fn metadata_field(key: &str) -> Option<Field> {
    Some(match key {
        "event" => Field::EventName,
        "distinct_id" => Field::Event(EventColumn::DistinctId),
        "uuid" => Field::Event(EventColumn::Uuid),
        _ => Field::GroupKey(key.strip_prefix("$group_")?.parse().ok().filter(|index| *index < 5)?),
    })
}

/// The HogQL of event metadata of that name that is no field of its own.
pub(crate) fn metadata_expression(key: &str) -> Option<&'static str> {
    match key {
        "timestamp" => Some("timestamp"),
        "person_id" => Some("toString(person_id)"),
        _ => None,
    }
}

fn read_groups(list: &Reader<'_>, depth: usize) -> Result<Vec<Group>, QueryError> {
    list.list(MAX_FILTERS)?.iter().map(|item| read_group(item, depth + 1)).collect()
}

fn read_group(node: &Reader<'_>, depth: usize) -> Result<Group, QueryError> {
    if depth > MAX_DEPTH {
        return Err(node.invalid(format!("groups of filters are nested deeper than {MAX_DEPTH} levels; flatten them")));
    }
    node.object()?;
    let is_any = match node.get("type").as_ref().and_then(|kind| kind.value().as_str()) {
        Some("AND") => false,
        Some("OR") => true,
        _ => return read_filter(node),
    };
    let parts = node.get("values").map(|values| read_groups(&values, depth)).transpose()?.unwrap_or_default();
    Ok(if is_any { Group::Any(parts) } else { Group::All(parts) })
}

fn read_filter(node: &Reader<'_>) -> Result<Group, QueryError> {
    let kind = node.get("type").map(|kind| kind.text().map(|text| (kind, text))).transpose()?;
    let source = match kind {
        // An empty filter is one that is still being chosen.
        Some((_, "empty")) => return Ok(Group::All(Vec::new())),
        None if node.get("key").is_none() => return Ok(Group::All(Vec::new())),
        Some((_, "hogql")) => {
            let expression = node.require("key", "the HogQL expression that must be true")?;
            return HogqlText::read(&expression).map(Group::Hogql);
        }
        None | Some((_, "event" | "events")) => Source::Field(Field::Event(EventColumn::Property(read_key(node)?))),
        Some((_, "person")) => Source::Field(match read_key(node)? {
            // No property, but what the person is known by; of an event, its own.
            key if key == "distinct_id" => Field::Event(EventColumn::DistinctId),
            key => Field::PersonProperty(key),
        }),
        Some((_, "group")) => {
            node.require("group_type_index", "the index of the group type, from 0 to 4")?;
            let group_type = read_group_type(node, "group_type_index")?.expect("required above");
            Source::Field(Field::GroupProperty { group_type, key: read_key(node)? })
        }
        Some((_, "event_metadata")) => {
            let key = read_key(node)?;
            match (metadata_field(&key), metadata_expression(&key)) {
                (Some(field), _) => Source::Field(field),
                (None, Some(text)) => Source::Expression(HogqlText::of_event(node.path(), text)?),
                (None, None) => Source::Unsupported(format!("a filter by event metadata {key:?}")),
            }
        }
        Some((_, name)) if COHORT_TYPES.contains(&name) => return read_cohorts(node),
        Some((kind, name)) => {
            let (_, what) =
                UNSUPPORTED_TYPES.iter().find(|(unsupported, _)| *unsupported == name).ok_or_else(|| {
                    kind.wrong("one of event, person, group, event_metadata, session, cohort, hogql, element")
                })?;
            return Ok(unsupported_filter(node, *what));
        }
    };
    if read_flag(node, "negation")? {
        return Ok(unsupported_filter(node, "the negation of a filter"));
    }
    let condition = Condition::read(node)?;
    Ok(Group::Filter(PropertyFilter { source, condition, path: node.path().to_owned() }))
}

/// A filter by cohort: `value` is its id, or a list of ids; `operator` is `in` or `not_in`, which older filters say by `negation`.
fn read_cohorts(node: &Reader<'_>) -> Result<Group, QueryError> {
    let operators = [("in", false), ("exact", false), ("not_in", true), ("is_not", true)];
    let operator = node.get("operator").filter(Reader::is_not_blank).map(|operator| operator.choice(&operators));
    let negated = operator.transpose()?.unwrap_or(false) || read_flag(node, "negation")?;
    let value = node.require("value", "the id of the cohort")?;
    let values = if value.value().is_array() { value.list(MAX_FILTERS)? } else { vec![value] };
    if values.is_empty() {
        return Ok(Group::All(Vec::new()));
    }
    let ids = values.iter().map(|value| Ok((read_id(value, "the id of a cohort")?, value.path().to_owned())));
    let source = Source::Cohorts { ids: ids.collect::<Result<_, QueryError>>()?, negated };
    Ok(Group::Filter(PropertyFilter { source, condition: Condition::Ignored, path: node.path().to_owned() }))
}

fn unsupported_filter(node: &Reader<'_>, what: impl fmt::Display) -> Group {
    Group::Filter(PropertyFilter {
        source: Source::Unsupported(what.to_string()),
        condition: Condition::Ignored,
        path: node.path().to_owned(),
    })
}

/// Types of filters by cohort; which kind of cohort it is, the cohort says itself.
pub(crate) const COHORT_TYPES: [&str; 3] = ["cohort", "static-cohort", "precalculated-cohort"];

/// Types of filters that PostHog has and that are not answered yet.
const UNSUPPORTED_TYPES: [(&str, &str); 13] = [
    ("session", "a filter by a property of sessions"),
    ("element", "a filter by an element of the page"),
    ("feature", "a filter by a feature flag"),
    ("flag", "a filter by a feature flag"),
    ("behavioral", "a filter by behaviour"),
    ("recording", "a filter by a property of recordings"),
    ("log_entry", "a filter by a log entry"),
    ("log", "a filter by a log entry"),
    ("log_attribute", "a filter by a log entry"),
    ("error_tracking_issue", "a filter by an issue"),
    ("revenue_analytics", "a filter by revenue"),
    ("data_warehouse", "a filter by a column of the data warehouse"),
    ("data_warehouse_person_property", "a filter by a column of the data warehouse"),
];

fn read_key(node: &Reader<'_>) -> Result<String, QueryError> {
    node.require("key", "the name of the property")?.scalar_text()
}
