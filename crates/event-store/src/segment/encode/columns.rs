//! The columns of a segment, made ready to be written.

use std::sync::Arc;

use parquet::basic::{Encoding, LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedColumnWriter;
use parquet::schema::types::Type;

use super::SORTED;
use super::order::SortedRows;
use crate::column::CopiedColumn;
use crate::json;
use crate::memtable::{Memtable, SparseColumn};
use crate::segment::columns::{ARRIVAL, DISTINCT_ID, EVENT, PERSON, PROPERTY_PREFIX, REST, TIMESTAMP, UUID};
use crate::segment::shred::{ColumnType, TypedValue, choose};

/// One column of a segment.
#[derive(Debug)]
pub(super) struct Prepared {
    name: String,
    values: Values,
    /// Keys with values in this column, where it is the one of the rest.
    rest_keys: Vec<String>,
}

#[derive(Debug)]
enum Values {
    Uuids(Vec<u128>),
    Persons(Vec<u32>),
    Timestamps(Vec<i64>),
    Arrivals(Vec<Option<i32>>),
    Ints(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Bools(Vec<Option<bool>>),
    /// Codes of texts, 0 for none; whether every row has one.
    Texts {
        codes: Vec<u32>,
        texts: Vec<ByteArray>,
        is_required: bool,
    },
}

/// Values written at once: enough to be quick, and little memory.
const CHUNK_ROWS: usize = 1 << 14;

/// Makes all columns ready.
pub(super) fn prepare(memtable: &Memtable, distinct_ids: &CopiedColumn, sorted: &SortedRows) -> Vec<Prepared> {
    let rows = &sorted.rows;
    let column = |name: &str, values| Prepared { name: name.to_owned(), values, rest_keys: Vec::new() };
    let texts = |codes: Vec<u32>, texts: Vec<ByteArray>| Values::Texts { codes, texts, is_required: true };
    let names = memtable.names.iter().map(|(name, _)| ByteArray::from(name)).collect();
    let name_codes = rows.iter().map(|&row| memtable.name_codes[row as usize] + 1).collect();
    let distinct_id_codes = rows.iter().map(|&row| distinct_ids.codes()[row as usize]).collect();
    let distinct_id_texts = distinct_ids.texts().iter().map(|text| ByteArray::from(&**text)).collect();
    let mut prepared = vec![
        column(UUID, Values::Uuids(rows.iter().map(|&row| memtable.uuids[row as usize]).collect())),
        column(EVENT, texts(name_codes, names)),
        column(PERSON, Values::Persons(rows.iter().map(|&row| memtable.persons[row as usize]).collect())),
        column(DISTINCT_ID, texts(distinct_id_codes, distinct_id_texts)),
        column(TIMESTAMP, Values::Timestamps(rows.iter().map(|&row| memtable.timestamps[row as usize]).collect())),
        column(ARRIVAL, Values::Arrivals(sorted.arrivals.clone())),
    ];
    prepared.extend(prepare_properties(memtable, rows));
    prepared
}

/// A property of the rows of the segment.
struct Property<'a> {
    key: &'a str,
    source: &'a SparseColumn,
    /// Code of the text of each row, 0 for none.
    codes: Vec<u32>,
    /// The text of each code as a value that a column can hold.
    typed: Vec<Option<TypedValue>>,
    n_typed: usize,
    column_type: ColumnType,
}

fn prepare_properties(memtable: &Memtable, rows: &[u32]) -> Vec<Prepared> {
    const ABSENT: u32 = u32::MAX;
    let mut position_of_row = vec![ABSENT; memtable.len()];
    for (position, &row) in (0..).zip(rows) {
        position_of_row[row as usize] = position;
    }
    let mut sources: Vec<(&Arc<str>, &SparseColumn)> = memtable.properties.iter().collect();
    sources.sort_unstable_by_key(|(key, _)| *key);
    // which columns there will be is known first, so that only those are laid out row by row
    let weighed: Vec<(usize, ColumnType)> = sources.iter().map(|(_, source)| weigh(source, &position_of_row)).collect();
    let candidates: Vec<(usize, &str)> =
        weighed.iter().zip(&sources).map(|(&(n_typed, _), (key, _))| (n_typed, &***key)).collect();
    let mut is_chosen = vec![false; sources.len()];
    for index in choose(rows.len(), &candidates) {
        is_chosen[index] = true;
    }

    let mut rest = Rest { texts: vec![String::new(); rows.len()], keys: Vec::new() };
    let mut prepared = Vec::new();
    for ((&(key, source), &(n_typed, column_type)), is_chosen) in sources.iter().zip(&weighed).zip(is_chosen) {
        if is_chosen {
            let mut codes = vec![0; rows.len()];
            for (position, code) in positions(source, &position_of_row) {
                codes[position] = code + 1;
            }
            let typed = source.texts.iter().map(|raw| of_type(raw, column_type)).collect();
            let property = Property { key, source, codes, typed, n_typed, column_type };
            prepared.push(property.shred(&mut rest));
        } else {
            for (position, code) in positions(source, &position_of_row) {
                rest.add(position, key, source.texts.text(code));
            }
        }
    }
    prepared.push(rest.prepare());
    prepared
}

/// The rows of the segment that have the property, with the codes of their texts.
fn positions<'a>(source: &'a SparseColumn, position_of_row: &'a [u32]) -> impl Iterator<Item = (usize, u32)> + 'a {
    source
        .rows
        .iter()
        .zip(&source.codes)
        .map(|(&row, &code)| (position_of_row[row as usize], code))
        .filter(|&(position, _)| position != u32::MAX)
        .map(|(position, code)| (position as usize, code))
}

/// The type that most values of a property have, and how many.
fn weigh(source: &SparseColumn, position_of_row: &[u32]) -> (usize, ColumnType) {
    let types: Vec<Option<ColumnType>> =
        source.texts.iter().map(|raw| TypedValue::read(raw).map(|value| value.column_type())).collect();
    let mut counts = [0_usize; 4];
    for (_, code) in positions(source, position_of_row) {
        if let Some(column_type) = types[code as usize] {
            counts[column_type as usize] += 1;
        }
    }
    let all = [ColumnType::Text, ColumnType::Int, ColumnType::Float, ColumnType::Bool];
    let best = all.into_iter().max_by_key(|&column_type| counts[column_type as usize]).unwrap_or(ColumnType::Text);
    (counts[best as usize], best)
}

fn of_type(raw: &str, column_type: ColumnType) -> Option<TypedValue> {
    TypedValue::read(raw).filter(|value| value.column_type() == column_type)
}

impl Property<'_> {
    /// Lays out what is of the column's type, and adds the others to the rest.
    fn shred(self, rest: &mut Rest) -> Prepared {
        let mut n_left = self.codes.iter().filter(|&&code| code != 0).count() - self.n_typed;
        if n_left > 0 {
            for (position, &code) in self.codes.iter().enumerate().filter(|(_, code)| **code != 0) {
                if self.typed[code as usize - 1].is_none() {
                    rest.add(position, self.key, self.source.texts.text(code - 1));
                    n_left -= 1;
                }
            }
        }
        debug_assert_eq!(n_left, 0, "each value is in the column or in the rest");
        let values = match self.column_type {
            ColumnType::Text => self.texts(),
            ColumnType::Int => {
                Values::Ints(self.values(|value| if let TypedValue::Int(v) = value { Some(*v) } else { None }))
            }
            ColumnType::Float => {
                Values::Floats(self.values(|value| if let TypedValue::Float(v) = value { Some(*v) } else { None }))
            }
            ColumnType::Bool => {
                Values::Bools(self.values(|value| if let TypedValue::Bool(v) = value { Some(*v) } else { None }))
            }
        };
        Prepared { name: format!("{PROPERTY_PREFIX}{}", self.key), values, rest_keys: Vec::new() }
    }

    fn values<T: Copy>(&self, value: impl Fn(&TypedValue) -> Option<T>) -> Vec<Option<T>> {
        let of_code: Vec<Option<T>> = self.typed.iter().map(|typed| typed.as_ref().and_then(&value)).collect();
        self.codes.iter().map(|&code| if code == 0 { None } else { of_code[code as usize - 1] }).collect()
    }

    fn texts(&self) -> Values {
        let mut texts = Vec::new();
        let mut new_codes = vec![0_u32];
        new_codes.extend(self.typed.iter().map(|typed| match typed {
            Some(TypedValue::Text(text)) => {
                texts.push(ByteArray::from(text.as_str()));
                u32::try_from(texts.len()).expect("no more texts than the dictionary has")
            }
            _ => 0,
        }));
        let codes = self.codes.iter().map(|&code| new_codes[code as usize]).collect();
        Values::Texts { codes, texts, is_required: false }
    }
}

