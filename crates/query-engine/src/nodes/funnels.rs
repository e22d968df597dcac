//! `FunnelsQuery`.

use insights_core::time::Interval;

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::expressions::HogqlText;
use crate::filters::PropertyFilters;
use crate::nodes::breakdown::BreakdownFilter;
use crate::nodes::entity::Entity;
use crate::nodes::reader::Reader;
use crate::nodes::trends::{read_breakdown, read_date_range, read_filters, read_series};
use crate::nodes::{MAX_SERIES, read_flag, read_group_type, read_interval, read_sampling_factor};

/// How many got from one step to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelsQuery {
    /// The steps; at least one (that there are two is checked when it is planned, as stored funnels may be unfinished).
    pub series: Vec<Entity>,
    /// The length of the intervals of [`FunnelVisual::Trends`].
    pub interval: Interval,
    /// Over which time.
    pub date_range: DateRange,
    /// Conditions on the events of every step.
    pub filters: PropertyFilters,
    /// Whether the project's filter against its own staff applies too.
    pub filters_test_accounts: bool,
    /// By what the funnel is split.
    pub breakdown: Option<BreakdownFilter>,
    /// How it is matched and shown.
    pub funnels: FunnelsFilter,
    /// The part of the persons that is looked at; `None` for all.
    pub sampling_factor: Option<f64>,
    /// Who goes through the funnel: groups of that type instead of persons.
    pub aggregation_group_type: Option<u8>,
}

/// `funnelsFilter`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunnelsFilter {
    /// `funnelVizType`
    pub visual: FunnelVisual,
    /// `funnelOrderType`
    pub order: FunnelOrder,
    /// `funnelWindowInterval` and `funnelWindowIntervalUnit`
    pub window: FunnelWindow,
    /// `breakdownAttributionType` and `breakdownAttributionValue`
    pub attribution: Attribution,
    /// `funnelStepReference`
    pub step_reference: StepReference,
    /// `funnelFromStep`: the step, from 0, that trends and times to convert begin with.
    pub from_step: Option<usize>,
    /// `funnelToStep`: the step, from 0, that they end with.
    pub to_step: Option<usize>,
    /// `binCount` of times to convert; `None` for as many as there are by rule.
    pub bin_count: Option<usize>,
    /// `exclusions`
    pub exclusions: Vec<FunnelExclusion>,
    /// `funnelAggregateByHogQL`: the expression by whose values, instead of persons, the funnel is matched.
    pub aggregate_by_hogql: Option<HogqlText>,
}

/// Events that put whoever does them between two steps out of the funnel.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelExclusion {
    /// The events.
    pub entity: Entity,
    /// `funnelFromStep`: the step, from 0, after which they count.
    pub from_step: usize,
    /// `funnelToStep`: the step, from 0, before which they count.
    pub to_step: usize,
}

/// `funnelVizType`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FunnelVisual {
    /// How many reached each step.
    #[default]
    Steps,
    /// How long conversions took.
    TimeToConvert,
    /// The rate of conversion over time.
    Trends,
}

/// `funnelOrderType`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FunnelOrder {
    /// In order, with anything in between.
    #[default]
    Ordered,
    /// In any order.
    Unordered,
    /// In order, with no other event in between.
    Strict,
}

/// `funnelStepReference`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepReference {
    /// Relative to the first step.
    #[default]
    Total,
    /// Relative to the step before.
    Previous,
}

/// Within which time of the first step the others must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunnelWindow {
    /// The time, in seconds; days, weeks (7 days) and months (31 days) are of fixed length.
    pub seconds: i64,
}

impl Default for FunnelWindow {
    fn default() -> Self {
        Self { seconds: DEFAULT_WINDOW_DAYS * 86_400 }
    }
}

/// `breakdownAttributionType`: which of a person's values count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attribution {
    /// The first that is set.
    #[default]
    FirstTouch,
    /// The last that is set.
    LastTouch,
    /// One that is the same on every step.
    AllEvents,
    /// That of the step, from 0.
    Step(usize),
}

const DEFAULT_WINDOW_DAYS: i64 = 14;

/// The most units of a window: a thousand years of seconds would overflow nothing, but mean nothing either.
const MAX_WINDOW: i64 = 100_000_000;

const MAX_EXCLUSIONS: usize = 50;

/// The most bins that one may ask for; the answer has no more than 60 of them.
const MAX_BINS: i64 = 1000;

