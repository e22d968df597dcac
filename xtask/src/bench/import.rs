//! `cargo xtask bench import`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use super::{disk_bytes, generated, import_file, start_once};
use crate::process::{Outcome, step, target_dir};
use crate::server::build_release;

/// Arguments of `cargo xtask bench import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// How many events, where no file is given
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// Imports this NDJSON or Parquet file in place of a generated set
    #[arg(long)]
    file: Option<PathBuf>,
    /// How often to import it, each time into an empty data folder
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// One import into an empty data folder.
struct Measured {
    time: Duration,
    events: u64,
    disk_bytes: u64,
}

/// Runs `cargo xtask bench import`.
pub(crate) fn run(arguments: &ImportArguments) -> Outcome {
    let binary = step("build the server", build_release)?;
    let folder = target_dir().join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let file = match &arguments.file {
        Some(file) => file.clone(),
        None => generated(&folder, arguments.events)?,
    };
    let mut measured = Vec::new();
    for _ in 0..arguments.runs.max(1) {
        measured.push(import(&binary, &folder, &file)?);
    }
    print_table(&file, measured)
}

/// Imports `file` into an empty data folder and measures the folder once the import has ended.
fn import(binary: &Path, folder: &Path, file: &Path) -> Outcome<Measured> {
    let data = tempfile::tempdir_in(folder).map_err(|error| format!("no temporary folder: {error}"))?;
    start_once(binary, data.path())?;
    let before = disk_bytes(data.path())?;
    let started = Instant::now();
    let report = import_file(binary, data.path(), file)?;
    let time = started.elapsed();
    let events =
        report["accepted"].as_u64().ok_or("the import's report does not tell how many events were accepted")?;
    Ok(Measured { time, events, disk_bytes: disk_bytes(data.path())?.saturating_sub(before) })
}

fn print_table(file: &Path, mut measured: Vec<Measured>) -> Outcome {
    measured.sort_by_key(|run| run.time);
    let median = measured.get(measured.len() / 2).ok_or("nothing was measured")?;
    let slowest = measured.last().ok_or("nothing was measured")?;
    let seconds = median.time.as_secs_f64();
    println!("\nimport of {} ({} runs, medians)", file.display(), measured.len());
    println!("  events            {:>12}", median.events);
    println!("  seconds           {seconds:>12.2}   (slowest {:.2})", slowest.time.as_secs_f64());
    println!("  events a second   {:>12.0}", median.events as f64 / seconds);
    println!("  bytes on disk     {:>12}", median.disk_bytes);
    println!("  bytes an event    {:>12.1}", median.disk_bytes as f64 / median.events.max(1) as f64);
    Ok(())
}
