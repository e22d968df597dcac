//! Fewer, more tightly packed segments, in the background; and taking away what is too old.
//!
//! New segments are packed in a hurry. When nothing has come in for a moment, or too many wait, neighbours in time are merged and packed tightly, once:
//! a record is written to segments twice, or a few times more where little comes in.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use logs::record::StoredLog;
use logs::store::Retention;

use crate::error::StoreError;
use crate::manifest::SegmentFile;
use crate::project::Project;
use crate::segment::{Packing, Segment};
use crate::shared::Shared;

/// What the compactor is asked to do.
#[derive(Debug)]
pub(crate) enum CompactCommand {
    /// To look whether something is worth doing.
    Look,
    /// To pack everything tightly, and answer.
    All(Sender<Result<(), StoreError>>),
    /// To end.
    Stop,
}

/// Segments waiting to be packed from which on they are packed while records come in.
const MAX_WAITING: usize = 96;
/// Small segments from which on they are merged though they make no large one.
const MANY_SMALL: usize = 8;
/// Most bytes in memory, about, of the records that are merged.
const MAX_MERGED_BYTES: u64 = 192 << 20;

/// Does what it is asked to until it is asked to stop.
pub(crate) fn run(shared: &Shared, commands: &Receiver<CompactCommand>) {
    let mut is_due = false;
    loop {
        let command = if is_due {
            commands.recv_timeout(shared.config.quiet.max(Duration::from_millis(10)))
        } else {
            commands.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match command {
            Ok(CompactCommand::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(CompactCommand::Look) => is_due = true,
            Ok(CompactCommand::All(answer)) => {
                let _ = answer.send(all_projects(shared, true));
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if is_due && (is_quiet(shared) || n_waiting(shared) > MAX_WAITING) {
            is_due = false;
            if let Err(error) = all_projects(shared, false) {
                tracing::error!(error = &error as &dyn std::error::Error, "segments of logs could not be merged");
            }
        }
    }
}

fn is_quiet(shared: &Shared) -> bool {
    let last = *shared.last_append.lock().expect("no holder of this lock panics");
    last.is_none_or(|last| last.elapsed() >= shared.config.quiet)
}

fn n_waiting(shared: &Shared) -> usize {
    let unsettled =
        |project: &Arc<Project>| project.read().segments.iter().filter(|segment| !segment.file().is_settled).count();
    shared.all_projects().iter().map(unsettled).sum()
}

fn all_projects(shared: &Shared, everything: bool) -> Result<(), StoreError> {
    for project in shared.all_projects() {
        while let Some(group) = next_group(shared, &project, everything) {
            if shared.is_closing() && !everything {
                return Ok(());
            }
            merge(shared, &project, &group)?;
        }
    }
    Ok(())
}

/// Neighbours in time that are worth merging.
fn next_group(shared: &Shared, project: &Project, everything: bool) -> Option<Vec<Arc<Segment>>> {
    let max_rows = shared.config.max_segment_rows as u64;
    let mut waiting: Vec<Arc<Segment>> =
        project.read().segments.iter().filter(|segment| !segment.file().is_settled).cloned().collect();
    waiting.sort_by_key(|segment| (segment.file().min_us, segment.file().file));
    let mut group: Vec<Arc<Segment>> = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    let is_worth_it = |group: &[Arc<Segment>], rows: u64| {
        let is_large = rows >= max_rows / 2 && group.len() > 1;
        !group.is_empty() && (everything || is_large || group.len() >= MANY_SMALL)
    };
    for segment in waiting {
        let file = segment.file();
        if !group.is_empty() && (rows + file.n_rows > max_rows || bytes + file.memory_bytes > MAX_MERGED_BYTES) {
            if is_worth_it(&group, rows) {
                return Some(group);
            }
            // one that is large alone, with a neighbour that does not fit
            if rows >= max_rows / 2 {
                return Some(group);
            }
            group.clear();
            (rows, bytes) = (0, 0);
        }
        rows += file.n_rows;
        bytes += file.memory_bytes;
        group.push(segment);
    }
    is_worth_it(&group, rows).then_some(group)
}

/// Replaces segments by ones with the same records, in order and tightly packed.
fn merge(shared: &Shared, project: &Project, group: &[Arc<Segment>]) -> Result<(), StoreError> {
    let _exchanging = shared.exchanging.lock().expect("no holder of this lock panics");
    let floor_us = project.read().floor_us;
    let rows: u64 = group.iter().map(|segment| segment.file().n_rows).sum();
    let mut logs: Vec<Arc<StoredLog>> = Vec::with_capacity(usize::try_from(rows).unwrap_or_default());
    for segment in group {
        let open = segment.open(shared)?;
        for block in 0..open.details.index.blocks.len() {
            logs.extend(open.logs(block)?.into_iter().filter(|log| log.record.timestamp_us >= floor_us).map(Arc::new));
        }
    }
    logs.sort_unstable_by_key(|log| log.position());
    let mut written = shared.write_segments(project.id, &logs, Packing::Tight)?;
    // a small one may still become part of a larger one
    let is_small = logs.len() < shared.config.max_segment_rows / 2;
    let memory: u64 = written.iter().map(|file| file.memory_bytes).sum();
    if is_small && memory < MAX_MERGED_BYTES / 2 && group.len() > 1 {
        written.iter_mut().for_each(|file| file.is_settled = false);
    }
    exchange(shared, project, group, written)
}

/// Takes away what `retention` does not keep; says how many records went.
pub(crate) fn retain(shared: &Shared, project: &Project, retention: Retention, now_us: i64) -> Result<u64, StoreError> {
    let _exchanging = shared.exchanging.lock().expect("no holder of this lock panics");
    let age_us = retention.max_age.map(|age| i64::try_from(age.as_micros()).unwrap_or(i64::MAX));
    let (mut segments, old_floor_us) = {
        let state = project.read();
        (state.segments.clone(), state.floor_us)
    };
    let floor_us = age_us.map_or(old_floor_us, |age_us| now_us.saturating_sub(age_us).max(old_floor_us));
    segments.sort_by_key(|segment| (segment.file().max_us, segment.file().file));
    let size = |segment: &Arc<Segment>| segment.file().n_bytes + segment.file().index_bytes;
    let mut bytes: u64 = segments.iter().map(size).sum();
    let mut gone = Vec::new();
    for segment in segments {
        let is_too_much = retention.max_bytes.is_some_and(|max| bytes > max);
        if segment.file().max_us >= floor_us && !is_too_much {
            break;
        }
        bytes -= size(&segment);
        gone.push(segment);
    }
    if gone.is_empty() && floor_us == old_floor_us {
        return Ok(0);
    }
    let files: Vec<u64> = gone.iter().map(|segment| segment.file().file).collect();
    shared.change_manifest(|manifest| {
        let project = manifest.projects.entry(project.id).or_default();
        project.segments.retain(|file| !files.contains(&file.file));
        project.floor_us = floor_us;
    })?;
    let mut state = project.write();
    state.segments.retain(|segment| !files.contains(&segment.file().file));
    state.floor_us = floor_us;
    drop(state);
    gone.iter().for_each(|segment| forget(shared, segment));
    Ok(gone.iter().map(|segment| segment.file().n_rows).sum())
}

fn exchange(
    shared: &Shared,
    project: &Project,
    group: &[Arc<Segment>],
    written: Vec<SegmentFile>,
) -> Result<(), StoreError> {
    let files: Vec<u64> = group.iter().map(|segment| segment.file().file).collect();
    shared.change_manifest(|manifest| {
        let project = manifest.projects.entry(project.id).or_default();
        project.segments.retain(|file| !files.contains(&file.file));
        project.segments.extend(written.iter().cloned());
    })?;
    let mut state = project.write();
    state.segments.retain(|segment| !files.contains(&segment.file().file));
    state.segments.extend(written.into_iter().map(|file| shared.segment(project.id, file)));
    drop(state);
    group.iter().for_each(|segment| forget(shared, segment));
    Ok(())
}

fn forget(shared: &Shared, segment: &Segment) {
    shared.details.remove(&segment.file().file);
    segment.mark_replaced();
}
