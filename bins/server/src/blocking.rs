//! Moves blocking work off the asynchronous workers.

use actix_web::web;

use crate::error::ApiError;

/// Runs `work`, which may block (repository calls do), on the pool for that, and gives its result with the error mapped for the client.
///
/// # Errors
/// What `work` fails with; a 500 where it panics.
pub(crate) async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: Send + 'static,
    ApiError: From<E>,
{
    let span = tracing::Span::current();
    let result = web::block(move || span.in_scope(work)).await?;
    result.map_err(ApiError::from)
}
