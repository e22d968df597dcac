//! Work on many blocks, shared among a few threads. What they come to does not depend on who did what.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use query_engine::control::QueryControl;
use query_engine::error::QueryError;

/// Most threads of one question.
const MAX_THREADS: usize = 4;

/// Shows each of `items` to `work`, in order as far as several threads have one; gives the threads' states. The first error ends all.
pub(super) fn each<T: Sync, S: Send>(
    items: &[T],
    control: &QueryControl,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> Result<(), QueryError> + Sync,
) -> Result<Vec<S>, QueryError> {
    let n_threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MAX_THREADS).min(items.len());
    let next = AtomicUsize::new(0);
    let has_failed = AtomicBool::new(false);
    let run = || -> Result<S, QueryError> {
        let mut state = start();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if has_failed.load(Ordering::Relaxed) {
                break;
            }
            let done = control.check().and_then(|()| work(&mut state, item));
            if done.is_err() {
                has_failed.store(true, Ordering::Relaxed);
            }
            done?;
        }
        Ok(state)
    };
    if n_threads <= 1 {
        return Ok(vec![run()?]);
    }
    let states = Mutex::new(Vec::with_capacity(n_threads));
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(|| {
                let state = run();
                states.lock().expect("no holder of this lock panics").push(state);
            });
        }
    });
    states.into_inner().expect("no holder of this lock panics").into_iter().collect()
}
