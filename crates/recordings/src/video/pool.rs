//! Where blocking work runs, so that asynchronous code never waits for a database itself.

use std::fmt;

use futures::channel::oneshot;
use insights_core::error::{RepositoryError, RepositoryResult};

/// Runs work that may block, on threads for that.
pub trait BlockingPool: Send + Sync + fmt::Debug {
    /// Runs `work`, now or soon.
    fn run(&self, work: Box<dyn FnOnce() + Send>);
}

/// Runs work at once where it is asked to: for tests and programs whose stores do not block.
#[derive(Clone, Copy, Debug, Default)]
pub struct SameThread;

impl BlockingPool for SameThread {
    fn run(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }
}

/// What `work` gives when the pool has run it.
///
/// # Errors
/// What `work` fails with; an external error where it did not come to its end.
pub(crate) async fn blocking<T, E>(
    pool: &dyn BlockingPool,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<RepositoryError> + Send + 'static,
{
    let (done, result) = oneshot::channel();
    pool.run(Box::new(move || {
        // An error says that nobody waits any more.
        let _ = done.send(work());
    }));
    match result.await {
        Ok(result) => result,
        Err(canceled) => RepositoryResult::Err(RepositoryError::External { source: Box::new(canceled) })?,
    }
}
