//! Random histories of a project: events in batches, as they come in, and who is who in the end.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::memory::MemorySource;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// 2024-03-31T00:00:00Z: a month ends, and clocks change in Europe.
const START_US: i64 = 1_711_843_200_000_000;
const STEP_US: i64 = 20 * 60 * 1_000_000;
/// Steps of a week.
const WEEK: i64 = 7 * 72;

/// Events that came in together.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    /// Whether the store flushes after it, where it flushes at all.
    pub(super) is_flushed: bool,
}

/// All that came in, in order.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) batches: Vec<Batch>,
}

/// Few names, persons and instants, so that many are the same. Times have nothing to do with the order of arrival, so that many events
/// are late.
pub(super) fn history() -> impl Strategy<Value = History> {
    let batch = (prop::collection::vec(event(), 1..12), prop::bool::weighted(0.3));
    prop::collection::vec(batch, 1..12).prop_map(|batches| {
        let mut number = 0;
        let company = |key: &str| {
            let set = json!({"size": key.len(), "city": key});
            (
                "$groupidentify",
                "u0".to_owned(),
                0,
                json!({"$group_type": "company", "$group_key": key, "$group_set": set}),
            )
        };
        let first = (vec![company("g1"), company("g20")], false);
        let batches = std::iter::once(first).chain(batches).map(|(events, is_flushed)| {
            let events = events.into_iter().map(|(name, distinct_id, step, properties)| {
                number += 1;
                Event {
                    uuid: Uuid::from_u128(number),
                    event: name.to_owned(),
                    distinct_id,
                    timestamp: DateTime::<Utc>::from_timestamp_micros(START_US + step * STEP_US).unwrap(),
                    properties: properties.to_string(),
                }
            });
            Batch { events: events.collect(), is_flushed }
        });
        History { batches: batches.collect() }
    })
}

fn event() -> impl Strategy<Value = (&'static str, String, i64, Value)> {
    let person = || (0..6_u8).prop_map(|person| format!("u{person}"));
    let step = prop_oneof![6 => -WEEK..WEEK / 2, 2 => (0..4_i64).prop_map(|step| step * 3), 1 => -6 * WEEK..-WEEK];
    let done = (select(vec!["a", "a", "b", "c", "$pageview", "$screen"]), person(), step, properties());
    let merge = (person(), person(), -WEEK..WEEK / 2);
    prop_oneof![
        12 => done,
        1 => merge.prop_map(|(into, from, step)| ("$merge_dangerously", into, step, json!({"alias": from}))),
    ]
}

fn properties() -> impl Strategy<Value = Value> {
    let value = |values: Vec<Value>| prop::option::weighted(0.7, select(values));
    let texts = || value(vec![json!("x"), json!("y"), json!("10"), json!(""), json!(true), json!(null)]);
    // quarters, so that sums are exact in any order
    let numbers = value(vec![json!(1), json!(10), json!(-3), json!(2.5), json!(0.25), json!("4"), json!("none")]);
    let urls = value(vec![json!("/"), json!("/a"), json!("/a/"), json!("/b/1"), json!("/b/2?x=1")]);
    let sessions = value(vec![json!("s1"), json!("s2"), json!("s3")]);
    let groups = value(vec![json!({"company": "g1"}), json!({"company": "g20"}), json!({"company": "g3"})]);
    let set = prop::option::weighted(
        0.3,
        select(vec![json!({"tier": "gold"}), json!({"tier": "tin", "age": 30}), json!({"age": 7})]),
    );
    let profile = prop::option::weighted(0.05, Just(json!(false)));
    (texts(), numbers, urls, sessions, groups, set, profile).prop_map(|(p, n, url, session, groups, set, profile)| {
        let fields = [
            ("p", p),
            ("n", n),
            ("$current_url", url.clone()),
            ("$screen_name", url),
            ("$session_id", session),
            ("$groups", groups),
            ("$set", set),
            ("$process_person_profile", profile),
        ];
        fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<_, _>>().into()
    })
}

#[derive(Debug, Default)]
struct Person {
    distinct_ids: Vec<String>,
    created_at_us: i64,
    properties: Map<String, Value>,
}

/// Who is who, the plain way.
#[derive(Debug, Default)]
struct People {
    person_of: BTreeMap<String, usize>,
    persons: Vec<Person>,
}

impl People {
    fn person(&mut self, distinct_id: &str, at_us: i64) -> usize {
        *self.person_of.entry(distinct_id.to_owned()).or_insert_with(|| {
            let person =
                Person { distinct_ids: vec![distinct_id.to_owned()], created_at_us: at_us, ..Person::default() };
            self.persons.push(person);
            self.persons.len() - 1
        })
    }

    fn join(&mut self, distinct_id: &str, person: usize) {
        self.person_of.insert(distinct_id.to_owned(), person);
        self.persons[person].distinct_ids.push(distinct_id.to_owned());
    }

    fn merge(&mut self, own_id: &str, other_id: &str, at_us: i64) {
        match (self.person_of.get(own_id).copied(), self.person_of.get(other_id).copied()) {
            (None, Some(other)) => self.join(own_id, other),
            (Some(own), Some(other)) if own != other => {
                let given = std::mem::take(&mut self.persons[other]);
                self.persons[other].created_at_us = i64::MAX;
                let own_person = &mut self.persons[own];
                own_person.created_at_us = own_person.created_at_us.min(given.created_at_us);
                for (key, value) in given.properties {
                    own_person.properties.entry(key).or_insert(value);
                }
                for id in &given.distinct_ids {
                    self.join(id, own);
                }
            }
            (_, Some(_)) => {}
            (_, None) => {
                let own = self.person(own_id, at_us);
                if own_id != other_id {
                    self.join(other_id, own);
                }
            }
        }
    }

    fn see(&mut self, event: &Event) {
        let properties: Value = serde_json::from_str(&event.properties).unwrap();
        let at_us = event.timestamp.timestamp_micros();
        if let Some(other) = properties["alias"].as_str().filter(|other| *other != event.distinct_id) {
            self.merge(&event.distinct_id, other, at_us);
        }
        let number = self.person(&event.distinct_id, at_us);
        let person = &mut self.persons[number];
        person.created_at_us = person.created_at_us.min(at_us);
        if let (Some(set), None) = (properties["$set"].as_object(), properties.get("$process_person_profile")) {
            person.properties.extend(set.clone());
        }
    }
}

impl History {
    /// The same events in memory, with the persons and groups as they are in the end.
    pub(super) fn in_memory(&self, project: ProjectId) -> MemorySource {
        let events = || self.batches.iter().flat_map(|batch| &batch.events);
        let mut people = People::default();
        events().for_each(|event| people.see(event));
        let mut source = MemorySource::new(project);
        for person in people.persons {
            let ids: Vec<&str> = person.distinct_ids.iter().map(String::as_str).collect();
            source.add_person(&ids, person.created_at_us, person.properties);
        }
        for event in events() {
            let properties: Value = serde_json::from_str(&event.properties).unwrap();
            if let (Some(key), Some(set)) = (properties["$group_key"].as_str(), properties["$group_set"].as_object()) {
                source.add_group("company", key, set.clone());
            }
            source.add_event(event);
        }
        source
    }
}
