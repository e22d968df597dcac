use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use serde_json::json;

use super::*;
use crate::answer::tests::sample;
use crate::filter::{Condition, Field, LevelSet, Test};
use crate::query::{AttributeOwner, Order};
use crate::request::ALL_TIME;

const PROJECT: ProjectId = ProjectId(1);

fn record(timestamp_us: i64, body: &str) -> LogRecord {
    LogRecord { timestamp_us, body: body.to_owned(), ..sample().record }
}

fn everything() -> LogFilter {
    LogFilter {
        range: ALL_TIME,
        levels: LevelSet::ALL,
        services: Vec::new(),
        search: String::new(),
        group: Condition::always(),
    }
}

fn filled() -> MemoryLogStore {
    let store = MemoryLogStore::default();
    let records = vec![record(30, "c"), record(10, "a"), record(20, "b1"), record(20, "b2")];
    block_on(store.append(PROJECT, records)).unwrap();
    store
}

fn bodies(logs: &[StoredLog]) -> Vec<&str> {
    logs.iter().map(|log| log.record.body.as_str()).collect()
}

fn ask(store: &MemoryLogStore, query: RecordQuery) -> RecordPage {
    block_on(store.records(PROJECT, query, QueryControl::unlimited())).unwrap()
}

#[test]
fn pages_are_by_time_and_then_by_arrival() {
    let store = filled();
    let query = RecordQuery { filter: everything(), order: Order::Latest, limit: 3, after: None };
    let page = ask(&store, query.clone());
    assert_eq!((bodies(&page.records), page.has_more), (vec!["c", "b2", "b1"], true));

    let after = page.records.last().map(StoredLog::position);
    let page = ask(&store, RecordQuery { after, ..query.clone() });
    assert_eq!((bodies(&page.records), page.has_more), (vec!["a"], false));

    let page = ask(&store, RecordQuery { order: Order::Earliest, after, ..query });
    assert_eq!((bodies(&page.records), page.has_more), (vec!["b2", "c"], false));
}

#[test]
fn projects_are_apart() {
    let store = filled();
    let query = RecordQuery { filter: everything(), order: Order::Latest, limit: 3, after: None };
    let page = block_on(store.records(ProjectId(2), query, QueryControl::unlimited())).unwrap();
    assert_eq!(page, RecordPage::default());
    assert_eq!((store.last_arrival(PROJECT), store.last_arrival(ProjectId(2))), (4, 0));
}

#[test]
fn a_cancelled_question_has_no_answer() {
    let control = QueryControl::unlimited();
    control.cancel();
    let query = RecordQuery { filter: everything(), order: Order::Latest, limit: 3, after: None };
    let answer = block_on(filled().records(PROJECT, query, control));
    assert!(matches!(answer, Err(QueryError::Cancelled)));
}

#[test]
fn keys_and_values_come_with_the_most_frequent_first() {
    let store = filled();
    let mut other = record(40, "d");
    other.attributes =
        crate::record::Attributes::new(vec![("http.method".into(), json!("PUT")), ("user".into(), json!(null))]);
    block_on(store.append(PROJECT, vec![other])).unwrap();

    let query = AttributesQuery {
        filter: everything(),
        owner: AttributeOwner::Record,
        search: String::new(),
        limit: 2,
        offset: 0,
    };
    let page = block_on(store.attributes(PROJECT, query.clone(), QueryControl::unlimited())).unwrap();
    let names: Vec<_> = page.keys.iter().map(|key| (key.name.as_str(), key.count)).collect();
    assert_eq!((names, page.total), (vec![("http.method", 5), ("duration_ms", 4)], 3));

    let query = AttributesQuery { search: "tag".to_owned(), ..query };
    let page = block_on(store.attributes(PROJECT, query, QueryControl::unlimited())).unwrap();
    assert_eq!((page.keys[0].types.array, page.total), (4, 1));

    let field = Field::Attribute("http.method".to_owned());
    let query = ValuesQuery { filter: everything(), field, search: "t".to_owned(), limit: 10 };
    let values = block_on(store.values(PROJECT, query, QueryControl::unlimited())).unwrap();
    let values: Vec<_> = values.iter().map(|value| (value.value.as_str(), value.count)).collect();
    assert_eq!(values, [("GET", 4), ("PUT", 1)]);
}

#[test]
fn who_waits_is_told_when_records_come() {
    let store = filled();
    assert_eq!(store.wait_for_more(PROJECT, 3).now_or_never(), Some(()));
    let mut waiting = store.wait_for_more(PROJECT, 4).boxed();
    assert_eq!((&mut waiting).now_or_never(), None);
    block_on(store.append(ProjectId(2), vec![record(1, "x")])).unwrap();
    assert_eq!((&mut waiting).now_or_never(), None);
    block_on(store.append(PROJECT, vec![record(1, "x")])).unwrap();
    block_on(waiting);
}

#[test]
fn a_tail_goes_on_where_it_ended() {
    let store = filled();
    let tail = |after, limit, group| {
        let filter = LogFilter { group, ..everything() };
        let (logs, until) =
            block_on(store.arrived_after(PROJECT, after, filter, limit, QueryControl::unlimited())).unwrap();
        (bodies(&logs).join(" "), until)
    };
    assert_eq!(tail(0, 2, Condition::always()), ("c a".to_owned(), 2));
    assert_eq!(tail(2, 9, Condition::always()), ("b1 b2".to_owned(), 4));
    assert_eq!(tail(4, 9, Condition::always()), (String::new(), 4));
    let with_b = || Condition::Field(Field::Body, Test::Contains(vec!["b".to_owned()]));
    assert_eq!(tail(0, 1, with_b()), ("b1".to_owned(), 3));
    assert_eq!(tail(3, 1, with_b()), ("b2".to_owned(), 4));
}

#[test]
fn old_records_go_by_age_and_by_size() {
    let left = |store: &MemoryLogStore| {
        let query = RecordQuery { filter: everything(), order: Order::Earliest, limit: 9, after: None };
        bodies(&ask(store, query).records).join(" ")
    };
    let store = filled();
    let by_age = Retention { max_age: Some(Duration::from_micros(10)), max_bytes: None };
    assert_eq!(block_on(store.retain(PROJECT, by_age, 30)).unwrap(), 1);
    assert_eq!(left(&store), "b1 b2 c");

    let by_size = |max_bytes| Retention { max_age: None, max_bytes: Some(max_bytes) };
    let store = filled();
    assert_eq!(block_on(store.retain(PROJECT, by_size(1_000_000), 30)).unwrap(), 0);
    assert_eq!(block_on(store.retain(PROJECT, by_size(0), 30)).unwrap(), 4);
    assert_eq!((left(&store).as_str(), store.last_arrival(PROJECT)), ("", 4));
}
