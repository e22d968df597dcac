use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::{JoinHandle, spawn};

use language_model::model::{Completion, CompletionRequest, ModelError, Usage};
use serde_json::{Value, json};

use super::*;

const KEY: &str = "sk-very-secret";

fn settings(provider: Provider, base_url: &str) -> ModelSettings {
    ModelSettings {
        provider,
        base_url: Some(base_url.to_owned()),
        api_key: Some(KEY.to_owned()),
        model: "m-1".to_owned(),
        timeout: Duration::from_secs(20),
        retries: 2,
    }
}

fn request(is_json: bool) -> CompletionRequest {
    CompletionRequest { system: "Do.".to_owned(), user: "data".to_owned(), max_tokens: 50, is_json }
}

/// Answers as many requests as there are answers, one connection each, and gives back their heads and bodies.
fn serve(answers: Vec<(&'static str, String)>) -> (String, JoinHandle<Vec<(String, Value)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = spawn(move || {
        let answer = |(head, body): (&str, String)| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut asked = String::new();
            while !asked.ends_with("\r\n\r\n") {
                reader.read_line(&mut asked).unwrap();
            }
            let length = asked.to_ascii_lowercase();
            let length = length.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
            let mut sent = vec![0; length];
            reader.read_exact(&mut sent).unwrap();
            write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                .unwrap();
            (asked, serde_json::from_slice(&sent).unwrap())
        };
        answers.into_iter().map(answer).collect()
    });
    (address, served)
}

