//! Cases over HTTP, against any server that has PostHog's routes.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Case;
use super::differ::differ;

/// Most events a request.
const BATCH: usize = 500;

/// A server that can be asked with a key that may make projects.
pub trait Http {
    /// Sends `body` to `path` and gives the status and the body of the answer, as text where it is no JSON.
    ///
    /// # Errors
    /// Where there is no answer.
    fn post(&self, path: &str, body: &Value) -> Result<(u16, Value), String>;
}

/// Runs `case` in a project of its own.
///
/// # Errors
/// Where and how the answer differs from what is expected.
pub fn run(case: &Case, server: &dyn Http) -> Result<(), String> {
    let timezone = case.project.timezone.as_deref().unwrap_or("UTC");
    let mut settings = json!({"name": case.name.chars().take(100).collect::<String>(), "timezone": timezone});
    if let Some(day) = case.project.week_start_day {
        settings["week_start_day"] = json!(day);
    }
    let project = post_expecting(server, "/api/projects/", &settings, 201)?;
    capture(case, &project["api_token"], server)?;
    let id = project["id"].as_i64().ok_or("the project has no id")?;
    let mut filled = case.clone();
    for (kind, key, body) in case.definitions() {
        let made = post_expecting(server, &format!("/api/projects/{id}/{kind}s/"), &body, 201)?;
        filled = filled.with_id(kind, key, &made["id"]);
    }
    let asked = json!({"query": filled.query, "refresh": "force_blocking"});
    let (status, answer) = server.post(&format!("/api/environments/{id}/query/"), &asked)?;
    hold(&filled, status, &answer)
}

fn capture(case: &Case, token: &Value, server: &dyn Http) -> Result<(), String> {
    let events: Vec<Value> = (0_u128..)
        .zip(case.captured_events())
        .map(|(number, event)| {
            json!({
                "uuid": Uuid::from_u128(number + 1),
                "event": event.event,
                "distinct_id": event.distinct_id,
                "timestamp": event.timestamp,
                "properties": event.properties,
            })
        })
        .collect();
    for batch in events.chunks(BATCH) {
        let body = json!({"api_key": token, "historical_migration": true, "batch": batch});
        post_expecting(server, "/batch/", &body, 200)?;
    }
    Ok(())
}

fn post_expecting(server: &dyn Http, path: &str, body: &Value, expected: u16) -> Result<Value, String> {
    let (status, answer) = server.post(path, body)?;
    if status == expected { Ok(answer) } else { Err(format!("{path}: {status} {answer}")) }
}

/// Holds a whole answer against everything that a case says of it.
fn hold(case: &Case, status: u16, answer: &Value) -> Result<(), String> {
    if let Some(expected) = &case.expect_error {
        let wanted = expected["status"].as_u64().unwrap_or(400);
        return if u64::from(status) == wanted {
            Ok(())
        } else {
            Err(format!("want {wanted}, got {status}: {answer}"))
        };
    }
    if status != 200 {
        return Err(format!("query: {status} {answer}"));
    }
    let parts = [
        (&case.expect_columns, &answer["columns"], "columns", false),
        (&case.expect_types, &answer["types"], "types", false),
        (&case.expect_response, answer, "response", false),
        (&case.expect, &answer["results"], "results", case.unordered),
    ];
    for (expected, found, name, unordered) in parts {
        if let Some(difference) = expected.as_ref().and_then(|expected| differ(expected, found, name, unordered)) {
            return Err(difference);
        }
    }
    Ok(())
}
