//! What an `ActorsQuery` asks for, with everything decided.

use crate::answer::QueryContext;
use crate::control::QueryControl;
use crate::dates::{Buckets, instant_of_text};
use crate::error::QueryError;
use crate::field::Field;
use crate::nodes::{ActorColumn, ActorContent, ActorsQuery, BehindNode, Day};
use crate::plan::actors::{ActorList, ActorValue, Behind};
use crate::plan::aggregate::Math;
use crate::plan::sequence::Actor;
use crate::predicate::Predicate;
use crate::scan::EventColumn;
use crate::source::EventSource;
use crate::{funnels, lifecycle, retention, stickiness, trends};

/// The actors that `query` asks for.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(super) async fn behind(
    query: &ActorsQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Behind, QueryError> {
    match &query.behind {
        BehindNode::Everyone => Ok(Behind::Everyone),
        BehindNode::Trends { query, part } => trends::actors::behind(query, part, context, source, control).await,
        BehindNode::Funnels { query, part } => funnels::found::behind(query, part, context, source, control).await,
        BehindNode::Lifecycle { query, day, status } => {
            lifecycle::behind(query, day.as_ref(), *status, context, source, control).await
        }
        BehindNode::Retention { query, part } => retention::found::behind(query, part, context, source, control).await,
        BehindNode::Stickiness { query, part } => stickiness::behind(query, part, context, source, control).await,
    }
}

/// The plan of `query` for the actors `behind`, and the names of its columns.
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] with the path of what is wrong or not answered.
pub(super) fn list(
    query: &ActorsQuery,
    behind: Behind,
    context: &QueryContext,
) -> Result<(ActorList, Vec<String>), QueryError> {
    let defaults = default_columns(&behind);
    let columns = query.columns.as_ref().unwrap_or(&defaults);
    let values = columns.iter().map(|column| value(column, context)).collect::<Result<Vec<_>, _>>()?;
    let order = match &query.order_by {
        Some(order) => order
            .iter()
            .map(|(column, descending)| Ok((order_value(column, &behind, context)?, *descending)))
            .collect::<Result<_, QueryError>>()?,
        None if values.contains(&ActorValue::CreatedAt) => vec![(ActorValue::CreatedAt, true)],
        None => values.first().map(|value| (value.clone(), false)).into_iter().collect(),
    };
    let list = ActorList {
        predicate: of_persons(query.filters.predicate(context)?),
        behind,
        search: query.search.clone(),
        columns: values,
        order,
        offset: query.offset,
        limit: query.limit,
        timezone: context.timezone,
    };
    Ok((list, columns.iter().map(|column| column.name.clone()).collect()))
}

/// The columns of a query that names none.
fn default_columns(behind: &Behind) -> Vec<ActorColumn> {
    let column = |name: &str, content| ActorColumn { name: name.to_owned(), content };
    if behind.group_type().is_some() {
        return vec![column("group", ActorContent::Actor)];
    }
    let mut columns = vec![
        column("person", ActorContent::Actor),
        column("id", ActorContent::Id),
        column("person.$delete", ActorContent::Delete),
    ];
    if matches!(behind, Behind::Aggregate { .. }) {
        columns.push(column("event_distinct_ids", ActorContent::EventDistinctIds));
    }
    columns
}

fn value(column: &ActorColumn, context: &QueryContext) -> Result<ActorValue, QueryError> {
    Ok(match &column.content {
        ActorContent::Actor => ActorValue::Actor,
        ActorContent::Id => ActorValue::Id,
        ActorContent::CreatedAt => ActorValue::CreatedAt,
        ActorContent::IsIdentified => ActorValue::IsIdentified,
        ActorContent::Properties => ActorValue::Properties,
        ActorContent::Property(key) => ActorValue::Field(Field::PersonProperty(key.clone())),
        ActorContent::EventCount => ActorValue::EventCount,
        ActorContent::EventDistinctIds => ActorValue::EventDistinctIds,
        ActorContent::Appearances => ActorValue::Appearances,
        ActorContent::AppearanceCount => ActorValue::AppearanceCount,
        ActorContent::AppearsIn(column) => ActorValue::AppearsIn(*column),
        ActorContent::Recordings => ActorValue::EmptyList,
        ActorContent::Delete => ActorValue::One,
        ActorContent::Hogql(expression) => ActorValue::Field(expression.field(context)?),
    })
}

