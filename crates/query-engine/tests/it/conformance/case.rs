//! A conformance case in memory: its query answered over a memory source, the answer held against what is expected.

use std::sync::Arc;

use chrono::{TimeZone as _, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use query_engine::answer::{Answer, QueryContext};
use query_engine::definitions::{ActionDefinition, CohortDefinition, Definitions};
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use serde_json::Value;
use test_support::conformance::Case;
use test_support::conformance::differ::differ;
use uuid::Uuid;

use crate::actors::agreement::Numbers;
use crate::ask::ask;

/// Whether the answer is as expected; where and how it differs.
pub(super) fn run(case: &Case) -> Result<(), String> {
    let (case, definitions) = define(case)?;
    match (answer(&case, definitions), &case.expect_error, &case.expect) {
        // A query that is refused because its kind is not known has not been found wrong.
        (Err(QueryError::Invalid { .. }), Some(_), _) => Ok(()),
        (Ok(answer), Some(_), _) => Err(format!("wanted a refusal, got {}", answer.results)),
        (Err(error), ..) => Err(error.to_string()),
        (Ok(answer), None, Some(expected)) => {
            differ(expected, &answer.results, "results", case.unordered).map_or(Ok(()), Err)
        }
        (Ok(_), None, None) => Ok(()),
    }
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

/// What the actors behind the numbers of the answer say of them: how many numbers there are, and which differ.
pub(super) fn check_actors(case: &Case) -> Result<(usize, Vec<String>), String> {
    let (case, definitions) = define(case)?;
    let mut insight = &case.query;
    while insight.get("source").is_some() {
        insight = &insight["source"];
    }
    let (context, project) = (context(&case, definitions), ProjectId(1));
    let source = source(&case, project);
    let numbers = Numbers::check(insight, &context, &source);
    Ok((numbers.n_checked, numbers.differences))
}

fn answer(case: &Case, definitions: Definitions) -> Result<Answer, QueryError> {
    ask(&case.query, &context(case, definitions), &source(case, ProjectId(1)))
}

fn context(case: &Case, definitions: Definitions) -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: case.project.timezone.as_deref().unwrap_or("UTC").parse().unwrap(),
        week_start: case.project.week_start_day.and_then(WeekStart::from_number).unwrap_or_default(),
        now: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
        definitions: Arc::new(definitions),
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
