//! Giving events back, ordered by time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chrono::DateTime;
use insights_core::event::Event;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json;
use crate::memtable::{Memtable, SparseColumn};
use crate::project::Project;
use crate::segment::{Segment, month_of};
use crate::text::TextDictionary;

/// Events of one batch.
const BATCH_ROWS: usize = 10_000;
/// Events that are brought into order at once, about.
const PART_ROWS: u64 = 1_000_000;

/// Batches of events in the order of their timestamps, those of the same timestamp in no particular order.
///
/// Made by [`crate::EventStore::export`]; what is appended after that is not in it.
#[derive(Debug)]
pub struct Export {
    distinct_ids: TextDictionary,
    /// Events that are not in segments.
    memory: Option<Memtable>,
    segments: Vec<Arc<Segment>>,
    from_us: i64,
    until_us: i64,
    /// Bounds in time of the parts that are still to come.
    parts: VecDeque<(i64, i64)>,
    current: Option<Part>,
}

/// Events that have been brought into order.
#[derive(Debug)]
struct Part {
    events: Memtable,
    rows: Vec<u32>,
    n_given: usize,
    /// For each property, by key, how many of its values have been passed in order of rows.
    properties: Vec<(Arc<str>, Vec<u32>)>,
}

impl Export {
    /// The events of `project` from `from_us` on and before `until_us`.
    pub(crate) fn new(project: &Project, from_us: i64, until_us: i64) -> Self {
        let state = project.read();
        let segments = state.segments.iter().filter(|segment| {
            let file = segment.file();
            file.max_us >= from_us && file.min_us < until_us
        });
        let mut export = Self {
            distinct_ids: state.persons.distinct_ids().clone(),
            memory: Some(copy(state.memtables(), from_us, until_us)),
            segments: segments.map(Arc::clone).collect(),
            from_us,
            until_us,
            parts: VecDeque::new(),
            current: None,
        };
        drop(state);
        export.parts = export.plan();
        export
    }

    /// Cuts time into parts of a month or less with not too many events each.
    fn plan(&self) -> VecDeque<(i64, i64)> {
        // the span and the rows of each month that has any
        let mut months: BTreeMap<i64, (i64, i64, u64)> = BTreeMap::new();
        let memory = self.memory.iter().flat_map(|memory| &memory.timestamps);
        let spans = memory.map(|&us| (us, us, 1));
        let files = self.segments.iter().map(|segment| segment.file());
        let spans = spans.chain(files.map(|file| (file.min_us, file.max_us, file.n_rows)));
        for (min_us, max_us, n_rows) in spans {
            let month = months.entry(month_of(min_us)).or_insert((min_us, max_us, 0));
            *month = (month.0.min(min_us), month.1.max(max_us), month.2 + n_rows);
        }
        let mut parts = VecDeque::new();
        for (min_us, max_us, n_rows) in months.into_values() {
            let (from, until) = (min_us.max(self.from_us), max_us.saturating_add(1).min(self.until_us));
            let n_parts = i64::try_from(n_rows.div_ceil(PART_ROWS)).unwrap_or(i64::MAX);
            let width = ((until - from) / n_parts + 1).max(1);
            let mut start = from;
            while start < until {
                let end = start.saturating_add(width).min(until);
                parts.push_back((start, end));
                start = end;
            }
        }
        parts
    }

    fn load(&self, from_us: i64, until_us: i64) -> Result<Part, StoreError> {
        let mut events = copy(self.memory.iter(), from_us, until_us);
        for segment in &self.segments {
            if segment.file().max_us >= from_us && segment.file().min_us < until_us {
                let mut stored = Memtable::default();
                segment.add_rows(&mut stored, &self.distinct_ids, |person| person)?;
                events.append(&stored, |us| us >= from_us && us < until_us);
            }
        }
        let mut rows: Vec<u32> = (0..).take(events.len()).collect();
        rows.sort_by_key(|&row| events.timestamps[row as usize]);
        let mut properties: Vec<(Arc<str>, Vec<u32>)> = events
            .properties
            .iter()
            .map(|(key, column)| (Arc::clone(key), code_of_row(column, events.len())))
            .collect();
        properties.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Ok(Part { events, rows, n_given: 0, properties })
    }
}

impl Iterator for Export {
    type Item = Result<Vec<Event>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(part) = &mut self.current
                && let Some(batch) = part.next_batch(&self.distinct_ids)
            {
                return Some(Ok(batch));
            }
            let (from_us, until_us) = self.parts.pop_front()?;
            match self.load(from_us, until_us) {
                Ok(part) => self.current = Some(part),
                Err(error) => {
                    self.parts.clear();
                    self.current = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Part {
    fn next_batch(&mut self, distinct_ids: &TextDictionary) -> Option<Vec<Event>> {
        let rows = self.rows[self.n_given..].iter().take(BATCH_ROWS);
        let batch: Vec<Event> = rows.map(|&row| self.event(row, distinct_ids)).collect();
        self.n_given += batch.len();
        (!batch.is_empty()).then_some(batch)
    }

    fn event(&self, row: u32, distinct_ids: &TextDictionary) -> Event {
        let index = row as usize;
        let mut properties = String::new();
        for (key, codes) in &self.properties {
            if codes[index] != 0 {
                let column = &self.events.properties[key];
                json::push_member(&mut properties, key, column.texts.text(codes[index] - 1));
            }
        }
        properties.push_str(if properties.is_empty() { "{}" } else { "}" });
        Event {
            uuid: Uuid::from_u128(self.events.uuids[index]),
            event: self.events.names.text(self.events.name_codes[index]).to_owned(),
            distinct_id: distinct_ids.text(self.events.distinct_ids[index]).to_owned(),
            timestamp: DateTime::from_timestamp_micros(self.events.timestamps[index])
                .expect("a timestamp was made from an instant"),
            properties,
        }
    }
}

fn code_of_row(column: &SparseColumn, n_rows: usize) -> Vec<u32> {
    let mut codes = vec![0; n_rows];
    for (&row, &code) in column.rows.iter().zip(&column.codes) {
        codes[row as usize] = code + 1;
    }
    codes
}

/// The events of several memtables that are in time, in one.
fn copy<'a>(memtables: impl Iterator<Item = &'a Memtable>, from_us: i64, until_us: i64) -> Memtable {
    let mut all = Memtable::default();
    for memtable in memtables {
        all.append(memtable, |us| us >= from_us && us < until_us);
    }
    all
}
