//! Columns out of dictionaries: the distinct values become an array once, rows pick from it.

use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, AsArray as _, BooleanArray, StringViewArray, StringViewBuilder, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use query_engine::dictionary::Dictionary;
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

/// What is computed of the texts of a field.
#[derive(Debug)]
pub(super) struct Computation {
    /// The field, alone.
    pub(super) schema: SchemaRef,
    /// What becomes of it.
    pub(super) body: Arc<dyn PhysicalExpr>,
}

/// A dictionary and its array.
type KnownArray = (Arc<Dictionary>, ArrayRef);

/// The arrays of the dictionaries of one column: runs of a segment share theirs.
#[derive(Debug)]
pub(super) struct Dictionaries {
    form: Form,
    computation: Option<Computation>,
    /// By address; each entry holds on to its dictionary, so that no later one can have its address.
    known: Mutex<FxHashMap<usize, KnownArray>>,
}

impl Dictionaries {
    pub(super) fn new(form: Form) -> Self {
        Self { form, computation: None, known: Mutex::default() }
    }

    /// What `computation` makes of the values.
    pub(super) fn computing(form: Form, computation: Computation) -> Self {
        Self { form, computation: Some(computation), known: Mutex::default() }
    }

    /// The values of rows of a run of `n_rows`, given by their codes in its dictionary.
    pub(super) fn column(&self, dictionary: &Arc<Dictionary>, codes: &[u32], n_rows: usize) -> Result<ArrayRef> {
        if dictionary.len() > MOST_VALUES.min(n_rows) {
            return self.array(codes.iter().map(|&code| &dictionary[code as usize]));
        }
        let array = self.known_array(dictionary)?;
        let column = take(array.as_ref(), &UInt32Array::from(codes.to_vec()), None)?;
        Ok(compact(column))
    }

    fn known_array(&self, dictionary: &Arc<Dictionary>) -> Result<ArrayRef> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match known.entry(dictionary.as_ptr().addr()) {
            Entry::Occupied(entry) => Arc::clone(&entry.get().1),
            Entry::Vacant(entry) => {
                let array = self.array(dictionary.iter())?;
                Arc::clone(&entry.insert((Arc::clone(dictionary), array)).1)
            }
        })
    }

    fn array<'v>(&self, values: impl Iterator<Item = &'v PropertyValue>) -> Result<ArrayRef> {
        let array: ArrayRef = match self.form {
            Form::Text => Arc::new(texts(values, None)),
            Form::TextOrEmpty => Arc::new(texts(values, Some(""))),
            Form::Bool => {
                Arc::new(values.map(|value| Some(*value == PropertyValue::Bool(true))).collect::<BooleanArray>())
            }
        };
        let Some(Computation { schema, body }) = &self.computation else { return Ok(array) };
        let n_rows = array.len();
        body.evaluate(&RecordBatch::try_new(Arc::clone(schema), vec![array])?)?.into_array(n_rows)
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
