//! `hindsight check`: reads every byte of the events and holds it against its checksum.

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
        print_line(format_args!(
            "{}: {} bytes from {} on are the beginning of a record that was never acknowledged; they are cut off at the next start",
            tail.file.display(),
            tail.n_bytes,
            tail.offset
        ))?;
    }
    for file in &report.left_over {
        print_line(format_args!("{}: left over, removed at the next start", file.display()))?;
    }
    for damage in &report.damages {
        print_line(format_args!("DAMAGED: {}", Chain(damage)))?;
    }
    if !report.is_clean() {
        return Err(CommandError::new(format!("{} files of {folder} are damaged", report.damages.len())));
    }
    print_line("Everything is as it was written.")
}
