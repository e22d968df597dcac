//! Whether a value is one of those that a subquery gave.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Int64Type, UInt32Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature};
use query_engine::control::{HeldMemory, QueryControl};
use rustc_hash::FxHashSet;

use super::any_arguments;
use crate::datum::{Datum, Reader};
use crate::error::into_datafusion;

/// The values that a subquery gave, as a function that tells whether its argument is one of them. Null is none.
#[derive(Debug)]
pub(crate) struct Membership {
    /// Within one query, a number stands for one subquery.
    number: usize,
    members: Members,
    signature: Signature,
    /// Accounts for the members as long as they are held.
    _memory: HeldMemory,
}

#[derive(Debug)]
enum Members {
    Persons(FxHashSet<u32>),
    Ints(FxHashSet<i64>),
    Texts(FxHashSet<Box<str>>),
    /// Sorted.
    Others(Vec<Datum<'static>>),
}

impl Membership {
    /// The values of `columns`, which are of one type, for the subquery of that number.
    ///
    /// # Errors
    /// Where they take more memory than the query may.
    pub(crate) fn new(number: usize, ty: &DataType, columns: &[ArrayRef], control: &QueryControl) -> Result<Self> {
        let mut memory = HeldMemory::new(control);
        let n_values: usize = columns.iter().map(|column| column.len()).sum();
        memory.grow::<[u64; 4]>(n_values).map_err(into_datafusion)?;
        let members = match ty {
            DataType::UInt32 => Members::Persons(
                columns.iter().flat_map(|column| column.as_primitive::<UInt32Type>().iter().flatten()).collect(),
            ),
            DataType::Int64 => Members::Ints(
                columns.iter().flat_map(|column| column.as_primitive::<Int64Type>().iter().flatten()).collect(),
            ),
            DataType::Utf8View => Members::Texts(
                columns.iter().flat_map(|column| column.as_string_view().iter().flatten()).map(Box::from).collect(),
            ),
            _ => {
                let mut values = Vec::with_capacity(n_values);
                for column in columns {
                    let reader = Reader::new(column.as_ref())?;
                    values.extend((0..column.len()).map(|row| reader.get(row).into_owned()));
                }
                values.retain(|value| !value.is_null());
                values.sort_by(Datum::order);
                Members::Others(values)
            }
        };
        Ok(Self { number, members, signature: any_arguments(1), _memory: memory })
    }
}

impl PartialEq for Membership {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Membership {}

impl Hash for Membership {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl ScalarUDFImpl for Membership {
    fn name(&self) -> &str {
        "in"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let array = Arc::clone(&args.args[0].to_array(args.number_rows)?);
        if *array.data_type() == DataType::Null {
            // so the optimizer asks what becomes of null
            return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(false))));
        }
        let found: BooleanArray = match &self.members {
            Members::Persons(set) => array
                .as_primitive::<UInt32Type>()
                .iter()
                .map(|value| Some(value.is_some_and(|value| set.contains(&value))))
                .collect(),
            Members::Ints(set) => array
                .as_primitive::<Int64Type>()
                .iter()
                .map(|value| Some(value.is_some_and(|value| set.contains(&value))))
                .collect(),
            Members::Texts(set) => array
                .as_string_view()
                .iter()
                .map(|value| Some(value.is_some_and(|value| set.contains(value))))
                .collect(),
            Members::Others(values) => {
                let reader = Reader::new(array.as_ref())?;
                let is_member = |value: Datum<'_>| values.binary_search_by(|known| known.order(&value)).is_ok();
                (0..array.len()).map(|row| Some(is_member(reader.get(row)))).collect()
            }
        };
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}
