//! A block of a segment -> records.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{Array, DictionaryArray, FixedSizeBinaryArray, RecordBatch};
use logs::record::{Attributes, LogRecord, Severity, StoredLog};
use serde_json::Value;

use super::columns::{ColumnSet, TextColumn, attribute_column, fixed, parse_attributes};
use super::file::OpenSegment;
use crate::error::StoreError;

impl OpenSegment {
    /// The records of a block.
    pub(crate) fn logs(&self, block: usize) -> Result<Vec<StoredLog>, StoreError> {
        let rows: Vec<usize> = (0..self.details.index.blocks[block].n_rows).collect();
        self.logs_of_rows(block, &rows)
    }

    /// The records of some rows of a block, counted from its first.
    pub(crate) fn logs_of_rows(&self, block: usize, rows: &[usize]) -> Result<Vec<StoredLog>, StoreError> {
        let batch = self.read(block, &ColumnSet::all())?;
        let decoder = Decoder::new(self, &batch)?;
        rows.iter().map(|&row| decoder.log(row)).collect()
    }

    /// Instants and arrivals of a batch that has both columns.
    pub(crate) fn positions<'a>(&self, batch: &'a RecordBatch) -> Result<(&'a [i64], &'a [u64]), StoreError> {
        let timestamps = batch
            .column_by_name(fixed::TIMESTAMP)
            .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
            .ok_or_else(|| self.malformed(fixed::TIMESTAMP))?;
        let arrivals = batch
            .column_by_name(fixed::ARRIVAL)
            .and_then(|column| column.as_primitive_opt::<UInt64Type>())
            .ok_or_else(|| self.malformed(fixed::ARRIVAL))?;
        Ok((timestamps.values(), arrivals.values()))
    }

    /// A column as texts.
    pub(crate) fn text_column(&self, batch: &RecordBatch, name: &str) -> Result<TextColumn, StoreError> {
        TextColumn::of(batch, name).ok_or_else(|| self.malformed(name))
    }
}

/// A column of few texts, each of which is made only once.
struct SharedTexts<T> {
    keys: Option<DictionaryArray<Int32Type>>,
    texts: TextColumn,
    made: Vec<Option<T>>,
}

impl<T: Clone> SharedTexts<T> {
    fn new(texts: TextColumn, make: impl Fn(&str) -> Option<T>) -> Self {
        match &texts {
            TextColumn::Dictionary(keys, values) => {
                let made = (0..values.len()).map(|index| make(values.value(index))).collect();
                Self { keys: Some(keys.clone()), made, texts }
            }
            _ => Self { keys: None, made: Vec::new(), texts },
        }
    }

    fn get(&self, row: usize, make: impl Fn(&str) -> Option<T>) -> Option<T> {
        match &self.keys {
            Some(keys) => self.made.get(TextColumn::code(keys, row)?)?.clone(),
            None => make(&self.texts.text(row)?),
        }
    }
}

fn attributes_of(text: &str) -> Option<Arc<Attributes>> {
    parse_attributes(text).map(|pairs| Arc::new(Attributes::new(pairs)))
}

fn text_of(text: &str) -> Option<Arc<str>> {
    Some(text.into())
}

struct Decoder<'a> {
    segment: &'a OpenSegment,
    timestamps: &'a [i64],
    arrivals: &'a [u64],
    delays: &'a [i64],
    severities: &'a [u8],
    bodies: TextColumn,
    resources: SharedTexts<Arc<Attributes>>,
    scopes: SharedTexts<Arc<str>>,
    event_names: SharedTexts<Arc<str>>,
    trace_ids: &'a FixedSizeBinaryArray,
    span_ids: &'a FixedSizeBinaryArray,
    flags: &'a arrow_array::UInt32Array,
    attributes: Vec<(&'a Arc<str>, TextColumn)>,
    rest: TextColumn,
}

