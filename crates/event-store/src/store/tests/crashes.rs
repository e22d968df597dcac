//! Stops at every instant, and damage to every file.

use super::*;
use journal::disk::Disk;
use journal::disk::faults::Faults;

fn batch(number: u128) -> Vec<Event> {
    let properties = format!("{{\"n\":{number},\"$set\":{{\"last\":{number}}}}}");
    (0..3).map(|index| event(number * 10 + index, "a", &format!("u{}", number % 2), 3_600 * 2, &properties)).collect()
}

/// Appends, flushes and compacts until something fails; gives the numbers of the batches that were acknowledged.
fn work(folder: &Path, disk: Disk) -> Vec<u128> {
    let config = StoreConfig { disk, ..StoreConfig::new(folder) };
    let mut acknowledged = Vec::new();
    let work = || -> Result<(), StoreError> {
        let store = EventStore::open(config)?;
        for number in 0..8 {
            store.append_blocking(PROJECT, batch(number))?;
            acknowledged.push(number);
            if number % 2 == 1 {
                store.flush()?;
            }
        }
        store.compact()?;
        store.append_blocking(PROJECT, batch(8))?;
        acknowledged.push(8);
        store.close()
    };
    // the point at which the disk fails decides how far it comes
    let _ = work();
    acknowledged
}

#[track_caller]
fn check_contents(store: &EventStore, acknowledged: &[u128], at: u64) {
    let events = exported(store);
    for &number in acknowledged {
        for event in batch(number) {
            assert!(events.contains_key(&event.uuid.as_u128()), "batch {number} is lost by a stop at step {at}");
        }
    }
    assert_eq!(events.len() % 3, 0, "a batch is there in part after a stop at step {at}");
    let rows: usize = scan(store, &request(&[])).runs.iter().map(|run| run.len()).sum();
    assert_eq!(rows, events.len(), "stop at step {at}");
}

#[test]
fn a_stop_at_any_step_loses_nothing_and_doubles_nothing() {
    let (disk, counter) = Faults::disk_that_fails_after(u64::MAX);
    let whole = tempfile::tempdir().unwrap();
    assert_eq!(work(whole.path(), disk).len(), 9);
    let n_steps = counter.n_steps();
    assert!(n_steps > 100, "{n_steps} steps are not what this test is about");
    for at in 0..n_steps {
        let folder = tempfile::tempdir().unwrap();
        let (disk, _) = Faults::disk_that_fails_after(at);
        let acknowledged = work(folder.path(), disk);
        let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
        check_contents(&store, &acknowledged, at);
        store.flush().unwrap();
        assert_eq!(store.stats(PROJECT).events_in_memory, 0, "stop at step {at}");
        let before = exported(&store).len();
        let again: usize = (0..9).map(|number| store.append_blocking(PROJECT, batch(number)).unwrap().accepted).sum();
        assert_eq!(before + again, 27, "what was lost unacknowledged is taken once, stop at step {at}");
        let mut wanted = request(&["n"]);
        wanted.person_properties.push("last".to_owned());
        let persons = scan(&store, &wanted).persons;
        assert_eq!(persons.n_numbers, 2, "stop at step {at}");
        store.close().unwrap();
        let report = check(folder.path(), &mut |_| ()).unwrap();
        assert!(report.is_clean() && report.left_over.is_empty(), "{report:?}, stop at step {at}");
        let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
        check_contents(&store, &(0..9).collect::<Vec<_>>(), at);
    }
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(all_files(&path));
        } else if path.file_name().unwrap() != "hindsight.lock" {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn a_flipped_bit_in_any_file_is_named_and_never_served() {
    let (original, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    {
        let store = EventStore::open(StoreConfig::new(original.path())).unwrap();
        store.append_blocking(PROJECT, batch(0)).unwrap();
        store.flush().unwrap();
        store.append_blocking(PROJECT, batch(1)).unwrap();
        store.append_blocking(PROJECT, batch(2)).unwrap();
        // copied before the store is closed, so that there are records in the log
        copy_folder(original.path(), copy.path());
    }
    let copy = copy.path();
    let expected = {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(copy, folder.path());
        exported(&EventStore::open(StoreConfig::new(folder.path())).unwrap())
    };
    assert_eq!(expected.len(), 9);
    let files = all_files(copy);
    assert_eq!(files.len(), 4, "manifest, log, segment, persons: {files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for at in (0..bytes.len()).step_by(29).chain(bytes.len() - 8..bytes.len()) {
            let folder = tempfile::tempdir().unwrap();
            copy_folder(copy, folder.path());
            let damaged = folder.path().join(file.strip_prefix(copy).unwrap());
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            std::fs::write(&damaged, flipped).unwrap();

            let report = check(folder.path(), &mut |_| ()).unwrap();
            let named: Vec<String> = report.damages.iter().map(ToString::to_string).collect();
            let name = damaged.display().to_string();
            assert!(named.iter().any(|text| text.contains(&name)), "byte {at} of {name}: {named:?}");

            let served = EventStore::open(StoreConfig::new(folder.path())).and_then(|store| {
                store.export(PROJECT, None, None).collect::<Result<Vec<_>, _>>().map(|batches| batches.concat())
            });
            if let Ok(events) = served {
                let same = events.iter().all(|event| expected[&event.uuid.as_u128()].0 == *event);
                assert!(same && events.len() == expected.len(), "byte {at} of {name} is served");
            }
        }
    }
}