/// Members that have no column, as the text of an object for each row.
struct Rest {
    texts: Vec<String>,
    keys: Vec<String>,
}

impl Rest {
    fn add(&mut self, position: usize, key: &str, raw: &str) {
        json::push_member(&mut self.texts[position], key, raw);
        if self.keys.last().is_none_or(|last| last != key) {
            self.keys.push(key.to_owned());
        }
    }

    fn prepare(self) -> Prepared {
        let mut codes = crate::text::TextDictionary::default();
        let row_codes = self.texts.into_iter().map(|mut text| {
            if text.is_empty() {
                return 0;
            }
            text.push('}');
            codes.intern(&text) + 1
        });
        let row_codes = row_codes.collect();
        let texts = codes.iter().map(ByteArray::from).collect();
        let values = Values::Texts { codes: row_codes, texts, is_required: false };
        Prepared { name: REST.to_owned(), values, rest_keys: self.keys }
    }
}

impl Prepared {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn rest_keys(&self) -> &[String] {
        &self.rest_keys
    }

    /// The encoding of the column; `None` for a dictionary.
    pub(super) fn encoding(&self) -> Option<Encoding> {
        match &self.values {
            // split by byte it would be smaller, but DuckDB reads that of numbers only
            Values::Uuids(_) => Some(Encoding::PLAIN),
            Values::Persons(_) | Values::Timestamps(_) | Values::Arrivals(_) => Some(SORTED),
            Values::Bools(_) => Some(Encoding::PLAIN),
            Values::Texts { codes, texts, .. } => {
                // a dictionary of texts that hardly repeat only makes the file longer
                (texts.len() * 3 > codes.len() * 2 && texts.len() > 1_000).then_some(Encoding::PLAIN)
            }
            Values::Ints(_) | Values::Floats(_) => None,
        }
    }

