//! Transcripts that Claude Code keeps of its sessions, one JSON object a line → events.
//!
//! Lines of `type` `user`, `assistant` and `system` are read; others (summaries, snapshots of files) tell nothing that counts. The text of one answer may stand on
//! several lines of the same `message.id`, each of which repeats what it used: it counts once, by the last of them. Prompts of subagents (`isSidechain`) are
//! no prompts of the developer; what they use is used.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::event::{ApiRequest, EventKind, EventSource, TelemetryEvent, ToolDetail, ToolResult, told};
use crate::model::{MAX_SESSION_ID_BYTES, Origin, Tokens};
use crate::shell;
use crate::values::{Attributes, clip, cost, instant};

/// Most lines of one upload.
pub const MAX_LINES: usize = 100_000;

/// Longest name that is kept, in characters.
const MAX_NAME_CHARACTERS: usize = 200;

/// Most lines that are told to be wrong.
const MAX_WRONG: usize = 20;

/// What a transcript tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// Its events.
    pub events: Vec<TelemetryEvent>,
    /// How many lines there are that are not empty.
    pub lines: usize,
    /// How many of them cannot be read.
    pub n_wrong: usize,
    /// What is wrong with the first of those.
    pub wrong: Vec<WrongLine>,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongLine {
    /// Its number, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// A call of a tool whose result has not come yet.
struct Call {
    tool: String,
    input: Value,
    at: DateTime<Utc>,
}

#[derive(Default)]
struct Reader {
    events: Vec<TelemetryEvent>,
    calls: BTreeMap<String, Call>,
    /// Where the request of each message is among the events.
    requests: BTreeMap<String, usize>,
}

/// Reads a transcript. Lines after [`MAX_LINES`] are told to be wrong.
pub fn read(text: &str) -> Transcript {
    let mut reader = Reader::default();
    let mut transcript = Transcript::default();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        transcript.lines += 1;
        let result = if transcript.lines > MAX_LINES {
            Err(format!("a transcript has at most {MAX_LINES} lines"))
        } else {
            reader.line(line)
        };
        if let Err(reason) = result {
            transcript.n_wrong += 1;
            if transcript.wrong.len() < MAX_WRONG {
                transcript.wrong.push(WrongLine { line: at + 1, reason });
            }
        }
    }
    transcript.events = reader.events;
    transcript
}

/// What all lines have.
struct Head {
    session_id: String,
    time: DateTime<Utc>,
    uuid: String,
    prompt_id: Option<String>,
    origin: Origin,
    is_sidechain: bool,
}

impl Head {
    fn read(line: &Value) -> Result<Self, String> {
        let fields = line.as_object().ok_or("the line is no JSON object")?;
        let fields = Attributes(fields);
        let session_id = fields.text("sessionId").ok_or("`sessionId` is to be a text that is not empty")?;
        if session_id.len() > MAX_SESSION_ID_BYTES || session_id.contains('\0') {
            return Err(format!("`sessionId` is longer than {MAX_SESSION_ID_BYTES} bytes or has a null character"));
        }
        let time = fields
            .text("timestamp")
            .and_then(instant)
            .ok_or("`timestamp` is to be an instant in the form of ISO 8601")?;
        let uuid = fields.short("uuid", MAX_NAME_CHARACTERS).ok_or("`uuid` is to be a text that is not empty")?;
        Ok(Self {
            session_id: session_id.to_owned(),
            time,
            uuid,
            prompt_id: fields.short("promptId", MAX_NAME_CHARACTERS),
            origin: Origin {
                app_version: fields.short("version", MAX_NAME_CHARACTERS),
                cwd: fields.short("cwd", MAX_NAME_CHARACTERS),
                entrypoint: fields.short("entrypoint", MAX_NAME_CHARACTERS),
                ..Origin::default()
            },
            is_sidechain: fields.flag("isSidechain").unwrap_or(false),
        })
    }

