//! `RetentionQuery`.

use insights_core::time::Interval;
use serde_json::Value;

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::field::Field;
use crate::filters::PropertyFilters;
use crate::nodes::breakdown::BreakdownFilter;
use crate::nodes::entity::{Entity, EntityKind};
use crate::nodes::reader::Reader;
use crate::nodes::trends::{read_breakdown, read_date_range, read_filters};
use crate::nodes::{read_flag, read_group_type, read_id, read_sampling_factor, read_text};
use crate::scan::EventColumn;

/// The event that stands for an entity that the query does not name.
const DEFAULT_EVENT: &str = "$pageview";

/// How many intervals are looked at where the query does not say.
const DEFAULT_INTERVALS: usize = 7;

/// The most intervals that a query may look ahead, and the most that a bracket may have.
const MAX_INTERVALS: i64 = 50_000;

/// The most custom brackets.
const MAX_BRACKETS: usize = 1_000;

/// The most returns that a query may ask for in one interval.
const MAX_OCCURRENCES: i64 = 1_000_000;

/// Who comes back, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionQuery {
    /// The length of the intervals: hours, days, weeks or months.
    pub interval: Interval,
    /// Over which time. Where it has no beginning, the query looks back [`RetentionFilter::n_intervals`].
    pub date_range: DateRange,
    /// Conditions on all events.
    pub filters: PropertyFilters,
    /// Whether the project's filter against its own staff applies too.
    pub filters_test_accounts: bool,
    /// By what the numbers are split.
    pub breakdown: Option<BreakdownFilter>,
    /// The part of the persons that is looked at; `None` for all.
    pub sampling_factor: Option<f64>,
    /// Who comes back: groups of that type instead of persons.
    pub aggregation_group_type: Option<u8>,
    /// What retention is.
    pub retention: RetentionFilter,
}

/// `retentionFilter`.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionFilter {
    /// `targetEntity`: what people begin with.
    pub target: Entity,
    /// `returningEntity`: what they come back with.
    pub returning: Entity,
    /// `retentionType`.
    pub kind: RetentionKind,
    /// `totalIntervals`: how many intervals are looked at from each one on, with it.
    pub n_intervals: usize,
    /// `retentionCustomBrackets`: the later intervals put together, so many each; empty where each stands for itself.
    pub brackets: Vec<u32>,
    /// `timeWindowMode`: whether intervals are counted from the person's first event instead of by the calendar.
    pub is_rolling: bool,
    /// `cumulative`: whether those who come back later count as having come back all the time before.
    pub is_cumulative: bool,
    /// `minimumOccurrences`: how many events in an interval make a return.
    pub min_occurrences: u32,
    /// `aggregationType` and what it is computed of.
    pub aggregation: Option<RetentionAggregation>,
}

/// `retentionType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionKind {
    /// People begin with each of their target events.
    Recurring,
    /// With the first that passes the filters.
    FirstTime,
    /// With the first, if that passes the filters.
    FirstEver,
}

/// A number beside the number of people.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionAggregation {
    /// How it is computed.
    pub function: RetentionAggregate,
    /// What it is computed of, or what a later version computes it of.
    field: Result<Field, String>,
    path: String,
}

/// How a number beside the number of people is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionAggregate {
    /// The sum.
    Sum,
    /// The sum for each person.
    Average,
}

impl RetentionAggregation {
    /// What it is computed of.
    ///
    /// # Errors
    /// [`QueryError::Unsupported`] for what is no field of an event or its person.
    pub fn field(&self) -> Result<&Field, QueryError> {
        self.field.as_ref().map_err(|what| QueryError::unsupported(&self.path, what))
    }
}

impl RetentionQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let empty = Value::Object(serde_json::Map::new());
        let filter = node.get("retentionFilter").unwrap_or_else(|| Reader::at(&empty, node.path_of("retentionFilter")));
        filter.object()?;
        Ok(Self {
            interval: filter.get("period").map(|period| period.choice(&PERIODS)).transpose()?.unwrap_or(Interval::Day),
            date_range: read_date_range(node)?,
            filters: read_filters(node)?,
            filters_test_accounts: read_flag(node, "filterTestAccounts")?,
            breakdown: read_breakdown(node)?,
            sampling_factor: read_sampling_factor(node)?,
            aggregation_group_type: read_group_type(node, "aggregation_group_type_index")?,
            retention: RetentionFilter::read(&filter)?,
        })
    }
}

const PERIODS: [(&str, Interval); 4] =
    [("Hour", Interval::Hour), ("Day", Interval::Day), ("Week", Interval::Week), ("Month", Interval::Month)];

