//! `hindsight check`: reads every byte of the events and the logs and holds it against its checksum.

use std::error::Error;
use std::path::{Path, PathBuf};

use event_store::{CheckProgress, check};

use super::print_line;
use super::progress::Progress;
use crate::cli::CommandError;
use crate::config::StorageConfig;
use crate::error::Chain;

/// Checks the data folder that `storage` names. Fails where it is damaged.
pub(crate) fn run(storage: &StorageConfig) -> Result<(), CommandError> {
    let folder = storage.data_dir.display();
    let mut progress: Option<Progress> = None;
    let mut show = |now: &CheckProgress| {
        let progress = progress.get_or_insert_with(|| Progress::of_items("check", now.files_total as u64));
        progress.set(now.files as u64, || now.file.display().to_string());
    };
    let report = check(&storage.data_dir, &mut show)
        .map_err(CommandError::because(format!("there is no event store that can be checked in {folder}")))?;
    if let Some(progress) = progress {
        progress.finish();
    }
    print_line(format_args!(
        "Read {} files, {} bytes: {} events in segments, {} in the write-ahead log",
        report.files, report.bytes, report.events_in_segments, report.events_in_log
    ))?;
    if let Some(tail) = &report.torn_tail {
        print_torn_tail(&tail.file, tail.offset, tail.n_bytes)?;
    }
    print_findings(&report.left_over, &report.damages)?;
    let n_damages = report.damages.len() + check_logs(storage)?;
    if n_damages > 0 {
        return Err(CommandError::new(format!("{n_damages} files of {folder} are damaged")));
    }
    print_line("Everything is as it was written.")
}

/// Checks the logs, if the folder has any. Returns how many files are damaged.
fn check_logs(storage: &StorageConfig) -> Result<usize, CommandError> {
    let folder = storage.data_dir.display();
    let mut show = |file: &Path| tracing::debug!(file = %file.display(), "checked");
    let report = log_store::check(&storage.data_dir, &mut show)
        .map_err(CommandError::because(format!("the logs in {folder} cannot be checked")))?;
    let Some(report) = report else { return Ok(0) };
    print_line(format_args!(
        "Read {} files, {} bytes: {} log records in segments, {} in the write-ahead log",
        report.files, report.bytes, report.records_in_segments, report.records_in_log
    ))?;
    if let Some((file, offset, n_bytes)) = &report.torn_tail {
        print_torn_tail(file, *offset, *n_bytes)?;
    }
    print_findings(&report.left_over, &report.damages)?;
    Ok(report.damages.len())
}

fn print_torn_tail(file: &Path, offset: u64, n_bytes: u64) -> Result<(), CommandError> {
    print_line(format_args!(
        "{}: {n_bytes} bytes from {offset} on are the beginning of a record that was never acknowledged; they are cut off at the next start",
        file.display()
    ))
}

fn print_findings(left_over: &[PathBuf], damages: &[impl Error + 'static]) -> Result<(), CommandError> {
    for file in left_over {
        print_line(format_args!("{}: left over, removed at the next start", file.display()))?;
    }
    damages.iter().try_for_each(|damage| print_line(format_args!("DAMAGED: {}", Chain(damage))))
}