    fn event(&self, line_id: String, kind: EventKind) -> TelemetryEvent {
        TelemetryEvent {
            session_id: self.session_id.clone(),
            time: self.time,
            sequence: None,
            prompt_id: self.prompt_id.clone(),
            line_id: Some(line_id),
            source: EventSource::Transcript,
            origin: self.origin.clone(),
            kind,
        }
    }
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let line: Value = serde_json::from_str(line).map_err(|error| format!("the line is no JSON: {error}"))?;
        match line["type"].as_str() {
            Some("user") => self.user(&line),
            Some("assistant") => self.assistant(&line),
            Some("system") if line["subtype"] == "compact_boundary" => {
                let head = Head::read(&line)?;
                let about = &line["compactMetadata"];
                let kind = EventKind::Compaction {
                    is_manual: about["trigger"] == "manual",
                    pre_tokens: about["preTokens"].as_u64(),
                    post_tokens: about["postTokens"].as_u64(),
                };
                self.events.push(head.event(head.uuid.clone(), kind));
                Ok(())
            }
            Some(_) => Ok(()),
            None => Err("`type` is to be a text".to_owned()),
        }
    }

    fn user(&mut self, line: &Value) -> Result<(), String> {
        let head = Head::read(line)?;
        let content = &line["message"]["content"];
        let parts: &[Value] = content.as_array().map_or(&[], Vec::as_slice);
        for part in parts.iter().filter(|part| part["type"] == "tool_result") {
            self.result(&head, part);
        }
        let texts: Vec<&str> = match content {
            Value::String(text) => vec![text.as_str()],
            _ => parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect(),
        };
        let is_meta = ["isMeta", "isCompactSummary"].iter().any(|key| line[key] == true);
        if texts.is_empty() || is_meta || head.is_sidechain {
            return Ok(());
        }
        let text = texts.join("\n");
        let command = between(&text, "<command-name>", "</command-name>")
            .map(|name| name.trim().trim_start_matches('/').to_owned());
        let is_noise = text.starts_with("[Request interrupted")
            || text.starts_with("<local-command")
            || text.starts_with("<bash-std");
        if is_noise || text.trim().is_empty() {
            return Ok(());
        }
        let text = match (&command, between(&text, "<command-args>", "</command-args>")) {
            (Some(command), arguments) => format!("/{command} {}", arguments.unwrap_or_default()).trim_end().to_owned(),
            (None, _) => text,
        };
        let kind = EventKind::UserPrompt {
            length: u64::try_from(text.chars().count()).ok(),
            text: told(Some(&text)),
            command: command.map(|command| clip(&command, MAX_NAME_CHARACTERS)),
            message_id: Some(head.uuid.clone()),
        };
        self.events.push(head.event(head.uuid.clone(), kind));
        Ok(())
    }

    fn result(&mut self, head: &Head, part: &Value) {
        let Some(id) = part["tool_use_id"].as_str() else { return };
        let call = self.calls.remove(id);
        let text = match &part["content"] {
            Value::String(text) => text.clone(),
            Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n"),
            _ => String::new(),
        };
        let tool = call.as_ref().map_or_else(|| "unknown".to_owned(), |call| call.tool.clone());
        let is_success = part["is_error"] != true;
        let tool_use_id = Some(clip(id, MAX_NAME_CHARACTERS));
        if !is_success && text.starts_with("The user doesn't want") {
            let kind = EventKind::ToolDecision { tool, tool_use_id, is_accepted: false, is_by_user: true };
            return self.events.push(head.event(id.to_owned(), kind));
        }
        let mut detail =
            call.as_ref().map(|call| ToolDetail::read(&tool, Some(&call.input), None, None)).unwrap_or_default();
        // Nothing is cut off here.
        detail.is_cut = false;
        if is_success && detail.command.as_deref().is_some_and(shell::is_commit) {
            detail.commit = commit_id(&text);
        }
        let waited = call.map_or(0, |call| (head.time - call.at).num_milliseconds());
        let kind = EventKind::ToolResult(ToolResult {
            tool,
            tool_use_id,
            is_success,
            duration_ms: u64::try_from(waited).unwrap_or(0),
            error: (!is_success).then(|| clip(&text, 300)),
            input_bytes: None,
            detail,
        });
        self.events.push(head.event(id.to_owned(), kind));
    }

    fn assistant(&mut self, line: &Value) -> Result<(), String> {
        let head = Head::read(line)?;
        let message = &line["message"];
        let model = message["model"].as_str().map(|model| clip(model, MAX_NAME_CHARACTERS));
        let parts: &[Value] = message["content"].as_array().map_or(&[], Vec::as_slice);
        let texts: Vec<&str> =
            parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect();
        if line["isApiErrorMessage"] == true {
            let kind = EventKind::ApiError { model, error: Some(clip(&texts.join("\n"), 300)), status_code: None };
            self.events.push(head.event(head.uuid.clone(), kind));
            return Ok(());
        }
        for part in parts.iter().filter(|part| part["type"] == "tool_use") {
            if let (Some(id), Some(tool)) = (part["id"].as_str(), part["name"].as_str()) {
                let call = Call { tool: clip(tool, MAX_NAME_CHARACTERS), input: part["input"].clone(), at: head.time };
                self.calls.insert(id.to_owned(), call);
            }
        }
        self.request(&head, line, model.as_deref());
        if !texts.is_empty() && !head.is_sidechain {
            let text = texts.join("\n");
            let length = u64::try_from(text.chars().count()).ok();
            let kind = EventKind::AssistantResponse { length, text: told(Some(&text)), model };
            self.events.push(head.event(head.uuid.clone(), kind));
        }
        Ok(())
    }

    /// What an answer used, once for all its lines.
    fn request(&mut self, head: &Head, line: &Value, model: Option<&str>) {
        let message = &line["message"];
        let Some(usage) = message["usage"].as_object().map(Attributes) else { return };
        let of_message = message["id"].as_str().or_else(|| line["requestId"].as_str()).unwrap_or(&head.uuid);
        let kind = EventKind::ApiRequest(ApiRequest {
            model: model.unwrap_or("unknown").to_owned(),
            tokens: Tokens {
                input: usage.count("input_tokens").unwrap_or(0),
                output: usage.count("output_tokens").unwrap_or(0),
                cache_read: usage.count("cache_read_input_tokens").unwrap_or(0),
                cache_creation: usage.count("cache_creation_input_tokens").unwrap_or(0),
            },
            cost: line["costUSD"].as_f64().and_then(cost),
            duration_ms: line["durationMs"].as_u64().unwrap_or(0),
            request_id: line["requestId"].as_str().map(|id| clip(id, MAX_NAME_CHARACTERS)),
            query_source: head.is_sidechain.then(|| "subagent".to_owned()),
        });
        let event = head.event(clip(of_message, MAX_NAME_CHARACTERS), kind);
        match self.requests.get(of_message) {
            Some(at) => self.events[*at] = event,
            None => {
                self.requests.insert(of_message.to_owned(), self.events.len());
                self.events.push(event);
            }
        }
    }
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

/// The id that git tells after a commit: `[main abc1234] message`.
fn commit_id(output: &str) -> Option<String> {
    let inner = between(output, "[", "]")?;
    let id = inner.split_whitespace().next_back()?;
    (id.len() >= 7 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

#[cfg(test)]
mod tests;
