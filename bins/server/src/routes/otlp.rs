//! OpenTelemetry's OTLP over HTTP: `/v1/logs` and `/v1/metrics`.
//!
//! Requests and answers are protobuf or JSON, errors a `google.rpc.Status` in the encoding of the request. Browsers may ask from any page.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, route, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::capture::open_to_all_pages;
use super::routes;
use crate::app::AppState;
use crate::otlp::{refuse_traces, take_logs, take_metrics};

/// That the good records are stored.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OtlpResponse {
    /// What was refused; absent where nothing was.
    partial_success: Option<OtlpPartialSuccess>,
}

/// What was refused while the rest was taken. Clients do not send it again.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OtlpPartialSuccess {
    /// How many log records, as text; for logs alone.
    rejected_log_records: Option<String>,
    /// How many data points, as text; for metrics alone.
    rejected_data_points: Option<String>,
    /// What is wrong with the first one.
    error_message: String,
}

/// Why nothing was stored: a `google.rpc.Status`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OtlpFailure {
    /// gRPC's number for it.
    code: i32,
    /// For people.
    message: String,
    /// The same, for older clients.
    error: String,
}

/// Registers one of the paths that OpenTelemetry's clients send to.
macro_rules! otlp_route {
    ($name:ident, $path:literal, $take:path, $what:literal, $doc:literal) => {
        #[doc = $doc]
        #[utoipa::path(
            post,
            path = $path,
            tag = "OpenTelemetry",
            params(
                ("token" = Option<String>, Query, description = "A project's token, where none is in the header `Authorization` or `x-api-key`"),
            ),
            request_body(description = $what, content((Vec<u8> = "application/x-protobuf"), (Object = "application/json"))),
            responses(
                (status = 200, description = "The good ones are on disk and in every later answer", body = OtlpResponse),
                (status = 400, description = "The body cannot be read", body = OtlpFailure),
                (status = 401, description = "The token or key is missing or wrong", body = OtlpFailure),
                (status = 403, description = "The key may not write logs", body = OtlpFailure),
                (status = 413, description = "The request is too large", body = OtlpFailure),
                (status = 415, description = "The content type or encoding is none that is taken", body = OtlpFailure),
                (status = 429, description = "Too much is sent at once; `Retry-After` tells when to try again", body = OtlpFailure),
                (status = 503, description = "Nothing can be stored now; `Retry-After` tells when to try again", body = OtlpFailure),
            )
        )]
        #[route($path, method = "POST", method = "OPTIONS", wrap = "open_to_all_pages()")]
        async fn $name(request: HttpRequest, payload: web::Payload, state: web::Data<AppState>) -> HttpResponse {
            match request.method() {
                &Method::OPTIONS => HttpResponse::NoContent().finish(),
                _ => $take(request, payload, state).await,
            }
        }
    };
}

otlp_route!(otlp_logs, "/v1/logs", take_logs, "An ExportLogsServiceRequest", "Takes logs.");
otlp_route!(otlp_i_logs, "/i/v1/logs", take_logs, "An ExportLogsServiceRequest", "Takes logs.");
otlp_route!(
    otlp_metrics,
    "/v1/metrics",
    take_metrics,
    "An ExportMetricsServiceRequest",
    "Takes metrics of coding agents. Others are counted as refused."
);

/// Refused: traces are not taken.
#[utoipa::path(
    post, path = "/v1/traces", tag = "OpenTelemetry",
    responses((status = 404, description = "Always", body = OtlpFailure))
)]
#[route("/v1/traces", method = "POST", method = "OPTIONS", wrap = "open_to_all_pages()")]
async fn otlp_traces(request: HttpRequest) -> HttpResponse {
    match request.method() {
        &Method::OPTIONS => HttpResponse::NoContent().finish(),
        _ => refuse_traces(&request),
    }
}

routes![otlp_logs, otlp_i_logs, otlp_metrics, otlp_traces];
