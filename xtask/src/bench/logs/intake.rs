//! Sending all records.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::asker::Asker;
use crate::logs::{LogSet, file_of};
use crate::process::Outcome;

/// Sends the requests in `folder` from several clients at once, each its next one as soon as its last one is answered. Gives the time from the first
/// request to the last answer.
pub(super) fn send(asker: &Asker, folder: &Path, set: &LogSet, n_clients: usize) -> Outcome<Duration> {
    let next = AtomicUsize::new(0);
    let client = || -> Outcome {
        let asker = asker.apart()?;
        loop {
            let window = next.fetch_add(1, Ordering::Relaxed);
            if window >= set.n_windows() {
                return Ok(());
            }
            let file = file_of(folder, window);
            let request = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            asker.send(request)?;
        }
    };
    let began = Instant::now();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..n_clients.max(1)).map(|_| scope.spawn(client)).collect();
        clients.into_iter().try_for_each(|client| client.join().map_err(|_| "a client panicked".to_owned())?)
    })?;
    let took = began.elapsed();
    println!("{:.0} records a second", set.n_records as f64 / took.as_secs_f64());
    Ok(took)
}
