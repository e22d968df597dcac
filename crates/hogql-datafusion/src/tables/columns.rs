//! Columns out of dictionaries: the distinct values become an array once, rows pick from it.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, AsArray as _, BooleanArray, StringViewArray, StringViewBuilder, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::error::Result;
use query_engine::dictionary::Dictionary;
use query_engine::field::FieldValues;
use query_engine::value::PropertyValue;
use rustc_hash::FxHashMap;

/// Dictionaries of more values are not made into arrays: of such a one, a query may need only a few.
const MOST_VALUES: usize = 1 << 16;

/// Batches hold on to at most so many bytes of texts that they do not use.
const MOST_SHARED_BYTES: usize = 1 << 16;

/// How values of a field become values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Texts; null where there is none.
    Text,
    /// Texts; empty where there is none.
    TextOrEmpty,
    /// `true` and `false`.
    Bool,
}

/// A dictionary and its array.
type KnownArray = (Arc<Dictionary>, ArrayRef);

/// The arrays of the dictionaries of one column: runs of a segment share theirs.
#[derive(Debug)]
pub(super) struct Dictionaries {
    form: Form,
    /// By address; each entry holds on to its dictionary, so that no later one can have its address.
    known: Mutex<FxHashMap<usize, KnownArray>>,
}

impl Dictionaries {
    pub(super) fn new(form: Form) -> Self {
        Self { form, known: Mutex::default() }
    }

    /// The values of rows, given by codes in the dictionary of `values`.
    pub(super) fn column(&self, values: &FieldValues, codes: Vec<u32>) -> Result<ArrayRef> {
        let dictionary = values.dictionary();
        if dictionary.len() > MOST_VALUES {
            return Ok(self.array(codes.iter().map(|&code| &dictionary[code as usize])));
        }
        let array = self.known_array(dictionary);
        let column = take(array.as_ref(), &UInt32Array::from(codes), None)?;
        Ok(compact(column))
    }

    fn known_array(&self, dictionary: &Arc<Dictionary>) -> ArrayRef {
        let address = dictionary.as_ptr().addr();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(address).or_insert_with(|| (Arc::clone(dictionary), self.array(dictionary.iter())));
        Arc::clone(&entry.1)
    }

    fn array<'v>(&self, values: impl Iterator<Item = &'v PropertyValue>) -> ArrayRef {
        match self.form {
            Form::Text => Arc::new(texts(values, None)),
            Form::TextOrEmpty => Arc::new(texts(values, Some(""))),
            Form::Bool => {
                Arc::new(values.map(|value| Some(*value == PropertyValue::Bool(true))).collect::<BooleanArray>())
            }
        }
    }
}

fn texts<'v>(values: impl Iterator<Item = &'v PropertyValue>, missing: Option<&str>) -> StringViewArray {
    let mut builder = StringViewBuilder::new();
    for value in values {
        match value {
            PropertyValue::String(text) | PropertyValue::Json(text) => builder.append_value(text),
            other => match other.to_text() {
                Some(text) => builder.append_value(text),
                None => builder.append_option(missing),
            },
        }
    }
    builder.finish()
}

/// The same column, without more of a shared buffer than is worth holding on to.
pub(super) fn compact(column: ArrayRef) -> ArrayRef {
    match column.as_string_view_opt() {
        Some(texts) if texts.data_buffers().iter().map(|buffer| buffer.len()).sum::<usize>() > MOST_SHARED_BYTES => {
            Arc::new(texts.gc())
        }
        _ => column,
    }
}
