//! Sharing over the API: links, settings, passwords. What visitors see is in `shared_pages.rs`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::client::Answer;
use crate::support::{Tenant, TestServer};

/// Makes a thing of the project and gives its body.
fn make(tenant: &Tenant, kind: &str, body: &Value) -> Value {
    tenant.client.post(&format!("/api/environments/{}/{kind}/", tenant.project), body).expect(201).json()
}

fn insight(tenant: &Tenant) -> Value {
    let series = json!([{"kind": "EventsNode", "event": "$pageview"}]);
    let query = json!({"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": series}});
    make(tenant, "insights", &json!({"name": "Growth", "query": query}))
}

fn path(tenant: &Tenant, kind: &str, id: &Value) -> String {
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    format!("/api/environments/{}/{kind}/{id}/sharing/", tenant.project)
}

/// The body with what is random replaced.
fn shown(answer: &Answer) -> Value {
    let mut body = answer.redacted();
    let token = body["access_token"].as_str().unwrap();
    assert!(token.len() == 30 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    body["access_token"] = json!("[access token]");
    body
}

fn activity(tenant: &Tenant, insight: &Value) -> Vec<String> {
    let path = format!("/api/environments/{}/insights/{}/activity/", tenant.project, insight["id"]);
    let rows = tenant.client.get(&path).expect(200).json()["results"].clone();
    rows.as_array().unwrap().iter().map(|row| row["activity"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_insight_is_shared_shown_in_other_ways_and_no_longer_shared() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let insight = insight(&own);
    let path = path(&own, "insights", &insight["id"]);
    let unsaved = own.client.get(&path).expect(200);
    assert_json_snapshot!("sharing_unsaved", shown(&unsaved));
    assert_ne!(unsaved.json()["access_token"], own.client.get(&path).expect(200).json()["access_token"]);

    let on = own.client.patch(&path, &json!({"enabled": true})).expect(200);
    let settings = json!({"whitelabel": true, "legend": false, "showInspect": true, "theme": "dark", "hideExtraDetails": null, "other": 1});
    let changed = own.client.patch(&path, &json!({"settings": settings, "password_required": true})).expect(200);
    assert_json_snapshot!("sharing_changed", shown(&changed));
    assert_eq!(on.json()["access_token"], changed.json()["access_token"]);
    let by_short_id = self::path(&own, "insights", &insight["short_id"]);
    assert_eq!(own.client.get(&by_short_id).expect(200).json(), changed.json());

    let off = own.client.patch(&path, &json!({"enabled": false, "settings": null})).expect(200).json();
    assert_eq!(
        (&off["enabled"], &off["settings"], &off["access_token"]),
        (&json!(false), &json!(null), &on.json()["access_token"])
    );
    assert_eq!(activity(&own, &insight), ["sharing disabled", "sharing enabled", "created"]);
}

#[test]
fn a_link_is_replaced() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let insight = insight(&own);
    let path = path(&own, "insights", &insight["id"]);
    let before = own.client.patch(&path, &json!({"enabled": true, "settings": {"legend": true}})).expect(200).json();
    let after = own.client.post(&format!("{path}refresh/"), &json!({})).expect(200);
    assert_ne!(before["access_token"], after.json()["access_token"]);
    assert_json_snapshot!("sharing_refreshed", shown(&after));
    assert_eq!(own.client.get(&path).expect(200).json(), after.json());
    assert_eq!(activity(&own, &insight), ["access token refreshed", "sharing enabled", "created"]);
}

#[test]
fn passwords_are_made_listed_and_deleted() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let path = path(&own, "insights", &insight(&own)["id"]);
    let passwords = format!("{path}passwords/");
    let detail = "Password protection must be enabled before creating passwords";
    own.client.post(&passwords, &json!({})).expect_error(400, "invalid_input", detail);

    own.client.patch(&path, &json!({"enabled": true, "password_required": true})).expect(200);
    let made = own.client.post(&passwords, &json!({"note": "for Bob"})).expect(201);
    let mut body = made.redacted();
    assert_eq!(body["password"].as_str().unwrap().len(), 22);
    body["password"] = json!("[password]");
    assert_json_snapshot!("share_password_made", body);
    let chosen = json!({"raw_password": "correct horse", "note": ""});
    assert_eq!(own.client.post(&passwords, &chosen).expect(201).json()["password"], "correct horse");
    let sharing = own.client.get(&path).expect(200);
    assert_json_snapshot!("sharing_with_passwords", shown(&sharing));
    for secret in ["correct horse", made.json()["password"].as_str().unwrap(), "argon2"] {
        assert!(!sharing.text().contains(secret));
    }

    let one = format!("{passwords}{}/", made.json()["id"]);
    assert!(own.client.delete(&one).expect(204).body.is_empty());
    own.client.delete(&one).expect_error(404, "not_found", "Password not found");
    own.client.delete(&format!("{passwords}abc/")).expect_error(404, "not_found", "Not found.");
    assert_eq!(own.client.get(&path).expect(200).json()["share_passwords"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_wrong_is_named() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let path = path(&own, "insights", &insight(&own)["id"]);
    let attr = |answer: Answer| answer.expect(400).json()["attr"].clone();
    assert_eq!(attr(own.client.patch(&path, &json!({"settings": {"legend": "perhaps"}}))), "settings");
    assert_eq!(attr(own.client.patch(&path, &json!({"settings": 3}))), "settings");
    assert_eq!(attr(own.client.patch(&path, &json!({"enabled": "perhaps"}))), "enabled");
    own.client.patch(&path, &json!({"password_required": true})).expect(200);
    let passwords = format!("{path}passwords/");
    let short = own.client.post(&passwords, &json!({"raw_password": "short"}));
    assert_eq!(short.json()["detail"], "Password must be at least 8 characters long.");
    assert_eq!(attr(short), "raw_password");
    assert_eq!(attr(own.client.post(&passwords, &json!({"note": "x".repeat(101)}))), "note");
    let unknown = self::path(&own, "insights", &json!(999_999));
    own.client.get(&unknown).expect_error(404, "not_found", "Insight not found.");
    own.client.patch(&unknown, &json!({"enabled": true})).expect_error(404, "not_found", "Insight not found.");
    let unknown = self::path(&own, "dashboards", &json!(999_999));
    own.client.post(&format!("{unknown}refresh/"), &json!({})).expect_error(404, "not_found", "Dashboard not found.");
}

#[test]
fn a_dashboard_is_shared_and_says_so() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let dashboard = make(&own, "dashboards", &json!({"name": "Board"}));
    let path = path(&own, "dashboards", &dashboard["id"]);
    let dashboards = format!("/api/environments/{}/dashboards/", own.project);
    let is_shared = || {
        let one = own.client.get(&format!("{dashboards}{}/", dashboard["id"])).expect(200).json()["is_shared"].clone();
        let listed = own.client.get(&dashboards).expect(200).json()["results"][0]["is_shared"].clone();
        assert_eq!(one, listed);
        one
    };
    assert_eq!(is_shared(), false);
    own.client.patch(&path, &json!({"enabled": true, "password_required": true})).expect(200);
    assert_eq!(is_shared(), true);
    let made = own.client.post(&format!("{path}passwords/"), &json!({})).expect(201).json();
    own.client.delete(&format!("{path}passwords/{}/", made["id"])).expect(204);
    own.client.post(&format!("{path}refresh/"), &json!({})).expect(200);
    own.client.patch(&path, &json!({"enabled": false})).expect(200);
    assert_eq!(is_shared(), false);
}
