//! `cargo xtask bench logs`: a day of logs, taken in over HTTP and asked over HTTP, and scanned by DuckDB.
//!
//! One data folder, one run: several clients send the records as OTLP in protobuf; once everything has settled, disk and memory are measured and
//! questions asked, their answers held against what is known of the records. From ten million records on, numbers that are not good
//! enough fail the command.

mod asker;
mod intake;
mod paging;
mod peer;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use clap::Args;
use serde_json::{Value, json};

use self::asker::Asker;
use self::peer::Scans;
use super::{KEY, disk_bytes, insights::median};
use crate::logs::{DAY_US, LogSet, RARE_WORDS};
use crate::process::{Outcome, step, target_dir};
use crate::server::{Server, build_release, free_port};

/// Records from which on the numbers have to be good enough.
const FULL_SIZE: usize = 10_000_000;
const WANTED_RECORDS_A_SECOND: f64 = 100_000.0;
const MAX_BYTES_A_RECORD: f64 = 40.0;
const MAX_MEMORY_BYTES: u64 = 1 << 30;
/// How many times as fast as DuckDB's scan a search for a rare word has to be.
const WANTED_RATIO: f64 = 20.0;
const MAX_SPARKLINE: Duration = Duration::from_millis(50);

/// Bytes of an empty write-ahead log, at most. The last records stand in it for five minutes before they go into segments.
const EMPTY_LOG_BYTES: u64 = 4 << 10;
/// How long nothing on disk must have changed for everything to have settled.
const QUIET: Duration = Duration::from_secs(15);
/// Longest wait for that.
const MAX_SETTLING: Duration = Duration::from_secs(1_800);

/// Arguments of `cargo xtask bench logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArguments {
    /// How many records
    #[arg(long, default_value_t = FULL_SIZE)]
    records: usize,
    /// How many clients send them
    #[arg(long, default_value_t = 4)]
    clients: usize,
    /// How often each question is asked, after once to warm up
    #[arg(long, default_value_t = 15)]
    runs: usize,
    /// Rows that are paged through while others are written
    #[arg(long, default_value_t = 100_000)]
    paged_rows: usize,
    /// Asks Hindsight alone
    #[arg(long)]
    without_peers: bool,
    /// Measures this program in place of one that is built for it
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Also writes the numbers to this JSON file
    #[arg(long)]
    json: Option<PathBuf>,
}

/// A question and how it was answered.
struct Answered {
    name: String,
    median: Duration,
    slowest: Duration,
    /// What the answer says, in short.
    shown: String,
}

/// All that was measured.
struct Report {
    n_records: usize,
    intake: Duration,
    settling: Duration,
    disk_bytes: u64,
    memory_bytes: u64,
    answers: Vec<Answered>,
    pages: paging::Paged,
    scans: Option<Scans>,
}

/// Runs `cargo xtask bench logs`.
pub(crate) fn run(arguments: &LogsArguments) -> Outcome {
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => step("build the server", build_release)?,
    };
    let folder = target_dir().join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let set = LogSet::new(arguments.records, NaiveDate::from_ymd_opt(2026, 1, 14).expect("a real day"), 1);
    let requests = step("make the requests", || made(&folder, &set))?;
    let data = tempfile::tempdir_in(&folder).map_err(|error| format!("no temporary folder: {error}"))?;
    let report = measure(&binary, data.path(), &requests, &set, arguments)?;
    report.print();
    if let Some(file) = &arguments.json {
        fs::write(file, report.to_json().to_string()).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let broken = report.broken_bounds();
    match broken.as_slice() {
        [] => Ok(()),
        broken if arguments.records >= FULL_SIZE => Err(broken.join("; ")),
        broken => {
            println!("\nnot good enough, were it {FULL_SIZE} records: {}", broken.join("; "));
            Ok(())
        }
    }
}

/// The folder of the requests, made once.
fn made(folder: &Path, set: &LogSet) -> Outcome<PathBuf> {
    let requests = folder.join(format!("logs-{}", set.n_records));
    if !requests.exists() {
        // Made under another name, so that what an interrupted run leaves is not taken for a whole one.
        let unfinished = folder.join(format!("logs-{}.part", set.n_records));
        set.write(&unfinished)?;
        fs::rename(&unfinished, &requests).map_err(|error| format!("{}: {error}", requests.display()))?;
    }
    Ok(requests)
}

