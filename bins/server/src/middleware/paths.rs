//! One canonical form for every path, so that routes are written once.
//!
//! - A slash at the end is dropped: both forms answer, nothing is redirected.
//! - `/api/projects/{id}/…` is the same as `/api/environments/{id}/…`; what is nested in a project is routed as the latter, the project
//!   itself and the list of projects as the former.
//! - `HEAD` is routed as `GET`; the transport leaves the body out.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};

/// The address as the client sent it.
#[derive(Clone, Debug)]
struct SentUri(Uri);

/// The address that `request` was sent to, before it was brought to its canonical form.
pub(crate) fn sent_uri(request: &HttpRequest) -> Uri {
    request.extensions().get::<SentUri>().map_or_else(|| request.uri().clone(), |sent| sent.0.clone())
}

/// Brings the request to the form that routes are written for.
pub(crate) async fn canonical_paths<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    if let Some(path) = canonical_path(request.path()) {
        let sent = request.uri().clone();
        let with_query = match sent.query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        // The parts come from a valid address, so this fails for none that a client can send; such a one would find no route.
        if let Ok(path_and_query) = PathAndQuery::try_from(with_query) {
            let mut parts = sent.clone().into_parts();
            parts.path_and_query = Some(path_and_query);
            if let Ok(uri) = Uri::from_parts(parts) {
                request.match_info_mut().get_mut().update(&uri);
                request.head_mut().uri = uri;
                request.extensions_mut().insert(SentUri(sent));
            }
        }
    }
    next.call(request).await
}

/// The canonical form of `path`, `None` where it has it already.
pub(crate) fn canonical_path(path: &str) -> Option<String> {
    let trimmed = match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    let canonical = match trimmed.strip_prefix("/api/projects") {
        Some(rest) if is_nested(rest) => Some(format!("/api/environments{rest}")),
        _ => match trimmed.strip_prefix("/api/environments") {
            Some(rest) if (rest.is_empty() || rest.starts_with('/')) && !is_nested(rest) => {
                Some(format!("/api/projects{rest}"))
            }
            _ => None,
        },
    };
    canonical.or_else(|| (trimmed.len() != path.len()).then(|| trimmed.to_owned()))
}

/// Whether `rest`, what follows `/api/projects`, goes on after the project's number.
fn is_nested(rest: &str) -> bool {
    rest.strip_prefix('/').is_some_and(|after| after.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: &str, expected: &str) {
        assert_eq!(canonical_path(sent).as_deref().unwrap_or(sent), expected, "canonical form of {sent}");
        assert_eq!(canonical_path(expected), None, "{expected} stays as it is");
    }

    #[test]
    fn every_form_of_a_path_becomes_the_one_that_routes_have() {
        check("/", "/");
        check("//", "/");
        check("/batch/", "/batch");
        check("/api/environments/1/insights/", "/api/environments/1/insights");
        check("/api/projects/1/insights", "/api/environments/1/insights");
        check("/api/projects/@current/insights/2/", "/api/environments/@current/insights/2");
        check("/api/projects/", "/api/projects");
        check("/api/projects/1/", "/api/projects/1");
        check("/api/environments", "/api/projects");
        check("/api/environments/1/", "/api/projects/1");
        check("/api/projectsX/1/2", "/api/projectsX/1/2");
        check("/api/environmentsX", "/api/environmentsX");
    }
}
