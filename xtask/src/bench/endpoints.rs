//! `cargo xtask bench endpoints`: how much faster endpoints answer from results that were computed ahead of time than by computing them.
//!
//! All is asked over HTTP, of one server in one run, the first computation right after it was started. Every answer is held against the
//! computed one; one that differs, or is not fast enough, fails the command.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Map, Value, json};

use super::{KEY, generated, project_folder};
use crate::process::{Outcome, step, target_dir};
use crate::server::{Server, build_release, free_port, http_client};

/// How many times as fast as the first computation an answer has to be.
const WANTED_RATIO: f64 = 50.0;

/// Longest wait for one answer, and for a result to be there.
const TIMEOUT: Duration = Duration::from_secs(600);

/// How long to wait before it is asked again whether a result is there.
const POLL: Duration = Duration::from_millis(50);

/// The id of the variable of the questions that have one.
const VARIABLE: &str = "0190aa00-0000-7000-8000-000000000001";

/// Arguments of `cargo xtask bench endpoints`.
#[derive(Debug, Args)]
pub(crate) struct EndpointsArguments {
    /// How many events
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// How often each endpoint is computed again, after the first time
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// How often each endpoint is asked for its result that was computed ahead of time
    #[arg(long, default_value_t = 500)]
    materialized_runs: usize,
    /// Also writes the medians, in seconds, to this JSON file
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What a program might ask for each time that somebody opens a page.
struct Question {
    name: &'static str,
    sql: &'static str,
    /// The values that the variable is asked with; none where there is no variable.
    values: &'static [&'static str],
}

const QUESTIONS: [Question; 3] = [
    Question {
        name: "conversion_by_week",
        sql: "select toStartOfWeek(started.at) as week, started.country as country, count() as people, \
              countIf(bought.at >= started.at and bought.at < started.at + interval 14 day) as converted, \
              sum(bought.purchases) as purchases \
              from (select person_id, min(timestamp) as at, any(properties.$geoip_country_code) as country from events \
              where event = '$pageview' group by person_id) as started \
              left join (select person_id, min(timestamp) as at, count() as purchases from events \
              where event = 'purchase' group by person_id) as bought on bought.person_id = started.person_id \
              group by week, country order by people desc, week, country limit 200",
        values: &[],
    },
    Question {
        name: "people_by_day",
        sql: "select toDate(timestamp) as day, properties.$browser as browser, count() as events, uniq(person_id) as people, \
              uniq(properties.$session_id) as sessions from events where properties.plan = {variables.plan} \
              group by day, browser order by day, browser limit 1000",
        values: &["free", "pro", "enterprise"],
    },
    Question {
        name: "totals_of_a_plan",
        sql: "select count() as events, uniq(person_id) as people, uniq(properties.$session_id) as sessions, \
              uniq(properties.$current_url) as pages from events where properties.plan = {variables.plan}",
        values: &["free", "pro", "enterprise"],
    },
];

/// How one endpoint did.
struct Measured {
    name: &'static str,
    first: Duration,
    computed: Duration,
    materialized: Duration,
    n_rows: usize,
    /// Whether every answer was the computed one.
    is_equal: bool,
}

impl Measured {
    fn ratio(&self) -> f64 {
        self.first.as_secs_f64() / self.materialized.as_secs_f64().max(f64::EPSILON)
    }
}

