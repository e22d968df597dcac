use chrono::TimeDelta;
use serde_json::{Value, json};
use test_support::builders::at;

use super::*;

fn read(attributes: Value) -> Result<Option<TelemetryEvent>, Rejection> {
    TelemetryEvent::read(Some(at(0)), at(9), None, Some("claude_code.api_request"), attributes.as_object().unwrap())
}

#[test]
fn numbers_are_read_in_each_form() {
    let forms = [json!(7), json!("7"), json!(7.0)];
    let read = forms.map(|seven| {
        let attributes = json!({"session.id": "s", "event.name": "api_request", "event.sequence": seven, "model": "m",
            "input_tokens": seven, "cost_usd": "0.25", "duration_ms": seven});
        read(attributes).unwrap().unwrap()
    });
    assert!(read.iter().all(|event| *event == read[0]));
    let EventKind::ApiRequest(request) = &read[0].kind else { panic!("{:?}", read[0]) };
    assert_eq!((request.tokens.input, request.cost, request.duration_ms), (7, Some(Cost { micros: 250_000 }), 7));
    assert_eq!((read[0].sequence, read[0].time), (Some(7), at(0)));
}

#[test]
fn a_record_is_known_by_any_of_its_names() {
    let event = |name: Option<&str>, event_name: Option<&str>, body: Option<&str>| {
        let mut attributes = json!({"session.id": "s"});
        if let Some(name) = name {
            attributes["event.name"] = name.into();
        }
        let read = TelemetryEvent::read(None, at(9), event_name, body, attributes.as_object().unwrap());
        read.unwrap().map(|event| (event.name().to_owned(), event.time))
    };
    let prompt = Some(("user_prompt".to_owned(), at(9)));
    assert_eq!(event(Some("user_prompt"), None, None), prompt);
    assert_eq!(event(None, Some("claude_code.user_prompt"), None), prompt);
    assert_eq!(event(None, None, Some("claude_code.user_prompt")), prompt);
    assert_eq!(event(None, None, Some("claude_code.brand_new")).unwrap().0, "brand_new");
    assert_eq!(event(None, None, Some("hello")), None);
    assert_eq!(event(Some("login"), Some("app.login"), None), None);
    assert_eq!(event(None, None, None), None);
}

#[test]
fn a_record_without_a_session_is_told_so() {
    for id in [json!(null), json!(""), json!(7), json!("x".repeat(201)), json!("a\0")] {
        let refused = read(json!({"session.id": id, "event.name": "api_request"})).unwrap_err();
        assert!(refused.reason.contains("`session.id`"), "{refused}");
    }
}

#[test]
fn prompts_may_be_withheld() {
    let read = |attributes: Value| {
        let read =
            TelemetryEvent::read(None, at(0), None, Some("claude_code.user_prompt"), attributes.as_object().unwrap());
        match read.unwrap().unwrap().kind {
            EventKind::UserPrompt { text, command, length, .. } => (text, command, length),
            other => panic!("{other:?}"),
        }
    };
    let withheld = json!({"session.id": "s", "prompt": "<REDACTED>", "prompt_length": "12"});
    assert_eq!(read(withheld), (None, None, Some(12)));
    let told = json!({"session.id": "s", "prompt": "hello", "command_name": "/review"});
    assert_eq!(read(told), (Some("hello".to_owned()), Some("review".to_owned()), None));
    let clear = json!({"session.id": "s", "prompt": "/clear"});
    assert_eq!(read(clear).1.as_deref(), Some("clear"));
}

#[test]
fn the_same_event_has_the_same_key() {
    let attributes = json!({"session.id": "s", "event.name": "api_request", "event.sequence": 1});
    let one = read(attributes).unwrap().unwrap();
    assert_eq!(one.dedup_key(), one.clone().dedup_key());
    assert_eq!(one.dedup_key().len(), 32);
    let others = [
        TelemetryEvent { sequence: Some(2), ..one.clone() },
        TelemetryEvent { time: one.time + TimeDelta::microseconds(1), ..one.clone() },
        TelemetryEvent { session_id: "t".to_owned(), ..one.clone() },
        TelemetryEvent { source: EventSource::Transcript, ..one.clone() },
        TelemetryEvent { kind: EventKind::ApiRefusal { model: None }, ..one.clone() },
    ];
    assert!(others.iter().all(|other| other.dedup_key() != one.dedup_key()));
}

#[test]
fn events_come_back_from_a_store_as_they_were() {
    let attributes = json!({"session.id": "s", "event.name": "tool_result", "tool_name": "Edit", "success": "true",
        "tool_input": "{\"file_path\": \"a.rs\", \"old_string\": \"x\", \"new_string\": \"y\"}"});
    let event = read(attributes).unwrap().unwrap();
    let kept = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::from_str::<TelemetryEvent>(&kept).unwrap(), event);
}
