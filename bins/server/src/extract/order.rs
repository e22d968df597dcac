//! Authorisation comes first: what a request brings is looked at after it is known who asks.
//!
//! actix-web runs the extractors of a handler side by side and answers with the first error, which would tell a stranger what is wrong
//! with a body instead of asking for a key. So the extractor that authorises, which handlers name first, leaves a signal in the request,
//! and the others wait for it.

use std::future::{Future, pending};
use std::pin::Pin;

use actix_web::{HttpMessage, HttpRequest};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;

use crate::error::ApiError;

/// What an extractor gives, later.
pub(crate) type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// Comes when the request is authorised; is dropped when it is refused.
#[derive(Clone, Debug)]
struct Authorised(Shared<oneshot::Receiver<()>>);

/// Makes the extractors that follow wait until `authorisation` has succeeded.
pub(crate) fn first<T: 'static>(
    request: &HttpRequest,
    authorisation: impl Future<Output = Result<T, ApiError>> + 'static,
) -> Extracted<T> {
    let (authorised, waiting) = oneshot::channel();
    request.extensions_mut().insert(Authorised(waiting.shared()));
    Box::pin(async move {
        let result = authorisation.await;
        if result.is_ok() {
            // An error says that nobody waits.
            let _ = authorised.send(());
        }
        result
    })
}

/// Runs `extraction` once the request is authorised; at once where its handler authorises nobody.
pub(crate) fn afterwards<T: 'static>(
    request: &HttpRequest,
    extraction: impl Future<Output = Result<T, ApiError>> + 'static,
) -> Extracted<T> {
    let authorised = request.extensions().get::<Authorised>().cloned();
    Box::pin(async move {
        if let Some(Authorised(waiting)) = authorised
            && waiting.await.is_err()
        {
            // The refusal is the answer, and this future is dropped with the others.
            return pending().await;
        }
        extraction.await
    })
}
