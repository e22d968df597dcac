//! `PathsQuery`.

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::expressions::HogqlText;
use crate::filters::PropertyFilters;
use crate::nodes::reader::Reader;
use crate::nodes::trends::{read_date_range, read_filters};
use crate::nodes::{FunnelsQuery, read_flag, read_group_type, read_sampling_factor, read_text};
use crate::predicate::Pattern;

/// How people get from one page, screen or event to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct PathsQuery {
    /// Over which time.
    pub date_range: DateRange,
    /// Conditions on the events.
    pub filters: PropertyFilters,
    /// Whether the project's filter against its own staff applies too.
    pub filters_test_accounts: bool,
    /// What is on the paths and how they are drawn.
    pub paths: PathsFilter,
    /// The funnel around one of whose steps the paths lie.
    pub funnel: Option<FunnelPathsFilter>,
    /// The part of the persons that is looked at; `None` for all.
    pub sampling_factor: Option<f64>,
}

/// `pathsFilter`.
#[derive(Clone, Debug, PartialEq)]
pub struct PathsFilter {
    /// `includeEventTypes`; empty for every event.
    pub event_types: Vec<PathEventType>,
    /// `pathsHogQLExpression`: what events that are no page views and no screens are called.
    pub hogql: Option<HogqlText>,
    /// `excludeEvents`: items that are left out, where types are given; otherwise types whose events are called by their own names.
    pub excluded: Vec<String>,
    /// `pathGroupings`: names with wildcards, for the items that contain them.
    pub groupings: Vec<String>,
    /// `pathReplacements`: whether the project's rules for cleaning items apply too.
    pub cleans_by_project: bool,
    /// `localPathCleaningFilters`: rules for cleaning items.
    pub cleaning: Vec<PathCleaningRule>,
    /// `startPoint`: the item that paths begin with.
    pub start: Option<String>,
    /// `endPoint`: the item that paths end with.
    pub end: Option<String>,
    /// `stepLimit`: the most items of a path.
    pub step_limit: usize,
    /// `edgeLimit`: the most edges.
    pub edge_limit: usize,
    /// `minEdgeWeight`: how often an edge must be taken to be shown.
    pub min_weight: Option<u64>,
    /// `maxEdgeWeight`: how often an edge may be taken to be shown.
    pub max_weight: Option<u64>,
}

/// One of `includeEventTypes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathEventType {
    /// Page views, called by their URL.
    PageView,
    /// Screens, called by their name.
    Screen,
    /// Events whose names do not begin with a dollar sign.
    Custom,
    /// What the expression makes of events; selects none by itself.
    Hogql,
}

impl PathEventType {
    const NAMES: [(&str, Self); 4] = [
        ("$pageview", Self::PageView),
        ("$screen", Self::Screen),
        ("custom_event", Self::Custom),
        ("hogql", Self::Hogql),
    ];

    /// Its name in queries.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// What is replaced in the text of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct PathCleaningRule {
    /// `regex`: every place that it matches is replaced.
    pub pattern: Pattern,
    /// `alias`: the replacement; `\1` stands for what the pattern's first group matched.
    pub alias: String,
}

/// `funnelPathsFilter`.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelPathsFilter {
    /// `funnelPathType`
    pub part: FunnelPathPart,
    /// `funnelSource`
    pub source: Box<FunnelsQuery>,
    /// `funnelStep`: the step, from 1; below 0 (-2 is the least) who got to the step before it and no further.
    pub step: Option<i64>,
    /// Where it stands in the query.
    pub path: String,
}

/// `funnelPathType`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunnelPathPart {
    /// What leads up to the step.
    Before,
    /// What lies between the step before it and the step.
    Between,
    /// What follows the step.
    After,
}

const DEFAULT_STEPS: usize = 5;

/// The most items of a path that one may ask for.
const MAX_STEPS: i64 = 100;

const DEFAULT_EDGES: usize = 50;

/// The most edges that one may ask for.
const MAX_EDGES: i64 = 50_000;

/// The highest weight that one may ask for.
const MAX_WEIGHT: i64 = 1_000_000_000;

/// The most entries in each list of a query.
const MAX_ENTRIES: usize = 1000;

impl PathsQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        // paths are always those of persons
        read_group_type(node, "aggregation_group_type_index")?;
        Ok(Self {
            date_range: read_date_range(node)?,
            filters: read_filters(node)?,
            filters_test_accounts: read_flag(node, "filterTestAccounts")?,
            paths: node.get("pathsFilter").map(|filter| PathsFilter::read(&filter)).transpose()?.unwrap_or_default(),
            funnel: node.get("funnelPathsFilter").map(|filter| FunnelPathsFilter::read(&filter)).transpose()?,
            sampling_factor: read_sampling_factor(node)?,
        })
    }
}