/// Runs `cargo xtask bench endpoints`.
pub(crate) fn run(arguments: &EndpointsArguments) -> Outcome {
    let binary = step("build the server", build_release)?;
    let folder = target_dir().join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let events = generated(&folder, arguments.events)?;
    let data = step("import the events", || project_folder(&binary, &folder, &events, arguments.events))?;
    let measured = step("ask the endpoints", || {
        QUESTIONS.iter().map(|question| measure(&binary, &data, question, arguments)).collect::<Outcome<Vec<_>>>()
    })?;
    print_table(arguments, &measured);
    if let Some(file) = &arguments.json {
        fs::write(file, to_json(&measured).to_string()).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let is_good = |measured: &&Measured| measured.is_equal && measured.ratio() >= WANTED_RATIO;
    match measured.iter().filter(|measured| !is_good(measured)).count() {
        0 => Ok(()),
        n => Err(format!(
            "{n} endpoints differ, or are less than {WANTED_RATIO} times as fast as their first computation"
        )),
    }
}

/// Asks one endpoint of a server that has answered nothing before.
fn measure(binary: &Path, data: &Path, question: &Question, arguments: &EndpointsArguments) -> Outcome<Measured> {
    let server = Server::start(binary, data, ([127, 0, 0, 1], free_port()?).into(), KEY)?;
    let asker = Asker::new(&server.url)?;
    let path = format!("{}/", question.name);
    // what an earlier run of this command left
    asker.send(Method::DELETE, &path, None).ok();
    asker.send(Method::POST, "", Some(&json!({"name": question.name, "query": query(question)})))?;
    let bodies: Vec<Value> = match question.values {
        [] => vec![json!({})],
        values => values.iter().map(|value| json!({"variables": {"plan": value}})).collect(),
    };
    let run = format!("{path}run/");
    let directly = |body: &Value| {
        let mut body = body.clone();
        body["refresh"] = json!("direct");
        asker.timed(&run, &body)
    };
    let (first, _) = directly(&bodies[0])?;
    let mut computed = Vec::new();
    let mut expected = Vec::new();
    for body in &bodies {
        for _ in 0..arguments.runs.max(1) {
            computed.push(directly(body)?.0);
        }
        expected.push(directly(body)?.1["results"].take());
    }
    asker.send(Method::PATCH, &path, Some(&json!({"is_materialized": true, "sync_frequency": "24hour"})))?;
    wait_until_there(&asker, &path)?;
    let (mut materialized, mut is_equal) = (Vec::new(), true);
    for number in 0..arguments.materialized_runs.max(1) {
        let which = number % bodies.len();
        let (time, answer) = asker.timed(&run, &bodies[which])?;
        materialized.push(time);
        is_equal &= answer["endpoint_materialized"] == true && answer["results"] == expected[which];
    }
    asker.send(Method::DELETE, &path, None)?;
    server.stop()?;
    let n_rows = expected.iter().filter_map(Value::as_array).map(Vec::len).sum();
    let (computed, materialized) = (super::insights::median(&computed), super::insights::median(&materialized));
    Ok(Measured { name: question.name, first, computed, materialized, n_rows, is_equal })
}

fn query(question: &Question) -> Value {
    let mut variables = Map::new();
    if let [first, ..] = question.values {
        let variable = json!({"variableId": VARIABLE, "code_name": "plan", "value": first});
        variables.insert(VARIABLE.to_owned(), variable);
    }
    json!({"kind": "HogQLQuery", "query": question.sql, "variables": variables})
}

fn wait_until_there(asker: &Asker, path: &str) -> Outcome {
    let deadline = Instant::now() + TIMEOUT;
    while Instant::now() < deadline {
        let status = asker.send(Method::GET, &format!("{path}materialization_status/"), None)?;
        match status["status"].as_str() {
            Some("Completed") => return Ok(()),
            Some("Failed") => return Err(format!("the endpoint cannot be materialized: {}", status["error"])),
            _ => thread::sleep(POLL),
        }
    }
    Err("the endpoint was not materialized in time".to_owned())
}

/// Asks the endpoints of the first project.
struct Asker {
    client: Client,
    base: String,
}

impl Asker {
    fn new(url: &str) -> Outcome<Self> {
        Ok(Self { client: http_client(TIMEOUT)?, base: format!("{url}/api/environments/1/endpoints/") })
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Outcome<Value> {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(KEY);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().map_err(|error| format!("no answer: {error}"))?;
        let status = response.status();
        let body = response.bytes().map_err(|error| format!("no answer: {error}"))?;
        let answer: Value = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).map_err(|error| format!("{status}: {error}"))?
        };
        if status.is_success() { Ok(answer) } else { Err(format!("{status}: {}", answer["detail"])) }
    }

    /// A run, and how long it took until all of its answer was there.
    fn timed(&self, path: &str, body: &Value) -> Outcome<(Duration, Value)> {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(KEY).json(body);
        let began = Instant::now();
        let response = request.send().map_err(|error| format!("no answer: {error}"))?;
        let status = response.status();
        let body = response.bytes().map_err(|error| format!("no answer: {error}"))?;
        let time = began.elapsed();
        let answer: Value = serde_json::from_slice(&body).map_err(|error| format!("{status}: {error}"))?;
        if status.is_success() { Ok((time, answer)) } else { Err(format!("{status}: {}", answer["detail"])) }
    }
}

fn print_table(arguments: &EndpointsArguments, measured: &[Measured]) {
    println!(
        "\n{} events; medians over HTTP in ms; x: how many times as fast as the first computation",
        arguments.events
    );
    println!("{:<22} {:>12} {:>12} {:>14} {:>9}  answer", "endpoint", "first", "computed", "materialized", "x");
    for measured in measured {
        let ms = |time: Duration| format!("{:.3}", time.as_secs_f64() * 1000.0);
        let (name, n_rows) = (measured.name, measured.n_rows);
        let answer = if measured.is_equal { format!("{n_rows} rows, equal") } else { "DIFFERS".to_owned() };
        let (first, computed, materialized) = (ms(measured.first), ms(measured.computed), ms(measured.materialized));
        println!("{name:<22} {first:>12} {computed:>12} {materialized:>14} {:>9.1}  {answer}", measured.ratio());
    }
}

fn to_json(measured: &[Measured]) -> Value {
    let of_each = measured.iter().map(|measured| {
        let report = json!({
            "first_s": measured.first.as_secs_f64(),
            "computed_s": measured.computed.as_secs_f64(),
            "materialized_s": measured.materialized.as_secs_f64(),
            "ratio": measured.ratio(),
            "n_rows": measured.n_rows,
            "is_equal": measured.is_equal,
        });
        (measured.name.to_owned(), report)
    });
    Value::Object(of_each.collect())
}
