//! Ending the making of a report before it is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The report is not wanted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the report is not wanted any more")]
pub struct Cancelled;

/// Tells a computation to end. Clones tell the same one.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether to go on. Loops over sessions ask at least once a thousand of them.
    ///
    /// # Errors
    /// [`Cancelled`], where not.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.0.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }
}
