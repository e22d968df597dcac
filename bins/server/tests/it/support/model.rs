//! A language model's endpoint on a port of its own, which says what it was told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clients::models::ModelSettings;
use language_model::model::Provider;
use serde_json::{Value, json};

/// The key that the endpoint is asked with.
pub(crate) const MODEL_KEY: &str = "sk-key-of-the-fake-model";

/// What the endpoint does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Says this, in the form of the protocol.
    Text(String),
    /// Answers with something that is not of the protocol.
    Garbage,
    /// Answers with this status.
    Status(u16),
    /// Takes the request and says nothing.
    Silence,
}

/// The endpoint. It goes on until the test's process ends, or this is dropped and it is asked no more.
#[derive(Debug)]
pub(crate) struct FakeModel {
    base_url: String,
    provider: Provider,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl FakeModel {
    /// An endpoint that gives `replies` one after the other, and the last one again and again.
    pub(crate) fn start(provider: Provider, replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for (n, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let Some(body) = read_request(&stream) else { continue };
                known.lock().unwrap().push(body);
                match answer(provider, &replies[n.min(replies.len() - 1)]) {
                    Some(answer) => drop(stream.write_all(answer.as_bytes())),
                    None => held.push(stream),
                }
            }
        });
        Self { base_url, provider, asked }
    }

    /// An endpoint that says `text` to everything.
    pub(crate) fn saying(provider: Provider, text: &str) -> Self {
        Self::start(provider, vec![Reply::Text(text.to_owned())])
    }

    /// The settings of a server that asks it: half a second for an answer, and no repetitions.
    pub(crate) fn settings(&self) -> ModelSettings {
        ModelSettings {
            provider: self.provider,
            base_url: Some(self.base_url.clone()),
            api_key: Some(MODEL_KEY.to_owned()),
            model: "fake-1".to_owned(),
            timeout: Duration::from_millis(500),
            retries: 0,
        }
    }

    /// The bodies of the requests so far.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

/// The body of a request with the right key; `None` where the connection ends before.
fn read_request(stream: &TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut has_key) = (0, false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        has_key |= line.contains(MODEL_KEY);
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    assert!(has_key, "a model is asked with the key");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// The bytes to send; `None` for none.
fn answer(provider: Provider, reply: &Reply) -> Option<String> {
    let (status, body) = match reply {
        Reply::Silence => return None,
        Reply::Garbage => (200, "<html>busy</html>".to_owned()),
        // As endpoints do, errors repeat what was sent: nothing of it may get out.
        Reply::Status(status) => (*status, json!({"error": {"message": format!("no, {MODEL_KEY}")}}).to_string()),
        Reply::Text(text) => (200, said(provider, text).to_string()),
    };
    let length = body.len();
    Some(format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"))
}

fn said(provider: Provider, text: &str) -> Value {
    match provider {
        Provider::OpenAi => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "model": "fake-1-2026",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }),
        Provider::Anthropic => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "fake-1-2026", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": text}], "usage": {"input_tokens": 10, "output_tokens": 5},
        }),
    }
}