const KINDS: [(&str, RetentionKind); 3] = [
    ("retention_recurring", RetentionKind::Recurring),
    ("retention_first_time", RetentionKind::FirstTime),
    ("retention_first_ever_occurrence", RetentionKind::FirstEver),
];

impl RetentionFilter {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let kind =
            node.get("retentionType").filter(Reader::is_not_blank).map(|kind| kind.choice(&KINDS)).transpose()?;
        let whole = |key, max| node.get(key).map(|number| number.whole(0, max)).transpose();
        let n_intervals = whole("totalIntervals", MAX_INTERVALS)?.filter(|n| *n > 0);
        let windows = [("strict_calendar_dates", false), ("24_hour_windows", true)];
        Ok(Self {
            target: read_entity(node, "targetEntity")?,
            returning: read_entity(node, "returningEntity")?,
            kind: kind.unwrap_or(RetentionKind::Recurring),
            n_intervals: n_intervals.map_or(DEFAULT_INTERVALS, |n| usize::try_from(n).expect("at least 1")),
            brackets: read_brackets(node)?,
            is_rolling: node.get("timeWindowMode").map(|mode| mode.choice(&windows)).transpose()?.unwrap_or(false),
            is_cumulative: read_flag(node, "cumulative")?,
            min_occurrences: whole("minimumOccurrences", MAX_OCCURRENCES)?
                .map_or(1, |n| u32::try_from(n.max(1)).expect("at most a million")),
            aggregation: read_aggregation(node)?,
        })
    }
}

fn read_brackets(node: &Reader<'_>) -> Result<Vec<u32>, QueryError> {
    let Some(list) = node.get("retentionCustomBrackets") else { return Ok(Vec::new()) };
    let sizes = list.list(MAX_BRACKETS)?.into_iter().map(|size| {
        let size = size.whole(1, MAX_INTERVALS)?;
        Ok(u32::try_from(size).expect("at most the most intervals"))
    });
    sizes.collect()
}

/// `None` for the number of people alone, which is also what a type without a property is.
fn read_aggregation(node: &Reader<'_>) -> Result<Option<RetentionAggregation>, QueryError> {
    let functions =
        [("count", None), ("sum", Some(RetentionAggregate::Sum)), ("avg", Some(RetentionAggregate::Average))];
    let function = node.get("aggregationType").map(|kind| kind.choice(&functions)).transpose()?.flatten();
    let property = node.get("aggregationProperty").filter(Reader::is_not_blank);
    let (Some(function), Some(property)) = (function, property) else { return Ok(None) };
    let name = property.text()?.to_owned();
    let sources = [("event", 0), ("person", 1), ("data_warehouse", 2)];
    let source = node.get("aggregationPropertyType").map(|source| source.choice(&sources)).transpose()?;
    let field = match source.unwrap_or(0) {
        0 => Ok(Field::Event(EventColumn::Property(name))),
        1 => Ok(Field::PersonProperty(name)),
        _ => Err("a column of the data warehouse".to_owned()),
    };
    Ok(Some(RetentionAggregation { function, field, path: property.path().to_owned() }))
}

/// `{"id": "$pageview", "type": "events", "properties": […]}`; no id stands for all events.
fn read_entity(filter: &Reader<'_>, key: &str) -> Result<Entity, QueryError> {
    let Some(node) = filter.get(key) else {
        return Ok(entity(EntityKind::Events(Some(DEFAULT_EVENT.to_owned())), filter.path_of(key)));
    };
    node.object()?;
    let kinds = [("events", 0), ("actions", 1), ("data_warehouse", 2)];
    let id = node.get("id").filter(Reader::is_not_blank);
    let kind = match (node.get("type").map(|kind| kind.choice(&kinds)).transpose()?, id) {
        (Some(2), _) => EntityKind::DataWarehouse,
        (Some(1), Some(id)) => EntityKind::Action(read_id(&id, "the id of an action")?),
        (_, id) => EntityKind::Events(id.map(|id| id.scalar_text()).transpose()?),
    };
    Ok(Entity {
        name: read_text(&node, "name")?,
        custom_name: read_text(&node, "custom_name")?,
        filters: read_filters(&node)?,
        ..entity(kind, node.path().to_owned())
    })
}

/// An entity without filters that counts nothing.
fn entity(kind: EntityKind, path: String) -> Entity {
    Entity {
        kind,
        name: None,
        custom_name: None,
        math: None,
        math_name: None,
        math_property: None,
        math_property_type: None,
        math_hogql: None,
        math_group_type_index: None,
        filters: PropertyFilters::default(),
        is_optional_step: false,
        path,
    }
}
