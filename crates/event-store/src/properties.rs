//! Latest properties of persons or groups, in columns indexed by their numbers.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::column::CopiedColumn;
use crate::json::WholeObjects;
use crate::text::TextDictionary;
use journal::codec::{DecodeError, Decoder, Encoder};

/// Latest values by key and number, as JSON texts, and what of them has not been saved yet.
#[derive(Debug, Default)]
pub(crate) struct PropertyTable {
    columns: IndexMap<Arc<str>, PropertyColumn, FxBuildHasher>,
}

#[derive(Debug, Default)]
struct PropertyColumn {
    codes: Codes,
    n_values: usize,
    texts: TextDictionary,
    /// Numbers whose value changed since the last [`PropertyTable::encode_unsaved`]; may repeat.
    unsaved: Vec<u32>,
}

/// A code by number, 0 for none, others one more than a code of the dictionary. A column of few values takes no room for the rest.
#[derive(Debug)]
enum Codes {
    Sparse(FxHashMap<u32, u32>),
    Dense(Vec<u32>),
}

impl PropertyTable {
    /// The JSON text of the value of `number` under `key`.
    #[cfg(test)]
    pub(crate) fn get(&self, number: u32, key: &str) -> Option<&str> {
        self.columns.get(key)?.get(number)
    }

    /// Sets the value of `number` under `key`.
    pub(crate) fn set(&mut self, number: u32, key: &str, raw: &str) {
        self.column_mut(key).set(number, Some(raw));
    }

    /// Sets the value of `number` under `key` unless there is one.
    pub(crate) fn set_once(&mut self, number: u32, key: &str, raw: &str) {
        let column = self.column_mut(key);
        if column.codes.get(number) == 0 {
            column.set(number, Some(raw));
        }
    }

    /// Removes the value of `number` under `key`.
    pub(crate) fn remove(&mut self, number: u32, key: &str) {
        if let Some(column) = self.columns.get_mut(key) {
            column.set(number, None);
        }
    }

    /// Gives `target` what it lacks of the values of `other`, and leaves `other` without any.
    pub(crate) fn merge(&mut self, target: u32, other: u32) {
        for column in self.columns.values_mut() {
            let (own, given) = (column.codes.get(target), column.codes.get(other));
            if given == 0 {
                continue;
            }
            if own == 0 {
                column.set_code(target, given);
            }
            column.set_code(other, 0);
        }
    }

    /// The values under `key` of all numbers below `n_numbers`.
    pub(crate) fn copy_column(&self, key: &str, n_numbers: usize) -> CopiedColumn {
        let Some(column) = self.columns.get(key) else {
            return CopiedColumn::copy(vec![0; n_numbers], 0, |_| "");
        };
        let mut codes = vec![0; n_numbers];
        match &column.codes {
            Codes::Dense(dense) => {
                let n_known = dense.len().min(n_numbers);
                codes[..n_known].copy_from_slice(&dense[..n_known]);
            }
            Codes::Sparse(sparse) => {
                for (&number, &code) in sparse {
                    codes[number as usize] = code;
                }
            }
        }
        CopiedColumn::copy(codes, column.texts.len(), |code| column.texts.text(code))
    }

    /// All values of each number below `n_numbers`, as JSON objects.
    pub(crate) fn objects(&self, n_numbers: usize) -> Vec<Arc<str>> {
        let mut objects = WholeObjects::new(n_numbers);
        for (key, column) in &self.columns {
            let mut numbers = column.codes.numbers();
            numbers.sort_unstable();
            let values = numbers.iter().filter_map(|&number| Some((number as usize, column.get(number)?)));
            objects.add(key, values.filter(|(number, _)| *number < n_numbers));
        }
        objects.finish().into_iter().map(Arc::from).collect()
    }

    /// Writes the values that changed since the last call, and forgets that they did.
    pub(crate) fn encode_unsaved(&mut self, encoder: &mut Encoder) {
        encoder.length(self.columns.values().filter(|column| !column.unsaved.is_empty()).count());
        for (key, column) in self.columns.iter_mut().filter(|(_, column)| !column.unsaved.is_empty()) {
            let mut unsaved = std::mem::take(&mut column.unsaved);
            unsaved.sort_unstable();
            unsaved.dedup();
            encoder.text(key);
            encoder.length(unsaved.len());
            for number in unsaved {
                encoder.u32(number);
                match column.get(number) {
                    Some(raw) => {
                        encoder.u8(1);
                        encoder.text(raw);
                    }
                    None => encoder.u8(0),
                }
            }
        }
    }

    /// Takes over values written by [`Self::encode_unsaved`].
    pub(crate) fn decode(&mut self, decoder: &mut Decoder<'_>) -> Result<(), DecodeError> {
        for _ in 0..decoder.length()? {
            let column = self.column_mut(decoder.text()?);
            for _ in 0..decoder.length()? {
                let number = decoder.u32()?;
                match decoder.u8()? {
                    0 => column.set(number, None),
                    1 => column.set(number, Some(decoder.text()?)),
                    _ => return Err(decoder.error("0 or 1 before a value")),
                }
            }
            column.unsaved.clear();
        }
        Ok(())
    }

