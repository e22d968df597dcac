//! OpenTelemetry over HTTP: every encoding, every refusal, and that what was taken is there at once and stays.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use insights_core::time::SystemClock;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::{Tenant, TestServer};

/// A request with log records of these bodies, on a fixed day.
pub(crate) fn request(bodies: &[&str]) -> Value {
    let record = |body: &&str| json!({"timeUnixNano": "1768039200000000000", "body": {"stringValue": body}});
    records(bodies.iter().map(record).collect())
}

/// A request with these log records.
pub(crate) fn records(records: Vec<Value>) -> Value {
    json!({"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
        "scopeLogs": [{"scope": {"name": "checkout", "version": "1.4.0"}, "logRecords": records}],
    }]})
}

/// A request in protobuf with log records of these bodies, some of which may be no text.
fn protobuf(bodies: &[&[u8]]) -> Vec<u8> {
    let field = |tag: u8, bytes: &[u8]| [&[tag << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let time = [&[0x09][..], &1_768_039_200_000_000_000_u64.to_le_bytes()].concat();
    let record = |body: &&[u8]| field(2, &[&time[..], &field(5, &field(1, body))].concat());
    let records: Vec<u8> = bodies.iter().flat_map(record).collect();
    field(1, &field(2, &records))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn send(client: &Client, path: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Answer {
    let mut request = client.request(Method::POST, path).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request)
}

/// The bodies of the project's logs of the day, in the order of their coming.
#[track_caller]
fn bodies(tenant: &Tenant) -> Vec<String> {
    let query = json!({"dateRange": {"date_from": "2026-01-10", "date_to": "2026-01-10"}, "orderBy": "earliest"});
    let path = format!("/api/environments/{}/logs/query/", tenant.project);
    let answer = tenant.client.post(&path, &json!({ "query": query })).expect(200).json();
    answer["results"].as_array().unwrap().iter().map(|log| log["body"].as_str().unwrap().to_owned()).collect()
}

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn every_encoding_is_taken_and_answered_in_its_own() {
    let server = TestServer::start();
    let tenant = server.first_tenant();
    let client = server.with_key(&tenant.api_token);
    let json = |body: &str| request(&[body]).to_string().into_bytes();
    let lines = [json("line 1"), json("line 2")].join(&b'\n');
    let is_json = |answer: Answer| {
        let answer = answer.expect(200);
        assert_eq!((answer.header("content-type"), answer.text().as_str()), ("application/json", "{}"));
    };
    let is_protobuf = |answer: Answer| {
        let answer = answer.expect(200);
        assert_eq!((answer.header("content-type"), answer.text().as_str()), ("application/x-protobuf", ""));
    };
    is_json(send(&client, "/v1/logs", json("json"), &[JSON]));
    is_json(send(&client, "/v1/logs/", gzip(&json("json, gzip")), &[JSON, ("content-encoding", "gzip")]));
    is_json(send(&client, "/i/v1/logs", lines, &[("content-type", "application/x-ndjson")]));
    is_protobuf(send(&client, "/v1/logs", protobuf(&[b"protobuf"]), &[PROTOBUF]));
    let compressed = gzip(&protobuf(&[b"protobuf, gzip"]));
    is_protobuf(send(&client, "/i/v1/logs/", compressed, &[PROTOBUF, ("content-encoding", "gzip")]));
    is_protobuf(send(&client, "/v1/logs", protobuf(&[b"nothing said"]), &[]));
    is_json(send(&client, "/v1/logs", json("wrong type"), &[PROTOBUF]));
    is_json(send(&client, "/v1/logs", b"{}".to_vec(), &[JSON]));
    is_protobuf(send(&client, "/v1/logs", Vec::new(), &[PROTOBUF]));
    let expected =
        ["json", "json, gzip", "line 1", "line 2", "protobuf", "protobuf, gzip", "nothing said", "wrong type"];
    assert_eq!(bodies(&tenant), expected);
}

#[test]
fn tokens_and_keys_say_where_logs_go() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let nobody = server.anonymous();
    let body = |text: &str| request(&[text]).to_string().into_bytes();
    let key = own.client.key().unwrap();
    let limited = json!({"label": "limited", "scopes": ["logs:write"], "scoped_teams": [other.project]});
    let limited = own.client.post("/api/personal_api_keys/", &limited).expect(201).json();
    let limited = limited["value"].as_str().unwrap();
    for (text, token) in [("own", &own.api_token), ("other", &other.api_token)] {
        let bearer = format!("Bearer {token}");
        send(&nobody, "/v1/logs", body(text), &[JSON, ("authorization", &bearer)]).expect(200);
        send(&nobody, "/v1/logs", body(text), &[JSON, ("x-api-key", token)]).expect(200);
        send(&nobody, &format!("/v1/logs?token={token}"), body(text), &[JSON]).expect(200);
    }
    send(&nobody, "/v1/logs", body("key"), &[JSON, ("authorization", &format!("Bearer {key}"))]).expect(200);
    send(&nobody, "/v1/logs", body("key"), &[JSON, ("X-API-Key", key)]).expect(200);
    send(&nobody, "/v1/logs", body("limited"), &[JSON, ("x-api-key", limited)]).expect(200);
    assert_eq!(bodies(&own), ["own", "own", "own", "key", "key"]);
    assert_eq!(bodies(&other), ["other", "other", "other", "limited"]);
}

#[test]
fn who_may_not_send_is_told_so() {
    let server = TestServer::start();
    let tenant = server.first_tenant();
    let body = || request(&["refused"]).to_string().into_bytes();
    let nobody = server.anonymous();
    let missing = send(&nobody, "/v1/logs", body(), &[JSON]).expect(401);
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    assert_json_snapshot!(missing.json(), @r#"
    {
      "code": 16,
      "error": "No token provided",
      "message": "No token provided"
    }
    "#);
    let key = tenant.client.key().unwrap();
    for (path, header) in [
        ("/v1/logs", ("authorization", "Bearer phc_wrong")),
        ("/v1/logs", ("authorization", "Bearer phx_wrong")),
        ("/v1/logs", ("authorization", "Basic abc")),
        ("/v1/logs", ("x-api-key", "gck_wrong")),
        ("/v1/logs?token=phc_wrong", ("accept", "*/*")),
        (&format!("/v1/logs?token={key}"), ("accept", "*/*")),
    ] {
        let refused = send(&nobody, path, body(), &[JSON, header]).expect(401).json();
        assert_eq!(refused["message"], "Invalid token", "{path} {header:?}");
    }
    let reader = server.with_scopes(&["logs:read"]);
    let refused = send(&reader, "/v1/logs", body(), &[JSON]).expect(403).json();
    assert_eq!(
        refused,
        json!({"code": 7, "message": "API key missing required scope 'logs:write'",
        "error": "API key missing required scope 'logs:write'"})
    );
    let protobuf = send(&reader, "/v1/logs", body(), &[PROTOBUF]).expect(403);
    assert_eq!((protobuf.header("content-type"), &protobuf.body[..2]), ("application/x-protobuf", &[0x08, 7][..]));
    assert_eq!(bodies(&tenant), [""; 0]);
}

#[test]
fn what_cannot_be_taken_is_refused_with_a_status() {
    let server = TestServer::start();
    let tenant = server.first_tenant();
    let client = server.with_key(&tenant.api_token);
    let check = |body: Vec<u8>, headers: &[(&str, &str)], status: u16, code: i64, message: &str| {
        let answer = send(&client, "/v1/logs", body, headers).expect(status).json();
        assert_eq!(answer["code"], code, "{answer}");
        let told = answer["message"].as_str().unwrap();
        assert!(told.contains(message), "{told} does not say {message}");
    };
    check(b"<html>".to_vec(), &[JSON], 400, 3, "request cannot be decoded: as JSON, it is no object");
    check(b"{\"resourceLogs\": 5}".to_vec(), &[JSON], 400, 3, "invalid type: integer `5`");
    check(b"x".to_vec(), &[("content-type", "text/html")], 415, 3, "use application/x-protobuf or application/json");
    check(b"x".to_vec(), &[JSON, ("content-encoding", "zstd")], 415, 3, "use gzip or none");
    check(gzip(b"{}")[..8].to_vec(), &[JSON, ("content-encoding", "gzip")], 400, 3, "gzip");
    check(vec![b' '; (32 << 20) + 1], &[JSON], 413, 8, "33554432 bytes");
    check(gzip(&vec![b' '; (64 << 20) + 1]), &[JSON, ("content-encoding", "gzip")], 413, 8, "67108864 bytes");
    let many = records(vec![json!({}); 100_001]).to_string();
    check(gzip(many.as_bytes()), &[JSON, ("content-encoding", "gzip")], 413, 8, "more than 100000 records");
    let protobuf = send(&client, "/v1/logs", vec![0x0a, 5], &[PROTOBUF]).expect(400);
    assert_eq!((protobuf.header("content-type"), &protobuf.body[..2]), ("application/x-protobuf", &[0x08, 3][..]));
    assert_eq!(bodies(&tenant), [""; 0]);
}

#[test]
fn bad_records_are_counted_and_the_good_ones_taken() {
    let server = TestServer::start();
    let tenant = server.first_tenant();
    let client = server.with_key(&tenant.api_token);
    let good = |body: &str| json!({"timeUnixNano": "1768039200000000000", "body": {"stringValue": body}});
    let body = records(vec![good("one"), json!({"traceId": "abc"}), good("two"), json!({"spanId": "zz"})]).to_string();
    let answer = send(&client, "/v1/logs", body.into_bytes(), &[JSON]).expect(200).json();
    assert_json_snapshot!(answer, @r#"
    {
      "partialSuccess": {
        "errorMessage": "2 log records were refused, the first of them at position 1: traceId has 2 bytes instead of 16",
        "rejectedLogRecords": "2"
      }
    }
    "#);
    let answer = send(&client, "/v1/logs", protobuf(&[b"three", b"\xff", b"four"]), &[PROTOBUF]).expect(200);
    assert_eq!((answer.header("content-type"), &answer.body[2..4]), ("application/x-protobuf", &[0x08, 1][..]));
    assert!(answer.text().contains("stringValue is no UTF-8 text"));
    assert_eq!(bodies(&tenant), ["one", "two", "three", "four"]);
    let metrics = server.anonymous().get("/metrics").expect(200).text();
    assert!(metrics.contains("hindsight_log_records_total{outcome=\"stored\"} 4"), "{metrics}");
    assert!(metrics.contains("hindsight_log_records_total{outcome=\"refused\"} 3"));
}

#[test]
fn logs_outlive_the_server() {
    let mut server = TestServer::start();
    let tenant = server.first_tenant();
    let client = server.with_key(&tenant.api_token);
    // Large enough to be read on another thread.
    let texts: Vec<String> = (0..1500).map(|number| format!("log {number} {}", "x".repeat(50))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    send(&client, "/v1/logs", request(&texts).to_string().into_bytes(), &[JSON]).expect(200);
    assert_eq!(bodies(&tenant)[..1000], texts[..1000]);
    server.restart(Arc::new(SystemClock), |_| {});
    let tenant = server.first_tenant();
    assert_eq!(bodies(&tenant)[..1000], texts[..1000]);
}

#[test]
fn pages_may_send_logs() {
    let server = TestServer::start();
    let client = server.anonymous();
    for path in ["/v1/logs", "/i/v1/logs", "/v1/metrics", "/v1/traces"] {
        let preflight = client.request(Method::OPTIONS, path);
        let preflight =
            preflight.header("origin", "https://shop.example").header("access-control-request-method", "POST");
        let answer =
            client.send(preflight.header("access-control-request-headers", "authorization, x-mine")).expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example", "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert!(answer.header("access-control-allow-headers").contains("x-mine"));
        client.send(client.request(Method::OPTIONS, path)).expect(204);
        client.get(path).expect(405);
    }
    let refused = send(&client, "/v1/logs", b"{}".to_vec(), &[JSON, ("origin", "https://shop.example")]).expect(401);
    assert_eq!(refused.header("access-control-allow-origin"), "https://shop.example");
}

#[test]
fn traces_are_not_there() {
    let server = TestServer::start();
    let answer = send(&server.anonymous(), "/v1/traces", b"{}".to_vec(), &[JSON]).expect(404).json();
    assert_eq!((answer["code"].as_i64(), answer["message"].as_str().unwrap().contains("/v1/logs")), (Some(5), true));
    let answer = send(&server.anonymous(), "/v1/traces/", Vec::new(), &[PROTOBUF]).expect(404);
    assert_eq!(answer.body[..2], [0x08, 5]);
}

#[test]
fn metrics_that_nobody_keeps_are_counted() {
    let server = TestServer::start();
    let tenant = server.first_tenant();
    let client = server.with_key(&tenant.api_token);
    let points = json!([{"asInt": "1"}, {"asDouble": "NaN"}]);
    let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "requests", "sum": {"dataPoints": points}}]}]}]});
    let answer = send(&client, "/v1/metrics", body.to_string().into_bytes(), &[JSON]).expect(200).json();
    assert_eq!(answer["partialSuccess"]["rejectedDataPoints"], "2");
    send(&client, "/v1/metrics", b"{}".to_vec(), &[JSON]).expect(200);
    send(&client, "/v1/metrics", b"nonsense".to_vec(), &[JSON]).expect(400);
    send(&server.anonymous(), "/v1/metrics", b"{}".to_vec(), &[JSON]).expect(401);
}
