//! `TrendsQuery`.

use insights_core::time::Interval;

use crate::dates::{DateRange, QueryDates, Relative};
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::formula::Formula;
use crate::nodes::breakdown::BreakdownFilter;
use crate::nodes::entity::Entity;
use crate::nodes::reader::Reader;
use crate::nodes::{MAX_SERIES, read_flag, read_group_type, read_interval, read_sampling_factor, read_text};

/// The most formulas of one query.
const MAX_FORMULAS: usize = 50;

/// The most intervals that smoothing takes the mean of.
const MAX_SMOOTHING: i64 = 1000;

/// How much of something happened, over time.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendsQuery {
    /// What is counted; at least one.
    pub series: Vec<Entity>,
    /// The length of the intervals.
    pub interval: Interval,
    /// Over which time.
    pub date_range: DateRange,
    /// Conditions on the events of every series.
    pub filters: PropertyFilters,
    /// Whether the project's filter against its own staff applies too.
    pub filters_test_accounts: bool,
    /// By what the series are split.
    pub breakdown: Option<BreakdownFilter>,
    /// With what the range is compared.
    pub compare: Option<CompareFilter>,
    /// How the numbers are made and shown.
    pub trends: TrendsFilter,
    /// The part of the persons that is looked at; `None` for all.
    pub sampling_factor: Option<f64>,
    /// Whose activity is counted: groups of that type instead of persons.
    pub aggregation_group_type: Option<u8>,
}

/// `compareFilter` of a query that compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompareFilter {
    /// So long before; `None` for the period before.
    to: Option<Relative>,
}

/// `trendsFilter`.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendsFilter {
    /// How it is shown; decides whether there is one number or one for each interval.
    pub display: Display,
    /// Formulas over the series, instead of the series themselves where there are any.
    pub formulas: Vec<NamedFormula>,
    /// `smoothingIntervals`: each number is the mean over so many intervals up to its own; 1 for none.
    pub smoothing_intervals: usize,
}

/// A formula over the series.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedFormula {
    /// The formula.
    pub formula: Formula,
    /// The name that people gave it.
    pub custom_name: Option<String>,
}

/// How a trend is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// One number for each interval, however they are drawn.
    Series,
    /// One number for each interval: that of all intervals up to it.
    Cumulative,
    /// One number for the whole range.
    TotalValue,
    /// Likewise, for each country of a map.
    WorldMap,
    /// Numbers by hour and weekday.
    CalendarHeatmap,
}

impl TrendsQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let series = read_series(node, 1)?;
        let trends = match node.get("trendsFilter") {
            Some(filter) => TrendsFilter::read(&filter, series.len())?,
            None => TrendsFilter { display: Display::Series, formulas: Vec::new(), smoothing_intervals: 1 },
        };
        if let Some(goal) = node.get("conversionGoal") {
            return Err(QueryError::unsupported(goal.path(), "a conversion goal"));
        }
        Ok(Self {
            series,
            interval: read_interval(node)?,
            date_range: read_date_range(node)?,
            filters: read_filters(node)?,
            filters_test_accounts: read_flag(node, "filterTestAccounts")?,
            breakdown: read_breakdown(node)?,
            compare: CompareFilter::read(node)?,
            trends,
            sampling_factor: read_sampling_factor(node)?,
            aggregation_group_type: read_group_type(node, "aggregation_group_type_index")?,
        })
    }
}

impl CompareFilter {
    /// The dates that `dates` are compared with.
    pub fn dates(&self, dates: &QueryDates) -> QueryDates {
        match self.to {
            None => dates.previous(),
            Some(to) => dates.moved_back(to),
        }
    }

    /// Reads `compareFilter`, or `compare` of the older `trendsFilter` or `stickinessFilter`.
    pub(crate) fn read(query: &Reader<'_>) -> Result<Option<Self>, QueryError> {
        let Some(filter) = query.get("compareFilter") else {
            let older = query.get("trendsFilter").or_else(|| query.get("stickinessFilter"));
            let older = older.map(|filter| read_flag(&filter, "compare")).transpose()?;
            return Ok((older == Some(true)).then_some(Self { to: None }));
        };
        filter.object()?;
        if !read_flag(&filter, "compare")? {
            return Ok(None);
        }
        let Some(to) = filter.get("compare_to").filter(Reader::is_not_blank) else {
            return Ok(Some(Self { to: None }));
        };
        let relative = Relative::parse(to.text()?).filter(|relative| relative.count > 0 && relative.edge.is_none());
        relative
            .map(|to| Some(Self { to: Some(to) }))
            .ok_or_else(|| to.wrong("how long before, such as -7d, -1w, -1m or -1y"))
    }
}

