//! Accumulators that keep all values of a group until its result is asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, BooleanArray, ListArray, UInt32Array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{and, concat, filter, is_not_null, take};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::{Call, Kernel};
use crate::datum::{Datum, Reader, Writer};
use crate::types::{data_type, item_field};

/// Which rows count: those that the filter keeps, without nulls where the function sees none. All where it is `None`.
pub(super) fn counted(
    values: &[ArrayRef],
    opt_filter: Option<&BooleanArray>,
    sees_nulls: bool,
) -> Result<Option<BooleanArray>> {
    let mut mask = opt_filter.cloned();
    if !sees_nulls {
        for value in values.iter().filter(|value| value.null_count() > 0 || value.data_type().is_null()) {
            let present = is_not_null(value.as_ref())?;
            mask = Some(match mask {
                Some(mask) => and(&mask, &present)?,
                None => present,
            });
        }
    }
    Ok(mask)
}

/// The values, holding no more memory than they need: a few rows of a batch would keep all its texts.
fn compact(array: ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(texts) if !texts.data_buffers().is_empty() => Arc::new(texts.gc()),
        _ => array,
    }
}

/// The values of all groups.
#[derive(Debug)]
pub(super) struct GatheredGroups {
    call: Arc<Call>,
    kernel: Kernel,
    batches: Vec<Batch>,
    n_groups: usize,
}

/// Values of each argument, with the group of each row.
#[derive(Debug)]
struct Batch {
    groups: Vec<u32>,
    columns: Vec<ArrayRef>,
}

impl GatheredGroups {
    pub(super) fn new(call: Arc<Call>, kernel: Kernel) -> Self {
        Self { call, kernel, batches: Vec::new(), n_groups: 0 }
    }

    fn add(&mut self, columns: Vec<ArrayRef>, groups: Vec<u32>) {
        if !groups.is_empty() {
            self.batches.push(Batch { groups, columns: columns.into_iter().map(compact).collect() });
        }
    }

    /// The values of the first `n_emitted` groups, one group after the other, and where each begins; they are kept no longer.
    fn emit(&mut self, emit_to: EmitTo) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
        let n_emitted = match emit_to {
            EmitTo::All => self.n_groups,
            EmitTo::First(n) => n,
        };
        let limit = u32::try_from(n_emitted).expect("there are fewer than 2^32 groups");
        let groups: Vec<u32> = self.batches.iter().flat_map(|batch| batch.groups.iter().copied()).collect();
        let mut starts = vec![0; n_emitted + 1];
        for &group in groups.iter().filter(|group| **group < limit) {
            starts[group as usize + 1] += 1;
        }
        for group in 0..n_emitted {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut order = vec![0u32; starts[n_emitted]];
        let mut kept = Vec::new();
        for (&group, row) in groups.iter().zip(0u32..) {
            match next.get_mut(group as usize).filter(|_| group < limit) {
                Some(slot) => {
                    order[*slot] = row;
                    *slot += 1;
                }
                None => kept.push(row),
            }
        }
        let columns = self.columns()?;
        let order = UInt32Array::from(order);
        let emitted = columns.iter().map(|column| Ok(take(column.as_ref(), &order, None)?)).collect::<Result<_>>()?;
        self.batches.clear();
        if !kept.is_empty() {
            let rest = kept.iter().map(|&row| groups[row as usize] - limit).collect();
            let kept = UInt32Array::from(kept);
            let columns =
                columns.iter().map(|column| Ok(take(column.as_ref(), &kept, None)?)).collect::<Result<_>>()?;
            self.add(columns, rest);
        }
        self.n_groups -= n_emitted;
        Ok((emitted, starts))
    }

    fn columns(&self) -> Result<Vec<ArrayRef>> {
        let types = self.call.takes.iter().enumerate();
        let columns = types.map(|(index, ty)| concatenated(self.batches.iter().map(|batch| &batch.columns[index]), ty));
        columns.collect()
    }
}

fn concatenated<'a>(parts: impl Iterator<Item = &'a ArrayRef>, ty: &hogql::types::Type) -> Result<ArrayRef> {
    let parts: Vec<&dyn Array> = parts.map(AsRef::as_ref).collect();
    if parts.is_empty() { Writer::new(&data_type(ty))?.finish() } else { Ok(concat(&parts)?) }
}

impl GroupsAccumulator for GatheredGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.n_groups = total_num_groups;
        let mask = counted(values, opt_filter, self.kernel.sees_nulls)?;
        let number = |&group: &usize| u32::try_from(group).expect("there are fewer than 2^32 groups");
        let Some(mask) = mask else {
            self.add(values.to_vec(), group_indices.iter().map(number).collect());
            return Ok(());
        };
        let groups = group_indices.iter().enumerate().filter(|(row, _)| mask.is_valid(*row) && mask.value(*row));
        let groups = groups.map(|(_, group)| number(group)).collect();
        let columns = values.iter().map(|value| Ok(filter(value.as_ref(), &mask)?)).collect::<Result<_>>()?;
        self.add(columns, groups);
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let (columns, starts) = self.emit(emit_to)?;
        let readers = columns.iter().map(|column| Reader::new(column.as_ref())).collect::<Result<Vec<_>>>()?;
        let mut writer = Writer::new(&data_type(&self.call.gives))?;
        for span in starts.windows(2) {
            let values: Vec<Vec<Datum<'_>>> =
                readers.iter().map(|reader| (span[0]..span[1]).map(|row| reader.get(row)).collect()).collect();
            writer.push(self.kernel.value(&self.call, values)?);
        }
        writer.finish()
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (columns, starts) = self.emit(emit_to)?;
        columns.into_iter().map(|column| list(column, starts.windows(2).map(|span| span[1] - span[0]))).collect()
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.n_groups = total_num_groups;
        let Some(first) = values.first() else { return Ok(()) };
        self.add(values.iter().map(items).collect(), groups_of_items(first, group_indices));
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        lists_of_rows(values, counted(values, opt_filter, self.kernel.sees_nulls)?.as_ref())
    }

    fn size(&self) -> usize {
        self.batches.iter().map(Batch::size).sum()
    }
}

