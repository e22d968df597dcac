//! Texts of a field as numbers, by which groups are told apart faster than by texts.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, StringViewArray, UInt32Array};
use datafusion::arrow::datatypes::{DataType, UInt32Type};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};
use query_engine::dictionary::{Dictionary, TextNumbers};
use rustc_hash::FxHashMap;

use super::columns::Form;
use crate::scalar::any_arguments;

/// The key of the empty text.
const EMPTY: u32 = Dictionary::NO_TEXT - 1;

/// Gives the texts of a field keys, equal ones the same. Null has none.
#[derive(Debug)]
pub(crate) struct TextKeys {
    texts: Arc<TextNumbers>,
    form: Form,
    /// The numbers of dictionaries that `texts` does not number anyway, by address.
    others: Mutex<FxHashMap<usize, KnownNumbers>>,
}

/// A dictionary and the numbers of its texts.
type KnownNumbers = (Arc<Dictionary>, Arc<[u32]>);

impl TextKeys {
    /// Keys for dictionaries of the same column as `first`.
    pub(super) fn new(first: Option<&Dictionary>, form: Form) -> Self {
        let texts = first.and_then(Dictionary::texts).map_or_else(Arc::default, Arc::clone);
        Self { texts, form, others: Mutex::default() }
    }

    /// The keys of rows, given by their codes.
    pub(super) fn column(&self, dictionary: &Arc<Dictionary>, codes: &[u32]) -> ArrayRef {
        let is_theirs = dictionary.texts().is_some_and(|texts| Arc::ptr_eq(texts, &self.texts));
        let numbers = dictionary.text_numbers().filter(|_| is_theirs).cloned();
        let numbers = numbers.unwrap_or_else(|| self.other_numbers(dictionary));
        let key = |&code: &u32| match numbers[code as usize] {
            Dictionary::NO_TEXT if self.form == Form::Text && dictionary[code as usize].is_null() => None,
            Dictionary::NO_TEXT => Some(EMPTY),
            number => Some(number),
        };
        Arc::new(codes.iter().map(key).collect::<UInt32Array>())
    }

    fn other_numbers(&self, dictionary: &Arc<Dictionary>) -> Arc<[u32]> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let known = others
            .entry(dictionary.as_ptr().addr())
            .or_insert_with(|| (Arc::clone(dictionary), self.texts.of_values(dictionary)));
        Arc::clone(&known.1)
    }

    /// The texts of keys.
    fn texts(&self, keys: &UInt32Array) -> StringViewArray {
        let text = |key: u32| if key == EMPTY { Some(Arc::from("")) } else { self.texts.text(key) };
        keys.iter().map(|key| key.and_then(text)).collect()
    }
}

/// The text of the key that `value` is, of `keys`.
pub(crate) fn text_of_key(keys: &Arc<TextKeys>, value: Expr) -> Expr {
    let function = TextOfKey { keys: Arc::clone(keys), signature: any_arguments(1) };
    ScalarUDF::new_from_impl(function).call(vec![value])
}

#[derive(Debug)]
struct TextOfKey {
    keys: Arc<TextKeys>,
    signature: Signature,
}

impl PartialEq for TextOfKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.keys, &other.keys)
    }
}

impl Eq for TextOfKey {}

impl Hash for TextOfKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.keys).hash(state);
    }
}

impl ScalarUDFImpl for TextOfKey {
    fn name(&self) -> &'static str {
        "text_of_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let no_keys = || DataFusionError::Internal("the keys of texts are a column of numbers".to_owned());
        match args.args.first() {
            // so the optimizer asks what becomes of null
            Some(value) if value.data_type() == DataType::Null => {
                Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(None)))
            }
            Some(ColumnarValue::Array(keys)) => {
                let keys = keys.as_primitive_opt::<UInt32Type>().ok_or_else(no_keys)?;
                Ok(ColumnarValue::Array(Arc::new(self.keys.texts(keys))))
            }
            Some(ColumnarValue::Scalar(ScalarValue::UInt32(key))) => {
                let text = self.keys.texts(&UInt32Array::from(vec![*key]));
                let text = text.is_valid(0).then(|| text.value(0).to_owned());
                Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(text)))
            }
            _ => Err(no_keys()),
        }
    }
}

#[cfg(test)]
mod tests {
    use query_engine::value::PropertyValue;

    use super::*;

    #[track_caller]
    fn check(form: Form, texts: &Arc<TextNumbers>, expected: [Option<&str>; 4]) {
        let values = [PropertyValue::Null, PropertyValue::String("".into()), PropertyValue::Int(1)];
        let own = Arc::new(Dictionary::from(values.clone()).numbered_by(Arc::clone(texts)));
        let others = Arc::new(Dictionary::from([PropertyValue::Null, PropertyValue::String("1".into())]));
        let keys = TextKeys::new(Some(&own), form);
        let mut found: Vec<Option<u32>> = Vec::new();
        for (dictionary, codes) in [(&own, &[0, 1, 2][..]), (&others, &[1])] {
            let column = keys.column(dictionary, codes);
            found.extend(column.as_primitive::<UInt32Type>());
        }
        assert_eq!(found[2], found[3], "the key of one text in two dictionaries");
        let shown = keys.texts(&found.into());
        assert_eq!(shown.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn texts_come_back_from_their_keys() {
        let texts = Arc::default();
        check(Form::Text, &texts, [None, Some(""), Some("1"), Some("1")]);
        check(Form::TextOrEmpty, &texts, [Some(""), Some(""), Some("1"), Some("1")]);
    }
}
