//! The store as a whole: what goes in comes out, before and after each change of where it is kept.

mod agreement;
mod crashes;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::DateTime;
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use journal::error::FileError;
use query_engine::control::QueryControl;
use query_engine::scan::{EventColumn, EventSet, Scan, ScanRequest, ScanSource};
use query_engine::value::PropertyValue;
use uuid::Uuid;

use super::*;
use crate::check::check;

const PROJECT: ProjectId = ProjectId(7);
/// 2026-01-31T23:00:00Z, an hour before a month ends.
const START_US: i64 = 1_769_900_400_000_000;

fn event(number: u128, name: &str, distinct_id: &str, seconds: i64, properties: &str) -> Event {
    Event {
        uuid: Uuid::from_u128(number),
        event: name.to_owned(),
        distinct_id: distinct_id.to_owned(),
        timestamp: DateTime::from_timestamp_micros(START_US + seconds * 1_000_000).unwrap(),
        properties: properties.to_owned(),
    }
}

fn request(columns: &[&str]) -> ScanRequest {
    ScanRequest {
        event_columns: columns.iter().map(|key| EventColumn::Property((*key).to_owned())).collect(),
        ..ScanRequest::of(PROJECT)
    }
}

fn scan(store: &EventStore, request: &ScanRequest) -> Scan {
    let scan = store.scan(std::slice::from_ref(request), &QueryControl::unlimited()).unwrap().remove(0);
    for run in &scan.runs {
        let keys: Vec<(u32, i64)> = run.persons.iter().copied().zip(run.timestamps.iter().copied()).collect();
        assert!(keys.is_sorted(), "{} is out of order", run.event);
        for column in &run.columns {
            assert_eq!(column.codes.len(), run.len());
            assert_eq!(column.dictionary[0], PropertyValue::Null);
            let values: Vec<String> = column.dictionary.iter().map(|value| format!("{value:?}")).collect();
            assert_eq!(values.iter().collect::<std::collections::HashSet<_>>().len(), values.len(), "{values:?}");
        }
    }
    scan
}

/// Every event by uuid, as exported, with its properties parsed.
fn exported(store: &EventStore) -> BTreeMap<u128, (Event, serde_json::Value)> {
    let mut events = BTreeMap::new();
    let mut last = DateTime::from_timestamp_micros(i64::MIN / 1_000_000).unwrap();
    for batch in store.export(PROJECT, None, None) {
        for event in batch.unwrap() {
            assert!(event.timestamp >= last, "the export is ordered by time");
            last = event.timestamp;
            let properties = serde_json::from_str(&event.properties).unwrap();
            let before = events.insert(event.uuid.as_u128(), (event, properties));
            assert!(before.is_none(), "an event is exported once");
        }
    }
    events
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_uuid_counts_once_across_batches_flushes_and_starts() {
    let folder = tempfile::tempdir().unwrap();
    let events = vec![event(1, "a", "u", 0, "{}"), event(2, "a", "u", 1, "{}"), event(1, "b", "v", 2, "{}")];
    let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
    let appended = store.append_blocking(PROJECT, events.clone()).unwrap();
    assert_eq!((appended.accepted, appended.duplicates), (2, 1));
    let appended = store.append_blocking(ProjectId(8), events.clone()).unwrap();
    assert_eq!(appended.accepted, 2, "another project has its own uuids");
    store.flush().unwrap();
    assert_eq!(store.append_blocking(PROJECT, events.clone()).unwrap().duplicates, 3);
    store.close().unwrap();
    let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
    assert_eq!(store.append_blocking(PROJECT, events).unwrap().duplicates, 3);
    assert_eq!(exported(&store).len(), 2);
    assert_eq!(store.stats(PROJECT).events, 2);
}

#[test]
fn a_folder_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
    let second = EventStore::open(StoreConfig::new(folder.path()));
    assert!(matches!(second, Err(StoreError::File(FileError::Locked { .. }))), "{second:?}");
    drop(store);
    EventStore::open(StoreConfig::new(folder.path())).unwrap();
}

