//! Reading a segment: its columns decoded, each held against its checksum.
//!
//! A column is decoded as a whole, so that a cache of decoded columns may stand before these functions.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt32Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_schema};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::{ChunkReader, Length};
use query_engine::scan::Column;
use query_engine::slice::SharedSlice;
use query_engine::value::PropertyValue;
use rustc_hash::FxHashMap;

use super::shred::TypedValue;
use super::{DETAILS_KEY, DETAILS_VERSION, Details, Footer, Segment, StoredRun, columns};
use crate::column::ValueDictionary;
use crate::error::StoreError;
use crate::json;

impl Segment {
    /// The events with their numbers of rows, in the order of the rows.
    pub(crate) fn runs(&self) -> Result<&[StoredRun], StoreError> {
        Ok(&self.footer()?.details.runs)
    }

    /// The person of each row, as it was when the segment was written.
    pub(crate) fn persons(&self) -> Result<SharedSlice<u32>, StoreError> {
        Ok(self.primitives::<UInt32Type>(columns::PERSON)?.into())
    }

    /// The timestamp of each row, in microseconds since 1970 UTC.
    pub(crate) fn timestamps(&self) -> Result<SharedSlice<i64>, StoreError> {
        Ok(self.primitives::<TimestampMicrosecondType>(columns::TIMESTAMP)?.into())
    }

    /// The uuid of each row.
    pub(crate) fn uuids(&self) -> Result<Vec<u128>, StoreError> {
        let array = self.column(columns::UUID)?;
        let array = array.as_fixed_size_binary_opt().ok_or_else(|| self.unexpected(columns::UUID))?;
        let bytes = array.iter().map(|uuid| uuid.unwrap_or_default());
        Ok(bytes.map(|uuid| u128::from_be_bytes(uuid.try_into().unwrap_or_default())).collect())
    }

    /// The place of each row among those with the same event and timestamp, in order of arrival; 0 where it stands in the order
    /// of the rows anyway.
    pub(crate) fn arrivals(&self) -> Result<Vec<i32>, StoreError> {
        let array = self.column(columns::ARRIVAL)?;
        let array = array.as_primitive_opt::<Int32Type>().ok_or_else(|| self.unexpected(columns::ARRIVAL))?;
        Ok(array.iter().map(Option::unwrap_or_default).collect())
    }

    /// The distinct id of each row.
    pub(crate) fn distinct_ids(&self) -> Result<Column, StoreError> {
        let (codes, texts) = self.texts(columns::DISTINCT_ID)?;
        Ok(text_column(codes, &texts))
    }

    /// The value of a property of each row.
    pub(crate) fn property(&self, key: &str) -> Result<Column, StoreError> {
        let name = format!("{}{key}", columns::PROPERTY_PREFIX);
        let is_in_rest = self.footer()?.details.rest_keys.contains(key);
        let is_typed = self.footer()?.metadata.schema().index_of(&name).is_ok();
        match (is_typed, is_in_rest) {
            (false, false) => Ok(Column::nulls(self.n_rows())),
            (true, false) => match self.typed_values(&name)? {
                // texts of a dictionary are distinct already
                Typed::Texts(codes, texts) => Ok(text_column(codes, &texts)),
                Typed::Values(codes, values) => {
                    let mut dictionary = vec![PropertyValue::Null];
                    dictionary.extend(values.into_iter().map(property_value));
                    Ok(Column::new(codes, dictionary))
                }
            },
            (is_typed, true) => self.mixed_property(key, is_typed.then_some(&*name)),
        }
    }

    /// A property of which some values or all are in the column of the rest.
    fn mixed_property(&self, key: &str, typed_name: Option<&str>) -> Result<Column, StoreError> {
        let mut dictionary = ValueDictionary::new();
        let mut codes = vec![Column::NULL; self.n_rows()];
        if let Some(name) = typed_name {
            let (typed_codes, values): (_, Vec<PropertyValue>) = match self.typed_values(name)? {
                Typed::Texts(codes, texts) => {
                    (codes, texts.iter().map(|text| PropertyValue::String(Arc::clone(text))).collect())
                }
                Typed::Values(codes, values) => (codes, values.into_iter().map(property_value).collect()),
            };
            let new_codes: Vec<u32> = values.into_iter().map(|value| dictionary.intern(value)).collect();
            for (code, typed) in codes.iter_mut().zip(typed_codes).filter(|(_, typed)| *typed != 0) {
                *code = new_codes[typed as usize - 1];
            }
        }
        let (rest_codes, objects) = self.texts(columns::REST)?;
        let mut code_of_object = Vec::with_capacity(objects.len());
        for object in &objects {
            let members = json::members(object).map_err(|_| self.unexpected(columns::REST))?;
            let member = members.iter().find(|member| member.key(object) == key);
            let raw = member.map(|member| member.value(object));
            code_of_object.push(raw.map(|raw| dictionary.intern(json::property_value(raw))));
        }
        for (code, rest) in codes.iter_mut().zip(rest_codes).filter(|(_, rest)| *rest != 0) {
            if let Some(rest) = code_of_object[rest as usize - 1] {
                *code = rest;
            }
        }
        Ok(dictionary.column(codes))
    }

