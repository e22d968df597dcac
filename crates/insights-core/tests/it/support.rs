//! What the tests of services share.

use std::sync::Arc;

use insights_core::error::{ServiceError, ServiceResult};
use insights_core::ids::IdSource;
use insights_core::memory::InMemoryDatabase;
use insights_core::problem::Problem;
use insights_core::repositories::Repositories;
use insights_core::time::{Clock, ManualClock};
use test_support::builders::at;
use test_support::ids::CountingIds;

/// An empty store, a clock at `at(0)` and ids that count.
pub(crate) struct Stage {
    pub(crate) repositories: Repositories,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Arc<CountingIds>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self {
            repositories: InMemoryDatabase::repositories(),
            clock: Arc::new(ManualClock::new(at(0))),
            ids: Arc::new(CountingIds::new()),
        }
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::<ManualClock>::clone(&self.clock)
    }

    pub(crate) fn ids(&self) -> Arc<dyn IdSource> {
        Arc::<CountingIds>::clone(&self.ids)
    }
}

/// The refusal that a client sees.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(result: ServiceResult<T>) -> Problem {
    match result {
        Err(ServiceError::Refused(problem)) => problem,
        other => panic!("no refusal: {other:?}"),
    }
}

/// Status and text of the refusal.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(result: ServiceResult<T>) -> (u16, String) {
    let problem = refusal(result);
    (problem.kind.status(), problem.detail)
}
