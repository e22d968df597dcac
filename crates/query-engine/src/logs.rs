//! Logs as HogQL's table `logs` reads them: columns that a store lends block by block.

use std::fmt::Debug;

use hogql::ir::RowBounds;
use hogql::tables::LogsColumn;
use insights_core::ids::ProjectId;

use crate::control::QueryControl;
use crate::error::QueryError;

/// Which logs to lend.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRequest {
    /// The project; nothing of another one is ever given.
    pub project: ProjectId,
    /// The columns.
    pub columns: Vec<LogsColumn>,
    /// What is known of the rows that can matter: others may be left out, and need not.
    pub bounds: RowBounds,
}

/// A store that lends its logs.
pub trait LogSource: Debug + Send + Sync {
    /// The logs that each request asks for, all as of one instant.
    ///
    /// # Errors
    /// [`QueryError::Source`] where the logs cannot be read; cancellation and limits as `control` says.
    fn lend(&self, requests: &[LogRequest], control: &QueryControl) -> Result<Vec<Box<dyn LentLogs>>, QueryError>;
}

/// Logs as of one instant, in blocks of some thousand rows. Their order is the same each time that they are asked for.
pub trait LentLogs: Debug + Send + Sync {
    /// How many blocks there are.
    fn n_blocks(&self) -> usize;

    /// Some columns of a block, given by their places in the request. Blocks; a block without rows is one that has none that matter.
    ///
    /// # Errors
    /// As of [`LogSource::lend`].
    fn block(&self, block: usize, columns: &[usize], control: &QueryControl) -> Result<LogBlock, QueryError>;
}

/// Rows of logs.
#[derive(Clone, Debug, Default)]
pub struct LogBlock {
    /// How many.
    pub n_rows: usize,
    /// The columns that were asked for, in that order.
    pub columns: Vec<LogValues>,
}

/// The values of a column.
#[derive(Clone, Debug)]
pub enum LogValues {
    /// Instants, in microseconds since 1970 UTC.
    Instants(Vec<i64>),
    /// Whole numbers.
    Numbers(Vec<i64>),
    /// Texts.
    Texts(LogTexts),
    /// Texts of which many rows have the same: the texts, and the place among them of each row's.
    Coded(LogTexts, Vec<u32>),
}

/// Texts, or none, one behind the other.
#[derive(Clone, Debug, Default)]
pub struct LogTexts {
    texts: String,
    /// Where each ends, and whether it is there.
    ends: Vec<(usize, bool)>,
}

impl LogTexts {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    pub fn push(&mut self, text: Option<&str>) {
        self.texts.push_str(text.unwrap_or_default());
        self.ends.push((self.texts.len(), text.is_some()));
    }

    /// How many there are, those that are none too.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all.
    pub fn size_bytes(&self) -> usize {
        self.texts.len() + self.ends.len() * size_of::<(usize, bool)>()
    }

    /// In their order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).map(|(start, (end, is_set))| is_set.then(|| &self.texts[start..*end]))
    }
}

impl<T: AsRef<str>> FromIterator<Option<T>> for LogTexts {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(texts: I) -> Self {
        let mut all = Self::new();
        texts.into_iter().for_each(|text| all.push(text.as_ref().map(AsRef::as_ref)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        let given = [Some("a"), None, Some(""), Some("é")];
        let texts: LogTexts = given.into_iter().collect();
        assert_eq!(texts.iter().collect::<Vec<_>>(), given);
        assert_eq!((texts.len(), LogTexts::new().is_empty()), (4, true));
    }
}
