//! What a project has defined that queries name by id: actions, cohorts, filters against its own staff.

use std::collections::{BTreeMap, BTreeSet};

use crate::filters::PropertyFilters;

mod action;
mod references;

pub use action::{ActionDefinition, ActionStep};
pub(crate) use references::references;

/// The definitions that a query names, loaded before it is planned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definitions {
    /// Actions by id.
    pub actions: BTreeMap<i64, ActionDefinition>,
    /// Cohorts by id, those that other cohorts name too.
    pub cohorts: BTreeMap<i64, CohortDefinition>,
    /// What `filterTestAccounts` stands for.
    pub test_account_filters: PropertyFilters,
}

/// A cohort: who is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortDefinition {
    /// Its name.
    pub name: String,
}

/// What a query names by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Ids of actions.
    pub actions: BTreeSet<i64>,
    /// Ids of cohorts.
    pub cohorts: BTreeSet<i64>,
    /// Whether any cohort may be named, by its name: in the text of HogQL.
    pub any_cohort: bool,
}
