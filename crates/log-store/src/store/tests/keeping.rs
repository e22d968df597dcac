//! What is kept, for how long, and who is told of news.

use std::time::Duration;

use logs::store::Retention;

use super::*;

fn store_of(folder: &Path) -> EmbeddedLogStore {
    let store = EmbeddedLogStore::open(config(folder)).unwrap();
    for batch in 0..4_i64 {
        append(&store, batch * 50..batch * 50 + 50).unwrap();
        store.flush().unwrap();
    }
    store
}

#[test]
fn what_is_too_old_is_gone_at_once_and_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path());
    let retention = Retention { max_age: Some(Duration::from_secs(30)), max_bytes: None };
    let now_us = START_US + 100 * 1_000_000;
    let gone = block_on(store.retain(PROJECT, retention, now_us)).unwrap();
    assert_eq!(gone, 50, "a segment goes as a whole");
    let first = all(&store).unwrap()[0].record.timestamp_us;
    assert_eq!(first, START_US + 70 * 1_000_000, "what is left of another is not shown");
    // a clock that goes back brings nothing back
    assert_eq!(block_on(store.retain(PROJECT, retention, now_us - 50_000_000)).unwrap(), 0);
    drop(store);
    let store = EmbeddedLogStore::open(config(folder.path())).unwrap();
    assert_eq!(all(&store).unwrap().len(), 130);
    store.settle().unwrap();
    assert_eq!((all(&store).unwrap().len(), store.stats(PROJECT).records), (130, 130));
    append(&store, 300..301).unwrap();
    assert_eq!(all(&store).unwrap().last().unwrap().arrival, 201, "no arrival is given twice");
}

#[test]
fn the_oldest_go_until_the_rest_fits() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path());
    let before = store.stats(PROJECT);
    let max_bytes = Some(before.bytes_on_disk * 6 / 10);
    let gone = block_on(store.retain(PROJECT, Retention { max_age: None, max_bytes }, START_US)).unwrap();
    let after = store.stats(PROJECT);
    assert!(after.bytes_on_disk <= before.bytes_on_disk * 6 / 10 && after.segments == 2, "{after:?}");
    assert_eq!(gone, 100);
    assert_eq!(all(&store).unwrap()[0].record.timestamp_us, START_US + 100 * 1_000_000);
}

#[test]
fn segments_are_merged_once_and_stay_then() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of(folder.path());
    let before = all(&store).unwrap();
    store.settle().unwrap();
    let stats = store.stats(PROJECT);
    assert_eq!((stats.unsettled_segments, stats.records), (0, 200));
    assert_eq!(all(&store).unwrap(), before);
}

#[test]
fn who_waits_is_woken_by_the_next_record() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedLogStore::open(config(folder.path())).unwrap();
    block_on(async {
        let wait = store.wait_for_more(PROJECT, 2);
        let write = async {
            store.append(PROJECT, vec![record(1), record(2)]).await.unwrap();
            store.append(PROJECT, vec![record(3)]).await.unwrap();
        };
        tokio::join!(wait, write);
        assert_eq!(store.last_arrival(PROJECT), 3);
    });
}

#[test]
fn a_large_record_has_a_small_block() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedLogStore::open(LogStoreConfig::new(folder.path())).unwrap();
    let large = |number: i64| LogRecord { body: format!("{number} ").repeat(200_000), ..record(number) };
    block_on(store.append(PROJECT, (0..40).map(large).collect())).unwrap();
    store.flush().unwrap();
    assert_eq!(all(&store).unwrap()[39].record, large(39));
}

#[test]
fn a_second_process_is_told_that_the_folder_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let _store = EmbeddedLogStore::open(config(folder.path())).unwrap();
    let second = EmbeddedLogStore::open(config(folder.path()));
    assert!(matches!(second, Err(StoreError::File(journal::error::FileError::Locked { .. }))), "{second:?}");
}