impl FunnelsQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        Ok(Self {
            series: read_series(node, 0)?,
            interval: read_interval(node)?,
            date_range: read_date_range(node)?,
            filters: read_filters(node)?,
            filters_test_accounts: read_flag(node, "filterTestAccounts")?,
            breakdown: read_breakdown(node)?,
            funnels: node
                .get("funnelsFilter")
                .map(|filter| FunnelsFilter::read(&filter))
                .transpose()?
                .unwrap_or_default(),
            sampling_factor: read_sampling_factor(node)?,
            aggregation_group_type: read_group_type(node, "aggregation_group_type_index")?,
        })
    }
}

impl FunnelsFilter {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        node.object()?;
        let visuals = [
            ("steps", FunnelVisual::Steps),
            // the same numbers, drawn as a stream
            ("flow", FunnelVisual::Steps),
            ("time_to_convert", FunnelVisual::TimeToConvert),
            ("trends", FunnelVisual::Trends),
        ];
        let orders =
            [("ordered", FunnelOrder::Ordered), ("unordered", FunnelOrder::Unordered), ("strict", FunnelOrder::Strict)];
        let references = [("total", StepReference::Total), ("previous", StepReference::Previous)];
        let exclusions = node.get("exclusions").map(|list| list.list(MAX_EXCLUSIONS)).transpose()?.unwrap_or_default();
        Ok(Self {
            visual: node.get("funnelVizType").map(|v| v.choice(&visuals)).transpose()?.unwrap_or_default(),
            order: node.get("funnelOrderType").map(|v| v.choice(&orders)).transpose()?.unwrap_or_default(),
            window: FunnelWindow::read(node)?,
            attribution: Attribution::read(node)?,
            step_reference: node
                .get("funnelStepReference")
                .map(|v| v.choice(&references))
                .transpose()?
                .unwrap_or_default(),
            from_step: read_step(node, "funnelFromStep")?,
            to_step: read_step(node, "funnelToStep")?,
            bin_count: read_bin_count(node)?,
            exclusions: exclusions.iter().map(FunnelExclusion::read).collect::<Result<_, _>>()?,
            aggregate_by_hogql: node
                .get("funnelAggregateByHogQL")
                .filter(Reader::is_not_blank)
                .map(|text| HogqlText::read(&text))
                .transpose()?,
        })
    }
}

impl FunnelWindow {
    fn read(filter: &Reader<'_>) -> Result<Self, QueryError> {
        let units = [
            ("second", 1),
            ("minute", 60),
            ("hour", 3600),
            ("day", 86_400),
            ("week", 7 * 86_400),
            ("month", 31 * 86_400),
        ];
        let unit =
            filter.get("funnelWindowIntervalUnit").map(|unit| unit.choice(&units)).transpose()?.unwrap_or(86_400);
        let n = filter.get("funnelWindowInterval").map(|n| n.whole(0, MAX_WINDOW)).transpose()?.unwrap_or(0);
        // PostHog takes 0 for not given.
        let n = if n == 0 { DEFAULT_WINDOW_DAYS } else { n };
        Ok(Self { seconds: n * unit })
    }
}

impl Attribution {
    fn read(filter: &Reader<'_>) -> Result<Self, QueryError> {
        let Some(kind) = filter.get("breakdownAttributionType") else { return Ok(Self::default()) };
        let step = read_step(filter, "breakdownAttributionValue")?;
        let kinds = [
            ("first_touch", Self::FirstTouch),
            ("last_touch", Self::LastTouch),
            ("all_events", Self::AllEvents),
            ("step", Self::Step(step.unwrap_or(0))),
        ];
        kind.choice(&kinds)
    }
}

impl FunnelExclusion {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let entity = Entity::read(node)?;
        node.require("funnelFromStep", "the step, from 0, after which the event excludes")?;
        node.require("funnelToStep", "the step, from 0, before which the event excludes")?;
        Ok(Self {
            entity,
            from_step: read_step(node, "funnelFromStep")?.expect("required above"),
            to_step: read_step(node, "funnelToStep")?.expect("required above"),
        })
    }
}

fn read_step(node: &Reader<'_>, key: &str) -> Result<Option<usize>, QueryError> {
    let max = i64::try_from(MAX_SERIES).expect("a small number");
    let step = node.get(key).map(|step| step.whole(0, max)).transpose()?;
    Ok(step.map(|step| usize::try_from(step).expect("not negative")))
}

/// A number, a number as text, or `auto`.
fn read_bin_count(filter: &Reader<'_>) -> Result<Option<usize>, QueryError> {
    let Some(bins) = filter.get("binCount") else { return Ok(None) };
    let n = match bins.value().as_str() {
        Some("auto") => return Ok(None),
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| (1..=MAX_BINS).contains(n))
            .ok_or_else(|| bins.wrong("auto, or a number of bins"))?,
        None => bins.whole(0, MAX_BINS)?,
    };
    // PostHog takes 0 for not given.
    Ok((n > 0).then(|| usize::try_from(n).expect("not negative")))
}
