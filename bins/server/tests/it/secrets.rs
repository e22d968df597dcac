//! What logs never hold, however much they tell.

use std::fs::{self, File};

use serde_json::json;

use crate::support::ADMIN_KEY;
use crate::support::data::TestData;
use crate::support::process::ServerProcess;

const PASSWORD: &str = "correct horse battery";

#[test]
fn guesses_are_logged_and_no_log_holds_a_password_a_token_or_a_key() {
    let data = TestData::new();
    let path = data.path().join("server.log");
    let server = ServerProcess::start_logging_to(&data, File::create(&path).unwrap());
    let admin = server.admin();
    let project_token = admin.get("/api/projects/1/").expect(200).json()["api_token"].as_str().unwrap().to_owned();

    let query = json!({"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}});
    let insight = admin.post("/api/environments/1/insights/", &json!({"name": "Views", "query": query})).expect(201);
    let insight = insight.json()["id"].clone();
    let sharing = format!("/api/environments/1/insights/{insight}/sharing/");
    let shared = admin.patch(&sharing, &json!({"enabled": true, "password_required": true})).expect(200).json();
    let link = shared["access_token"].as_str().unwrap().to_owned();
    let made = admin.post(&format!("{sharing}passwords/"), &json!({"raw_password": PASSWORD, "note": "Bob"}));
    made.expect(201);
    let alert = json!({
        "insight": insight, "subscribed_users": [], "condition": {"type": "absolute_value"},
        "threshold": {"configuration": {"type": "absolute", "bounds": {"upper": 1}}},
        "config": {"type": "TrendsAlertConfig", "series_index": 0},
        "destinations": [{"type": "webhook", "url": "https://example.com/hook-of-the-team"}],
    });
    let alert = admin.post("/api/environments/1/alerts/", &alert).expect(201).json();
    let signing_secret = alert["destinations"][0]["signing_secret"].as_str().unwrap().to_owned();
    let key = json!({"label": "reader", "scopes": ["insight:read"]});
    let key = admin.post("/api/personal_api_keys/", &key).expect(201).json()["value"].as_str().unwrap().to_owned();

    let guesses: Vec<String> = (0..20).map(|n| format!("wrong guess number {n}")).collect();
    let tell = |password: &str| admin.post(&format!("/shared/{link}"), &json!({"password": password}));
    let statuses: Vec<u16> = guesses.iter().map(|guess| tell(guess).status).collect();
    assert_eq!(statuses[..3], [401, 401, 401]);
    assert!(statuses.iter().filter(|status| **status == 429).count() >= 10, "{statuses:?}");
    assert!(server.terminate().success());

    let log = fs::read_to_string(&path).unwrap();
    let warnings = log.lines().filter(|line| line.contains("WARN") && line.contains(&link[link.len() - 6..]));
    assert!(warnings.count() >= 3, "{log}");
    let secrets = [PASSWORD, &link, &signing_secret, &key, &project_token, ADMIN_KEY, "hook-of-the-team", "$argon2id$"];
    for secret in secrets.into_iter().chain(guesses.iter().map(String::as_str)) {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
