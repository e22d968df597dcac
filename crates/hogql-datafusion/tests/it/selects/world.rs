//! Events and persons, as a store lends them and as plain rows.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use hogql_datafusion::DataFusionEngine;
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::control::QueryControl;
use query_engine::dictionary::Dictionary;
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use query_engine::plan::{Output, Plan};
use query_engine::scan::{Column, HogqlEngine, Scan, ScanRequest, ScanSource};
use query_engine::source::{EventSource, run_on_scan};
use query_engine::value::PropertyValue;
use serde_json::{Map, json};
use uuid::Uuid;

use super::relations::Row;
use super::values::Value;

pub(super) const PROJECT: ProjectId = ProjectId(1);

/// The distinct ids of each person: some were merged.
pub(super) const PERSONS: [&[&str]; 4] = [&["ann", "laptop"], &["bob"], &["cleo", "phone", "tablet"], &["dan"]];

/// The last second of a day.
const START_S: i64 = 1_767_311_999;

type Json = serde_json::Value;

/// One event, and the segment that it is stored in.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    event: &'static str,
    distinct_id: &'static str,
    /// After the start.
    second: i64,
    segment: usize,
    p: Option<&'static str>,
    n: Json,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) facts: Vec<Fact>,
    /// The property `tier` of each person.
    pub(super) tiers: [Option<&'static str>; PERSONS.len()],
}

const N_SEGMENTS: usize = 4;

fn fact() -> impl Strategy<Value = Fact> {
    let n =
        vec![json!(null), json!(1), json!(2), json!(-3), json!(2.5), json!("2"), json!("x"), json!(""), json!(true)];
    (
        select(vec!["a", "b", "c"]),
        select(PERSONS[..3].concat()),
        select(vec![0, 1, 60, 86_400, 86_401]),
        0..N_SEGMENTS,
        select(vec![None, Some("x"), Some("y"), Some(""), Some("X.y"), Some("2"), Some("é%")]),
        select(n),
    )
        .prop_map(|(event, distinct_id, second, segment, p, n)| Fact { event, distinct_id, second, segment, p, n })
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let tier = || select(vec![None, Some("gold"), Some("x")]);
    (vec(fact(), 0..10), [tier(), tier(), tier(), tier()]).prop_map(|(facts, tiers)| World { facts, tiers })
}

impl World {
    /// Events of those names, each in a segment of its own.
    pub(super) fn of_events(names: &[&'static str]) -> Self {
        let fact = |(segment, event): (usize, &&'static str)| Fact {
            event,
            distinct_id: "ann",
            second: 0,
            segment,
            p: None,
            n: Json::Null,
        };
        Self { facts: names.iter().enumerate().map(fact).collect(), tiers: Default::default() }
    }

    /// The columns that [`Self::event_rows`] has, as statements name them.
    pub(super) const EVENT_COLUMNS: [&'static str; 7] =
        ["event", "distinct_id", "timestamp", "person_id", "properties.p", "properties.n", "person.properties.tier"];

    pub(super) fn event_rows(&self) -> Vec<Row> {
        let row = |fact: &Fact| {
            let person = PERSONS.iter().position(|ids| ids.contains(&fact.distinct_id)).unwrap();
            let n = match &fact.n {
                Json::Null => Value::Null,
                Json::String(text) => Value::text(text),
                other => Value::Text(other.to_string()),
            };
            vec![
                Value::text(fact.event),
                Value::text(fact.distinct_id),
                Value::Instant((START_S + fact.second) * 1_000_000),
                Value::Person(Some(person)),
                fact.p.map_or(Value::Null, Value::text),
                n,
                self.tiers[person].map_or(Value::Null, Value::text),
            ]
        };
        self.facts.iter().map(row).collect()
    }

    /// The columns that [`Self::person_rows`] has.
    pub(super) const PERSON_COLUMNS: [&'static str; 2] = ["id", "properties.tier"];

    pub(super) fn person_rows(&self) -> Vec<Row> {
        let row = |(person, tier): (usize, &Option<&str>)| {
            vec![Value::Person(Some(person)), tier.map_or(Value::Null, Value::text)]
        };
        self.tiers.iter().enumerate().map(row).collect()
    }

    /// The same with numbers whose sums depend on the order in which they are added up.
    pub(super) fn with_uneven_numbers(mut self) -> Self {
        for (fact, number) in self.facts.iter_mut().zip(1..) {
            fact.n = json!(0.1 * f64::from(number));
        }
        self
    }

    /// The events in their segments.
    pub(super) fn in_segments(&self) -> Segments {
        Segments((0..N_SEGMENTS).map(|segment| self.source(|fact| fact.segment == segment)).collect())
    }

    /// The events in one segment.
    pub(super) fn in_one_segment(&self) -> Segments {
        Segments(vec![self.source(|_| true)])
    }

    fn source(&self, is_inside: impl Fn(&Fact) -> bool) -> MemorySource {
        let mut source = MemorySource::new(PROJECT);
        for (ids, tier) in PERSONS.iter().zip(self.tiers) {
            let properties = tier.map(|tier| ("tier".to_owned(), json!(tier)));
            source.add_person(ids, START_S * 1_000_000, properties.into_iter().collect());
        }
        for (number, fact) in (1..).zip(&self.facts).filter(|(_, fact)| is_inside(fact)) {
            let mut properties = Map::from_iter([("n".to_owned(), fact.n.clone())]);
            properties.extend(fact.p.map(|p| ("p".to_owned(), json!(p))));
            source.add_event(&Event {
                uuid: Uuid::from_u128(number),
                event: fact.event.to_owned(),
                distinct_id: fact.distinct_id.to_owned(),
                timestamp: DateTime::from_timestamp_secs(START_S + fact.second).unwrap(),
                properties: Json::Object(properties).to_string(),
            });
        }
        source
    }
}

/// Segments that know the same persons. Every other one has a dictionary for all its runs, which so has values that a run has not.
pub(super) struct Segments(Vec<MemorySource>);

impl ScanSource for Segments {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        let mut scans: Option<Vec<Scan>> = None;
        for (number, segment) in self.0.iter().enumerate() {
            let mut of_segment = segment.scan(requests, control)?;
            if number % 2 == 1 {
                of_segment.iter_mut().for_each(share_dictionaries);
            }
            match &mut scans {
                None => scans = Some(of_segment),
                Some(scans) => scans.iter_mut().zip(of_segment).for_each(|(scan, more)| scan.runs.extend(more.runs)),
            }
        }
        Ok(scans.unwrap_or_default())
    }

    fn hogql(&self) -> Option<&dyn HogqlEngine> {
        Some(&DataFusionEngine)
    }
}

#[async_trait]
impl EventSource for Segments {
    async fn run(&self, plan: &Plan, control: &QueryControl) -> Result<Output, QueryError> {
        run_on_scan(plan, self, control)
    }
}

fn share_dictionaries(scan: &mut Scan) {
    let n_columns = scan.runs.first().map_or(0, |run| run.columns.len());
    for index in 0..n_columns {
        let mut values = vec![PropertyValue::Null];
        for value in scan.runs.iter().flat_map(|run| run.columns[index].dictionary.iter()) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        let dictionary: Arc<Dictionary> = Arc::new(values.into());
        for run in &mut scan.runs {
            let column = &run.columns[index];
            let code = |row| (0..).zip(dictionary.iter()).find(|(_, value)| *value == column.value(row)).unwrap().0;
            let codes: Vec<u32> = (0..column.codes.len()).map(code).collect();
            run.columns[index] = Column { codes: codes.into(), dictionary: Arc::clone(&dictionary) };
        }
    }
}
