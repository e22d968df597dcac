//! Segments back as rows: for compaction and export.

use query_engine::scan::Column;
use query_engine::value::PropertyValue;

use crate::column::ValueDictionary;
use crate::error::StoreError;
use crate::json::{self, WholeObjects};
use crate::memtable::Memtable;
use crate::segment::{Segment, columns};
use crate::text::TextDictionary;

impl Segment {
    /// Adds the events to `memtable`, in an order from which the order of the segment can be made again: each as `person` says, of
    /// the number of a person.
    ///
    /// # Errors
    /// Where the segment cannot be read, or has a distinct id that is not among `distinct_ids`.
    pub(crate) fn add_rows(
        &self,
        memtable: &mut Memtable,
        distinct_ids: &TextDictionary,
        person: impl Fn(u32) -> u32,
    ) -> Result<(), StoreError> {
        let arrivals = self.arrivals()?;
        let mut order: Vec<usize> = (0..self.n_rows()).collect();
        // stable: rows of which the order of arrival is not told apart stand in it already
        order.sort_by_key(|&row| arrivals[row]);
        let first = u32::try_from(memtable.len()).expect("compaction bounds the rows of a segment");
        let mut new_row = vec![0_u32; order.len()];
        for (position, &row) in (first..).zip(&order) {
            new_row[row] = position;
        }

        let (persons, timestamps, uuids) = (self.persons()?, self.timestamps()?, self.uuids()?);
        memtable.persons.extend(order.iter().map(|&row| person(persons[row])));
        memtable.timestamps.extend(order.iter().map(|&row| timestamps[row]));
        memtable.uuids.extend(order.iter().map(|&row| uuids[row]));
        let mut names = Vec::with_capacity(order.len());
        for run in self.runs()? {
            let code = memtable.names.intern(&run.event, run.is_identity_only);
            names.resize(names.len() + run.n_rows, code);
        }
        memtable.name_codes.extend(order.iter().map(|&row| names[row]));
        let (codes, texts) = self.texts(columns::DISTINCT_ID)?;
        let numbers = texts.iter().map(|text| {
            let unknown = || StoreError::damaged(self.path(), 0, format!("nobody has the distinct id {text}"));
            distinct_ids.code(text).ok_or_else(unknown)
        });
        let numbers: Vec<u32> = numbers.collect::<Result<_, _>>()?;
        memtable.distinct_ids.extend(order.iter().map(|&row| numbers[codes[row] as usize - 1]));

        for key in self.typed_keys()? {
            let (codes, raws) = self.typed_raw(key)?;
            let column = memtable.column_mut(key);
            let new_codes: Vec<u32> = raws.iter().map(|raw| column.texts.intern(raw)).collect();
            column.add(
                order
                    .iter()
                    .filter(|&&row| codes[row] != 0)
                    .map(|&row| (new_row[row], new_codes[codes[row] as usize - 1])),
            );
        }
        self.add_rest(memtable, &order, first)
    }

    /// All properties of each row, as a JSON object.
    pub(crate) fn whole_properties(&self) -> Result<Column, StoreError> {
        let mut whole = WholeObjects::new(self.n_rows());
        for key in self.typed_keys()? {
            let (codes, raws) = self.typed_raw(key)?;
            let values = codes.iter().enumerate().filter(|(_, code)| **code != 0);
            whole.add(key, values.map(|(row, &code)| (row, &*raws[code as usize - 1])));
        }
        let (codes, objects) = self.texts(columns::REST)?;
        for (row, &code) in codes.iter().enumerate().filter(|(_, code)| **code != 0) {
            let object = &objects[code as usize - 1];
            let members = json::members(object).map_err(|error| {
                StoreError::damaged(self.path(), 0, format!("the rest of the properties of row {row}: {error}"))
            })?;
            for member in &members {
                whole.add(member.key(object), std::iter::once((row, member.value(object))));
            }
        }
        let mut dictionary = ValueDictionary::new();
        let objects = whole.finish().into_iter();
        let codes = objects.map(|object| dictionary.intern(PropertyValue::Json(object.into()))).collect();
        Ok(dictionary.column(codes))
    }

    fn add_rest(&self, memtable: &mut Memtable, order: &[usize], first: u32) -> Result<(), StoreError> {
        let (codes, objects) = self.texts(columns::REST)?;
        let members: Vec<_> = objects.iter().map(|object| json::members(object)).collect();
        let mut touched = Vec::new();
        for (position, &row) in (first..).zip(order).filter(|(_, row)| codes[**row] != 0) {
            let index = codes[row] as usize - 1;
            let object = &objects[index];
            let members = members[index].as_ref().map_err(|error| {
                StoreError::damaged(self.path(), 0, format!("the rest of the properties of row {row}: {error}"))
            })?;
            for member in members {
                let column = memtable.column_index(member.key(object));
                memtable.properties[column].push(position, member.value(object));
                touched.push(column);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for column in touched {
            memtable.properties[column].sort();
        }
        Ok(())
    }
}
