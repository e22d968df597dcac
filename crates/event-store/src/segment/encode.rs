//! Writing a segment.

mod columns;
mod order;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Datelike};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};

use super::{DETAILS_KEY, DETAILS_VERSION, Details};
use crate::column::CopiedColumn;
use crate::error::StoreError;
use crate::manifest::SegmentFile;
use crate::memtable::Memtable;
use columns::Prepared;
use order::SortedRows;

/// A segment as bytes, with what the manifest is to say of it.
#[derive(Debug)]
pub(crate) struct EncodedSegment {
    pub(crate) bytes: Vec<u8>,
    pub(crate) n_rows: u64,
    pub(crate) min_us: i64,
    pub(crate) max_us: i64,
    pub(crate) footer_offset: u64,
}

impl EncodedSegment {
    /// What the manifest says of it as the file of that number.
    pub(crate) fn into_file(self, file: u64, month: i64) -> SegmentFile {
        let footer_offset = usize::try_from(self.footer_offset).expect("the footer lies in the bytes");
        SegmentFile {
            file,
            month,
            n_rows: self.n_rows,
            min_us: self.min_us,
            max_us: self.max_us,
            n_bytes: self.bytes.len() as u64,
            checksum: crc32fast::hash(&self.bytes),
            footer_offset: self.footer_offset,
            footer_checksum: crc32fast::hash(&self.bytes[footer_offset..]),
        }
    }
}

/// The calendar month (UTC) of an instant, counted from year 0.
pub(crate) fn month_of(timestamp_us: i64) -> i64 {
    let instant = DateTime::from_timestamp_micros(timestamp_us).unwrap_or(DateTime::UNIX_EPOCH);
    i64::from(instant.year()) * 12 + i64::from(instant.month0())
}

/// Encodes `rows` (at least one) of `memtable`. `distinct_ids` has the distinct id of every row of the memtable.
pub(crate) fn encode(
    memtable: &Memtable,
    distinct_ids: &CopiedColumn,
    rows: &[u32],
) -> Result<EncodedSegment, StoreError> {
    let sorted = SortedRows::sort(memtable, rows);
    let prepared = columns::prepare(memtable, distinct_ids, &sorted);
    let (bytes, footer_offset) = write(&prepared, &sorted).map_err(StoreError::Encode)?;
    let timestamps = rows.iter().map(|&row| memtable.timestamps[row as usize]);
    Ok(EncodedSegment {
        bytes,
        n_rows: rows.len() as u64,
        min_us: timestamps.clone().min().expect("a segment has at least one row"),
        max_us: timestamps.max().expect("a segment has at least one row"),
        footer_offset,
    })
}

fn write(prepared: &[Prepared], sorted: &SortedRows) -> Result<(Vec<u8>, u64), ParquetError> {
    let fields = prepared.iter().map(|column| column.field().map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Type::group_type_builder("event").with_fields(fields).build()?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties(prepared)?))?;
    let mut row_group = writer.next_row_group()?;
    let mut rest_keys = BTreeSet::new();
    for column in prepared {
        let mut column_writer = row_group.next_column()?.expect("the schema has a column for each that is prepared");
        column.write(&mut column_writer)?;
        column_writer.close()?;
        rest_keys.extend(column.rest_keys().iter().cloned());
    }
    row_group.close()?;
    writer.flush()?;
    let written = writer.inner();
    let footer_offset = written.len() as u64;
    let ranges = writer.flushed_row_groups()[0].columns().iter().map(|column| {
        let (start, length) = column.byte_range();
        let start = usize::try_from(start).expect("the range lies in a file in memory");
        start..start + usize::try_from(length).expect("the range lies in a file in memory")
    });
    let details = Details {
        version: DETAILS_VERSION,
        runs: sorted.runs.clone(),
        rest_keys,
        checksums: ranges.map(|range| crc32fast::hash(&written[range])).collect(),
    };
    let details = serde_json::to_string(&details).expect("the details have text keys only");
    writer.append_key_value_metadata(KeyValue::new(DETAILS_KEY.to_owned(), details));
    Ok((writer.into_inner()?, footer_offset))
}

fn properties(prepared: &[Prepared]) -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_created_by("hindsight".to_owned())
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(None)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_dictionary_page_size_limit(usize::MAX);
    for column in prepared {
        let path = ColumnPath::from(vec![column.name().to_owned()]);
        properties = match column.encoding() {
            None => properties.set_column_dictionary_enabled(path, true),
            Some(encoding) => {
                properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding)
            }
        };
    }
    Ok(properties.build())
}

/// More is hardly smaller and much slower.
const ZSTD_LEVEL: i32 = 3;
/// Bytes of a page before compression: large ones compress better, and a page is the least that a reader decodes.
const PAGE_BYTES: usize = 1 << 20;
const PAGE_ROWS: usize = 1 << 20;

/// How numbers in sorted order are written.
const SORTED: Encoding = Encoding::DELTA_BINARY_PACKED;
