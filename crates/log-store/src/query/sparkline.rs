//! How many records there are over time.

use std::collections::BTreeMap;

use logs::query::{Series, SparklineCount, SparklineQuery, SparklineSplit};
use logs::record::{Level, Severity};
use query_engine::control::{HeldMemory, QueryControl};
use query_engine::error::QueryError;
use rustc_hash::FxHashMap;

use super::View;
use super::plan::{PlannedBlock, ReadPlan};
use super::predicate::{Predicate, Services, severities, timestamps};
use super::workers;
use crate::segment::{ColumnSet, fixed};

const MICROS_A_MINUTE: i64 = 60_000_000;

/// Counts by start of the bucket and series. A level is its index; services have numbers of their own.
#[derive(Debug, Default)]
struct Counts {
    levels: FxHashMap<(i64, Level), u64>,
    services: FxHashMap<String, FxHashMap<i64, u64>>,
}

impl Counts {
    fn add_level(&mut self, bucket: i64, level: Level, n: u64) {
        *self.levels.entry((bucket, level)).or_default() += n;
    }

    fn add_service(&mut self, bucket: i64, service: &str, n: u64) {
        match self.services.get_mut(service) {
            Some(buckets) => *buckets.entry(bucket).or_default() += n,
            None => {
                self.services.entry(service.to_owned()).or_default().insert(bucket, n);
            }
        }
    }
}

impl View {
    /// How many records there are over time.
    pub(crate) fn sparkline(
        &self,
        query: &SparklineQuery,
        control: &QueryControl,
    ) -> Result<Vec<SparklineCount>, QueryError> {
        let filter = self.bounded(&query.filter);
        let bucket_us = query.bucket_us.max(1);
        let bucket = |timestamp_us: i64| timestamp_us.div_euclid(bucket_us) * bucket_us;
        let mut counts = Counts::default();
        self.in_memory(&filter, control, |log| {
            let start = bucket(log.record.timestamp_us);
            match query.split {
                SparklineSplit::Severity => counts.add_level(start, log.record.severity.level(), 1),
                SparklineSplit::Service => counts.add_service(start, log.record.service(), 1),
            }
            Ok(())
        })?;
        let mut plan = self.plan(&filter, control)?;
        let predicate = Predicate::new(filter);
        // whole minutes are counted already, where buckets are made of them
        let counted = (predicate.is_countable() && bucket_us % MICROS_A_MINUTE == 0).then(|| whole_minutes(&predicate));
        if let Some(minutes) = &counted {
            add_counted(&plan, &predicate, minutes, query.split, bucket, &mut counts);
            plan.blocks.retain(|block| !is_within(block, minutes));
        }
        let mut columns = ColumnSet::none();
        columns.add(fixed::TIMESTAMP);
        columns.add(match query.split {
            SparklineSplit::Severity => fixed::SEVERITY,
            SparklineSplit::Service => fixed::RESOURCE,
        });
        let parts = workers::each(&plan.blocks, control, Counts::default, |counts, block| {
            if !plan.may_match(block)? {
                return Ok(());
            }
            let open = &plan.segments[block.segment].open;
            let Some((batch, mut mask)) = predicate.rows(open, block.block, &columns)? else { return Ok(()) };
            control.add_read(mask.len() as u64, batch.get_array_memory_size() as u64);
            let timestamps = timestamps(open, &batch)?;
            if let Some(minutes) = &counted {
                mask.iter_mut().zip(timestamps).for_each(|(keep, timestamp)| *keep &= !minutes.contains(timestamp));
            }
            let rows = mask.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row);
            match query.split {
                SparklineSplit::Severity => {
                    let severities = severities(open, &batch)?;
                    for row in rows {
                        let severity = Severity::from_number(severities[row]);
                        let severity = severity.ok_or_else(|| open.malformed(fixed::SEVERITY))?;
                        counts.add_level(bucket(timestamps[row]), severity.level(), 1);
                    }
                }
                SparklineSplit::Service => {
                    let services = Services::of(open, &batch)?;
                    rows.for_each(|row| {
                        counts.add_service(bucket(timestamps[row]), &services.names[services.of_rows[row]], 1);
                    });
                }
            }
            Ok(())
        })?;
        sum(counts, parts, control)
    }
}

/// The whole minutes in the filter's range, in microseconds.
fn whole_minutes(predicate: &Predicate) -> std::ops::Range<i64> {
    let range = &predicate.filter().range;
    let up = |us: i64| us.div_euclid(MICROS_A_MINUTE).saturating_add(i64::from(us.rem_euclid(MICROS_A_MINUTE) != 0));
    let start = up(range.start).saturating_mul(MICROS_A_MINUTE);
    let end = range.end.div_euclid(MICROS_A_MINUTE).saturating_mul(MICROS_A_MINUTE);
    start..end.max(start)
}

fn is_within(block: &PlannedBlock, minutes: &std::ops::Range<i64>) -> bool {
    block.min_us >= minutes.start && block.max_us < minutes.end
}

fn add_counted(
    plan: &ReadPlan,
    predicate: &Predicate,
    minutes: &std::ops::Range<i64>,
    split: SparklineSplit,
    bucket: impl Fn(i64) -> i64,
    counts: &mut Counts,
) {
    let filter = predicate.filter();
    for planned in &plan.segments {
        let index = &planned.open.details.index;
        let is_wanted =
            |service: &String| filter.services.is_empty() || filter.services.iter().any(|one| one == service);
        let wanted: Vec<bool> = index.services.iter().map(is_wanted).collect();
        for count in &index.minutes {
            let start = count.minute.saturating_mul(MICROS_A_MINUTE);
            let level = Level::ALL[count.level.min(Level::ALL.len() - 1)];
            if !minutes.contains(&start) || !wanted[count.service] || !filter.levels.contains(level) {
                continue;
            }
            match split {
                SparklineSplit::Severity => counts.add_level(bucket(start), level, count.count),
                SparklineSplit::Service => {
                    counts.add_service(bucket(start), &index.services[count.service], count.count)
                }
            }
        }
    }
}

fn sum(counts: Counts, parts: Vec<Counts>, control: &QueryControl) -> Result<Vec<SparklineCount>, QueryError> {
    let mut all: BTreeMap<(i64, Series), u64> = BTreeMap::new();
    let mut held = HeldMemory::new(control);
    for part in std::iter::once(counts).chain(parts) {
        held.grow::<((i64, Series), u64)>(part.levels.len())?;
        for ((bucket, level), n) in part.levels {
            *all.entry((bucket, Series::Level(level))).or_default() += n;
        }
        for (service, buckets) in part.services {
            held.grow::<((i64, Series), u64)>(buckets.len())?;
            for (bucket, n) in buckets {
                *all.entry((bucket, Series::Service(service.clone()))).or_default() += n;
            }
        }
    }
    let count = |((bucket_start_us, series), count)| SparklineCount { bucket_start_us, series, count };
    Ok(all.into_iter().map(count).collect())
}