impl TrendsFilter {
    fn read(node: &Reader<'_>, n_series: usize) -> Result<Self, QueryError> {
        node.object()?;
        let display =
            node.get("display").map(|display| display.choice(&DISPLAYS)).transpose()?.unwrap_or(Display::Series);
        let smoothing = node.get("smoothingIntervals").map(|n| n.whole(0, MAX_SMOOTHING)).transpose()?.unwrap_or(1);
        Ok(Self {
            display,
            formulas: read_formulas(node, n_series)?,
            smoothing_intervals: usize::try_from(smoothing.max(1)).expect("at least 1"),
        })
    }
}

const DISPLAYS: [(&str, Display); 16] = [
    ("Auto", Display::Series),
    ("ActionsLineGraph", Display::Series),
    ("ActionsLineGraphCumulative", Display::Cumulative),
    ("ActionsAreaGraph", Display::Series),
    ("ActionsBar", Display::Series),
    ("ActionsUnstackedBar", Display::Series),
    ("ActionsStackedBar", Display::Series),
    ("SlopeGraph", Display::Series),
    ("BoldNumber", Display::TotalValue),
    ("Metric", Display::TotalValue),
    ("ActionsPie", Display::TotalValue),
    ("ActionsBarValue", Display::TotalValue),
    ("ActionsTable", Display::TotalValue),
    ("WorldMap", Display::WorldMap),
    ("CalendarHeatmap", Display::CalendarHeatmap),
    ("TwoDimensionalHeatmap", Display::TotalValue),
];

/// `formulaNodes`, else `formulas`, else `formula`.
fn read_formulas(node: &Reader<'_>, n_series: usize) -> Result<Vec<NamedFormula>, QueryError> {
    let is_present = |list: &Reader<'_>| list.value().as_array().is_none_or(|items| !items.is_empty());
    if let Some(list) = node.get("formulaNodes").filter(is_present) {
        let named = list.list(MAX_FORMULAS)?.into_iter().map(|item| {
            let formula = item.object()?.require("formula", "a formula such as A / B")?;
            Ok(NamedFormula {
                formula: read_formula(&formula, n_series)?,
                custom_name: read_text(&item, "custom_name")?,
            })
        });
        return named.collect();
    }
    let texts = match node.get("formulas").filter(is_present) {
        Some(list) => list.list(MAX_FORMULAS)?,
        None => node.get("formula").into_iter().collect(),
    };
    let filled = texts.into_iter().filter(Reader::is_not_blank);
    filled.map(|text| Ok(NamedFormula { formula: read_formula(&text, n_series)?, custom_name: None })).collect()
}

fn read_formula(node: &Reader<'_>, n_series: usize) -> Result<Formula, QueryError> {
    Formula::parse(node.text()?, n_series).map_err(|error| node.invalid(error.to_string()))
}

/// `series`, of which there must be at least `min`.
pub(crate) fn read_series(node: &Reader<'_>, min: usize) -> Result<Vec<Entity>, QueryError> {
    let list =
        node.require("series", "a list of series, such as [{\"kind\": \"EventsNode\", \"event\": \"$pageview\"}]")?;
    let series = list.list(MAX_SERIES)?;
    if series.len() < min {
        return Err(list.invalid(format!("has {} series; at least {min} are needed", series.len())));
    }
    series.iter().map(Entity::read).collect()
}

pub(crate) fn read_date_range(node: &Reader<'_>) -> Result<DateRange, QueryError> {
    Ok(node.get("dateRange").map(|range| DateRange::read(&range)).transpose()?.unwrap_or_default())
}

pub(crate) fn read_filters(node: &Reader<'_>) -> Result<PropertyFilters, QueryError> {
    Ok(node.get("properties").map(|filters| PropertyFilters::read(&filters)).transpose()?.unwrap_or_default())
}

pub(crate) fn read_breakdown(node: &Reader<'_>) -> Result<Option<BreakdownFilter>, QueryError> {
    Ok(node.get("breakdownFilter").map(|filter| BreakdownFilter::read(&filter)).transpose()?.flatten())
}
