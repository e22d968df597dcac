//! The logs of one project, and plain loops over them.

use std::collections::BTreeMap;

use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use serde_json::Value;

use crate::buckets;
use crate::filter::LogFilter;
use crate::query::{
    AttributeKey, AttributeOwner, AttributePage, AttributesQuery, Order, RecordQuery, Series, SparklineCount,
    SparklineQuery, SparklineSplit, TypeCounts, ValueCount, ValuesQuery,
};
use crate::record::{Attributes, LogRecord, StoredLog};
use crate::store::{RecordPage, Retention};

/// How many records are looked at between two looks at the control.
const RECORDS_A_CHECK: usize = 4_096;

/// Records in order of arrival.
#[derive(Debug, Default)]
pub(super) struct ProjectLogs {
    logs: Vec<StoredLog>,
    last_arrival: u64,
    /// Records that happened before are gone; none where nothing was taken away for its age.
    oldest_us: Option<i64>,
}

impl ProjectLogs {
    pub(super) fn append(&mut self, records: Vec<LogRecord>) {
        for record in records {
            self.last_arrival += 1;
            if self.oldest_us.is_some_and(|oldest_us| record.timestamp_us < oldest_us) {
                continue;
            }
            self.logs.push(StoredLog { arrival: self.last_arrival, record });
        }
    }

    pub(super) fn last_arrival(&self) -> u64 {
        self.last_arrival
    }