    /// The column as the schema describes it.
    pub(super) fn field(&self) -> Result<Type, ParquetError> {
        let (physical, logical, is_required) = match &self.values {
            Values::Uuids(_) => (PhysicalType::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Uuid), true),
            Values::Persons(_) => (PhysicalType::INT32, Some(LogicalType::integer(32, false)), true),
            Values::Timestamps(_) => (PhysicalType::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS)), true),
            Values::Arrivals(_) => (PhysicalType::INT32, None, false),
            Values::Ints(_) => (PhysicalType::INT64, None, false),
            Values::Floats(_) => (PhysicalType::DOUBLE, None, false),
            Values::Bools(_) => (PhysicalType::BOOLEAN, None, false),
            Values::Texts { is_required, .. } => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String), *is_required),
        };
        let length = if physical == PhysicalType::FIXED_LEN_BYTE_ARRAY { 16 } else { -1 };
        let repetition = if is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        Type::primitive_type_builder(&self.name, physical)
            .with_logical_type(logical)
            .with_length(length)
            .with_repetition(repetition)
            .build()
    }

    /// Writes the column.
    pub(super) fn write(&self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match &self.values {
            Values::Uuids(uuids) => write_required(writer.typed::<FixedLenByteArrayType>(), uuids, |uuid| {
                FixedLenByteArray::from(ByteArray::from(uuid.to_be_bytes().to_vec()))
            }),
            Values::Persons(persons) => {
                write_required(writer.typed::<Int32Type>(), persons, |person| person.cast_signed())
            }
            Values::Timestamps(timestamps) => write_required(writer.typed::<Int64Type>(), timestamps, |&us| us),
            Values::Arrivals(arrivals) => write_optional(writer.typed::<Int32Type>(), arrivals, |place| *place),
            Values::Ints(ints) => write_optional(writer.typed::<Int64Type>(), ints, |int| *int),
            Values::Floats(floats) => write_optional(writer.typed::<DoubleType>(), floats, |float| *float),
            Values::Bools(flags) => write_optional(writer.typed::<BoolType>(), flags, |flag| *flag),
            Values::Texts { codes, texts, is_required: true } => {
                write_required(writer.typed::<ByteArrayType>(), codes, |&code| texts[code as usize - 1].clone())
            }
            Values::Texts { codes, texts, is_required: false } => {
                let text = |&code: &u32| if code == 0 { None } else { Some(texts[code as usize - 1].clone()) };
                write_optional(writer.typed::<ByteArrayType>(), codes, text)
            }
        }
    }
}

fn write_required<T: DataType, S>(
    writer: &mut ColumnWriterImpl<'_, T>,
    source: &[S],
    value: impl Fn(&S) -> T::T,
) -> Result<(), ParquetError> {
    let mut values = Vec::with_capacity(CHUNK_ROWS);
    for chunk in source.chunks(CHUNK_ROWS) {
        values.clear();
        values.extend(chunk.iter().map(&value));
        writer.write_batch(&values, None, None)?;
    }
    Ok(())
}

fn write_optional<T: DataType, S>(
    writer: &mut ColumnWriterImpl<'_, T>,
    source: &[S],
    value: impl Fn(&S) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let mut values = Vec::with_capacity(CHUNK_ROWS);
    let mut levels = Vec::with_capacity(CHUNK_ROWS);
    for chunk in source.chunks(CHUNK_ROWS) {
        values.clear();
        levels.clear();
        for item in chunk {
            let value = value(item);
            levels.push(i16::from(value.is_some()));
            values.extend(value);
        }
        writer.write_batch(&values, Some(&levels), None)?;
    }
    Ok(())
}
