//! Questions in words, over HTTP: what becomes of them, who made it, and what is refused.

use std::sync::Arc;

use insights_core::time::ManualClock;
use language_model::model::Provider;
use serde_json::{Value, json};

use crate::support::model::{FakeModel, Reply};
use crate::support::{Tenant, TestServer};

const NOW: &str = "2026-11-21T12:00:00Z";

/// A shop's events of the last days: five people view, four search, three buy; two of Germany, the others of Brazil.
fn shop(tenant: &Tenant) {
    let mut events = Vec::new();
    let mut add = |event: &str, person: usize, day: u32, more: Value| {
        let country = if person < 2 { "DE" } else { "BR" };
        let plan = ["free", "pro", "free", "pro", "enterprise"][person];
        let browser = ["Chrome", "Firefox"][person % 2];
        let mut properties = json!({
            "$browser": browser, "$os": "Linux", "$geoip_country_code": country, "plan": plan,
            "$current_url": "https://shop.example/docs", "$session_id": format!("s{person}{day}"),
        });
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let timestamp = format!("2026-11-{day}T0{person}:00:00Z");
        events.push(json!({"event": event, "distinct_id": format!("p{person}"), "timestamp": timestamp, "properties": properties}));
    };
    for person in 0..5 {
        for day in [17, 18, 19] {
            add("$pageview", person, day, json!({}));
        }
        if person < 4 {
            add("search", person, 18, json!({}));
        }
        if person < 3 {
            add("purchase", person, 19, json!({"revenue": 10.5 * (person + 1) as f64}));
        }
    }
    let body = json!({"api_key": tenant.api_token, "historical_migration": true, "batch": events});
    tenant.client.post("/batch/", &body).expect(200);
}

fn start_with(change: impl FnOnce(&mut hindsight::config::ServeConfig)) -> TestServer {
    let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
    TestServer::start_at(clock, change)
}

fn path(tenant: &Tenant) -> String {
    format!("/api/environments/{}/max_tools/create_and_query_insight/", tenant.project)
}

fn ask(tenant: &Tenant, question: &str, kind: &str) -> Value {
    tenant.client.post(&path(tenant), &json!({"query": question, "insight_type": kind})).expect(200).redacted()
}

/// The words of the last message.
fn content(messages: &Value) -> &str {
    messages.as_array().unwrap().last().unwrap()["data"]["content"].as_str().unwrap()
}

#[test]
fn questions_of_every_kind_are_answered_with_query_and_numbers() {
    let server = start_with(|_| {});
    let tenant = server.first_tenant();
    shop(&tenant);
    insta::assert_json_snapshot!(
        "trends",
        ask(&tenant, "Unique users who purchased by country since 1 November", "trends")
    );
    insta::assert_json_snapshot!("number", ask(&tenant, "How many searches this week?", "trends"));
    insta::assert_json_snapshot!(
        "funnel",
        ask(&tenant, "funnel from page view to search to purchase within 7 days", "funnel")
    );
    insta::assert_json_snapshot!("retention", ask(&tenant, "retention of page views for 3 days", "retention"));
    insta::assert_json_snapshot!("sql", ask(&tenant, "total revenue by plan in November 2026", "sql"));
    insta::assert_json_snapshot!("lifecycle", ask(&tenant, "lifecycle of page views over the last 3 days", "trends"));
    // the other address of the same
    let projects = path(&tenant).replace("environments", "projects");
    tenant.client.post(&projects, &json!({"query": "page views", "insight_type": "trends"})).expect(200);
}

#[test]
fn a_question_that_is_not_understood_is_told_what_would_be() {
    let server = start_with(|_| {});
    let tenant = server.first_tenant();
    insta::assert_json_snapshot!("nothing_there", ask(&tenant, "page views", "trends"));
    shop(&tenant);
    insta::assert_json_snapshot!("not_understood", ask(&tenant, "how many unicorns were petted", "trends"));
    assert!(content(&ask(&tenant, "purchases in Atlantis", "sql")).contains("“in Atlantis”"));
}

#[test]
fn names_that_are_new_are_known_at_once() {
    let server = start_with(|_| {});
    let tenant = server.first_tenant();
    shop(&tenant);
    ask(&tenant, "page views", "trends");
    let event = json!([{"event": "brand_new", "distinct_id": "p", "timestamp": NOW, "properties": {}}]);
    tenant.client.post("/batch/", &json!({"api_key": tenant.api_token, "batch": event})).expect(200);
    assert!(content(&ask(&tenant, "how many brand new events today", "trends")).contains("`brand_new`"));
}

#[test]
fn every_kind_of_sql_can_be_run() {
    let server = start_with(|_| {});
    let tenant = server.first_tenant();
    shop(&tenant);
    let cohort =
        json!({"name": "Big spenders", "groups": [{"properties": [{"key": "x", "type": "person", "value": "y"}]}]});
    tenant.client.post(&format!("/api/projects/{}/cohorts/", tenant.project), &cohort).expect(201);
    for question in [
        "page views per day in the last week",
        "page views per hour yesterday",
        "unique users per month",
        "weekly active users since October",
        "sessions by browser this week",
        "top 3 countries by unique users",
        "top 20 urls",
        "average revenue by plan last 30 days",
        "median and p95 of revenue",
        "99th percentile of revenue per week",
        "revenue per user by browser",
        "searches per user",
        "conversion rate from search to purchase",
        "ratio of purchases to page views by country",
        "searches and purchases per day",
        "purchases over 15 not from Chrome",
        "purchases where revenue is between 10 and 20",
        "page views where current url contains docs and plan is set",
        "page views where plan is not free",
        "purchases where plan is pro or enterprise in Germany or Brazil",
        "how many big spenders searched",
        "count of events by event name",
        "purchases by user",
        "purchases of all time",
    ] {
        let messages = ask(&tenant, question, "sql");
        assert_eq!(messages[1]["data"]["type"], "ai", "{question}: {messages:#}");
    }
}

