//! Columns on their way from stored JSON texts to the values that queries see.

use query_engine::scan::Column;
use query_engine::value::PropertyValue;
use rustc_hash::FxHashMap;
use std::sync::Arc;

use crate::json;

/// Values of a column, each held once: gives them codes as [`Column`] wants them, with null as 0.
#[derive(Debug)]
pub(crate) struct ValueDictionary {
    values: Vec<PropertyValue>,
    codes: FxHashMap<ValueKey, u32>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum ValueKey {
    Bool(bool),
    Int(i64),
    /// The bits of a float that is not a negative zero.
    Float(u64),
    String(Arc<str>),
    Json(Arc<str>),
}

impl ValueDictionary {
    /// A dictionary of the null value alone.
    pub(crate) fn new() -> Self {
        Self { values: vec![PropertyValue::Null], codes: FxHashMap::default() }
    }

    /// The code of `value`, a new one where no equal value has one.
    pub(crate) fn intern(&mut self, value: PropertyValue) -> u32 {
        let key = match &value {
            PropertyValue::Null => return Column::NULL,
            PropertyValue::Bool(flag) => ValueKey::Bool(*flag),
            PropertyValue::Int(int) => ValueKey::Int(*int),
            // the two zeros are equal to queries
            PropertyValue::Float(float) => ValueKey::Float((float + 0.0).to_bits()),
            PropertyValue::String(text) => ValueKey::String(Arc::clone(text)),
            PropertyValue::Json(text) => ValueKey::Json(Arc::clone(text)),
        };
        *self.codes.entry(key).or_insert_with(|| {
            self.values.push(value);
            u32::try_from(self.values.len() - 1).expect("fewer than 2^32 values fit into memory")
        })
    }

    /// The column of rows with these codes.
    pub(crate) fn column(self, codes: Vec<u32>) -> Column {
        Column::new(codes, self.values)
    }
}

/// Values of some rows as JSON texts, copied out of a table that goes on changing: 0 is no value, others are one more than a
/// position among the texts.
#[derive(Debug, Default)]
pub(crate) struct CopiedColumn {
    codes: Vec<u32>,
    texts: Vec<Box<str>>,
}

impl CopiedColumn {
    /// Copies the values with `codes`, of which 0 is none, and the texts that they stand for.
    pub(crate) fn copy<'a>(codes: Vec<u32>, n_texts: usize, text: impl Fn(u32) -> &'a str) -> Self {
        let mut new_codes = vec![0_u32; n_texts + 1];
        let mut texts: Vec<Box<str>> = Vec::new();
        let mut copied = codes;
        for code in &mut copied {
            if *code != 0 {
                let new_code = &mut new_codes[*code as usize];
                if *new_code == 0 {
                    texts.push(text(*code - 1).into());
                    *new_code = u32::try_from(texts.len()).expect("no more texts than there were codes for");
                }
                *code = *new_code;
            }
        }
        Self { codes: copied, texts }
    }

    /// The code of each row.
    pub(crate) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The texts; the code of the first is 1.
    pub(crate) fn texts(&self) -> &[Box<str>] {
        &self.texts
    }

    /// The values that queries see, where the texts are JSON.
    pub(crate) fn into_values(self) -> Column {
        self.decode(json::property_value)
    }

    /// The values that queries see, where the texts are strings themselves.
    pub(crate) fn into_strings(self) -> Column {
        self.decode(|text| PropertyValue::String(text.into()))
    }

    fn decode(mut self, value: impl Fn(&str) -> PropertyValue) -> Column {
        let mut dictionary = ValueDictionary::new();
        let mut code_of = vec![Column::NULL];
        code_of.extend(self.texts.iter().map(|text| dictionary.intern(value(text))));
        for code in &mut self.codes {
            *code = code_of[*code as usize];
        }
        dictionary.column(self.codes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_equal_values_share_a_code() {
        let texts = ["1.5", "1.50", "null", "0.0", "-0.0", "1", "\"1\"", "{\"a\" :1}", "{\"a\":1}"];
        let codes = (1..=9).chain([0]).collect();
        let column = CopiedColumn::copy(codes, texts.len(), |code| texts[code as usize]).into_values();
        assert_eq!(&column.codes[..], [1, 1, 0, 2, 2, 3, 4, 5, 5, 0]);
        assert_eq!(column.dictionary.len(), 6);
    }
}
