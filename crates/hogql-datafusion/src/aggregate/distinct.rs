//! Counting the different values of each group.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, BooleanArray, Int64Array, UInt32Array};
use datafusion::arrow::datatypes::{DataType, UInt32Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use rustc_hash::FxHashMap;

use super::gather::{counted, groups_of_items, items, list, lists_of_rows};
use super::pairs::Pairs;

/// The different values of all groups. Values get numbers, the same in every group, so that a set is one of pairs of numbers.
#[derive(Debug)]
pub(super) struct DistinctGroups {
    takes: Vec<DataType>,
    /// Turns values into bytes; persons are numbers already.
    rows: Option<RowConverter>,
    numbers: FxHashMap<Box<[u8]>, u32>,
    /// The values by number.
    values: Vec<Box<[u8]>>,
    n_bytes: usize,
    seen: Pairs,
    n_groups: usize,
}

impl DistinctGroups {
    pub(super) fn new(takes: Vec<DataType>) -> Result<Self> {
        let are_persons = takes == [DataType::UInt32];
        let fields = takes.iter().cloned().map(SortField::new).collect();
        let rows = if are_persons { None } else { Some(RowConverter::new(fields)?) };
        Ok(Self {
            takes,
            rows,
            numbers: FxHashMap::default(),
            values: Vec::new(),
            n_bytes: 0,
            seen: Pairs::default(),
            n_groups: 0,
        })
    }

    /// Adds a value of each row that counts.
    fn add(
        &mut self,
        columns: &[ArrayRef],
        mask: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> u32,
    ) -> Result<()> {
        let n_rows = columns.first().map_or(0, |column| column.len());
        let counts = |row: usize| mask.is_none_or(|mask| mask.is_valid(row) && mask.value(row));
        let Some(converter) = &self.rows else {
            let persons = columns[0].as_primitive::<UInt32Type>();
            for row in (0..n_rows).filter(|row| counts(*row)) {
                self.seen.insert(group_of(row), persons.value(row));
            }
            return Ok(());
        };
        let rows = converter.convert_columns(columns)?;
        for row in (0..n_rows).filter(|row| counts(*row)) {
            let bytes = rows.row(row);
            let bytes = bytes.as_ref();
            let number = match self.numbers.get(bytes) {
                Some(&number) => number,
                None => {
                    let number = u32::try_from(self.values.len()).expect("there are fewer than 2^32 values");
                    self.n_bytes += 2 * bytes.len();
                    self.values.push(bytes.into());
                    self.numbers.insert(bytes.into(), number);
                    number
                }
            };
            self.seen.insert(group_of(row), number);
        }
        Ok(())
    }

    /// How many groups go; the others are kept, under new numbers.
    fn emitted(&mut self, emit_to: EmitTo) -> usize {
        let n_emitted = match emit_to {
            EmitTo::All => self.n_groups,
            EmitTo::First(n) => n,
        };
        self.n_groups -= n_emitted;
        n_emitted
    }
}

impl GroupsAccumulator for DistinctGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.n_groups = total_num_groups;
        let mask = counted(values, opt_filter, false)?;
        let group_of = |row: usize| u32::try_from(group_indices[row]).expect("there are fewer than 2^32 groups");
        self.add(values, mask.as_ref(), group_of)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let n_groups = self.emitted(emit_to);
        let counts = self.seen.take_counts(n_groups);
        let counts = counts.into_iter().map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        Ok(Arc::new(Int64Array::from_iter_values(counts)))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let n_groups = self.emitted(emit_to);
        let pairs = self.seen.take(n_groups);
        let mut lengths = vec![0; n_groups];
        pairs.iter().for_each(|(group, _)| lengths[*group as usize] += 1);
        let columns = match &self.rows {
            None => {
                let persons = pairs.iter().map(|(_, person)| *person);
                let persons = UInt32Array::from_iter_values(persons);
                vec![Arc::new(persons) as ArrayRef]
            }
            Some(converter) => {
                let parser = converter.parser();
                converter.convert_rows(pairs.iter().map(|(_, value)| parser.parse(&self.values[*value as usize])))?
            }
        };
        columns.into_iter().map(|column| list(column, lengths.iter().copied())).collect()
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.n_groups = total_num_groups;
        let Some(first) = values.first() else { return Ok(()) };
        let groups = groups_of_items(first, group_indices);
        let columns: Vec<ArrayRef> = values.iter().map(items).collect();
        self.add(&columns, None, |row| groups[row])
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        lists_of_rows(values, counted(values, opt_filter, false)?.as_ref())
    }

    fn size(&self) -> usize {
        let values = self.values.capacity() * 2 * size_of::<Box<[u8]>>() + self.numbers.capacity() * 8;
        self.seen.size() + values + self.n_bytes + self.takes.len()
    }
}

/// The different values of one group, or of a frame that only grows.
#[derive(Debug)]
pub(super) struct DistinctRows(DistinctGroups);

impl DistinctRows {
    pub(super) fn new(takes: Vec<DataType>) -> Result<Self> {
        let mut groups = DistinctGroups::new(takes)?;
        groups.n_groups = 1;
        Ok(Self(groups))
    }
}

impl Accumulator for DistinctRows {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mask = counted(values, None, false)?;
        self.0.add(values, mask.as_ref(), |_| 0)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(i64::try_from(self.0.seen.count(0)).unwrap_or(i64::MAX))))
    }

    fn size(&self) -> usize {
        GroupsAccumulator::size(&self.0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let lists = GroupsAccumulator::state(&mut self.0, EmitTo::All)?;
        lists.iter().map(|list| ScalarValue::try_from_array(list, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let columns: Vec<ArrayRef> = states.iter().map(items).collect();
        self.0.add(&columns, None, |_| 0)
    }
}
