//! `ActorsQuery`: who is behind a number of an insight.

use crate::error::QueryError;
use crate::expressions::HogqlText;
use crate::filters::PropertyFilters;
use crate::nodes::reader::Reader;
use crate::nodes::{FunnelsQuery, LifecycleQuery, RetentionQuery, StickinessQuery, TrendsQuery, read_text};
use crate::plan::lifecycle::LifecycleState;

/// How many actors an answer has where the query does not say.
const DEFAULT_LIMIT: usize = 100;

/// The most actors of one answer; a larger limit is cut to it.
const MAX_LIMIT: usize = 50_000;

/// The most columns, and the most of them that an answer is ordered by.
const MAX_COLUMNS: usize = 100;

/// The most steps of a funnel that may be asked for at once.
const MAX_STEPS: usize = 100;

/// Persons or groups, a row each.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorsQuery {
    /// Which of them.
    pub behind: BehindNode,
    /// `select`: the columns of the answer; `None` for what fits the source.
    pub columns: Option<Vec<ActorColumn>>,
    /// `search`: what a name, an email address or an id contains; not empty.
    pub search: Option<String>,
    /// `properties` and `fixedProperties`: conditions on the person.
    pub filters: PropertyFilters,
    /// `orderBy`: by which columns, and whether descending; `None` for what fits the columns.
    pub order_by: Option<Vec<(ActorColumn, bool)>>,
    /// The most rows.
    pub limit: usize,
    /// How many rows are left out first.
    pub offset: usize,
}

/// Behind which number the actors are.
#[derive(Clone, Debug, PartialEq)]
pub enum BehindNode {
    /// All persons.
    Everyone,
    /// A point of a line of a trend.
    Trends {
        /// The insight.
        query: Box<TrendsQuery>,
        /// The point.
        part: TrendsPart,
    },
    /// A step of a funnel.
    Funnels {
        /// The insight.
        query: Box<FunnelsQuery>,
        /// The step.
        part: FunnelsPart,
    },
    /// A state in an interval.
    Lifecycle {
        /// The insight.
        query: Box<LifecycleQuery>,
        /// A date within the interval; any interval where it is `None`.
        day: Option<Day>,
        /// The state; any where it is `None`.
        status: Option<LifecycleState>,
    },
    /// A row of retention.
    Retention {
        /// The insight.
        query: Box<RetentionQuery>,
        /// The row.
        part: RetentionPart,
    },
    /// A number of active intervals.
    Stickiness {
        /// The insight.
        query: Box<StickinessQuery>,
        /// The number.
        part: StickinessPart,
    },
}

/// A date as it stands in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The text as sent.
    pub text: String,
    /// Where it stands.
    pub path: String,
}

/// A point of a line of a trend.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendsPart {
    /// Where the part is asked for.
    pub path: String,
    /// Index of the series.
    pub series: usize,
    /// A date within the interval.
    pub day: Option<Day>,
    /// The value of each breakdown, as answers show it; any where it is `None`.
    pub breakdown: Option<Vec<String>>,
    /// Whether it is of the period that is compared with.
    pub is_previous: bool,
}

/// A part of a funnel.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelsPart {
    /// Where the part is asked for.
    pub path: String,
    /// Which actors.
    pub who: FunnelActors,
    /// The value of each breakdown, as answers show it; any where it is `None`.
    pub breakdown: Option<Vec<String>>,
}

/// Which actors of a funnel.
#[derive(Clone, Debug, PartialEq)]
pub enum FunnelActors {
    /// `funnelStep`: those who took the step of that index.
    Reached(usize),
    /// `funnelStep`, negative: those who took the step before the one of that index, and went no further.
    DroppedBefore(usize),
    /// `funnelCustomSteps`: those whose last step is one of these indices.
    LastStep(Vec<usize>),
    /// `funnelTrendsEntrancePeriodStart` and `funnelTrendsDropOff`: those who began in an interval.
    Began {
        /// A date within the interval.
        day: Day,
        /// Whether they are those who did not convert.
        dropped_off: bool,
    },
}

/// A row of retention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionPart {
    /// Where the part is asked for.
    pub path: String,
    /// `interval`: its index.
    pub row: usize,
    /// The value of the breakdown, as answers show it; any where it is `None`.
    pub breakdown: Option<Vec<String>>,
}

impl RetentionPart {
    /// What stands before the paths of its keys.
    pub(crate) fn prefix(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("{}.", self.path) }
    }
}

