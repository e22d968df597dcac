//! ClickHouse and DuckDB, asked by a Python program.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::answers::Rows;
use super::{Measured, Report, median, seconds};
use crate::bench::python;
use crate::process::{Outcome, root, run};

/// Asks both peers; their tables stay in `folder` for the next time.
pub(super) fn ask(events: &Path, folder: &Path, only: &str, runs: usize) -> Outcome<Report> {
    let python = python()?;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let out = folder.join("answers.json");
    run(Command::new(python).arg(root().join("xtask/peers/peers.py")).args([events, folder, &out]).args([
        "--runs",
        &runs.max(1).to_string(),
        "--only",
        only,
    ]))?;
    let text = fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let answers: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", out.display()))?;
    let engines = answers.as_object().ok_or("the peers' answers are no object")?;
    let report = engines.iter().map(|(engine, answers)| {
        let answers = answers.as_object().into_iter().flatten().map(|(question, answer)| {
            let rows = Rows::of_peer(question, &answer["rows"]);
            (question.clone(), Measured { median: median(&seconds(&answer["seconds"])), rows })
        });
        (engine.clone(), answers.collect())
    });
    Ok(report.collect())
}