/// By what the rows are ordered where `column` is named: whole persons by their email address, whole groups by their name.
fn order_value(column: &ActorColumn, behind: &Behind, context: &QueryContext) -> Result<ActorValue, QueryError> {
    Ok(match value(column, context)? {
        ActorValue::Actor => {
            let key = if behind.group_type().is_some() { "name" } else { "email" };
            ActorValue::Field(Field::PersonProperty(key.to_owned()))
        }
        value => value,
    })
}

/// The type of a column, as PostHog names it.
pub(super) fn type_of(value: &ActorValue, list: &ActorList, context: &QueryContext) -> String {
    let id = if list.behind.is_of_persons() { "UUID" } else { "String" };
    match value {
        ActorValue::Actor | ActorValue::Id => id.to_owned(),
        ActorValue::CreatedAt => format!("DateTime64(6, '{}')", context.timezone),
        ActorValue::IsIdentified => "Bool".to_owned(),
        ActorValue::Properties => "String".to_owned(),
        ActorValue::Field(_) => "Nullable(String)".to_owned(),
        ActorValue::Appearances => "Array(Int64)".to_owned(),
        ActorValue::EventCount | ActorValue::AppearanceCount => "UInt64".to_owned(),
        ActorValue::EventDistinctIds | ActorValue::EmptyList => "Array(String)".to_owned(),
        ActorValue::One | ActorValue::AppearsIn(_) => "UInt8".to_owned(),
    }
}

/// The condition with properties of persons in the place of those of events: a filter without a type is of persons here.
fn of_persons(predicate: Predicate) -> Predicate {
    match predicate {
        Predicate::Constant(constant) => Predicate::Constant(constant),
        Predicate::All(parts) => Predicate::all(parts.into_iter().map(of_persons)),
        Predicate::Any(parts) => Predicate::any(parts.into_iter().map(of_persons)),
        Predicate::Not(inner) => of_persons(*inner).negated(),
        Predicate::Test { field: Field::Event(EventColumn::Property(key)), test } => {
            Predicate::test(Field::PersonProperty(key), test)
        }
        Predicate::Test { field, test } => Predicate::test(field, test),
    }
}

impl Behind {
    /// The index of the type of group that the actors are; `None` where they are none.
    pub(crate) fn group_type(&self) -> Option<u8> {
        match self {
            Self::Everyone => None,
            Self::Lifecycle { plan, .. } => plan.actor.group_type(),
            Self::Aggregate { plan, .. } => match &plan.series[0].math {
                Math::UniqueGroups { group_type, .. } => Some(*group_type),
                Math::ActiveActors { group_type, .. } => *group_type,
                _ => None,
            },
            Self::Sequence { plan, .. } => plan.actor.group_type(),
            Self::Retention { plan, .. } => plan.actor.group_type(),
            Self::Stickiness { plan, .. } => plan.series[0].actor.group_type(),
        }
    }

    /// Whether the actors are persons.
    fn is_of_persons(&self) -> bool {
        let actor = match self {
            Self::Everyone => return true,
            Self::Lifecycle { plan, .. } => &plan.actor,
            Self::Aggregate { .. } => return self.group_type().is_none(),
            Self::Sequence { plan, .. } => &plan.actor,
            Self::Retention { plan, .. } => &plan.actor,
            Self::Stickiness { plan, .. } => &plan.series[0].actor,
        };
        *actor == Actor::Person
    }
}

impl Actor {
    fn group_type(&self) -> Option<u8> {
        let Self::Value(fields) = self else { return None };
        fields.iter().find_map(|field| match field {
            Field::GroupKey(group_type) => Some(*group_type),
            _ => None,
        })
    }
}

/// The index of the interval among `buckets` that `day` lies in.
///
/// # Errors
/// [`QueryError::Invalid`] where it is no date, or none within the range.
pub(crate) fn interval_of(day: &Day, buckets: &Buckets, context: &QueryContext) -> Result<usize, QueryError> {
    let instant = instant_of_text(&day.text, context).ok_or_else(|| {
        QueryError::invalid(&day.path, format!("{:?} is no date; give one such as 2024-02-29", day.text))
    })?;
    let index = buckets.index(instant.timestamp_micros());
    index.ok_or_else(|| QueryError::invalid(&day.path, format!("{:?} is outside the range of the insight", day.text)))
}