fn measure(binary: &Path, data: &Path, requests: &Path, set: &LogSet, arguments: &LogsArguments) -> Outcome<Report> {
    let start = || Server::start(binary, data, ([127, 0, 0, 1], free_port()?).into(), KEY);
    let server = start()?;
    let before = disk_bytes(data)?;
    let asker = Asker::new(&server.url)?;
    let intake = step("send the records", || intake::send(&asker, requests, set, arguments.clients))?;
    let memory_of_intake = server.peak_memory_bytes()?;
    // What came in last waits in memory for more, unless the server ends.
    server.stop()?;
    let server = start()?;
    let asker = Asker::new(&server.url)?;
    let settling = step("wait until everything has settled", || settled(data))?;
    let disk = disk_bytes(data)?.saturating_sub(before);
    let answers = step("ask", || questions(&asker, set, arguments.runs))?;
    let pages = step("page while others write", || paging::page(&asker, set, arguments.paged_rows))?;
    let memory_bytes = server.peak_memory_bytes()?.max(memory_of_intake);
    let scans = if arguments.without_peers {
        None
    } else {
        Some(step("scan with DuckDB", || peer::scan(data, set.n_records, arguments.runs))?)
    };
    server.stop()?;
    Ok(Report { n_records: set.n_records, intake, settling, disk_bytes: disk, memory_bytes, answers, pages, scans })
}

/// Waits until nothing on disk has changed for a while; gives how long it took until then.
fn settled(data: &Path) -> Outcome<Duration> {
    let began = Instant::now();
    let (mut bytes, mut since) = (disk_bytes(data)?, began);
    while began.elapsed() < MAX_SETTLING {
        thread::sleep(Duration::from_millis(500));
        // Files that are removed while they are counted are one more change.
        let now = disk_bytes(data).unwrap_or(0);
        if now != bytes {
            (bytes, since) = (now, Instant::now());
        } else if since.elapsed() >= QUIET && disk_bytes(&data.join("logs/log"))? <= EMPTY_LOG_BYTES {
            return Ok(since - began);
        }
    }
    Err(format!("the store had not settled after {} s", MAX_SETTLING.as_secs()))
}

/// Asks everything that is known beforehand.
fn questions(asker: &Asker, set: &LogSet, runs: usize) -> Outcome<Vec<Answered>> {
    let day = asker::range(set.first_us()..set.first_us() + DAY_US);
    let mut answers = Vec::new();
    let mut ask = |name: String, expected: usize, ask: &dyn Fn() -> Outcome<(usize, String)>| -> Outcome {
        let mut times = Vec::new();
        let mut shown = String::new();
        for run in 0..=runs.max(1) {
            let began = Instant::now();
            let (found, text) = ask()?;
            if run > 0 {
                times.push(began.elapsed());
            }
            if found != expected {
                return Err(format!("{name}: {found} and not {expected}"));
            }
            shown = text;
        }
        let slowest = times.iter().max().copied().unwrap_or_default();
        answers.push(Answered { name, median: median(&times), slowest, shown });
        Ok(())
    };
    for (word, count) in RARE_WORDS {
        let query = json!({"dateRange": day, "searchTerm": word, "limit": 100});
        ask(format!("search_{word}"), count.min(set.n_records).min(100), &|| {
            let answer = asker.post("query", &query)?;
            let rows = answer["results"].as_array().map_or(0, Vec::len);
            Ok((rows, format!("{rows} rows")))
        })?;
    }
    let counted = |query: &Value| -> Outcome<(usize, String)> {
        let rows = asker.post("sparkline", query)?;
        let (n_rows, sum) = asker::sum(&rows);
        Ok((sum, format!("{n_rows} rows, {sum} records")))
    };
    ask("sparkline".to_owned(), set.n_records, &|| counted(&json!({"dateRange": day})))?;
    let by_service = json!({"dateRange": day, "sparklineBreakdownBy": "service"});
    ask("sparkline_by_service".to_owned(), set.n_records, &|| counted(&by_service))?;
    for (word, count) in RARE_WORDS {
        let query = json!({"dateRange": day, "searchTerm": word});
        ask(format!("sparkline_{word}"), count.min(set.n_records), &|| counted(&query))?;
    }
    let listed = |path: &str, params: &[(&str, &str)]| -> Outcome<(usize, String)> {
        let range = day.to_string();
        let answer = asker.get(path, &[params, &[("dateRange", range.as_str())]].concat())?;
        let names = answer["results"].as_array().into_iter().flatten().filter_map(|item| item["name"].as_str());
        let names: Vec<&str> = names.collect();
        Ok((
            usize::from(!names.is_empty()),
            format!("{} names, first {}", names.len(), names.first().unwrap_or(&"none")),
        ))
    };
    ask("attributes".to_owned(), 1, &|| listed("attributes", &[]))?;
    ask("values_route".to_owned(), 1, &|| listed("values", &[("key", "http.route")]))?;
    ask("values_user".to_owned(), 1, &|| listed("values", &[("key", "user.id")]))?;
    let services = [("key", "service.name"), ("attribute_type", "resource")];
    ask("values_service".to_owned(), 1, &|| listed("values", &services))?;
    Ok(answers)
}

