//! Sessions of coding agents: transcripts and captures that come in, and what is answered about them.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use insights_core::time::ManualClock;
use insta::assert_json_snapshot;
use language_model::model::Provider;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestServer;
use crate::support::client::{Answer, Client};
use crate::support::model::{FakeModel, Reply};

/// The session of the transcript.
const SESSION: &str = "e51067c6-3d1d-5653-b6c0-33084d7c5eae";

const NDJSON: &str = "application/x-ndjson";

/// A day after the transcript's, a Saturday.
fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-03-07T12:00:00Z".parse().unwrap()))
}

fn transcript() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/agent-telemetry/ben-transcript.jsonl");
    std::fs::read_to_string(path).unwrap()
}

fn upload(client: &Client, body: impl Into<Vec<u8>>) -> Answer {
    let request = client.request(Method::POST, "/v1/transcripts").header("content-type", NDJSON);
    client.send(request.body(body.into()))
}

/// A server that has the transcript.
fn with_transcript() -> TestServer {
    let server = TestServer::start_at(clock(), |_| {});
    upload(&server.admin(), transcript()).expect(200);
    server
}

const READS: [&str; 16] = [
    "/v1/insights/sessions/stats",
    "/v1/insights/sessions/highlights",
    "/v1/insights/sessions/summary?session_id=e51067c6-3d1d-5653-b6c0-33084d7c5eae",
    "/v1/insights/sessions/summaries",
    "/v1/insights/sessions/details?session_id=e51067c6-3d1d-5653-b6c0-33084d7c5eae",
    "/v1/insights/daily-summary?date=2026-03-06",
    "/v1/score_v3/score",
    "/v1/score_v3/speed",
    "/v1/score_v3/speed/sessions",
    "/v1/score_v3/sessions/e51067c6-3d1d-5653-b6c0-33084d7c5eae/prompts",
    "/v1/score_v3/tokens",
    "/v1/score_v3/skill?window=monthly",
    "/v1/score_v3/insight/sessions",
    "/v1/score_v3/realtime/sub-sessions?claude_session_id=e51067c6-3d1d-5653-b6c0-33084d7c5eae",
    "/v1/score_v3/today-summary?date=2026-03-06",
    "/v1/score_v3/score?window=daily",
];