async fn ask(
    provider: Provider,
    is_json: bool,
    answers: Vec<(&'static str, String)>,
) -> (Result<Completion, ModelError>, Vec<(String, Value)>) {
    let (address, served) = serve(answers);
    let model = open(&settings(provider, &address)).unwrap();
    let answer = model.complete(&request(is_json)).await;
    (answer, served.join().unwrap())
}

fn said(text: &str) -> String {
    json!({
        "model": "m-1-2026", "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    })
    .to_string()
}

#[tokio::test]
async fn chat_completions_are_asked_and_read() {
    let (answer, asked) = ask(Provider::OpenAi, true, vec![("200 OK", said("{}"))]).await;
    let usage = Usage { input_tokens: 7, output_tokens: 3 };
    assert_eq!(answer, Ok(Completion { text: "{}".to_owned(), model: "m-1-2026".to_owned(), usage }));
    let (head, body) = &asked[0];
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1"), "{head}");
    assert!(head.contains("authorization: Bearer sk-very-secret"));
    let expected = json!({
        "model": "m-1", "max_tokens": 50, "response_format": {"type": "json_object"},
        "messages": [{"role": "system", "content": "Do."}, {"role": "user", "content": "data"}],
    });
    assert_eq!(*body, expected);
}

#[tokio::test]
async fn messages_are_asked_and_read() {
    let body = json!({
        "model": "m-1", "stop_reason": "end_turn", "usage": {"input_tokens": 7, "output_tokens": 3},
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a "}, {"type": "text", "text": "b"}],
    });
    let (answer, asked) = ask(Provider::Anthropic, false, vec![("200 OK", body.to_string())]).await;
    let usage = Usage { input_tokens: 7, output_tokens: 3 };
    assert_eq!(answer, Ok(Completion { text: "a b".to_owned(), model: "m-1".to_owned(), usage }));
    let (head, body) = &asked[0];
    assert!(head.starts_with("POST /v1/messages HTTP/1.1"), "{head}");
    assert!(head.contains("x-api-key: sk-very-secret") && head.contains("anthropic-version: 2023-06-01"), "{head}");
    let messages = json!([{"role": "user", "content": "data"}]);
    assert_eq!(*body, json!({"model": "m-1", "max_tokens": 50, "system": "Do.", "messages": messages}));
}

#[track_caller]
fn check_error(answer: &Result<Completion, ModelError>, expected: &str) {
    assert_eq!(answer.as_ref().unwrap_err().to_string(), expected);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let (answer, _) = ask(Provider::OpenAi, false, vec![("401 Unauthorized", format!("wrong key {KEY}"))]).await;
    check_error(&answer, "the model's endpoint refuses: status 401");
    let (answer, _) =
        ask(Provider::OpenAi, false, vec![("302 Found\r\nlocation: http://127.0.0.1:1/", String::new())]).await;
    check_error(&answer, "the model's endpoint refuses: status 302");
    let refusal = json!({"content": [], "stop_reason": "refusal"}).to_string();
    let (answer, _) = ask(Provider::Anthropic, false, vec![("200 OK", refusal)]).await;
    check_error(&answer, "the model's endpoint refuses: the model does not want to answer");
    let (answer, _) = ask(Provider::OpenAi, false, vec![("200 OK", "<html>".to_owned())]).await;
    assert!(matches!(answer, Err(ModelError::Malformed { .. })), "{answer:?}");
    let (answer, _) = ask(Provider::OpenAi, false, vec![("200 OK", json!({"choices": []}).to_string())]).await;
    check_error(&answer, "the model's endpoint answered something else than an answer: there is no choice in it");
    let (answer, _) = ask(Provider::OpenAi, false, vec![("200 OK", said(&"x".repeat(2 << 20)))]).await;
    assert!(matches!(answer, Err(ModelError::Malformed { .. })));
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let again = vec![
        ("429 Too Many Requests\r\nretry-after: 0", String::new()),
        ("500 Internal Server Error", String::new()),
        ("200 OK", said("done")),
    ];
    let (answer, asked) = ask(Provider::OpenAi, false, again).await;
    assert_eq!((answer.unwrap().text.as_str(), asked.len()), ("done", 3));
    let (answer, _) = ask(Provider::OpenAi, false, vec![("503 Service Unavailable", String::new()); 3]).await;
    check_error(&answer, "the model's endpoint fails: status 503");
    // An hour is longer than anybody waits here: the wait is told instead.
    let (answer, _) =
        ask(Provider::OpenAi, false, vec![("429 Too Many Requests\r\nretry-after: 3600", String::new())]).await;
    assert_eq!(answer, Err(ModelError::RateLimited { retry_after: Some(Duration::from_secs(3600)) }));
}

#[tokio::test]
async fn an_endpoint_that_stays_silent_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let model = open(&ModelSettings { timeout: Duration::from_millis(50), ..settings(Provider::OpenAi, &address) });
    assert_eq!(model.unwrap().complete(&request(false)).await, Err(ModelError::Timeout));
    drop(listener);
    let model = open(&ModelSettings { retries: 0, ..settings(Provider::OpenAi, &address) }).unwrap();
    check_error(&model.complete(&request(false)).await, "the model's endpoint fails: cannot connect to it");
}

#[track_caller]
fn check_url(base: Option<&str>, provider: Provider, expected: &str) {
    let settings = ModelSettings { base_url: base.map(str::to_owned), ..settings(provider, "") };
    let shown = match open(&settings) {
        Ok(model) => format!("{model:?}"),
        Err(error) => error.to_string(),
    };
    assert!(shown.contains(expected), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn addresses_are_those_of_endpoints() {
    check_url(None, Provider::OpenAi, "\"https://api.openai.com/v1/chat/completions\"");
    check_url(None, Provider::Anthropic, "\"https://api.anthropic.com/v1/messages\"");
    check_url(Some("http://localhost:11434"), Provider::OpenAi, "\"http://localhost:11434/v1/chat/completions\"");
    check_url(Some("https://x.example/api/v2/"), Provider::OpenAi, "\"https://x.example/api/v2/chat/completions\"");
    check_url(Some("ftp://x.example"), Provider::OpenAi, "`ftp://x.example` is no address");
    check_url(Some("https://u:secret@x.example"), Provider::OpenAi, "`…` is no address");
    check_url(Some("https://x.example/?key=1"), Provider::OpenAi, "is no address");
}

#[test]
fn keys_are_not_shown() {
    let shown = format!("{:?}", settings(Provider::OpenAi, "http://x"));
    assert!(!shown.contains(KEY) && shown.contains("api_key: Some(\"…\")"), "{shown}");
    let broken = ModelSettings { api_key: Some("secret\n".to_owned()), ..settings(Provider::Anthropic, "http://x") };
    assert_eq!(open(&broken).unwrap_err().to_string(), "the key has characters that cannot be sent");
}