    /// Keys of the properties that have columns.
    pub(super) fn typed_keys(&self) -> Result<Vec<&str>, StoreError> {
        let fields = self.footer()?.metadata.schema().fields();
        Ok(fields.iter().filter_map(|field| field.name().strip_prefix(columns::PROPERTY_PREFIX)).collect())
    }

    /// Keys of the properties that any event has.
    pub(crate) fn property_keys(&self) -> Result<impl Iterator<Item = &str>, StoreError> {
        let rest = &self.footer()?.details.rest_keys;
        Ok(self.typed_keys()?.into_iter().chain(rest.iter().map(String::as_str)))
    }

    /// The code of each row, 0 for none, and the JSON text of each code, for a property that has a column.
    pub(super) fn typed_raw(&self, key: &str) -> Result<(Vec<u32>, Vec<String>), StoreError> {
        match self.typed_values(&format!("{}{key}", columns::PROPERTY_PREFIX))? {
            Typed::Texts(codes, texts) => Ok((codes, texts.iter().map(|text| json::string_text(text)).collect())),
            Typed::Values(codes, values) => Ok((codes, values.iter().map(TypedValue::to_raw).collect())),
        }
    }

    /// The code of each row, 0 for none, and the text of each code.
    pub(super) fn texts(&self, name: &str) -> Result<(Vec<u32>, Vec<Arc<str>>), StoreError> {
        self.texts_of(&self.column(name)?, name)
    }

    fn typed_values(&self, name: &str) -> Result<Typed, StoreError> {
        let array = self.column(name)?;
        match array.data_type() {
            DataType::Dictionary(..) => {
                let (codes, texts) = self.texts_of(&array, name)?;
                Ok(Typed::Texts(codes, texts))
            }
            DataType::Int64 => {
                let values = array.as_primitive::<Int64Type>().iter();
                Ok(intern(values, |int| int.cast_unsigned(), TypedValue::Int))
            }
            DataType::Float64 => {
                let values = array.as_primitive::<Float64Type>().iter();
                Ok(intern(values, f64::to_bits, TypedValue::Float))
            }
            DataType::Boolean => Ok(intern(array.as_boolean().iter(), u64::from, TypedValue::Bool)),
            _ => Err(self.unexpected(name)),
        }
    }

    fn texts_of(&self, array: &ArrayRef, name: &str) -> Result<(Vec<u32>, Vec<Arc<str>>), StoreError> {
        let unexpected = || self.unexpected(name);
        let dictionary = array.as_dictionary_opt::<Int32Type>().ok_or_else(unexpected)?;
        let values = dictionary.values().as_string_opt::<i32>().ok_or_else(unexpected)?;
        let texts = values.iter().map(|text| text.unwrap_or_default().into()).collect();
        // a null row has no key; the codes of others are one more than their keys
        let codes = dictionary.keys().iter().map(|key| key.map_or(0, |key| key.cast_unsigned() + 1)).collect();
        Ok((codes, texts))
    }

    fn primitives<T: ArrowPrimitiveType>(&self, name: &str) -> Result<Vec<T::Native>, StoreError> {
        let array = self.column(name)?;
        let array = array.as_primitive_opt::<T>().ok_or_else(|| self.unexpected(name))?;
        Ok(array.values().to_vec())
    }

    /// Reads and decodes one column.
    fn column(&self, name: &str) -> Result<ArrayRef, StoreError> {
        let footer = self.footer()?;
        let index = footer.metadata.schema().index_of(name).map_err(|_| self.unexpected(name))?;
        let (offset, bytes) = self.column_bytes(footer, index)?;
        let unreadable = |error: &dyn std::fmt::Display| {
            StoreError::damaged(self.path(), offset, format!("the column {name} cannot be decoded: {error}"))
        };
        let chunk = Chunk { offset, bytes, n_file_bytes: self.file.n_bytes };
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(chunk, footer.metadata.clone());
        let mask = ProjectionMask::leaves(footer.metadata.parquet_schema(), [index]);
        let mut reader =
            builder.with_projection(mask).with_batch_size(self.n_rows()).build().map_err(|error| unreadable(&error))?;
        let batch = reader.next().ok_or_else(|| unreadable(&"it has no rows"))?.map_err(|error| unreadable(&error))?;
        if batch.num_rows() != self.n_rows() {
            return Err(unreadable(&format!("it has {} rows of {}", batch.num_rows(), self.n_rows())));
        }
        Ok(Arc::clone(batch.column(0)))
    }

    fn column_bytes(&self, footer: &Footer, index: usize) -> Result<(u64, Bytes), StoreError> {
        let (offset, n_bytes) = footer.metadata.metadata().row_group(0).column(index).byte_range();
        let name = footer.metadata.schema().field(index).name();
        let checksum = footer.details.checksums[index];
        let bytes = self.read_checked(offset, n_bytes, checksum, &format!("the column {name}"))?;
        Ok((offset, bytes.into()))
    }

