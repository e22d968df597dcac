//! Lending events as columns to the query engine.

mod memory;
mod stored;

use std::collections::HashMap;
use std::sync::Arc;

use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::scan::{GroupColumn, Groups, Identities, Persons as ScanPersons, Run, Scan, ScanRequest};
use query_engine::value::PropertyValue;

use crate::column::CopiedColumn;
use crate::column_cache::ColumnCache;
use crate::project::{Project, ProjectState};
use crate::segment::Segment;
use crate::shared::Shared;
use memory::CopiedRun;
pub(crate) use memory::uuid_column;

/// Answers `requests`, all for one project, as of one instant.
pub(crate) fn scan(shared: &Shared, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
    control.check()?;
    let Some(first) = requests.first() else { return Ok(Vec::new()) };
    debug_assert!(requests.iter().all(|request| request.project == first.project), "a query is of one project");
    let Some(project) = shared.project(first.project) else {
        return Ok(requests.iter().map(nothing).collect());
    };
    // everything that changes is copied under one lock; what takes time is done after it
    let snapshots: Vec<Snapshot> = {
        let state = project.read();
        requests.iter().map(|request| Snapshot::take(&state, request)).collect()
    };
    requests
        .iter()
        .zip(snapshots)
        .map(|(request, snapshot)| scan_snapshot(snapshot, request, (&project, &shared.columns), control))
        .collect()
}

fn scan_snapshot(
    snapshot: Snapshot,
    request: &ScanRequest,
    (project, cache): (&Project, &ColumnCache),
    control: &QueryControl,
) -> Result<Scan, QueryError> {
    let in_time: Vec<&Arc<Segment>> = snapshot
        .segments
        .iter()
        .filter(|segment| {
            let file = segment.file();
            request.from_us.is_none_or(|from| file.max_us >= from)
                && request.until_us.is_none_or(|until| file.min_us < until)
        })
        .collect();
    control.add_rows_total(in_time.iter().map(|segment| segment.file().n_rows).sum());
    let mut runs = Vec::new();
    for segment in in_time {
        stored::add_runs(segment, request, snapshot.roots.as_deref(), (project, cache), control, &mut runs)?;
    }
    for copied in snapshot.runs {
        control.check()?;
        let run = copied.into_run(request, project);
        control.add_rows_total(run.len() as u64);
        control.add_read(run.len() as u64, n_bytes_of(&run));
        runs.push(run);
    }
    Ok(Scan {
        runs,
        persons: ScanPersons {
            n_numbers: snapshot.created_at_us.len(),
            created_at_us: snapshot.created_at_us.into(),
            columns: snapshot.person_columns.into_iter().map(CopiedColumn::into_values).collect(),
            properties: snapshot.person_objects,
        },
        group_columns: snapshot.group_columns.into_iter().map(|(keys, values)| group_column(keys, values)).collect(),
        group_types: snapshot.group_types,
        identities: snapshot.identities,
        groups: snapshot.groups,
    })
}

/// What a scan needs of a project's changing state.
struct Snapshot {
    segments: Vec<Arc<Segment>>,
    runs: Vec<CopiedRun>,
    roots: Option<Vec<u32>>,
    created_at_us: Vec<i64>,
    person_columns: Vec<CopiedColumn>,
    group_columns: Vec<(Vec<Arc<str>>, CopiedColumn)>,
    group_types: Vec<Arc<str>>,
    person_objects: Vec<Arc<str>>,
    identities: Identities,
    groups: Vec<Groups>,
}

impl Snapshot {
    fn take(state: &ProjectState, request: &ScanRequest) -> Self {
        let persons = &state.persons;
        let roots = persons.roots();
        let copy = |memtable| memory::copy_runs(memtable, request, roots.as_deref(), persons.distinct_ids());
        Self {
            segments: state.segments.clone(),
            runs: state.memtables().flat_map(copy).collect(),
            created_at_us: persons.created_at_us(),
            person_columns: request.person_properties.iter().map(|key| persons.property_column(key)).collect(),
            group_columns: request
                .group_properties
                .iter()
                .map(|(group_type, key)| persons.group_column(*group_type, key))
                .collect(),
            group_types: persons.group_types(),
            person_objects: if request.whole_person_properties { persons.property_objects() } else { Vec::new() },
            identities: if request.identities { persons.identities() } else { Identities::default() },
            groups: if request.groups { persons.groups() } else { Vec::new() },
            roots,
        }
    }
}

fn group_column(keys: Vec<Arc<str>>, values: CopiedColumn) -> GroupColumn {
    let column = values.into_values();
    let mut values = HashMap::new();
    for (row, key) in keys.into_iter().enumerate() {
        let value = column.value(row);
        if *value != PropertyValue::Null {
            values.insert(key, value.clone());
        }
    }
    GroupColumn { values }
}

fn nothing(request: &ScanRequest) -> Scan {
    let column = || query_engine::scan::Column::nulls(0);
    Scan {
        runs: Vec::new(),
        persons: ScanPersons {
            n_numbers: 0,
            created_at_us: Vec::new().into(),
            columns: request.person_properties.iter().map(|_| column()).collect(),
            properties: Vec::new(),
        },
        group_columns: request.group_properties.iter().map(|_| GroupColumn::default()).collect(),
        group_types: Vec::new(),
        identities: Identities::default(),
        groups: Vec::new(),
    }
}

fn is_in_time(request: &ScanRequest, timestamp_us: i64) -> bool {
    request.from_us.is_none_or(|from| timestamp_us >= from) && request.until_us.is_none_or(|until| timestamp_us < until)
}

/// Bytes of the columns of a run.
fn n_bytes_of(run: &Run) -> u64 {
    (run.len() * (size_of::<u32>() + size_of::<i64>() + run.columns.len() * size_of::<u32>())) as u64
}
