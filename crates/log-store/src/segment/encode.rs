//! Records -> the files of a segment.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, UInt8Array, UInt32Array, UInt64Array,
};
use arrow_schema::{DataType, Field, Schema};
use logs::record::{Attributes, LogRecord, StoredLog, text_of};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::columns::{attribute_column, fixed};
use super::index::{Block, FilterPlace, Index, KeyCounts, MinuteCount, PIECE_BYTES};
use super::shred::{Keys, Kind, ShreddedColumn};
use crate::error::StoreError;
use crate::grams::{Filter, fold};
use crate::manifest::SegmentFile;
use crate::memtable::memory_bytes;

/// Texts of a column from which on it has no dictionary.
const MAX_DICTIONARY: usize = 8_192;
/// Bytes of records, about, that a block has at most where records are large.
const BLOCK_BYTES: usize = 8 << 20;
const MICROS_A_MINUTE: i64 = 60_000_000;

/// How much time packing may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Little: for records that are packed again later.
    Fast,
    /// As much as pays.
    Tight,
}

impl Packing {
    fn zstd_level(self) -> i32 {
        match self {
            Self::Fast => 1,
            Self::Tight => 11,
        }
    }
}

/// The files of a segment.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) parquet: Vec<u8>,
    pub(crate) index: Vec<u8>,
    /// What the manifest says of them.
    pub(crate) file: SegmentFile,
}

/// Encodes records, at least one, that are sorted by position.
pub(crate) fn encode(
    logs: &[Arc<StoredLog>],
    file: u64,
    block_rows: usize,
    packing: Packing,
) -> Result<Encoded, StoreError> {
    let memory: usize = logs.iter().map(|log| memory_bytes(&log.record)).sum();
    let fitting = BLOCK_BYTES / (memory / logs.len()).max(1);
    let block_rows = block_rows.min(fitting.max(16));
    let keys = Keys::of(logs);
    let columns = keys.columns(logs.len());
    let (parquet, rest_keys) = encode_parquet(logs, &columns, block_rows, packing)?;

    let mut index = Vec::new();
    let blocks = logs.chunks(block_rows).map(|block| encode_block(block, &mut index)).collect::<Result<_, _>>();
    let (services, minutes) = count_minutes(logs);
    let key_counts = |counts: Keys<'_>| {
        counts.counts().into_iter().map(|(key, types)| KeyCounts::new(key, types)).collect::<Vec<KeyCounts>>()
    };
    let details = Index {
        checksums: parquet.chunks(PIECE_BYTES).map(crc32fast::hash).collect(),
        blocks: blocks.map_err(ParquetError::from)?,
        columns,
        rest_keys,
        services,
        minutes,
        record_keys: key_counts(keys),
        resource_keys: key_counts(resource_keys(logs)),
    };
    let head_offset = index.len() as u64;
    let head = details.encode().map_err(ParquetError::from)?;
    index.extend_from_slice(&head);
    let file = SegmentFile {
        file,
        n_rows: logs.len() as u64,
        min_us: logs[0].record.timestamp_us,
        max_us: logs[logs.len() - 1].record.timestamp_us,
        max_arrival: logs.iter().map(|log| log.arrival).max().unwrap_or_default(),
        memory_bytes: memory as u64,
        n_bytes: parquet.len() as u64,
        index_bytes: index.len() as u64,
        head_offset,
        head_checksum: crc32fast::hash(&head),
        is_settled: packing == Packing::Tight,
    };
    Ok(Encoded { parquet, index, file })
}

fn encode_block(logs: &[Arc<StoredLog>], index: &mut Vec<u8>) -> std::io::Result<Block> {
    let (mut filter, mut folded) = (Filter::default(), Vec::new());
    for log in logs {
        fold(&log.record.body, &mut folded);
        filter.add(&folded);
    }
    let packed = filter.encode()?;
    let filter =
        FilterPlace { offset: index.len() as u64, n_bytes: packed.len() as u64, checksum: crc32fast::hash(&packed) };
    index.extend_from_slice(&packed);
    let (first, last) = (&logs[0].record, &logs[logs.len() - 1].record);
    Ok(Block { n_rows: logs.len(), min_us: first.timestamp_us, max_us: last.timestamp_us, filter })
}

fn count_minutes(logs: &[Arc<StoredLog>]) -> (Vec<String>, Vec<MinuteCount>) {
    let mut numbers: FxHashMap<&str, usize> = FxHashMap::default();
    let mut services = Vec::new();
    let mut counts: FxHashMap<(i64, usize, usize), u64> = FxHashMap::default();
    for log in logs {
        let service = log.record.service();
        let number = *numbers.entry(service).or_insert_with(|| {
            services.push(service.to_owned());
            services.len() - 1
        });
        let minute = log.record.timestamp_us.div_euclid(MICROS_A_MINUTE);
        *counts.entry((minute, number, log.record.severity.level().index())).or_default() += 1;
    }
    let mut minutes: Vec<MinuteCount> = counts
        .into_iter()
        .map(|((minute, service, level), count)| MinuteCount { minute, service, level, count })
        .collect();
    minutes.sort_unstable_by_key(|count| (count.minute, count.service, count.level));
    (services, minutes)
}

