//! `arrayMap`: a function of the query's own, over the items of arrays.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, ListArray, RecordBatchOptions, UInt32Array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{concat, take};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use datafusion::physical_expr::PhysicalExpr;

use super::any_arguments;
use crate::error::wrong_value;
use crate::types::item_field;

/// The lambda of one call. Its arguments are the arrays, then what the body reads of the row besides.
#[derive(Debug)]
pub(crate) struct ArrayMap {
    body: Arc<dyn PhysicalExpr>,
    /// What the body reads: an item of each array, then the rest.
    reads: SchemaRef,
    n_arrays: usize,
    gives: DataType,
    signature: Signature,
}

impl ArrayMap {
    /// `body` over `n_arrays` arrays, of values of type `item`.
    pub(crate) fn new(body: Arc<dyn PhysicalExpr>, reads: SchemaRef, n_arrays: usize, item: DataType) -> Self {
        let signature = any_arguments(reads.fields().len());
        Self { body, reads, n_arrays, gives: DataType::List(Arc::new(item_field(item))), signature }
    }
}

impl PartialEq for ArrayMap {
    fn eq(&self, other: &Self) -> bool {
        self.body.as_ref() == other.body.as_ref() && self.reads == other.reads && self.n_arrays == other.n_arrays
    }
}

impl Eq for ArrayMap {}

impl Hash for ArrayMap {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.body.hash(state);
        self.n_arrays.hash(state);
    }
}

impl ScalarUDFImpl for ArrayMap {
    fn name(&self) -> &str {
        "arrayMap"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.gives.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if args.args.iter().any(|value| value.data_type() == DataType::Null) {
            // so the optimizer asks what becomes of null
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from(&self.gives)?));
        }
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        // constants alone come back as arrays of one row
        let n_rows = arrays.first().map_or(args.number_rows, |array| array.len());
        let (lists, others) = arrays.split_at(self.n_arrays);
        let lists: Vec<&ListArray> = lists.iter().map(|list| list.as_list::<i32>()).collect();
        let lengths = lengths(&lists, n_rows)?;
        let mut columns: Vec<ArrayRef> = lists.iter().map(|list| items(list)).collect::<Result<_>>()?;
        let rows: UInt32Array = rows_of_items(&lengths).into();
        for other in others {
            columns.push(take(other.as_ref(), &rows, None)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.reads), columns, &options)?;
        let values = self.body.evaluate(&batch)?.into_array(batch.num_rows())?;
        let DataType::List(field) = &self.gives else { unreachable!("a list is made of lists") };
        let result = ListArray::try_new(Arc::clone(field), OffsetBuffer::from_lengths(lengths), values, None)?;
        Ok(ColumnarValue::Array(Arc::new(result)))
    }
}

/// How many items each row has in each of the lists.
fn lengths(lists: &[&ListArray], n_rows: usize) -> Result<Vec<usize>> {
    let length = |list: &ListArray, row: usize| {
        if list.is_null(row) { 0 } else { usize::try_from(list.value_length(row)).unwrap_or(0) }
    };
    let mut lengths = Vec::with_capacity(n_rows);
    for row in 0..n_rows {
        let first = lists.first().map_or(0, |list| length(list, row));
        if lists.iter().any(|list| length(list, row) != first) {
            return Err(wrong_value("the arrays of arrayMap must be of one length"));
        }
        lengths.push(first);
    }
    Ok(lengths)
}

/// The items of all rows, one row after the other.
fn items(list: &ListArray) -> Result<ArrayRef> {
    let offsets = list.value_offsets();
    if list.null_count() == 0 {
        let at = |offset: i32| usize::try_from(offset).expect("offsets are not negative");
        let (start, end) = (at(offsets[0]), at(offsets[list.len()]));
        return Ok(list.values().slice(start, end - start));
    }
    // what stands in the range of a null is no item
    let parts: Vec<ArrayRef> = (0..list.len()).filter(|&row| list.is_valid(row)).map(|row| list.value(row)).collect();
    if parts.is_empty() {
        return Ok(list.values().slice(0, 0));
    }
    Ok(concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>())?)
}

fn rows_of_items(lengths: &[usize]) -> Vec<u32> {
    let rows = lengths.iter().zip(0u32..).flat_map(|(&length, row)| std::iter::repeat_n(row, length));
    rows.collect()
}
