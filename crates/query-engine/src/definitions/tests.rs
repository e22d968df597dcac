use std::sync::Arc;

use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use serde_json::{Value, json};

use super::*;
use crate::cohort::{Criterion, Members, Span};
use crate::predicate::Predicate;
use crate::scan::EventSet;

fn context(actions: &[(i64, Value)], cohorts: &[(i64, Value)]) -> QueryContext {
    let actions = actions.iter().map(|(id, steps)| (*id, ActionDefinition::read("an action", steps).unwrap()));
    let cohorts = cohorts.iter().map(|(id, criteria)| (*id, filters(criteria.clone()).unwrap()));
    QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::Europe::Berlin,
        week_start: WeekStart::Monday,
        now: "2024-04-03T12:30:00Z".parse().unwrap(),
        definitions: Arc::new(Definitions {
            actions: actions.collect(),
            cohorts: cohorts.collect(),
            ..Definitions::default()
        }),
    }
}

/// The cohort whose criteria are all of `values`.
fn filters(values: Value) -> Result<CohortDefinition, QueryError> {
    CohortDefinition::read_filters("a cohort", &json!({"properties": {"type": "AND", "values": values}}))
}

fn behaviour(mut criterion: Value, value: &str) -> Value {
    let common = json!({"type": "behavioral", "value": value, "key": "paid", "event_type": "events"});
    for (key, value) in common.as_object().unwrap() {
        criterion.as_object_mut().unwrap().entry(key).or_insert_with(|| value.clone());
    }
    json!([criterion])
}

fn span(from: &str, until: &str) -> Span {
    let us = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
    Span { from_us: us(from), until_us: us(until) }
}

/// The criterion of the only behaviour of `members`.
fn criterion(members: &Members) -> &Criterion {
    match members {
        Members::All(parts) => criterion(&parts[0]),
        Members::Did(behaviour) => &behaviour.criterion,
        members => panic!("no behaviour: {members:?}"),
    }
}

#[track_caller]
fn check_span(extra: Value, value: &str, expected: Span) {
    let context = context(&[], &[(1, behaviour(extra, value))]);
    let cohort = context.cohort(1, "").unwrap();
    match criterion(&cohort.members) {
        Criterion::Times { within, .. } | Criterion::FirstTime { within, .. } | Criterion::Then { within, .. } => {
            assert_eq!(*within, expected)
        }
        criterion => panic!("{criterion:?} has no span"),
    }
}

#[test]
fn time_counts_in_whole_days_of_the_projects_zone() {
    let end = "2024-04-03T22:00:00Z";
    let since = |value: Value, unit: &str| json!({"time_value": value, "time_interval": unit});
    check_span(since(json!(7), "day"), "performed_event", span("2024-03-26T23:00:00Z", end));
    check_span(since(json!("1"), "week"), "performed_event", span("2024-03-26T23:00:00Z", end));
    check_span(since(json!(1), "month"), "performed_event_first_time", span("2024-03-02T23:00:00Z", end));
    check_span(
        json!({"explicit_datetime": "2024-01-01", "explicit_datetime_to": "2024-01-02"}),
        "performed_event",
        span("2023-12-31T23:00:00Z", "2024-01-02T23:00:00Z"),
    );
    check_span(
        json!({
            "time_value": 7, "time_interval": "day", "seq_event": "left", "seq_event_type": "events",
            "seq_time_value": 2, "seq_time_interval": "hour",
        }),
        "performed_event_sequence",
        span("2024-03-26T23:00:00Z", end),
    );
}

#[test]
fn numbers_of_times_are_within_instants() {
    let mut expected = span("2024-03-27T13:30:00Z", "2024-04-03T12:30:05Z");
    expected.from_us += 1;
    let often = json!({"time_value": 7, "time_interval": "day", "operator": "gte", "operator_value": "3"});
    check_span(often, "performed_event_multiple", expected);
}

#[test]
fn periods_count_back_from_the_end_of_yesterday() {
    let regularly = json!({
        "time_value": 2, "time_interval": "day", "operator": "gte", "operator_value": 1, "min_periods": 1, "total_periods": 2,
    });
    let context = context(&[], &[(1, behaviour(regularly, "performed_event_regularly"))]);
    let cohort = context.cohort(1, "").unwrap();
    let Criterion::Regularly { edges_us, .. } = criterion(&cohort.members) else { panic!("not regular") };
    let edges: Vec<String> = edges_us
        .iter()
        .map(|us| chrono::DateTime::from_timestamp_micros(*us).unwrap().format("%m-%dT%H").to_string())
        .collect();
    assert_eq!(edges, ["03-29T23", "03-31T22", "04-02T22"]);
}

#[track_caller]
fn check_refused(values: Value, expected: &str) {
    assert_eq!(filters(values.clone()).unwrap_err().to_string(), expected, "{values}");
}