/// The resources' keys; the records that share a resource are looked at together.
fn resource_keys(logs: &[Arc<StoredLog>]) -> Keys<'_> {
    let mut resources: FxHashMap<*const Attributes, (&Attributes, u64)> = FxHashMap::default();
    for log in logs {
        let resource = &log.record.resource;
        resources.entry(Arc::as_ptr(resource)).or_insert((resource, 0)).1 += 1;
    }
    let mut keys = Keys::default();
    resources.values().for_each(|(resource, n)| keys.add(resource, *n));
    keys
}

/// The columns of a file on its way.
struct ColumnsBuilder {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
    /// Of columns that have no dictionary of their own making: whether Parquet makes one, and how the values are written else.
    encodings: Vec<(ColumnPath, bool, Option<Encoding>)>,
}

impl ColumnsBuilder {
    fn add(&mut self, name: impl Into<String>, array: ArrayRef) {
        let name = name.into();
        // texts with few values have dictionaries of their own making; what is left hardly repeats
        if !matches!(array.data_type(), DataType::Dictionary(_, _)) {
            let encoding = match array.data_type() {
                DataType::Timestamp(_, _) | DataType::Int64 | DataType::UInt64 => Some(Encoding::DELTA_BINARY_PACKED),
                _ => None,
            };
            let is_small = matches!(array.data_type(), DataType::UInt8 | DataType::UInt32);
            self.encodings.push((ColumnPath::new(vec![name.clone()]), is_small, encoding));
        }
        self.fields.push(Field::new(name, array.data_type().clone(), array.is_nullable()));
        self.arrays.push(array);
    }

    /// A column of texts: by a dictionary where few differ.
    fn add_texts<'a>(&mut self, name: impl Into<String>, texts: Vec<Option<&'a str>>) {
        let mut codes: FxHashMap<&'a str, i32> = FxHashMap::default();
        let mut values: Vec<&'a str> = Vec::new();
        let mut keys: Vec<Option<i32>> = Vec::with_capacity(texts.len());
        for text in &texts {
            keys.push(text.map(|text| {
                *codes.entry(text).or_insert_with(|| {
                    values.push(text);
                    i32::try_from(values.len() - 1).expect("there are at most so many texts")
                })
            }));
            if values.len() > MAX_DICTIONARY {
                return self.add(name, Arc::new(StringArray::from_iter(texts)));
            }
        }
        let dictionary = DictionaryArray::new(Int32Array::from(keys), Arc::new(StringArray::from(values)));
        self.add(name, Arc::new(dictionary));
    }

    fn add_attribute(&mut self, column: &ShreddedColumn, logs: &[Arc<StoredLog>]) {
        let name = attribute_column(&column.key);
        let values = logs.iter().map(|log| {
            let value = log.record.attributes.get(&column.key);
            value.filter(|value| Kind::of(value) == Some(column.kind))
        });
        match column.kind {
            Kind::Text => self.add_texts(name, values.map(|value| value?.as_str()).collect()),
            Kind::Integer => self.add(name, Arc::new(values.map(|value| value?.as_i64()).collect::<Int64Array>())),
            Kind::Double => self.add(name, Arc::new(values.map(|value| value?.as_f64()).collect::<Float64Array>())),
            Kind::Boolean => self.add(name, Arc::new(values.map(|value| value?.as_bool()).collect::<BooleanArray>())),
        }
    }
}

fn encode_parquet(
    logs: &[Arc<StoredLog>],
    columns: &[ShreddedColumn],
    block_rows: usize,
    packing: Packing,
) -> Result<(Vec<u8>, Vec<Arc<str>>), ParquetError> {
    let mut builder = ColumnsBuilder { fields: Vec::new(), arrays: Vec::new(), encodings: Vec::new() };
    add_fixed(&mut builder, logs)?;
    columns.iter().for_each(|column| builder.add_attribute(column, logs));
    let (rest, rest_keys) = rest_of(logs, columns);
    builder.add_texts(fixed::REST, rest.iter().map(Option::as_deref).collect());

    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(packing.zstd_level())?))
        .set_max_row_group_row_count(Some(usize::MAX))
        .set_data_page_row_count_limit(block_rows)
        .set_write_batch_size(block_rows)
        // pages are cut by rows alone, so that those of all columns begin at the same rows
        .set_data_page_size_limit(usize::MAX)
        .set_dictionary_page_size_limit(usize::MAX)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled(ColumnPath::new(vec![fixed::TIMESTAMP.to_owned()]), EnabledStatistics::Chunk)
        .set_created_by("hindsight".to_owned());
    for (path, has_dictionary, encoding) in builder.encodings {
        properties = properties.set_column_dictionary_enabled(path.clone(), has_dictionary);
        if let Some(encoding) = encoding {
            properties = properties.set_column_encoding(path, encoding);
        }
    }
    let schema = Arc::new(Schema::new(builder.fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), builder.arrays)?;
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties.build()))?;
    writer.write(&batch)?;
    Ok((writer.into_inner()?, rest_keys))
}

