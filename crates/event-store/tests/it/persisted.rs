//! Stores that earlier versions wrote must open for ever, with what was put into them.
//!
//! `fixtures/persisted/event-store/v1` is the folder of a server that was killed: segments, persons, a manifest, and a log with what
//! had not been flushed. A new version of a format adds a folder; it never changes one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use event_store::{EventStore, StoreConfig};
use insights_core::ids::ProjectId;
use query_engine::control::QueryControl;
use query_engine::scan::{EventColumn, Persons, ScanRequest, ScanSource};
use serde_json::{Map, Value, json};

const PROJECT: ProjectId = ProjectId(1);
const PERSON_PROPERTIES: [&str; 3] = ["plan", "age", "first"];

#[test]
fn a_store_of_the_first_version_opens_with_everything_in_it() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/persisted/event-store");
    let data = tempfile::tempdir().unwrap();
    copy(&fixture.join("v1"), data.path());

    let report = event_store::check(data.path(), &mut |_| {}).unwrap();
    assert!(report.is_clean(), "{report:?}");
    let store = EventStore::open(StoreConfig::new(data.path())).unwrap();
    let expected: Value = serde_json::from_str(&fs::read_to_string(fixture.join("v1.expected.json")).unwrap()).unwrap();
    assert_eq!(contents(&store), expected);
}

/// Everything that a store tells of its project, by event: what was captured, and who its person is now; nobody where queries do not see it.
fn contents(store: &EventStore) -> Value {
    let persons = persons_by_event(store);
    let events = store.export(PROJECT, None, None).flat_map(Result::unwrap);
    let events = events.map(|event| {
        json!({
            "uuid": event.uuid,
            "event": event.event,
            "distinct_id": event.distinct_id,
            "timestamp": event.timestamp,
            "properties": serde_json::from_str::<Value>(&event.properties).unwrap(),
            "person": persons.get(&event.uuid.to_string()),
        })
    });
    events.collect()
}

/// The person of each event: its number, when it was first seen, and its properties.
fn persons_by_event(store: &EventStore) -> BTreeMap<String, Value> {
    let request = ScanRequest {
        event_columns: vec![EventColumn::Uuid],
        person_properties: PERSON_PROPERTIES.map(str::to_owned).to_vec(),
        ..ScanRequest::of(PROJECT)
    };
    let scan = store.scan(&[request], &QueryControl::unlimited()).unwrap().remove(0);
    let mut persons = BTreeMap::new();
    for run in &scan.runs {
        for (row, &person) in run.persons.iter().enumerate() {
            let uuid = run.columns[0].value(row).to_text().unwrap();
            persons.insert(uuid.to_string(), describe(&scan.persons, person as usize));
        }
    }
    persons
}

fn describe(persons: &Persons, person: usize) -> Value {
    let properties = PERSON_PROPERTIES.iter().zip(&persons.columns);
    let properties: Map<String, Value> =
        properties.map(|(key, column)| ((*key).to_owned(), json!(column.value(person).to_text()))).collect();
    json!({"number": person, "created_at_us": persons.created_at_us[person], "properties": properties})
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