/// Name of the snapshot of a route.
fn name(path: &str) -> String {
    let path = path.replace(SESSION, "id");
    let words = path.trim_start_matches("/v1/").split(|c: char| !c.is_ascii_alphanumeric());
    format!("agent_{}", words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_"))
}

#[test]
fn everything_about_a_transcript_is_answered() {
    let server = with_transcript();
    for path in READS {
        assert_json_snapshot!(name(path), server.admin().get(path).expect(200).redacted());
    }
}

#[test]
fn where_nothing_is_known_answers_are_empty() {
    let server = TestServer::start_at(clock(), |_| {});
    let admin = server.admin();
    for path in READS.into_iter().filter(|path| !path.contains(SESSION)) {
        assert_json_snapshot!(format!("{}_empty", name(path)), admin.get(path).expect(200).redacted());
    }
    let nothing = "session_id: There is no session of this id, or nothing has been summed up of it.";
    admin.get("/v1/insights/sessions/summary?session_id=x").expect_agent_error(400, nothing);
    admin.get("/v1/insights/sessions/details?session_id=x").expect_agent_error(400, nothing);
    admin.get("/v1/score_v3/sessions/x/prompts").expect_agent_error(404, "Not found.");
    assert_eq!(admin.get("/v1/score_v3/realtime/sub-sessions?claude_session_id=x").expect(200).json(), json!([]));
}

#[test]
fn bad_input_is_named() {
    let server = TestServer::start_at(clock(), |_| {});
    let check = |path: &str, message: &str| server.admin().get(path).expect_agent_error(400, message);
    for route in ["stats", "highlights", "summaries"] {
        let path = format!("/v1/insights/sessions/{route}");
        let order = "from: It has to be before `to`.";
        check(&format!("{path}?from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z"), order);
        let wrong = server.admin().get(&format!("{path}?to=yesterday")).expect(400).json();
        assert!(wrong["message"].as_str().unwrap().starts_with("to: "), "{wrong}");
    }
    check("/v1/insights/sessions/summary", "session_id: This field is required.");
    check("/v1/insights/sessions/details", "session_id: This field is required.");
    check("/v1/insights/sessions/summaries?limit=0", "limit: It has to be 1 or greater.");
    check("/v1/score_v3/realtime/sub-sessions?limit=0", "limit: It has to be 1 or greater.");
    for path in ["/v1/insights/sessions/summaries?user_id=me", "/v1/insights/sessions/summaries?offset=-1"] {
        server.admin().get(path).expect(400);
    }
    for route in ["score", "speed", "speed/sessions", "tokens", "skill", "insight/sessions"] {
        check(&format!("/v1/score_v3/{route}?window=hourly"), "window: It has to be daily, weekly or monthly.");
    }
    let day = "date: It has to be a day like 2026-03-02, or an instant in RFC 3339.";
    check("/v1/score_v3/today-summary?date=today", day);
    check("/v1/insights/daily-summary?date=2026-02-30", day);
    server.admin().get("/v1/insights/sessions/nothing").expect_agent_error(404, "Not found.");
    let post =
        |path: &str, body: Value, message: &str| server.admin().post(path, &body).expect_agent_error(400, message);
    post("/v1/prompts", json!({"tool_session_id": "s"}), "prompt_text: This field is required.");
    post(
        "/v1/prompts",
        json!({"tool_session_id": "", "prompt_text": "x"}),
        "tool_session_id: This field may not be blank.",
    );
    let other = json!({"tool_session_id": "s", "prompt_text": "x", "source": "cursor"});
    post("/v1/prompts", other, "source: It has to be claude-code.");
    post("/v1/prompts/response", json!({"response_text": "x"}), "tool_session_id: This field is required.");
    let negative = json!({"tool_session_id": "s", "response_text": "x", "cost_usd": -1});
    post("/v1/prompts/response", negative, "cost_usd: It has to be 0 or greater.");
}

#[test]
fn transcripts_are_taken_once_compressed_or_not() {
    let server = TestServer::start_at(clock(), |_| {});
    let admin = server.admin();
    assert_json_snapshot!("agent_transcript_taken", upload(&admin, transcript()).expect(200).json());
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(transcript().as_bytes()).unwrap();
    let request = admin.request(Method::POST, "/v1/transcripts").header("content-encoding", "gzip");
    let again = admin.send(request.header("content-type", NDJSON).body(gzip.finish().unwrap())).expect(200).json();
    assert_eq!((&again["events"], &again["sessions"]), (&json!(0), &json!([SESSION])));

    let some = format!("nonsense\n{}", transcript());
    let partly = upload(&admin, some).expect(200).json();
    assert_eq!((&partly["rejected_lines"], &partly["errors"][0]["line"]), (&json!(1), &json!(1)));
    assert_eq!(upload(&admin, "").expect(200).json()["lines"], 0);
    let nothing = upload(&admin, "nonsense").expect(400).json();
    assert!(nothing["message"].as_str().unwrap().starts_with("transcript: No line can be read. Line 1: "), "{nothing}");
    upload(&admin, vec![0xff, 0xfe]).expect_agent_error(400, "The transcript is not valid UTF-8.");
    let request = admin.request(Method::POST, "/v1/transcripts").header("content-type", "image/png").body("x");
    admin.send(request).expect_agent_error(415, "Unsupported media type \"image/png\" in request.");
    let small = TestServer::start_at(clock(), |config| config.limits.body_bytes = 1000);
    let detail = "The request body is larger than the limit of 1000 bytes.";
    upload(&small.admin(), transcript()).expect_agent_error(413, detail);
}

#[test]
fn captured_prompts_and_answers_make_a_session() {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let admin = server.admin();
    let prompt = json!({"tool_session_id": "captured", "prompt_text": "Explain how the cache in src/cache.rs works", "source": "claude-code",
        "client_event_id": "e1", "cwd": "/app", "submitted_at": "2026-03-07T11:00:00Z", "metadata": {"x": 1}});
    let made = admin.post("/v1/prompts", &prompt).expect(201);
    assert_json_snapshot!("agent_prompt_captured", made.redacted());
    assert_eq!(admin.post("/v1/prompts", &prompt).expect(201).json(), made.json());
    let answer = json!({"tool_session_id": "captured", "response_text": "It drops by age. ".repeat(20), "client_event_id": "e1",
        "prompt_id": made.json()["id"], "input_tokens": 100, "output_tokens": 20, "model": "m", "cost_usd": 0.5, "elapsed_ms": 900});
    for _ in 0..2 {
        let taken = admin.post("/v1/prompts/response", &answer).expect(202).json();
        assert_eq!(taken, json!({"status": "accepted"}));
    }
    let details = admin.get("/v1/insights/sessions/details?session_id=captured").expect(200).json();
    assert_eq!((&details["session"]["totalTokens"], &details["session"]["totalCostUsd"]), (&json!(120), &json!(0.5)));
    assert_eq!((details["turns"].as_array().unwrap().len(), &details["session"]["cwd"]), (1, &json!("/app")));
    let preview = |server: &TestServer| {
        server.admin().get("/v1/score_v3/realtime/sub-sessions").expect(200).json()[0]["is_preview"].clone()
    };
    assert_eq!(preview(&server), json!(true));
    clock.set("2026-03-07T12:10:00Z".parse().unwrap());
    assert_eq!(preview(&server), json!(false));
}

#[test]
fn summaries_can_be_written_over() {
    let server = with_transcript();
    let path = format!("/v1/insights/sessions/summary?session_id={SESSION}");
    let before = server.admin().get(&path).expect(200).json();
    let edited = server.admin().patch(&path, &json!({"title": "Totals"})).expect(200).json();
    assert_eq!(
        (&edited["title"], &edited["source"], &edited["summary"]),
        (&json!("Totals"), &json!("user"), &before["summary"])
    );
    assert_eq!(server.admin().get(&path).expect(200).json(), edited);
    assert_eq!(server.admin().get("/v1/insights/sessions/summaries").expect(200).json()["summaries"], json!([edited]));
    let restored = server.admin().patch(&path, &json!({"title": "", "summary": ""})).expect(200).json();
    assert_eq!(restored, before);
    let long = json!({"title": "x".repeat(201)});
    let refused = server.admin().patch(&path, &long).expect(400).json();
    assert!(refused["message"].as_str().unwrap().starts_with("title: "), "{refused}");
    let read_only = server.with_scopes(&["llm_analytics:read"]);
    read_only.patch(&path, &json!({})).expect_agent_error(403, "API key missing required scope 'llm_analytics:write'");
}

#[test]
fn another_organization_sees_nothing() {
    let server = with_transcript();
    let (own, other) = (server.admin(), server.other_tenant().client);
    for path in READS {
        let seen = other.get(path);
        assert!(!seen.text().contains(SESSION), "{path}: {}", seen.text());
        let expected = if path.contains("session_id=e5") && !path.contains("claude_session_id") {
            400
        } else if path.ends_with("/prompts") {
            404
        } else {
            200
        };
        seen.expect(expected);
    }
    let details = own.get(&format!("/v1/insights/sessions/details?session_id={SESSION}")).expect(200).json();
    let sub = details["scores"]["subSessions"][0]["subSessionId"].as_str().unwrap().to_owned();
    let prompts = own.get(&format!("/v1/score_v3/sessions/{sub}/prompts")).expect(200).json();
    assert_eq!((&prompts["sub_session_id"], prompts["prompts"].as_array().unwrap().len()), (&json!(sub), 2));
    other.get(&format!("/v1/score_v3/sessions/{sub}/prompts")).expect_agent_error(404, "Not found.");
    let path = format!("/v1/insights/sessions/summary?session_id={SESSION}");
    other.patch(&path, &json!({"title": "Mine"})).expect(400);
    // the same session of another organization is another one
    upload(&other, transcript()).expect(200);
    let mine = other.patch(&path, &json!({"title": "Mine"})).expect(200).json();
    assert_eq!(mine["title"], "Mine");
    assert_ne!(own.get(&path).expect(200).json()["title"], "Mine");
}

#[test]
fn keys_of_agents_work_in_either_header() {
    let server = with_transcript();
    let body = json!({"label": "Agent", "scopes": ["llm_analytics:read"], "kind": "agent"});
    let made = server.admin().post("/api/personal_api_keys/", &body).expect(201).json();
    let key = made["value"].as_str().unwrap();
    assert!(key.starts_with("gck_"), "{key}");
    let listed = server.admin().get("/api/personal_api_keys/").expect(200).json();
    assert!(listed.as_array().unwrap().iter().any(|row| row["id"] == made["id"]));
    let path = "/v1/insights/sessions/summaries";
    let expected = server.admin().get(path).expect(200).json();
    assert_eq!(server.with_key(key).get(path).expect(200).json(), expected);
    let anonymous = server.anonymous();
    let by_header = |key: &str| anonymous.send(anonymous.request(Method::GET, path).header("x-api-key", key));
    assert_eq!(by_header(key).expect(200).json(), expected);
    by_header("gck_unknown").expect_agent_error(401, "Invalid API key");
    by_header("unknown").expect_agent_error(401, "Invalid API key format");
    by_header("").expect_agent_error(401, "Missing API key");
    let expired = json!({"label": "Old", "scopes": ["*"], "kind": "agent", "expires_at": "2026-03-01T00:00:00Z"});
    let expired = server.admin().post("/api/personal_api_keys/", &expired).expect(201).json();
    by_header(expired["value"].as_str().unwrap()).expect_agent_error(401, "API key not active or expired");
    let wrong = json!({"label": "x", "scopes": ["*"], "kind": "shared"});
    assert_eq!(server.admin().post("/api/personal_api_keys/", &wrong).expect(400).json()["attr"], "kind");
    let project = json!({"label": "One project", "scopes": ["*"], "scoped_teams": [1]});
    let project = server.admin().post("/api/personal_api_keys/", &project).expect(201).json();
    let detail = "API keys with scoped projects are only supported on project-based endpoints.";
    server.with_key(project["value"].as_str().unwrap()).get(path).expect_agent_error(403, detail);
}

#[test]
fn a_language_model_judges_once_a_session_is_over() {
    let arc = |first: u32, intent: &str, done: bool| {
        json!({"first_turn": first, "last_turn": first, "intent": intent, "goal_complete": done, "confidence": 0.9,
            "checks": {"goal_explicit": true, "scope_bounded": false}, "title": format!("Arc {first}"), "summary": "Judged."})
    };
    let verdict = json!({"title": "Order totals", "summary": "Totals were added.", "goal": "Totals", "outcome": "Done.",
        "key_turns": [{"turn": 0, "why": "All of it."}], "arcs": [arc(0, "feature", false), arc(2, "small_change", true)]});
    let model =
        FakeModel::start(Provider::OpenAi, vec![Reply::Text("no form".to_owned()), Reply::Text(verdict.to_string())]);
    let settings = model.settings();
    let server = TestServer::start_at(clock(), move |config| config.model = Some(settings));
    upload(&server.admin(), transcript()).expect(200);
    let round = server.judge_sessions();
    let path = format!("/v1/insights/sessions/summary?session_id={SESSION}");
    let summary = server.admin().get(&path).expect(200).json();
    assert_eq!((&summary["title"], &summary["source"]), (&json!("Order totals"), &json!("llm")), "{round:?}");
    let rows = server.admin().get("/v1/score_v3/speed/sessions").expect(200).json();
    let judged = &rows["sessions"][0];
    assert_eq!((&judged["judge_status"], &judged["goal_complete"]), (&json!("ok"), &json!(false)));
    assert_eq!((&judged["checks"]["goal_explicit"], &judged["checks"]["plan_first"]), (&json!(true), &json!(null)));
    assert_eq!(server.judge_sessions().n_due, 0);
    assert_eq!(model.asked().len(), 2, "once, and once more as the first answer was wrong");
}

#[test]
fn rules_judge_where_the_model_does_not() {
    let model = FakeModel::start(Provider::Anthropic, vec![Reply::Status(500)]);
    let settings = model.settings();
    let server = TestServer::start_at(clock(), move |config| config.model = Some(settings));
    upload(&server.admin(), transcript()).expect(200);
    server.judge_sessions();
    let rows = server.admin().get("/v1/score_v3/speed/sessions").expect(200).json();
    let judged = &rows["sessions"][0];
    assert_eq!((&judged["judge_status"], &judged["crushed"]), (&json!("error"), &json!(true)));
}
