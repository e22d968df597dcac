//! Recall.ai: the tokens that it gives, and the news that it signs.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Bench, create, get, patch, path_of, with_recall};
use crate::support::TestServer;
use crate::support::recall::{FakeRecall, RECALL_KEY, WEBHOOK_SECRET, news, send, send_signed, webhook_secret};

#[test]
fn a_recording_gets_a_token_for_its_upload() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    assert_eq!(recording["upload_token"], "upload-token-1");
    assert_eq!(recording["sdk_upload_id"], uuid::Uuid::from_u128(1).to_string());
    assert_eq!(get(&own, &recording).get("upload_token"), None, "a token is shown once");
    let asked = bench.recall.asked();
    assert_eq!(asked[0].asked, "POST /api/v1/sdk_upload/");
    assert_eq!(asked[0].headers["authorization"], format!("Token {RECALL_KEY}"));
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(body["metadata"]["hindsight_recording"], recording["id"]);
    assert_eq!(body["recording_config"]["realtime_endpoints"][0]["type"], "desktop_sdk_callback");
}

#[test]
fn where_recall_gives_no_token_nothing_is_made() {
    let answers: [(u16, &str, &str); 7] = [
        (
            401,
            r#"{"detail": "Invalid token key-of-the-fake-recall"}"#,
            "it answered status 401; the key is not good in this region",
        ),
        (429, "", "it answered status 429; it is asked too often"),
        (500, "<html>", "it answered status 500"),
        (302, "", "it answered status 302; the address of its API is another one"),
        (201, "<html>", "it answered no upload"),
        (201, r#"{"id": "u"}"#, "it answered no upload"),
        (201, r#"{"id": "", "upload_token": "t"}"#, "it answered no upload"),
    ];
    let mut next = answers.into_iter();
    let recall = FakeRecall::answering(move || {
        let (status, body, _) = next.next().unwrap();
        (status, body.to_owned())
    });
    let server = TestServer::start_with(|config| with_recall(config, &recall));
    let own = server.first_tenant();
    for (_, _, reason) in answers {
        let refused = own.client.post(&path_of(&own), &json!({}));
        assert!(!refused.text().contains(RECALL_KEY));
        let detail = format!("Failed to create upload with Recall.ai: {reason}");
        refused.expect_error(503, "upload_unavailable", &detail);
    }
    assert_eq!(own.client.get(&path_of(&own)).expect(200).json()["count"], 0);
}

#[test]
fn a_recall_that_is_away_is_told() {
    let recall = FakeRecall::start();
    let settings = recall.settings();
    drop(recall);
    let server = TestServer::start_with(|config| config.recordings.recall = Some(settings));
    let own = server.first_tenant();
    let detail = "Failed to create upload with Recall.ai: it cannot be reached";
    own.client.post(&path_of(&own), &json!({})).expect_error(503, "upload_unavailable", detail);
}

#[test]
fn news_move_a_recording_and_are_known_again() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let upload = &recording["sdk_upload_id"];
    let tell = |event: &str, seconds: i64| {
        send(&bench.server, &*bench.clock, &news(event, upload, seconds)).expect(200);
        get(&own, &recording)
    };
    let told = tell("sdk_upload.recording_ended", 10);
    assert_eq!(told["status"], "uploading");
    assert_eq!(told["recall_recording_id"], format!("recall-{}", upload.as_str().unwrap()));
    assert_eq!(tell("sdk_upload.complete", 30)["status"], "ready");
    assert_eq!(get(&own, &recording)["completed_at"], "2026-01-14T10:05:00Z");
    bench.clock.advance(TimeDelta::minutes(1));
    let ready = get(&own, &recording);
    for (event, seconds) in [
        ("sdk_upload.uploading", 20),
        ("sdk_upload.recording_started", 5),
        ("sdk_upload.failed", 25),
        ("sdk_upload.complete", 30),
        ("bot.joining_call", 40),
        ("video_mixed.done", 40),
    ] {
        assert_eq!(tell(event, seconds), ready, "{event}");
    }
    let mut with_video = news("transcript.done", upload, 50);
    with_video["data"]["video_url"] = json!("https://video.example.com/1.mp4");
    send(&bench.server, &*bench.clock, &with_video).expect(200);
    assert_eq!(get(&own, &recording)["video_url"], "https://video.example.com/1.mp4");
    assert_eq!(tell("recording.deleted", 60)["video_url"], json!(null));
}

#[test]
fn failures_say_why_and_come_back_no_more_when_an_upload_is_tried_again() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let mut failed = news("sdk_upload.failed", &recording["sdk_upload_id"], 10);
    failed["data"]["data"]["sub_code"] = json!("no_disk");
    send(&bench.server, &*bench.clock, &failed).expect(200);
    let told = get(&own, &recording);
    assert_eq!(told["status"], "error");
    assert_eq!(told["error_message"], "Recall.ai: the upload failed (no_disk)");
    patch(&own, &recording, &json!({"status": "uploading"}));
    send(&bench.server, &*bench.clock, &failed).expect(200);
    assert_eq!(get(&own, &recording)["status"], "uploading");
}

