//! Room for hashing passwords: slow and large on purpose, so that few may be at it at once.

use tokio::sync::Semaphore;

use crate::blocking::blocking;
use crate::error::ApiError;

/// Hashes that are computed at the same time, each with some 19 MiB. More wait, in the order in which they came.
const AT_ONCE: usize = 2;

/// The room.
#[derive(Debug)]
pub(crate) struct PasswordWork(Semaphore);

impl Default for PasswordWork {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl PasswordWork {
    /// Runs `work` off the asynchronous workers once there is room.
    ///
    /// # Errors
    /// As [`blocking`].
    pub(crate) async fn run<T, E>(&self, work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Send + 'static,
        ApiError: From<E>,
    {
        let _room = self.0.acquire().await.expect("the room is never closed");
        blocking(work).await
    }
}
