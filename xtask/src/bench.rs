//! `cargo xtask bench …`: measurements, each printed as a table.

mod endpoints;
mod import;
mod insights;
mod logs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::NaiveDate;
use clap::Subcommand;

use crate::generate::{self, GenerateArguments};
use crate::process::{self, Outcome, exists, root, step, target_dir};
use crate::server::{Server, free_port};

/// The key of the servers that are measured.
const KEY: &str = "phx_bench";

/// The measurements.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// How much faster endpoints answer from results that were computed ahead of time than by computing them
    Endpoints(endpoints::EndpointsArguments),
    /// How fast a file of events is imported, and how much disk an event takes
    Import(import::ImportArguments),
    /// How fast the questions of teams are answered, beside ClickHouse and DuckDB, and whether the answers are equal
    Insights(insights::InsightsArguments),
    /// How fast logs are taken in and asked, how much disk and memory they take, and how fast DuckDB scans the same records
    Logs(logs::LogsArguments),
}

/// Runs a measurement.
pub(crate) fn run(command: &BenchCommand) -> Outcome {
    match command {
        BenchCommand::Endpoints(arguments) => endpoints::run(arguments),
        BenchCommand::Import(arguments) => import::run(arguments),
        BenchCommand::Insights(arguments) => insights::run(arguments),
        BenchCommand::Logs(arguments) => logs::run(arguments),
    }
}

/// The file of so many events, made once.
fn generated(folder: &Path, n_events: usize) -> Outcome<PathBuf> {
    let out = folder.join(format!("events-{n_events}.ndjson"));
    if !out.exists() {
        let first_day = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a real day");
        step("make the events", || {
            generate::run(&GenerateArguments { out: out.clone(), events: n_events, days: 90, first_day, seed: 1 })
        })?;
    }
    Ok(out)
}

/// A data folder whose first project has the events of `file`, made once.
fn project_folder(binary: &Path, folder: &Path, file: &Path, n_events: usize) -> Outcome<PathBuf> {
    let data = folder.join(format!("data-{n_events}"));
    if !data.exists() {
        // made under another name, so that what an interrupted run leaves is not taken for a whole one
        let unfinished = folder.join(format!("data-{n_events}.part"));
        fs::remove_dir_all(&unfinished).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(format!("{}: {error}", unfinished.display())),
        })?;
        fs::create_dir_all(&unfinished).map_err(|error| format!("{}: {error}", unfinished.display()))?;
        start_once(binary, &unfinished)?;
        import_file(binary, &unfinished, file)?;
        fs::rename(&unfinished, &data).map_err(|error| format!("{}: {error}", data.display()))?;
    }
    Ok(data)
}

/// Starts a server on `data` and stops it again: the first start makes the project.
fn start_once(binary: &Path, data: &Path) -> Outcome {
    Server::start(binary, data, ([127, 0, 0, 1], free_port()?).into(), KEY)?.stop()
}

/// Imports `file` into the first project of a data folder, and gives the import's report.
fn import_file(binary: &Path, data: &Path, file: &Path) -> Outcome<serde_json::Value> {
    let report = process::output(
        Command::new(binary)
            .arg("import")
            .arg(file)
            .args(["--project", "1", "--format", "json", "--data-dir"])
            .arg(data),
    )?;
    serde_json::from_str(&report).map_err(|error| format!("the import's report cannot be read: {error}"))
}

/// Bytes of all files in a folder.
fn disk_bytes(folder: &Path) -> Outcome<u64> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let metadata = entry.metadata().map_err(failed)?;
        bytes += if metadata.is_dir() { disk_bytes(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

/// A Python that has the peers, installed once into the build folder.
fn python() -> Outcome<PathBuf> {
    if !exists("python3") {
        return Err("python3 is missing: install Python 3.10 or newer, or leave the peers out".to_owned());
    }
    let environment = target_dir().join("bench").join("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    process::run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(root().join("xtask/peers/requirements.txt")),
    )?;
    Ok(python)
}
