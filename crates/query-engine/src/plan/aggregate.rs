//! The operator behind trends: numbers for each span of time and each value of a breakdown.
//!
//! Everything in it can be said in SQL as well as computed by the kernels: a bucket is the last edge that is not after an event
//! (`roundDown` in ClickHouse), a breakdown is a `GROUP BY`, a limit is a rank.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::field::Field;
use crate::plan::select::Select;
use crate::predicate::Predicate;
use crate::scan::EventSet;

/// Several series over one range in time, one set of buckets and one breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketedAggregate {
    /// What is counted; the output has them in this order.
    pub series: Vec<AggregateSeries>,
    /// First instant that counts, in microseconds since 1970 UTC.
    pub from_us: i64,
    /// First instant that is too late, in microseconds since 1970 UTC.
    pub until_us: i64,
    /// How the range is divided.
    pub buckets: Buckets,
    /// What the numbers are broken down by.
    pub breakdown: Option<Breakdown>,
}

impl BucketedAggregate {
    /// How many numbers each row of the output has.
    pub fn n_values(&self) -> usize {
        match &self.buckets {
            Buckets::Total => 1,
            Buckets::Edges(edges) => edges.len().saturating_sub(1),
        }
    }
}

/// How a range is divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Buckets {
    /// Not at all: one number for the whole range.
    Total,
    /// By instants in microseconds since 1970 UTC, ascending, one more than there are buckets: bucket `i` holds the events of the
    /// range that are not before edge `i` and before edge `i + 1`. The first edge may lie before the range (a week's start), the
    /// last one after it.
    Edges(Vec<i64>),
}

/// Some events and what is computed of them.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateSeries {
    /// The events by name.
    pub events: EventSet,
    /// What an event must satisfy besides.
    pub predicate: Predicate,
    /// What is computed.
    pub math: Math,
}

/// What is computed of the events of a series, for each bucket and each value of the breakdown.
#[derive(Clone, Debug, PartialEq)]
pub enum Math {
    /// How many events there are.
    Count,
    /// How many persons have an event.
    UniquePersons(Uniqueness),
    /// How many persons, or groups of a type, have an event in the bucket's window, which usually begins before the bucket. Windows are `[from, until)` in
    /// microseconds since 1970 UTC, one a bucket, neither bound ever decreasing; events before the plan's range count in them, events
    /// after it do not.
    ActiveActors {
        /// The windows.
        windows_us: Vec<(i64, i64)>,
        /// Index of the type of the groups; `None` for persons.
        group_type: Option<u8>,
    },
    /// How many sessions have an event; events without a session are one session.
    UniqueSessions,
    /// How many groups of that type index have an event; events without a group do not count.
    UniqueGroups {
        /// Index of the group type.
        group_type: u8,
        /// In how many buckets one group may count.
        uniqueness: Uniqueness,
    },
    /// How many persons have their first event in the bucket, of all time up to the end of the range. Of several events at that
    /// instant it suffices that one satisfies the predicate; where such ones differ in the breakdown, the least value counts, null last.
    FirstTimePersons(FirstOf),
    /// A function of the numbers that a field has; values that are no number are left out, and no number at all gives 0.
    Numbers {
        /// The field.
        field: Field,
        /// The function.
        function: NumberFunction,
    },
    /// A function of how many events each person has that has any.
    CountPerPerson(NumberFunction),
    /// What HogQL computes of the events; null counts as 0.
    Hogql(Arc<HogqlAggregate>),
}

/// An aggregate that HogQL computes of the events of each cell: of those in one bucket that have one value of the breakdown.
///
/// It is a `SELECT` over events that have one property more, the number of their cell. So buckets, breakdowns and limits are those of
/// every other math, and the aggregate may be whatever can stand in a `SELECT`. A source that speaks SQL puts its own expression of bucket
/// and breakdown in the place of that property.
#[derive(Clone, Debug, PartialEq)]
pub struct HogqlAggregate {
    /// The `SELECT`: its first column is the property [`Self::CELL`], by which it groups, its second the aggregate.
    pub select: Select,
}

impl HogqlAggregate {
    /// The property of the events that has the number of their cell; those that do not count have none.
    pub const CELL: &'static str = "$hindsight_cell";
}

/// In how many buckets one person or group counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uniqueness {
    /// Once in each bucket in which it has an event.
    PerBucket,
    /// Once in the whole range, in the first bucket in which it has an event: what a running total adds up.
    PerRange,
}

/// Which event is a person's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstOf {
    /// The first of the series' events, which then has to satisfy the predicate.
    Events,
    /// The first of the series' events that satisfy the predicate.
    MatchingEvents,
}

/// A function of several numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberFunction {
    /// The sum.
    Sum,
    /// The arithmetic mean.
    Average,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// The quantile of that level, between 0 and 1: of the `n` sorted numbers the one at position `level * (n - 1)`, interpolated
    /// linearly between its neighbours.
    Quantile(f64),
}

/// What numbers are broken down by.
#[derive(Clone, Debug, PartialEq)]
pub struct Breakdown {
    /// One value of each of these makes a row; at least one.
    pub dimensions: Vec<BreakdownDimension>,
    /// How many rows of a series stand for themselves; the others are added up, number by number, in a row whose values are all
    /// [`BreakdownValue::Other`].
    ///
    /// Rows are taken by descending total (the sum of a row's numbers), then ascending values. With [`Buckets::Edges`] rows that have
    /// a null value come after all that have none.
    pub limit: usize,
}

/// One dimension of a breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakdownDimension {
    /// Where the value comes from.
    pub field: Field,
    /// What is made of it.
    pub transform: BreakdownTransform,
}

/// What is made of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakdownTransform {
    /// Its text; the empty text is null.
    Text,
    /// Its text without any `/`, `?` and `#` at the end, `/` where nothing is left; null stays null.
    NormalizedUrl,
    /// The bin of its number, `[from,until]`: as many bins of equal width between the least and the greatest number that the counted
    /// events of the series have, the last one wider by 0.01; null where it is no number. Bounds are written with at most two decimals.
    Histogram {
        /// How many bins; at least one.
        n_bins: u32,
    },
}

/// One value of one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BreakdownValue {
    /// A text.
    Text(Arc<str>),
    /// No value.
    Null,
    /// All values beyond the limit.
    Other,
}

impl BreakdownValue {
    fn order(&self) -> (u8, &str) {
        match self {
            Self::Text(text) => (0, text),
            Self::Null => (1, ""),
            Self::Other => (2, ""),
        }
    }
}

impl PartialOrd for BreakdownValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Texts by their bytes, then null, then other.
impl Ord for BreakdownValue {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

/// What a [`BucketedAggregate`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateOutput {
    /// The rows of each series. Without a breakdown exactly one; with one, those that have any event: rows without a null value first,
    /// then those with one, the row of all others last, each by descending total, then ascending values.
    pub series: Vec<Vec<AggregateRow>>,
}

/// The numbers of one series for one value of the breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateRow {
    /// The value of each dimension; empty without a breakdown.
    pub breakdown: Vec<BreakdownValue>,
    /// One number a bucket.
    pub values: Vec<f64>,
}

impl AggregateRow {
    /// The sum of the numbers.
    pub fn total(&self) -> f64 {
        self.values.iter().sum()
    }
}
