//! Logs as files, written while they are read.

use std::collections::VecDeque;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, post, web};
use futures::stream;
use logs::export::Format;
use logs::record::StoredLog;
use logs::request::ExportRequest;
use logs::service::RecordPages;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::schema::LogsQuery;
use super::{context, no_query, refused};
use crate::app::AppState;
use crate::csv::attachment;
use crate::error::{ApiError, Chain};
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::scope::LogsRead;
use crate::queries::QueryFailure;
use crate::routes::routes;

/// Which logs, and how they are written. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ExportLogs)]
struct ExportLogsRequest {
    /// Which; `limit` is of the whole file, 100,000 where absent and at most.
    #[serde(default)]
    #[schema(value_type = LogsQuery)]
    query: Value,
    /// `csv` (the default) or `ndjson`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    format: Value,
}

/// Gives logs as a file: comma-separated values, or a JSON object a line.
#[utoipa::path(
    tag = "Logs", request_body = ExportLogsRequest, security(("key" = ["logs:read"])),
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson"))))
)]
#[post("/api/environments/{environment_id}/logs/export")]
async fn export_logs(
    access: ProjectAccess<LogsRead>,
    body: JsonBody<ExportLogsRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let ExportLogsRequest { query, format } = body.0;
    if query.is_null() {
        return Err(no_query());
    }
    let body = json!({ "query": query, "format": format });
    let asked = ExportRequest::read(&body, &context(&access.project, &state)).map_err(refused)?;
    let format = asked.format;
    // What fails at the first page can still be told as an error.
    let (pages, first) = next_page(&state, RecordPages::new(access.project.id, asked.query)).await?;
    let head = VecDeque::from([Bytes::from(format.head()), lines(format, &first)]);
    let file = File { state, format, pages, ready: head };
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header(attachment("logs", format.name()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(stream::try_unfold(file, File::next)))
}

/// A file that is being written.
struct File {
    state: web::Data<AppState>,
    format: Format,
    pages: RecordPages,
    /// Parts that are ready to be sent.
    ready: VecDeque<Bytes>,
}

impl File {
    /// The next part; none after the last one. Where that fails the connection breaks off, so that nobody takes the file for a whole one.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, ApiError> {
        while let Some(part) = self.ready.pop_front() {
            // An empty part would end the answer.
            if !part.is_empty() {
                return Ok(Some((part, self)));
            }
        }
        let read = next_page(&self.state, self.pages).await;
        let (pages, records) = read.inspect_err(|error| {
            tracing::warn!(error = %Chain(error), "a file of logs broke off");
        })?;
        let part = lines(self.format, &records);
        Ok((!part.is_empty()).then_some((part, Self { pages, ..self })))
    }
}

async fn next_page(state: &AppState, mut pages: RecordPages) -> Result<(RecordPages, Vec<StoredLog>), QueryFailure> {
    let records = state.queries.run_other(|control| pages.next(&*state.storage.logs, control)).await?;
    Ok((pages, records))
}

fn lines(format: Format, records: &[StoredLog]) -> Bytes {
    records.iter().flat_map(|log| format.line(log)).collect::<Vec<u8>>().into()
}

routes![export_logs];
