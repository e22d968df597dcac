//! Cases in memory: their queries answered over a memory source, the answers held against what is expected.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::{TimeZone as _, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use query_engine::answer::{Answer, Query, QueryContext, answer};
use query_engine::control::QueryControl;
use query_engine::definitions::{ActionDefinition, CohortDefinition, Definitions};
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use query_engine::results::Results;
use query_engine::scan::HogqlEngine;
use serde_json::Value;
use uuid::Uuid;

use super::Case;
use super::differ::differ;

/// A case with everything that its query needs.
#[derive(Debug)]
pub struct InMemory {
    /// The case, the ids of its actions and cohorts filled in.
    pub case: Case,
    /// What the answer depends on besides the events: the project, its zone, its actions and cohorts.
    pub context: QueryContext,
    /// The events, with those that make the persons and groups.
    pub source: MemorySource,
}

impl InMemory {
    /// Makes what `case` needs; HogQL is computed by `engine`, where there is one.
    ///
    /// # Errors
    /// Where an action or a cohort of the case cannot be read.
    pub fn of(case: &Case, engine: Option<Arc<dyn HogqlEngine>>) -> Result<Self, String> {
        let (case, definitions) = define(case)?;
        let project = ProjectId(1);
        let context = QueryContext {
            project,
            timezone: case.project.timezone.as_deref().unwrap_or("UTC").parse().map_err(|_| "no such time zone")?,
            week_start: case.project.week_start_day.and_then(WeekStart::from_number).unwrap_or_default(),
            now: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().ok_or("no such instant")?,
            definitions: Arc::new(definitions),
        };
        let mut source = source(&case, project);
        if let Some(engine) = engine {
            source = source.with_hogql(engine);
        }
        Ok(Self { case, context, source })
    }

    /// Whether the answer is as expected.
    ///
    /// # Errors
    /// Where and how it differs.
    pub fn check(&self) -> Result<(), String> {
        match (self.answer(), &self.case.expect_error, &self.case.expect) {
            // a query that is refused because its kind is not known has not been found wrong
            (Err(QueryError::Invalid { .. }), Some(_), _) => Ok(()),
            (Ok(answer), Some(_), _) => Err(format!("wanted a refusal, got {}", answer.results)),
            (Err(error), ..) => Err(with_causes(&error)),
            (Ok(answer), None, Some(expected)) => {
                self.read_back(&answer)?;
                differ(expected, &answer.results, "results", self.case.unordered).map_or(Ok(()), Err)
            }
            (Ok(_), None, None) => Ok(()),
        }
    }

    /// That what the answer says can be read back out of its body.
    fn read_back(&self, answer: &Answer) -> Result<(), String> {
        let query = Query::parse(&self.case.query).map_err(|error| with_causes(&error))?;
        let read = Results::read(&query, &answer.results, answer.columns.as_ref());
        read.map(|_| ()).map_err(|error| with_causes(&error))
    }

    fn answer(&self) -> Result<Answer, QueryError> {
        let query = Query::parse(&self.case.query)?;
        let control = QueryControl::unlimited();
        let answered = pin!(answer(&query, &self.context, &self.source, &control));
        let Poll::Ready(answer) = answered.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("a source in memory never waits")
        };
        answer
    }
}

/// An error and what it was caused by.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// The case with the ids of its actions and cohorts, and these.
fn define(case: &Case) -> Result<(Case, Definitions), String> {
    let mut filled = case.clone();
    let mut definitions = Definitions::default();
    for (id, (kind, key, body)) in (1..).zip(case.definitions()) {
        let name = body["name"].as_str().unwrap_or_default();
        let read = match kind {
            "action" => ActionDefinition::read(name, &body["steps"]).map(|action| {
                definitions.actions.insert(id, action);
            }),
            _ => read_cohort(name, &body).map(|cohort| {
                definitions.cohorts.insert(id, cohort);
            }),
        };
        read.map_err(|error| format!("{kind} {key}: {error}"))?;
        filled = filled.with_id(kind, key, &id.into());
    }
    Ok((filled, definitions))
}

fn read_cohort(name: &str, body: &Value) -> Result<CohortDefinition, QueryError> {
    if body.get("filters").is_some() {
        CohortDefinition::read_filters(name, &body["filters"])
    } else {
        CohortDefinition::read_groups(name, &body["groups"])
    }
}

/// The events in memory, with those that make the persons and groups.
fn source(case: &Case, project: ProjectId) -> MemorySource {
    let mut source = MemorySource::new(project);
    for person in &case.persons {
        let Some(at) = case.first_seen(person) else { continue };
        let ids: Vec<&str> = person.distinct_ids.iter().map(String::as_str).collect();
        source.add_person(&ids, at.timestamp_micros(), person.properties.clone());
    }
    for group in case.groups_in_order() {
        source.add_group(&group.group_type, &group.key, group.properties.clone());
    }
    for (number, event) in case.captured_events().into_iter().enumerate() {
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
