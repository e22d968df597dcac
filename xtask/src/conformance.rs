//! `cargo xtask conformance`: what PostHog answers for given events, held against a running server over HTTP.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use clap::Args;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use test_support::conformance::differ::differ;
use test_support::conformance::{Case, Suite};
use uuid::Uuid;

use crate::process::{Outcome, root};

/// Most events a request.
const BATCH: usize = 500;
const TIMEOUT: Duration = Duration::from_secs(60);

/// Arguments of `cargo xtask conformance`.
#[derive(Debug, Args)]
pub(crate) struct ConformanceArguments {
    /// The server; `cargo xtask demo` prints one with its key
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    url: String,
    /// A personal API key that may make projects
    #[arg(long)]
    key: String,
    /// Files of cases; all of fixtures/conformance where none is given
    files: Vec<PathBuf>,
    /// Only the cases whose name has this in it
    #[arg(long, default_value = "")]
    only: String,
    /// Cases at the same time
    #[arg(long, default_value_t = 4)]
    jobs: usize,
}

/// Runs `cargo xtask conformance`. Each case gets a project of its own.
pub(crate) fn run(arguments: &ConformanceArguments) -> Outcome {
    let client = Client::builder().timeout(TIMEOUT).build().map_err(|error| format!("no HTTP client: {error}"))?;
    let server = Server { client, url: arguments.url.trim_end_matches('/').to_owned(), key: arguments.key.clone() };
    let (mut passed, mut failed) = (0, 0);
    for file in files(arguments)? {
        let mut suite = Suite::read(&file)?;
        suite.cases.retain(|case| case.name.contains(&arguments.only));
        let differences = run_cases(&server, &suite.cases, arguments.jobs);
        for (name, difference) in &differences {
            println!("FAIL {}/{name}\n     {difference}", suite.suite);
        }
        let n_passed = suite.cases.len() - differences.len();
        println!("{}: {n_passed} of {}", suite.suite, suite.cases.len());
        passed += n_passed;
        failed += differences.len();
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { Ok(()) } else { Err(format!("{failed} cases are not answered as PostHog answers them")) }
}

fn files(arguments: &ConformanceArguments) -> Outcome<Vec<PathBuf>> {
    if !arguments.files.is_empty() {
        return Ok(arguments.files.clone());
    }
    let folder = root().join("fixtures/conformance");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

/// Runs the cases and gives those that differ, with where and how, in the order of the file.
fn run_cases<'a>(server: &Server, cases: &'a [Case], jobs: usize) -> Vec<(&'a str, String)> {
    let left = Mutex::new(cases.iter().enumerate());
    let differences = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let next = left.lock().expect("no holder of this lock panics").next();
                    let Some((number, case)) = next else { break };
                    if let Err(difference) = server.run_case(case) {
                        let mut differences = differences.lock().expect("no holder of this lock panics");
                        differences.push((number, case.name.as_str(), difference));
                    }
                }
            });
        }
    });
    let mut differences = differences.into_inner().expect("no holder of this lock panics");
    differences.sort_unstable();
    differences.into_iter().map(|(_, name, difference)| (name, difference)).collect()
}

struct Server {
    client: Client,
    url: String,
    key: String,
}

impl Server {
    fn run_case(&self, case: &Case) -> Outcome {
        let timezone = case.project.timezone.as_deref().unwrap_or("UTC");
        let mut settings = json!({"name": case.name.chars().take(100).collect::<String>(), "timezone": timezone});
        if let Some(day) = case.project.week_start_day {
            settings["week_start_day"] = json!(day);
        }
        let project = self.post_expecting("/api/projects/", &settings, 201)?;
        self.capture(case, &project["api_token"])?;
        let id = project["id"].as_i64().ok_or("the project has no id")?;
        let mut filled = case.clone();
        for (kind, key, body) in case.definitions() {
            let made = self.post_expecting(&format!("/api/projects/{id}/{kind}s/"), &body, 201)?;
            filled = filled.with_id(kind, key, &made["id"]);
        }
        let asked = json!({"query": filled.query, "refresh": "force_blocking"});
        let (status, answer) = self.post(&format!("/api/environments/{id}/query/"), &asked)?;
        hold(&filled, status, &answer)
    }

    fn capture(&self, case: &Case, token: &Value) -> Outcome {
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
            self.post_expecting("/batch/", &body, 200)?;
        }
        Ok(())
    }

    fn post_expecting(&self, path: &str, body: &Value, expected: u16) -> Outcome<Value> {
        let (status, answer) = self.post(path, body)?;
        if status == expected { Ok(answer) } else { Err(format!("{path}: {status} {answer}")) }
    }

    fn post(&self, path: &str, body: &Value) -> Outcome<(u16, Value)> {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.key).json(body);
        let response = request.send().map_err(|error| format!("{path}: {error}"))?;
        let status = response.status().as_u16();
        let text = response.text().map_err(|error| format!("{path}: {error}"))?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }
}

/// Holds a whole answer against everything that a case says of it.
fn hold(case: &Case, status: u16, answer: &Value) -> Outcome {
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