impl<'a> Decoder<'a> {
    fn new(segment: &'a OpenSegment, batch: &'a RecordBatch) -> Result<Self, StoreError> {
        let (timestamps, arrivals) = segment.positions(batch)?;
        let malformed = |name: &str| segment.malformed(name);
        let column = |name: &str| batch.column_by_name(name);
        let delays = column(fixed::OBSERVED_DELAY).and_then(|column| column.as_primitive_opt::<Int64Type>());
        let severities = column(fixed::SEVERITY).and_then(|column| column.as_primitive_opt::<UInt8Type>());
        let flags = column(fixed::FLAGS).and_then(|column| column.as_primitive_opt::<UInt32Type>());
        let ids = |name: &str, size: i32| {
            let ids = column(name).and_then(|column| column.as_fixed_size_binary_opt());
            ids.filter(|ids| ids.value_length() == size).ok_or_else(|| malformed(name))
        };
        let attributes = segment
            .details
            .index
            .columns
            .iter()
            .map(|column| Ok((&column.key, segment.text_column(batch, &attribute_column(&column.key))?)));
        Ok(Self {
            segment,
            timestamps,
            arrivals,
            delays: delays.ok_or_else(|| malformed(fixed::OBSERVED_DELAY))?.values(),
            severities: severities.ok_or_else(|| malformed(fixed::SEVERITY))?.values(),
            bodies: segment.text_column(batch, fixed::BODY)?,
            resources: SharedTexts::new(segment.text_column(batch, fixed::RESOURCE)?, attributes_of),
            scopes: SharedTexts::new(segment.text_column(batch, fixed::SCOPE)?, text_of),
            event_names: SharedTexts::new(segment.text_column(batch, fixed::EVENT_NAME)?, text_of),
            trace_ids: ids(fixed::TRACE_ID, 16)?,
            span_ids: ids(fixed::SPAN_ID, 8)?,
            flags: flags.ok_or_else(|| malformed(fixed::FLAGS))?,
            attributes: attributes.collect::<Result<_, StoreError>>()?,
            rest: segment.text_column(batch, fixed::REST)?,
        })
    }

    fn log(&self, row: usize) -> Result<StoredLog, StoreError> {
        let malformed = |name| self.segment.malformed(name);
        let timestamp_us = self.timestamps[row];
        let severity = Severity::from_number(self.severities[row]).ok_or_else(|| malformed(fixed::SEVERITY))?;
        let trace_id =
            self.trace_ids.is_valid(row).then(|| self.trace_ids.value(row).try_into().map(u128::from_be_bytes));
        let span_id = self.span_ids.is_valid(row).then(|| self.span_ids.value(row).try_into().map(u64::from_be_bytes));
        let body = self.bodies.text(row).ok_or_else(|| malformed(fixed::BODY))?;
        let resource = self.resources.get(row, attributes_of).ok_or_else(|| malformed(fixed::RESOURCE))?;
        let scope = self.scopes.get(row, text_of).ok_or_else(|| malformed(fixed::SCOPE))?;
        let event_name = self.event_names.get(row, text_of).ok_or_else(|| malformed(fixed::EVENT_NAME))?;
        let record = LogRecord {
            timestamp_us,
            observed_us: timestamp_us.wrapping_add(self.delays[row]),
            severity,
            body: body.into_owned(),
            attributes: self.attributes(row)?,
            resource,
            scope,
            event_name,
            trace_id: trace_id.transpose().map_err(|_| malformed(fixed::TRACE_ID))?.unwrap_or_default(),
            span_id: span_id.transpose().map_err(|_| malformed(fixed::SPAN_ID))?.unwrap_or_default(),
            flags: if self.flags.is_valid(row) { self.flags.value(row) } else { 0 },
        };
        Ok(StoredLog { arrival: self.arrivals[row], record })
    }

    fn attributes(&self, row: usize) -> Result<Attributes, StoreError> {
        let own = self.attributes.iter().filter_map(|(key, column)| Some((Arc::clone(key), column.value(row)?)));
        let mut pairs: Vec<(Arc<str>, Value)> = own.collect();
        if let Some(rest) = self.rest.text(row) {
            pairs.extend(parse_attributes(&rest).ok_or_else(|| self.segment.malformed(fixed::REST))?);
        }
        Ok(Attributes::new(pairs))
    }
}
