//! Events in memory: those that are in the log and not in a segment yet.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::batch::PreparedEvent;
use crate::column::CopiedColumn;
use crate::event_names::EventNames;
use crate::json::WholeObjects;
use crate::persons::Seen;
use crate::text::TextDictionary;

/// Events of one project in order of arrival, in columns.
#[derive(Debug, Default)]
pub(crate) struct Memtable {
    pub(crate) names: EventNames,
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
        self.name_codes.push(self.names.intern(&event.name, event.is_identity_only));
        self.distinct_ids.push(seen.distinct_id);
        self.persons.push(seen.person);
        self.timestamps.push(event.timestamp_us);
        self.uuids.push(event.uuid);
        for member in &event.members {
            self.column_mut(member.key(&event.properties)).push(row, member.value(&event.properties));
        }
    }

    /// Adds the events of `other` whose timestamps are wanted.
    pub(crate) fn append(&mut self, other: &Self, is_wanted: impl Fn(i64) -> bool) {
        const ABSENT: u32 = u32::MAX;
        let mut new_row = vec![ABSENT; other.len()];
        for (row, &timestamp_us) in other.timestamps.iter().enumerate().filter(|(_, us)| is_wanted(**us)) {
            new_row[row] = u32::try_from(self.len()).expect("events are taken in parts of far fewer than 2^32");
            let name = other.name_codes[row];
            self.name_codes.push(self.names.intern(other.names.text(name), other.names.is_identity_only(name)));
            self.distinct_ids.push(other.distinct_ids[row]);
            self.persons.push(other.persons[row]);
            self.timestamps.push(timestamp_us);
            self.uuids.push(other.uuids[row]);
        }
        for (key, values) in &other.properties {
            let wanted = values.rows.iter().zip(&values.codes).filter(|(row, _)| new_row[**row as usize] != ABSENT);
            let mut column = None;
            for (&row, &code) in wanted {
                let column = column.get_or_insert_with(|| self.column_index(key));
                self.properties[*column].push(new_row[row as usize], values.texts.text(code));
            }
        }
    }

    /// The column of a property, made where there is none.
    pub(crate) fn column_mut(&mut self, key: &str) -> &mut SparseColumn {
        let index = self.column_index(key);
        &mut self.properties[index]
    }

    /// The position of the column of a property, made where there is none.
    pub(crate) fn column_index(&mut self, key: &str) -> usize {
        match self.properties.get_index_of(key) {
            Some(index) => index,
            None => self.properties.insert_full(key.into(), SparseColumn::default()).0,
        }
    }

    /// Number of events.
    pub(crate) fn len(&self) -> usize {
        self.persons.len()
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

    /// All properties of `rows`, as JSON objects.
    pub(crate) fn copy_whole_properties(&self, rows: &[u32]) -> CopiedColumn {
        let mut objects = WholeObjects::new(self.len());
        for (key, column) in &self.properties {
            let values = column.rows.iter().zip(&column.codes);
            objects.add(key, values.map(|(&row, &code)| (row as usize, column.texts.text(code))));
        }
        let objects = objects.finish();
        let mut texts = TextDictionary::default();
        let codes = rows.iter().map(|&row| texts.intern(&objects[row as usize]) + 1).collect();
        CopiedColumn::copy(codes, texts.len(), |code| texts.text(code))
    }
}

impl SparseColumn {
    /// Adds the value of `row`, which is higher than those before.
    pub(crate) fn push(&mut self, row: u32, raw: &str) {
        self.rows.push(row);
        self.codes.push(self.texts.intern(raw));
    }

    /// Adds the codes of rows, ascending and higher than those before.
    pub(crate) fn add(&mut self, rows: impl Iterator<Item = (u32, u32)>) {
        for (row, code) in rows {
            self.rows.push(row);
            self.codes.push(code);
        }
    }

    /// Brings the rows into order, where they were added out of it.
    pub(crate) fn sort(&mut self) {
        if !self.rows.is_sorted() {
            let mut pairs: Vec<(u32, u32)> = self.rows.iter().copied().zip(self.codes.iter().copied()).collect();
            pairs.sort_unstable();
            (self.rows, self.codes) = pairs.into_iter().unzip();
        }
    }
}

/// Bytes of memory that an event takes in a memtable, about.
pub(crate) fn n_bytes_of(event: &PreparedEvent) -> usize {
    // its fixed columns, a row number and a code for each property, and its texts as if each were new
    48 + 8 * event.members.len() + event.properties.len() / 2
}
