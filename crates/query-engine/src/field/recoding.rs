//! Columns made of other columns, a distinct value at a time.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::scan::Column;
use crate::value::PropertyValue;

/// The same column with each distinct value replaced by what `map` makes of it.
pub(super) fn map_dictionary(column: &Column, map: impl Fn(&PropertyValue) -> PropertyValue) -> Column {
    let mut values = Values::none();
    let new_codes: Vec<u32> = column.dictionary.iter().map(|value| values.code(map(value))).collect();
    let codes: Vec<u32> = column.codes.iter().map(|&code| new_codes[code as usize]).collect();
    Column::new(codes, values.values)
}

/// The values of `first` where they are a text that is not empty, those of `second` elsewhere.
pub(super) fn first_text(first: &Column, second: Column) -> Column {
    let is_text = |value: &PropertyValue| value.to_text().is_some_and(|text| !text.is_empty());
    if !first.dictionary.iter().any(is_text) {
        return second;
    }
    let mut values = Values::none();
    let of_second: Vec<u32> = second.dictionary.iter().map(|value| values.code(value.clone())).collect();
    let of_first: Vec<Option<u32>> =
        first.dictionary.iter().map(|value| is_text(value).then(|| values.code(value.clone()))).collect();
    let codes = first.codes.iter().zip(second.codes.iter());
    let codes = codes.map(|(&first, &second)| of_first[first as usize].unwrap_or(of_second[second as usize]));
    Column::new(codes.collect::<Vec<_>>(), values.values)
}

/// Values of a dictionary on its way, each once.
struct Values {
    values: Vec<PropertyValue>,
    /// The codes of values by their text, which values of several types may share.
    by_text: FxHashMap<Arc<str>, Vec<u32>>,
}

impl Values {
    fn none() -> Self {
        Self { values: vec![PropertyValue::Null], by_text: FxHashMap::default() }
    }

    /// The code of `value`, a new one where no equal value has one.
    fn code(&mut self, value: PropertyValue) -> u32 {
        let Some(text) = value.to_text() else { return Column::NULL };
        let alike = self.by_text.entry(text).or_default();
        if let Some(&code) = alike.iter().find(|code| self.values[**code as usize] == value) {
            return code;
        }
        let code = u32::try_from(self.values.len()).expect("a dictionary has fewer values than 2^32");
        alike.push(code);
        self.values.push(value);
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> PropertyValue {
        PropertyValue::String(text.into())
    }

    #[track_caller]
    fn check(column: &Column, codes: &[u32], dictionary: &[PropertyValue]) {
        assert_eq!((&column.codes[..], &column.dictionary[..]), (codes, dictionary));
    }

    #[test]
    fn values_that_become_the_same_share_a_code() {
        let column = Column::new(vec![0, 1, 2, 3], [PropertyValue::Null, text("a"), text("b"), PropertyValue::Int(1)]);
        let mapped = map_dictionary(&column, |value| match value {
            PropertyValue::String(_) => text("1"),
            PropertyValue::Null => PropertyValue::Bool(true),
            value => value.clone(),
        });
        check(
            &mapped,
            &[1, 2, 2, 3],
            &[PropertyValue::Null, PropertyValue::Bool(true), text("1"), PropertyValue::Int(1)],
        );
    }

    #[test]
    fn the_first_text_counts_and_stands_once_in_the_dictionary() {
        let first = Column::new(vec![0, 1, 2, 2], [PropertyValue::Null, text(""), text("a")]);
        let second = Column::new(vec![1, 2, 2, 0], [PropertyValue::Null, text("a"), text("b")]);
        check(&first_text(&first, second.clone()), &[1, 2, 1, 1], &[PropertyValue::Null, text("a"), text("b")]);
        check(&first_text(&Column::nulls(4), second), &[1, 2, 2, 0], &[PropertyValue::Null, text("a"), text("b")]);
    }
}