/// A bar of a chart of stickiness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StickinessPart {
    /// Where the part is asked for.
    pub path: String,
    /// Index of the series.
    pub series: usize,
    /// `day`: in how many intervals; in any number of them where it is `None`.
    pub n_intervals: Option<u64>,
    /// `operator`: how the number must compare.
    pub relation: CountRelation,
    /// Whether it is of the period that is compared with.
    pub is_previous: bool,
}

/// How a count compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountRelation {
    /// `exact`
    #[default]
    Exact,
    /// `gte`
    AtLeast,
    /// `lte`
    AtMost,
    /// `gt`
    More,
    /// `lt`
    Fewer,
}

/// A column of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorColumn {
    /// Its name: the text as sent.
    pub name: String,
    /// What it has.
    pub content: ActorContent,
}

/// What a column has.
#[derive(Clone, Debug, PartialEq)]
pub enum ActorContent {
    /// `actor`, `person`, `group`: all that is known of the actor.
    Actor,
    /// `id`, `person_id`, `actor_id`, `group_key`
    Id,
    /// `created_at`
    CreatedAt,
    /// `is_identified`
    IsIdentified,
    /// `properties`
    Properties,
    /// `properties.key`
    Property(String),
    /// `event_count`: how many of the actor's events are behind the number.
    EventCount,
    /// `event_distinct_ids`: the distinct ids of these events.
    EventDistinctIds,
    /// `appearances`: in which columns of retention the actor is.
    Appearances,
    /// `length(appearances)`
    AppearanceCount,
    /// `day_3`, `week_3`, …: whether the actor is in that column of retention.
    AppearsIn(u32),
    /// `matched_recordings`: recordings of these events, of which there are none.
    Recordings,
    /// `person.$delete`, which clients show a button in.
    Delete,
    /// Any other value of the person.
    Hogql(Box<HogqlText>),
}

impl ActorsQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let columns = node.get("select").map(|list| read_columns(&list)).transpose()?;
        let filters = [node.get("properties"), node.get("fixedProperties")].into_iter().flatten();
        Ok(Self {
            behind: node.get("source").map_or(Ok(BehindNode::Everyone), |source| BehindNode::read(&source))?,
            columns: columns.filter(|columns| !columns.is_empty()),
            search: read_text(node, "search")?.filter(|search| !search.is_empty()),
            filters: PropertyFilters::all(
                filters.map(|filters| PropertyFilters::read(&filters)).collect::<Result<_, _>>()?,
            ),
            order_by: node.get("orderBy").map(|list| read_order(&list)).transpose()?,
            limit: read_count(node, "limit")?.filter(|limit| *limit > 0).unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
            offset: read_count(node, "offset")?.unwrap_or(0),
        })
    }

    /// Reads an `InsightActorsQuery` or one of its kin, which is asked for the ids alone.
    pub(crate) fn read_bare(node: &Reader<'_>) -> Result<Self, QueryError> {
        let id = ActorColumn { name: "actor_id".to_owned(), content: ActorContent::Id };
        Ok(Self {
            behind: BehindNode::read(node)?,
            columns: Some(vec![id]),
            search: None,
            filters: PropertyFilters::default(),
            order_by: None,
            limit: DEFAULT_LIMIT,
            offset: 0,
        })
    }
}

