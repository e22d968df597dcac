//! Where captured events go.

use std::error::Error;

use async_trait::async_trait;
use insights_core::event::Event;
use insights_core::ids::ProjectId;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Events that were new.
    pub accepted: usize,
    /// Events whose uuid the project already had, within the batch too; dropped.
    pub duplicates: usize,
}

/// Why a batch could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The store cannot take events now; the same batch may be sent again later.
    #[error("events cannot be stored now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// A store that takes events.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Appends `events` to `project`. When it returns, they are on disk and in every later query's answer; a batch is stored whole or not at all.
    ///
    /// # Errors
    /// [`SinkError::Unavailable`] where nothing of the batch was stored.
    async fn append(&self, project: ProjectId, events: Vec<Event>) -> Result<Appended, SinkError>;
}
