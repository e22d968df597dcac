//! Desktop recordings: made, changed, listed and searched; what is said in them, what Recall.ai tells of them, and how they are summed up.

mod appending;
mod recall;
mod writing;

use std::sync::Arc;

use hindsight::config::ServeConfig;
use insights_core::time::{Clock, ManualClock};
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::recall::{FakeRecall, webhook_secret};
use crate::support::{Tenant, TestServer};

/// A server whose videos go to a fake Recall.ai, and whose clock stands still.
struct Bench {
    server: TestServer,
    clock: Arc<ManualClock>,
    recall: FakeRecall,
}

impl Bench {
    fn start() -> Self {
        Self::start_with(|_| {})
    }

    fn start_with(change: impl FnOnce(&mut ServeConfig)) -> Self {
        let clock = Arc::new(ManualClock::new("2026-01-14T10:05:00Z".parse().unwrap()));
        let recall = FakeRecall::start();
        let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let server = TestServer::start_at(time, |config| {
            with_recall(config, &recall);
            change(config);
        });
        Self { server, clock, recall }
    }
}

fn with_recall(config: &mut ServeConfig, recall: &FakeRecall) {
    config.recordings.recall = Some(recall.settings());
    config.recordings.webhook_secret = Some(webhook_secret());
}

fn path_of(tenant: &Tenant) -> String {
    format!("/api/environments/{}/desktop_recordings/", tenant.project)
}

fn path_of_one(tenant: &Tenant, recording: &Value) -> String {
    format!("{}{}/", path_of(tenant), recording["id"].as_str().unwrap())
}

fn create(tenant: &Tenant) -> Value {
    tenant.client.post(&path_of(tenant), &json!({"platform": "zoom"})).expect(201).json()
}

fn get(tenant: &Tenant, recording: &Value) -> Value {
    tenant.client.get(&path_of_one(tenant, recording)).expect(200).json()
}

fn patch(tenant: &Tenant, recording: &Value, change: &Value) -> Value {
    tenant.client.patch(&path_of_one(tenant, recording), change).expect(200).json()
}

fn append(tenant: &Tenant, recording: &Value, segments: &Value) -> Value {
    let path = format!("{}append_segments/", path_of_one(tenant, recording));
    tenant.client.post(&path, &json!({"segments": segments})).expect(200).json()
}

/// The ids of a list, in its order, as positions in `known`.
fn listed(tenant: &Tenant, query: &str, known: &[&Value]) -> Vec<usize> {
    let list = tenant.client.get(&format!("{}{query}", path_of(tenant))).expect(200).json();
    let results = list["results"].as_array().unwrap();
    let place = |recording: &Value| known.iter().position(|known| known["id"] == recording["id"]).unwrap();
    results.iter().map(place).collect()
}

#[test]
fn a_recording_is_made_changed_listed_and_deleted() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    assert_eq!(own.client.get(&path_of(&own)).expect(200).json()["results"], json!([]));
    let answer = own.client.post(&path_of(&own), &json!({})).expect(201);
    assert_json_snapshot!("desktop_recording_created", answer.redacted());
    let made = answer.json();

    bench.clock.advance(chrono::TimeDelta::minutes(30));
    let change = json!({
        "recall_recording_id": "r-1",
        "platform": "meet",
        "meeting_title": "Weekly",
        "meeting_url": "https://meet.example.com/abc",
        "duration_seconds": 1800,
        "status": "uploading",
        "notes": "Bring cake",
        "video_url": "https://video.example.com/1.mp4",
        "video_size_bytes": 5_000_000_000_i64,
        "participants": ["Ann", "Bob"],
        "transcript_segments": [
            {"timestamp": 2000, "speaker": "Bob", "text": "Hi", "is_final": true},
            {"timestamp": 1000, "speaker": "Ann", "text": "Hello", "confidence": 0.9},
        ],
        "summary": "Greetings",
        "extracted_tasks": [{"title": "Bake", "description": "a cake", "assignee": "Ann"}, {"title": "Eat"}],
        "summary_generated_at": "2026-01-14T10:30:00Z",
        "tasks_generated_at": "2026-01-14T10:30:00.5+01:00",
        "started_at": "2026-01-14T10:00:00",
        "id": "ignored", "team": 99, "created_by": 99, "transcript_text": "ignored", "sdk_upload_id": "ignored",
    });
    let changed = own.client.patch(&path_of_one(&own, &made), &change).expect(200);
    assert_json_snapshot!("desktop_recording_changed", changed.redacted());
    let changed = changed.json();
    assert_eq!(changed["created_at"], made["created_at"]);
    assert_ne!(changed["updated_at"], made["updated_at"]);
    assert_eq!(get(&own, &made), changed);

    let list = own.client.get(&path_of(&own)).expect(200).json();
    assert_eq!((&list["count"], &list["results"]), (&json!(1), &json!([changed])));
    let brief = own.client.get(&format!("{}?include_transcript=false", path_of(&own))).expect(200).json();
    assert_eq!(
        (brief["results"][0].get("transcript_text"), brief["results"][0].get("transcript_segments")),
        (None, None)
    );

    let request =
        own.client.request(Method::PUT, &path_of_one(&own, &made)).json(&json!({"status": "ready", "notes": null}));
    let replaced = own.client.send(request).expect(200).json();
    assert_eq!((&replaced["status"], &replaced["notes"]), (&json!("ready"), &json!(null)));
    assert_eq!(replaced["completed_at"], "2026-01-14T10:35:00Z");

    own.client.delete(&path_of_one(&own, &made)).expect(204);
    own.client.get(&path_of_one(&own, &made)).expect_error(404, "not_found", "Not found.");
    own.client.delete(&path_of_one(&own, &made)).expect(404);
}

