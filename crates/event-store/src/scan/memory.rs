//! Runs of the events in memory.

use std::sync::Arc;

use query_engine::scan::{Column, EventColumn, Run, ScanRequest};
use query_engine::value::PropertyValue;
use uuid::Uuid;

use super::is_in_time;
use crate::column::{CopiedColumn, ValueDictionary};
use crate::memtable::Memtable;
use crate::project::Project;
use crate::text::TextDictionary;

/// A run that has been copied out of a memtable, with values still to be parsed.
pub(crate) struct CopiedRun {
    event: Arc<str>,
    persons: Vec<u32>,
    timestamps: Vec<i64>,
    columns: Vec<CopiedValues>,
}

enum CopiedValues {
    Json(CopiedColumn),
    Strings(CopiedColumn),
    Uuids(Vec<u128>),
}

/// Copies what `request` asks for, sorted as runs are.
pub(crate) fn copy_runs(
    memtable: &Memtable,
    request: &ScanRequest,
    roots: Option<&[u32]>,
    distinct_ids: &TextDictionary,
) -> Vec<CopiedRun> {
    let wanted =
        memtable.names.iter().map(|(name, is_identity_only)| !is_identity_only && request.events.contains(name));
    let mut rows_of: Vec<Option<Vec<u32>>> = wanted.map(|is_wanted| is_wanted.then(Vec::new)).collect();
    for ((row, &name), &timestamp_us) in (0_u32..).zip(&memtable.name_codes).zip(&memtable.timestamps) {
        if let Some(rows) = &mut rows_of[name as usize]
            && is_in_time(request, timestamp_us)
        {
            rows.push(row);
        }
    }
    let person = |row: u32| {
        let person = memtable.persons[row as usize];
        roots.map_or(person, |roots| roots[person as usize])
    };
    let mut runs = Vec::new();
    for ((name, _), rows) in memtable.names.iter().zip(rows_of) {
        let Some(mut rows) = rows.filter(|rows| !rows.is_empty()) else { continue };
        rows.sort_unstable_by_key(|&row| (person(row), memtable.timestamps[row as usize], row));
        runs.push(CopiedRun {
            event: name.into(),
            persons: rows.iter().map(|&row| person(row)).collect(),
            timestamps: rows.iter().map(|&row| memtable.timestamps[row as usize]).collect(),
            columns: request
                .event_columns
                .iter()
                .map(|column| match column {
                    EventColumn::Property(key) => CopiedValues::Json(memtable.copy_property(key, &rows)),
                    EventColumn::DistinctId => {
                        let codes = rows.iter().map(|&row| memtable.distinct_ids[row as usize] + 1).collect();
                        let text = |code| distinct_ids.text(code);
                        CopiedValues::Strings(CopiedColumn::copy(codes, distinct_ids.len(), text))
                    }
                    EventColumn::Properties => CopiedValues::Json(memtable.copy_whole_properties(&rows)),
                    EventColumn::Uuid => {
                        CopiedValues::Uuids(rows.iter().map(|&row| memtable.uuids[row as usize]).collect())
                    }
                })
                .collect(),
        });
    }
    runs
}

impl CopiedRun {
    /// Parses the values, which were copied out of `project` for `request`.
    pub(crate) fn into_run(self, request: &ScanRequest, project: &Project) -> Run {
        let columns = request.event_columns.iter().zip(self.columns).map(|(column, values)| match values {
            CopiedValues::Json(copied) => copied.into_values().numbered_by(project.texts(column)),
            CopiedValues::Strings(copied) => copied.into_strings().numbered_by(project.texts(column)),
            CopiedValues::Uuids(uuids) => uuid_column(uuids),
        });
        Run {
            event: self.event,
            columns: columns.collect(),
            persons: self.persons.into(),
            timestamps: self.timestamps.into(),
        }
    }
}

/// Uuids as the texts that queries see.
pub(crate) fn uuid_column(uuids: impl IntoIterator<Item = u128>) -> Column {
    let mut dictionary = ValueDictionary::new();
    let codes = uuids
        .into_iter()
        .map(|uuid| dictionary.intern(PropertyValue::String(Uuid::from_u128(uuid).to_string().into())))
        .collect();
    dictionary.column(codes)
}