#[test]
fn wrong_criteria_are_refused_with_their_path() {
    check_refused(
        json!([{"key": "plan"}]),
        "filters.properties.values[0].type: is missing; give AND or OR for a group, or person, behavioral or cohort",
    );
    check_refused(
        json!([{"type": "OR", "values": []}]),
        "filters.properties.values[0].values: has no criterion; give at least one",
    );
    check_refused(
        json!([{"type": "cohort", "key": "id", "value": "mine"}]),
        "filters.properties.values[0].value: \"mine\" is not right here; give the id of a cohort",
    );
    check_refused(
        behaviour(json!({"time_value": 0, "time_interval": "day"}), "performed_event"),
        "filters.properties.values[0].time_value: 0 is not right here; give a whole number from 1 to 1000000",
    );
    check_refused(
        behaviour(json!({"time_value": 3, "time_interval": "eon"}), "performed_event"),
        "filters.properties.values[0].time_interval: \"eon\" is not right here; give one of minute, hour, day, week, month, year",
    );
    check_refused(
        behaviour(
            json!({
                "time_value": 1, "time_interval": "day", "operator_value": 1, "min_periods": 5, "total_periods": 4,
            }),
            "performed_event_regularly",
        ),
        "filters.properties.values[0].min_periods: is more than the 4 periods of total_periods",
    );
    check_refused(
        behaviour(
            json!({
                "time_value": 1, "time_interval": "day", "event_filters": [{"type": "cohort", "key": "id", "value": 2}],
            }),
            "performed_event",
        ),
        "filters.properties.values[0].event_filters: what somebody did cannot depend on cohorts here; ask for the cohort by a \
         criterion of its own",
    );
    let missing = CohortDefinition::read_filters("a cohort", &json!({}));
    assert!(missing.unwrap_err().to_string().starts_with("filters.properties: is missing"));
    let empty = CohortDefinition::read_groups("a cohort", &json!([{}]));
    assert_eq!(empty.unwrap_err().to_string(), "groups[0]: is empty; give properties, event_id or action_id");
}

#[test]
fn cohorts_may_ask_for_others_but_not_for_themselves() {
    let asks_for = |id: i64| json!([{"type": "cohort", "key": "id", "value": id}]);
    let context = context(&[], &[(1, asks_for(2)), (2, asks_for(1)), (3, asks_for(4)), (4, asks_for(9))]);
    assert_eq!(
        context.cohort(1, "at").unwrap_err().to_string(),
        "at: the cohort 1 is not well-formed: filters.properties.values[0].value: the cohort 2 is not well-formed: \
         filters.properties.values[0].value: the cohort 1 asks for itself, so nobody can be in it"
    );
    let missing = context.cohort(3, "at").unwrap_err().to_string();
    assert!(missing.ends_with("there is no cohort 9 in this project; it may have been deleted"), "{missing}");
    assert_eq!(
        context.cohort(5, "at").unwrap_err().to_string(),
        "at: there is no cohort 5 in this project; it may have been deleted"
    );
}

#[test]
fn legacy_groups_are_of_persons_and_of_what_they_did() {
    let groups = json!([
        {"properties": {"plan": "paid"}},
        {"properties": [{"key": "plan", "value": "free", "type": "event"}]},
        {"event_id": "left", "days": "3", "count": 2, "count_operator": "gte"},
        {"action_id": 7},
    ]);
    let definition = CohortDefinition::read_groups("a cohort", &groups).unwrap();
    assert_eq!(definition.references().actions, [7].into());
    let mut context = context(&[(7, json!([{"event": "a"}, {"event": "b"}]))], &[]);
    Arc::get_mut(&mut context.definitions).unwrap().cohorts.insert(1, definition);
    let cohort = context.cohort(1, "").unwrap();
    let Members::Any(parts) = &cohort.members else { panic!("not any: {cohort:?}") };
    assert!(matches!(&parts[0], Members::All(parts) if matches!(parts[..], [Members::Person(_)])), "{parts:?}");
    assert!(matches!(&parts[1], Members::All(parts) if matches!(parts[..], [Members::Person(_)])), "{parts:?}");
    assert!(matches!(criterion(&parts[2]), Criterion::Times { n: 2, .. }), "{parts:?}");
    let Members::Did(action) = &parts[3] else { panic!("{parts:?}") };
    assert_eq!(action.events, EventSet::Named(["a".to_owned(), "b".to_owned()].into()));
}

#[test]
fn an_action_is_any_of_its_steps() {
    let read = |steps: Value| ActionDefinition::read("an action", &steps).unwrap();
    let context = context(&[], &[]);
    let one = read(json!([{"event": "$pageview"}])).selection(&context).unwrap();
    assert_eq!(one.events, EventSet::Named(["$pageview".to_owned()].into()));
    assert_eq!(one.predicate, Predicate::ALWAYS);
    let any_event = read(json!([{"event": "$pageview"}, {"url": "/pay"}])).selection(&context).unwrap();
    assert_eq!(any_event.events, EventSet::All);
    assert!(matches!(&any_event.predicate, Predicate::Any(parts) if parts.len() == 2), "{any_event:?}");
    let no_step = read(json!([])).selection(&context).unwrap();
    assert_eq!((no_step.events, no_step.predicate), (EventSet::All, Predicate::ALWAYS));
}

#[test]
fn wrong_steps_are_refused_with_their_path() {
    let refused = |steps: Value| ActionDefinition::read("an action", &steps).unwrap_err().to_string();
    assert_eq!(refused(json!({})), "steps: {} is not right here; give a list");
    assert_eq!(
        refused(json!([{"url": "a", "url_matching": "almost"}])),
        "steps[0].url_matching: \"almost\" is not right here; give one of exact, contains, regex"
    );
    assert!(
        refused(json!([{"url": "(", "url_matching": "regex"}])).starts_with("steps[0].url: \"(\" is not a regular")
    );
    assert!(refused(json!([{"selector": "a:hover"}])).starts_with("steps[0].selector: \"a:hover\" is not understood"));
}
