//! The store behind logs.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use insights_core::ids::ProjectId;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;

use crate::query::{
    AttributePage, AttributesQuery, RecordQuery, SparklineCount, SparklineQuery, ValueCount, ValuesQuery,
};
use crate::record::{LogRecord, StoredLog};

/// Why records could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum LogStoreError {
    /// The store cannot take records now; the same ones may be sent again later.
    #[error("logs cannot be stored now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Records are too large to be stored at once.
    #[error("the records take {n_bytes} bytes, more than the {limit_bytes} that are stored at once")]
    TooLarge {
        /// What they take.
        n_bytes: usize,
        /// What they may.
        limit_bytes: usize,
    },
}

/// A page of records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordPage {
    /// The records, in the order asked for.
    pub records: Vec<StoredLog>,
    /// Whether there are more behind them.
    pub has_more: bool,
}

/// What of a project's logs to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Records that happened longer ago are taken away; none for keeping them for good.
    pub max_age: Option<Duration>,
    /// The oldest records are taken away until what is on disk takes at most so many bytes; none for no bound.
    pub max_bytes: Option<u64>,
}

/// Logs of many projects. A question is answered as of one instant, from everything whose [`Self::append`] returned before.
#[async_trait]
pub trait LogStore: Send + Sync + std::fmt::Debug {
    /// Stores records in this order. When it returns they are on disk and in every later answer; all are stored, or none.
    ///
    /// # Errors
    /// Where nothing was stored.
    async fn append(&self, project: ProjectId, records: Vec<LogRecord>) -> Result<(), LogStoreError>;

    /// A page of records.
    ///
    /// # Errors
    /// [`QueryError`] where the control's bounds do not suffice, or data cannot be read.
    async fn records(
        &self,
        project: ProjectId,
        query: RecordQuery,
        control: QueryControl,
    ) -> Result<RecordPage, QueryError>;

    /// How many records there are over time, by time and then by series; buckets without records are left out.
    ///
    /// # Errors
    /// As of [`Self::records`].
    async fn sparkline(
        &self,
        project: ProjectId,
        query: SparklineQuery,
        control: QueryControl,
    ) -> Result<Vec<SparklineCount>, QueryError>;

    /// Which keys attributes have.
    ///
    /// # Errors
    /// As of [`Self::records`].
    async fn attributes(
        &self,
        project: ProjectId,
        query: AttributesQuery,
        control: QueryControl,
    ) -> Result<AttributePage, QueryError>;

    /// Which values a field has, the most frequent first, those of the same count in order of the texts.
    ///
    /// # Errors
    /// As of [`Self::records`].
    async fn values(
        &self,
        project: ProjectId,
        query: ValuesQuery,
        control: QueryControl,
    ) -> Result<Vec<ValueCount>, QueryError>;

    /// The number of the last record that arrived; 0 before the first.
    fn last_arrival(&self, project: ProjectId) -> u64;

    /// Returns when the project's last arrival is greater than `arrival`.
    async fn wait_for_more(&self, project: ProjectId, arrival: u64);

    /// The first `limit` records that arrived after `after`, in order of arrival, for a live tail; and the arrival up to which was looked: that
    /// of the last record where there may be more, else that of the project.
    ///
    /// # Errors
    /// As of [`Self::records`].
    async fn arrived_after(
        &self,
        project: ProjectId,
        after: u64,
        filter: crate::filter::LogFilter,
        limit: usize,
        control: QueryControl,
    ) -> Result<(Vec<StoredLog>, u64), QueryError>;

    /// Takes away what `retention` does not keep, as of `now_us`. Returns how many records went, about. What arrives later and happened before the
    /// oldest instant that was ever kept is gone at once.
    ///
    /// # Errors
    /// Where files cannot be changed; what was taken away before stays away.
    async fn retain(&self, project: ProjectId, retention: Retention, now_us: i64) -> Result<u64, LogStoreError>;
}
