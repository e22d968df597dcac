//! Expressions of an event: what stands where PostHog takes HogQL instead of a property.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use crate::ir::{Expr, RelationId};
use crate::tables::EventsColumn;
use crate::types::Type;

/// A value computed of one event. Two of them are the same where their texts are: within one query, a text has one meaning.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The text, as written again from its syntax tree.
    pub text: String,
    /// What is read of the event. The columns of [`Self::RELATION`] in [`Self::value`] are these.
    pub columns: Vec<(EventsColumn, Type)>,
    /// The value.
    pub value: Expr,
}

impl Expression {
    /// The relation whose columns [`Self::columns`] are.
    pub const RELATION: RelationId = RelationId(0);
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl PartialOrd for Expression {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Expression {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Expression {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
