//! Events in memory: those that are in the log and not in a segment yet.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::batch::PreparedEvent;
use crate::column::CopiedColumn;
use crate::persons::Seen;
use crate::text::TextDictionary;

/// Events of one project in order of arrival, in columns.
#[derive(Debug, Default)]
pub(crate) struct Memtable {
    pub(crate) names: TextDictionary,
    /// Code of the name of each row.
    pub(crate) name_codes: Vec<u32>,
    /// Number of the distinct id of each row.
    pub(crate) distinct_ids: Vec<u32>,
    pub(crate) persons: Vec<u32>,
    pub(crate) timestamps: Vec<i64>,
    pub(crate) uuids: Vec<u128>,
    pub(crate) properties: IndexMap<Arc<str>, SparseColumn, FxBuildHasher>,
}

/// The values of one property, as JSON texts, of the rows that have it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SparseColumn {
    /// The rows, ascending.
    pub(crate) rows: Vec<u32>,
    /// Code of the text of each of them.
    pub(crate) codes: Vec<u32>,
    pub(crate) texts: TextDictionary,
}

impl Memtable {
    /// Adds an event, of whom `seen` tells.
    pub(crate) fn push(&mut self, event: &PreparedEvent, seen: Seen) {
        let row = u32::try_from(self.len()).expect("events are flushed long before there are 2^32 of them");
        self.name_codes.push(self.names.intern(&event.name));
        self.distinct_ids.push(seen.distinct_id);
        self.persons.push(seen.person);
        self.timestamps.push(event.timestamp_us);
        self.uuids.push(event.uuid);
        for member in &event.members {
            let key = member.key(&event.properties);
            if !self.properties.contains_key(key) {
                self.properties.insert(key.into(), SparseColumn::default());
            }
            let column = self.properties.get_mut(key).expect("the column was there or has just been made");
            column.push(row, member.value(&event.properties));
        }
    }

    /// Number of events.
    pub(crate) fn len(&self) -> usize {
        self.persons.len()
    }

    /// Whether there is no event.
    pub(crate) fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// The values of a property of `rows`.
    pub(crate) fn copy_property(&self, key: &str, rows: &[u32]) -> CopiedColumn {
        let Some(column) = self.properties.get(key) else {
            return CopiedColumn::copy(vec![0; rows.len()], 0, |_| "");
        };
        let mut code_of_row = vec![0; self.len()];
        for (&row, &code) in column.rows.iter().zip(&column.codes) {
            code_of_row[row as usize] = code + 1;
        }
        let codes = rows.iter().map(|&row| code_of_row[row as usize]).collect();
        CopiedColumn::copy(codes, column.texts.len(), |code| column.texts.text(code))
    }
}

impl SparseColumn {
    /// Adds the value of `row`, which is higher than those before.
    pub(crate) fn push(&mut self, row: u32, raw: &str) {
        self.rows.push(row);
        self.codes.push(self.texts.intern(raw));
    }
}

/// Bytes of memory that an event takes in a memtable, about.
pub(crate) fn n_bytes_of(event: &PreparedEvent) -> usize {
    // its fixed columns, a row number and a code for each property, and its texts as if each were new
    48 + 8 * event.members.len() + event.properties.len() / 2
}
