//! What the command line can ask for, one module a command.

pub(crate) mod check;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod openapi;
pub(crate) mod serve;

mod progress;

use std::fmt::Display;
use std::io::{self, Write};

use event_store::{EventStore, StoreError};
use insights_core::ids::ProjectId;
use insights_core::project::Project;
use journal::error::FileError;

use crate::cli::CommandError;
use crate::config::StorageConfig;
use crate::storage::{self, StorageError};

/// Prints a line of a command's answer.
///
/// # Errors
/// [`CommandError`] where standard output is closed.
pub(crate) fn print_line(line: impl Display) -> Result<(), CommandError> {
    writeln!(io::stdout(), "{line}").map_err(CommandError::because("cannot print"))
}

/// The project of that number in the data folder.
///
/// # Errors
/// [`CommandError`] where there is no such folder or project.
fn require_project(config: &StorageConfig, project: ProjectId) -> Result<Project, CommandError> {
    let folder = config.data_dir.display();
    if !config.data_dir.is_dir() {
        return Err(CommandError::new(format!("there is no data folder {folder}: `hindsight serve` makes one")));
    }
    let failed = "cannot look the project up";
    let repositories = storage::open_metadata(config).map_err(CommandError::because(failed))?;
    let found = repositories.projects.get(project).map_err(CommandError::because(failed))?;
    found.ok_or_else(|| CommandError::new(format!("{folder} has no project {project}")))
}

/// The event store in the data folder, which no other process may have open; `advice` says what to do where one has.
///
/// # Errors
/// [`CommandError`] where it cannot be opened.
fn open_events(config: &StorageConfig, advice: &str) -> Result<EventStore, CommandError> {
    storage::open_events(config).map_err(|error| match error {
        StorageError::Events(StoreError::File(FileError::Locked { path })) => {
            CommandError::new(format!("a server holds the data folder {}: {advice}", path.display()))
        }
        other => CommandError::because("cannot open the event store")(other),
    })
}