impl Report {
    fn records_a_second(&self) -> f64 {
        self.n_records as f64 / self.intake.as_secs_f64().max(f64::EPSILON)
    }

    fn bytes_a_record(&self) -> f64 {
        self.disk_bytes as f64 / self.n_records.max(1) as f64
    }

    fn answer(&self, name: &str) -> Option<&Answered> {
        self.answers.iter().find(|answer| answer.name == name)
    }

    /// How many times as fast as DuckDB's faster scan the search for a word is.
    fn ratio(&self, word: &str) -> Option<f64> {
        let scan = self.scans.as_ref()?.fastest(word)?;
        Some(scan.as_secs_f64() / self.answer(&format!("search_{word}"))?.median.as_secs_f64().max(f64::EPSILON))
    }

    /// Words that are rare whatever the size of the set.
    fn rare_words() -> impl Iterator<Item = &'static str> {
        RARE_WORDS.into_iter().filter(|(_, count)| *count < 100).map(|(word, _)| word)
    }

    fn broken_bounds(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut check = |is_good: bool, what: String| {
            if !is_good {
                broken.push(what);
            }
        };
        let rate = self.records_a_second();
        check(
            rate >= WANTED_RECORDS_A_SECOND,
            format!("{rate:.0} records a second are taken in, fewer than {WANTED_RECORDS_A_SECOND}"),
        );
        let bytes = self.bytes_a_record();
        check(
            bytes <= MAX_BYTES_A_RECORD,
            format!("a record takes {bytes:.1} bytes on disk, more than {MAX_BYTES_A_RECORD}"),
        );
        let memory = self.memory_bytes;
        check(
            memory < MAX_MEMORY_BYTES,
            format!("the server took {memory} bytes of memory, more than {MAX_MEMORY_BYTES}"),
        );
        for word in Self::rare_words() {
            if let Some(ratio) = self.ratio(word) {
                let what = format!(
                    "the search for {word} is {ratio:.1} times as fast as DuckDB's scan, less than {WANTED_RATIO}"
                );
                check(ratio >= WANTED_RATIO, what);
            }
        }
        if let Some(sparkline) = self.answer("sparkline") {
            let took = sparkline.median;
            check(
                took < MAX_SPARKLINE,
                format!("the sparkline of the day takes {took:?}, more than {MAX_SPARKLINE:?}"),
            );
        }
        check(self.pages.is_right(), format!("pages did not give each row once: {}", self.pages.shown()));
        broken
    }

    fn print(&self) {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        println!("\n{} records", self.n_records);
        println!(
            "  taken in             {:>12.0} records a second ({:.1} s)",
            self.records_a_second(),
            self.intake.as_secs_f64()
        );
        println!("  settled after        {:>12.1} s", self.settling.as_secs_f64());
        println!("  on disk              {:>12.1} bytes a record ({} in all)", self.bytes_a_record(), self.disk_bytes);
        println!("  peak of memory       {:>12.1} MiB", self.memory_bytes as f64 / f64::from(1 << 20));
        println!("  pages                {}", self.pages.shown());
        println!("\n{:<24} {:>12} {:>12}  answer", "medians over HTTP, ms", "median", "slowest");
        for answer in &self.answers {
            println!("{:<24} {:>12.3} {:>12.3}  {}", answer.name, ms(answer.median), ms(answer.slowest), answer.shown);
        }
        if let Some(scans) = &self.scans {
            println!("\n{:<24} {:>12} {:>12} {:>9}", "DuckDB, ms", "export", "segments", "x");
            for (word, _) in RARE_WORDS {
                let shown = |time: Option<Duration>| time.map_or_else(String::new, |time| format!("{:.1}", ms(time)));
                let (export, segments) = (shown(scans.export(word)), shown(scans.segments(word)));
                println!("{word:<24} {export:>12} {segments:>12} {:>9.1}", self.ratio(word).unwrap_or_default());
            }
        }
    }

    fn to_json(&self) -> Value {
        let answers = self.answers.iter().map(|answer| {
            let report = json!({"median_s": answer.median.as_secs_f64(), "slowest_s": answer.slowest.as_secs_f64()});
            (answer.name.clone(), report)
        });
        let ratios = RARE_WORDS.iter().filter_map(|(word, _)| Some(((*word).to_owned(), json!(self.ratio(word)?))));
        json!({
            "n_records": self.n_records,
            "records_a_second": self.records_a_second(),
            "settling_s": self.settling.as_secs_f64(),
            "disk_bytes": self.disk_bytes,
            "bytes_a_record": self.bytes_a_record(),
            "memory_bytes": self.memory_bytes,
            "answers": Value::Object(answers.collect()),
            "pages": self.pages.to_json(),
            "duckdb": self.scans.as_ref().map(Scans::to_json),
            "ratios": Value::Object(ratios.collect()),
        })
    }
}