impl Default for PathsFilter {
    fn default() -> Self {
        Self {
            event_types: Vec::new(),
            hogql: None,
            excluded: Vec::new(),
            groupings: Vec::new(),
            cleans_by_project: false,
            cleaning: Vec::new(),
            start: None,
            end: None,
            step_limit: DEFAULT_STEPS,
            edge_limit: DEFAULT_EDGES,
            min_weight: None,
            max_weight: None,
        }
    }
}

impl PathsFilter {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        node.object()?;
        let point = |key| Ok::<_, QueryError>(read_text(node, key)?.filter(|text| !text.is_empty()));
        let weight = |key| Ok::<_, QueryError>(read_count(node, key, MAX_WEIGHT)?.map(|weight| weight as u64));
        let expression = node.get("pathsHogQLExpression").filter(Reader::is_not_blank);
        let types = read_list(node, "includeEventTypes")?;
        let cleaning = read_list(node, "localPathCleaningFilters")?;
        let cleaning = cleaning.iter().map(PathCleaningRule::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            event_types: types.iter().map(|kind| kind.choice(&PathEventType::NAMES)).collect::<Result<_, _>>()?,
            hogql: expression.map(|text| HogqlText::read(&text)).transpose()?,
            excluded: read_texts(node, "excludeEvents")?,
            groupings: read_texts(node, "pathGroupings")?.into_iter().filter(|text| !text.is_empty()).collect(),
            cleans_by_project: read_flag(node, "pathReplacements")?,
            cleaning: cleaning.into_iter().flatten().collect(),
            start: point("startPoint")?,
            end: point("endPoint")?,
            step_limit: read_count(node, "stepLimit", MAX_STEPS)?.unwrap_or(DEFAULT_STEPS),
            edge_limit: read_count(node, "edgeLimit", MAX_EDGES)?.unwrap_or(DEFAULT_EDGES),
            min_weight: weight("minEdgeWeight")?,
            max_weight: weight("maxEdgeWeight")?,
        })
    }
}

impl PathCleaningRule {
    /// `None` for a rule that is still being written: it has no pattern.
    pub(crate) fn read(node: &Reader<'_>) -> Result<Option<Self>, QueryError> {
        node.object()?;
        let Some(regex) = node.get("regex").filter(Reader::is_not_blank) else { return Ok(None) };
        let text = regex.text()?;
        let pattern = Pattern::new(text)
            .map_err(|error| regex.invalid(format!("{text:?} is not a regular expression: {error}")))?;
        Ok(Some(Self { pattern, alias: read_text(node, "alias")?.unwrap_or_default() }))
    }
}

impl FunnelPathsFilter {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        node.object()?;
        let parts = [
            ("funnel_path_before_step", FunnelPathPart::Before),
            ("funnel_path_between_steps", FunnelPathPart::Between),
            ("funnel_path_after_step", FunnelPathPart::After),
        ];
        let names = parts.map(|(name, _)| name).join(", ");
        let part = node.require("funnelPathType", &format!("one of {names}"))?.choice(&parts)?;
        let source = node.require("funnelSource", "the FunnelsQuery whose steps are meant")?;
        if let Some(kind) = source.object()?.get("kind") {
            kind.choice(&[("FunnelsQuery", ())])?;
        }
        Ok(Self {
            part,
            source: Box::new(FunnelsQuery::read(&source)?),
            step: node.get("funnelStep").map(|step| step.whole(-MAX_FUNNEL_STEP, MAX_FUNNEL_STEP)).transpose()?,
            path: node.path().to_owned(),
        })
    }
}

/// More than any funnel has; which steps a funnel has is checked when it is planned.
const MAX_FUNNEL_STEP: i64 = 1000;

/// A number above 0 at `key`; PostHog takes 0 for not given.
fn read_count(node: &Reader<'_>, key: &str, max: i64) -> Result<Option<usize>, QueryError> {
    let count = node.get(key).map(|count| count.whole(0, max)).transpose()?.filter(|count| *count > 0);
    Ok(count.map(|count| usize::try_from(count).expect("above 0 and within 32 bits")))
}

/// The entries of the list at `key` that are not null; none where there is no list.
fn read_list<'a>(node: &Reader<'a>, key: &str) -> Result<Vec<Reader<'a>>, QueryError> {
    let list = node.get(key).map(|list| list.list(MAX_ENTRIES)).transpose()?.unwrap_or_default();
    Ok(list.into_iter().filter(|entry| !entry.value().is_null()).collect())
}

fn read_texts(node: &Reader<'_>, key: &str) -> Result<Vec<String>, QueryError> {
    read_list(node, key)?.iter().map(|entry| entry.text().map(str::to_owned)).collect()
}
