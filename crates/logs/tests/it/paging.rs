use futures::executor::block_on;
use insights_core::ids::ProjectId;
use logs::filter::LogFilter;
use logs::memory::MemoryLogStore;
use logs::query::{Order, RecordQuery, SparklineQuery, SparklineSplit};
use logs::record::LogRecord;
use logs::service::RecordPages;
use logs::store::LogStore;
use proptest::prelude::*;
use query_engine::control::QueryControl;
use test_support::cases::n_property_cases;
use test_support::logs::{filters, orders, records};

const PROJECT: ProjectId = ProjectId(1);

fn store_of(records: Vec<LogRecord>) -> MemoryLogStore {
    let store = MemoryLogStore::default();
    block_on(store.append(PROJECT, records)).unwrap();
    store
}

/// Arrivals of all records, page by page, while others come in between the pages.
fn paged(store: &MemoryLogStore, query: &RecordQuery, later: &[LogRecord]) -> Vec<u64> {
    let mut arrivals = Vec::new();
    let mut query = query.clone();
    loop {
        let page = block_on(store.records(PROJECT, query.clone(), QueryControl::unlimited())).unwrap();
        assert!(page.records.len() == query.limit || !page.has_more, "a page is full unless it is the last one");
        query.after = page.records.last().map(logs::record::StoredLog::position).or(query.after);
        arrivals.extend(page.records.iter().map(|log| log.arrival));
        if !page.has_more {
            return arrivals;
        }
        if store.last_arrival(PROJECT) < 200 {
            block_on(store.append(PROJECT, later.to_vec())).unwrap();
        }
    }
}

fn matching(records: &[LogRecord], filter: &LogFilter, order: Order) -> Vec<u64> {
    let mut found: Vec<_> = records
        .iter()
        .zip(1..)
        .map(|(record, arrival)| logs::record::StoredLog { arrival, record: record.clone() })
        .filter(|log| filter.matches(log))
        .collect();
    found.sort_by_key(logs::record::StoredLog::position);
    if order == Order::Latest {
        found.reverse();
    }
    found.iter().map(|log| log.arrival).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn pages_of_any_size_give_each_record_once_in_order(
        records in records(40), later in records(3), filter in filters(), order in orders(), limit in 1_usize..12,
    ) {
        let expected = matching(&records, &filter, order);
        let n_first = records.len() as u64;
        let store = store_of(records);
        let query = RecordQuery { filter, order, limit, after: None };
        let quiet = paged(&store, &query, &[]);
        prop_assert_eq!(&quiet, &expected);

        // Those that were there at the start come once and in the same order, whatever comes in meanwhile.
        let busy = paged(&store, &query, &later);
        let first: Vec<u64> = busy.iter().copied().filter(|arrival| *arrival <= n_first).collect();
        prop_assert_eq!(&first, &expected);
        let mut each_once = busy.clone();
        each_once.sort_unstable();
        each_once.dedup();
        prop_assert_eq!(each_once.len(), busy.len());
    }

    #[test]
    fn a_sparkline_counts_what_matches(records in records(40), filter in filters(), by_service in any::<bool>(), minutes in 1_i64..2_000) {
        let n_expected = matching(&records, &filter, Order::Earliest).len() as u64;
        let split = if by_service { SparklineSplit::Service } else { SparklineSplit::Severity };
        let bucket_us = minutes * 60_000_000;
        let query = SparklineQuery { filter: filter.clone(), bucket_us, split };
        let counts = block_on(store_of(records).sparkline(PROJECT, query, QueryControl::unlimited())).unwrap();
        prop_assert_eq!(counts.iter().map(|count| count.count).sum::<u64>(), n_expected);
        prop_assert!(counts.is_sorted());
        for count in &counts {
            prop_assert_eq!(count.bucket_start_us.rem_euclid(bucket_us), 0);
            prop_assert!(count.bucket_start_us + bucket_us > filter.range.start && count.bucket_start_us < filter.range.end);
        }
    }

    #[test]
    fn pages_of_a_file_end_at_its_limit(records in records(20), filter in filters(), order in orders(), limit in 0_usize..30) {
        let expected: Vec<u64> = matching(&records, &filter, order).into_iter().take(limit).collect();
        let store = store_of(records);
        let mut pages = RecordPages::new(PROJECT, RecordQuery { filter, order, limit, after: None });
        let mut arrivals = Vec::new();
        loop {
            let page = block_on(pages.next(&store, QueryControl::unlimited())).unwrap();
            if page.is_empty() {
                break;
            }
            arrivals.extend(page.iter().map(|log| log.arrival));
        }
        prop_assert_eq!(arrivals, expected);
    }
}
