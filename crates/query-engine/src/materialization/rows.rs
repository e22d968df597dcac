//! Rows that are kept, in the form in which runs get their part of them the fastest: as text, found by the values of their filters.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hogql::lifting::{Comparison, Key, LiftedFilter};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{RowServing, ServedPage};
use crate::answer::RowsPage;

/// The rows of a HogQL query, for all values of its variables.
#[derive(Debug)]
pub struct KeptRows {
    serving: RowServing,
    /// Whether there were no more rows than these.
    is_whole: bool,
    /// The rows without the values of the filters, as JSON.
    all: Arc<RawValue>,
    /// Where each row begins and ends in that.
    places: Vec<(usize, usize)>,
    /// Of the filters by which rows are found at once, `=` in `WHERE`: their positions.
    indexed: Vec<usize>,
    /// The rows by the values of these filters, in order. Empty where there are none.
    index: HashMap<Box<[Key]>, Vec<u32>>,
    /// Of every other filter the values of the rows; empty for those that are indexed.
    values: Vec<Vec<Option<Key>>>,
    /// The row that there is where no other is, as JSON, and the values of its filters of groups.
    without_rows: Option<(String, Vec<Option<Key>>)>,
    n_bytes: usize,
}

/// Rows for one run.
#[derive(Debug)]
pub struct ServedRows {
    /// The rows, a list of lists.
    pub rows: Arc<RawValue>,
    /// What is told of them.
    pub page: ServedPage,
}

/// Rows that were kept in another form than their filters read.
#[derive(Debug, thiserror::Error)]
#[error("the rows cannot be served: {0}")]
pub struct UnservableRows(String);

/// The numbers of rows that are given.
enum Chosen<'a> {
    All,
    Some(&'a [u32]),
    Few(Vec<u32>),
}

impl KeptRows {
    /// Makes `results`, rows with the values of filters at their ends, ready to be served. `without_rows` is the row that there is where no other is,
    /// where the query has one; `is_whole` says whether there were no more rows.
    ///
    /// # Errors
    /// [`UnservableRows`] where they are no such rows.
    pub fn new(
        serving: RowServing,
        results: &Value,
        without_rows: Option<&Value>,
        is_whole: bool,
    ) -> Result<Self, UnservableRows> {
        let rows = results.as_array().ok_or_else(|| UnservableRows("the results are no list".to_owned()))?;
        let filters = &serving.filters;
        let is_indexed = |filter: &LiftedFilter| filter.comparison == Comparison::Equals && !filter.is_of_groups;
        let indexed: Vec<usize> = (0..filters.len()).filter(|position| is_indexed(&filters[*position])).collect();
        let mut text = String::from("[");
        let mut places = Vec::with_capacity(rows.len());
        let mut index: HashMap<Box<[Key]>, Vec<u32>> = HashMap::new();
        let mut values: Vec<Vec<Option<Key>>> = vec![Vec::new(); filters.len()];
        let mut n_bytes = 0;
        for (number, row) in rows.iter().enumerate() {
            let (shown, hidden) = parts(row, serving.n_columns, filters.len())?;
            if number > 0 {
                text.push(',');
            }
            let start = text.len();
            push_row(&mut text, shown);
            places.push((start, text.len()));
            let mut found_by = Vec::with_capacity(indexed.len());
            for (position, (filter, value)) in filters.iter().zip(hidden).enumerate() {
                let key = filter.key(value).map_err(|error| UnservableRows(error.to_string()))?;
                n_bytes += key.as_ref().map_or(0, size);
                if is_indexed(filter) {
                    found_by.push(key);
                } else {
                    values[position].push(key);
                }
            }
            // what is null equals nothing that is asked for
            if let Some(found_by) = found_by.into_iter().collect::<Option<Box<[Key]>>>()
                && !found_by.is_empty()
            {
                let number = u32::try_from(number).map_err(|_| UnservableRows("there are too many".to_owned()))?;
                index.entry(found_by).or_default().push(number);
            }
        }
        text.push(']');
        let n_groups = filters.iter().filter(|filter| filter.is_of_groups).count();
        let without_rows = without_rows.map(|row| {
            let (shown, hidden) = parts(row, serving.n_columns, n_groups)?;
            let mut text = String::new();
            push_row(&mut text, shown);
            let of_groups = filters.iter().filter(|filter| filter.is_of_groups);
            let keys = of_groups.zip(hidden).map(|(filter, value)| filter.key(value)).collect::<Result<_, _>>();
            Ok((text, keys.map_err(|error| UnservableRows(error.to_string()))?))
        });
        let without_rows = without_rows.transpose()?;
        n_bytes += text.len() + rows.len() * (size_of::<(usize, usize)>() + size_of::<u32>()) + index.len() * 64;
        let all = RawValue::from_string(text).map_err(|error| UnservableRows(error.to_string()))?;
        Ok(Self { serving, is_whole, all: all.into(), places, indexed, index, values, without_rows, n_bytes })
    }

