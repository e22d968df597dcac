//! Questions about logs, checked.

use crate::filter::LogFilter;
use crate::record::{Level, Position};

/// Which records first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// The newest first.
    #[default]
    Latest,
    /// The oldest first.
    Earliest,
}

/// Records, page by page.
#[derive(Clone, Debug)]
pub struct RecordQuery {
    /// Which.
    pub filter: LogFilter,
    /// In which order.
    pub order: Order,
    /// Most records of the page.
    pub limit: usize,
    /// Begin behind this record in that order.
    pub after: Option<Position>,
}

/// What a sparkline tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SparklineSplit {
    /// By level.
    #[default]
    Severity,
    /// By service.
    Service,
}

/// How many records there are over time.
#[derive(Clone, Debug)]
pub struct SparklineQuery {
    /// Which.
    pub filter: LogFilter,
    /// Length of a bucket, in microseconds, whole minutes; buckets begin at multiples of it since 1970 UTC.
    pub bucket_us: i64,
    /// What is told apart.
    pub split: SparklineSplit,
}

/// How many records of one kind one bucket has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SparklineCount {
    /// When the bucket begins, in microseconds since 1970 UTC; before the filter's range where the range begins inside of the bucket.
    pub bucket_start_us: i64,
    /// Which kind.
    pub series: Series,
    /// Records, at least 1.
    pub count: u64,
}

/// One of the kinds that a sparkline tells apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    /// Records of a level.
    Level(Level),
    /// Records of a service; empty for those that name none.
    Service(String),
}

/// Whose attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeOwner {
    /// The records' own.
    Record,
    /// The resources'.
    Resource,
}

/// Which keys attributes have.
#[derive(Clone, Debug)]
pub struct AttributesQuery {
    /// In which records.
    pub filter: LogFilter,
    /// Whose.
    pub owner: AttributeOwner,
    /// What the key contains, whatever the case; lower-case, empty for anything.
    pub search: String,
    /// Most keys of the page.
    pub limit: usize,
    /// Keys before the page.
    pub offset: usize,
}

/// One key of attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeKey {
    /// The key.
    pub name: String,
    /// Records that have a value of it other than null.
    pub count: u64,
    /// Of these, by JSON type: texts, numbers, booleans, arrays, objects.
    pub types: TypeCounts,
}

/// How many values have which type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeCounts {
    /// Texts.
    pub string: u64,
    /// Numbers.
    pub number: u64,
    /// Booleans.
    pub boolean: u64,
    /// Arrays.
    pub array: u64,
    /// Objects.
    pub object: u64,
}

/// A page of keys, the most frequent first, those of the same count by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributePage {
    /// The page.
    pub keys: Vec<AttributeKey>,
    /// Keys on all pages.
    pub total: usize,
}

/// Which values a key has.
#[derive(Clone, Debug)]
pub struct ValuesQuery {
    /// In which records.
    pub filter: LogFilter,
    /// Of what.
    pub field: crate::filter::Field,
    /// What the value contains, whatever the case; lower-case, empty for anything.
    pub search: String,
    /// Most values.
    pub limit: usize,
}

/// A value of a key, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueCount {
    /// The value; those of other types than text as JSON.
    pub value: String,
    /// Records that have it.
    pub count: u64,
}
