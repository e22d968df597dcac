//! Events in memory as a scan source: for tests, and for programs that have events at hand and no store.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use insights_core::event::{Event, is_identity_only};
use insights_core::ids::ProjectId;
use serde_json::{Map, Value};

use crate::control::QueryControl;
use crate::error::QueryError;
use crate::logs::LogSource;
use crate::plan::{Output, Plan};
use crate::scan::{
    Column, EventColumn, GroupColumn, Groups, HogqlEngine, Identities, Persons, Run, Scan, ScanRequest, ScanSource,
};
use crate::source::{EventSource, run_on_scan};
use crate::value::PropertyValue;

/// Events and persons of one project, in memory. Knows no identity rules: who is who is told by [`Self::add_person`].
#[derive(Default)]
pub struct MemorySource {
    project: Option<ProjectId>,
    events: Vec<StoredEvent>,
    persons: Vec<StoredPerson>,
    person_of: HashMap<String, u32>,
    /// In the order in which they were added.
    distinct_ids: Vec<(Arc<str>, u32)>,
    group_types: Vec<Arc<str>>,
    groups: Vec<BTreeMap<Arc<str>, Map<String, Value>>>,
    hogql: Option<Arc<dyn HogqlEngine>>,
    logs: Option<Arc<dyn LogSource>>,
}

#[derive(Debug)]
struct StoredEvent {
    event: Arc<str>,
    person: u32,
    timestamp_us: i64,
    distinct_id: String,
    uuid: uuid::Uuid,
    properties: Map<String, Value>,
}

#[derive(Debug)]
struct StoredPerson {
    created_at_us: i64,
    properties: Map<String, Value>,
}

impl fmt::Debug for MemorySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySource").field("events", &self.events).finish_non_exhaustive()
    }
}

impl MemorySource {
    /// The same, answering HogQL with `engine`.
    #[must_use]
    pub fn with_hogql(mut self, engine: Arc<dyn HogqlEngine>) -> Self {
        self.hogql = Some(engine);
        self
    }

    /// The same, with the logs that HogQL reads.
    #[must_use]
    pub fn with_logs(mut self, logs: Arc<dyn LogSource>) -> Self {
        self.logs = Some(logs);
        self
    }

    /// No events, for `project`.
    pub fn new(project: ProjectId) -> Self {
        Self { project: Some(project), ..Self::default() }
    }

    /// Adds a person of those distinct ids, who was first seen by the first of them, and gives the person's number.
    pub fn add_person(&mut self, distinct_ids: &[&str], created_at_us: i64, properties: Map<String, Value>) -> u32 {
        let number = u32::try_from(self.persons.len()).expect("a test has fewer than 2^32 persons");
        self.persons.push(StoredPerson { created_at_us, properties });
        for id in distinct_ids {
            self.person_of.insert((*id).to_owned(), number);
            self.distinct_ids.push(((*id).into(), number));
        }
        number
    }

    /// Adds a group; its type gets the next index when it is new.
    pub fn add_group(&mut self, group_type: &str, key: &str, properties: Map<String, Value>) {
        let index = self.group_types.iter().position(|known| &**known == group_type).unwrap_or_else(|| {
            self.group_types.push(group_type.into());
            self.groups.push(BTreeMap::new());
            self.group_types.len() - 1
        });
        self.groups[index].insert(key.into(), properties);
    }

    /// Adds an event; a distinct id that no person has makes a new person, first seen then. One that says nothing but who is who does no
    /// more than that.
    ///
    /// # Panics
    /// Where the properties are not a JSON object.
    pub fn add_event(&mut self, event: &Event) {
        let properties: Map<String, Value> =
            serde_json::from_str(&event.properties).expect("an event's properties are a JSON object");
        let timestamp_us = event.timestamp.timestamp_micros();
        let person = match self.person_of.get(&event.distinct_id) {
            Some(&person) => person,
            None => self.add_person(&[&event.distinct_id], timestamp_us, Map::new()),
        };
        if is_identity_only(&event.event, properties.keys().map(String::as_str)) {
            return;
        }
        self.events.push(StoredEvent {
            event: event.event.as_str().into(),
            person,
            timestamp_us,
            distinct_id: event.distinct_id.clone(),
            uuid: event.uuid,
            properties,
        });
    }
}

impl ScanSource for MemorySource {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        requests.iter().map(|request| self.scan_one(request, control)).collect()
    }

    fn logs(&self) -> Option<&dyn LogSource> {
        self.logs.as_deref()
    }

    fn hogql(&self) -> Option<&dyn HogqlEngine> {
        self.hogql.as_deref()
    }
}

