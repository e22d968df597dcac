//! Decoded columns of segments, kept for later queries.
//!
//! Segments never change and their numbers are never used again, so that nothing in here can be out of date. What was decoded had
//! passed its checksum. Columns that queries of one person or one event read (whole properties, uuids) are not kept.

use std::sync::Arc;

use query_engine::scan::{Column, EventColumn};
use query_engine::slice::SharedSlice;
use query_engine::value::PropertyValue;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::StoreError;
use crate::project::Project;
use crate::scan::uuid_column;
use crate::segment::Segment;

/// Bytes that one entry takes beside its columns, about.
const ENTRY_BYTES: u64 = 256;

/// Bytes that numbering a value takes, about: its number, and a text's place among those of all dictionaries of the column.
const NUMBER_BYTES: usize = size_of::<u32>() + size_of::<(Arc<str>, u32)>() + size_of::<Arc<str>>();

/// How many columns are expected; more are kept as long as there are bytes.
const EXPECTED_COLUMNS: usize = 1024;

/// Decoded columns of all segments, the ones used least being dropped first.
#[derive(Debug)]
pub(crate) struct ColumnCache {
    columns: Cache<(u64, Part), Decoded, Bytes>,
}

/// Which column of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Persons,
    Timestamps,
    Event(EventColumn),
}

#[derive(Clone, Debug)]
enum Decoded {
    Persons(SharedSlice<u32>),
    Timestamps(SharedSlice<i64>),
    Values(Column),
}

impl ColumnCache {
    /// One that holds up to `max_bytes`.
    pub(crate) fn new(max_bytes: u64) -> Self {
        Self { columns: Cache::with_weighter(EXPECTED_COLUMNS, max_bytes, Bytes) }
    }

    /// As [`Segment::persons`].
    pub(crate) fn persons(&self, segment: &Segment) -> Result<SharedSlice<u32>, StoreError> {
        match self.get(segment, Part::Persons, || segment.persons().map(Decoded::Persons))? {
            Decoded::Persons(persons) => Ok(persons),
            _ => unreachable!("persons stand under their own key"),
        }
    }

    /// As [`Segment::timestamps`].
    pub(crate) fn timestamps(&self, segment: &Segment) -> Result<SharedSlice<i64>, StoreError> {
        match self.get(segment, Part::Timestamps, || segment.timestamps().map(Decoded::Timestamps))? {
            Decoded::Timestamps(timestamps) => Ok(timestamps),
            _ => unreachable!("timestamps stand under their own key"),
        }
    }

    /// The values of a column of events of `project`, which the segment is of.
    pub(crate) fn column(
        &self,
        project: &Project,
        segment: &Segment,
        column: &EventColumn,
    ) -> Result<Column, StoreError> {
        let decode = || match column {
            EventColumn::Property(key) => segment.property(key),
            EventColumn::DistinctId => segment.distinct_ids(),
            EventColumn::Uuid => segment.uuids().map(uuid_column),
            EventColumn::Properties => segment.whole_properties(),
        };
        if matches!(column, EventColumn::Uuid | EventColumn::Properties) {
            return decode();
        }
        let decode = || Ok(Decoded::Values(decode()?.numbered_by(project.texts(column))));
        match self.get(segment, Part::Event(column.clone()), decode)? {
            Decoded::Values(column) => Ok(column),
            _ => unreachable!("values stand under their own key"),
        }
    }

    /// Queries that need the same column at the same time wait for one of them to decode it.
    fn get(
        &self,
        segment: &Segment,
        part: Part,
        decode: impl FnOnce() -> Result<Decoded, StoreError>,
    ) -> Result<Decoded, StoreError> {
        self.columns.get_or_insert_with(&(segment.file().file, part), decode)
    }
}

/// How many bytes an entry takes, about.
#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<(u64, Part), Decoded> for Bytes {
    fn weight(&self, _: &(u64, Part), decoded: &Decoded) -> u64 {
        ENTRY_BYTES
            + match decoded {
                Decoded::Persons(persons) => size_of_val(&**persons) as u64,
                Decoded::Timestamps(timestamps) => size_of_val(&**timestamps) as u64,
                Decoded::Values(column) => n_bytes(column),
            }
    }
}

fn n_bytes(column: &Column) -> u64 {
    let texts = column.dictionary.iter().map(|value| match value {
        // the text, and the counts of its owners
        PropertyValue::String(text) | PropertyValue::Json(text) => text.len() + 2 * size_of::<usize>(),
        _ => 0,
    });
    let n_text_bytes: usize = texts.sum();
    let n_number_bytes = column.dictionary.len() * NUMBER_BYTES;
    (size_of_val(&*column.codes) + size_of_val(&**column.dictionary) + n_text_bytes + n_number_bytes) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dictionary: Vec<PropertyValue>, codes: Vec<u32>, expected: u64) {
        let column = Column::new(codes, dictionary);
        assert_eq!(n_bytes(&column), expected);
    }

    #[test]
    fn a_column_takes_its_codes_its_values_and_their_texts() {
        let value = (size_of::<PropertyValue>() + NUMBER_BYTES) as u64;
        check(vec![PropertyValue::Null], vec![0; 10], 40 + value);
        check(vec![PropertyValue::Null, PropertyValue::Int(1)], vec![0, 1], 8 + 2 * value);
        let text = PropertyValue::String(Arc::from("Chrome"));
        check(vec![PropertyValue::Null, text], vec![], 2 * value + 6 + 2 * size_of::<usize>() as u64);
    }
}
