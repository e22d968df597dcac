//! Asking the store whether anything has changed, once for many requests at a time.
//!
//! A request may use what the server keeps in memory only where the store says, after the request came in, that nothing has changed: then an
//! answer is never older than a change that was made before it was asked for, by whichever server. One question answers all requests that
//! were waiting when it began, so that its cost does not grow with their number: whoever comes while one is being answered waits for the next,
//! which waits a little for others.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use actix_web::rt::task::spawn_blocking;
use futures::channel::oneshot;
use insights_core::changes::{ChangeRepository, Generations};
use insights_core::error::RepositoryError;
use insights_core::problem::Problem;

use crate::error::ApiError;

/// How long after a question that others have missed the next one begins: much less than what they wait for anyway where so much is asked.
const GATHERING: Duration = Duration::from_micros(500);

type Told = Result<Generations, Problem>;

/// The store's counts of changes, for requests.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    asking: Arc<Asking>,
}

#[derive(Debug)]
struct Asking {
    repository: Arc<dyn ChangeRepository>,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Whom the question that has not begun yet is for.
    waiting: Vec<oneshot::Sender<Told>>,
    /// Whether somebody asks for as long as anybody waits.
    is_served: bool,
}

impl Changes {
    pub(crate) fn new(repository: Arc<dyn ChangeRepository>) -> Self {
        Self { asking: Arc::new(Asking { repository, queue: Mutex::default() }) }
    }

    /// The counts as they are now or later: every change that was made before this is called is among them.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn generations(&self) -> Result<Generations, ApiError> {
        let (tell, told) = oneshot::channel();
        let is_served = {
            let mut queue = self.asking.queue();
            queue.waiting.push(tell);
            mem::replace(&mut queue.is_served, true)
        };
        if !is_served {
            let asking = Arc::clone(&self.asking);
            drop(spawn_blocking(move || asking.serve()));
        }
        // Nobody tells where the server is shutting down.
        Ok(told.await.unwrap_or_else(|_| Err(Problem::internal()))?)
    }
}

impl Asking {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for those who wait until nobody does.
    fn serve(&self) {
        let mut is_first = true;
        loop {
            if !mem::take(&mut is_first) && !self.queue().waiting.is_empty() {
                thread::sleep(GATHERING);
            }
            let waiting = {
                let mut queue = self.queue();
                if queue.waiting.is_empty() {
                    queue.is_served = false;
                    return;
                }
                mem::take(&mut queue.waiting)
            };
            let told = self.ask();
            for waiter in waiting {
                // Whoever is gone does not want to know.
                let _ = waiter.send(told.clone());
            }
        }
    }

    /// A panic is a failure like any other: those who come later are to be served all the same.
    fn ask(&self) -> Told {
        let asked = catch_unwind(AssertUnwindSafe(|| self.repository.generations()));
        asked.unwrap_or_else(|_| Err(RepositoryError::External { source: Box::from("reading them panicked") })).map_err(
            |error| {
                tracing::error!(error = &error as &dyn std::error::Error, "the counts of changes cannot be read");
                Problem::from(error)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc;

    use actix_web::rt;
    use futures::future::join_all;
    use insights_core::error::RepositoryResult;

    use super::*;

    /// Counts its questions, each of which waits to be let through.
    #[derive(Debug)]
    struct Slow {
        n_questions: AtomicU64,
        through: Mutex<mpsc::Receiver<Through>>,
    }

    #[derive(Debug)]
    enum Through {
        Answer,
        Panic,
    }

    impl ChangeRepository for Slow {
        fn generations(&self) -> RepositoryResult<Generations> {
            let n = self.n_questions.fetch_add(1, Ordering::SeqCst) + 1;
            let through = self.through.lock().unwrap_or_else(PoisonError::into_inner).recv().unwrap();
            assert!(matches!(through, Through::Answer), "asked to panic");
            Ok(Generations { access: n, prompts: n })
        }
    }

    fn slow() -> (Changes, mpsc::Sender<Through>) {
        let (let_through, through) = mpsc::channel();
        let slow = Slow { n_questions: AtomicU64::new(0), through: Mutex::new(through) };
        (Changes::new(Arc::new(slow)), let_through)
    }

    async fn until_asking(changes: &Changes) {
        while !changes.asking.queue().waiting.is_empty() {
            rt::task::yield_now().await;
        }
    }

    #[test]
    fn who_comes_during_a_question_waits_for_the_next_and_shares_it() {
        rt::System::new().block_on(async {
            let (changes, let_through) = slow();
            let first = rt::spawn({
                let changes = changes.clone();
                async move { changes.generations().await }
            });
            rt::task::yield_now().await;
            until_asking(&changes).await;
            let later = join_all((0..100).map(|_| {
                let changes = changes.clone();
                rt::spawn(async move { changes.generations().await })
            }));
            while changes.asking.queue().waiting.len() < 100 {
                rt::task::yield_now().await;
            }
            let_through.send(Through::Answer).unwrap();
            let_through.send(Through::Answer).unwrap();
            assert_eq!(first.await.unwrap().unwrap().access, 1);
            for told in later.await {
                assert_eq!(told.unwrap().unwrap().access, 2);
            }
        });
    }

    #[test]
    fn a_question_that_panics_keeps_nobody_waiting() {
        rt::System::new().block_on(async {
            let (changes, let_through) = slow();
            let_through.send(Through::Panic).unwrap();
            assert!(changes.generations().await.is_err());
            let_through.send(Through::Answer).unwrap();
            assert_eq!(changes.generations().await.unwrap().access, 2);
        });
    }
}
