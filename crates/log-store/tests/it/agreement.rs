//! The store answers as the one in memory does, whatever was flushed, merged and opened anew in between.

use insights_core::ids::ProjectId;
use log_store::{EmbeddedLogStore, LogStoreConfig};
use logs::filter::LogFilter;
use logs::memory::MemoryLogStore;
use logs::query::{AttributesQuery, RecordQuery, SparklineQuery, ValuesQuery};
use logs::record::LogRecord;
use logs::store::{LogStore, Retention};
use proptest::collection::vec;
use proptest::prelude::*;
use query_engine::control::QueryControl;
use query_engine::logs::{LogRequest, LogSource, LogValues};
use test_support::logs::{
    END_US, FIRST_US, attributes_queries, filters, log_requests, record_queries, records, sparkline_queries,
    values_queries,
};

const PROJECT: ProjectId = ProjectId(3);
const OTHER_PROJECT: ProjectId = ProjectId(4);

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<LogRecord>),
    AppendElsewhere(Vec<LogRecord>),
    Flush,
    Settle,
    Reopen,
    Retain { minutes: u64 },
    Records(RecordQuery),
    Sparkline(SparklineQuery),
    Attributes(AttributesQuery),
    Values(ValuesQuery),
    Arrived(u64, LogFilter, usize),
    Lend(LogRequest),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = prop_oneof![
        6 => records(24).prop_map(Step::Append),
        1 => records(4).prop_map(Step::AppendElsewhere),
        3 => Just(Step::Flush),
        2 => Just(Step::Settle),
        1 => Just(Step::Reopen),
        1 => (0..200_u64).prop_map(|minutes| Step::Retain { minutes }),
    ];
    let question = prop_oneof![
        3 => record_queries().prop_map(Step::Records),
        2 => sparkline_queries().prop_map(Step::Sparkline),
        2 => attributes_queries().prop_map(Step::Attributes),
        2 => values_queries().prop_map(Step::Values),
        1 => (0..60_u64, filters(), 1..20_usize).prop_map(|(after, filter, limit)| Step::Arrived(after, filter, limit)),
        2 => log_requests(PROJECT).prop_map(Step::Lend),
    ];
    vec(prop_oneof![2 => change, 3 => question], 1..40)
}

fn config(folder: &tempfile::TempDir) -> LogStoreConfig {
    LogStoreConfig { block_rows: 5, max_segment_rows: 32, ..LogStoreConfig::new(folder.path()) }
}

async fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let mut store = EmbeddedLogStore::open(config(&folder)).unwrap();
    let memory = MemoryLogStore::default();
    let control = QueryControl::unlimited;
    for step in steps {
        match step {
            Step::Append(records) => {
                store.append(PROJECT, records.clone()).await.unwrap();
                memory.append(PROJECT, records).await.unwrap();
            }
            Step::AppendElsewhere(records) => store.append(OTHER_PROJECT, records).await.unwrap(),
            Step::Flush => store.flush().unwrap(),
            Step::Settle => {
                store.flush().unwrap();
                store.settle().unwrap();
            }
            Step::Reopen => {
                drop(store);
                store = EmbeddedLogStore::open(config(&folder)).unwrap();
            }
            Step::Retain { minutes } => {
                let max_age = Some(std::time::Duration::from_secs(minutes * 60));
                let retention = Retention { max_age, max_bytes: None };
                store.retain(PROJECT, retention, END_US).await.unwrap();
                memory.retain(PROJECT, retention, END_US).await.unwrap();
            }
            Step::Records(query) => {
                let found = store.records(PROJECT, query.clone(), control()).await.unwrap();
                prop_assert_eq!(found, memory.records(PROJECT, query, control()).await.unwrap());
            }
            Step::Sparkline(query) => {
                let found = store.sparkline(PROJECT, query.clone(), control()).await.unwrap();
                prop_assert_eq!(found, memory.sparkline(PROJECT, query, control()).await.unwrap());
            }
            Step::Attributes(query) => {
                let found = store.attributes(PROJECT, query.clone(), control()).await.unwrap();
                prop_assert_eq!(found, memory.attributes(PROJECT, query, control()).await.unwrap());
            }
            Step::Values(query) => {
                let found = store.values(PROJECT, query.clone(), control()).await.unwrap();
                prop_assert_eq!(found, memory.values(PROJECT, query, control()).await.unwrap());
            }
            Step::Arrived(after, filter, limit) => {
                let found = store.arrived_after(PROJECT, after, filter.clone(), limit, control()).await.unwrap();
                prop_assert_eq!(found, memory.arrived_after(PROJECT, after, filter, limit, control()).await.unwrap());
            }
            Step::Lend(request) => prop_assert_eq!(lent(&store, &request), lent(&memory, &request)),
        }
        prop_assert_eq!(store.last_arrival(PROJECT), memory.last_arrival(PROJECT));
    }
    Ok(())
}

