//! The values of one dimension of a breakdown, numbered in order of appearance.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::transform::Transform;
use crate::bucket_index::SKIP;
use crate::columns::{ByDictionary, common_texts};
use crate::control::{HeldMemory, QueryControl};
use crate::dictionary::Dictionary;
use crate::error::QueryError;
use crate::field::{FieldValues, ScanLayout};
use crate::plan::aggregate::{BreakdownDimension, BreakdownValue};
use crate::scan::{Run, Scan};
#[cfg(test)]
use crate::value::PropertyValue;

/// One dimension of the breakdown over the runs of a series.
pub(super) struct Dimension {
    /// What each run has.
    columns: Vec<FieldValues>,
    by_dictionary: ByDictionary<Codes>,
    values: Values,
    numbering: Numbering,
}

/// The numbers of the values of a dictionary.
struct Codes {
    /// Which of [`Values::dictionaries`] it is.
    dictionary: u32,
    /// The number of each code, [`SKIP`] where it was not looked at yet.
    numbers: Vec<u32>,
}

/// Values by their numbers. A value is made out of what is stored when it is asked for: of many values, few come out.
#[derive(Debug)]
pub(super) struct Values {
    transform: Transform,
    dictionaries: Vec<Arc<Dictionary>>,
    /// Where each value was found first: which dictionary, and the code.
    places: Vec<(u32, u32)>,
    /// The number that stands for no value, where a row has none.
    null: Option<u32>,
}

/// How values of several dictionaries are found to be the same.
enum Numbering {
    /// By the numbers that their texts have in all dictionaries of the column. For each of those the number of the value.
    ByText(Vec<u32>),
    /// By what becomes of them.
    ByValue(FxHashMap<BreakdownValue, u32>),
}

impl Dimension {
    pub(super) fn new(
        plan: &BreakdownDimension,
        runs: &[&Run],
        cells: &[Vec<u32>],
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
    ) -> Result<Self, QueryError> {
        let transform = Transform::new(plan, runs, cells, (layout, scan), control)?;
        let columns: Vec<FieldValues> = runs.iter().map(|run| layout.read(&plan.field, scan, run)).collect();
        let numbering = if transform.is_by_text() && common_texts(&columns).is_some() {
            Numbering::ByText(Vec::new())
        } else {
            Numbering::ByValue(FxHashMap::default())
        };
        let values = Values { transform, dictionaries: Vec::new(), places: Vec::new(), null: None };
        Ok(Self { columns, by_dictionary: ByDictionary::new(), values, numbering })
    }

    /// Sets `numbers` to those of some rows of a run, given their persons and their buckets in `cells`. Rows that do not count have none:
    /// a value is looked at only when a row that counts has it.
    pub(super) fn number_rows(
        &mut self,
        run: usize,
        (rows, persons): (Range<usize>, &[u32]),
        cells: &[u32],
        numbers: &mut Vec<u32>,
        memory: &mut HeldMemory,
    ) -> Result<(), QueryError> {
        let column = &self.columns[run];
        let n_before = self.values.len();
        let codes = self.by_dictionary.get(column.dictionary(), |dictionary| {
            memory.grow::<u32>(dictionary.len())?;
            self.values.dictionaries.push(Arc::clone(column.dictionary()));
            let dictionary_number = u32::try_from(self.values.dictionaries.len() - 1);
            let dictionary_number = dictionary_number.expect("a scan has fewer than 2^32 runs");
            Ok(Codes { dictionary: dictionary_number, numbers: vec![SKIP; dictionary.len()] })
        })?;
        let texts = match &self.numbering {
            Numbering::ByText(_) => column.dictionary().text_numbers().map_or(&[][..], |numbers| &**numbers),
            Numbering::ByValue(_) => &[],
        };
        numbers.clear();
        for (row, &cell) in rows.zip(cells) {
            if cell == SKIP {
                numbers.push(SKIP);
                continue;
            }
            let code = column.code(row, persons[row]);
            let number = &mut codes.numbers[code as usize];
            if *number == SKIP {
                *number = self.numbering.number((codes.dictionary, code), texts, &mut self.values);
            }
            numbers.push(*number);
        }
        // what is kept of each new value: its place, and what it is found by
        memory.grow::<[u64; 6]>(self.values.len() - n_before)
    }

    pub(super) fn into_values(self) -> Values {
        self.values
    }
}

impl Numbering {
    /// The number of the value at `place`, given the numbers of the texts of its dictionary.
    fn number(&mut self, place: (u32, u32), texts: &[u32], values: &mut Values) -> u32 {
        match self {
            Self::ByText(numbers) => match texts[place.1 as usize] {
                Dictionary::NO_TEXT => values.null.unwrap_or_else(|| values.add(place, true)),
                text => {
                    let text = text as usize;
                    if numbers.len() <= text {
                        numbers.resize(text + 1, SKIP);
                    }
                    if numbers[text] == SKIP {
                        numbers[text] = values.add(place, false);
                    }
                    numbers[text]
                }
            },
            Self::ByValue(known) => {
                let value = values.at(place);
                let is_null = value == BreakdownValue::Null;
                *known.entry(value).or_insert_with(|| values.add(place, is_null))
            }
        }
    }
}

impl Values {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The value of that number.
    pub(super) fn value(&self, number: u32) -> BreakdownValue {
        self.at(self.places[number as usize])
    }

    /// Whether that number stands for no value.
    pub(super) fn is_null(&self, number: u32) -> bool {
        self.null == Some(number)
    }

    #[cfg(test)]
    pub(super) fn of(values: &[BreakdownValue]) -> Self {
        let stored = values.iter().map(|value| match value {
            BreakdownValue::Text(text) => PropertyValue::String(Arc::clone(text)),
            BreakdownValue::Null | BreakdownValue::Other => PropertyValue::Null,
        });
        let dictionary = Dictionary::from(stored.collect::<Vec<_>>());
        let mut made = Self {
            transform: Transform::Text,
            dictionaries: vec![Arc::new(dictionary)],
            places: Vec::new(),
            null: None,
        };
        for (code, value) in (0..).zip(values) {
            made.add((0, code), *value == BreakdownValue::Null);
        }
        made
    }

    fn at(&self, (dictionary, code): (u32, u32)) -> BreakdownValue {
        self.transform.apply(&self.dictionaries[dictionary as usize][code as usize])
    }

    fn add(&mut self, place: (u32, u32), is_null: bool) -> u32 {
        let number = u32::try_from(self.places.len()).expect("a query has fewer than 2^32 distinct values");
        self.places.push(place);
        if is_null {
            self.null = Some(number);
        }
        number
    }
}
