//! From many segments to few, in the background.
//!
//! Segments of the same month that follow each other in order of arrival become one. A set of them is merged only where the result
//! has at least twice the rows of the largest: so an event is written again at most once for each doubling of the segment that it is
//! in, and the segments of a month stay few.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use crate::error::StoreError;
use crate::flush::distinct_ids_of;
use crate::memtable::Memtable;
use crate::project::Project;
use crate::segment::Segment;
use crate::shared::Shared;

/// What the compactor is asked to do.
#[derive(Debug)]
pub(crate) enum CompactCommand {
    /// To merge what has become due.
    Look,
    /// To merge every month of every project as far as segments may grow, and to answer.
    All(Sender<Result<(), StoreError>>),
    /// To end.
    Stop,
}

/// Fewest and most segments that are merged at once in the background.
const WINDOW: Range<usize> = 4..33;

/// Merges segments until told to stop.
pub(crate) fn run(shared: &Shared, commands: &Receiver<CompactCommand>) {
    while let Ok(command) = commands.recv() {
        match command {
            CompactCommand::Look => {
                if let Err(error) = compact_due(shared) {
                    tracing::error!(error = &error as &dyn std::error::Error, "segments could not be merged");
                }
            }
            CompactCommand::All(answer) => {
                // whoever gave up waiting does not need the answer
                let _ = answer.send(compact_all(shared));
            }
            CompactCommand::Stop => return,
        }
    }
}

fn compact_due(shared: &Shared) -> Result<(), StoreError> {
    for project in shared.all_projects() {
        while !shared.is_closing() {
            let segments = project.read().segments.clone();
            let due = months(&segments).into_iter().find_map(|of_month| {
                let sizes: Vec<u64> = of_month.iter().map(|segment| segment.file().n_rows).collect();
                choose(&sizes, shared.config.max_segment_rows).map(|window| of_month[window].to_vec())
            });
            let Some(due) = due else { break };
            merge(shared, &project, &due)?;
        }
    }
    Ok(())
}

fn compact_all(shared: &Shared) -> Result<(), StoreError> {
    for project in shared.all_projects() {
        let segments = project.read().segments.clone();
        let has_aliases = project.read().persons.roots().is_some();
        for of_month in months(&segments) {
            for together in fill(&of_month, shared.config.max_segment_rows) {
                if together.len() > 1 || has_aliases {
                    merge(shared, &project, together)?;
                }
            }
        }
    }
    Ok(())
}

/// The segments of each month, in order of arrival.
fn months(segments: &[Arc<Segment>]) -> Vec<Vec<Arc<Segment>>> {
    let mut of_month = std::collections::BTreeMap::<i64, Vec<Arc<Segment>>>::new();
    for segment in segments {
        of_month.entry(segment.file().month).or_default().push(Arc::clone(segment));
    }
    of_month.into_values().collect()
}

/// Cuts the segments into neighbours that together are not over the limit.
fn fill(segments: &[Arc<Segment>], max_rows: u64) -> Vec<&[Arc<Segment>]> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut n_rows = 0;
    for (index, segment) in segments.iter().enumerate() {
        if n_rows + segment.file().n_rows > max_rows && index > start {
            parts.push(&segments[start..index]);
            (start, n_rows) = (index, 0);
        }
        n_rows += segment.file().n_rows;
    }
    if start < segments.len() {
        parts.push(&segments[start..]);
    }
    parts
}

/// Which of the neighbouring segments of these sizes to merge: those for which the largest is the smallest part of the result.
fn choose(sizes: &[u64], max_rows: u64) -> Option<Range<usize>> {
    let mut best: Option<(u64, Range<usize>)> = None;
    for start in 0..sizes.len() {
        let (mut total, mut largest) = (0, 0);
        for end in start + 1..=sizes.len().min(start + WINDOW.end - 1) {
            total += sizes[end - 1];
            largest = largest.max(sizes[end - 1]);
            let is_due = end - start >= WINDOW.start && total >= 2 * largest && total <= max_rows;
            // in thousandths, so that sizes compare whatever their scale
            let share = largest * 1_000 / total.max(1);
            if is_due && best.as_ref().is_none_or(|(least, _)| share < *least) {
                best = Some((share, start..end));
            }
        }
    }
    best.map(|(_, range)| range)
}

/// Makes one segment of `inputs`, which follow each other, with merged persons as one.
fn merge(shared: &Shared, project: &Project, inputs: &[Arc<Segment>]) -> Result<(), StoreError> {
    let mut memtable = Memtable::default();
    let (roots, distinct_ids) = {
        let state = project.read();
        (state.persons.roots(), state.persons.distinct_ids().clone())
    };
    for segment in inputs {
        segment.add_rows(&mut memtable, &distinct_ids, |person| match &roots {
            Some(roots) => roots[person as usize],
            None => person,
        })?;
    }
    drop(distinct_ids);
    let rows: Vec<u32> = (0..).take(memtable.len()).collect();
    let month = inputs[0].file().month;
    let distinct_ids = distinct_ids_of(&memtable, project);
    let merged = shared.write_segment(project, month, &memtable, &distinct_ids, &rows)?;
    shared.config.disk.sync_folder(&shared.layout.project(project.id))?;
    let is_input = |file: u64| inputs.iter().any(|input| input.file().file == file);
    shared.change_manifest(|manifest| {
        let files = manifest.projects.entry(project.id).or_default();
        let place = files.segments.iter().position(|file| is_input(file.file)).unwrap_or(0);
        files.segments.retain(|file| !is_input(file.file));
        files.segments.insert(place, merged.clone());
    })?;
    let path = shared.layout.segment(project.id, merged.file);
    let merged = Arc::new(Segment::new(path, merged));
    let mut state = project.write();
    let place = state.segments.iter().position(|segment| is_input(segment.file().file)).unwrap_or(0);
    state.segments.retain(|segment| !is_input(segment.file().file));
    state.segments.insert(place, merged);
    drop(state);
    for input in inputs {
        input.mark_replaced();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_like_size_are_merged() {
        assert_eq!(choose(&[], 100), None);
        assert_eq!(choose(&[5, 5, 5], 100), None);
        assert_eq!(choose(&[5, 5, 5, 5], 100), Some(0..4));
        assert_eq!(choose(&[90, 1, 1, 1], 1_000), None, "the large one would be written again for little");
        assert_eq!(choose(&[90, 1, 1, 1, 1], 1_000), Some(1..5));
        assert_eq!(choose(&[5, 5, 5, 5], 19), None, "the result would be too large");
    }

    #[test]
    fn an_event_is_written_again_once_a_doubling_and_segments_stay_few() {
        let mut sizes: Vec<u64> = Vec::new();
        let mut n_written = 0;
        for _ in 0..4_096 {
            sizes.push(1);
            while let Some(window) = choose(&sizes, u64::MAX) {
                let total = sizes[window.clone()].iter().sum();
                n_written += total;
                sizes.splice(window, [total]);
            }
            assert!(sizes.len() <= 24, "{sizes:?}");
        }
        assert!(n_written <= 12 * 4_096, "{n_written}");
    }
}