#[test]
fn an_event_that_cannot_be_stored_leaves_the_batch_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
    let events = vec![event(1, "a", "u", 0, "{}"), event(2, "a", "u", 0, "[]")];
    let error = store.append_blocking(PROJECT, events).unwrap_err();
    assert!(matches!(error, StoreError::InvalidEvent { index: 1, .. }), "{error:?}");
    assert_eq!(store.stats(PROJECT), StoreStats { wal_bytes: store.stats(PROJECT).wal_bytes, ..StoreStats::default() });
}

#[test]
fn concurrent_batches_are_all_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = EventStore::open(StoreConfig { flush_rows: 50, ..StoreConfig::new(folder.path()) }).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u128 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..50 {
                    let id = thread * 1_000 + number;
                    let batch = vec![event(id, "a", "u", 0, "{}"), event(id + 500, "b", "u", 0, "{}")];
                    assert_eq!(store.append_blocking(PROJECT, batch).unwrap().accepted, 2);
                }
            });
        }
    });
    assert_eq!(exported(&store).len(), 400);
    store.flush().unwrap();
    store.compact().unwrap();
    assert_eq!(exported(&store).len(), 400);
    let stats = store.stats(PROJECT);
    assert_eq!((stats.events, stats.events_in_memory, stats.segments, stats.persons), (400, 0, 1, 1));
    assert!(check(folder.path(), &mut |_| ()).unwrap().is_clean());
}

#[tokio::test]
async fn appending_asynchronously_is_visible_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(2 * LARGE_BATCH_BYTES));
    for (number, properties) in [(1, "{}"), (2, large.as_str())] {
        let appended = store.append(PROJECT, vec![event(number, "a", "u", 0, properties)]).await.unwrap();
        assert_eq!(appended, Appended { accepted: 1, duplicates: 0 });
        assert_eq!(scan(&store, &request(&[])).runs[0].len() as u128, number);
    }
}

#[test]
fn scans_respect_names_time_and_projects() {
    let folder = tempfile::tempdir().unwrap();
    let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
    let events = (0..100).map(|number: i64| {
        let name = if number % 3 == 0 { "a" } else { "b" };
        event(
            number.cast_unsigned().into(),
            name,
            &format!("u{}", number % 7),
            number * 100,
            &format!("{{\"n\":{number}}}"),
        )
    });
    store.append_blocking(PROJECT, events.collect()).unwrap();
    let mut wanted = request(&["n"]);
    wanted.events = EventSet::Named(["a".to_owned()].into());
    wanted.from_us = Some(START_US + 3_000_000_000);
    wanted.until_us = Some(START_US + 6_000_000_000);
    for _ in 0..2 {
        let found = scan(&store, &wanted);
        let mut numbers: Vec<f64> = found
            .runs
            .iter()
            .flat_map(|run| (0..run.len()).map(|row| run.columns[0].value(row).to_number().unwrap()))
            .collect();
        numbers.sort_by(f64::total_cmp);
        assert_eq!(numbers, (30..60).filter(|number| number % 3 == 0).map(f64::from).collect::<Vec<_>>());
        assert!(found.runs.iter().all(|run| &*run.event == "a"));
        assert!(scan(&store, &ScanRequest { project: ProjectId(1), ..wanted.clone() }).runs.is_empty());
        store.flush().unwrap();
    }
    assert_eq!(store.stats(PROJECT).segments, 2, "a segment does not reach over the end of a month");
}

#[test]
fn keys_of_properties_are_known_before_and_after_a_flush() {
    let folder = tempfile::tempdir().unwrap();
    let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
    store.append_blocking(PROJECT, vec![event(1, "a", "p", 0, r#"{"plan":"pro","rare":{"x":1}}"#)]).unwrap();
    let keys = || store.property_keys(PROJECT).unwrap().into_iter().collect::<Vec<_>>();
    assert_eq!(keys(), ["plan", "rare"]);
    store.flush().unwrap();
    assert_eq!(keys(), ["plan", "rare"]);
    store.append_blocking(PROJECT, vec![event(2, "a", "p", 1, r#"{"new":null,"plan":"free"}"#)]).unwrap();
    assert_eq!(keys(), ["new", "plan", "rare"]);
    assert!(store.property_keys(ProjectId(99)).unwrap().is_empty());
}