    /// Takes every value to be unsaved, so that the next [`Self::encode_unsaved`] writes all.
    pub(crate) fn mark_all_unsaved(&mut self) {
        for column in self.columns.values_mut() {
            column.unsaved = column.codes.numbers();
        }
    }

    fn column_mut(&mut self, key: &str) -> &mut PropertyColumn {
        if !self.columns.contains_key(key) {
            self.columns.insert(key.into(), PropertyColumn::default());
        }
        self.columns.get_mut(key).expect("the column was there or has just been made")
    }
}

impl PropertyColumn {
    fn get(&self, number: u32) -> Option<&str> {
        match self.codes.get(number) {
            0 => None,
            code => Some(self.texts.text(code - 1)),
        }
    }

    fn set(&mut self, number: u32, raw: Option<&str>) {
        let code = raw.map_or(0, |raw| self.texts.intern(raw) + 1);
        self.set_code(number, code);
    }

    fn set_code(&mut self, number: u32, code: u32) {
        let old = self.codes.set(number, code);
        if old == code {
            return;
        }
        self.n_values = self.n_values + usize::from(code != 0) - usize::from(old != 0);
        self.unsaved.push(number);
        // texts that no number has any more are dropped before they outnumber the ones in use
        if self.texts.len() > 2 * self.n_values + 1_000 {
            self.drop_unused_texts();
        }
    }

    fn drop_unused_texts(&mut self) {
        let old = std::mem::take(&mut self.texts);
        self.codes.for_each(|code| {
            if *code != 0 {
                *code = self.texts.intern(old.text(*code - 1)) + 1;
            }
        });
    }
}

impl Default for Codes {
    fn default() -> Self {
        Self::Sparse(FxHashMap::default())
    }
}

impl Codes {
    fn get(&self, number: u32) -> u32 {
        match self {
            Self::Sparse(sparse) => sparse.get(&number).copied().unwrap_or(0),
            Self::Dense(dense) => dense.get(number as usize).copied().unwrap_or(0),
        }
    }

    /// Sets the code of `number` and gives the one that it had.
    fn set(&mut self, number: u32, code: u32) -> u32 {
        match self {
            Self::Sparse(sparse) => {
                let old = if code == 0 { sparse.remove(&number) } else { sparse.insert(number, code) };
                // an entry of the map takes about as much as four of the array
                if sparse.len() >= 64 && sparse.len() * 4 > number as usize {
                    self.make_dense();
                }
                old.unwrap_or(0)
            }
            Self::Dense(dense) => {
                let index = number as usize;
                if index >= dense.len() {
                    if code == 0 {
                        return 0;
                    }
                    dense.resize(index + 1, 0);
                }
                std::mem::replace(&mut dense[index], code)
            }
        }
    }

    fn make_dense(&mut self) {
        let Self::Sparse(sparse) = self else { return };
        let n_numbers = sparse.keys().max().map_or(0, |&highest| highest as usize + 1);
        let mut dense = vec![0; n_numbers];
        for (&number, &code) in &*sparse {
            dense[number as usize] = code;
        }
        *self = Self::Dense(dense);
    }

    fn for_each(&mut self, change: impl FnMut(&mut u32)) {
        match self {
            Self::Sparse(sparse) => sparse.values_mut().for_each(change),
            Self::Dense(dense) => dense.iter_mut().for_each(change),
        }
    }

    /// The numbers that have a code other than 0.
    fn numbers(&self) -> Vec<u32> {
        match self {
            Self::Sparse(sparse) => sparse.keys().copied().collect(),
            Self::Dense(dense) => {
                (0_u32..).zip(dense).filter(|&(_, &code)| code != 0).map(|(number, _)| number).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_the_targets_values_and_adds_the_others() {
        let mut table = PropertyTable::default();
        table.set(1, "plan", "\"pro\"");
        table.set(2, "plan", "\"free\"");
        table.set(2, "age", "7");
        table.merge(1, 2);
        assert_eq!([table.get(1, "plan"), table.get(1, "age")], [Some("\"pro\""), Some("7")]);
        assert_eq!([table.get(2, "plan"), table.get(2, "age")], [None, None]);
    }

    #[test]
    fn texts_out_of_use_are_dropped() {
        let mut table = PropertyTable::default();
        for turn in 0..10_000 {
            table.set(turn % 3, "last_seen", &turn.to_string());
        }
        assert_eq!(
            [0, 1, 2].map(|number| table.get(number, "last_seen").unwrap().to_owned()),
            ["9999", "9997", "9998"]
        );
        assert!(table.columns["last_seen"].texts.len() <= 1_007);
    }

    #[test]
    fn saved_changes_add_up_to_the_table() {
        let mut table = PropertyTable::default();
        let mut copy = PropertyTable::default();
        for turn in 0..3_u32 {
            for number in 0..50 {
                table.set(number * (turn + 1), "a", &turn.to_string());
                table.remove(number * 2, "a");
                table.set_once(number, "b", "true");
            }
            table.merge(3, 4 + turn);
            let mut encoder = Encoder::default();
            table.encode_unsaved(&mut encoder);
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            copy.decode(&mut decoder).unwrap();
            assert!(decoder.is_at_end());
            for number in 0..200 {
                for key in ["a", "b"] {
                    assert_eq!(copy.get(number, key), table.get(number, key), "{key} of {number} at turn {turn}");
                }
            }
        }
    }
}