impl MemorySource {
    fn scan_one(&self, request: &ScanRequest, control: &QueryControl) -> Result<Scan, QueryError> {
        control.check()?;
        let mut rows_of: HashMap<Arc<str>, Vec<&StoredEvent>> = HashMap::new();
        for event in self.events.iter().filter(|event| {
            self.project == Some(request.project)
                && request.from_us.is_none_or(|from| event.timestamp_us >= from)
                && request.until_us.is_none_or(|until| event.timestamp_us < until)
                && request.events.contains(&event.event)
        }) {
            rows_of.entry(Arc::clone(&event.event)).or_default().push(event);
        }
        let mut names: Vec<_> = rows_of.keys().cloned().collect();
        names.sort();
        let runs = names.into_iter().map(|name| {
            let mut rows = rows_of.remove(&name).unwrap_or_default();
            rows.sort_by_key(|row| (row.person, row.timestamp_us));
            run(name, &rows, &request.event_columns)
        });
        Ok(Scan {
            runs: runs.collect(),
            persons: Persons {
                n_numbers: self.persons.len(),
                created_at_us: self.persons.iter().map(|person| person.created_at_us).collect::<Vec<_>>().into(),
                columns: request
                    .person_properties
                    .iter()
                    .map(|key| column(self.persons.iter().map(|person| json_value(person.properties.get(key)))))
                    .collect(),
                properties: if request.whole_person_properties {
                    self.persons.iter().map(|person| json_text(&person.properties)).collect()
                } else {
                    Vec::new()
                },
            },
            group_columns: request.group_properties.iter().map(|(index, key)| self.group_column(*index, key)).collect(),
            group_types: self.group_types.clone(),
            identities: if request.identities { self.identities() } else { Identities::default() },
            groups: if request.groups { self.groups.iter().map(groups_of).collect() } else { Vec::new() },
        })
    }

    fn identities(&self) -> Identities {
        let distinct_ids = &self.distinct_ids;
        let first = |person: u32| distinct_ids.iter().position(|(_, other)| *other == person).unwrap_or_default();
        let n_persons = u32::try_from(self.persons.len()).expect("a test has fewer than 2^32 persons");
        let firsts = (0..n_persons).map(|person| u32::try_from(first(person)).expect("fewer than 2^32 distinct ids"));
        Identities {
            first_distinct_ids: firsts.collect::<Vec<_>>().into(),
            persons: distinct_ids.iter().map(|(_, person)| *person).collect::<Vec<_>>().into(),
            distinct_ids: distinct_ids.iter().map(|(id, _)| Arc::clone(id)).collect(),
            is_identified: vec![false; self.persons.len()].into(),
        }
    }

    fn group_column(&self, index: u8, key: &str) -> GroupColumn {
        let groups = self.groups.get(usize::from(index)).into_iter().flatten();
        GroupColumn {
            values: groups.map(|(group, properties)| (Arc::clone(group), json_value(properties.get(key)))).collect(),
        }
    }
}

#[async_trait]
impl EventSource for MemorySource {
    async fn run(&self, plan: &Plan, control: &QueryControl) -> Result<Output, QueryError> {
        run_on_scan(plan, self, control)
    }

    fn group_types(&self, _project: ProjectId) -> Vec<String> {
        self.group_types.iter().map(|name| name.to_string()).collect()
    }
}

fn run(event: Arc<str>, rows: &[&StoredEvent], columns: &[EventColumn]) -> Run {
    Run {
        event,
        persons: rows.iter().map(|row| row.person).collect::<Vec<_>>().into(),
        timestamps: rows.iter().map(|row| row.timestamp_us).collect::<Vec<_>>().into(),
        columns: columns
            .iter()
            .map(|wanted| {
                column(rows.iter().map(|row| match wanted {
                    EventColumn::Property(key) => json_value(row.properties.get(key)),
                    EventColumn::DistinctId => PropertyValue::String(row.distinct_id.as_str().into()),
                    EventColumn::Uuid => PropertyValue::String(row.uuid.to_string().into()),
                    EventColumn::Properties => PropertyValue::Json(json_text(&row.properties)),
                }))
            })
            .collect(),
    }
}

fn groups_of(groups: &BTreeMap<Arc<str>, Map<String, Value>>) -> Groups {
    Groups { keys: groups.keys().cloned().collect(), properties: groups.values().map(json_text).collect() }
}

fn json_text(properties: &Map<String, Value>) -> Arc<str> {
    serde_json::to_string(properties).expect("an object of JSON values is JSON").into()
}

fn json_value(value: Option<&Value>) -> PropertyValue {
    value.map_or(PropertyValue::Null, PropertyValue::from_json)
}

/// Dictionary-codes `values`; looks through the dictionary for each of them, which is fine for the few rows of a memory source.
fn column(values: impl Iterator<Item = PropertyValue>) -> Column {
    let mut dictionary = vec![PropertyValue::Null];
    let codes: Vec<u32> = values
        .map(|value| {
            let code = dictionary.iter().position(|known| *known == value).unwrap_or_else(|| {
                dictionary.push(value);
                dictionary.len() - 1
            });
            u32::try_from(code).expect("a test has fewer than 2^32 distinct values")
        })
        .collect();
    Column::new(codes, dictionary)
}
