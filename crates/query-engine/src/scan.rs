//! Columns as plain slices: what an embedded store hands to the kernels.

use std::collections::BTreeSet;
use std::sync::Arc;

use hogql::expression::Expression;
use insights_core::ids::ProjectId;

use crate::control::QueryControl;
use crate::dictionary::{Dictionary, TextNumbers};
use crate::error::QueryError;
use crate::field::EventFields;
use crate::logs::LogSource;
use crate::plan::select::{Rows, Select};
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
    /// All its properties, as JSON text.
    Properties,
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
    /// Whether [`Persons::properties`] is wanted.
    pub whole_person_properties: bool,
    /// Whether [`Scan::identities`] is wanted.
    pub identities: bool,
    /// Whether [`Scan::groups`] is wanted.
    pub groups: bool,
}

impl ScanRequest {
    /// Every event of `project`, and nothing of them but who, when and what.
    pub fn of(project: ProjectId) -> Self {
        Self {
            project,
            events: EventSet::All,
            from_us: None,
            until_us: None,
            event_columns: Vec::new(),
            person_properties: Vec::new(),
            group_properties: Vec::new(),
            whole_person_properties: false,
            identities: false,
            groups: false,
        }
    }
}

/// Dictionary-coded values.
#[derive(Clone, Debug)]
pub struct Column {
    /// A position in [`Self::dictionary`] for each row.
    pub codes: SharedSlice<u32>,
    /// The distinct values.
    pub dictionary: Arc<Dictionary>,
}

impl Column {
    /// The code of a value that is missing or null.
    pub const NULL: u32 = 0;

    /// A column of the values with these codes.
    pub fn new(codes: impl Into<SharedSlice<u32>>, dictionary: impl Into<Dictionary>) -> Self {
        Self { codes: codes.into(), dictionary: Arc::new(dictionary.into()) }
    }

    /// A column of `n_rows` nulls.
    pub fn nulls(n_rows: usize) -> Self {
        Self::new(vec![Self::NULL; n_rows], [PropertyValue::Null])
    }

    /// The same column, its texts numbered by `texts` together with those of other dictionaries.
    ///
    /// # Panics
    /// Where the dictionary is shared already.
    #[must_use]
    pub fn numbered_by(self, texts: Arc<TextNumbers>) -> Self {
        let dictionary = Arc::into_inner(self.dictionary).expect("a column is numbered by who made it");
        Self { codes: self.codes, dictionary: Arc::new(dictionary.numbered_by(texts)) }
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
    /// All properties of each, as a JSON object; empty where [`ScanRequest::whole_person_properties`] does not ask for it.
    pub properties: Vec<Arc<str>>,
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
    /// Who is who; empty where [`ScanRequest::identities`] does not ask for it.
    pub identities: Identities,
    /// The groups of each type by its index; empty where [`ScanRequest::groups`] does not ask for it.
    pub groups: Vec<Groups>,
}

/// The groups of one type.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// Their keys.
    pub keys: Vec<Arc<str>>,
    /// All properties of each, as a JSON object.
    pub properties: Vec<Arc<str>>,
}

/// Who is who, as of a scan.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    /// Every distinct id that was ever seen, each once, in the order of their first sight.
    pub distinct_ids: Arc<[Arc<str>]>,
    /// The number of the person of each.
    pub persons: SharedSlice<u32>,
    /// For each person number, the position of the distinct id that the person was first seen by: what their uuid is made of
    /// ([`insights_core::person::uuid_of`]). Numbers of persons that were merged into others keep their own.
    pub first_distinct_ids: SharedSlice<u32>,
    /// For each person number, whether somebody was ever identified as them.
    pub is_identified: SharedSlice<bool>,
}

/// A store that lends its events as columns. Every embedded source is one; [`crate::source::run_on_scan`] runs plans over it.
pub trait ScanSource: Send + Sync {
    /// The rows that each request asks for, all as of one instant: a batch of events is in the answer whole or not at all, and a person
    /// number means the same person in each.
    ///
    /// # Errors
    /// [`QueryError::Source`] where the events cannot be read; cancellation and limits as `control` says.
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError>;

    /// Where the logs are; `None` where there are none.
    fn logs(&self) -> Option<&dyn LogSource> {
        None
    }

    /// What computes HogQL; `None` where it is not supported.
    fn hogql(&self) -> Option<&dyn HogqlEngine> {
        None
    }
}

/// Computes HogQL over scans.
pub trait HogqlEngine: Send + Sync {
    /// The value of `expression` for each row of a run.
    ///
    /// # Errors
    /// Where it cannot be computed; cancellation and limits as `control` says.
    fn evaluate(
        &self,
        expression: &Expression,
        events: &EventFields<'_>,
        control: &QueryControl,
    ) -> Result<Column, QueryError>;

    /// The rows of a `SELECT` over what `source` has of `project`. Blocks.
    ///
    /// # Errors
    /// Where it cannot be computed; cancellation and limits as `control` says.
    fn select(
        &self,
        select: &Select,
        project: ProjectId,
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> Result<Rows, QueryError>;
}
