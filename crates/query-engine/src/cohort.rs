//! Cohorts: who is in one, found out of the events and the persons' properties.

mod behaviour;
mod evaluation;
mod members;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use behaviour::{Behaviour, Criterion, Span};
pub(crate) use evaluation::{Evaluation, Known, in_order};
pub(crate) use members::members;

use crate::field::Field;
use crate::predicate::{OneOf, Predicate, Test};

/// A cohort of the project, with all that decides who is in it. Two of one id are the same: within one query, an id has one meaning.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// Its id.
    pub id: i64,
    /// Who is in it.
    pub members: Members,
}

/// Who is in a cohort.
#[derive(Clone, Debug, PartialEq)]
pub enum Members {
    /// Who is in all of these.
    All(Vec<Members>),
    /// Who is in one of these.
    Any(Vec<Members>),
    /// Who is not in it.
    Not(Box<Members>),
    /// The persons of these distinct ids.
    Listed(Arc<BTreeSet<Arc<str>>>),
    /// Those for whom it holds; reads fields of the person alone: properties, and whether they are in other cohorts.
    Person(Predicate),
    /// Those who did something.
    Did(Box<Behaviour>),
}

impl Cohort {
    /// The id of the cohort of everybody, which no cohort of a project has.
    pub const EVERYBODY_ID: i64 = 0;

    /// The cohort of everybody.
    pub fn everybody() -> Self {
        Self { id: Self::EVERYBODY_ID, members: Members::All(Vec::new()) }
    }

    /// That an event's person is in `self`.
    pub fn predicate(self: Arc<Self>) -> Predicate {
        Predicate::test(Field::InCohort(self), Test::OneOf(OneOf::new(["true"])))
    }
}

impl Members {
    /// Calls `visit` with every cohort that is asked for directly.
    pub(crate) fn cohorts<'a>(&'a self, visit: &mut impl FnMut(&'a Arc<Cohort>)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.cohorts(visit)),
            Self::Not(inner) => inner.cohorts(visit),
            Self::Listed(_) => {}
            Self::Person(predicate) => cohorts_of(predicate, visit),
            Self::Did(behaviour) => behaviour.predicates().for_each(|predicate| cohorts_of(predicate, visit)),
        }
    }
}

fn cohorts_of<'a>(predicate: &'a Predicate, visit: &mut impl FnMut(&'a Arc<Cohort>)) {
    predicate.fields(&mut |field| {
        if let Field::InCohort(cohort) = field {
            visit(cohort);
        }
    });
}

impl PartialEq for Cohort {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Cohort {}

impl PartialOrd for Cohort {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cohort {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl Hash for Cohort {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}
