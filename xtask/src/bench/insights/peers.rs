//! ClickHouse and DuckDB, asked by a Python program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::answers::Rows;
use super::{Measured, Report, median, seconds};
use crate::process::{Outcome, exists, root, run, target_dir};

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

/// A Python that has the peers, installed once into the build folder.
fn python() -> Outcome<PathBuf> {
    if !exists("python3") {
        return Err("python3 is missing: install Python 3.10 or newer, or pass --without-peers".to_owned());
    }
    let environment = target_dir().join("bench").join("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(root().join("xtask/peers/requirements.txt")))?;
    Ok(python)
}
