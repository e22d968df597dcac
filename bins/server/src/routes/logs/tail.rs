//! Logs as they come in, as server-sent events.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderName};
use actix_web::rt::time::{Instant, sleep, sleep_until};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use futures::stream;
use insights_core::ids::ProjectId;
use insights_core::problem::Problem;
use logs::answer::RecordBody;
use logs::filter::LogFilter;
use logs::record::StoredLog;
use logs::request;
use logs::store::LogStore;
use utoipa::IntoParams;

use super::{context, refused};
use crate::app::AppState;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::query::QueryParams;
use crate::extract::scope::LogsRead;
use crate::log_tails::TailPlace;
use crate::queries::QueryFailure;
use crate::routes::routes;

/// Most logs that are looked for, and sent, at once.
const LOGS_AT_ONCE: usize = 100;
/// How long nothing is sent at most.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is looked for new logs at most.
const PAUSE: Duration = Duration::from_millis(200);
/// When a client comes again that was cut off.
const RETRY_MS: u32 = 1000;
/// Where a client says what it has had.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The same in the address.
const LAST_EVENT_ID_PARAMETER: &str = "last_event_id";

/// Which logs. Objects and lists are JSON text.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the crate logs reads")]
struct TailLogsParams {
    /// `{"date_from": …, "date_to": …}`; whenever they happened where absent.
    #[param(rename = "dateRange")]
    date_range: Option<String>,
    /// A list of levels.
    #[param(rename = "severityLevels")]
    severity_levels: Option<String>,
    /// A list of names.
    #[param(rename = "serviceNames")]
    service_names: Option<String>,
    /// What the body contains, in this very case.
    #[param(rename = "searchTerm")]
    search_term: Option<String>,
    /// Conditions, as in the body of a query.
    #[param(rename = "filterGroup")]
    filter_group: Option<String>,
    /// Go on behind the event of this id, where there is no header `Last-Event-ID`.
    last_event_id: Option<String>,
}

/// Gives logs as they come in, as server-sent events of the type `log`. The stream ends when access changes or the server stops; who comes again with the last id
/// goes on where it ended.
#[utoipa::path(
    tag = "Logs", params(TailLogsParams), security(("key" = ["logs:read"])),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = 429, description = "The project has too many tails"),
    )
)]
#[get("/api/environments/{environment_id}/logs/tail")]
async fn tail_logs(
    access: ProjectAccess<LogsRead>,
    params: QueryParams<BTreeMap<String, String>>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let filter = request::tail(&params.0, &context(&access.project, &state)).map_err(refused)?;
    let last = state.storage.logs.last_arrival(access.project.id);
    let header = request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let had = match header.or(params.0.get(LAST_EVENT_ID_PARAMETER).map(String::as_str)).filter(|id| !id.is_empty()) {
        Some(id) => id.trim().parse::<u64>().map_err(|_| {
            Problem::invalid(LAST_EVENT_ID_PARAMETER, format!("\"{id}\" is no id of an event of this stream."))
        })?,
        None => last,
    };
    let tail = Tail {
        place: state.log_tails.enter(access.project.id)?,
        project: access.project.id,
        filter,
        // What has a greater number was lost with a store, or never was.
        after: had.min(last),
        access_generation: access.generations.access,
        silent_since: Instant::now(),
        state,
        step: Step::Begin,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        // A compressed stream would come in lumps, and one that a proxy gathers too.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream::unfold(tail, Tail::next)))
}

/// A stream of new logs. Nothing is kept for a client that reads slowly: what it has not had yet stays in the store.
struct Tail {
    state: web::Data<AppState>,
    place: TailPlace,
    project: ProjectId,
    filter: LogFilter,
    /// The arrival up to which the client has had everything.
    after: u64,
    access_generation: u64,
    silent_since: Instant,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing was sent yet.
    Begin,
    /// Go on.
    Look,
    /// Nothing more is to be sent.
    End,
}

impl Tail {
    /// The next events; none after the last ones.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let events = match self.step {
            Step::Begin => {
                self.step = Step::Look;
                // The id alone: from here on a client may come again.
                format!("retry: {RETRY_MS}\nid: {}\n\n", self.after)
            }
            Step::Look => self.look().await?,
            Step::End => return None,
        };
        self.silent_since = Instant::now();
        Some((Ok(Bytes::from(events)), self))
    }

    /// Waits for logs, or for the time to show that the stream is alive. None where it is to end.
    async fn look(&mut self) -> Option<String> {
        loop {
            if self.place.is_ending() {
                return None;
            }
            let logs = &self.state.storage.logs;
            if logs.last_arrival(self.project) > self.after {
                let (project, after, filter) = (self.project, self.after, self.filter.clone());
                let queries = &self.state.queries;
                let found =
                    queries.run_other(|control| logs.arrived_after(project, after, filter, LOGS_AT_ONCE, control));
                match found.await {
                    Ok((found, looked)) => {
                        self.after = looked.max(self.after);
                        if !found.is_empty() {
                            return Some(events(&found));
                        }
                    }
                    // Tried again after the pause.
                    Err(QueryFailure::Overloaded) => {}
                    Err(failure) => {
                        self.step = Step::End;
                        return Some(failed(failure));
                    }
                }
            }
            let heartbeat = self.silent_since + HEARTBEAT;
            let (project, after) = (self.project, self.after);
            tokio::select! {
                () = self.place.ending() => return None,
                () = sleep_until(heartbeat) => return self.heartbeat().await,
                () = async {
                    sleep(PAUSE).await;
                    logs.wait_for_more(project, after).await;
                } => {}
            }
        }
    }

    /// Shows that the stream is alive; none where access has changed since it began, so that whoever reads has to show a key again.
    async fn heartbeat(&self) -> Option<String> {
        let generations = self.state.changes.generations().await.ok()?;
        (generations.access == self.access_generation).then(|| format!(": nothing new\nid: {}\n\n", self.after))
    }
}

/// Logs as events. The id of an event is the number of its arrival.
fn events(logs: &[StoredLog]) -> String {
    let mut events = String::new();
    for log in logs {
        let body = serde_json::to_string(&RecordBody::new(log)).expect("a record has texts as keys and JSON as values");
        write!(events, "id: {}\nevent: log\ndata: {body}\n\n", log.arrival).expect("writing to memory does not fail");
    }
    events
}

/// The event that says why a stream ends.
fn failed(failure: QueryFailure) -> String {
    let error = ApiError::from(failure);
    let body = serde_json::to_string(&error.problem().body()).expect("a problem is texts");
    format!("event: error\ndata: {body}\n\n")
}

routes![tail_logs];
