//! Columns as plain slices: what an embedded store hands to the kernels.

use std::collections::BTreeSet;
use std::sync::Arc;

use insights_core::ids::ProjectId;

use crate::control::QueryControl;
use crate::error::QueryError;
use crate::slice::SharedSlice;
use crate::value::PropertyValue;

/// Which events to scan. Events that say nothing but who is who ([`insights_core::event::is_identity_only`]) are in no scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventSet {
    /// Every event of the project.
    All,
    /// The events of these names.
    Named(BTreeSet<String>),
}

impl EventSet {
    /// Whether events of that name are in it.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(name),
        }
    }

    /// The events of both.
    #[must_use]
    pub fn union(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Named(mut names), Self::Named(others)) => {
                names.extend(others.iter().cloned());
                Self::Named(names)
            }
            _ => Self::All,
        }
    }
}

/// A column of events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventColumn {
    /// The event property of that name.
    Property(String),
    /// The client's name for the person.
    DistinctId,
    /// The event's uuid, as text.
    Uuid,
}

/// What to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanRequest {
    /// The project; nothing of another one is ever given.
    pub project: ProjectId,
    /// The events by name.
    pub events: EventSet,
    /// First instant, in microseconds since 1970 UTC, or none.
    pub from_us: Option<i64>,
    /// First instant that is too late, in microseconds since 1970 UTC, or none.
    pub until_us: Option<i64>,
    /// Columns of the events, in the order in which [`Run::columns`] has them.
    pub event_columns: Vec<EventColumn>,
    /// Properties of the persons, in the order in which [`Persons::columns`] has them.
    pub person_properties: Vec<String>,
    /// Properties of groups as (group type index, key), in the order in which [`Scan::group_columns`] has them.
    pub group_properties: Vec<(u8, String)>,
}

/// Dictionary-coded values.
#[derive(Clone, Debug)]
pub struct Column {
    /// A position in [`Self::dictionary`] for each row.
    pub codes: SharedSlice<u32>,
    /// The distinct values. The first is always [`PropertyValue::Null`]; no value stands twice.
    pub dictionary: Arc<[PropertyValue]>,
}

impl Column {
    /// The code of a value that is missing or null.
    pub const NULL: u32 = 0;

    /// A column of `n_rows` nulls.
    pub fn nulls(n_rows: usize) -> Self {
        Self { codes: vec![Self::NULL; n_rows].into(), dictionary: [PropertyValue::Null].into() }
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> &PropertyValue {
        &self.dictionary[self.codes[row] as usize]
    }
}

/// Events of one name, sorted by person, then timestamp, then order of arrival. A name may have several runs (one a segment);
/// each row of the project that the request asks for is in exactly one.
#[derive(Clone, Debug)]
pub struct Run {
    /// The name.
    pub event: Arc<str>,
    /// The person of each row: a dense number, the same in every run of the scan, merged persons already one.
    pub persons: SharedSlice<u32>,
    /// When, in microseconds since 1970 UTC.
    pub timestamps: SharedSlice<i64>,
    /// The requested columns.
    pub columns: Vec<Column>,
}

impl Run {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.persons.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }
}

/// What is known of the persons of a scan, indexed by person number.
#[derive(Clone, Debug)]
pub struct Persons {
    /// One more than the highest person number in use.
    pub n_numbers: usize,
    /// When each was first seen, in microseconds since 1970 UTC; `i64::MAX` for numbers that stand for nobody (merged away).
    pub created_at_us: SharedSlice<i64>,
    /// The requested properties, latest values.
    pub columns: Vec<Column>,
}

/// The latest values of one property of the groups of one type.
#[derive(Clone, Debug, Default)]
pub struct GroupColumn {
    /// Value by group key.
    pub values: std::collections::HashMap<Arc<str>, PropertyValue>,
}

/// The rows that a [`ScanRequest`] asks for.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The events.
    pub runs: Vec<Run>,
    /// Their persons.
    pub persons: Persons,
    /// The requested group properties.
    pub group_columns: Vec<GroupColumn>,
    /// Names of the group types by index: the event property `$groups` has keys of these names.
    pub group_types: Vec<Arc<str>>,
}

/// A store that lends its events as columns. Every embedded source is one; [`crate::source::run_on_scan`] runs plans over it.
pub trait ScanSource: Send + Sync {
    /// The rows asked for, as of one instant: a batch of events is in the answer whole or not at all.
    ///
    /// # Errors
    /// [`QueryError::Source`] where the events cannot be read; cancellation and limits as `control` says.
    fn scan(&self, request: &ScanRequest, control: &QueryControl) -> Result<Scan, QueryError>;
}
