//! An answer as it is kept: in the cache, and in the hands of everyone who waits for it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use query_engine::answer::{Answer, ResolvedDateRange};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// The parts of an answer, each as JSON text that is passed on without being read again. Cheap to clone.
///
/// This is also the form in the cache: a change of its fields raises the version in `key.rs`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct KeptAnswer {
    /// The series, steps or rows.
    pub(crate) results: Arc<RawValue>,
    /// Names of the columns, for kinds whose results are rows.
    pub(crate) columns: Option<Arc<RawValue>>,
    /// Types of the columns, likewise.
    pub(crate) types: Option<Arc<RawValue>>,
    /// Whether there is more than the limit let through.
    pub(crate) has_more: Option<bool>,
    /// The range that was looked at.
    pub(crate) range: Option<KeptRange>,
    /// What else is told of a query that is HogQL.
    pub(crate) hogql: Option<Box<KeptHogql>>,
}

/// What is told of a HogQL query besides its rows.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct KeptHogql {
    /// The query, as it was understood.
    pub(crate) text: String,
    /// The most rows that there could be.
    pub(crate) limit: Option<u64>,
    /// How many rows were left out first.
    pub(crate) offset: Option<u64>,
    /// The instant from which the next rows are to be asked for.
    pub(crate) next_cursor: Option<String>,
    /// The steps in which it was computed, where that was asked for.
    pub(crate) explain: Option<Arc<RawValue>>,
}

/// The instants between which a query looked at events, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct KeptRange {
    /// First instant.
    pub(crate) from: DateTime<Utc>,
    /// Last instant.
    pub(crate) to: DateTime<Utc>,
}

impl KeptAnswer {
    /// Writes out `answer`.
    pub(crate) fn new(answer: &Answer) -> Self {
        let text = |value: &serde_json::Value| Arc::from(to_raw_value(value).expect("a JSON value can be written"));
        Self {
            results: text(&answer.results),
            columns: answer.columns.as_ref().map(text),
            types: answer.types.as_ref().map(text),
            has_more: answer.has_more,
            range: answer.resolved_date_range.map(KeptRange::from),
            hogql: answer.hogql.as_ref().map(|hogql| {
                Box::new(KeptHogql {
                    text: hogql.text.clone(),
                    limit: hogql.limit,
                    offset: hogql.offset,
                    next_cursor: hogql.next_cursor.clone(),
                    explain: hogql.explain.as_ref().map(text),
                })
            }),
        }
    }
}

impl From<ResolvedDateRange> for KeptRange {
    fn from(range: ResolvedDateRange) -> Self {
        Self { from: range.from, to: range.to }
    }
}

#[cfg(test)]
mod tests {
    use query_engine::answer::HogqlAnswer;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_kept_reads_back_as_it_was() {
        let answer = Answer {
            results: json!([{"label": "a", "data": [1, 2.5]}]),
            columns: None,
            types: Some(json!([["a", "String"]])),
            has_more: Some(false),
            resolved_date_range: Some(ResolvedDateRange {
                from: DateTime::UNIX_EPOCH,
                to: DateTime::from_timestamp_micros(1_999_999).unwrap(),
            }),
            hogql: Some(HogqlAnswer {
                text: "SELECT 1".to_owned(),
                limit: Some(100),
                offset: Some(0),
                ..HogqlAnswer::default()
            }),
        };
        let kept = KeptAnswer::new(&answer);
        let text = serde_json::to_string(&kept).unwrap();
        let read: KeptAnswer = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert_eq!(read.results.get(), r#"[{"data":[1,2.5],"label":"a"}]"#);
        assert!(read.columns.is_none());
        assert_eq!(read.range, Some(KeptRange::from(answer.resolved_date_range.unwrap())));
    }
}