impl BehindNode {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let kind = node.object()?.require("kind", KINDS)?;
        if !matches!(kind.text()?, "InsightActorsQuery" | "FunnelsActorsQuery" | "StickinessActorsQuery") {
            return Err(kind.wrong(KINDS));
        }
        let source = node.require("source", "the insight")?;
        let source_kind = source.object()?.require("kind", INSIGHTS)?;
        match source_kind.text()? {
            "TrendsQuery" => {
                let query = Box::new(TrendsQuery::read(&source)?);
                let part = TrendsPart {
                    path: node.path().to_owned(),
                    series: read_series_index(node, query.series.len())?,
                    day: read_day(node)?,
                    breakdown: read_breakdown_value(node, "breakdown")?,
                    is_previous: read_is_previous(node)?,
                };
                Ok(Self::Trends { query, part })
            }
            "FunnelsQuery" => {
                let query = Box::new(FunnelsQuery::read(&source)?);
                let part = FunnelsPart {
                    path: node.path().to_owned(),
                    who: FunnelActors::read(node)?,
                    breakdown: read_breakdown_value(node, "funnelStepBreakdown")?,
                };
                Ok(Self::Funnels { query, part })
            }
            "LifecycleQuery" => {
                let statuses = [
                    ("new", LifecycleState::New),
                    ("returning", LifecycleState::Returning),
                    ("resurrecting", LifecycleState::Resurrecting),
                    ("dormant", LifecycleState::Dormant),
                ];
                Ok(Self::Lifecycle {
                    query: Box::new(LifecycleQuery::read(&source)?),
                    day: read_day(node)?,
                    status: node.get("status").map(|status| status.choice(&statuses)).transpose()?,
                })
            }
            "StickinessQuery" => {
                let query = Box::new(StickinessQuery::read(&source)?);
                let relations = [
                    ("exact", CountRelation::Exact),
                    ("gte", CountRelation::AtLeast),
                    ("lte", CountRelation::AtMost),
                    ("gt", CountRelation::More),
                    ("lt", CountRelation::Fewer),
                ];
                let part = StickinessPart {
                    path: node.path().to_owned(),
                    series: read_series_index(node, query.series.len())?,
                    n_intervals: read_number_of_intervals(node)?,
                    relation: node.get("operator").map(|it| it.choice(&relations)).transpose()?.unwrap_or_default(),
                    is_previous: read_is_previous(node)?,
                };
                Ok(Self::Stickiness { query, part })
            }
            "RetentionQuery" => {
                let query = Box::new(RetentionQuery::read(&source)?);
                let part = RetentionPart {
                    path: node.path().to_owned(),
                    row: read_count(node, "interval")?.unwrap_or(0),
                    breakdown: read_breakdown_value(node, "breakdown")?,
                };
                Ok(Self::Retention { query, part })
            }
            "PathsQuery" | "FunnelCorrelationQuery" => {
                Err(QueryError::unsupported(source_kind.path(), format!("who is behind a {}", source_kind.text()?)))
            }
            _ => Err(source_kind.wrong(INSIGHTS)),
        }
    }
}

const KINDS: &str = "InsightActorsQuery, FunnelsActorsQuery or StickinessActorsQuery";

const INSIGHTS: &str = "TrendsQuery, FunnelsQuery, RetentionQuery, LifecycleQuery or StickinessQuery";

impl FunnelActors {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        if let Some(day) = node.get("funnelTrendsEntrancePeriodStart") {
            let drop_off = node.get("funnelTrendsDropOff").map(|flag| flag.bool()).transpose()?;
            return Ok(Self::Began { day: Day::read(&day)?, dropped_off: drop_off.unwrap_or(false) });
        }
        if let Some(steps) = node.get("funnelCustomSteps").filter(|steps| steps.value() != &serde_json::json!([])) {
            let step = |step: &Reader<'_>| Ok(index(step.whole(1, MAX_STEP)?) - 1);
            return Ok(Self::LastStep(steps.list(MAX_STEPS)?.iter().map(step).collect::<Result<_, QueryError>>()?));
        }
        let step =
            node.require("funnelStep", "the number of the step, from 1, or -2 for who dropped off before step 2")?;
        match step.whole(-MAX_STEP, MAX_STEP)? {
            number if number >= 1 => Ok(Self::Reached(index(number) - 1)),
            number if number <= -2 => Ok(Self::DroppedBefore(index(-number) - 1)),
            _ => Err(step.wrong("the number of a step, from 1, or of one that was dropped off before, from -2")),
        }
    }
}

/// The highest number of a step; whether there is such a step is known with the funnel.
const MAX_STEP: i64 = 1000;

fn index(number: i64) -> usize {
    usize::try_from(number).expect("a positive number of a step")
}

fn read_series_index(node: &Reader<'_>, n_series: usize) -> Result<usize, QueryError> {
    let max = i64::try_from(n_series).expect("a query has few series") - 1;
    let series = node.get("series").map(|series| series.whole(0, max.max(0))).transpose()?;
    Ok(series.map_or(0, |series| usize::try_from(series).expect("at least 0")))
}

impl Day {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        Ok(Self { text: node.text()?.to_owned(), path: node.path().to_owned() })
    }
}

/// `day`; clients send numbers for stickiness alone.
fn read_day(node: &Reader<'_>) -> Result<Option<Day>, QueryError> {
    node.get("day").map(|day| Day::read(&day)).transpose()
}

