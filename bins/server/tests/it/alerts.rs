//! Alerts: made and changed, checked as events arrive, and told to whoever listens.

mod checking;
mod telling;

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

/// A trend of `error` events by the hour.
fn hourly() -> Value {
    json!({"kind": "TrendsQuery", "interval": "hour", "series": [{"kind": "EventsNode", "event": "error"}]})
}

fn path_of(tenant: &Tenant, things: &str) -> String {
    format!("/api/environments/{}/{things}/", tenant.project)
}

fn insight(tenant: &Tenant, query: &Value) -> Value {
    let body = json!({"name": "Errors", "query": {"kind": "InsightVizNode", "source": query}});
    tenant.client.post(&path_of(tenant, "insights"), &body).expect(201).json()["id"].clone()
}

/// An alert that fires above two, with `more` on top.
fn body(insight: &Value, more: &Value) -> Value {
    let mut body = json!({
        "insight": insight,
        "name": "Too many errors",
        "subscribed_users": [],
        "threshold": {"configuration": {"type": "absolute", "bounds": {"upper": 2}}},
        "condition": {"type": "absolute_value"},
        "config": {"type": "TrendsAlertConfig", "series_index": 0},
        "calculation_interval": "hourly",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn create(tenant: &Tenant, insight: &Value, more: &Value) -> Value {
    tenant.client.post(&path_of(tenant, "alerts"), &body(insight, more)).expect(201).json()
}

fn get(tenant: &Tenant, alert: &Value) -> Value {
    tenant.client.get(&path_of_one(tenant, alert)).expect(200).json()
}

fn path_of_one(tenant: &Tenant, alert: &Value) -> String {
    format!("{}{}/", path_of(tenant, "alerts"), alert["id"].as_str().unwrap())
}

/// `n` events of that name at that instant.
fn capture(tenant: &Tenant, event: &str, timestamp: &str, n: usize) {
    let event = json!({"event": event, "distinct_id": "ann", "timestamp": timestamp});
    let body = json!({"api_key": tenant.api_token, "historical_migration": true, "batch": vec![event; n]});
    tenant.client.post("/batch/", &body).expect(200);
}

#[test]
fn an_alert_is_made_listed_changed_and_deleted() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let alerts = path_of(&own, "alerts");
    assert_eq!(own.client.get(&alerts).expect(200).json()["results"], json!([]));
    let insight = insight(&own, &hourly());
    let user = own.client.get("/api/users/@me/").expect(200).json()["id"].clone();
    let more = json!({
        "subscribed_users": [user],
        "destinations": [
            {"type": "webhook", "url": "https://hooks.example.com/alerts?token=secret"},
            {"type": "slack", "url": "https://hooks.slack.com/services/T0/B0/secret"},
        ],
    });
    let made = own.client.post(&alerts, &body(&insight, &more)).expect(201);
    assert_json_snapshot!("alert_created", made.redacted());
    let made = made.json();
    let shown = own.client.get(&path_of_one(&own, &made)).expect(200);
    assert_json_snapshot!("alert", shown.redacted());
    assert!(!shown.text().contains("secret") && !shown.text().contains("whsec_"), "{}", shown.text());

    let list = own.client.get(&format!("{alerts}?insight={insight}")).expect(200).json();
    assert_eq!((&list["count"], &list["results"][0]["checks"]), (&json!(1), &json!([])));
    assert_eq!(own.client.get(&format!("{alerts}?insight_id=999")).expect(200).json()["count"], 0);

    // what clients send back of what they got changes nothing
    let back = json!({"destinations": [
        {"id": made["destinations"][0]["id"], "type": "webhook", "url": made["destinations"][0]["url"]},
        {"type": "webhook", "url": "https://other.example.com/"},
    ]});
    let changed = own.client.patch(&path_of_one(&own, &made), &back).expect(200).json();
    assert_eq!(changed["destinations"][0]["id"], made["destinations"][0]["id"]);
    assert_eq!(changed["destinations"][0].get("signing_secret"), None, "a key is shown once");
    assert!(changed["destinations"][1]["signing_secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(changed.get("checks"), None);

    let put = body(&insight, &json!({"name": "Renamed", "skip_weekend": true, "calculation_interval": "weekly"}));
    let request = own.client.request(reqwest::Method::PUT, &path_of_one(&own, &made)).json(&put);
    let replaced = own.client.send(request).expect(200).json();
    assert_eq!(
        (&replaced["name"], &replaced["skip_weekend"], &replaced["calculation_interval"]),
        (&json!("Renamed"), &json!(true), &json!("weekly"))
    );
    own.client.delete(&path_of_one(&own, &made)).expect(204);
    own.client.get(&path_of_one(&own, &made)).expect_error(404, "not_found", "Not found.");
    own.client.delete(&path_of_one(&own, &made)).expect(404);
}

#[test]
fn wrong_alerts_are_refused_by_field() {
    let server =
        TestServer::start_with(|config| config.alerts.addresses = alerts::destination::AddressPolicy::PublicOnly);
    let own = server.first_tenant();
    let other = server.other_tenant();
    let trend = insight(&own, &hourly());
    let total = insight(
        &own,
        &json!({"kind": "TrendsQuery", "series": [{"event": "error"}], "trendsFilter": {"display": "BoldNumber"}}),
    );
    let funnel = insight(&own, &json!({"kind": "FunnelsQuery", "series": [{"event": "a"}, {"event": "b"}]}));
    let foreign = insight(&other, &hourly());
    let stranger = json!([987_654]);
    let threshold = |r#type: &str, bounds: Value| json!({"configuration": {"type": r#type, "bounds": bounds}});
    let ongoing = json!({"type": "TrendsAlertConfig", "series_index": 0, "check_ongoing_interval": true});
    let cases = [
        (&funnel, json!({})),
        (&foreign, json!({})),
        (&json!(999), json!({})),
        (&trend, json!({"subscribed_users": stranger})),
        (&trend, json!({"subscribed_users": null})),
        (&trend, json!({"threshold": null})),
        (&trend, json!({"threshold": {"configuration": {"type": "absolute", "bounds": {}}}})),
        (&trend, json!({"threshold": threshold("absolute", json!({"lower": 2, "upper": 1}))})),
        (&trend, json!({"threshold": threshold("absolute", json!({"upper": 1, "middle": 3}))})),
        (&trend, json!({"threshold": threshold("percentage", json!({"upper": 1}))})),
        (&total, json!({"condition": {"type": "relative_increase"}})),
        (&total, json!({"detector_config": {"type": "zscore"}})),
        (&trend, json!({"condition": {"type": "sideways"}})),
        (&trend, json!({"config": {"type": "TrendsAlertConfig", "series_index": 1}})),
        (&trend, json!({"config": {"type": "HogQLAlertConfig", "series_index": 0}})),
        (&trend, json!({"config": ongoing, "threshold": threshold("absolute", json!({"lower": 1}))})),
        (&trend, json!({"calculation_interval": "yearly"})),
        (&trend, json!({"calculation_interval": 5})),
        (&trend, json!({"snoozed_until": 5})),
        (&trend, json!({"snoozed_until": "soon"})),
        (&trend, json!({"detector_config": {"type": "zscore", "threshold": 3}})),
        (&trend, json!({"name": "x".repeat(256)})),
        (&trend, json!({"destinations": [{"type": "webhook", "url": "http://127.0.0.1/"}]})),
        (&trend, json!({"destinations": [{"type": "webhook", "url": "ftp://example.com/"}]})),
        (&trend, json!({"destinations": [{"type": "webhook", "url": "https://u:p@example.com/"}]})),
        (&trend, json!({"destinations": [{"type": "pager", "url": "https://example.com/"}]})),
    ];
    let refusals: Vec<String> = cases
        .iter()
        .map(|(insight, more)| {
            let refused = own.client.post(&path_of(&own, "alerts"), &body(insight, more)).expect(400).json();
            let text = |name: &str| refused[name].as_str().unwrap_or("-").to_owned();
            format!("{} {}: {}", text("code"), text("attr"), text("detail"))
        })
        .collect();
    assert_json_snapshot!("alert_refusals", refusals);
    assert_eq!(own.client.get(&path_of(&own, "alerts")).expect(200).json()["count"], 0);
}

#[test]
fn thresholds_are_shown_under_their_insight() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let insight = insight(&own, &hourly());
    let thresholds = format!("{}{insight}/thresholds/", path_of(&own, "insights"));
    assert_eq!(own.client.get(&thresholds).expect(200).json()["results"], json!([]));
    let more = json!({"threshold": {"name": "Two", "configuration": {"type": "absolute", "bounds": {"upper": 2}}}});
    let alert = create(&own, &insight, &more);
    create(&own, &insight, &json!({"threshold": null, "detector_config": {"type": "seasonal"}}));
    let list = own.client.get(&thresholds).expect(200).json();
    assert_eq!((&list["count"], &list["results"][0]["id"]), (&json!(1), &alert["threshold"]["id"]));
    let one = own.client.get(&format!("{thresholds}{}/", alert["threshold"]["id"].as_str().unwrap())).expect(200);
    assert_json_snapshot!("threshold", one.redacted());
    own.client.get(&format!("{thresholds}0190a5c6-7d4e-7000-8000-000000000001/")).expect(404);
    own.client.get(&format!("{thresholds}x/")).expect(404);
    own.client.get(&format!("{}999/thresholds/", path_of(&own, "insights"))).expect(404);
    let page = own.client.get(&format!("{thresholds}?limit=1&offset=1")).expect(200).json();
    assert_eq!((&page["count"], &page["results"]), (&json!(1), &json!([])));
}

#[test]
fn insights_show_their_alerts_and_take_them_along() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let [deleted, changed] = [(); 2].map(|()| insight(&own, &hourly()));
    for insight in [&deleted, &changed] {
        create(&own, insight, &json!({}));
    }
    let path = |insight: &Value| format!("{}{insight}/", path_of(&own, "insights"));
    let shown = own.client.get(&path(&changed)).expect(200).json();
    assert_eq!((&shown["alerts"][0]["name"], shown["alerts"][0].get("checks")), (&json!("Too many errors"), None));

    own.client.patch(&path(&deleted), &json!({"deleted": true})).expect(200);
    own.client.patch(&path(&changed), &json!({"name": "Other words"})).expect(200);
    assert_eq!(own.client.get(&path_of(&own, "alerts")).expect(200).json()["count"], 1);
    let paths = json!({"kind": "PathsQuery", "pathsFilter": {"includeEventTypes": ["$pageview"]}});
    own.client.patch(&path(&changed), &json!({"query": {"kind": "InsightVizNode", "source": paths}})).expect(200);
    assert_eq!(own.client.get(&path_of(&own, "alerts")).expect(200).json()["count"], 0);
    assert_eq!(own.client.get(&path(&changed)).expect(200).json()["alerts"], json!([]));
}
