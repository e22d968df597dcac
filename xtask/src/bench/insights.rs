//! `cargo xtask bench insights`: the questions of teams, asked of Hindsight, ClickHouse and DuckDB over the same events.
//!
//! Hindsight answers twice: through the library, and through HTTP as clients ask it. Every answer is held against the peers'; one that
//! differs fails the command.

mod answers;
mod peers;
mod questions;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Map, Value, json};

use super::{KEY, generated, project_folder};
use crate::process::{Outcome, cargo, run as run_command, step, target_dir};
use crate::server::{Server, free_port, http_client};
use answers::Rows;
use questions::{Question, questions};

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Arguments of `cargo xtask bench insights`.
#[derive(Debug, Args)]
pub(crate) struct InsightsArguments {
    /// How many events
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// How often each question is asked, after once to warm up
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only the questions whose name has this in it
    #[arg(long, default_value = "")]
    only: String,
    /// Asks Hindsight alone
    #[arg(long)]
    without_peers: bool,
    /// Also writes the medians, in seconds, to this JSON file
    #[arg(long)]
    json: Option<PathBuf>,
}

/// How an engine did at one question.
#[derive(Debug)]
pub(crate) struct Measured {
    /// The median of its times.
    median: Duration,
    /// Its answer; why there is none.
    rows: Result<Rows, String>,
}

/// Engines by name, each with its questions by name.
type Report = BTreeMap<String, BTreeMap<String, Measured>>;

/// Runs `cargo xtask bench insights`.
pub(crate) fn run(arguments: &InsightsArguments) -> Outcome {
    let (binary, library) = step("build the server and the library's program", build)?;
    let folder = target_dir().join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let events = generated(&folder, arguments.events)?;
    let data = step("import the events", || project_folder(&binary, &folder, &events, arguments.events))?;
    let questions: Vec<Question> =
        questions().into_iter().filter(|question| question.name.contains(&arguments.only)).collect();

    let mut report = Report::new();
    let asked = step("ask the library", || ask_library(&library, &data, &folder, &questions, arguments.runs))?;
    report.insert("library".to_owned(), asked);
    let asked = step("ask over HTTP", || ask_http(&binary, &data, &questions, arguments.runs))?;
    report.insert("http".to_owned(), asked);
    if !arguments.without_peers {
        let own = folder.join(format!("peers-{}", arguments.events));
        report.extend(step("ask the peers", || peers::ask(&events, &own, &arguments.only, arguments.runs))?);
    }
    let differences = table::print(&questions, &report);
    if let Some(file) = &arguments.json {
        let text = table::to_json(&report).to_string();
        fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if differences == 0 { Ok(()) } else { Err(format!("{differences} answers differ or are missing")) }
}

/// Builds both at once: apart, their dependencies would have other features and be compiled twice.
fn build() -> Outcome<(PathBuf, PathBuf)> {
    let what =
        ["--package", "hindsight", "--bin", "hindsight", "--package", "event-store", "--example", "answer_speed"];
    run_command(cargo().args(["build", "--release"]).args(what))?;
    let built = |path: &str| target_dir().join("release").join(format!("{path}{}", std::env::consts::EXE_SUFFIX));
    Ok((built("hindsight"), built("examples/answer_speed")))
}

fn ask_library(
    program: &Path,
    data: &Path,
    folder: &Path,
    questions: &[Question],
    runs: usize,
) -> Outcome<BTreeMap<String, Measured>> {
    let nodes: Map<String, Value> =
        questions.iter().map(|question| (question.name.to_owned(), question.query.clone())).collect();
    let (asked, out) = (folder.join("queries.json"), folder.join("answers.json"));
    fs::write(&asked, Value::Object(nodes).to_string()).map_err(|error| format!("{}: {error}", asked.display()))?;
    run_command(Command::new(program).arg(data).arg(&asked).arg(&out).arg(runs.max(1).to_string()))?;
    let text = fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let answers: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", out.display()))?;
    let measured = questions.iter().map(|question| {
        let answer = &answers[question.name];
        let rows = match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => (question.rows)(&answer["results"]),
        };
        (question.name.to_owned(), Measured { median: median(&seconds(&answer["seconds"])), rows })
    });
    Ok(measured.collect())
}

fn ask_http(binary: &Path, data: &Path, questions: &[Question], runs: usize) -> Outcome<BTreeMap<String, Measured>> {
    let listen = ([127, 0, 0, 1], free_port()?).into();
    let server = Server::start(binary, data, listen, KEY)?;
    let client = http_client(TIMEOUT)?;
    let url = format!("{}/api/environments/1/query/", server.url);
    let mut measured = BTreeMap::new();
    for question in questions {
        let body = json!({"query": question.query, "refresh": "force_blocking"});
        let ask = || -> Outcome<Value> {
            let response = client.post(&url).bearer_auth(KEY).json(&body).send();
            let response = response.map_err(|error| format!("no answer: {error}"))?;
            let status = response.status();
            let answer: Value = response.json().map_err(|error| format!("{status}: {error}"))?;
            if status.is_success() { Ok(answer) } else { Err(format!("{status}: {}", answer["detail"])) }
        };
        let rows = ask().and_then(|answer| (question.rows)(&answer["results"]));
        let mut times = Vec::new();
        for _ in 0..runs.max(1) {
            let began = Instant::now();
            // what went wrong the first time is in `rows`
            drop(ask());
            times.push(began.elapsed());
        }
        measured.insert(question.name.to_owned(), Measured { median: median(&times), rows });
    }
    server.stop()?;
    Ok(measured)
}

pub(super) fn seconds(times: &Value) -> Vec<Duration> {
    times.as_array().into_iter().flatten().filter_map(Value::as_f64).map(Duration::from_secs_f64).collect()
}

/// The middle one of some times.
pub(super) fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
