//! Getting an answer out of the engine: now, for a caller that waits, or in the background.

use std::sync::Arc;

use futures::future::BoxFuture;
use insights_core::query_cache::policy::Decision;
use query_engine::error::QueryError;
use serde_json::value::to_raw_value;

use super::answer::KeptAnswer;
use super::callers::Waiting;
use super::error::QueryFailure;
use super::flights::{Execution, Role};
use super::prepare::Prepared;
use super::response::QueryResponse;
use super::status::{QueryState, QueryStatus, STATUS_LIFETIME};
use super::{Computed, QueryService};
use crate::metrics::QueryOutcome as Counted;

impl QueryService {
    /// Computes the answer, together with whoever wants the same one.
    pub(crate) async fn compute(&self, prepared: &Prepared) -> Result<Arc<Computed>, QueryFailure> {
        let waiting = self.join(prepared);
        self.arrive(prepared, waiting).await
    }

    /// Computes the answer in the background and gives the status of that run, or of the one that is under way.
    pub(crate) async fn enqueue(&self, prepared: Prepared) -> QueryStatus {
        let now = self.clock.now();
        if !prepared.is_forced()
            && let Some(status) = self.statuses.get(prepared.project(), &prepared.id, now).await
            && status.cache_key == prepared.key
            // A failed run is told for as long as its status is kept: a client that polls by asking again does not run it again and again.
            && !matches!(status.state, QueryState::Complete(_))
        {
            return status;
        }
        let status = QueryStatus {
            id: prepared.id.clone(),
            project: prepared.project(),
            cache_key: prepared.key.clone(),
            is_async: true,
            insight: prepared.insight,
            dashboard: prepared.dashboard,
            task: self.ids.uuid(),
            started_at: now,
            picked_up_at: None,
            ended_at: None,
            expires_at: now + STATUS_LIFETIME,
            state: QueryState::Running,
        };
        self.statuses.put(status.clone()).await;
        // Joined before this returns, so that whoever learns of the run can cancel it at once.
        let waiting = self.join(&prepared);
        tokio::spawn(self.clone().finish(prepared, waiting, status.clone()));
        status
    }

    /// Waits for a background run and keeps what came of it.
    async fn finish(self, prepared: Prepared, waiting: Waiting<Arc<Computed>>, mut status: QueryStatus) {
        let execution = waiting.execution();
        let result = self.arrive(&prepared, waiting).await;
        status.picked_up_at = execution.begun_at();
        status.ended_at = Some(self.clock.now());
        status.state = match result {
            Ok(computed) => {
                let response = QueryResponse::new(&prepared.answered(&computed, false));
                QueryState::Complete(Arc::from(to_raw_value(&response).expect("a response can be written")))
            }
            Err(failure) => QueryState::Failed(failure.public_message()),
        };
        // A later run of the same name, or a cancellation, has had its say.
        let kept = self.statuses.get(status.project, &status.id, self.clock.now()).await;
        if kept.is_some_and(|kept| kept.task == status.task && !kept.is_complete()) {
            self.statuses.put(status).await;
        }
    }

    /// A place on the flight for `prepared`, under its name.
    fn join(&self, prepared: &Prepared) -> Waiting<Arc<Computed>> {
        let ticket = self.flights.join(&prepared.key, |execution| self.clone().fly(execution, prepared.clone()));
        self.callers.enter(prepared.project(), &prepared.id, ticket)
    }

    /// Waits for the end of the flight. Where that was somebody else's and failed by the user's fault, starts over, once.
    async fn arrive(
        &self,
        prepared: &Prepared,
        mut waiting: Waiting<Arc<Computed>>,
    ) -> Result<Arc<Computed>, QueryFailure> {
        let mut result = waiting.landed().await;
        let is_others = result.as_ref().is_err_and(|failure| failure.is_users_fault() && !failure.is_cancelled());
        if is_others && waiting.role() == Role::Follower {
            waiting = self.join(prepared);
            result = waiting.landed().await;
        }
        if result.is_ok() && waiting.role() == Role::Follower {
            self.metrics.query_done(Counted::Coalesced);
        }
        result
    }

    /// The flight itself: runs the query and keeps the answer.
    fn fly(
        self,
        execution: Arc<Execution>,
        prepared: Prepared,
    ) -> BoxFuture<'static, Result<Arc<Computed>, QueryFailure>> {
        Box::pin(async move {
            if !prepared.is_forced()
                && let Some(cached) = self.cache.get(&prepared).await
                && prepared.decide(Some(&cached)) == Decision::ReturnCached
            {
                // Another flight landed between this request's look into the cache and its start.
                self.metrics.query_done(Counted::Cached);
                return Ok(Arc::new(cached));
            }
            let answer = self.executor.run(&execution, prepared.query.clone(), prepared.context.clone()).await?;
            let last_refresh = execution.begun_at().ok_or(QueryFailure::from(QueryError::Cancelled))?;
            let computed = Arc::new(Computed { answer: KeptAnswer::new(&answer), last_refresh });
            self.cache.put(&prepared, &computed).await;
            Ok(computed)
        })
    }
}