#[test]
fn bad_values_are_named() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let refusal = |refused: Value| {
        let text = |name: &str| refused[name].as_str().unwrap_or("-").to_owned();
        format!("{} {}: {}", text("code"), text("attr"), text("detail"))
    };
    let creations = [json!({"platform": "phone"}), json!({"platform": 5}), json!({"status": "ready"})];
    let mut refusals: Vec<String> =
        creations.iter().map(|body| refusal(own.client.post(&path_of(&own), body).expect(400).json())).collect();
    let changes = [
        json!({"platform": null}),
        json!({"platform": "phone"}),
        json!({"status": "done"}),
        json!({"status": "pending"}),
        json!({"status": 5}),
        json!({"meeting_title": "x".repeat(256)}),
        json!({"meeting_title": 5}),
        json!({"meeting_url": "javascript:alert(1)"}),
        json!({"video_url": "nowhere"}),
        json!({"duration_seconds": -1}),
        json!({"duration_seconds": "long"}),
        json!({"video_size_bytes": -1}),
        json!({"participants": "Ann"}),
        json!({"participants": ["Ann", 5]}),
        json!({"participants": [""]}),
        json!({"transcript_segments": [{"text": "a"}, {"timestamp": 1}]}),
        json!({"transcript_segments": [{"text": " "}]}),
        json!({"transcript_segments": null}),
        json!({"extracted_tasks": [{"description": "no title"}]}),
        json!({"started_at": "yesterday"}),
        json!({"started_at": null}),
        json!({"completed_at": 5}),
    ];
    let path = path_of_one(&own, &recording);
    refusals.extend(changes.iter().map(|body| refusal(own.client.patch(&path, body).expect(400).json())));
    let append = format!("{path}append_segments/");
    let additions = [
        json!({}),
        json!({"segments": []}),
        json!({"segments": {}}),
        json!({"segments": [{"text": ""}]}),
        json!({"segments": [{"text": "a"}, {"text": "b", "timestamp": -5}]}),
        json!({"segments": [{"text": "a", "timestamp": "soon"}]}),
        json!({"segments": [{"text": "a", "is_final": "yes"}]}),
        json!({"segments": vec![json!({"text": "a"}); 1001]}),
    ];
    refusals.extend(additions.iter().map(|body| refusal(own.client.post(&append, body).expect(400).json())));
    for query in ["?platform=phone", "?status=done", "?user_id=me", "?started_after=soon", "?include_transcript=maybe"]
    {
        refusals.push(refusal(own.client.get(&format!("{}{query}", path_of(&own))).expect(400).json()));
    }
    assert_json_snapshot!("desktop_recording_refusals", refusals);
    let untouched = get(&own, &recording);
    assert_eq!((&untouched["status"], &untouched["transcript_segments"]), (&json!("recording"), &json!([])));
    for (method, end) in [(Method::GET, ""), (Method::DELETE, ""), (Method::POST, "append_segments/")] {
        let path = format!("{}nonsense/{end}", path_of(&own));
        let request = own.client.request(method, &path).json(&json!({"segments": [{"text": "a"}]}));
        own.client.send(request).expect_error(404, "not_found", "Not found.");
    }
}

