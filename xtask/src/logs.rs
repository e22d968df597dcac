//! A deterministic set of log records of any size, for benchmarks: one day of a shop with eight services.
//!
//! Most records belong to requests that several services write about; the others to jobs and to errors with their stacks. A few rare words
//! occur in known numbers of records. The set comes in windows, as a collector would send it: each can be made alone.

mod flows;
mod otlp;
mod texts;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use chrono::NaiveDate;
use clap::Args;
use logs::record::LogRecord;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use self::flows::World;
pub(crate) use self::otlp::encode;
use crate::process::Outcome;
use crate::server::http_client;

/// Records of a window, which is sent at once.
pub(crate) const WINDOW_RECORDS: usize = 2_000;
/// Length of the day, in microseconds.
pub(crate) const DAY_US: i64 = 86_400_000_000;

/// Words that nothing else has in its text, and how many records have them.
pub(crate) const RARE_WORDS: [(&str, usize); 3] = [("kingfisher", 1), ("saltmarsh", 12), ("quicklime", 1_000)];

/// Longest wait for the answer to a window.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Arguments of `cargo xtask generate logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArguments {
    /// How many records
    #[arg(long, default_value_t = 1_000_000)]
    records: usize,
    /// The day on which they happen
    #[arg(long, default_value = "2026-01-14")]
    day: NaiveDate,
    /// Another seed gives another set
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the requests that a collector would send, as OTLP in protobuf, to files in this folder
    #[arg(long, required_unless_present = "url")]
    out: Option<PathBuf>,
    /// Sends them to this address, such as http://localhost:8000/i/v1/logs
    #[arg(long, conflicts_with = "out", requires = "token")]
    url: Option<String>,
    /// The project's token
    #[arg(long)]
    token: Option<String>,
}

/// Runs `cargo xtask generate logs`.
pub(crate) fn run(arguments: &LogsArguments) -> Outcome {
    let set = LogSet::new(arguments.records, arguments.day, arguments.seed);
    match (&arguments.out, &arguments.url, &arguments.token) {
        (Some(folder), ..) => set.write(folder)?,
        (None, Some(url), Some(token)) => set.send(url, token)?,
        _ => return Err("give --out, or --url with --token".to_owned()),
    }
    println!("{} records", set.n_records);
    for (word, count) in RARE_WORDS {
        println!("  {:>6} with {word}", count.min(set.n_records));
    }
    Ok(())
}

/// A set of records, made window by window.
#[derive(Debug)]
pub(crate) struct LogSet {
    pub(crate) n_records: usize,
    first_us: i64,
    seed: u64,
    world: World,
}

impl LogSet {
    pub(crate) fn new(n_records: usize, day: NaiveDate, seed: u64) -> Self {
        let first_us = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros();
        Self { n_records, first_us, seed, world: World::new() }
    }

    /// When the day begins.
    pub(crate) fn first_us(&self) -> i64 {
        self.first_us
    }

    pub(crate) fn n_windows(&self) -> usize {
        self.n_records.div_ceil(WINDOW_RECORDS)
    }

    /// The records of a window, in order of time but for those of one instant.
    pub(crate) fn window(&self, window: usize) -> Vec<LogRecord> {
        let first = window * WINDOW_RECORDS;
        let n_records = WINDOW_RECORDS.min(self.n_records.saturating_sub(first));
        let at = |record: usize| {
            let share = record as i128 * i128::from(DAY_US) / self.n_records.max(1) as i128;
            self.first_us + i64::try_from(share).expect("a part of the day")
        };
        let range = at(first)..at(first + n_records);
        let mut rng =
            Pcg64Mcg::seed_from_u64(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(window as u64));
        let mut records = Vec::with_capacity(n_records + 16);
        while records.len() < n_records {
            self.world.flow(&mut rng, range.clone(), &mut records);
        }
        records.truncate(n_records);
        let last_us = self.first_us + DAY_US - 1;
        for record in &mut records {
            // Requests that begin at the end of the day stay within it.
            record.timestamp_us = record.timestamp_us.min(last_us);
            record.observed_us = record.timestamp_us + 250_000;
        }
        records.sort_by_key(|record| record.timestamp_us);
        for (word, count) in RARE_WORDS {
            for row in self.places(count, first..first + n_records) {
                let body = &mut records[row - first].body;
                body.push_str(" note=");
                body.push_str(word);
            }
        }
        records
    }

    /// The records of a range that have a word which `count` of all have.
    fn places(&self, count: usize, range: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
        let count = count.min(self.n_records);
        let n_records = self.n_records;
        let place = move |number: usize| (2 * number + 1) * n_records / (2 * count);
        // Places rise with their numbers.
        let first = (range.start * count / n_records.max(1)).saturating_sub(1);
        (first..count).map(place).skip_while(move |row| *row < range.start).take_while(move |row| *row < range.end)
    }

    /// The request of a window.
    pub(crate) fn request(&self, window: usize) -> Vec<u8> {
        encode(&self.window(window))
    }

    /// Writes the requests of all windows to files of `folder`, on two threads.
    pub(crate) fn write(&self, folder: &Path) -> Outcome {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        self.on_threads(|window| {
            let file = file_of(folder, window);
            fs::write(&file, self.request(window)).map_err(|error| format!("{}: {error}", file.display()))
        })
    }

    fn send(&self, url: &str, token: &str) -> Outcome {
        let client = http_client(TIMEOUT)?;
        self.on_threads(|window| post(&client, url, token, self.request(window)))
    }

    /// Works on all windows, two at a time.
    fn on_threads(&self, work: impl Fn(usize) -> Outcome + Sync) -> Outcome {
        let next = AtomicUsize::new(0);
        let worker = || -> Outcome {
            loop {
                let window = next.fetch_add(1, Ordering::Relaxed);
                if window >= self.n_windows() {
                    return Ok(());
                }
                work(window)?;
            }
        };
        thread::scope(|scope| {
            let workers = [scope.spawn(worker), scope.spawn(worker)];
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a thread panicked".to_owned())?)
        })
    }
}

/// Where [`LogSet::write`] puts a window.
pub(crate) fn file_of(folder: &Path, window: usize) -> PathBuf {
    folder.join(format!("logs-{window:06}.pb"))
}

/// Sends a request of OTLP in protobuf; an answer of another status than 200 is an error.
pub(crate) fn post(client: &reqwest::blocking::Client, url: &str, token: &str, request: Vec<u8>) -> Outcome {
    let response = client
        .post(url)
        .bearer_auth(token)
        .header("Content-Type", "application/x-protobuf")
        .body(request)
        .send()
        .map_err(|error| format!("no answer: {error}"))?;
    let status = response.status();
    let answer = response.text().map_err(|error| format!("no answer: {error}"))?;
    if status.is_success() { Ok(()) } else { Err(format!("{status}: {answer}")) }
}

/// The text, shared.
fn shared(text: &str) -> Arc<str> {
    Arc::from(text)
}

#[cfg(test)]
mod tests;