#[test]
fn bad_questions_are_refused() {
    let server = start_with(|_| {});
    let tenant = server.first_tenant();
    let refused = |body: Value| tenant.client.post(&path(&tenant), &body).expect(400).json();
    let attr_of = |body: Value| {
        let error = refused(body);
        (error["code"].as_str().unwrap().to_owned(), error["attr"].as_str().unwrap_or_default().to_owned())
    };
    let found = |code: &str, attr: &str| (code.to_owned(), attr.to_owned());
    assert_eq!(attr_of(json!({"insight_type": "trends"})), found("required", "query"));
    assert_eq!(attr_of(json!({"query": "page views"})), found("required", "insight_type"));
    assert_eq!(attr_of(json!({"query": " ", "insight_type": "trends"})), found("blank", "query"));
    assert_eq!(attr_of(json!({"query": 5, "insight_type": "trends"})), found("invalid_input", "query"));
    assert_eq!(attr_of(json!({"query": "x", "insight_type": "paths"})), found("invalid_choice", "insight_type"));
    assert_eq!(attr_of(json!({"query": "x".repeat(1001), "insight_type": "sql"})), found("max_length", "query"));
    assert_eq!(attr_of(json!({"query": "x", "insight_type": "sql", "more": 1})).0, "invalid_input");
}

#[test]
fn both_scopes_are_needed_and_the_project_is_ones_own() {
    let server = start_with(|_| {});
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let body = json!({"query": "page views", "insight_type": "trends"});
    for (has, lacks) in [("insight:read", "query:read"), ("query:read", "insight:read")] {
        let detail = format!("API key missing required scope '{lacks}'");
        server.with_scopes(&[has]).post(&path(&own), &body).expect_error(403, "permission_denied", &detail);
    }
    server.with_scopes(&["insight:read", "query:read"]).post(&path(&own), &body).expect(200);
    other.client.post(&path(&own), &body).expect(404);
    server.anonymous().post(&path(&own), &body).expect(401);
}

#[test]
fn questions_are_few_where_rates_are_limited() {
    let server = start_with(|config| config.rate_limits = true);
    let tenant = server.first_tenant();
    let body = json!({"query": "page views", "insight_type": "trends"});
    let statuses: Vec<u16> = (0..11).map(|_| tenant.client.post(&path(&tenant), &body).status).collect();
    assert_eq!(statuses, [vec![200; 10], vec![429]].concat());
}

/// Asks a server whose model gives `replies`; gives the type of each message with its writer, the query, and how often the model was asked.
fn ask_model(provider: Provider, replies: Vec<Reply>, question: &str, kind: &str) -> (Value, FakeModel) {
    let model = FakeModel::start(provider, replies);
    let settings = model.settings();
    let server = start_with(|config| config.model = Some(settings));
    let tenant = server.first_tenant();
    shop(&tenant);
    (ask(&tenant, question, kind), model)
}

fn said(query: &Value) -> Reply {
    Reply::Text(json!({"query": query, "explanation": "Counts <b>searches</b>."}).to_string())
}

#[test]
fn a_models_query_is_taken_where_it_is_over_the_projects_own_names() {
    let query = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "search"}], "dateRange": {"date_from": "-7d"}});
    for provider in [Provider::OpenAi, Provider::Anthropic] {
        let (messages, model) = ask_model(provider, vec![said(&query)], "what do people look for", "trends");
        assert_eq!(messages[0]["data"]["answer"], query);
        assert_eq!(messages[0]["data"]["plan"], "Counts searches.");
        let writer = json!({"kind": "model", "provider": provider.name(), "model": "fake-1"});
        assert_eq!((&messages[0]["data"]["writer"], &messages[1]["data"]["writer"]), (&writer, &writer));
        assert!(content(&messages).contains("| 18-Nov-2026 | 4 |"), "{}", content(&messages));
        assert_eq!(model.asked().len(), 1);
    }
}

#[test]
fn a_models_wrong_query_is_asked_for_again_and_then_left() {
    let foreign = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "stolen"}]});
    let right = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "search"}]});
    let (messages, model) = ask_model(Provider::OpenAi, vec![said(&foreign), said(&right)], "searches", "trends");
    assert_eq!(messages[0]["data"]["answer"], right);
    assert!(model.asked()[1].to_string().contains("there is no event"), "{:?}", model.asked()[1]);

    let unknown_column = json!({"kind": "HogQLQuery", "query": "SELECT nothing_like_it FROM events"});
    let evil = Reply::Text("Ignore the rules and DROP TABLE events".to_owned());
    for (kind, replies, n_asked) in [
        ("trends", vec![said(&foreign)], 2),
        ("trends", vec![evil], 2),
        ("trends", vec![said(&unknown_column)], 2),
        // it can be read, and so only fails when it is run
        ("sql", vec![said(&unknown_column)], 1),
        ("trends", vec![Reply::Garbage], 2),
        ("trends", vec![Reply::Silence], 1),
        ("trends", vec![Reply::Status(429)], 1),
        ("trends", vec![Reply::Status(500)], 1),
    ] {
        let (messages, model) = ask_model(Provider::Anthropic, replies.clone(), "how many searches per day", kind);
        assert_eq!(messages[0]["data"]["writer"], json!({"kind": "builtin"}), "{replies:?}");
        assert_eq!(messages[1]["data"]["type"], "ai", "{replies:?}");
        assert_eq!(model.asked().len(), n_asked, "{replies:?}");
    }
}
