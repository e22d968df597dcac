//! What takes several questions.

use std::collections::{BTreeMap, HashSet};

use insights_core::ids::ProjectId;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;

use crate::buckets;
use crate::query::{Order, RecordQuery, Series, SparklineCount, SparklineQuery};
use crate::record::StoredLog;
use crate::request::{MAX_PAGE_RECORDS, SparklineRequest};
use crate::store::LogStore;

/// Most rows of a sparkline.
pub const MAX_SPARKLINE_ROWS: usize = 1_000;

/// What a sparkline calls the services that have no rows of their own.
pub const OTHER_SERVICES: &str = "$$_posthog_breakdown_other_$$";

/// The rows of a sparkline. A range that begins with the first record is cut to where that is, so that buckets are no longer than they have to
/// be. Where services would take more than [`MAX_SPARKLINE_ROWS`], those of the fewest records are counted together, as [`OTHER_SERVICES`].
///
/// # Errors
/// [`QueryError`] where the control's bounds do not suffice, or data cannot be read.
pub async fn sparkline(
    store: &dyn LogStore,
    project: ProjectId,
    request: SparklineRequest,
    control: QueryControl,
) -> Result<Vec<SparklineCount>, QueryError> {
    let SparklineRequest { mut query, begins_with_first } = request;
    if begins_with_first {
        let first = RecordQuery { filter: query.filter.clone(), order: Order::Earliest, limit: 1, after: None };
        let page = store.records(project, first, control.clone()).await?;
        let Some(first) = page.records.first() else { return Ok(Vec::new()) };
        query.filter.range.start = first.record.timestamp_us;
        query = SparklineQuery { bucket_us: buckets::length_us(&query.filter.range), ..query };
    }
    Ok(with_fewer_services(store.sparkline(project, query, control).await?, MAX_SPARKLINE_ROWS))
}

/// The counts in at most `max_rows` rows, as far as services can be counted together.
fn with_fewer_services(counts: Vec<SparklineCount>, max_rows: usize) -> Vec<SparklineCount> {
    if counts.len() <= max_rows {
        return counts;
    }
    let mut services: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for count in &counts {
        let Series::Service(name) = &count.series else { continue };
        let (records, rows) = services.entry(name).or_default();
        *records += count.count;
        *rows += 1;
    }
    let mut by_size: Vec<_> = services.into_iter().collect();
    // Stable, so that services of as many records stay in order of their names.
    by_size.sort_by_key(|(_, (records, _))| std::cmp::Reverse(*records));
    let n_buckets = counts.iter().map(|count| count.bucket_start_us).collect::<HashSet<_>>().len();
    let mut left = max_rows.saturating_sub(n_buckets);
    let fits = |(_, (_, rows)): &(&str, (u64, usize))| {
        let fits = *rows <= left;
        left = left.saturating_sub(*rows);
        fits
    };
    let kept: HashSet<String> = by_size.into_iter().take_while(fits).map(|(name, _)| name.to_owned()).collect();
    let mut joined: BTreeMap<(i64, Series), u64> = BTreeMap::new();
    for SparklineCount { bucket_start_us, series, count } in counts {
        let series = match series {
            Series::Service(name) if !kept.contains(&name) => Series::Service(OTHER_SERVICES.to_owned()),
            series => series,
        };
        *joined.entry((bucket_start_us, series)).or_default() += count;
    }
    let count = |((bucket_start_us, series), count)| SparklineCount { bucket_start_us, series, count };
    joined.into_iter().map(count).collect()
}

/// The records of a query page by page, for files and whatever else is too much for one answer.
#[derive(Debug)]
pub struct RecordPages {
    project: ProjectId,
    query: RecordQuery,
    /// Records that may still come; none after the last page.
    left: usize,
}

impl RecordPages {
    /// The records of `query`, whose limit counts those of all pages.
    pub fn new(project: ProjectId, query: RecordQuery) -> Self {
        Self { project, left: query.limit, query }
    }

    /// The next page, of at most [`MAX_PAGE_RECORDS`]; empty after the last one.
    ///
    /// # Errors
    /// As of [`LogStore::records`]; the same page may be asked for again.
    pub async fn next(&mut self, store: &dyn LogStore, control: QueryControl) -> Result<Vec<StoredLog>, QueryError> {
        if self.left == 0 {
            return Ok(Vec::new());
        }
        let query = RecordQuery { limit: self.left.min(MAX_PAGE_RECORDS), ..self.query.clone() };
        let page = store.records(self.project, query, control).await?;
        self.left = if page.has_more { self.left - page.records.len() } else { 0 };
        self.query.after = page.records.last().map(StoredLog::position).or(self.query.after);
        Ok(page.records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Level;

    fn count(bucket_start_us: i64, service: &str, count: u64) -> SparklineCount {
        SparklineCount { bucket_start_us, series: Series::Service(service.to_owned()), count }
    }

    #[test]
    fn the_smallest_services_are_counted_together() {
        let counts = vec![count(0, "a", 1), count(0, "b", 5), count(0, "c", 2), count(60, "a", 1), count(60, "b", 1)];
        assert_eq!(with_fewer_services(counts.clone(), 5), counts);
        let expected =
            vec![count(0, OTHER_SERVICES, 3), count(0, "b", 5), count(60, OTHER_SERVICES, 1), count(60, "b", 1)];
        assert_eq!(with_fewer_services(counts.clone(), 4), expected);
        assert_eq!(with_fewer_services(counts, 3), vec![count(0, OTHER_SERVICES, 8), count(60, OTHER_SERVICES, 2)]);
    }

    #[test]
    fn levels_stay_apart() {
        let counts: Vec<_> = Level::ALL
            .into_iter()
            .map(|level| SparklineCount { bucket_start_us: 0, series: Series::Level(level), count: 1 })
            .collect();
        assert_eq!(with_fewer_services(counts.clone(), 3), counts);
    }
}