fn read_number_of_intervals(node: &Reader<'_>) -> Result<Option<u64>, QueryError> {
    let Some(day) = node.get("day") else { return Ok(None) };
    let wanted = || day.wrong("in how many intervals, from 1");
    let number = day.scalar_text()?.parse::<u32>().ok().filter(|number| *number > 0);
    number.map(|number| Some(number.into())).ok_or_else(wanted)
}

fn read_is_previous(node: &Reader<'_>) -> Result<bool, QueryError> {
    let periods = [("current", false), ("previous", true)];
    Ok(node.get("compare").map(|period| period.choice(&periods)).transpose()?.unwrap_or(false))
}

/// One value, or one for each property.
fn read_breakdown_value(node: &Reader<'_>, key: &str) -> Result<Option<Vec<String>>, QueryError> {
    let Some(value) = node.get(key) else { return Ok(None) };
    if value.value().is_array() {
        return value.list(MAX_COLUMNS)?.iter().map(Reader::scalar_text).collect::<Result<_, _>>().map(Some);
    }
    Ok(Some(vec![value.scalar_text()?]))
}

fn read_count(node: &Reader<'_>, key: &str) -> Result<Option<usize>, QueryError> {
    let count = node.get(key).map(|count| count.whole(0, i64::from(u32::MAX))).transpose()?;
    Ok(count.map(|count| usize::try_from(count).expect("at least 0")))
}

fn read_columns(list: &Reader<'_>) -> Result<Vec<ActorColumn>, QueryError> {
    list.list(MAX_COLUMNS)?.iter().map(|column| ActorColumn::read(column, column.text()?)).collect()
}

fn read_order(list: &Reader<'_>) -> Result<Vec<(ActorColumn, bool)>, QueryError> {
    let mut order = Vec::new();
    for item in list.list(MAX_COLUMNS)? {
        for text in split_at_commas(item.text()?) {
            order.push(read_order_by(&item, text.trim())?);
        }
    }
    Ok(order)
}

/// One value that rows are ordered by, in `item`.
fn read_order_by(item: &Reader<'_>, text: &str) -> Result<(ActorColumn, bool), QueryError> {
    let (name, descending) = match text.rsplit_once(char::is_whitespace) {
        Some((name, direction)) if direction.eq_ignore_ascii_case("desc") => (name.trim_end(), true),
        Some((name, direction)) if direction.eq_ignore_ascii_case("asc") => (name.trim_end(), false),
        _ => (text, false),
    };
    Ok((ActorColumn::read(item, name)?, descending))
}

/// The parts of a list in a text: clients send several values in one.
fn split_at_commas(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = text.split(move |c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.collect()
}

impl ActorColumn {
    /// The column of that name, which is the text of `node` or a part of it.
    fn read(node: &Reader<'_>, name: &str) -> Result<Self, QueryError> {
        let content = match name.trim() {
            "actor" | "person" | "group" => ActorContent::Actor,
            "id" | "person_id" | "person.id" | "actor_id" | "group_key" | "key" => ActorContent::Id,
            "created_at" | "person.created_at" => ActorContent::CreatedAt,
            "is_identified" | "person.is_identified" => ActorContent::IsIdentified,
            "properties" | "person.properties" => ActorContent::Properties,
            "event_count" => ActorContent::EventCount,
            "event_distinct_ids" => ActorContent::EventDistinctIds,
            "appearances" => ActorContent::Appearances,
            "length(appearances)" => ActorContent::AppearanceCount,
            "matched_recordings" => ActorContent::Recordings,
            "person.$delete" => ActorContent::Delete,
            text => match (plain_property(text), column_of_interval(text)) {
                (Some(key), _) => ActorContent::Property(key.to_owned()),
                (None, Some(column)) => ActorContent::AppearsIn(column),
                (None, None) => ActorContent::Hogql(Box::new(HogqlText::of_person(node, text)?)),
            },
        };
        Ok(Self { name: name.to_owned(), content })
    }
}

/// The key in a text that is no more than a property of the person.
fn plain_property(text: &str) -> Option<&str> {
    let key = text.strip_prefix("person.").unwrap_or(text).strip_prefix("properties.")?;
    let is_name = key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'));
    (is_name && !key.is_empty()).then_some(key)
}

/// The column in a text such as `day_3`.
fn column_of_interval(text: &str) -> Option<u32> {
    let (period, column) = text.split_once('_')?;
    let is_period = matches!(period, "hour" | "day" | "week" | "month");
    column.parse().ok().filter(|_| is_period)
}
