//! The values that a series computes with, told apart across runs: each run has its own dictionary.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::control::{HeldMemory, QueryControl};
use crate::dictionary::{Dictionary, TextNumbers};
use crate::error::QueryError;
use crate::field::{Field, FieldValues, ScanLayout};
use crate::scan::{Run, Scan};
use crate::value::PropertyValue;

/// What stands for a missing value where one counts.
pub(crate) const MISSING: u32 = Dictionary::NO_TEXT;

/// What was made of each dictionary: the runs of a segment share theirs, as do all reads of a person's property.
pub(crate) struct ByDictionary<T> {
    /// By address; holds on to the dictionary, since the address alone could be that of a later one.
    known: FxHashMap<*const PropertyValue, (Arc<Dictionary>, T)>,
}

impl<T> ByDictionary<T> {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { known: FxHashMap::default() }
    }

    /// What was made of `dictionary`; what `make` makes of it where it is new.
    pub(crate) fn get(
        &mut self,
        dictionary: &Arc<Dictionary>,
        make: impl FnOnce(&[PropertyValue]) -> Result<T, QueryError>,
    ) -> Result<&mut T, QueryError> {
        match self.known.entry(dictionary.as_ptr()) {
            Entry::Occupied(entry) => Ok(&mut entry.into_mut().1),
            Entry::Vacant(entry) => Ok(&mut entry.insert((Arc::clone(dictionary), make(dictionary)?)).1),
        }
    }
}

/// Texts as numbers that are the same in all runs.
pub(crate) struct DistinctValues {
    /// For each run, the columns in which the value may be, with the number for each code, [`MISSING`] for none.
    by_run: Vec<Vec<(FieldValues, Arc<[u32]>)>>,
    texts: Texts,
}

/// The texts of numbers.
enum Texts {
    /// Those of this query alone.
    Own(Vec<Arc<str>>),
    /// Those that all dictionaries of the only field have.
    OfColumn(Arc<TextNumbers>),
}

/// What numbers the texts of all columns; `None` where not one and the same does.
pub(crate) fn common_texts<'v>(columns: impl IntoIterator<Item = &'v FieldValues>) -> Option<&'v Arc<TextNumbers>> {
    let mut texts = columns.into_iter().map(|values| values.dictionary().texts());
    let first = texts.next()??;
    texts.all(|texts| texts.is_some_and(|texts| Arc::ptr_eq(texts, first))).then_some(first)
}

impl DistinctValues {
    /// No values of no rows.
    pub(crate) fn none() -> Self {
        Self { by_run: Vec::new(), texts: Texts::Own(Vec::new()) }
    }

    /// The values of the first of `fields` that has one; the empty text is none.
    pub(crate) fn new(
        runs: &[&Run],
        fields: &[Field],
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
    ) -> Result<Self, QueryError> {
        let read = |run: &&Run| fields.iter().map(|field| layout.read(field, scan, run)).collect();
        let columns: Vec<Vec<FieldValues>> = runs.iter().map(read).collect();
        if let [_] = fields
            && let Some(texts) = common_texts(columns.iter().flatten())
        {
            return Self::of_column(&columns, texts, control);
        }
        let mut memory = HeldMemory::new(control);
        let mut known: FxHashMap<Arc<str>, u32> = FxHashMap::default();
        let mut texts = Vec::new();
        let mut by_dictionary = ByDictionary::new();
        let mut by_run = Vec::with_capacity(runs.len());
        for read in columns {
            control.check()?;
            let mut columns = Vec::with_capacity(fields.len());
            for values in read {
                let numbers: &mut Arc<[u32]> = by_dictionary.get(values.dictionary(), |dictionary| {
                    memory.grow::<(u32, Arc<str>, Arc<str>, u32)>(dictionary.len())?;
                    Ok(dictionary.iter().map(|value| number(value, &mut known, &mut texts)).collect())
                })?;
                let numbers = Arc::clone(numbers);
                columns.push((values, numbers));
            }
            by_run.push(columns);
        }
        Ok(Self { by_run, texts: Texts::Own(texts) })
    }

    /// The values of one field that `texts` numbers.
    fn of_column(
        columns: &[Vec<FieldValues>],
        texts: &Arc<TextNumbers>,
        control: &QueryControl,
    ) -> Result<Self, QueryError> {
        let mut by_run = Vec::with_capacity(columns.len());
        for columns in columns {
            control.check()?;
            let numbered = columns.iter().filter_map(|values| {
                let numbers = values.dictionary().text_numbers()?;
                Some((values.clone(), Arc::clone(numbers)))
            });
            by_run.push(numbered.collect());
        }
        Ok(Self { by_run, texts: Texts::OfColumn(Arc::clone(texts)) })
    }

    /// The text of a number that a row has.
    pub(crate) fn text(&self, number: u32) -> Arc<str> {
        match &self.texts {
            Texts::Own(texts) => Arc::clone(&texts[number as usize]),
            Texts::OfColumn(texts) => texts.text(number).expect("a row's number is one of its column's"),
        }
    }

    /// The number of a row's value. `persons` are those of the run.
    pub(crate) fn of_row(&self, run: usize, row: usize, persons: &[u32]) -> Option<u32> {
        self.by_run[run]
            .iter()
            .map(|(values, numbers)| numbers[values.code(row, persons[row]) as usize])
            .find(|&number| number != MISSING)
    }
}

/// A column of numbers.
#[derive(Debug)]
pub(crate) struct Numbers {
    values: FieldValues,
    by_code: Arc<[f64]>,
}

impl Numbers {
    /// The number of a row, not a number where it has none.
    pub(crate) fn of_row(&self, row: usize, person: u32) -> f64 {
        self.by_code[self.values.code(row, person) as usize]
    }
}

/// `field` as numbers, for each run.
pub(crate) fn numbers(
    runs: &[&Run],
    field: &Field,
    (layout, scan): (&ScanLayout, &Scan),
    memory: &mut HeldMemory,
) -> Result<Vec<Numbers>, QueryError> {
    let mut by_dictionary = ByDictionary::new();
    let columns = runs.iter().map(|run| {
        let values = layout.read(field, scan, run);
        let by_code: &mut Arc<[f64]> = by_dictionary.get(values.dictionary(), |dictionary| {
            memory.grow::<f64>(dictionary.len())?;
            Ok(dictionary.iter().map(|value| value.to_number().unwrap_or(f64::NAN)).collect())
        })?;
        let by_code = Arc::clone(by_code);
        Ok(Numbers { values, by_code })
    });
    columns.collect()
}

/// The number that stands for the text of `value`; a new one where the text is new.
fn number(value: &PropertyValue, known: &mut FxHashMap<Arc<str>, u32>, texts: &mut Vec<Arc<str>>) -> u32 {
    match value.to_text() {
        Some(text) if !text.is_empty() => {
            let next = u32::try_from(texts.len()).expect("a query has fewer than 2^32 distinct values");
            *known.entry(text).or_insert_with_key(|text| {
                texts.push(Arc::clone(text));
                next
            })
        }
        _ => MISSING,
    }
}
