//! Cohorts: who is in one, found out of the events and the persons' properties.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use insights_core::ids::ProjectId;

use crate::control::QueryControl;
use crate::error::QueryError;
use crate::predicate::Predicate;
use crate::scan::{Column, Scan, ScanRequest};
use crate::value::PropertyValue;

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
    /// Those for whom it holds; reads fields of the person alone.
    Person(Predicate),
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

impl Cohort {
    /// How it is found out who is in it.
    pub(crate) fn evaluation(&self, project: ProjectId) -> Evaluation<'_> {
        let _ = project;
        Evaluation { cohort: self, requests: Vec::new() }
    }
}

/// How it is found out who is in a cohort.
#[derive(Debug)]
pub(crate) struct Evaluation<'a> {
    cohort: &'a Cohort,
    requests: Vec<ScanRequest>,
}

impl Evaluation<'_> {
    /// The scans that it needs.
    pub(crate) fn requests(&self) -> &[ScanRequest] {
        &self.requests
    }

    /// Who is in it, of `scans` that were made for [`Self::requests`]: `true` or `false` for each person number.
    pub(crate) fn members(&self, scans: &[Scan], control: &QueryControl) -> Result<Column, QueryError> {
        let _ = (scans, control, self.cohort, PropertyValue::Null);
        Err(QueryError::unsupported("", "a cohort"))
    }
}
