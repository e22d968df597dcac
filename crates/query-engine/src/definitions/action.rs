//! Actions: events that mean the same, under one name.

use crate::answer::QueryContext;
use crate::error::QueryError;
use crate::nodes::EventSelection;

/// An action: events that match one of its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionDefinition {
    /// Its name.
    pub name: String,
    /// The steps.
    pub steps: Vec<ActionStep>,
}

/// One way in which an event matches an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionStep {
    /// Name of the event; any where it is `None`.
    pub event: Option<String>,
}

impl ActionDefinition {
    /// The events that match.
    ///
    /// # Errors
    /// As [`crate::filters::PropertyFilters::predicate`].
    pub fn selection(&self, context: &QueryContext) -> Result<EventSelection, QueryError> {
        let _ = context;
        Err(QueryError::unsupported("", "an action"))
    }
}
