//! Logs in memory: the store that says what every other has to answer, and the one of tests.

mod project;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use insights_core::ids::ProjectId;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::logs::{LentLogs, LogRequest, LogSource};

use self::project::ProjectLogs;
use crate::filter::LogFilter;
use crate::lending::{self, LentRecords};
use crate::query::{
    AttributePage, AttributesQuery, RecordQuery, SparklineCount, SparklineQuery, ValueCount, ValuesQuery,
};
use crate::record::{LogRecord, StoredLog};
use crate::store::{LogStore, LogStoreError, RecordPage, Retention};

/// A [`LogStore`] that keeps everything in memory and looks at each record of a project for each question.
#[derive(Debug, Default)]
pub struct MemoryLogStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    projects: HashMap<ProjectId, ProjectLogs>,
    /// Who waits for records of whichever project.
    waiting: Vec<Waker>,
}

impl MemoryLogStore {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }

    /// Asks of what a project has; of nothing where it has nothing yet.
    fn ask<T>(&self, project: ProjectId, ask: impl FnOnce(&ProjectLogs) -> T) -> T {
        match self.lock().projects.get(&project) {
            Some(logs) => ask(logs),
            None => ask(&ProjectLogs::default()),
        }
    }
}

#[async_trait]
impl LogStore for MemoryLogStore {
    async fn append(&self, project: ProjectId, records: Vec<LogRecord>) -> Result<(), LogStoreError> {
        let waiting = {
            let mut state = self.lock();
            state.projects.entry(project).or_default().append(records);
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
        Ok(())
    }

    async fn records(
        &self,
        project: ProjectId,
        query: RecordQuery,
        control: QueryControl,
    ) -> Result<RecordPage, QueryError> {
        self.ask(project, |logs| logs.records(&query, &control))
    }

    async fn sparkline(
        &self,
        project: ProjectId,
        query: SparklineQuery,
        control: QueryControl,
    ) -> Result<Vec<SparklineCount>, QueryError> {
        self.ask(project, |logs| logs.sparkline(&query, &control))
    }

    async fn attributes(
        &self,
        project: ProjectId,
        query: AttributesQuery,
        control: QueryControl,
    ) -> Result<AttributePage, QueryError> {
        self.ask(project, |logs| logs.attributes(&query, &control))
    }

    async fn values(
        &self,
        project: ProjectId,
        query: ValuesQuery,
        control: QueryControl,
    ) -> Result<Vec<ValueCount>, QueryError> {
        self.ask(project, |logs| logs.values(&query, &control))
    }

    fn last_arrival(&self, project: ProjectId) -> u64 {
        self.ask(project, ProjectLogs::last_arrival)
    }

    async fn wait_for_more(&self, project: ProjectId, arrival: u64) {
        std::future::poll_fn(|context| {
            let mut state = self.lock();
            if state.projects.get(&project).is_some_and(|logs| logs.last_arrival() > arrival) {
                return Poll::Ready(());
            }
            if !state.waiting.iter().any(|waiting| waiting.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    async fn arrived_after(
        &self,
        project: ProjectId,
        after: u64,
        filter: LogFilter,
        limit: usize,
        control: QueryControl,
    ) -> Result<(Vec<StoredLog>, u64), QueryError> {
        self.ask(project, |logs| logs.arrived_after(after, &filter, limit, &control))
    }

    async fn retain(&self, project: ProjectId, retention: Retention, now_us: i64) -> Result<u64, LogStoreError> {
        Ok(self.lock().projects.get_mut(&project).map_or(0, |logs| logs.retain(retention, now_us)))
    }
}

impl LogSource for MemoryLogStore {
    fn lend(&self, requests: &[LogRequest], control: &QueryControl) -> Result<Vec<Box<dyn LentLogs>>, QueryError> {
        let state = self.lock();
        let lent = requests.iter().map(|request| {
            let filter = lending::filter_of(request);
            let logs = state.projects.get(&request.project).map(|logs| logs.lent(&filter, control)).transpose()?;
            let lent = LentRecords::new(logs.unwrap_or_default(), request.columns.clone());
            Ok(Box::new(lent) as Box<dyn LentLogs>)
        });
        lent.collect()
    }
}

#[cfg(test)]
mod tests;
