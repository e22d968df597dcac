use insights_core::ids::ProjectId;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::model::{EndpointFields, EndpointId, EndpointName};

fn endpoint(query: Value) -> Endpoint {
    let created_at = "2026-01-14T12:00:00Z".parse().unwrap();
    Endpoint {
        id: EndpointId(Uuid::from_u128(1)),
        project: ProjectId(1),
        name: EndpointName::parse("a").unwrap(),
        revision: 1,
        fields: EndpointFields {
            description: String::new(),
            is_active: true,
            cache_age: None,
            derived_from_insight: None,
            materialized: None,
            created_at,
            created_by: None,
            updated_at: created_at,
        },
        latest: EndpointVersion { id: Uuid::from_u128(2), version: 1, query, created_at, created_by: None },
        last_executed_at: None,
    }
}

fn trends() -> Value {
    json!({"kind": "InsightVizNode", "source": {
        "kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}], "interval": "day",
    }})
}

fn sql() -> Value {
    json!({"kind": "HogQLQuery", "query": "select {variables.x} from events where {filters}", "variables": {"k": {"code_name": "x", "value": 1}}})
}

fn run(query: Value, asked: &RunRequest) -> Result<RunPlan, Problem> {
    let endpoint = endpoint(query);
    let version = endpoint.latest.clone();
    plan(endpoint, version, asked, &[])
}

#[track_caller]
fn refused(query: Value, asked: &RunRequest, attr: &str, part: &str) {
    let problem = run(query, asked).unwrap_err();
    assert_eq!(problem.attr.as_deref(), Some(attr), "{problem}");
    assert!(problem.detail.contains(part), "{problem}");
}

fn with_query(overrides: Value) -> RunRequest {
    RunRequest { query_override: Some(overrides), ..RunRequest::default() }
}

fn with_filters(filters: Value) -> RunRequest {
    RunRequest { filters_override: Some(filters), ..RunRequest::default() }
}

fn with_variables(variables: Value) -> RunRequest {
    RunRequest { variables: variables.as_object().unwrap().clone(), ..RunRequest::default() }
}

#[test]
fn a_run_without_anything_is_the_version_itself() {
    let plan = run(trends(), &RunRequest::default()).unwrap();
    assert_eq!(plan.node, trends()["source"]);
    assert_eq!((plan.page, plan.is_overridden, plan.max_age), (None, false, TimeDelta::hours(6)));
    // what says nothing is nothing
    let nothing =
        RunRequest { query_override: Some(json!({})), filters_override: Some(json!(null)), ..RunRequest::default() };
    assert_eq!(run(trends(), &nothing).unwrap(), plan);
}

#[test]
fn keys_of_an_insights_query_are_replaced() {
    let series = json!([{"kind": "EventsNode", "event": "b"}]);
    let plan = run(trends(), &with_query(json!({"series": series, "kind": "TrendsQuery", "interval": null}))).unwrap();
    assert_eq!(plan.node, json!({"kind": "TrendsQuery", "series": series, "interval": null}));
    assert!(plan.is_overridden);
    let plan = run(trends(), &with_filters(json!({"date_from": "-3d"}))).unwrap();
    assert_eq!(plan.node["dateRange"]["date_from"], "-3d");
    assert!(plan.is_overridden);
}

#[test]
fn what_cannot_be_overridden_is_named() {
    refused(trends(), &with_query(json!([1])), "query_override", "object");
    refused(trends(), &with_query(json!({"kind": "HogQLQuery"})), "query_override__kind", "TrendsQuery");
    refused(trends(), &with_query(json!({"kind": null})), "query_override__kind", "TrendsQuery");
    refused(trends(), &with_query(json!({"interval": "era"})), "query_override__interval", "era");
    refused(trends(), &with_query(json!({"x": "x".repeat(300_000)})), "query_override", "larger");
    refused(trends(), &with_filters(json!("a")), "filters_override", "object");
    refused(trends(), &with_filters(json!({"team_id": 1})), "filters_override__team_id", "date_from");
    refused(trends(), &with_filters(json!({"date_from": "x or 1"})), "filters_override__date_from", "x or 1");
    refused(trends(), &with_variables(json!({"x": 1})), "variables", "Only query_override and filters_override");
    refused(sql(), &with_query(json!({"query": "select 2"})), "query_override", "Only variables and filters_override");
    let without_filters = json!({"kind": "HogQLQuery", "query": "select '{filters}'"});
    refused(without_filters, &with_filters(json!({"date_from": "-3d"})), "filters_override", "{filters}");
}

#[test]
fn variables_are_filled_in() {
    let plan = run(sql(), &RunRequest::default()).unwrap();
    assert_eq!(plan.variables, [("x".to_owned(), json!(1))].into());
    let plan = run(sql(), &with_variables(json!({"x": "'; --"}))).unwrap();
    assert_eq!(plan.node["variables"]["k"], json!({"code_name": "x", "value": "'; --", "isNull": false}));
    assert_eq!(plan.node["query"], sql()["query"]);
    assert!(!plan.is_overridden);
    refused(sql(), &with_variables(json!({"y": 1})), "variables__y", "Variable 'y' not found in query");
    let plan = run(sql(), &with_filters(json!({"date_from": "-3d"}))).unwrap();
    assert_eq!(plan.node["filters"]["dateRange"]["date_from"], "-3d");
}

#[test]
fn pages_are_of_rows_alone() {
    let with_page = |limit, offset| RunRequest { limit, offset, ..RunRequest::default() };
    assert_eq!(run(sql(), &with_page(Some(5), None)).unwrap().page, Some(RowsPage { limit: 5, offset: 0 }));
    assert_eq!(run(sql(), &with_page(None, Some(5))).unwrap().page, Some(RowsPage { limit: 100, offset: 5 }));
    refused(sql(), &with_page(Some(0), None), "limit", "greater");
    refused(sql(), &with_page(Some(50_001), None), "limit", "50000");
    refused(sql(), &with_page(None, Some(-1)), "offset", "greater");
    refused(sql(), &with_page(None, Some(i64::MAX)), "offset", "4294967295");
    refused(trends(), &with_page(Some(5), None), "limit", "TrendsQuery");
}

#[test]
fn refresh_has_old_and_new_words() {
    use RunRefresh::{Cache, Direct, Force};
    for (name, expected) in
        [("blocking", Cache), ("cache", Cache), ("force", Force), ("force_blocking", Direct), ("direct", Direct)]
    {
        assert_eq!(RunRefresh::read(name), Ok(expected));
    }
    for name in ["async", "lazy_async", "force_cache"] {
        assert_eq!(RunRefresh::read(name).unwrap_err().detail, "Only sync modes are supported (refresh param)");
    }
    assert_eq!(RunRefresh::read("now").unwrap_err().code, "invalid_choice");
}
