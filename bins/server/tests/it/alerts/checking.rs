//! What checks find, and what becomes of alerts by it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use hindsight::background::alerts::CheckRound;
use insights_core::time::ManualClock;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{capture, create, get, hourly, insight, path_of, path_of_one};
use crate::support::TestServer;

/// A Wednesday morning.
pub(super) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-01-14T10:05:00Z".parse().unwrap()))
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn round(n_due: usize, n_checked: usize) -> CheckRound {
    CheckRound { n_due, n_checked }
}

#[test]
fn an_alert_fires_and_stops_as_events_arrive() {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    let alert = create(&own, &insight(&own, &hourly()), &json!({}));
    let state = || get(&own, &alert)["state"].clone();

    capture(&own, "error", "2026-01-14T09:30:00Z", 1);
    assert_eq!(server.check_alerts(), round(1, 1));
    assert_eq!(state(), "Not firing");
    assert_eq!(server.check_alerts(), round(0, 0), "it is due in an hour again");

    clock.advance(TimeDelta::hours(1));
    capture(&own, "error", "2026-01-14T10:30:00Z", 5);
    assert_eq!(server.check_alerts(), round(1, 1));
    let firing = get(&own, &alert);
    assert_eq!((&firing["state"], &firing["last_value"]), (&json!("Firing"), &json!(5.0)));
    assert_eq!(instant(&firing["next_check_at"]), "2026-01-14T12:05:00Z".parse::<DateTime<Utc>>().unwrap());

    clock.advance(TimeDelta::hours(1));
    assert_eq!(server.check_alerts(), round(1, 1));
    assert_eq!(state(), "Not firing");
    assert_json_snapshot!("alert_checks", {
        let shown = own.client.get(&path_of_one(&own, &alert)).expect(200).redacted();
        json!({"checks": shown["checks"], "checks_total": shown["checks_total"]})
    });
    let page = own.client.get(&format!("{}?checks_limit=1&checks_offset=1", path_of_one(&own, &alert)));
    let page = page.expect(200).json();
    assert_eq!((&page["checks"][0]["state"], &page["checks_total"]), (&json!("Firing"), &json!(3)));
    let refused = own.client.get(&format!("{}?checks_date_from=soon", path_of_one(&own, &alert))).expect(400).json();
    assert_eq!(refused["attr"], "checks_date_from");
}

#[test]
fn changes_are_checked_relative_to_the_interval_before() {
    let server = TestServer::start_at(clock(), |_| {});
    let own = server.first_tenant();
    capture(&own, "error", "2026-01-14T08:30:00Z", 4);
    capture(&own, "error", "2026-01-14T09:30:00Z", 6);
    capture(&own, "error", "2026-01-14T10:01:00Z", 1);
    let watched = insight(&own, &hourly());
    let found = |condition: &str, configuration: Value, is_ongoing: bool| {
        let more = json!({
            "condition": {"type": condition},
            "threshold": {"configuration": configuration},
            "config": {"type": "TrendsAlertConfig", "series_index": 0, "check_ongoing_interval": is_ongoing},
        });
        let alert = create(&own, &watched, &more);
        server.check_alerts();
        let shown = get(&own, &alert);
        (shown["state"].clone(), shown["last_value"].clone())
    };
    let upper = |r#type: &str, upper: f64| json!({"type": r#type, "bounds": {"upper": upper}});
    assert_eq!(found("relative_increase", upper("absolute", 1.0), false), (json!("Firing"), json!(2.0)));
    assert_eq!(found("relative_increase", upper("percentage", 0.5), false), (json!("Not firing"), json!(0.5)));
    assert_eq!(found("relative_increase", upper("percentage", 0.4), false), (json!("Firing"), json!(0.5)));
    assert_eq!(found("relative_decrease", upper("absolute", 4.0), true), (json!("Firing"), json!(5.0)));
    assert_eq!(found("absolute_value", upper("absolute", 0.0), true), (json!("Firing"), json!(1.0)));
}

