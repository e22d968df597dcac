//! `hindsight import`: events from files into a project, into the data folder itself or through a running server.
//!
//! One thread reads and checks rows while another stores them, in the file's order, as later events win over earlier ones in what they say of
//! persons.

mod report;
mod target;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use clap::{Args, ValueEnum};
use event_store::exchange::{EventReader, ReadBatch, ReadOptions};
use insights_core::ids::ProjectId;
use uuid::Uuid;

use self::report::Report;
use self::target::{LocalTarget, RemoteTarget, Target};
use super::print_line;
use super::progress::Progress;
use crate::cli::CommandError;
use crate::config::StorageConfig;

/// Batches that wait to be stored.
const WAITING_BATCHES: usize = 4;

/// What to import, and where to.
#[derive(Args, Debug)]
pub(crate) struct ImportArguments {
    /// NDJSON, gzipped or not, or Parquet with the columns uuid, event, distinct_id, timestamp and properties (JSON text)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Number of the project that gets the events
    #[arg(long, value_name = "ID")]
    project: i64,
    /// Import through the server that runs there, in place of the data folder
    #[arg(long, requires = "key", value_name = "URL")]
    url: Option<String>,
    /// Personal API key for the server
    #[arg(long, requires = "url", env = "HINDSIGHT_KEY", hide_env_values = true, value_name = "KEY")]
    key: Option<String>,
    /// Form of the summary
    #[arg(long, value_enum, default_value = "text")]
    format: ReportFormat,
}

/// Forms of a command's summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// What the reading thread hands over.
enum Read {
    Batch { file: usize, batch: ReadBatch, bytes_read: u64 },
    Failed(CommandError),
}

/// Imports what `arguments` name.
pub(crate) fn run(storage: &StorageConfig, arguments: ImportArguments) -> Result<(), CommandError> {
    let project = ProjectId(arguments.project);
    let format = arguments.format;
    let mut target: Box<dyn Target> = match (arguments.url, arguments.key) {
        (Some(url), Some(key)) => Box::new(RemoteTarget::open(&url, key, project)?),
        _ => Box::new(LocalTarget::open(storage, project)?),
    };
    let options = ReadOptions::new(target.namespace());
    let started = Instant::now();
    let mut report = import(&arguments.files, options, &mut *target)?;
    report.bytes_an_event = target.close()?;
    report.seconds = started.elapsed().as_secs_f64();
    match format {
        ReportFormat::Text => print_line(&report)?,
        ReportFormat::Json => print_line(report.to_json())?,
    }
    if report.read > 0 && report.rejected == report.read {
        return Err(CommandError::new("no row of the files is an event"));
    }
    Ok(())
}

fn import(files: &[PathBuf], options: ReadOptions, target: &mut dyn Target) -> Result<Report, CommandError> {
    let mut readers = Vec::new();
    for file in files {
        readers.push(EventReader::open(file, options).map_err(CommandError::because("cannot import"))?);
    }
    let bytes_total = readers.iter().map(EventReader::bytes_total).sum();
    let mut progress = Progress::of_bytes("import", bytes_total);
    let mut report = Report::default();
    let (sender, receiver) = sync_channel(WAITING_BATCHES);
    thread::scope(|scope| {
        scope.spawn(move || read(readers, &sender));
        store(&receiver, files, target, &mut report, &mut progress)
    })?;
    progress.finish();
    Ok(report)
}

/// Reads `readers` to their ends, or until nobody takes what was read.
fn read(readers: Vec<EventReader>, sender: &SyncSender<Read>) {
    let mut bytes_before = 0;
    for (file, mut reader) in readers.into_iter().enumerate() {
        loop {
            let read = match reader.next_batch() {
                Ok(Some(batch)) => Read::Batch { file, batch, bytes_read: bytes_before + reader.bytes_read() },
                Ok(None) => break,
                Err(error) => Read::Failed(CommandError::because("the import stopped; it may be repeated")(error)),
            };
            let failed = matches!(read, Read::Failed(_));
            if sender.send(read).is_err() || failed {
                return;
            }
        }
        bytes_before += reader.bytes_total();
    }
}

fn store(
    receiver: &Receiver<Read>,
    files: &[PathBuf],
    target: &mut dyn Target,
    report: &mut Report,
    progress: &mut Progress,
) -> Result<(), CommandError> {
    for read in receiver {
        let (file, batch, bytes_read) = match read {
            Read::Batch { file, batch, bytes_read } => (file, batch, bytes_read),
            Read::Failed(error) => return Err(error),
        };
        for row in &batch.rejected {
            if report.reject() {
                progress.note(&format!("{}: {row}", files[file].display()));
            }
        }
        if !batch.events.is_empty() {
            let uuids: Vec<Uuid> = batch.events.iter().map(|event| event.uuid).collect();
            let stored = target.store(batch.events)?;
            report.stored(stored.accepted, stored.duplicates);
            for (index, reason) in stored.rejected {
                if report.reject() {
                    let uuid = uuids.get(index).copied().unwrap_or_default();
                    progress.note(&format!("{}: event {uuid}: {reason}", files[file].display()));
                }
            }
        }
        progress.set(bytes_read, || format!("{} events", report.read));
    }
    Ok(())
}