/// What a store lends, row by row, in an order of its own.
fn lent(store: &dyn LogSource, request: &LogRequest) -> Vec<Vec<String>> {
    let lent = store.lend(std::slice::from_ref(request), &QueryControl::unlimited()).unwrap().remove(0);
    let columns: Vec<usize> = (0..request.columns.len()).collect();
    let mut rows = Vec::new();
    for number in 0..lent.n_blocks() {
        let block = lent.block(number, &columns, &QueryControl::unlimited()).unwrap();
        let columns: Vec<Vec<String>> = block.columns.iter().map(texts).collect();
        assert!(columns.iter().all(|column| column.len() == block.n_rows));
        rows.extend((0..block.n_rows).map(|row| columns.iter().map(|column| column[row].clone()).collect()));
        // one column alone has the same rows
        let alone = lent.block(number, &columns_alone(number, request), &QueryControl::unlimited()).unwrap();
        assert_eq!(alone.n_rows, block.n_rows);
    }
    rows.sort();
    rows
}

fn columns_alone(number: usize, request: &LogRequest) -> [usize; 1] {
    [number % request.columns.len()]
}

fn texts(values: &LogValues) -> Vec<String> {
    let shown = |text: Option<&str>| text.map_or_else(|| "none".to_owned(), |text| format!("{text:?}"));
    match values {
        LogValues::Instants(numbers) | LogValues::Numbers(numbers) => numbers.iter().map(i64::to_string).collect(),
        LogValues::Texts(texts) => texts.iter().map(shown).collect(),
        LogValues::Coded(texts, codes) => {
            let texts: Vec<String> = texts.iter().map(shown).collect();
            codes.iter().map(|code| texts[usize::try_from(*code).unwrap()].clone()).collect()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases((test_support::cases::n_property_cases() / 8).max(1)))]
    #[test]
    fn it_answers_as_the_store_in_memory_does(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(steps))?;
    }
}

#[tokio::test]
async fn every_record_comes_once_page_by_page_while_others_come_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedLogStore::open(config(&folder)).unwrap();
    let record = |number: i64| LogRecord {
        timestamp_us: FIRST_US + number % 7 * 1_000_000,
        observed_us: FIRST_US,
        severity: logs::record::Severity::from_number(9).unwrap(),
        body: number.to_string(),
        attributes: logs::record::Attributes::default(),
        resource: std::sync::Arc::default(),
        scope: "".into(),
        event_name: "".into(),
        trace_id: 0,
        span_id: 0,
        flags: 0,
    };
    store.append(PROJECT, (0..200).map(record).collect()).await.unwrap();
    let filter = LogFilter {
        range: i64::MIN..i64::MAX,
        levels: logs::filter::LevelSet::ALL,
        services: Vec::new(),
        search: String::new(),
        group: logs::filter::Condition::always(),
    };
    let mut seen = Vec::new();
    let mut after = None;
    for round in 0_i64.. {
        let query = RecordQuery { filter: filter.clone(), order: logs::query::Order::Latest, limit: 9, after };
        let page = store.records(PROJECT, query, QueryControl::unlimited()).await.unwrap();
        after = page.records.last().map(logs::record::StoredLog::position);
        seen.extend(page.records.iter().filter(|log| log.arrival <= 200).map(|log| log.arrival));
        if !page.has_more {
            break;
        }
        store.append(PROJECT, vec![record(1_000 + round)]).await.unwrap();
        match round % 5 {
            0 => store.flush().unwrap(),
            3 => store.settle().unwrap(),
            _ => {}
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=200).collect::<Vec<u64>>());
}