#[test]
fn a_snoozed_or_disabled_alert_is_left_alone() {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    capture(&own, "error", "2026-01-14T09:30:00Z", 5);
    let alert = create(&own, &insight(&own, &hourly()), &json!({}));
    let path = path_of_one(&own, &alert);
    let change = |body: Value| own.client.patch(&path, &body).expect(200).json();

    let snoozed = change(json!({"snoozed_until": "2h"}));
    assert_eq!((&snoozed["state"], &snoozed["snoozed_until"]), (&json!("Snoozed"), &json!("2026-01-14T12:00:00Z")));
    assert_eq!(server.check_alerts(), round(0, 0));
    assert_eq!(change(json!({"snoozed_until": null}))["state"], "Not firing");
    let checks = get(&own, &alert)["checks"].clone();
    assert_eq!(checks.as_array().unwrap().len(), 2, "both are noted: {checks}");
    assert_eq!((&checks[1]["state"], &checks[1]["calculated_value"]), (&json!("Snoozed"), &json!(null)));

    assert_eq!(server.check_alerts(), round(1, 1));
    assert_eq!(get(&own, &alert)["state"], "Firing");
    // other words and another condition leave it as it is, other bounds let it begin anew
    let renamed = change(json!({"name": "x", "condition": null}));
    assert_eq!((&renamed["state"], &renamed["next_check_at"]), (&json!("Firing"), &json!("2026-01-14T11:05:00Z")));
    let often = change(json!({"calculation_interval": "daily"}));
    assert_eq!((&often["state"], &often["next_check_at"]), (&json!("Firing"), &json!(null)));
    let bounds = json!({"threshold": {"configuration": {"type": "absolute", "bounds": {"upper": 3}}}});
    assert_eq!(change(bounds)["state"], "Not firing");
    assert_eq!(server.check_alerts(), round(1, 1));
    assert_eq!(change(json!({"enabled": false}))["state"], "Not firing");
    clock.advance(TimeDelta::days(7));
    assert_eq!(server.check_alerts(), round(0, 0));
    // a snooze that is over ends by itself
    change(json!({"enabled": true, "snoozed_until": "1h"}));
    clock.advance(TimeDelta::hours(1));
    assert_eq!(server.check_alerts(), round(1, 1));
    assert_eq!(get(&own, &alert)["snoozed_until"], json!(null));
}

#[test]
fn a_check_that_cannot_be_made_says_why() {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    let actions = path_of(&own, "actions");
    let action =
        own.client.post(&actions, &json!({"name": "Failing", "steps": [{"event": "error"}]})).expect(201).json();
    let query = json!({"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": action["id"]}]});
    let alert = create(&own, &insight(&own, &query), &json!({}));
    own.client.patch(&format!("{actions}{}/", action["id"]), &json!({"deleted": true})).expect(200);
    assert_eq!(server.check_alerts(), round(1, 1));
    let errored = get(&own, &alert);
    assert_eq!(errored["state"], "Errored");
    let error = errored["checks"][0]["error"].as_str().unwrap();
    assert!(error.contains("there is no action"), "{error}");
    // it is tried again in its time, and is well when its query is
    own.client.patch(&format!("{actions}{}/", action["id"]), &json!({"deleted": false})).expect(200);
    clock.advance(TimeDelta::hours(1));
    assert_eq!(server.check_alerts(), round(1, 1));
    assert_eq!(get(&own, &alert)["state"], "Not firing");
}

#[test]
fn weekends_are_left_out_where_that_is_asked_for() {
    let clock = Arc::new(ManualClock::new("2026-01-17T10:05:00Z".parse().unwrap()));
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    let alert = create(&own, &insight(&own, &hourly()), &json!({"skip_weekend": true}));
    assert_eq!(server.check_alerts(), round(1, 0));
    assert_eq!(get(&own, &alert)["next_check_at"], "2026-01-19T00:05:00Z");
    clock.set("2026-01-19T00:05:00Z".parse().unwrap());
    assert_eq!(server.check_alerts(), round(1, 1));
}

#[test]
fn anomalies_are_found_and_can_be_tried_out() {
    let server = TestServer::start_at(clock(), |_| {});
    let own = server.first_tenant();
    for day in 4..=12 {
        capture(&own, "error", &format!("2026-01-{day:02}T12:00:00Z"), 3 + day % 2);
    }
    capture(&own, "error", "2026-01-13T12:00:00Z", 60);
    let query = json!({"kind": "TrendsQuery", "series": [{"event": "error"}]});
    let watched = insight(&own, &query);
    let detector = json!({"type": "zscore", "threshold": 0.99, "window": 7});
    let alert = create(&own, &watched, &json!({"threshold": null, "detector_config": detector}));
    assert_eq!(server.check_alerts(), round(1, 1));
    let shown = get(&own, &alert);
    assert_eq!((&shown["state"], &shown["last_value"]), (&json!("Firing"), &json!(60.0)));
    assert_eq!(shown["checks"][0]["triggered_dates"], json!(["2026-01-13"]));

    let simulate = |body: Value| own.client.post(&format!("{}simulate/", path_of(&own, "alerts")), &body);
    let asked = json!({"insight": watched, "detector_config": detector, "date_from": "-10d"});
    assert_json_snapshot!("alert_simulation", simulate(asked).expect(200).redacted());
    for (body, attr) in [
        (json!({"insight": watched}), "detector_config"),
        (json!({"insight": watched, "detector_config": null}), "detector_config"),
        (json!({"insight": watched, "detector_config": {"type": "magic"}}), "detector_config"),
        (json!({"insight": watched, "detector_config": detector, "series_index": 7}), "series_index"),
        (json!({"insight": 999, "detector_config": detector}), "insight"),
        (json!({"detector_config": detector}), "insight"),
    ] {
        assert_eq!(simulate(body.clone()).expect(400).json()["attr"], attr, "{body}");
    }
    let soon = json!({"insight": watched, "detector_config": detector, "date_from": "soon"});
    simulate(soon).expect(400);
}
