//! Events over HTTP: every encoding, every refusal, and what queries see of them at once.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::client::{Answer, Client};
use crate::support::{Tenant, TestServer};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A form's body with those fields, percent-encoded throughout.
fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

/// A good event of its own uuid, on a fixed day.
fn event(number: u64, distinct_id: &str) -> Value {
    json!({
        "uuid": Uuid::from_u128(u128::from(number) + 1), "event": "captured", "distinct_id": distinct_id,
        "timestamp": "2026-01-10T10:00:00Z", "properties": {"number": number},
    })
}

fn batch(token: &str, events: &[Value]) -> Value {
    json!({"api_key": token, "historical_migration": true, "batch": events})
}

fn send(client: &Client, path: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Answer {
    let mut request = client.request(Method::POST, path).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request)
}

#[track_caller]
fn expect_text(answer: Answer, status: u16, text: &str) {
    let answer = answer.expect(status);
    assert_eq!(answer.text(), text);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
}

/// The number that a trend of `event` over the day of [`event`] shows.
#[track_caller]
fn count(tenant: &Tenant, event: &str, math: &str) -> f64 {
    let query = json!({
        "kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": event, "math": math}],
        "dateRange": {"date_from": "2026-01-10", "date_to": "2026-01-10"}, "interval": "day",
    });
    let path = format!("/api/environments/{}/query/", tenant.project);
    let answer = tenant.client.post(&path, &json!({"query": query, "refresh": "force_blocking"})).expect(200).json();
    answer["results"][0]["data"][0].as_f64().unwrap_or_else(|| panic!("no number in {answer}"))
}

#[test]
fn every_path_takes_events_with_and_without_its_slash() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let mut number = 0;
    for path in ["/batch", "/capture", "/e", "/i/v0/e", "/track", "/engage"] {
        for slash in ["", "/"] {
            let body = batch(&tenant.api_token, &[event(number, "u")]);
            let answer = client.post(&format!("{path}{slash}"), &body).expect(200);
            assert_eq!(answer.json(), json!({"status": 1}), "{path}{slash}");
            number += 1;
        }
    }
    assert_eq!(count(&tenant, "captured", "total"), number as f64);
}

#[test]
fn every_encoding_stores_the_same_events() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let json = |number| batch(&tenant.api_token, &[event(number, "u")]).to_string();
    let form_type = [("content-type", "application/x-www-form-urlencoded")];
    send(&client, "/batch/", json(0).into(), &[("content-type", "application/json")]).expect(200);
    send(&client, "/e/", json(1).into(), &[("content-type", "text/plain")]).expect(200);
    send(&client, "/e/", json(2).into(), &form_type).expect(200);
    send(&client, "/batch/", gzip(json(3).as_bytes()), &[("content-encoding", "gzip")]).expect(200);
    send(&client, "/e/?compression=gzip-js&ver=1", gzip(json(4).as_bytes()), &[("content-type", "text/plain")])
        .expect(200);
    send(&client, "/i/v0/e/", gzip(json(5).as_bytes()), &[]).expect(200);
    send(&client, "/e/", form(&[("data", &json(6))]).into(), &form_type).expect(200);
    let base64 = base64(json(7).as_bytes());
    send(&client, "/e/", form(&[("data", &base64), ("compression", "base64")]).into(), &form_type).expect(200);
    let get = client.request(Method::GET, &format!("/e/?{}", form(&[("data", &self::base64(json(8).as_bytes()))])));
    client.send(get).expect(200);
    let list = json!([{"event": "captured", "distinct_id": "u", "timestamp": "2026-01-10T10:00:00Z", "api_key": tenant.api_token}]);
    client.post("/e/", &list).expect(200);
    let mut single = event(10, "u");
    single["token"] = json!(tenant.api_token);
    client.post("/capture/", &single).expect(200);
    assert_eq!(count(&tenant, "captured", "total"), 11.0);
}

/// Base64 by hand: the tests need no more of it than this.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place) & 63) as usize;
            text.push(if place <= chunk.len() { char::from(DIGITS[digit]) } else { '=' });
        }
    }
    text
}