    /// The records that a filter lets through, in order of arrival.
    fn matching<'a>(&'a self, filter: &LogFilter, control: &QueryControl) -> Result<Vec<&'a StoredLog>, QueryError> {
        control.add_rows_total(self.logs.len() as u64);
        let mut found = Vec::new();
        for chunk in self.logs.chunks(RECORDS_A_CHECK) {
            control.check()?;
            control.add_read(chunk.len() as u64, chunk.iter().map(|log| log.record.body.len() as u64).sum());
            found.extend(chunk.iter().filter(|log| filter.matches(log)));
        }
        Ok(found)
    }

    /// Copies of the matching records, by time.
    pub(super) fn lent(&self, filter: &LogFilter, control: &QueryControl) -> Result<Vec<StoredLog>, QueryError> {
        let mut found: Vec<_> = self.matching(filter, control)?.into_iter().cloned().collect();
        found.sort_by_key(StoredLog::position);
        Ok(found)
    }

    pub(super) fn records(&self, query: &RecordQuery, control: &QueryControl) -> Result<RecordPage, QueryError> {
        let mut found = self.matching(&query.filter, control)?;
        found.sort_by_key(|log| log.position());
        if query.order == Order::Latest {
            found.reverse();
        }
        if let Some(after) = query.after {
            found.retain(|log| match query.order {
                Order::Latest => log.position() < after,
                Order::Earliest => log.position() > after,
            });
        }
        let has_more = found.len() > query.limit;
        Ok(RecordPage { records: found.into_iter().take(query.limit).cloned().collect(), has_more })
    }

    pub(super) fn sparkline(
        &self,
        query: &SparklineQuery,
        control: &QueryControl,
    ) -> Result<Vec<SparklineCount>, QueryError> {
        let mut counts: BTreeMap<(i64, Series), u64> = BTreeMap::new();
        for log in self.matching(&query.filter, control)? {
            let series = match query.split {
                SparklineSplit::Severity => Series::Level(log.record.severity.level()),
                SparklineSplit::Service => Series::Service(log.record.service().to_owned()),
            };
            let bucket_start_us = buckets::start_us(log.record.timestamp_us, query.bucket_us);
            *counts.entry((bucket_start_us, series)).or_default() += 1;
        }
        let count = |((bucket_start_us, series), count)| SparklineCount { bucket_start_us, series, count };
        Ok(counts.into_iter().map(count).collect())
    }

    pub(super) fn attributes(
        &self,
        query: &AttributesQuery,
        control: &QueryControl,
    ) -> Result<AttributePage, QueryError> {
        let mut keys: BTreeMap<&str, AttributeKey> = BTreeMap::new();
        for log in self.matching(&query.filter, control)? {
            let attributes: &Attributes = match query.owner {
                AttributeOwner::Record => &log.record.attributes,
                AttributeOwner::Resource => &log.record.resource,
            };
            let set = attributes.iter().filter(|(_, value)| !value.is_null());
            for (name, value) in set.filter(|(name, _)| name.to_lowercase().contains(&query.search)) {
                let new = || AttributeKey { name: name.as_ref().to_owned(), count: 0, types: TypeCounts::default() };
                let key = keys.entry(name.as_ref()).or_insert_with(new);
                key.count += 1;
                key.types.add(value);
            }
        }
        let total = keys.len();
        let mut keys: Vec<_> = keys.into_values().collect();
        // Stable, so that keys of the same count stay in order of their names.
        keys.sort_by_key(|key| std::cmp::Reverse(key.count));
        Ok(AttributePage { keys: keys.into_iter().skip(query.offset).take(query.limit).collect(), total })
    }

    pub(super) fn values(&self, query: &ValuesQuery, control: &QueryControl) -> Result<Vec<ValueCount>, QueryError> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for log in self.matching(&query.filter, control)? {
            let text = query.field.text(log).filter(|text| text.to_lowercase().contains(&query.search));
            if let Some(text) = text {
                *counts.entry(text.into_owned()).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(value, count)| ValueCount { value, count }).collect();
        // Stable, so that values of the same count stay in order of their texts.
        counts.sort_by_key(|value| std::cmp::Reverse(value.count));
        counts.truncate(query.limit);
        Ok(counts)
    }

    pub(super) fn arrived_after(
        &self,
        after: u64,
        filter: &LogFilter,
        limit: usize,
        control: &QueryControl,
    ) -> Result<(Vec<StoredLog>, u64), QueryError> {
        control.check()?;
        let first = self.logs.partition_point(|log| log.arrival <= after);
        let matching = self.logs[first..].iter().filter(|log| filter.matches(log));
        let found: Vec<StoredLog> = matching.take(limit).cloned().collect();
        let is_full = found.len() == limit;
        let looked_at = found.last().filter(|_| is_full).map_or(self.last_arrival, |log| log.arrival);
        Ok((found, looked_at.max(after)))
    }

    pub(super) fn retain(&mut self, retention: Retention, now_us: i64) -> u64 {
        if self.last_arrival == 0 {
            return 0;
        }
        let n_before = self.logs.len();
        if let Some(max_age) = retention.max_age {
            let oldest_us = now_us.saturating_sub(i64::try_from(max_age.as_micros()).unwrap_or(i64::MAX));
            let oldest_us = self.oldest_us.map_or(oldest_us, |before| before.max(oldest_us));
            self.oldest_us = Some(oldest_us);
            self.logs.retain(|log| log.record.timestamp_us >= oldest_us);
        }
        if let Some(max_bytes) = retention.max_bytes {
            let mut oldest_first: Vec<_> =
                self.logs.iter().map(|log| (log.position(), size_bytes(&log.record))).collect();
            oldest_first.sort_unstable();
            let mut bytes: u64 = oldest_first.iter().map(|(_, size)| size).sum();
            let mut kept_from = None;
            for (position, size) in oldest_first {
                if bytes <= max_bytes {
                    kept_from = Some(position);
                    break;
                }
                bytes -= size;
            }
            self.logs.retain(|log| kept_from.is_some_and(|first| log.position() >= first));
        }
        (n_before - self.logs.len()) as u64
    }
}

/// What a record takes, about: its texts.
fn size_bytes(record: &LogRecord) -> u64 {
    let of_attributes = |attributes: &Attributes| -> usize {
        attributes.iter().map(|(key, value)| key.len() + insights_core::json::size_bytes(value)).sum()
    };
    (record.body.len() + of_attributes(&record.attributes) + of_attributes(&record.resource)) as u64
}

impl TypeCounts {
    /// Counts a value, unless it is null.
    fn add(&mut self, value: &Value) {
        *match value {
            Value::Null => return,
            Value::String(_) => &mut self.string,
            Value::Number(_) => &mut self.number,
            Value::Bool(_) => &mut self.boolean,
            Value::Array(_) => &mut self.array,
            Value::Object(_) => &mut self.object,
        } += 1;
    }
}
