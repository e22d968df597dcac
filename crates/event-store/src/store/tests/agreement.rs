//! Scans and exports agree with a plain model, wherever the events are kept.

use std::collections::HashMap;

use proptest::prelude::*;
use query_engine::memory::MemorySource;
use serde_json::{Map, Value};

use super::*;

/// What a test does: an event, or a change of where events are kept.
#[derive(Clone, Debug)]
enum Step {
    Event { name: u8, person: u8, seconds: i64, properties: Value },
    Merge { into: u8, from: u8 },
    Flush,
    Compact,
    Reopen,
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("the parser gives it back exactly", |float| is_given_back(*float))
            .prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<i8>(), 0..3).prop_map(Value::from),
        prop::collection::btree_map("[ab]", any::<bool>(), 0..2).prop_map(|map| serde_json::json!(map)),
    ]
}

/// Whether the JSON parser, which may be off in the last bit, reads the number as it was written.
fn is_given_back(float: f64) -> bool {
    let text = Value::from(float).to_string();
    // the negative zero is the same value as zero, and either may stand for both
    float.to_bits() != (-0.0_f64).to_bits()
        && float.is_finite()
        && serde_json::from_str::<Value>(&text).unwrap().as_f64() == Some(float)
}

fn step() -> impl Strategy<Value = Step> {
    let key = prop_oneof![4 => "[p-r]", 1 => any::<String>()];
    let properties = prop::collection::btree_map(key, value(), 0..4);
    let properties =
        properties.prop_map(|map| Value::Object(map.into_iter().filter(|(key, _)| !key.starts_with('$')).collect()));
    // few names, persons and instants, so that many are the same; some instants lie in the next month
    let event = (0..3_u8, 0..5_u8, prop_oneof![0..3_i64, Just(7_200)], properties);
    prop_oneof![
        12 => event.prop_map(|(name, person, seconds, properties)| Step::Event { name, person, seconds, properties }),
        2 => (0..5_u8, 0..5_u8).prop_map(|(into, from)| Step::Merge { into, from }),
        1 => Just(Step::Flush),
        1 => Just(Step::Compact),
        1 => Just(Step::Reopen),
    ]
}

/// The same events in memory, with the persons as they are in the end.
fn model(events: &[Event], merges: &[(usize, u8, u8)]) -> MemorySource {
    let mut person_of: HashMap<String, usize> = HashMap::new();
    let mut first_seen: Vec<i64> = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let next = first_seen.len();
        // an event that names another person is of that one, where its own distinct id is new
        let named =
            merges.iter().find(|(at, ..)| *at == index).and_then(|(.., from)| person_of.get(&format!("u{from}")));
        let new = named.copied().unwrap_or(next);
        let person = *person_of.entry(event.distinct_id.clone()).or_insert(new);
        let us = event.timestamp.timestamp_micros();
        if person == next {
            first_seen.push(us);
        }
        for (_, into, from) in merges.iter().filter(|(at, ..)| *at == index) {
            let (into, from) = (format!("u{into}"), format!("u{from}"));
            let target = person_of[&into];
            match person_of.get(&from).copied() {
                None => {
                    person_of.insert(from, target);
                }
                Some(other) if other != target => {
                    first_seen[target] = first_seen[target].min(first_seen[other]);
                    person_of.values_mut().filter(|person| **person == other).for_each(|person| *person = target);
                }
                Some(_) => {}
            }
        }
        first_seen[person_of[&event.distinct_id]] = first_seen[person_of[&event.distinct_id]].min(us);
    }
    let mut source = MemorySource::new(PROJECT);
    for (person, &created_at_us) in first_seen.iter().enumerate() {
        let ids: Vec<&str> = person_of.iter().filter(|(_, of)| **of == person).map(|(id, _)| id.as_str()).collect();
        source.add_person(&ids, created_at_us, Map::new());
    }
    for event in events {
        source.add_event(event);
    }
    source
}

/// The rows of a scan by event and person, in order, whatever the runs and the numbers of the persons.
fn rows(source: &dyn ScanSource, request: &ScanRequest) -> Vec<String> {
    let scan = source.scan(std::slice::from_ref(request), &QueryControl::unlimited()).unwrap().remove(0);
    let mut rows: Vec<(String, u32, i64, String)> = Vec::new();
    for run in &scan.runs {
        for row in 0..run.len() {
            let person = run.persons[row];
            let values: Vec<_> = run.columns.iter().map(|column| column.value(row).clone()).collect();
            let created_at_us = scan.persons.created_at_us[person as usize];
            rows.push((run.event.to_string(), person, run.timestamps[row], format!("{created_at_us} {values:?}")));
        }
    }
    // stable, so that the order of arrival shows
    rows.sort_by(|one, other| (&one.0, one.1, one.2).cmp(&(&other.0, other.1, other.2)));
    rows.into_iter().map(|(event, person, us, rest)| format!("{event} {person} {us} {rest}")).collect()
}

fn wanted() -> ScanRequest {
    let mut wanted = request(&["p", "q", "r", "$process_person_profile"]);
    wanted.event_columns.extend([EventColumn::DistinctId, EventColumn::Uuid]);
    wanted
}

#[track_caller]
fn check_agreement(store: &EventStore, events: &[Event], merges: &[(usize, u8, u8)]) {
    let source = model(events, merges);
    let mut wanted = wanted();
    assert_eq!(rows(store, &wanted).join("\n"), rows(&source, &wanted).join("\n"));
    wanted.from_us = Some(START_US + 1_000_000);
    wanted.until_us = Some(START_US + 2_000_000);
    assert_eq!(rows(store, &wanted).join("\n"), rows(&source, &wanted).join("\n"));
    let exported = exported(store);
    assert_eq!(exported.len(), events.len());
    for event in events {
        let (back, properties) = &exported[&event.uuid.as_u128()];
        assert_eq!(*properties, serde_json::from_str::<Value>(&event.properties).unwrap());
        assert_eq!(Event { properties: event.properties.clone(), ..back.clone() }, *event);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_store_agrees_with_memory_wherever_events_are(steps in prop::collection::vec(step(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let open = || EventStore::open(StoreConfig::new(folder.path())).unwrap();
        let mut store = open();
        let (mut events, mut merges) = (Vec::new(), Vec::new());
        for step in &steps {
            match step {
                Step::Event { name, person, seconds, properties } => {
                    let number = events.len() as u128;
                    let new = event(number, &format!("e{name}"), &format!("u{person}"), *seconds, &properties.to_string());
                    store.append_blocking(PROJECT, vec![new.clone()]).unwrap();
                    events.push(new);
                }
                Step::Merge { into, from } => {
                    let properties = serde_json::json!({"alias": format!("u{from}")}).to_string();
                    let number = events.len() as u128;
                    let new = event(number, "$merge_dangerously", &format!("u{into}"), 1, &properties);
                    store.append_blocking(PROJECT, vec![new.clone()]).unwrap();
                    merges.push((events.len(), *into, *from));
                    events.push(new);
                }
                Step::Flush => store.flush().unwrap(),
                Step::Compact => store.compact().unwrap(),
                Step::Reopen => {
                    drop(store);
                    store = open();
                }
            }
        }
        check_agreement(&store, &events, &merges);
        store.flush().unwrap();
        check_agreement(&store, &events, &merges);
        store.compact().unwrap();
        check_agreement(&store, &events, &merges);
        store.close().unwrap();
        prop_assert!(check(folder.path(), &mut |_| ()).unwrap().is_clean());
        check_agreement(&open(), &events, &merges);
    }
}