#[test]
fn a_bad_event_does_not_lose_the_good_ones_of_its_batch() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let body = batch(
        &tenant.api_token,
        &[event(0, "u"), json!({"event": "captured"}), json!({"distinct_id": "u"}), json!("nonsense"), event(1, "u")],
    );
    let answer = client.post("/batch/?verbose=1", &body).expect(200);
    assert_json_snapshot!(answer.json(), @r#"
    {
      "accepted": 2,
      "duplicates": 0,
      "rejected": [
        {
          "index": 1,
          "reason": "event submitted without a distinct_id"
        },
        {
          "index": 2,
          "reason": "event submitted with an empty event name"
        },
        {
          "index": 3,
          "reason": "event must be a JSON object"
        }
      ],
      "status": 1
    }
    "#);
    assert_eq!(client.post("/batch/", &body).expect(200).json(), json!({"status": 1}));
    assert_eq!(count(&tenant, "captured", "total"), 2.0);
}

#[test]
fn the_same_batch_twice_counts_once() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let events: Vec<Value> = (0..50).map(|number| event(number, &format!("u{}", number % 7))).collect();
    let body = batch(&tenant.api_token, &events);
    let first = client.post("/batch/?verbose=1", &body).expect(200).json();
    assert_eq!((&first["accepted"], &first["duplicates"]), (&json!(50), &json!(0)));
    let again = client.post("/batch/?verbose=1", &body).expect(200).json();
    assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(0), &json!(50)));
    assert_eq!((count(&tenant, "captured", "total"), count(&tenant, "captured", "dau")), (50.0, 7.0));
}

#[test]
fn each_project_has_its_own_events() {
    let server = TestServer::start();
    let (one, other) = (server.first_tenant(), server.other_tenant());
    let client = server.anonymous();
    client.post("/batch/", &batch(&one.api_token, &[event(0, "u"), event(1, "u")])).expect(200);
    client.post("/batch/", &batch(&other.api_token, &[event(0, "u")])).expect(200);
    assert_eq!((count(&one, "captured", "total"), count(&other, "captured", "total")), (2.0, 1.0));
}

#[test]
fn tokens_that_are_no_projects_are_refused() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let mixed = json!([
        {"event": "x", "distinct_id": "u", "token": tenant.api_token},
        {"event": "x", "distinct_id": "u", "token": "phc_other"},
    ]);
    expect_text(client.post("/batch/", &batch("phc_unknown", &[event(0, "u")])), 401, "API key is not valid: unknown");
    expect_text(
        client.post("/batch/", &batch("phx_a", &[event(0, "u")])),
        401,
        "API key is not valid: personal_api_key",
    );
    expect_text(client.post("/e/", &event(0, "u")), 401, "event submitted without an api_key");
    expect_text(client.post("/e/", &mixed), 401, "batch submitted with inconsistent api_key values");
    assert_eq!(count(&tenant, "captured", "total"), 0.0);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_reason() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let single = |field: &str| {
        let mut single = event(0, "u");
        single["api_key"] = json!(tenant.api_token);
        single.as_object_mut().unwrap().remove(field);
        single
    };
    expect_text(client.post("/e/", &single("event")), 400, "event submitted with an empty event name");
    expect_text(client.post("/e/", &single("distinct_id")), 400, "event submitted without a distinct_id");
    expect_text(client.post("/batch/", &batch(&tenant.api_token, &[])), 400, "request holds no event");
    expect_text(send(&client, "/e/", Vec::new(), &[]), 400, "request holds no event");
    expect_text(
        send(&client, "/e/", b"!".to_vec(), &[]),
        400,
        "request cannot be decoded: it is neither JSON nor gzip, base64 or a form with a data field",
    );
    client.post("/engage/", &single("event")).expect(200);
}

#[test]
fn large_requests_are_refused_before_and_after_decompression() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let too_large = "request is larger than 20971520 bytes";
    expect_text(send(&client, "/batch/", vec![b' '; (20 << 20) + 1], &[]), 413, too_large);
    let bomb = gzip(&vec![b' '; 200 << 20]);
    assert!(bomb.len() < 1 << 20);
    expect_text(send(&client, "/batch/", bomb, &[("content-encoding", "gzip")]), 413, too_large);
    let mut large = event(0, "u");
    large["properties"] = json!({"a": "x".repeat(1 << 20)});
    expect_text(
        client.post("/batch/", &batch(&tenant.api_token, &[large.clone()])),
        413,
        "event is larger than 1048576 bytes",
    );
    // Just under every limit, most of a request is taken.
    large["properties"] = json!({"a": "x".repeat(1_000_000)});
    let events: Vec<Value> = (0..20)
        .map(|number: u128| {
            large["uuid"] = json!(Uuid::from_u128(number + 1));
            large.clone()
        })
        .collect();
    client.post("/batch/", &batch(&tenant.api_token, &events)).expect(200);
    assert_eq!(count(&tenant, "captured", "total"), 20.0);
}

