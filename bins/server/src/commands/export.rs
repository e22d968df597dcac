//! `hindsight export`: a project's events into a file.

use std::path::PathBuf;

use capture::timestamp::parse_instant;
use chrono::{DateTime, Utc};
use clap::Args;
use event_store::exchange::{EventWriter, FileFormat};
use insights_core::ids::ProjectId;

use super::progress::Progress;
use super::{open_events, print_line, require_project};
use crate::cli::CommandError;
use crate::config::StorageConfig;

/// What to export, and where to.
#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// Number of the project
    #[arg(long, value_name = "ID")]
    project: i64,
    /// File to write; its name says the format: .ndjson, .ndjson.gz or .parquet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Only events from this instant on, such as 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    from: Option<DateTime<Utc>>,
    /// Only events before this instant
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    to: Option<DateTime<Utc>>,
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    parse_instant(text).ok_or_else(|| "write it like 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

/// Exports what `arguments` name, ordered by time.
pub(crate) fn run(storage: &StorageConfig, arguments: &ExportArguments) -> Result<(), CommandError> {
    let project = ProjectId(arguments.project);
    let failed = "the export failed";
    let format = FileFormat::of_name(&arguments.out).map_err(CommandError::because("cannot export"))?;
    require_project(storage, project)?;
    let store = open_events(storage, "stop it first")?;
    let mut progress = Progress::of_items("export", store.stats(project).events);
    let mut writer = EventWriter::create(&arguments.out, format).map_err(CommandError::because(failed))?;
    let mut n_events = 0;
    for batch in store.export(project, arguments.from, arguments.to) {
        let batch = batch.map_err(CommandError::because(failed))?;
        writer.write(&batch).map_err(CommandError::because(failed))?;
        n_events += batch.len() as u64;
        progress.set(n_events, || format!("{n_events} events"));
    }
    let size_bytes = writer.finish().map_err(CommandError::because(failed))?;
    progress.finish();
    store.close().map_err(CommandError::because("the event store cannot be closed in order"))?;
    print_line(format_args!("Wrote {n_events} events, {size_bytes} bytes, to {}", arguments.out.display()))
}
