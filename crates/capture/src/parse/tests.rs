use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::Write;
use uuid::Uuid;

use super::*;
use crate::token::TokenProblem;

/// Gives out one uuid only.
#[derive(Debug)]
struct SameId;

const MADE_UUID: Uuid = Uuid::from_u128(7);

impl IdSource for SameId {
    fn uuid(&self) -> Uuid {
        MADE_UUID
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-01-31T12:00:00Z").unwrap().to_utc()
}

fn parse_with(body: &[u8], change: impl FnOnce(&mut CaptureRequest<'_>)) -> Result<CaptureBatch, CaptureError> {
    let mut request = CaptureRequest::plain(now());
    change(&mut request);
    parse_capture(body, &request, &Limits::default(), &SameId)
}

fn parse(body: &Value) -> Result<CaptureBatch, CaptureError> {
    parse_with(body.to_string().as_bytes(), |_| {})
}

#[track_caller]
fn parse_one(body: &Value) -> Event {
    let batch = parse(body).unwrap();
    assert_eq!(batch.rejected, [], "{body}");
    let [event] = batch.events.try_into().unwrap();
    event
}

/// A good event, changed by the fields of `patch`; a null takes a field away.
fn event_with(patch: Value) -> Value {
    let mut event = json!({
        "api_key": "phc_a", "event": "signup", "distinct_id": "u1", "properties": {"plan": "pro"},
        "timestamp": "2026-01-30T10:00:00Z", "uuid": "019c0000-0000-7000-8000-000000000001",
    });
    let fields = event.as_object_mut().unwrap();
    for (key, value) in patch.as_object().unwrap() {
        if value.is_null() {
            fields.remove(key);
        } else {
            fields.insert(key.clone(), value.clone());
        }
    }
    event
}

#[track_caller]
fn check_error(body: Value, expected: CaptureError) {
    assert_eq!(parse(&body), Err(expected), "{body}");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

#[test]
fn a_single_event_is_read_whole() {
    let batch = parse(&event_with(json!({}))).unwrap();
    insta::assert_json_snapshot!(batch.events, @r#"
    [
      {
        "uuid": "019c0000-0000-7000-8000-000000000001",
        "event": "signup",
        "distinct_id": "u1",
        "timestamp": "2026-01-30T10:00:00Z",
        "properties": "{\"plan\":\"pro\"}"
      }
    ]
    "#);
    assert_eq!(batch.token, "phc_a");
    assert!(!batch.historical_migration);
}

#[test]
fn what_is_missing_is_made() {
    let event = parse_one(&json!({"token": "phc_a", "event": "x", "distinct_id": "u"}));
    assert_eq!(event.uuid, MADE_UUID);
    assert_eq!(event.timestamp, now());
    assert_eq!(event.properties, "{}");
    let zeros = parse_one(&event_with(json!({"uuid": "00000000-0000-0000-0000-000000000000"})));
    assert_eq!(zeros.uuid, MADE_UUID);
}

#[test]
fn tokens_are_found_at_all_their_places() {
    let bare = event_with(json!({"api_key": null}));
    for body in [
        event_with(json!({})),
        event_with(json!({"api_key": null, "token": "phc_a"})),
        event_with(json!({"api_key": null, "$token": "phc_a"})),
        event_with(json!({"api_key": null, "properties": {"token": "phc_a"}})),
        event_with(json!({"api_key": null, "properties": {"$token": "phc_a"}})),
        json!([event_with(json!({})), bare]),
        json!({"api_key": "phc_a", "batch": [bare]}),
        json!({"token": "phc_a", "batch": [bare, event_with(json!({}))]}),
    ] {
        let batch = parse(&body).unwrap();
        assert_eq!(batch.token, "phc_a", "{body}");
        assert!(batch.events.iter().all(|event| !event.properties.contains("phc_a")), "{body}");
    }
    for query in ["token=phc_a", "ip=1&api_key=phc%5Fa"] {
        assert_eq!(parse_with(bare.to_string().as_bytes(), |r| r.query = query).unwrap().token, "phc_a");
    }
}

#[test]
fn tokens_must_be_there_agree_and_look_like_tokens() {
    let bare = event_with(json!({"api_key": null}));
    check_error(bare.clone(), CaptureError::NoToken);
    check_error(json!({"batch": [bare]}), CaptureError::NoToken);
    check_error(
        json!([event_with(json!({})), event_with(json!({"api_key": "phc_b"}))]),
        CaptureError::InconsistentTokens,
    );
    check_error(json!({"api_key": "phc_b", "batch": [event_with(json!({}))]}), CaptureError::InconsistentTokens);
    check_error(event_with(json!({"api_key": ""})), CaptureError::InvalidToken(TokenProblem::Empty));
    check_error(event_with(json!({"api_key": "phx_a"})), CaptureError::InvalidToken(TokenProblem::PersonalApiKey));
}

#[test]
fn a_property_named_token_is_data_where_the_token_stands_elsewhere() {
    let event = parse_one(&event_with(json!({"properties": {"token": "a coin"}})));
    assert_eq!(event.properties, r#"{"token":"a coin"}"#);
}

#[test]
fn distinct_ids_are_found_at_all_their_places() {
    #[track_caller]
    fn check(patch: Value, expected: &str) {
        assert_eq!(parse_one(&event_with(patch)).distinct_id, expected);
    }
    check(json!({"distinct_id": "u2"}), "u2");
    check(json!({"distinct_id": null, "$distinct_id": "u2"}), "u2");
    check(json!({"distinct_id": null, "properties": {"distinct_id": "u2"}}), "u2");
    check(json!({"distinct_id": null, "properties": {"$distinct_id": "u2"}}), "u2");
    check(json!({"distinct_id": 12}), "12");
    check(json!({"distinct_id": {"b": 1, "a": [true]}}), &json!({"b": 1, "a": [true]}).to_string());
    check(json!({"distinct_id": "a\0b"}), "a\u{fffd}b");
    check(json!({"distinct_id": "é".repeat(250)}), &"é".repeat(200));
}

#[test]
fn timestamps_are_corrected_by_the_clients_clock() {
    #[track_caller]
    fn check(body: Value, expected: &str) {
        let expected = DateTime::parse_from_rfc3339(expected).unwrap().to_utc();
        assert_eq!(parse_one(&body).timestamp, expected, "{body}");
    }
    let batch = |extra: Value, patch: Value| {
        let mut body = json!({"api_key": "phc_a", "batch": [event_with(patch)]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let ahead = json!({"sent_at": "2026-01-31T13:00:00Z"});
    check(batch(json!({}), json!({})), "2026-01-30T10:00:00Z");
    check(batch(ahead.clone(), json!({})), "2026-01-30T09:00:00Z");
    check(batch(ahead.clone(), json!({"properties": {"$ignore_sent_at": true}})), "2026-01-30T10:00:00Z");
    check(batch(ahead.clone(), json!({"timestamp": null})), "2026-01-31T12:00:00Z");
    check(batch(ahead.clone(), json!({"timestamp": null, "offset": 2000})), "2026-01-31T11:59:58Z");
    check(batch(ahead, json!({"timestamp": "gibberish"})), "2026-01-31T12:00:00Z");
    check(event_with(json!({"sent_at": "2026-01-31T11:00:00Z"})), "2026-01-30T11:00:00Z");
    check(event_with(json!({"timestamp": 1_769_767_200})), "2026-01-30T10:00:00Z");
    check(event_with(json!({"timestamp": "2031-01-01T00:00:00Z"})), "2026-01-31T12:00:00Z");
    let historical = json!({"historical_migration": true, "sent_at": "2026-01-31T13:00:00Z"});
    check(batch(historical.clone(), json!({})), "2026-01-30T10:00:00Z");
    check(batch(historical, json!({"timestamp": "2031-01-01T00:00:00Z"})), "2031-01-01T00:00:00Z");

    let body = event_with(json!({})).to_string();
    let sent_at_ms = (now() + TimeDelta::hours(1)).timestamp_millis();
    let corrected = parse_with(body.as_bytes(), |r| r.query = format!("ver=1&_={sent_at_ms}").leak()).unwrap();
    assert_eq!(corrected.events[0].timestamp.to_rfc3339(), "2026-01-30T09:00:00+00:00");
}

#[test]
fn person_changes_are_moved_into_the_properties() {
    #[track_caller]
    fn check(patch: Value, expected: Value) {
        let properties = parse_one(&event_with(patch)).properties;
        assert_eq!(serde_json::from_str::<Value>(&properties).unwrap(), expected);
    }
    check(
        json!({"$set": {"a": 1}, "$set_once": {"b": 2}, "$unset": ["c"]}),
        json!({"plan": "pro", "$set": {"a": 1}, "$set_once": {"b": 2}, "$unset": ["c"]}),
    );
    check(
        json!({"$set": {"a": 1}, "$unset": ["c"], "properties": {"$set": {"a": 0, "z": 9}, "$unset": ["d"]}}),
        json!({"$set": {"a": 1, "z": 9}, "$unset": ["d", "c"]}),
    );
    check(json!({"$set": {"a": 1}, "properties": {"$set": null}}), json!({"$set": {"a": 1}}));
}

#[test]
fn properties_are_kept_to_the_letter() {
    let body = br#"{"api_key":"phc_a","event":"x","distinct_id":"u","properties":{ "n": 1.10, "big":123456789012345678901234567890, "e":"\u00fc" }}"#;
    let batch = parse_with(body, |_| {}).unwrap();
    assert_eq!(batch.events[0].properties, r#"{ "n": 1.10, "big":123456789012345678901234567890, "e":"\u00fc" }"#);
}

#[test]
fn a_bad_event_does_not_spoil_its_batch() {
    let body = json!({"api_key": "phc_a", "batch": [
        event_with(json!({})),
        event_with(json!({"event": ""})),
        event_with(json!({"event": 5})),
        event_with(json!({"event": "e".repeat(201)})),
        event_with(json!({"distinct_id": null})),
        event_with(json!({"distinct_id": ""})),
        event_with(json!({"properties": []})),
        event_with(json!({"uuid": "not one"})),
        event_with(json!({"properties": {"long": "x".repeat(1 << 20)}})),
        "text", 5, null, [[]], true, 1.5, -1,
        event_with(json!({"event": "e".repeat(200), "distinct_id": 0})),
    ]});
    let batch = parse(&body).unwrap();
    assert_eq!(batch.events.len(), 2);
    let reasons: Vec<String> =
        batch.rejected.iter().map(|rejected| format!("{}: {}", rejected.index, rejected.reason)).collect();
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    1: event submitted with an empty event name
    2: event submitted with an empty event name
    3: event name is longer than 200 characters
    4: event submitted without a distinct_id
    5: event submitted without a distinct_id
    6: event properties must be a JSON object
    7: event uuid "not one" is not a UUID
    8: event is larger than 1048576 bytes
    9: event must be a JSON object
    10: event must be a JSON object
    11: event must be a JSON object
    12: event must be a JSON object
    13: event must be a JSON object
    14: event must be a JSON object
    15: event must be a JSON object
    "#);
}

#[test]
fn a_single_bad_event_is_refused_with_its_reason() {
    check_error(event_with(json!({"event": ""})), CaptureError::Event(EventError::EmptyName));
    check_error(event_with(json!({"distinct_id": null})), CaptureError::Event(EventError::NoDistinctId));
    check_error(json!([event_with(json!({"event": null}))]), CaptureError::Event(EventError::EmptyName));
    let historical =
        json!({"api_key": "phc_a", "historical_migration": true, "batch": [event_with(json!({"timestamp": "then"}))]});
    check_error(historical, CaptureError::Event(EventError::BadTimestamp { text: "\"then\"".to_owned() }));
}

#[test]
fn an_event_without_a_name_gets_the_routes() {
    let body = event_with(json!({"event": null, "$set": {"a": 1}})).to_string();
    let batch = parse_with(body.as_bytes(), |r| r.default_event = Some("$identify")).unwrap();
    assert_eq!(batch.events[0].event, "$identify");
}

#[test]
fn bodies_of_no_known_shape_are_refused() {
    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert_eq!(parse_with(body.as_bytes(), |_| {}).unwrap_err().to_string(), expected, "{body}");
    }
    check("", "request holds no event");
    check("  \n", "request holds no event");
    check("[]", "request holds no event");
    check(r#"{"api_key":"phc_a","batch":[]}"#, "request holds no event");
    check(
        r#"{"api_key":"phc_a","batch":5}"#,
        "request cannot be parsed: invalid type: integer `5`, expected a list of events at line 1 column 28",
    );
    check(r#"{"api_key""#, "request cannot be parsed: EOF while parsing an object at line 1 column 10");
    check("[1] 2", "request cannot be parsed: trailing characters at line 1 column 5");
    check("!!!", "request cannot be decoded: it is neither JSON nor gzip, base64 or a form with a data field");
    check("data=!!!", "request cannot be decoded: it is neither JSON nor gzip, base64 or a form with a data field");
}

#[test]
fn mistakes_of_clients_json_are_mended() {
    let body = br#"{"api_key":"phc_a","batch":[
        {"event":"x","distinct_id":"u","properties":{"nan":NaN,"inf":[-Infinity],"half":"\ud83d","huge":1e999}},
        {"event":"\ud83d","distinct_id":"\ude00"}]}"#;
    let batch = parse_with(body, |_| {}).unwrap();
    assert_eq!(batch.rejected, []);
    assert_eq!(batch.events[0].properties, r#"{"nan":null,"inf":[null],"half":"\ufffd","huge":null}"#);
    assert_eq!((batch.events[1].event.as_str(), batch.events[1].distinct_id.as_str()), ("\u{fffd}", "\u{fffd}"));

    let not_utf8 = [br#"{"api_key":"phc_a","event":"x","distinct_id":""#.as_slice(), b"\xff", br#""}"#].concat();
    assert_eq!(parse_with(&not_utf8, |_| {}).unwrap().events[0].distinct_id, "\u{fffd}");
    let with_mark = ["\u{feff}", &event_with(json!({})).to_string()].concat();
    assert!(parse_with(with_mark.as_bytes(), |_| {}).is_ok());
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| {
        let inner = format!("{}{}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        format!(r#"{{"api_key":"phc_a","event":"x","distinct_id":"u","properties":{{"a":{inner}}}}}"#)
    };
    assert!(parse_with(nested(100).as_bytes(), |_| {}).is_ok());
    for levels in [101, 100_000] {
        let refused = parse_with(nested(levels).as_bytes(), |_| {});
        assert_eq!(refused, Err(CaptureError::Event(EventError::TooDeep { limit: 100 })), "{levels}");
    }
    let set = format!(r#"{{"a":{}{}}}"#, "[".repeat(99), "]".repeat(99));
    let moved = format!(r#"{{"api_key":"phc_a","event":"x","distinct_id":"u","$set":{set}}}"#);
    let refused = parse_with(moved.as_bytes(), |_| {});
    assert_eq!(refused, Err(CaptureError::Event(EventError::TooDeep { limit: 100 })));
}

#[test]
fn size_is_bounded_at_every_step() {
    let limits = Limits { request_bytes: 1000, events: 3, ..Limits::default() };
    let parse = |body: &[u8], query: &'static str| {
        parse_capture(body, &CaptureRequest { query, ..CaptureRequest::plain(now()) }, &limits, &SameId)
    };
    let too_large = Err(CaptureError::TooLarge { limit_bytes: 1000 });
    let long = event_with(json!({"properties": {"a": "x".repeat(1000)}})).to_string();
    assert_eq!(parse(long.as_bytes(), ""), too_large);
    assert_eq!(parse(&gzip(long.as_bytes()), ""), too_large);
    assert_eq!(parse(STANDARD.encode(gzip(long.as_bytes())).as_bytes(), ""), too_large);
    assert_eq!(parse(lz_str::compress_to_base64(&long).as_bytes(), "compression=lz64"), too_large);
    assert_eq!(parse(&gzip(&gzip(&vec![b' '; 500_000])), ""), too_large);
    assert_eq!(parse(b"[{},{},{},{},{}]", ""), Err(CaptureError::TooManyEvents { limit: 3 }));
}

#[test]
fn damaged_encodings_are_named() {
    let body = gzip(event_with(json!({})).to_string().as_bytes());
    let cut_off = parse_with(&body[..body.len() / 2], |_| {}).unwrap_err();
    assert_eq!(cut_off.to_string(), "request cannot be decoded: the gzip data is cut off");
    let brotli = parse_with(&body, |r| r.content_encoding = Some("br")).unwrap_err();
    assert_eq!(
        brotli.to_string(),
        "request cannot be decoded: content encoding \"br\" is not understood; use gzip, deflate or none"
    );
    let not_lz = parse_with(b"data=%25%25", |r| r.query = "compression=lz64").unwrap_err();
    assert_eq!(not_lz.to_string(), "request cannot be decoded: compression is lz64, but the data is not");
}

/// Name, body, content type, content encoding and query of a request.
type Encoding<'a> = (&'a str, Vec<u8>, Option<&'a str>, Option<&'a str>, &'a str);

/// `json` in every encoding that clients use gives `expected`.
#[track_caller]
fn check_every_encoding(json: &str, expected: &CaptureBatch) {
    let form_type = Some("application/x-www-form-urlencoded; charset=UTF-8");
    let base64 = STANDARD.encode(json);
    let lz64 = lz_str::compress_to_base64(json);
    let gzip_base64 = URL_SAFE_NO_PAD.encode(gzip(json.as_bytes()));
    let query = String::from_utf8(form(&[("data", &base64), ("compression", "base64")])).unwrap();
    let lz_query = String::from_utf8(form(&[("data", &lz64), ("compression", "lz64")])).unwrap();
    let encodings: Vec<Encoding<'_>> = vec![
        ("plain", json.as_bytes().to_vec(), None, None, ""),
        ("plain, said to be text", json.as_bytes().to_vec(), Some("text/plain"), None, ""),
        ("plain, said to be a form", json.as_bytes().to_vec(), form_type, None, ""),
        ("plain, said to be gzip", json.as_bytes().to_vec(), None, Some("gzip"), "compression=gzip-js"),
        ("gzip by header", gzip(json.as_bytes()), Some("application/json"), Some("gzip"), ""),
        ("gzip by parameter", gzip(json.as_bytes()), Some("text/plain"), None, "compression=gzip-js&ver=1.2.3"),
        ("gzip by its first bytes", gzip(json.as_bytes()), None, None, ""),
        ("gzip in gzip", gzip(&gzip(json.as_bytes())), None, Some("gzip"), "compression=gzip-js"),
        ("deflate", zlib(json.as_bytes()), None, Some("deflate"), ""),
        ("base64", base64.clone().into_bytes(), None, None, "compression=base64"),
        ("form of JSON", form(&[("data", json)]), form_type, None, ""),
        ("form of base64", form(&[("data", &base64)]), form_type, None, "compression=base64"),
        ("form of base64, plus signs unescaped", format!("data={base64}").into_bytes(), None, None, ""),
        ("form of base64 of gzip", form(&[("data", &gzip_base64)]), form_type, None, ""),
        ("form of lz64", form(&[("compression", "lz64"), ("data", &lz64)]), form_type, None, ""),
        ("lz64 by parameter", form(&[("data", &lz64)]), form_type, None, "compression=lz64"),
        ("GET of base64", Vec::new(), None, None, &query),
        ("GET of lz64", Vec::new(), None, None, &lz_query),
    ];
    for (name, body, content_type, content_encoding, query) in encodings {
        let request = CaptureRequest { content_type, content_encoding, query, ..CaptureRequest::plain(now()) };
        let batch = parse_capture(&body, &request, &Limits::default(), &SameId);
        assert_eq!(batch.as_ref(), Ok(expected), "{name}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z$]{1,6}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn every_encoding_gives_the_same_events(
        properties in prop::collection::btree_map("[a-z]{1,8}", any_json(), 0..5),
        name in "\\PC{1,20}",
        distinct_id in "\\PC{1,20}",
    ) {
        let properties: Value = properties.into_iter().collect();
        let event = event_with(json!({"event": name, "distinct_id": distinct_id, "properties": properties}));
        let expected = CaptureBatch {
            token: "phc_a".to_owned(),
            events: vec![Event {
                uuid: "019c0000-0000-7000-8000-000000000001".parse().unwrap(),
                event: name,
                distinct_id,
                timestamp: now() - TimeDelta::hours(26),
                properties: properties.to_string(),
            }],
            rejected: vec![],
            historical_migration: false,
        };
        for body in [event.clone(), json!([event]), json!({"api_key": "phc_a", "batch": [event]})] {
            check_every_encoding(&body.to_string(), &expected);
        }
    }

    #[test]
    fn any_bytes_are_taken_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..200), query in "\\PC{0,30}") {
        let _ = parse_with(&body, |r| r.query = query.leak());
        let _ = parse_with(&gzip(&body), |_| {});
        let _ = parse_with(&[b"data=".as_slice(), &body].concat(), |r| r.query = "compression=lz64");
    }

    #[test]
    fn any_fields_are_taken_without_a_panic_and_stored_properties_parse(
        fields in prop::collection::btree_map(
            prop::sample::select(vec![
                "api_key", "token", "uuid", "event", "distinct_id", "timestamp", "offset", "sent_at", "properties", "$set",
                "$set_once", "$unset", "batch", "historical_migration",
            ]),
            any_json(),
            0..8,
        ),
    ) {
        let mut body = event_with(json!({}));
        body.as_object_mut().unwrap().extend(fields.into_iter().map(|(key, value)| (key.to_owned(), value)));
        if let Ok(batch) = parse(&body) {
            for event in batch.events {
                prop_assert!(serde_json::from_str::<serde_json::Map<String, Value>>(&event.properties).is_ok());
                prop_assert!(!event.event.is_empty() && !event.distinct_id.is_empty());
            }
        }
    }
}