#[test]
fn browsers_may_send_from_any_page() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    for path in ["/e/", "/batch/", "/i/v0/e/", "/flags/?v=2", "/decide/?v=3"] {
        let preflight = client
            .request(Method::OPTIONS, path)
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,x-custom");
        let answer = client.send(preflight).expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example", "{path}");
        assert!(answer.header("access-control-allow-methods").contains("POST"), "{path}");
        assert!(answer.header("access-control-allow-headers").contains("x-custom"), "{path}");
    }
    for token in [tenant.api_token.as_str(), "phc_unknown"] {
        let body = batch(token, &[event(0, "u")]).to_string();
        let answer = send(&client, "/e/", body.into(), &[("origin", "https://shop.example")]);
        assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example", "{token}");
    }
}

#[test]
fn a_beacon_gets_no_body() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let body = batch(&tenant.api_token, &[event(0, "u")]);
    let answer = client.post("/e/?beacon=1", &body).expect(204);
    assert_eq!(answer.text(), "");
    assert_eq!(count(&tenant, "captured", "total"), 1.0);
}

#[test]
fn identities_are_merged_in_the_next_query() {
    let server = TestServer::start();
    let (tenant, client) = (server.first_tenant(), server.anonymous());
    let with = |number, name: &str, distinct_id: &str, properties: Value| {
        let mut event = event(number, distinct_id);
        event["event"] = json!(name);
        event["properties"] = properties;
        event
    };
    let send = |events: &[Value]| {
        client.post("/batch/", &batch(&tenant.api_token, events)).expect(200);
    };
    send(&[event(0, "anon-1"), event(1, "ann"), event(2, "old-id"), event(3, "bob"), event(4, "guest")]);
    assert_eq!(count(&tenant, "captured", "dau"), 5.0);
    send(&[with(5, "$identify", "ann", json!({"$anon_distinct_id": "anon-1"}))]);
    assert_eq!(count(&tenant, "captured", "dau"), 4.0);
    send(&[with(6, "$create_alias", "ann", json!({"alias": "old-id"}))]);
    assert_eq!(count(&tenant, "captured", "dau"), 3.0);
    // An id that half-configured clients send for everybody merges nothing.
    send(&[with(7, "$identify", "bob", json!({"$anon_distinct_id": "guest"}))]);
    assert_eq!(count(&tenant, "captured", "dau"), 3.0);
    // Both are identified by now, so only the dangerous merge joins them.
    send(&[with(8, "$create_alias", "ann", json!({"alias": "bob"}))]);
    assert_eq!(count(&tenant, "captured", "dau"), 3.0);
    send(&[with(9, "$merge_dangerously", "ann", json!({"alias": "bob"}))]);
    assert_eq!(count(&tenant, "captured", "dau"), 2.0);
}

#[test]
fn feature_flags_are_answered_empty() {
    let server = TestServer::start();
    let client = server.anonymous();
    let body = json!({"token": "phc_any", "distinct_id": "u"});
    assert_json_snapshot!(client.post("/flags/?v=2", &body).expect(200).redacted(), @r#"
    {
      "errorsWhileComputingFlags": false,
      "flags": {},
      "requestId": "[uuid]"
    }
    "#);
    let decided = client.post("/decide/?v=3", &body).expect(200).json();
    assert_eq!(
        (&decided["featureFlags"], &decided["errorsWhileComputingFlags"], &decided["sessionRecording"]),
        (&json!({}), &json!(false), &json!(false))
    );
    let config = client.get("/array/phc_any/config").expect(200).json();
    assert_eq!((&config["token"], &config["hasFeatureFlags"]), (&json!("phc_any"), &json!(false)));
    let script = client.get("/array/phc_any/config.js").expect(200);
    assert_eq!(script.header("content-type"), "application/javascript; charset=utf-8");
    assert!(script.text().contains(r#"_POSTHOG_REMOTE_CONFIG["phc_any"]"#));
}
