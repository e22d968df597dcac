//! Stops at every instant, and damage to every file.

use journal::disk::Disk;
use journal::disk::faults::Faults;
use journal::error::FileError;

use super::*;

/// Appends, flushes, merges and takes away until something fails; gives the numbers of the records that were acknowledged.
fn work(folder: &Path, disk: Disk) -> Vec<i64> {
    let mut acknowledged = Vec::new();
    let work = || -> Result<(), StoreError> {
        // merges happen when they are asked for alone, so that every run has the same steps
        let quiet = std::time::Duration::from_secs(3_600);
        let store = EmbeddedLogStore::open(LogStoreConfig { disk, quiet, ..config(folder) })?;
        for batch in 0..6_i64 {
            let numbers = batch * 10..batch * 10 + 10;
            if append(&store, numbers.clone()).is_err() {
                return Err(StoreError::Closed);
            }
            acknowledged.extend(numbers);
            if batch % 2 == 1 {
                store.flush()?;
            }
        }
        store.settle()?;
        if append(&store, 60..65).is_err() {
            return Err(StoreError::Closed);
        }
        acknowledged.extend(60..65);
        store.close()
    };
    // the point at which the disk fails decides how far it comes
    let _ = work();
    acknowledged
}

#[test]
fn a_stop_at_any_step_loses_nothing_and_doubles_nothing() {
    let (disk, counter) = Faults::disk_that_fails_after(u64::MAX);
    let whole = tempfile::tempdir().unwrap();
    assert_eq!(work(whole.path(), disk).len(), 65);
    let n_steps = counter.n_steps();
    assert!(n_steps > 60, "{n_steps} steps are not what this test is about");
    for at in 0..n_steps {
        let folder = tempfile::tempdir().unwrap();
        let (disk, _) = Faults::disk_that_fails_after(at);
        let acknowledged = work(folder.path(), disk);
        let store = EmbeddedLogStore::open(config(folder.path())).unwrap();
        let found = all(&store).unwrap();
        let numbers: Vec<i64> =
            found.iter().map(|log| log.record.attributes.get("number").unwrap().as_i64().unwrap()).collect();
        assert_eq!(numbers, (0..i64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>(), "stop at step {at}");
        assert!(numbers.len() >= acknowledged.len(), "records are lost by a stop at step {at}");
        assert!(
            numbers.len().is_multiple_of(10) || numbers.len() == 65,
            "a batch is there in part after a stop at step {at}"
        );
        for log in &found {
            assert_eq!(log.arrival, u64::try_from(log.record.timestamp_us - START_US).unwrap() / 1_000_000 + 1);
        }
        append(&store, 100..101).unwrap();
        assert_eq!(all(&store).unwrap().last().unwrap().arrival, numbers.len() as u64 + 1);
        drop(store);
        let report = check(folder.path(), &mut |_| {}).unwrap().unwrap();
        assert!(report.damages.is_empty() && report.left_over.is_empty(), "{report:?} after a stop at step {at}");
    }
}

/// Files below `folder`, the lock aside.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.file_name().is_none_or(|name| name != "lock") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_flipped_bit_is_named_and_never_answered_with() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedLogStore::open(config(folder.path())).unwrap();
    append(&store, 0..40).unwrap();
    store.flush().unwrap();
    append(&store, 40..50).unwrap();
    let expected = all(&store).unwrap();
    // a copy as a killed process leaves it, with records in the log
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&folder.path().join("logs"), &copy.path().join("logs"));
    copy_folder(&folder.path().join("logs"), &folder.path().join("kept"));
    drop(store);
    assert_eq!(files(copy.path()).len(), 4, "a manifest, a log, a segment and its index");
    for path in files(copy.path()) {
        let bytes = std::fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 150) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            std::fs::write(&path, &damaged).unwrap();
            let report = check(copy.path(), &mut |_| {}).unwrap().unwrap();
            assert_eq!(report.damages.len(), 1, "byte {at} of {}", path.display());
            let answer = EmbeddedLogStore::open(config(copy.path())).map_err(QueryError::from).and_then(|store| {
                let mut searched = filter();
                searched.search = "was answered".to_owned();
                let query = RecordQuery { filter: searched, order: Order::Latest, limit: 5, after: None };
                block_on(store.records(PROJECT, query, QueryControl::unlimited()))?;
                all(&store)
            });
            match answer {
                // damage that no question came across
                Ok(found) => assert_eq!(found, expected, "byte {at} of {}", path.display()),
                Err(QueryError::Source(error)) => {
                    let error = error.downcast::<StoreError>().expect("an error of the store");
                    let named =
                        matches!(*error, StoreError::File(FileError::Damaged { .. } | FileError::NewerVersion { .. }));
                    assert!(named, "byte {at} of {}: {error:?}", path.display());
                }
                Err(other) => panic!("{other:?}"),
            }
            // opening may have cut the log or flushed it
            std::fs::remove_dir_all(copy.path().join("logs")).unwrap();
            copy_folder(&folder.path().join("kept"), &copy.path().join("logs"));
        }
        std::fs::write(&path, &bytes).unwrap();
    }
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
