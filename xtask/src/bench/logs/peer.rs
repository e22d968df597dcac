//! DuckDB, which scans the same records.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::super::insights::{median, seconds};
use super::super::python;
use crate::logs::RARE_WORDS;
use crate::process::{Outcome, root, run};

/// Times of scans.
#[derive(Debug)]
pub(super) struct Scans(Value);

impl Scans {
    /// The median of the scans of one Parquet file that DuckDB wrote.
    pub(super) fn export(&self, word: &str) -> Option<Duration> {
        self.median("export", word)
    }

    /// The median of the scans of the files that the records are kept in.
    pub(super) fn segments(&self, word: &str) -> Option<Duration> {
        self.median("segments", word)
    }

    /// The shorter of the two.
    pub(super) fn fastest(&self, word: &str) -> Option<Duration> {
        self.export(word).into_iter().chain(self.segments(word)).min()
    }

    pub(super) fn to_json(&self) -> Value {
        self.0.clone()
    }

    fn median(&self, source: &str, word: &str) -> Option<Duration> {
        let times = seconds(&self.0[source][word]["seconds"]);
        (!times.is_empty()).then(|| median(&times))
    }
}

/// Scans what a data folder has.
pub(super) fn scan(data: &Path, n_records: usize, runs: usize) -> Outcome<Scans> {
    let python = python()?;
    let folder = tempfile::tempdir_in(data).map_err(|error| format!("no temporary folder: {error}"))?;
    let (export, out) = (folder.path().join("export.parquet"), folder.path().join("answers.json"));
    let words: Vec<&str> = RARE_WORDS.iter().map(|(word, _)| *word).collect();
    run(Command::new(python)
        .arg(root().join("xtask/peers/logs.py"))
        .arg(data.join("logs/**/*.parquet"))
        .args([&export, &out])
        .args(["--words", &words.join(","), "--runs", &runs.clamp(1, 5).to_string()]))?;
    let text = fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let scans: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", out.display()))?;
    for (word, count) in RARE_WORDS {
        let (found, expected) = (&scans["export"][word]["n_rows"], count.min(n_records));
        if *found != expected {
            return Err(format!("DuckDB found {found} records with {word}, not {expected}"));
        }
    }
    Ok(Scans(scans))
}