    /// Bytes of memory that they take, about.
    pub fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// The rows of a run with those values of variables, and of these those of `page`. `None` where only the query itself can tell: a variable has
    /// no value or one of another type, or rows are asked for that were not kept.
    pub fn serve(&self, variables: &BTreeMap<String, Value>, page: Option<RowsPage>) -> Option<ServedRows> {
        let filters = &self.serving.filters;
        let wanted = filters.iter().map(|filter| filter.wanted(variables.get(&filter.variable)?));
        let wanted: Vec<Key> = wanted.collect::<Option<_>>()?;
        let mut chosen = if self.indexed.is_empty() {
            Chosen::All
        } else {
            let found_by: Box<[Key]> = self.indexed.iter().map(|position| wanted[*position].clone()).collect();
            Chosen::Some(self.index.get(&found_by).map_or(&[], Vec::as_slice))
        };
        for is_of_groups in [false, true] {
            let others = filters
                .iter()
                .enumerate()
                .filter(|(position, filter)| filter.is_of_groups == is_of_groups && !self.indexed.contains(position));
            for (position, filter) in others {
                chosen = self.passing(&chosen, position, filter, &wanted[position]);
            }
            if !is_of_groups
                && self.n_chosen(&chosen) == 0
                && let Some(row) = &self.without_rows
            {
                return Some(self.serve_single(row, &wanted, page));
            }
        }
        let served = self.serving.page(self.n_chosen(&chosen), self.is_whole, page)?;
        Some(ServedRows { rows: self.rows(&chosen, served), page: served })
    }

    /// The one row of a query whose groups have no keys, of no events.
    fn serve_single(&self, row: &(String, Vec<Option<Key>>), wanted: &[Key], page: Option<RowsPage>) -> ServedRows {
        let (text, values) = row;
        let filters = self.serving.filters.iter().zip(wanted);
        let mut of_groups = filters.filter(|(filter, _)| filter.is_of_groups).zip(values);
        let passes = of_groups.all(|((filter, wanted), value)| filter.holds(value.as_ref(), wanted));
        let served = self.serving.page(usize::from(passes), true, page).expect("a whole answer has all its rows");
        let text = if served.start < served.end { format!("[{text}]") } else { "[]".to_owned() };
        ServedRows { rows: raw(text), page: served }
    }

    /// Those of `chosen` that stay where the filter's variable is `wanted`.
    fn passing(&self, chosen: &Chosen<'_>, position: usize, filter: &LiftedFilter, wanted: &Key) -> Chosen<'static> {
        let passes = |row: &u32| filter.holds(self.values[position][*row as usize].as_ref(), wanted);
        Chosen::Few(match chosen {
            Chosen::All => (0..).take(self.places.len()).filter(passes).collect(),
            Chosen::Some(rows) => rows.iter().copied().filter(passes).collect(),
            Chosen::Few(rows) => rows.iter().copied().filter(passes).collect(),
        })
    }

    fn n_chosen(&self, chosen: &Chosen<'_>) -> usize {
        match chosen {
            Chosen::All => self.places.len(),
            Chosen::Some(rows) => rows.len(),
            Chosen::Few(rows) => rows.len(),
        }
    }

    fn rows(&self, chosen: &Chosen<'_>, page: ServedPage) -> Arc<RawValue> {
        let range = page.start..page.end;
        let rows = match chosen {
            Chosen::All if range.len() == self.places.len() => return Arc::clone(&self.all),
            Chosen::All => {
                let places = &self.places[range];
                let span = places.first().zip(places.last()).map_or(0..0, |((start, _), (_, end))| *start..*end);
                return raw(format!("[{}]", &self.all.get()[span]));
            }
            Chosen::Some(rows) => &rows[range],
            Chosen::Few(rows) => &rows[range],
        };
        let mut text = String::from("[");
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            let (start, end) = self.places[*row as usize];
            text.push_str(&self.all.get()[start..end]);
        }
        text.push(']');
        raw(text)
    }
}

/// A row's own values, and those of its filters.
fn parts(row: &Value, n_columns: usize, n_filters: usize) -> Result<(&[Value], &[Value]), UnservableRows> {
    let values = row.as_array().filter(|values| values.len() == n_columns + n_filters);
    let values = values.ok_or_else(|| UnservableRows("a row has another number of values than columns".to_owned()))?;
    Ok(values.split_at(n_columns))
}

fn push_row(text: &mut String, values: &[Value]) {
    text.push_str(&serde_json::to_string(values).expect("JSON values can be written"));
}

fn raw(text: String) -> Arc<RawValue> {
    RawValue::from_string(text).expect("rows that are JSON make a list that is").into()
}

fn size(key: &Key) -> usize {
    let text = if let Key::Text(text) = key { text.len() } else { 0 };
    size_of::<Option<Key>>() + text
}
