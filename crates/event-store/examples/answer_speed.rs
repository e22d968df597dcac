//! Answers queries over a data folder through the library alone and tells how long each took.
//!
//! `cargo run --release -p event-store --example answer_speed -- DATA_FOLDER QUERIES.json OUT.json RUNS`, where QUERIES.json is an object of
//! query nodes by name. OUT.json gets, for each name, the seconds of each run (after one that warms up) and the results. The project
//! is the first one of the folder, its days are those of UTC.

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use event_store::{EventStore, StoreConfig};
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use query_engine::answer::{Query, QueryContext, answer};
use query_engine::control::QueryControl;
use serde_json::{Map, Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, queries, out, runs] = &*arguments else {
        return Err("usage: answer_speed DATA_FOLDER QUERIES.json OUT.json RUNS".into());
    };
    let runs: usize = runs.parse()?;
    let queries: Map<String, Value> = serde_json::from_str(&fs::read_to_string(queries)?)?;
    let store = EventStore::open(StoreConfig::new(folder))?;
    let context = QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::UTC,
        week_start: WeekStart::Sunday,
        now: DateTime::<Utc>::from_timestamp_millis(1_780_000_000_000).ok_or("an instant in range")?,
        definitions: Arc::default(),
    };
    let mut report = Map::new();
    for (name, node) in queries {
        report.insert(name, measure(&node, runs, &context, &store).await);
    }
    store.close()?;
    fs::write(out, Value::Object(report).to_string())?;
    Ok(())
}

/// The seconds of each run and the results, or the error.
async fn measure(node: &Value, runs: usize, context: &QueryContext, store: &EventStore) -> Value {
    let mut seconds = Vec::new();
    let mut results = Value::Null;
    for run in 0..=runs {
        let began = Instant::now();
        let answered = async {
            let query = Query::parse(node)?;
            answer(&query, context, store, &QueryControl::unlimited()).await
        };
        match answered.await {
            Ok(answer) => results = answer.results,
            Err(error) => return json!({"error": error.to_string()}),
        }
        if run > 0 {
            seconds.push(began.elapsed().as_secs_f64());
        }
    }
    json!({"seconds": seconds, "results": results})
}
