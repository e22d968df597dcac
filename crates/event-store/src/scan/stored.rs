//! Runs of the events in segments.

use std::ops::Range;
use std::sync::Arc;

use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::scan::{Column, Run, ScanRequest};
use query_engine::slice::SharedSlice;

use super::{is_in_time, n_bytes_of};
use crate::column_cache::ColumnCache;
use crate::error::StoreError;
use crate::project::Project;
use crate::segment::Segment;

/// Adds the runs of `segment` that `request` asks for. `roots` names the person that each counts as, where any was merged.
pub(crate) fn add_runs(
    segment: &Segment,
    request: &ScanRequest,
    roots: Option<&[u32]>,
    (project, cache): (&Project, &ColumnCache),
    control: &QueryControl,
    runs: &mut Vec<Run>,
) -> Result<(), QueryError> {
    let wanted = wanted_runs(segment, request).map_err(source_error)?;
    if wanted.is_empty() {
        return Ok(());
    }
    control.check()?;
    let persons = cache.persons(segment).map_err(source_error)?;
    let timestamps = cache.timestamps(segment).map_err(source_error)?;
    let mut columns = Vec::new();
    for column in &request.event_columns {
        control.check()?;
        columns.push(cache.column(project, segment, column).map_err(source_error)?);
    }
    let file = segment.file();
    let is_all_in_time = request.from_us.is_none_or(|from| from <= file.min_us)
        && request.until_us.is_none_or(|until| until > file.max_us);
    let mut arrivals = None;
    for (event, range) in wanted {
        control.check()?;
        let whole = WholeRun { persons: persons.slice(range.clone()), timestamps: timestamps.slice(range.clone()) };
        let (whole, is_sorted) = whole.with_roots(roots);
        let columns = columns.iter().map(|column| slice(column, range.clone()));
        let run = if is_all_in_time && is_sorted {
            let columns = columns.collect();
            Run { event, persons: whole.persons, timestamps: whole.timestamps, columns }
        } else {
            if !is_sorted && arrivals.is_none() {
                arrivals = Some(segment.arrivals().map_err(source_error)?);
            }
            let arrivals = arrivals.as_deref().filter(|_| !is_sorted).map(|arrivals| &arrivals[range.clone()]);
            let rows = whole.rows(request, arrivals);
            Run {
                event,
                persons: gather(&whole.persons, &rows),
                timestamps: gather(&whole.timestamps, &rows),
                columns: columns
                    .map(|column| Column { codes: gather(&column.codes, &rows), dictionary: column.dictionary })
                    .collect(),
            }
        };
        control.add_read(range.len() as u64, n_bytes_of(&run));
        if !run.is_empty() {
            runs.push(run);
        }
    }
    Ok(())
}

/// The persons and timestamps of a run, before the request's bounds in time.
struct WholeRun {
    persons: SharedSlice<u32>,
    timestamps: SharedSlice<i64>,
}

impl WholeRun {
    /// The run with merged persons as one, and whether it is still in order.
    fn with_roots(self, roots: Option<&[u32]>) -> (Self, bool) {
        let Some(roots) = roots else { return (self, true) };
        if self.persons.iter().all(|&person| roots[person as usize] == person) {
            return (self, true);
        }
        let persons: Vec<u32> = self.persons.iter().map(|&person| roots[person as usize]).collect();
        let is_sorted = persons.is_sorted() && {
            let keys = persons.iter().zip(self.timestamps.iter());
            keys.is_sorted()
        };
        // rows of one person at one instant may still have arrived in another order: such a run is sorted again
        let is_sorted = is_sorted && !has_ties(&persons, &self.timestamps);
        (Self { persons: persons.into(), timestamps: self.timestamps }, is_sorted)
    }

    /// The rows that are in time, sorted where `arrivals` are given because they are not in order.
    fn rows(&self, request: &ScanRequest, arrivals: Option<&[i32]>) -> Vec<u32> {
        let mut rows: Vec<u32> = (0_u32..)
            .zip(self.timestamps.iter())
            .filter(|&(_, &us)| is_in_time(request, us))
            .map(|(row, _)| row)
            .collect();
        if let Some(arrivals) = arrivals {
            rows.sort_by_key(|&row| {
                let row = row as usize;
                (self.persons[row], self.timestamps[row], arrivals[row])
            });
        }
        rows
    }
}

fn has_ties(persons: &[u32], timestamps: &[i64]) -> bool {
    (1..persons.len()).any(|row| (persons[row - 1], timestamps[row - 1]) == (persons[row], timestamps[row]))
}

/// An event and its rows.
type NamedRange = (Arc<str>, Range<usize>);

fn wanted_runs(segment: &Segment, request: &ScanRequest) -> Result<Vec<NamedRange>, StoreError> {
    let mut start = 0;
    let mut wanted = Vec::new();
    for run in segment.runs()? {
        let range = start..start + run.n_rows;
        start = range.end;
        if !run.is_identity_only && request.events.contains(&run.event) {
            wanted.push((Arc::clone(&run.event), range));
        }
    }
    Ok(wanted)
}

fn slice(column: &Column, range: Range<usize>) -> Column {
    Column { codes: column.codes.slice(range), dictionary: Arc::clone(&column.dictionary) }
}

fn gather<T: Copy>(values: &[T], rows: &[u32]) -> SharedSlice<T> {
    rows.iter().map(|&row| values[row as usize]).collect::<Vec<T>>().into()
}

fn source_error(error: StoreError) -> QueryError {
    QueryError::Source(Box::new(error))
}
