//! The operator behind HogQL: a `SELECT` whose names and types are found.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use hogql::ir;
use hogql::types::Type;
use serde_json::Value;

use crate::cohort::Cohort;
use crate::predicate::Predicate;

/// A `SELECT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// What it computes.
    pub query: ir::Query,
    /// What [`hogql::tables::EventsColumn::Condition`] stands for, by its number.
    pub conditions: Vec<Predicate>,
    /// The cohorts that it names, by id.
    pub cohorts: BTreeMap<i64, Arc<Cohort>>,
    /// The project's time zone.
    pub timezone: Tz,
    /// The most rows of the answer.
    pub limit: u64,
    /// How many rows are left out first.
    pub offset: u64,
}

/// The rows of a `SELECT`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Type of each column.
    pub types: Vec<Type>,
    /// The rows. Dates are texts `2024-01-31`, instants `2024-01-31T10:00:00.000000Z` (or with the offset of their zone), tuples lists.
    pub rows: Vec<Vec<Value>>,
    /// Whether there are more rows than the limit let through.
    pub has_more: bool,
}