impl Batch {
    fn size(&self) -> usize {
        let columns: usize = self.columns.iter().map(|column| column.get_array_memory_size()).sum();
        columns + self.groups.capacity() * size_of::<u32>()
    }
}

/// Lists of so many of the items each.
pub(super) fn list(items: ArrayRef, lengths: impl Iterator<Item = usize>) -> Result<ArrayRef> {
    let field = Arc::new(item_field(items.data_type().clone()));
    let offsets = OffsetBuffer::from_lengths(lengths.collect::<Vec<_>>());
    Ok(Arc::new(ListArray::try_new(field, offsets, items, None)?))
}

/// The state of each row as a group of its own: a list of its value in each of `values`, or of none where the row does not count.
pub(super) fn lists_of_rows(values: &[ArrayRef], mask: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
    let lists = values.iter().map(|value| match mask {
        None => list(Arc::clone(value), std::iter::repeat_n(1, value.len())),
        Some(mask) => {
            let lengths = (0..mask.len()).map(|row| usize::from(mask.is_valid(row) && mask.value(row)));
            list(filter(value.as_ref(), mask)?, lengths)
        }
    });
    lists.collect()
}

/// The group of each item of the lists that `first`, the first column of a state, has for groups.
pub(super) fn groups_of_items(first: &ArrayRef, group_indices: &[usize]) -> Vec<u32> {
    let first = first.as_list::<i32>();
    let groups = group_indices.iter().enumerate().flat_map(|(row, &group)| {
        let group = u32::try_from(group).expect("there are fewer than 2^32 groups");
        std::iter::repeat_n(group, usize::try_from(first.value_length(row)).unwrap_or(0))
    });
    groups.collect()
}

/// The items of all lists; a state has no nulls.
pub(super) fn items(lists: &ArrayRef) -> ArrayRef {
    let lists = lists.as_list::<i32>();
    let at = |offset: i32| usize::try_from(offset).expect("offsets are not negative");
    let offsets = lists.value_offsets();
    let start = at(offsets[0]);
    lists.values().slice(start, at(offsets[lists.len()]) - start)
}

/// The values of one group, or of the frame of a window.
#[derive(Debug)]
pub(super) struct GatheredRows {
    call: Arc<Call>,
    kernel: Kernel,
    batches: VecDeque<Vec<ArrayRef>>,
}

impl GatheredRows {
    pub(super) fn new(call: Arc<Call>, kernel: Kernel) -> Self {
        Self { call, kernel, batches: VecDeque::new() }
    }

    fn columns(&self) -> Result<Vec<ArrayRef>> {
        let types = self.call.takes.iter().enumerate();
        types.map(|(index, ty)| concatenated(self.batches.iter().map(|batch| &batch[index]), ty)).collect()
    }

    fn add(&mut self, columns: Vec<ArrayRef>) {
        if columns.first().is_some_and(|column| !column.is_empty()) {
            self.batches.push_back(columns.into_iter().map(compact).collect());
        }
    }

    fn counted_columns(&self, values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        Ok(match counted(values, None, self.kernel.sees_nulls)? {
            Some(mask) => values.iter().map(|value| Ok(filter(value.as_ref(), &mask)?)).collect::<Result<_>>()?,
            None => values.to_vec(),
        })
    }
}

impl Accumulator for GatheredRows {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let columns = self.counted_columns(values)?;
        self.add(columns);
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let columns = self.columns()?;
        let readers = columns.iter().map(|column| Reader::new(column.as_ref())).collect::<Result<Vec<_>>>()?;
        let n_rows = columns.first().map_or(0, |column| column.len());
        let values: Vec<Vec<Datum<'_>>> =
            readers.iter().map(|reader| (0..n_rows).map(|row| reader.get(row)).collect()).collect();
        let mut writer = Writer::new(&data_type(&self.call.gives))?;
        writer.push(self.kernel.value(&self.call, values)?);
        ScalarValue::try_from_array(&writer.finish()?, 0)
    }

    fn size(&self) -> usize {
        self.batches.iter().flatten().map(|column| column.get_array_memory_size()).sum()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let lists = self.columns()?.into_iter().map(|column| {
            let length = column.len();
            ScalarValue::try_from_array(&list(column, std::iter::once(length))?, 0)
        });
        lists.collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.add(states.iter().map(items).collect());
        Ok(())
    }

    /// Rows leave a frame in the order in which they came.
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut n_gone = self.counted_columns(values)?.first().map_or(0, |column| column.len());
        while n_gone > 0 {
            let Some(front) = self.batches.front_mut() else { break };
            let length = front.first().map_or(0, |column| column.len());
            if length > n_gone {
                front.iter_mut().for_each(|column| *column = column.slice(n_gone, length - n_gone));
                break;
            }
            n_gone -= length;
            self.batches.pop_front();
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }
}