#[test]
fn a_status_moves_forwards_alone() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = own.client.post(&path_of(&own), &json!({"status": "pending"})).expect(201).json();
    assert_eq!(recording["status"], "pending");
    for status in ["recording", "uploading", "error"] {
        patch(&own, &recording, &json!({"status": status, "error_message": "no disk"}));
    }
    assert_eq!(get(&own, &recording)["error_message"], "no disk");
    for status in ["processing", "ready", "ready"] {
        patch(&own, &recording, &json!({"status": status}));
    }
    assert_eq!(get(&own, &recording)["error_message"], json!(null));
    let refused = own.client.patch(&path_of_one(&own, &recording), &json!({"status": "uploading"})).expect(400).json();
    assert_eq!((&refused["attr"], &refused["code"]), (&json!("status"), &json!("invalid_transition")));
}

#[test]
fn lists_are_filtered_searched_and_cut() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let [first, second, third] = [(); 3].map(|()| {
        bench.clock.advance(chrono::TimeDelta::minutes(1));
        create(&own)
    });
    let all = [&first, &second, &third];
    let meetings = [
        json!({"meeting_title": "ÄRZTE-Runde", "participants": ["Ann Müller"], "platform": "teams"}),
        json!({"meeting_title": "Budget", "status": "ready", "participants": ["Bob"]}),
    ];
    patch(&own, &first, &meetings[0]);
    patch(&own, &second, &meetings[1]);
    append(
        &own,
        &second,
        &json!([{"timestamp": 1, "text": "Die Ärzte kommen"}, {"timestamp": 2, "text": "100% sicher"}]),
    );
    append(&own, &third, &json!([{"text": "We talk about the BUDGET review"}]));
    let check = |query: &str, expected: &[usize]| assert_eq!(listed(&own, query, &all), expected, "{query}");
    check("", &[2, 1, 0]);
    check("?search=%C3%A4rzte", &[1, 0]);
    check("?search=budget", &[2, 1]);
    check("?search=Budget+%C3%84RZTE", &[1]);
    check("?search=%22budget+review%22", &[2]);
    check("?search=%22review+budget%22", &[]);
    check("?search=100%25", &[1]);
    check("?search=_", &[]);
    check("?search=", &[2, 1, 0]);
    check("?participant=m%C3%BCll", &[0]);
    check("?platform=teams", &[0]);
    check("?status=ready", &[1]);
    check("?status=ready&platform=teams", &[]);
    check(&format!("?user_id={}", first["created_by"]), &[2, 1, 0]);
    check("?user_id=987654", &[]);
    check("?started_after=2026-01-14T10:07:00Z", &[2, 1]);
    check("?started_before=2026-01-14T10:07:00Z", &[0]);
    check("?started_before=2026-01-14", &[]);
    let page = own.client.get(&format!("{}?limit=1&offset=1", path_of(&own))).expect(200).json();
    assert_eq!((&page["count"], &page["results"][0]["id"]), (&json!(3), &second["id"]));
    assert!(page["next"].as_str().unwrap().contains("limit=1&offset=2"));
    let other = bench.server.other_tenant();
    assert_eq!(other.client.get(&path_of(&other)).expect(200).json()["count"], 0);
}

#[test]
fn another_tenants_recording_is_unknown() {
    let bench = Bench::start();
    let (own, other) = (bench.server.first_tenant(), bench.server.other_tenant());
    let recording = create(&own);
    let path = path_of_one(&other, &recording);
    other.client.get(&path).expect_error(404, "not_found", "Not found.");
    other.client.patch(&path, &json!({"notes": "x"})).expect_error(404, "not_found", "Not found.");
    let segments = json!({"segments": [{"text": "a"}]});
    other.client.post(&format!("{path}append_segments/"), &segments).expect_error(404, "not_found", "Not found.");
    other.client.delete(&path).expect_error(404, "not_found", "Not found.");
    assert_eq!(get(&own, &recording)["notes"], json!(null));
}

#[test]
fn reading_is_not_enough_to_write() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let reader = bench.server.with_scopes(&["desktop_recording:read"]);
    reader.get(&path_of_one(&own, &recording)).expect(200);
    let segments = json!({"segments": [{"text": "a"}]});
    let path = format!("{}append_segments/", path_of_one(&own, &recording));
    let detail = "API key missing required scope 'desktop_recording:write'";
    reader.post(&path, &segments).expect_error(403, "permission_denied", detail);
    let writer = bench.server.with_scopes(&["desktop_recording:write"]);
    writer.post(&path, &segments).expect(200);
}
