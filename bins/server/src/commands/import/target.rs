//! Where imported events go.

use actix_web::rt;
use clients::hindsight::{HindsightClient, RemoteProject};
use event_store::{EventStore, StoreError};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use uuid::Uuid;

use super::super::{open_events, require_project};
use crate::cli::CommandError;
use crate::config::StorageConfig;

/// Bytes of events sent at once, about; a server takes requests of 20 MiB.
const REQUEST_BYTES: usize = 8 << 20;
/// What the rest of an event takes in a request, about.
const EVENT_OVERHEAD_BYTES: usize = 200;

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) accepted: u64,
    pub(super) duplicates: u64,
    /// Positions and reasons.
    pub(super) rejected: Vec<(usize, String)>,
}

/// Where imported events go.
pub(super) trait Target {
    /// Uuid of the project.
    fn namespace(&self) -> Uuid;

    /// Stores `events`. When it returns, they are on disk.
    fn store(&mut self, events: Vec<Event>) -> Result<Stored, CommandError>;

    /// Ends the import. Gives how many bytes the project takes on disk for each of its events, where that is known.
    fn close(self: Box<Self>) -> Result<Option<f64>, CommandError>;
}

/// The data folder.
#[derive(Debug)]
pub(super) struct LocalTarget {
    store: EventStore,
    project: ProjectId,
    namespace: Uuid,
}

impl LocalTarget {
    pub(super) fn open(storage: &StorageConfig, project: ProjectId) -> Result<Self, CommandError> {
        let namespace = require_project(storage, project)?.uuid;
        let store = open_events(storage, "stop it, or import through it with --url and --key")?;
        Ok(Self { store, project, namespace })
    }
}

impl Target for LocalTarget {
    fn namespace(&self) -> Uuid {
        self.namespace
    }

    fn store(&mut self, events: Vec<Event>) -> Result<Stored, CommandError> {
        let appended = self.store.append_blocking(self.project, events).map_err(because_of_store)?;
        Ok(Stored { accepted: appended.accepted as u64, duplicates: appended.duplicates as u64, rejected: Vec::new() })
    }

    fn close(self: Box<Self>) -> Result<Option<f64>, CommandError> {
        self.store.flush().map_err(because_of_store)?;
        let stats = self.store.stats(self.project);
        self.store.close().map_err(because_of_store)?;
        #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
        let bytes_an_event = stats.bytes_on_disk as f64 / stats.events as f64;
        Ok((stats.events > 0).then_some(bytes_an_event))
    }
}

fn because_of_store(error: StoreError) -> CommandError {
    CommandError::because("the events cannot be stored; what was stored so far stays, and the import may be repeated")(
        error,
    )
}

/// A running server.
pub(super) struct RemoteTarget {
    client: HindsightClient,
    project: RemoteProject,
    runtime: rt::SystemRunner,
}

impl RemoteTarget {
    pub(super) fn open(url: &str, key: String, project: ProjectId) -> Result<Self, CommandError> {
        let client =
            HindsightClient::new(url, key).map_err(CommandError::because("cannot import through the server"))?;
        let runtime = rt::System::new();
        let project = runtime
            .block_on(client.project(project))
            .map_err(CommandError::because(format!("cannot find project {project} on {url}")))?;
        Ok(Self { client, project, runtime })
    }
}

impl Target for RemoteTarget {
    fn namespace(&self) -> Uuid {
        self.project.uuid
    }

    fn store(&mut self, events: Vec<Event>) -> Result<Stored, CommandError> {
        let mut stored = Stored::default();
        let mut rest = events.as_slice();
        while !rest.is_empty() {
            let (request, others) = rest.split_at(request_events(rest));
            let sent = self
                .runtime
                .block_on(self.client.send_batch(&self.project.api_token, request))
                .map_err(CommandError::because("the server did not take the events; the import may be repeated"))?;
            stored.accepted += sent.accepted;
            stored.duplicates += sent.duplicates;
            let before = events.len() - rest.len();
            stored
                .rejected
                .extend(sent.rejected.into_iter().map(|rejected| (before + rejected.index, rejected.reason)));
            rest = others;
        }
        Ok(stored)
    }

    fn close(self: Box<Self>) -> Result<Option<f64>, CommandError> {
        Ok(None)
    }
}

/// How many of `events`, at least one, go into one request.
fn request_events(events: &[Event]) -> usize {
    let mut bytes = 0;
    let fitting = events.iter().take_while(|event| {
        bytes += event.properties.len() + event.event.len() + event.distinct_id.len() + EVENT_OVERHEAD_BYTES;
        bytes <= REQUEST_BYTES
    });
    fitting.count().max(1)
}
