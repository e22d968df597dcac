//! Asking a query of events in memory.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use query_engine::answer::{self, Answer, Query, QueryContext};
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::source::EventSource;
use serde_json::Value;

/// The answer to the query node `node`, without limits.
pub(crate) fn ask(node: &Value, context: &QueryContext, source: &dyn EventSource) -> Result<Answer, QueryError> {
    ask_within(node, context, source, &QueryControl::unlimited())
}

/// The answer to the query node `node`, within the limits of `control`.
pub(crate) fn ask_within(
    node: &Value,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let query = Query::parse(node)?;
    let answered = pin!(answer::answer(&query, context, source, control));
    let Poll::Ready(answer) = answered.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a source in memory never waits")
    };
    answer
}
