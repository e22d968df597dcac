//! One case: its events in memory, its query answered, the answer held against what is expected.

use chrono::{DateTime, TimeZone as _, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use query_engine::answer::{Answer, QueryContext};
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::differ::differ;
use crate::ask::ask;

/// A case as the file has it.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    #[serde(default)]
    project: ProjectSettings,
    #[serde(default)]
    persons: Vec<Person>,
    #[serde(default)]
    groups: Vec<Group>,
    #[serde(default)]
    events: Vec<CapturedEvent>,
    query: Value,
    expect: Option<Value>,
    #[serde(default)]
    unordered: bool,
    expect_error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct ProjectSettings {
    timezone: Option<String>,
    week_start_day: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Person {
    distinct_ids: Vec<String>,
    #[serde(default)]
    properties: Map<String, Value>,
    created_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Group {
    #[serde(rename = "type")]
    group_type: String,
    key: String,
    #[serde(default)]
    index: u8,
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
struct CapturedEvent {
    event: String,
    distinct_id: String,
    timestamp: DateTime<Utc>,
    #[serde(default)]
    properties: Map<String, Value>,
}

impl Case {
    /// The kind of its query.
    pub(super) fn kind(&self) -> &str {
        self.query["kind"].as_str().unwrap_or_default()
    }

    /// Whether the answer is as expected; where and how it differs.
    pub(super) fn run(&self) -> Result<(), String> {
        match (self.answer(), &self.expect_error, &self.expect) {
            // A query that is refused because its kind is not known has not been found wrong.
            (Err(QueryError::Invalid { .. }), Some(_), _) => Ok(()),
            (Ok(answer), Some(_), _) => Err(format!("wanted a refusal, got {}", answer.results)),
            (Err(error), ..) => Err(error.to_string()),
            (Ok(answer), None, Some(expected)) => {
                differ(expected, &answer.results, "results", self.unordered).map_or(Ok(()), Err)
            }
            (Ok(_), None, None) => Ok(()),
        }
    }

    fn answer(&self) -> Result<Answer, QueryError> {
        let project = ProjectId(1);
        let context = QueryContext {
            project,
            timezone: self.project.timezone.as_deref().unwrap_or("UTC").parse().unwrap(),
            week_start: self.project.week_start_day.and_then(WeekStart::from_number).unwrap_or_default(),
            now: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
        };
        ask(&self.query, &context, &self.source(project))
    }

    /// The events in memory, with those that make the persons and groups: a person is made by `$identify` and `$set` events, so a
    /// series of all events counts these as well.
    fn source(&self, project: ProjectId) -> MemorySource {
        let mut source = MemorySource::new(project);
        let mut events = Vec::new();
        for person in &self.persons {
            let own = self.events.iter().filter(|event| person.distinct_ids.contains(&event.distinct_id));
            let Some(at) = person.created_at.or_else(|| own.map(|event| event.timestamp).min()) else { continue };
            let ids: Vec<&str> = person.distinct_ids.iter().map(String::as_str).collect();
            source.add_person(&ids, at.timestamp_micros(), person.properties.clone());
            let set = Value::Object(person.properties.clone());
            for other in &ids[1..] {
                events.push(making("$identify", ids[0], at, json!({"$anon_distinct_id": other, "$set": set})));
            }
            if ids.len() == 1 || !person.properties.is_empty() {
                events.push(making("$set", ids[0], at, json!({"$set": set})));
            }
        }
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        groups.sort_by_key(|group| group.index);
        let times = events.iter().chain(&self.events).map(|event| event.timestamp);
        let start = times.min().unwrap_or_else(|| Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).unwrap());
        for Group { group_type, key, properties, .. } in groups {
            source.add_group(group_type, key, properties.clone());
            let set = json!({"$group_type": group_type, "$group_key": key, "$group_set": properties});
            events.push(making("$groupidentify", &format!("{group_type}_{key}"), start, set));
        }
        let mut captured = self.events.clone();
        captured.sort_by_key(|event| event.timestamp);
        for (number, event) in events.into_iter().chain(captured).enumerate() {
            source.add_event(&Event {
                uuid: Uuid::from_u128(number as u128),
                event: event.event,
                distinct_id: event.distinct_id,
                timestamp: event.timestamp,
                properties: Value::Object(event.properties).to_string(),
            });
        }
        source
    }
}

fn making(event: &str, distinct_id: &str, timestamp: DateTime<Utc>, properties: Value) -> CapturedEvent {
    let Value::Object(properties) = properties else { unreachable!("made from an object") };
    CapturedEvent { event: event.to_owned(), distinct_id: distinct_id.to_owned(), timestamp, properties }
}