#[test]
fn what_is_not_signed_well_changes_nothing() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let body = news("sdk_upload.complete", &recording["sdk_upload_id"], 1).to_string();
    let now = bench.server.anonymous();
    let timestamp = 1_768_385_100.to_string();
    let sign = |timestamp: &str, body: &str| webhook_secret().sign("msg_1", timestamp, body.as_bytes());
    let refused = |timestamp: &str, signature: &str, body: &str| {
        send_signed(&bench.server, names, [timestamp, signature], body).expect(401);
    };
    refused(&timestamp, &sign(&timestamp, "{}"), &body);
    refused(&timestamp, "v1,", &body);
    refused(&timestamp, "v1,AAAA", &body);
    refused("soon", &sign("soon", &body), &body);
    for seconds in [-301, 301] {
        let timestamp = (1_768_385_100 + seconds).to_string();
        refused(&timestamp, &sign(&timestamp, &body), &body);
    }
    let unsigned = now.post("/webhooks/recall", &json!({}));
    unsigned.expect_error(401, "authentication_failed", "The webhook is not signed.");
    let large = "x".repeat(300 << 10);
    send_signed(&bench.server, names, [&timestamp, &sign(&timestamp, &large)], &large).expect(413);
    assert_eq!(get(&own, &recording)["status"], "recording");

    // one good signature among others, and Svix's own names of the headers
    let signature = format!("v1,AAAA {}", sign(&timestamp, &body));
    let names = ["svix-id", "svix-timestamp", "svix-signature"];
    send_signed(&bench.server, names, [&timestamp, &signature], &body).expect(200);
    assert_eq!(get(&own, &recording)["status"], "ready");
}

#[test]
fn news_of_nothing_known_are_told_so() {
    let bench = Bench::start();
    let unknown = send(&bench.server, &*bench.clock, &news("sdk_upload.complete", &json!("unknown"), 1));
    unknown.expect_error(404, "not_found", "Not found.");
    send(&bench.server, &*bench.clock, &json!({"event": "sdk_upload.complete", "data": {}})).expect(400);
    send(&bench.server, &*bench.clock, &json!(["no event"])).expect(400);
    send(&bench.server, &*bench.clock, &json!({"event": "calendar.update"})).expect(200);
    let silent = TestServer::start();
    let detail = "The secret of Recall.ai's webhooks is not configured.";
    silent.anonymous().post("/webhooks/recall", &json!({})).expect_error(503, "unavailable", detail);
}

#[test]
fn settings_show_no_secret() {
    let recall = FakeRecall::start();
    let mut shown = String::new();
    TestServer::start_with(|config| {
        with_recall(config, &recall);
        shown = format!("{config:?}");
    });
    assert!(!shown.contains(RECALL_KEY) && !shown.contains(&WEBHOOK_SECRET[6..]), "{shown}");
}
