//! Conformance cases: what PostHog answers for given events, as data.
//!
//! A case is independent of how it is run: in memory, or over HTTP against any server.

pub mod differ;
pub mod in_memory;
pub mod over_http;

use std::path::Path;

use chrono::{DateTime, TimeZone as _, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A file of cases.
#[derive(Debug, Deserialize)]
pub struct Suite {
    /// Name, such as `trends`.
    pub suite: String,
    /// The cases.
    pub cases: Vec<Case>,
}

/// Events, a query, and what is known of its answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// Unique among the suite's.
    pub name: String,
    /// What it needs besides events, persons and properties: `sql` where HogQL has to be computed.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Settings of the project that the events go to.
    #[serde(default)]
    pub project: ProjectSettings,
    /// Persons, who are made before the events.
    #[serde(default)]
    pub persons: Vec<Person>,
    /// Groups, which are made before the events.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// The events.
    #[serde(default)]
    pub events: Vec<CapturedEvent>,
    /// Actions to be made first, as their route takes them.
    #[serde(default)]
    pub actions: Vec<Value>,
    /// Cohorts to be made first, as their route takes them.
    #[serde(default)]
    pub cohorts: Vec<Value>,
    /// The query node.
    pub query: Value,
    /// Part of the results, to be compared by [`differ::differ`].
    pub expect: Option<Value>,
    /// Whether the order of the results is no fact.
    #[serde(default)]
    pub unordered: bool,
    /// `{"status": 400}` where the query is to be refused.
    pub expect_error: Option<Value>,
    /// The answer's `columns`.
    pub expect_columns: Option<Value>,
    /// The answer's `types`.
    pub expect_types: Option<Value>,
    /// Part of the whole answer.
    pub expect_response: Option<Value>,
}

/// Settings of a case's project.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ProjectSettings {
    /// Time zone, by name; UTC where there is none.
    pub timezone: Option<String>,
    /// 0 for Sunday, 1 for Monday.
    pub week_start_day: Option<i64>,
}

/// A person of a case.
#[derive(Clone, Debug, Deserialize)]
pub struct Person {
    /// All names that clients know the person by.
    pub distinct_ids: Vec<String>,
    /// Properties.
    #[serde(default)]
    pub properties: Map<String, Value>,
    /// When the person was first seen; the first event where there is none.
    pub created_at: Option<DateTime<Utc>>,
}

/// A group of a case.
#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    /// Type, such as `organization`.
    #[serde(rename = "type")]
    pub group_type: String,
    /// Key.
    pub key: String,
    /// Index of the type.
    #[serde(default)]
    pub index: u8,
    /// Properties.
    #[serde(default)]
    pub properties: Map<String, Value>,
}

/// An event as a client captures it.
#[derive(Clone, Debug, Deserialize)]
pub struct CapturedEvent {
    /// Name.
    pub event: String,
    /// The client's name for the person.
    pub distinct_id: String,
    /// When.
    pub timestamp: DateTime<Utc>,
    /// Properties.
    #[serde(default)]
    pub properties: Map<String, Value>,
}

impl Suite {
    /// Reads a file of cases.
    ///
    /// # Errors
    /// A message that names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl Case {
    /// The kind of its query.
    pub fn kind(&self) -> &str {
        self.query["kind"].as_str().unwrap_or_default()
    }

    /// Whether HogQL has to be computed for it.
    pub fn needs_hogql(&self) -> bool {
        const KINDS: [&str; 3] = ["HogQLQuery", "EventsQuery", "DataVisualizationNode"];
        self.needs.iter().any(|need| need == "sql") || KINDS.contains(&self.kind())
    }

    /// The actions and cohorts to be made first, in order: `action` or `cohort`, the case's own key for it, and what its route takes.
    pub fn definitions(&self) -> impl Iterator<Item = (&'static str, &str, Value)> {
        let kinds = [("action", &self.actions), ("cohort", &self.cohorts)];
        kinds.into_iter().flat_map(|(kind, things)| {
            things.iter().map(move |thing| {
                let mut body = thing.clone();
                if let Value::Object(fields) = &mut body {
                    fields.remove("key");
                }
                (kind, thing["key"].as_str().unwrap_or_default(), body)
            })
        })
    }

    /// The case with `id` wherever it names the action or cohort that it calls `key`: `{{action:KEY}}`, `{{cohort:KEY}}`.
    #[must_use]
    pub fn with_id(mut self, kind: &str, key: &str, id: &Value) -> Self {
        let name = format!("{{{{{kind}:{key}}}}}");
        let expected = [&mut self.expect, &mut self.expect_columns, &mut self.expect_types, &mut self.expect_response];
        let expected = expected.into_iter().flatten();
        expected.chain([&mut self.query]).for_each(|part| fill(part, &name, id));
        self
    }

    /// When `person` was first seen; `None` for one who has neither a date nor an event, and so cannot be made.
    pub fn first_seen(&self, person: &Person) -> Option<DateTime<Utc>> {
        let own = self.events.iter().filter(|event| person.distinct_ids.contains(&event.distinct_id));
        person.created_at.or_else(|| own.map(|event| event.timestamp).min())
    }

    /// The groups by the index of their type: made in this order, types get the indexes that the case means.
    pub fn groups_in_order(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        groups.sort_by_key(|group| group.index);
        groups
    }

    /// All that has to be captured, in order: `$identify`, `$set` and `$groupidentify` events that make persons and groups, then the
    /// events by time. The former say nothing else, so no query counts them.
    pub fn captured_events(&self) -> Vec<CapturedEvent> {
        let mut making = Vec::new();
        for person in &self.persons {
            let Some(at) = self.first_seen(person) else { continue };
            let (id, others) = person.distinct_ids.split_first().expect("a person has a distinct id");
            let set = Value::Object(person.properties.clone());
            for other in others {
                making.push(captured("$identify", id, at, json!({"$anon_distinct_id": other, "$set": set})));
            }
            if others.is_empty() || !person.properties.is_empty() {
                making.push(captured("$set", id, at, json!({"$set": set})));
            }
        }
        let times = making.iter().chain(&self.events).map(|event| event.timestamp);
        let start = times.min().or_else(|| Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).single()).unwrap_or_default();
        for Group { group_type, key, properties, .. } in self.groups_in_order() {
            let set = json!({"$group_type": group_type, "$group_key": key, "$group_set": properties});
            making.push(captured("$groupidentify", &format!("{group_type}_{key}"), start, set));
        }
        let mut events = self.events.clone();
        events.sort_by_key(|event| event.timestamp);
        making.extend(events);
        making
    }
}

fn captured(event: &str, distinct_id: &str, timestamp: DateTime<Utc>, properties: Value) -> CapturedEvent {
    let Value::Object(properties) = properties else { unreachable!("made from an object") };
    CapturedEvent { event: event.to_owned(), distinct_id: distinct_id.to_owned(), timestamp, properties }
}

/// Puts `id` where `part` says `name`: in place of a whole text, or as text within one.
fn fill(part: &mut Value, name: &str, id: &Value) {
    match part {
        Value::String(text) if text == name => *part = id.clone(),
        Value::String(text) => *text = text.replace(name, &id.to_string()),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, name, id)),
        Value::Object(fields) => fields.values_mut().for_each(|value| fill(value, name, id)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