fn add_fixed(builder: &mut ColumnsBuilder, logs: &[Arc<StoredLog>]) -> Result<(), ParquetError> {
    let records = || logs.iter().map(|log| &log.record);
    let timestamps: TimestampMicrosecondArray =
        records().map(|record| record.timestamp_us).collect::<Vec<i64>>().into();
    builder.add(fixed::TIMESTAMP, Arc::new(timestamps.with_timezone("UTC")));
    builder.add(fixed::ARRIVAL, Arc::new(UInt64Array::from_iter_values(logs.iter().map(|log| log.arrival))));
    let delay = |record: &LogRecord| record.observed_us.wrapping_sub(record.timestamp_us);
    builder.add(fixed::OBSERVED_DELAY, Arc::new(Int64Array::from(records().map(delay).collect::<Vec<i64>>())));
    let severity = UInt8Array::from(records().map(|record| record.severity.number()).collect::<Vec<u8>>());
    builder.add(fixed::SEVERITY, Arc::new(severity));
    builder.add_texts(fixed::BODY, records().map(|record| Some(record.body.as_str())).collect());

    // records that came together share their resource: its JSON is written once
    let mut texts: FxHashMap<*const Attributes, String> = FxHashMap::default();
    for record in records() {
        texts.entry(Arc::as_ptr(&record.resource)).or_insert_with(|| json_of(record.resource.iter()));
    }
    let resources = records().map(|record| Some(texts[&Arc::as_ptr(&record.resource)].as_str()));
    builder.add_texts(fixed::RESOURCE, resources.collect());
    builder.add_texts(fixed::SCOPE, records().map(|record| Some(&*record.scope)).collect());
    builder.add_texts(fixed::EVENT_NAME, records().map(|record| Some(&*record.event_name)).collect());

    let trace_ids = records().map(|record| (record.trace_id != 0).then(|| record.trace_id.to_be_bytes()));
    let trace_ids = FixedSizeBinaryArray::try_from_sparse_iter_with_size(trace_ids, 16)?;
    builder.add(fixed::TRACE_ID, Arc::new(trace_ids));
    let span_ids = records().map(|record| (record.span_id != 0).then(|| record.span_id.to_be_bytes()));
    let span_ids = FixedSizeBinaryArray::try_from_sparse_iter_with_size(span_ids, 8)?;
    builder.add(fixed::SPAN_ID, Arc::new(span_ids));
    let flags: UInt32Array = records().map(|record| (record.flags != 0).then_some(record.flags)).collect();
    builder.add(fixed::FLAGS, Arc::new(flags));
    Ok(())
}

/// What has no column of its own, as JSON, and its keys.
fn rest_of(logs: &[Arc<StoredLog>], columns: &[ShreddedColumn]) -> (Vec<Option<String>>, Vec<Arc<str>>) {
    let kinds: FxHashMap<&str, Kind> = columns.iter().map(|column| (&*column.key, column.kind)).collect();
    let mut keys: FxHashSet<&Arc<str>> = FxHashSet::default();
    let mut rest = Vec::with_capacity(logs.len());
    for log in logs {
        let is_left = |(key, value): &(&Arc<str>, &Value)| {
            kinds.get(key.as_ref()).is_none_or(|kind| Kind::of(value) != Some(*kind))
        };
        let left: Vec<(&Arc<str>, &Value)> = log.record.attributes.iter().filter(is_left).collect();
        keys.extend(left.iter().map(|(key, _)| *key));
        rest.push((!left.is_empty()).then(|| json_of(left.into_iter())));
    }
    let mut keys: Vec<Arc<str>> = keys.into_iter().cloned().collect();
    keys.sort();
    (rest, keys)
}

/// A JSON object.
fn json_of<'a>(pairs: impl Iterator<Item = (&'a Arc<str>, &'a Value)>) -> String {
    let mut json = String::from("{");
    for (index, (key, value)) in pairs.enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(&Value::from(&**key).to_string());
        json.push(':');
        json.push_str(&match value {
            Value::String(_) => value.to_string().into(),
            other => text_of(other),
        });
    }
    json.push('}');
    json
}
