//! Texts of fields as numbers that are the same in every run of a scan: each run has dictionaries of its own.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::{Field, FieldValues, ScanLayout};
use crate::scan::{Run, Scan};
use crate::value::PropertyValue;

/// The number of the empty text, which stands for no value too.
pub(crate) const EMPTY: u32 = 0;

/// The fields of one run, ready to be looked up.
#[derive(Debug)]
pub(crate) struct RunTexts {
    /// For each field its values, and the number of the text for each of their codes.
    fields: Vec<(FieldValues, Vec<u32>)>,
}

impl RunTexts {
    /// The number of the text of each field in `row`, whose person is `person`.
    pub(crate) fn of_row(&self, row: usize, person: u32) -> impl Iterator<Item = u32> {
        self.fields.iter().map(move |(values, numbers)| numbers[values.code(row, person) as usize])
    }

    /// The number of the first text in `row` that is not empty.
    pub(crate) fn first_of_row(&self, row: usize, person: u32) -> Option<u32> {
        self.of_row(row, person).find(|&number| number != EMPTY)
    }
}

/// Numbers for texts.
#[derive(Debug)]
pub(crate) struct Texts {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Texts {
    /// Numbers for the texts that `fields` have in `runs`, which are of `scan`, made for the request of `layout`.
    pub(crate) fn read<'a>(
        fields: &[Field],
        runs: impl IntoIterator<Item = &'a Run>,
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
        memory: &mut HeldMemory,
    ) -> Result<(Self, Vec<RunTexts>), QueryError> {
        Self::read_as(|value| value.to_text(), fields, runs, (layout, scan), control, memory)
    }

    /// As [`Self::read`], with the texts that `text` makes of the values.
    pub(crate) fn read_as<'a>(
        text: impl Fn(&PropertyValue) -> Option<Arc<str>>,
        fields: &[Field],
        runs: impl IntoIterator<Item = &'a Run>,
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
        memory: &mut HeldMemory,
    ) -> Result<(Self, Vec<RunTexts>), QueryError> {
        let empty: Arc<str> = "".into();
        let mut texts = Self { numbers: FxHashMap::from_iter([(Arc::clone(&empty), EMPTY)]), texts: vec![empty] };
        let mut by_run = Vec::new();
        for run in runs {
            control.check()?;
            let mut read = Vec::with_capacity(fields.len());
            for field in fields {
                let values = layout.read(field, scan, run);
                memory.grow::<(u32, u32, Arc<str>, Arc<str>)>(values.dictionary().len())?;
                let numbers =
                    values.dictionary().iter().map(|value| text(value).map_or(EMPTY, |text| texts.number(text)));
                let numbers = numbers.collect();
                read.push((values, numbers));
            }
            by_run.push(RunTexts { fields: read });
        }
        Ok((texts, by_run))
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: u32) -> Arc<str> {
        Arc::clone(&self.texts[number as usize])
    }

    /// All texts, by their numbers.
    pub(crate) fn into_texts(self) -> Vec<Arc<str>> {
        self.texts
    }

    /// Where each text stands among all of them, by its number.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut by_text: Vec<usize> = (0..self.texts.len()).collect();
        by_text.sort_unstable_by(|one, other| self.texts[*one].cmp(&self.texts[*other]));
        let mut ranks = vec![0; by_text.len()];
        for (rank, number) in (0..).zip(by_text) {
            ranks[number] = rank;
        }
        ranks
    }

    /// The number of a text; `None` for one that was not read.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    fn number(&mut self, text: Arc<str>) -> u32 {
        let next = u32::try_from(self.texts.len()).expect("a query has fewer than 2^32 distinct texts");
        *self.numbers.entry(text).or_insert_with_key(|text| {
            self.texts.push(Arc::clone(text));
            next
        })
    }
}

/// Numbers for values of a breakdown: as many texts as it has fields.
#[derive(Debug)]
pub(super) struct Tuples {
    n_fields: usize,
    numbers: FxHashMap<Vec<u32>, u32>,
    tuples: Vec<Vec<u32>>,
    row: Vec<u32>,
}

impl Tuples {
    /// No value but that of only empty texts, whose number is [`EMPTY`].
    pub(super) fn new(n_fields: usize) -> Self {
        let empty = vec![EMPTY; n_fields];
        Self {
            n_fields,
            numbers: FxHashMap::from_iter([(empty.clone(), EMPTY)]),
            tuples: vec![empty],
            row: Vec::with_capacity(n_fields),
        }
    }

    /// The number of the value of `row`, whose person is `person`.
    pub(super) fn of_row(
        &mut self,
        texts: &RunTexts,
        row: usize,
        person: u32,
        memory: &mut HeldMemory,
    ) -> Result<u32, QueryError> {
        if self.n_fields == 1 {
            return Ok(texts.of_row(row, person).next().unwrap_or(EMPTY));
        }
        self.row.clear();
        self.row.extend(texts.of_row(row, person));
        if let Some(&number) = self.numbers.get(&self.row) {
            return Ok(number);
        }
        memory.grow::<(Vec<u32>, Vec<u32>, u32)>(1)?;
        memory.grow::<u32>(2 * self.n_fields)?;
        let number = u32::try_from(self.tuples.len()).expect("a query has fewer than 2^32 distinct values");
        self.tuples.push(self.row.clone());
        self.numbers.insert(self.row.clone(), number);
        Ok(number)
    }

    /// The numbers of the texts of a value.
    pub(super) fn texts(&self, number: u32) -> Vec<u32> {
        if self.n_fields == 1 { vec![number] } else { self.tuples[number as usize].clone() }
    }
}
