//! The measurements as a table for people and as JSON for programs.

use serde_json::{Map, Value, json};

use super::questions::Question;
use super::{Measured, Report};

/// The engines in the order of their columns.
const ENGINES: [&str; 4] = ["library", "http", "clickhouse", "duckdb"];
/// Those that the others are held against.
const PEERS: [&str; 2] = ["clickhouse", "duckdb"];

/// Prints a line a question, and gives how many answers differ from the peers' or are missing.
pub(super) fn print(questions: &[Question], report: &Report) -> usize {
    println!("\nmedians in ms; x: how many times faster HTTP is than the faster and the slower peer");
    println!(
        "{:<28} {:>10} {:>10} {:>10} {:>10} {:>9} {:>9}  answer",
        "question", "library", "http", "clickhouse", "duckdb", "x faster", "x slower"
    );
    let mut differences = 0;
    for question in questions {
        let of = |engine: &str| report.get(engine).and_then(|answers| answers.get(question.name));
        let times = ENGINES.map(|engine| of(engine).map(milliseconds));
        let peers: Vec<f64> = PEERS.iter().filter_map(|peer| of(peer)).map(milliseconds).collect();
        let ratio = |peer: Option<f64>| match (peer, of("http").map(milliseconds)) {
            (Some(peer), Some(own)) if own > 0.0 => format!("{:.1}", peer / own),
            _ => String::new(),
        };
        let remark = remark(&of);
        differences += usize::from(remark.is_err());
        let (fastest, slowest) = (peers.iter().copied().reduce(f64::min), peers.iter().copied().reduce(f64::max));
        println!(
            "{:<28} {} {:>9} {:>9}  {}",
            question.name,
            times.map(|time| format!("{:>10}", time.map(|ms| format!("{ms:.2}")).unwrap_or_default())).join(" "),
            ratio(fastest),
            ratio(slowest),
            remark.unwrap_or_else(|difference| difference)
        );
    }
    differences
}

/// Whether all engines gave the same answer, and what it is.
fn remark<'a>(of: &impl Fn(&str) -> Option<&'a Measured>) -> Result<String, String> {
    let mut known: Option<(&str, &super::answers::Rows)> = None;
    for engine in ENGINES {
        let Some(measured) = of(engine) else { continue };
        let rows = measured.rows.as_ref().map_err(|error| format!("{engine}: {error}"))?;
        match known {
            None => known = Some((engine, rows)),
            Some((first, other)) => {
                if let Some(difference) = other.difference(rows) {
                    return Err(format!("DIFFERS: {first} and {engine}: {difference}"));
                }
            }
        }
    }
    known.map(|(_, rows)| format!("{} rows, equal", rows.len())).ok_or_else(|| "nobody was asked".to_owned())
}

/// The medians in seconds, by engine and question.
pub(super) fn to_json(report: &Report) -> Value {
    let engines = report.iter().map(|(engine, answers)| {
        let answers = answers.iter().map(|(question, measured)| {
            let seconds = measured.rows.is_ok().then_some(measured.median.as_secs_f64());
            (question.clone(), json!(seconds))
        });
        (engine.clone(), Value::Object(answers.collect()))
    });
    Value::Object(engines.collect::<Map<_, _>>())
}

fn milliseconds(measured: &Measured) -> f64 {
    measured.median.as_secs_f64() * 1000.0
}
