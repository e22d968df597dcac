//! Why DataFusion did not answer, as the engine's errors, and back.

use datafusion::error::DataFusionError;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;

/// A failure on the way through DataFusion; [`from_datafusion`] finds it again.
pub(crate) fn into_datafusion(error: QueryError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// What is wrong with a value that a function was given, as the one who wrote the query is told it.
pub(crate) fn wrong_value(message: impl Into<String>) -> DataFusionError {
    into_datafusion(QueryError::invalid("query", message))
}

/// What a query fails with. Where a limit was the cause that is said, whatever an operator made of it.
pub(crate) fn from_datafusion(error: DataFusionError, control: &QueryControl) -> QueryError {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<QueryError>() {
            Ok(query_error) => *query_error,
            Err(other) => match other.downcast::<DataFusionError>() {
                Ok(error) => from_datafusion(*error, control),
                Err(other) => QueryError::Source(other),
            },
        },
        DataFusionError::ResourcesExhausted(_) => {
            QueryError::MemoryLimit { limit_bytes: control.limits().max_memory_bytes }
        }
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => from_datafusion(*inner, control),
        DataFusionError::Shared(inner) => from_shared(&inner, control),
        DataFusionError::ArrowError(error, _) => match *error {
            datafusion::arrow::error::ArrowError::ExternalError(inner) => {
                from_datafusion(DataFusionError::External(inner), control)
            }
            error => QueryError::Source(Box::new(error)),
        },
        error => QueryError::Source(Box::new(error)),
    }
}

/// As [`from_datafusion`], of an error that several streams were given.
fn from_shared(error: &DataFusionError, control: &QueryControl) -> QueryError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => {
            QueryError::MemoryLimit { limit_bytes: control.limits().max_memory_bytes }
        }
        DataFusionError::External(inner) => match inner.downcast_ref::<QueryError>() {
            Some(QueryError::Cancelled) => QueryError::Cancelled,
            Some(QueryError::TimeLimit { limit }) => QueryError::TimeLimit { limit: *limit },
            Some(QueryError::MemoryLimit { limit_bytes }) => QueryError::MemoryLimit { limit_bytes: *limit_bytes },
            Some(QueryError::Invalid { path, message }) => QueryError::invalid(path, message),
            Some(QueryError::Unsupported { path, what }) => QueryError::unsupported(path, what),
            _ => QueryError::Source(error.to_string().into()),
        },
        root => QueryError::Source(root.to_string().into()),
    }
}
