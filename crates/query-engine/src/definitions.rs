//! What a project has defined that queries name by id: actions, cohorts, filters against its own staff.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::answer::QueryContext;
use crate::cohort::Cohort;
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::nodes::PathCleaningRule;
use crate::nodes::reader::Reader;

mod action;
mod behaviour;
mod cohort;
mod elements;
mod references;
#[cfg(test)]
mod tests;

pub use action::{ActionDefinition, ActionStep};
pub use cohort::CohortDefinition;

/// The most rules for cleaning paths that a project has.
const MAX_PATH_CLEANING_RULES: usize = 200;

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
    /// Names of the group types by index.
    pub group_types: Vec<String>,
}

impl Definitions {
    /// Reads what `filterTestAccounts` stands for: a list of property filters at `path`.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value.
    pub fn read_test_account_filters(filters: &Value, path: &str) -> Result<PropertyFilters, QueryError> {
        PropertyFilters::parse(filters, path)
    }

    /// Reads what `pathReplacements` stands for: a list of `{regex, alias, order}` at `path`, in the order of their `order`, those without
    /// one last. A rule without `regex` is one that is still being written.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value.
    pub fn read_path_cleaning(rules: &Value, path: &str) -> Result<Vec<PathCleaningRule>, QueryError> {
        let mut ordered = Vec::new();
        for rule in Reader::at(rules, path.to_owned()).list(MAX_PATH_CLEANING_RULES)? {
            let order = rule.object()?.get("order").map(|order| order.whole(i64::MIN, i64::MAX)).transpose()?;
            ordered.extend(PathCleaningRule::read(&rule)?.map(|rule| (order.unwrap_or(i64::MAX), rule)));
        }
        ordered.sort_by_key(|(order, _)| *order);
        Ok(ordered.into_iter().map(|(_, rule)| rule).collect())
    }

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
    /// Whether the project's own staff may be left out.
    pub test_accounts: bool,
    /// Whether the project's rules for cleaning paths may apply.
    pub path_cleaning: bool,
    /// Whether HogQL in it reads the table `logs`.
    pub logs: bool,
}

impl References {
    /// What `node` names, wherever in it: a query, the steps of an action, the filters or groups of a cohort.
    pub fn of(node: &Value) -> Self {
        let mut found = Self::default();
        references::collect(node, &mut found);
        found
    }

    /// Whether nothing is named that has a definition.
    pub fn is_empty(&self) -> bool {
        Self { logs: false, ..self.clone() } == Self::default()
    }
}
