//! What a project has defined that queries name by id: actions, cohorts, filters against its own staff.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::answer::QueryContext;
use crate::cohort::Cohort;
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::nodes::PathCleaningRule;

mod action;
mod behaviour;
mod cohort;
mod elements;
mod references;
#[cfg(test)]
mod tests;

pub use action::{ActionDefinition, ActionStep};
pub use cohort::CohortDefinition;

/// The definitions that a query names, loaded before it is planned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definitions {
    /// Actions by id.
    pub actions: BTreeMap<i64, ActionDefinition>,
    /// Cohorts by id, those that other cohorts name too.
    pub cohorts: BTreeMap<i64, CohortDefinition>,
    /// What `filterTestAccounts` stands for.
    pub test_account_filters: PropertyFilters,
    /// What `pathReplacements` stands for, one after the other.
    pub path_cleaning: Vec<PathCleaningRule>,
}

impl Definitions {
    /// The action of that id, which stands at `path`.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where there is none.
    pub fn action(&self, id: i64, path: &str) -> Result<&ActionDefinition, QueryError> {
        let missing =
            || QueryError::invalid(path, format!("there is no action {id} in this project; it may have been deleted"));
        self.actions.get(&id).ok_or_else(missing)
    }

    /// The cohort of that id, whatever is in it.
    fn cohort_definition(&self, id: i64, path: &str) -> Result<&CohortDefinition, QueryError> {
        let missing =
            || QueryError::invalid(path, format!("there is no cohort {id} in this project; it may have been deleted"));
        self.cohorts.get(&id).ok_or_else(missing)
    }
}

impl QueryContext {
    /// The cohort of that id, which stands at `path`, with all that decides who is in it.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where there is none, or where it asks for one that there is not, for itself, or for an action that there is
    /// not; [`QueryError::Unsupported`] for criteria that this server does not answer.
    pub fn cohort(&self, id: i64, path: &str) -> Result<Arc<Cohort>, QueryError> {
        cohort::Resolver::new(self).resolve(id, path)
    }
}

/// What a query, or a definition, names by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Ids of actions.
    pub actions: BTreeSet<i64>,
    /// Ids of cohorts.
    pub cohorts: BTreeSet<i64>,
    /// Whether any cohort may be named, by its name: in the text of HogQL.
    pub any_cohort: bool,
}

impl References {
    /// What `node` names, wherever in it: a query, the steps of an action, the filters or groups of a cohort.
    pub fn of(node: &Value) -> Self {
        let mut found = Self::default();
        references::collect(node, &mut found);
        found
    }

    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.cohorts.is_empty() && !self.any_cohort
    }
}
