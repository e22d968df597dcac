//! `hindsight import`, `export` and `check`, as people run them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::ADMIN_KEY;
use crate::support::data::TestData;
use crate::support::process::{ServerProcess, hindsight};

/// A data folder with a project, and a folder for files.
struct Site {
    data: TestData,
    files: TempDir,
}

impl Site {
    /// After a first start.
    fn new() -> Self {
        let site = Self::empty();
        ServerProcess::start(&site.data).kill();
        site
    }

    fn empty() -> Self {
        Self { data: TestData::new(), files: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// A file of `n` lines without uuids, and one line that is no event.
    fn events(&self, n: usize) -> PathBuf {
        let lines: Vec<String> = (0..n)
            .map(|number| {
                let properties = json!({"number": number}).to_string();
                let timestamp = format!("2026-01-10T10:00:{:02}Z", number % 60);
                json!({"event": "imported", "distinct_id": format!("u{}", number % 10), "timestamp": timestamp, "properties": properties})
                    .to_string()
            })
            .collect();
        let path = self.path("events.ndjson");
        fs::write(&path, format!("{}\n{{\"event\": \"x\"}}\n", lines.join("\n"))).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) -> Output {
        hindsight(&self.data).args(arguments).output().unwrap()
    }

    #[track_caller]
    fn import(&self, file: &Path, more: &[&str]) -> Value {
        let arguments = [&["import", file.to_str().unwrap(), "--project", "1", "--format", "json"], more].concat();
        let output = self.run(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[track_caller]
    fn export(&self, name: &str, more: &[&str]) -> PathBuf {
        let path = self.path(name);
        let arguments = [&["export", "--project", "1", "--out", path.to_str().unwrap()], more].concat();
        let output = self.run(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        path
    }

    #[track_caller]
    fn expect_failure(&self, arguments: &[&str], error: &str) {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(error), "{error} in: {stderr}");
    }
}

#[track_caller]
fn check_counts(report: &Value, accepted: u64, duplicates: u64, rejected: u64) {
    let counts = [&report["accepted"], &report["duplicates"], &report["rejected"]].map(Value::as_u64);
    assert_eq!(counts, [Some(accepted), Some(duplicates), Some(rejected)], "{report}");
}

#[test]
fn importing_a_file_twice_changes_nothing() {
    let site = Site::new();
    let file = site.events(1000);
    let first = site.import(&file, &[]);
    check_counts(&first, 1000, 0, 1);
    assert!(first["bytes_an_event"].as_f64().is_some_and(|bytes| bytes > 0.0));
    check_counts(&site.import(&file, &[]), 0, 1000, 1);
    let output = site.run(&["import", file.to_str().unwrap(), "--project", "1"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("Read 1001 events: 0 new, 1000 already there, 1 rejected, in "), "{text}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("events.ndjson: row 1001: event submitted without a distinct_id"), "{stderr}");

    let check = site.run(&["check"]);
    assert!(check.status.success());
    assert!(String::from_utf8_lossy(&check.stdout).ends_with("Everything is as it was written.\n"));
}

#[test]
fn an_export_imports_as_the_same_events() {
    let site = Site::new();
    site.import(&site.events(500), &[]);
    let lines = site.export("out.ndjson", &[]);
    assert_eq!(fs::read_to_string(&lines).unwrap().lines().count(), 500);
    for name in ["out.ndjson.gz", "out.parquet"] {
        check_counts(&site.import(&site.export(name, &[]), &[]), 0, 500, 0);
    }
    check_counts(&site.import(&lines, &[]), 0, 500, 0);
    let part = site.export("part.ndjson", &["--from", "2026-01-10T10:00:30Z", "--to", "2026-01-10T10:00:31Z"]);
    let part = fs::read_to_string(part).unwrap();
    assert!(
        part.lines().count() > 0 && part.lines().all(|line| line.contains("\"timestamp\":\"2026-01-10T10:00:30Z\""))
    );
}

#[test]
fn a_running_server_imports_what_the_folder_then_refuses() {
    let site = Site::empty();
    let server = ServerProcess::start(&site.data);
    let file = site.events(1000);
    let text = file.to_str().unwrap();
    site.expect_failure(&["import", text, "--project", "1"], "stop it, or import through it with --url and --key");
    site.expect_failure(&["export", "--project", "1", "--out", "x.ndjson"], "a server holds the data folder");
    let through = ["--url", server.base(), "--key", ADMIN_KEY];
    check_counts(&site.import(&file, &through), 1000, 0, 1);
    check_counts(&site.import(&file, &through), 0, 1000, 1);
    site.expect_failure(&["import", text, "--project", "1", "--url", server.base(), "--key", "phx_wrong"], "401");
    site.expect_failure(&["import", text, "--project", "9", "--url", server.base(), "--key", ADMIN_KEY], "404");
    assert!(server.terminate().success());
    check_counts(&site.import(&file, &[]), 0, 1000, 1);
}

#[test]
fn mistakes_are_named() {
    let site = Site::new();
    let file = site.events(1);
    let text = file.to_str().unwrap();
    site.expect_failure(&["import", text, "--project", "7"], "has no project 7");
    site.expect_failure(&["import", "none.ndjson", "--project", "1"], "cannot read none.ndjson");
    site.expect_failure(&["export", "--project", "1", "--out", "x.csv"], "x.csv must end in .ndjson");
    fs::write(&file, "nonsense\n").unwrap();
    site.expect_failure(&["import", text, "--project", "1"], "no row of the files is an event");
    Site::empty().expect_failure(&["check"], "there is no event store that can be checked");
}

#[test]
fn damage_is_found() {
    let site = Site::new();
    site.import(&site.events(1000), &[]);
    let segment = find(&site.data.path().join("events"), "parquet").expect("an import ends in segments");
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&segment, bytes).unwrap();
    let output = site.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("DAMAGED: ") && report.contains(segment.to_str().unwrap()), "{report}");
}

/// A file with that extension under `folder`.
fn find(folder: &Path, extension: &str) -> Option<PathBuf> {
    fs::read_dir(folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, extension)
        } else {
            path.extension().is_some_and(|found| found == extension).then_some(path)
        }
    })
}
