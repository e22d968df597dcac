//! Every kind of question has one answer, wherever the events are: in a plain list in memory, in the store's memory, in segments cut at
//! random, in merged segments, in a store that was closed and opened again, and in runs cut into pieces.

mod history;
mod pieces;
mod questions;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{TimeZone as _, Utc};
use chrono_tz::Tz;
use event_store::{EventStore, StoreConfig};
use hogql_datafusion::DataFusionEngine;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use query_engine::answer::{Query, QueryContext, answer};
use query_engine::control::QueryControl;
use query_engine::source::EventSource;
use serde_json::Value;
use test_support::cases::n_property_cases;
use tokio::runtime::{self, Runtime};

use history::{History, history};
use pieces::InPieces;
use questions::{KINDS, question};

const PROJECT: ProjectId = ProjectId(3);

/// How many questions each store is asked: a store takes longer to make than to ask.
const QUESTIONS_PER_STORE: usize = 64;

fn context(zone: Tz) -> QueryContext {
    QueryContext {
        project: PROJECT,
        timezone: zone,
        week_start: WeekStart::default(),
        now: Utc.with_ymd_and_hms(2024, 4, 3, 12, 0, 0).unwrap(),
        definitions: Arc::default(),
    }
}

fn runtime() -> Runtime {
    runtime::Builder::new_current_thread().max_blocking_threads(3).build().unwrap()
}

/// What a source says to a question: an answer, or why there is none.
async fn ask(question: &Value, context: &QueryContext, source: &dyn EventSource) -> Result<Value, String> {
    let query = Query::parse(question).map_err(|error| error.to_string())?;
    let answer =
        answer(&query, context, source, &QueryControl::unlimited()).await.map_err(|error| error.to_string())?;
    let mut results = answer.results;
    sort_distinct_ids(&mut results);
    Ok(serde_json::json!({
        "results": results, "columns": answer.columns, "types": answer.types, "has_more": answer.has_more,
    }))
}

/// Sorts the distinct ids of persons: a plain list does not know which of them was seen first.
fn sort_distinct_ids(part: &mut Value) {
    match part {
        Value::Array(items) => items.iter_mut().for_each(sort_distinct_ids),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::Array(ids) if key == "distinct_ids" => ids.sort_by_key(Value::to_string),
                    value => sort_distinct_ids(value),
                }
            }
        }
        _ => {}
    }
}

/// The questions, with the answers that are right.
struct Asked<'a> {
    runtime: Runtime,
    context: QueryContext,
    questions: &'a [Value],
    answers: Vec<Result<Value, String>>,
}

impl<'a> Asked<'a> {
    fn new(zone: Tz, questions: &'a [Value], history: &History) -> Self {
        let (runtime, context) = (runtime(), context(zone));
        let memory = history.in_memory(PROJECT).with_hogql(Arc::new(DataFusionEngine));
        let ask_memory = async {
            let mut answers = Vec::new();
            for question in questions {
                answers.push(ask(question, &context, &memory).await);
            }
            answers
        };
        let answers = runtime.block_on(ask_memory);
        Self { runtime, context, questions, answers }
    }

    /// Asks `source` one question after the other.
    fn check(&self, place: &str, source: &dyn EventSource) -> Result<(), TestCaseError> {
        for (question, expected) in self.questions.iter().zip(&self.answers) {
            let found = self.runtime.block_on(ask(question, &self.context, source));
            prop_assert_eq!(&found, expected, "{} answers otherwise: {}", place, question);
        }
        Ok(())
    }

    /// Asks `store` all questions at the same time, which several threads then answer.
    fn check_at_once(&self, place: &str, store: &Arc<EventStore>) -> Result<(), TestCaseError> {
        let tasks: Vec<_> = self
            .questions
            .iter()
            .cloned()
            .map(|question| {
                let (context, store) = (self.context.clone(), Arc::clone(store));
                self.runtime.spawn(async move { ask(&question, &context, &*store).await })
            })
            .collect();
        for ((task, question), expected) in tasks.into_iter().zip(self.questions).zip(&self.answers) {
            let found = self.runtime.block_on(task).unwrap();
            prop_assert_eq!(&found, expected, "{} answers otherwise: {}", place, question);
        }
        Ok(())
    }
}

/// Puts `history` into a new store, flushing after the batches that say so where `flushes`.
fn store(folder: &tempfile::TempDir, history: &History, flushes: bool) -> EventStore {
    let store = EventStore::open(StoreConfig::new(folder.path())).unwrap();
    for batch in &history.batches {
        store.append_blocking(PROJECT, batch.events.clone()).unwrap();
        if flushes && batch.is_flushed {
            store.flush().unwrap();
        }
    }
    store
}

fn zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Asia__Kathmandu])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: n_property_cases().div_ceil(u32::try_from(QUESTIONS_PER_STORE).unwrap()),
        max_shrink_iters: 64,
        ..ProptestConfig::default()
    })]

    #[test]
    fn answers_are_the_same_wherever_the_events_are(
        history in history(),
        zone in zone(),
        questions in prop::collection::vec(question(), QUESTIONS_PER_STORE),
        n_rows in 1..5_usize,
    ) {
        let asked = Asked::new(zone, &questions, &history);

        let unflushed = tempfile::tempdir().unwrap();
        let in_memory = store(&unflushed, &history, false);
        asked.check("the store's memory", &in_memory)?;

        let flushed = tempfile::tempdir().unwrap();
        let scattered = Arc::new(store(&flushed, &history, true));
        asked.check_at_once("a store of several segments", &scattered)?;
        asked.check("a store whose runs are cut", &InPieces { store: Arc::clone(&scattered), n_rows })?;
        scattered.flush().unwrap();
        asked.check_at_once("a store of segments alone", &scattered)?;
        scattered.compact().unwrap();
        asked.check_at_once("a store of merged segments", &scattered)?;
        drop(scattered);
        let reopened = EventStore::open(StoreConfig::new(flushed.path())).unwrap();
        asked.check_at_once("a store that was opened again", &Arc::new(reopened))?;
    }
}

/// Questions that are refused everywhere show nothing: most of every kind must have an answer.
#[test]
fn most_questions_have_an_answer() {
    let mut runner = TestRunner::deterministic();
    let (runtime, context) = (runtime(), context(Tz::UTC));
    let history = history().new_tree(&mut runner).unwrap().current();
    let memory = history.in_memory(PROJECT).with_hogql(Arc::new(DataFusionEngine));
    let mut refusals: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for _ in 0..600 {
        let question = question().new_tree(&mut runner).unwrap().current();
        let (n_asked, refused) = refusals.entry(question["kind"].as_str().unwrap().to_owned()).or_default();
        *n_asked += 1;
        if let Err(error) = runtime.block_on(ask(&question, &context, &memory)) {
            refused.push(format!("{error}: {question}"));
        }
    }
    assert_eq!(refusals.len(), KINDS.len());
    for (kind, (n_asked, refused)) in refusals {
        assert!(refused.len() * 5 < n_asked, "of {n_asked} questions of kind {kind}, these are refused: {refused:#?}");
    }
}
