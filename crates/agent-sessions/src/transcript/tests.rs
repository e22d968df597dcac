use serde_json::json;

use super::*;

fn line(kind: &str, second: u32, more: Value) -> String {
    let mut line = json!({"type": kind, "sessionId": "s", "uuid": format!("u{second}"), "timestamp": format!("2026-03-02T10:00:{second:02}.000Z"), "version": "2.1.0", "cwd": "/app"});
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line.to_string()
}

fn answer(second: u32, id: &str, content: Value, output: u64) -> String {
    line(
        "assistant",
        second,
        json!({"requestId": "r", "message": {"id": id, "model": "m", "content": content,
        "usage": {"input_tokens": 3, "output_tokens": output, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 1}}}),
    )
}

fn names(transcript: &Transcript) -> Vec<&str> {
    transcript.events.iter().map(TelemetryEvent::name).collect()
}

#[test]
fn a_conversation_becomes_events() {
    let text = [
        json!({"type": "summary", "summary": "x", "leafUuid": "y"}).to_string(),
        line("user", 0, json!({"message": {"content": "Fix the bug in src/a.rs"}})),
        answer(2, "m1", json!([{"type": "text", "text": "I look."}]), 5),
        answer(3, "m1", json!([{"type": "tool_use", "id": "t1", "name": "Edit", "input": {"file_path": "/app/src/a.rs", "old_string": "a", "new_string": "b\nc"}}]), 9),
        line("user", 4, json!({"message": {"content": [{"type": "tool_result", "tool_use_id": "t1", "content": "done"}]}})),
        answer(5, "m2", json!([{"type": "tool_use", "id": "t2", "name": "Bash", "input": {"command": "git commit -m x"}}]), 1),
        line("user", 7, json!({"message": {"content": [{"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "text", "text": "[main abc1234] x"}]}]}})),
        String::new(),
        line("system", 8, json!({"subtype": "compact_boundary", "compactMetadata": {"trigger": "manual", "preTokens": 9}})),
    ]
    .join("\n");
    let read = read(&text);
    assert_eq!((read.lines, read.n_wrong), (8, 0));
    assert_eq!(
        names(&read),
        ["user_prompt", "api_request", "assistant_response", "tool_result", "api_request", "tool_result", "compaction"]
    );
    let EventKind::ApiRequest(request) = &read.events[1].kind else { panic!() };
    assert_eq!((request.tokens.output, request.tokens.total()), (9, 33), "the last line of an answer counts");
    let EventKind::ToolResult(edit) = &read.events[3].kind else { panic!() };
    assert_eq!((edit.detail.file.as_deref(), edit.duration_ms), (Some("/app/src/a.rs"), 1000));
    let EventKind::ToolResult(commit) = &read.events[5].kind else { panic!() };
    assert_eq!(commit.detail.commit.as_deref(), Some("abc1234"));
}

#[test]
fn what_the_developer_did_not_say_is_no_prompt() {
    let content = |text: &str, more: Value| {
        let mut all = json!({"message": {"content": text}});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line("user", 1, all)
    };
    for (text, more) in [
        ("Caveat: the messages below", json!({"isMeta": true})),
        ("Search the folder", json!({"isSidechain": true})),
        ("This session is being continued", json!({"isCompactSummary": true})),
        ("[Request interrupted by user]", json!({})),
        ("<local-command-stdout></local-command-stdout>", json!({})),
    ] {
        assert!(read(&content(text, more)).events.is_empty(), "{text}");
    }
    let clear = read(&content(
        "<command-name>/clear</command-name>\n<command-message>clear</command-message>\n<command-args></command-args>",
        json!({}),
    ));
    let EventKind::UserPrompt { command, text, .. } = &clear.events[0].kind else { panic!() };
    assert_eq!((command.as_deref(), text.as_deref()), (Some("clear"), Some("/clear")));
}

#[test]
fn refused_tools_and_errors_are_told() {
    let text = [
        answer(1, "m1", json!([{"type": "tool_use", "id": "t1", "name": "Write", "input": {}}]), 5),
        line("user", 2, json!({"message": {"content": [{"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": "The user doesn't want to proceed with this tool use."}]}})),
        line("assistant", 3, json!({"isApiErrorMessage": true, "message": {"model": "m", "content": [{"type": "text", "text": "API Error: 529"}]}})),
    ]
    .join("\n");
    assert_eq!(names(&read(&text)), ["api_request", "tool_decision", "api_error"]);
}

#[test]
fn wrong_lines_are_told_by_number() {
    let text = [
        "{",
        r#"{"x": 1}"#,
        r#"{"type": "user", "uuid": "u", "timestamp": "2026-03-02T10:00:00Z"}"#,
        r#"{"type": "user", "sessionId": "s", "uuid": "u", "timestamp": "noon"}"#,
    ]
    .join("\n\n");
    let read = read(&text);
    let told: Vec<(usize, &str)> = read
        .wrong
        .iter()
        .map(|wrong| (wrong.line, wrong.reason.split_once('`').map_or("", |(_, rest)| rest.split('`').next().unwrap())))
        .collect();
    assert_eq!(told, [(1, ""), (3, "type"), (5, "sessionId"), (7, "timestamp")]);
    assert_eq!((read.lines, read.n_wrong), (4, 4));
}

#[test]
fn reading_a_longer_transcript_again_gives_the_same_events() {
    let first = line("user", 0, json!({"message": {"content": "Fix the bug"}}));
    let longer = format!("{first}\n{}", answer(2, "m1", json!([]), 5));
    assert_eq!(read(&first).events[0].dedup_key(), read(&longer).events[0].dedup_key());
}
