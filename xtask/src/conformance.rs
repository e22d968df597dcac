//! `cargo xtask conformance`: what PostHog answers for given events, held against a running server over HTTP.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use clap::Args;
use reqwest::blocking::Client;
use serde_json::Value;
use test_support::conformance::over_http::{self, Http};
use test_support::conformance::{Case, Suite};

use crate::process::{Outcome, root};
use crate::server::http_client;

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
    let client = http_client(TIMEOUT)?;
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
                    if let Err(difference) = over_http::run(case, server) {
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

impl Http for Server {
    fn post(&self, path: &str, body: &Value) -> Outcome<(u16, Value)> {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.key).json(body);
        let response = request.send().map_err(|error| format!("{path}: {error}"))?;
        let status = response.status().as_u16();
        let text = response.text().map_err(|error| format!("{path}: {error}"))?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }
}
