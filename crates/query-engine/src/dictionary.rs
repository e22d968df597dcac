//! The distinct values of a column, and numbers for their texts that all dictionaries of one column of a store agree on.

use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::value::PropertyValue;

/// The distinct values of a column. Dereferences to them; the first is always [`PropertyValue::Null`], no value stands twice.
#[derive(Debug)]
pub struct Dictionary {
    values: Box<[PropertyValue]>,
    /// What numbers the texts of this dictionary and of the others of the same column; `None` where this is the only one.
    texts: Option<Arc<TextNumbers>>,
    numbers: OnceLock<Arc<[u32]>>,
}

/// Gives texts numbers, in the order in which it is first asked for them: equal texts have the same one, whichever dictionary they are in.
///
/// A store keeps one for each column whose values come in several dictionaries, so that queries that tell values apart across these
/// need not compare texts: a dictionary of a segment is numbered once, then read by all queries.
#[derive(Debug, Default)]
pub struct TextNumbers {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Dictionary {
    /// Stands for the number of a value without a text: null, or the empty text.
    pub const NO_TEXT: u32 = u32::MAX;

    /// The same values, their texts numbered by `texts`.
    #[must_use]
    pub fn numbered_by(self, texts: Arc<TextNumbers>) -> Self {
        Self { values: self.values, texts: Some(texts), numbers: OnceLock::new() }
    }

    /// What numbers the texts of this dictionary and of others of the same column.
    pub fn texts(&self) -> Option<&Arc<TextNumbers>> {
        self.texts.as_ref()
    }

    /// The number of the text of each value, [`Self::NO_TEXT`] for those without one; `None` where nothing numbers the texts. The first
    /// call takes the time of looking each text up.
    pub fn text_numbers(&self) -> Option<&Arc<[u32]>> {
        let texts = self.texts.as_ref()?;
        Some(self.numbers.get_or_init(|| texts.of_values(&self.values)))
    }
}

impl TextNumbers {
    /// The number of the text of each value, [`Dictionary::NO_TEXT`] for those without one.
    pub fn of_values(&self, values: &[PropertyValue]) -> Arc<[u32]> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().map(|value| known.number(value)).collect()
    }

    /// The text of a number; `None` where none has that number.
    pub fn text(&self, number: u32) -> Option<Arc<str>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.texts.get(number as usize).cloned()
    }
}

impl Known {
    fn number(&mut self, value: &PropertyValue) -> u32 {
        let Some(text) = value.to_text().filter(|text| !text.is_empty()) else { return Dictionary::NO_TEXT };
        let next = u32::try_from(self.texts.len()).expect("fewer than 2^32 texts fit into memory");
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.texts.push(Arc::clone(text));
            next
        })
    }
}

impl Deref for Dictionary {
    type Target = [PropertyValue];

    fn deref(&self) -> &[PropertyValue] {
        &self.values
    }
}

impl<T: Into<Box<[PropertyValue]>>> From<T> for Dictionary {
    fn from(values: T) -> Self {
        Self { values: values.into(), texts: None, numbers: OnceLock::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number_in_all_dictionaries_of_a_column() {
        let text = |text: &str| PropertyValue::String(text.into());
        let texts = Arc::new(TextNumbers::default());
        let numbers_of = |values: Vec<PropertyValue>| {
            let dictionary = Dictionary::from(values).numbered_by(Arc::clone(&texts));
            dictionary.text_numbers().unwrap().to_vec()
        };
        let none = Dictionary::NO_TEXT;
        assert_eq!(numbers_of(vec![PropertyValue::Null, text("a"), text(""), text("1")]), [none, 0, none, 1]);
        assert_eq!(numbers_of(vec![PropertyValue::Null, PropertyValue::Int(1), text("b"), text("a")]), [none, 1, 2, 0]);
        assert_eq!([0, 2, 3].map(|number| texts.text(number)), [Some("a".into()), Some("b".into()), None]);
        assert!(Dictionary::from([PropertyValue::Null]).text_numbers().is_none());
    }
}