    /// Holds every byte of the file against the checksums.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let footer = self.footer()?;
        for index in 0..footer.details.checksums.len() {
            self.column_bytes(footer, index)?;
        }
        self.read_checked(0, self.file.n_bytes, self.file.checksum, "the file").map(drop)
    }

    pub(super) fn read_footer(&self) -> Result<Footer, StoreError> {
        let offset = self.file.footer_offset;
        let n_bytes = self.file.n_bytes.saturating_sub(offset);
        let bytes = self.read_checked(offset, n_bytes, self.file.footer_checksum, "the footer")?;
        decode_footer(&bytes, self.n_rows()).map_err(|what| StoreError::damaged(self.path(), offset, what))
    }

    fn unexpected(&self, column: &str) -> StoreError {
        StoreError::damaged(self.path(), 0, format!("the column {column} is missing or not of its type"))
    }
}

/// Distinct values of a column and the code of each row, 0 for none.
enum Typed {
    Texts(Vec<u32>, Vec<Arc<str>>),
    Values(Vec<u32>, Vec<TypedValue>),
}

fn intern<T: Copy>(
    values: impl Iterator<Item = Option<T>>,
    bits: impl Fn(T) -> u64,
    typed: impl Fn(T) -> TypedValue,
) -> Typed {
    let mut distinct = Vec::new();
    let mut code_of: FxHashMap<u64, u32> = FxHashMap::default();
    let codes = values.map(|value| {
        value.map_or(0, |value| {
            *code_of.entry(bits(value)).or_insert_with(|| {
                distinct.push(typed(value));
                u32::try_from(distinct.len()).expect("a segment has fewer than 2^32 rows")
            })
        })
    });
    let codes = codes.collect();
    Typed::Values(codes, distinct)
}

fn text_column(codes: Vec<u32>, texts: &[Arc<str>]) -> Column {
    let mut dictionary = Vec::with_capacity(texts.len() + 1);
    dictionary.push(PropertyValue::Null);
    dictionary.extend(texts.iter().map(|text| PropertyValue::String(Arc::clone(text))));
    Column::new(codes, dictionary)
}

fn property_value(value: TypedValue) -> PropertyValue {
    match value {
        TypedValue::Text(text) => PropertyValue::String(text.into()),
        TypedValue::Int(int) => PropertyValue::Int(int),
        TypedValue::Float(float) => PropertyValue::Float(float),
        TypedValue::Bool(flag) => PropertyValue::Bool(flag),
    }
}

fn decode_footer(bytes: &[u8], n_rows: usize) -> Result<Footer, String> {
    let n_tail = 8;
    let thrift = bytes.len().checked_sub(n_tail).map(|end| &bytes[..end]).ok_or("the footer is cut off")?;
    let metadata = ParquetMetaDataReader::decode_metadata(thrift).map_err(|error| error.to_string())?;
    let file = metadata.file_metadata();
    let details = file.key_value_metadata().into_iter().flatten().find(|pair| pair.key == DETAILS_KEY);
    let details = details.and_then(|pair| pair.value.as_deref()).ok_or("the footer has no details of the segment")?;
    let details: Details = serde_json::from_str(details).map_err(|error| error.to_string())?;
    if details.version != DETAILS_VERSION {
        return Err(format!("the segment has version {}, known is {DETAILS_VERSION}", details.version));
    }
    let n_in_runs: usize = details.runs.iter().map(|run| run.n_rows).sum();
    let n_columns = file.schema_descr().num_columns();
    if n_in_runs != n_rows || details.checksums.len() != n_columns || metadata.num_row_groups() != 1 {
        return Err("the footer does not fit the segment".to_owned());
    }
    let schema =
        with_dictionaries(&parquet_to_arrow_schema(file.schema_descr(), None).map_err(|error| error.to_string())?);
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options).map_err(|error| error.to_string())?;
    Ok(Footer { metadata, details })
}

/// The same schema with texts read as codes into a dictionary.
fn with_dictionaries(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => {
            let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Arc::new(Field::new(field.name(), coded, field.is_nullable()))
        }
        _ => Arc::clone(field),
    });
    Schema::new(fields.collect::<Vec<_>>())
}

/// The bytes of one column as the part of a file.
struct Chunk {
    offset: u64,
    bytes: Bytes,
    n_file_bytes: u64,
}

impl Chunk {
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let at = start.checked_sub(self.offset).and_then(|at| usize::try_from(at).ok());
        let at = at.filter(|&at| at <= self.bytes.len());
        at.map(|at| self.bytes.slice(at..)).ok_or_else(|| ParquetError::EOF("outside the column".to_owned()))
    }
}

impl Length for Chunk {
    fn len(&self) -> u64 {
        self.n_file_bytes
    }
}

impl ChunkReader for Chunk {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.from(start).map(Cursor::new)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.from(start)?;
        if length > bytes.len() {
            return Err(ParquetError::EOF("outside the column".to_owned()));
        }
        Ok(bytes.slice(..length))
    }
}
