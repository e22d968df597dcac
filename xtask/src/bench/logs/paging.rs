//! Paging through records while others are written into the same range.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::insights::median;
use super::asker::{self, Asker};
use crate::logs::{DAY_US, LogSet, encode};
use crate::process::Outcome;

const PAGE_ROWS: usize = 2_000;
/// How the bodies of records begin that are written meanwhile.
const WRITTEN: &str = "written while others page: ";
/// Records of a request of the writer, and how long it waits after each.
const BATCH: usize = 200;
const PAUSE: Duration = Duration::from_millis(20);

/// What paging gave, over both orders.
#[derive(Debug, Default)]
pub(super) struct Paged {
    /// Rows that were there at the start, in both orders together.
    n_expected: usize,
    n_found: usize,
    n_repeated: usize,
    n_written: usize,
    /// Rows among those found that were written meanwhile.
    n_new: usize,
    page: Duration,
}

impl Paged {
    pub(super) fn is_right(&self) -> bool {
        self.n_found == self.n_expected && self.n_repeated == 0
    }

    pub(super) fn shown(&self) -> String {
        format!(
            "{} of {} rows that were there, {} repeated, {} of {} written meanwhile; a page of {PAGE_ROWS} in {:.1} ms",
            self.n_found,
            self.n_expected,
            self.n_repeated,
            self.n_new,
            self.n_written,
            self.page.as_secs_f64() * 1000.0
        )
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "n_expected": self.n_expected,
            "n_found": self.n_found,
            "n_repeated": self.n_repeated,
            "n_written": self.n_written,
            "page_s": self.page.as_secs_f64(),
        })
    }
}

/// Pages through about `n_rows` records in both orders, each while a writer adds others.
pub(super) fn page(asker: &Asker, set: &LogSet, n_rows: usize) -> Outcome<Paged> {
    let share = n_rows as f64 / set.n_records.max(1) as f64;
    #[expect(clippy::cast_possible_truncation, reason = "at most a day")]
    let length_us = ((DAY_US as f64 * share) as i64).clamp(1, DAY_US);
    let first_us = set.first_us() + (DAY_US - length_us) / 2;
    let range = first_us..first_us + length_us;
    // Both orders look at the same rows: those of before the first.
    let (_, n_expected) = asker::sum(&asker.post("sparkline", &json!({"dateRange": asker::range(range.clone())}))?);
    let mut paged = Paged::default();
    let mut times = Vec::new();
    for order in ["latest", "earliest"] {
        paged.n_expected += n_expected;
        while_written(asker, set, &range, &mut paged, |paged| one_order(asker, &range, order, paged, &mut times))?;
    }
    paged.page = median(&times);
    Ok(paged)
}

/// Does `work` while another thread writes.
fn while_written(
    asker: &Asker,
    set: &LogSet,
    range: &Range<i64>,
    paged: &mut Paged,
    work: impl FnOnce(&mut Paged) -> Outcome,
) -> Outcome {
    let (is_over, n_written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let writer = || -> Outcome {
        let asker = asker.apart()?;
        let mut records = set.window(0);
        records.truncate(BATCH);
        let length_us = range.end - range.start;
        for round in 0_i64.. {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            for (record, number) in records.iter_mut().zip(0_i64..) {
                // Anywhere in the range, before and behind whoever pages; a prime keeps it from repeating soon.
                record.timestamp_us = range.start + ((round * 7_919 + number) * 15_485_863).rem_euclid(length_us);
                record.body = format!("{WRITTEN}{round} {number}");
            }
            asker.send(encode(&records))?;
            n_written.fetch_add(records.len(), Ordering::Relaxed);
            thread::sleep(PAUSE);
        }
        Ok(())
    };
    let done = thread::scope(|scope| {
        let writer = scope.spawn(writer);
        let done = work(paged);
        is_over.store(true, Ordering::Relaxed);
        let written = writer.join().map_err(|_| "the writer panicked".to_owned()).and_then(|written| written);
        done.and(written)
    });
    paged.n_written += n_written.load(Ordering::Relaxed);
    done
}

fn one_order(asker: &Asker, range: &Range<i64>, order: &str, paged: &mut Paged, times: &mut Vec<Duration>) -> Outcome {
    let mut seen = HashSet::new();
    let mut query = json!({"dateRange": asker::range(range.clone()), "orderBy": order, "limit": PAGE_ROWS});
    loop {
        let began = Instant::now();
        let answer = asker.post("query", &query)?;
        times.push(began.elapsed());
        for row in answer["results"].as_array().into_iter().flatten() {
            let uuid = row["uuid"].as_str().ok_or("a row has no uuid")?;
            if !seen.insert(uuid.to_owned()) {
                paged.n_repeated += 1;
            } else if row["body"].as_str().is_some_and(|body| body.starts_with(WRITTEN)) {
                paged.n_new += 1;
            } else {
                paged.n_found += 1;
            }
        }
        if answer["hasMore"] != true {
            return Ok(());
        }
        query["after"] = answer["nextCursor"].clone();
    }
}
