//! `StickinessQuery`.

use std::ops::RangeInclusive;

use insights_core::time::Interval;

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::nodes::entity::Entity;
use crate::nodes::reader::Reader;
use crate::nodes::trends::{CompareFilter, read_date_range, read_filters, read_series};
use crate::nodes::{read_flag, read_interval, read_sampling_factor};

/// The most intervals that count as one.
const MAX_INTERVAL_COUNT: i64 = 365;

/// In how many intervals people did something.
#[derive(Clone, Debug, PartialEq)]
pub struct StickinessQuery {
    /// What is counted; at least one.
    pub series: Vec<Entity>,
    /// The length of the intervals.
    pub interval: Interval,
    /// How many intervals, counted back from the end of the range, count as one; `None` for intervals of the calendar.
    pub interval_count: Option<u32>,
    /// Over which time.
    pub date_range: DateRange,
    /// Conditions on the events of every series.
    pub filters: PropertyFilters,
    /// Whether the project's filter against its own staff applies too.
    pub filters_test_accounts: bool,
    /// With what the range is compared.
    pub compare: Option<CompareFilter>,
    /// `stickinessFilter`.
    pub stickiness: StickinessFilter,
    /// The part of the persons that is looked at; `None` for all.
    pub sampling_factor: Option<f64>,
}

/// `stickinessFilter`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StickinessFilter {
    /// How many events somebody needs in an interval to be active in it.
    pub n_events: RangeInclusive<u32>,
    /// Whether each number is of those active in as many intervals or more.
    pub is_cumulative: bool,
}

impl StickinessQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let interval_count = node.get("intervalCount").map(|count| count.whole(1, MAX_INTERVAL_COUNT)).transpose()?;
        Ok(Self {
            series: read_series(node, 1)?,
            interval: read_interval(node)?,
            interval_count: interval_count.map(|count| u32::try_from(count).expect("at most 365")),
            date_range: read_date_range(node)?,
            filters: read_filters(node)?,
            filters_test_accounts: read_flag(node, "filterTestAccounts")?,
            compare: CompareFilter::read(node)?,
            stickiness: node.get("stickinessFilter").map_or_else(
                || Ok(StickinessFilter { n_events: ANY_NUMBER, is_cumulative: false }),
                |filter| StickinessFilter::read(&filter),
            )?,
            sampling_factor: read_sampling_factor(node)?,
        })
    }
}

/// One event is enough.
const ANY_NUMBER: RangeInclusive<u32> = 1..=u32::MAX;

impl StickinessFilter {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let modes = [("non_cumulative", false), ("cumulative", true)];
        let is_cumulative = node.object()?.get("computedAs").map(|mode| mode.choice(&modes)).transpose()?;
        let n_events = node.get("stickinessCriteria").map(|criteria| read_criteria(&criteria)).transpose()?;
        Ok(Self { n_events: n_events.unwrap_or(ANY_NUMBER), is_cumulative: is_cumulative.unwrap_or(false) })
    }
}

fn read_criteria(node: &Reader<'_>) -> Result<RangeInclusive<u32>, QueryError> {
    let operator = node.object()?.require("operator", "gte, lte or exact")?;
    let operator =
        operator.choice(&[("gte", Operator::AtLeast), ("lte", Operator::AtMost), ("exact", Operator::Exactly)])?;
    // nobody is active by doing nothing: at most 0 and exactly 0 would be nobody ever
    let least = if operator == Operator::AtLeast { 0 } else { 1 };
    let value = node.require("value", "the number of events")?.whole(least, u32::MAX.into())?;
    let value = u32::try_from(value).expect("within 32 bits");
    Ok(match operator {
        Operator::AtLeast => value..=u32::MAX,
        Operator::AtMost => 1..=value,
        Operator::Exactly => value..=value,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    AtLeast,
    AtMost,
    Exactly,
}
