//! A report as JSON, as a page or as Markdown, whichever somebody wants.

use actix_web::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use insights_core::problem::Problem;
use reports::language::Language;
use reports::record::ReportRecord;
use reports::report::Report;
use reports::repository::KeptReport;

use crate::blocking::blocking;
use crate::error::ApiError;

/// Pages bring their style with them, and ask nobody for anything.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// A form of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// For programs.
    Json,
    /// For people who look.
    Html,
    /// For people who copy.
    Markdown,
}

impl ReportFormat {
    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
        }
    }

    /// The form of that media type, without its parameters.
    fn of_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            "text/html" | "text/*" => Some(Self::Html),
            "text/markdown" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// The form that a request asks for: by the parameter, else the heaviest of `Accept`, of equal ones the first; JSON where nothing fits.
///
/// # Errors
/// A 400 that names `format`.
pub(crate) fn format(request: &HttpRequest, parameter: Option<&str>) -> Result<ReportFormat, Problem> {
    match parameter {
        Some("json") => Ok(ReportFormat::Json),
        Some("html") => Ok(ReportFormat::Html),
        Some("md") => Ok(ReportFormat::Markdown),
        Some(other) => Err(Problem::invalid("format", format!("It has to be json, html or md, not `{other}`."))),
        None => Ok(accepted(&header(request.headers(), ACCEPT))),
    }
}

fn accepted(accept: &str) -> ReportFormat {
    let mut best: Option<(f32, ReportFormat)> = None;
    for part in accept.split(',').take(100) {
        let mut parameters = part.split(';').map(str::trim);
        let media_type = parameters.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parameters.find_map(|parameter| parameter.strip_prefix("q="));
        let weight: f32 = weight.map_or(Some(1.0), |weight| weight.parse().ok()).unwrap_or(0.0);
        let Some(format) = ReportFormat::of_media_type(&media_type) else { continue };
        if weight > 0.0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
            best = Some((weight, format));
        }
    }
    best.map_or(ReportFormat::Json, |(_, format)| format)
}

/// The language that a request asks for.
pub(crate) fn asked_language(request: &HttpRequest) -> Language {
    Language::accepted(Some(&header(request.headers(), ACCEPT_LANGUAGE)))
}

/// The values of a header, as one; what is no text is left out.
fn header(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get_all(name).filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",")
}

/// A report that was just made.
///
/// # Errors
/// Only where the pool of threads is gone.
pub(crate) async fn answer(report: Report, language: Language, format: ReportFormat) -> Result<HttpResponse, ApiError> {
    let body = blocking(move || {
        Ok::<_, ApiError>(match format {
            ReportFormat::Json => report.json(),
            ReportFormat::Html => report.html(),
            ReportFormat::Markdown => report.markdown(),
        })
    });
    Ok(response(body.await?, language, format))
}

/// A report that was kept.
///
/// # Errors
/// A 500 where it cannot be read.
pub(crate) async fn kept_answer(kept: KeptReport, format: ReportFormat) -> Result<HttpResponse, ApiError> {
    let KeptReport { record: ReportRecord { language, shelf, .. }, body } = kept;
    if format == ReportFormat::Json {
        return Ok(response(body, language, format));
    }
    let report = Report::read(shelf.version, &body).map_err(|error| ApiError::internal(&error))?;
    answer(report, language, format).await
}

fn response(body: String, language: Language, format: ReportFormat) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type(format.content_type());
    response.insert_header((CONTENT_LANGUAGE, language.tag()));
    response.insert_header((VARY, "Accept, Accept-Language"));
    if format == ReportFormat::Html {
        response.insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY));
    }
    response.body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_form_that_is_there_is_taken() {
        for (accept, expected) in [
            ("", ReportFormat::Json),
            ("*/*", ReportFormat::Json),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ReportFormat::Html),
            ("application/json, text/html", ReportFormat::Json),
            ("application/json;q=0.5, text/markdown", ReportFormat::Markdown),
            ("TEXT/HTML; charset=utf-8; q=0.2, application/json;q=0.1", ReportFormat::Html),
            ("text/html;q=0", ReportFormat::Json),
            ("text/html;q=x, image/png", ReportFormat::Json),
        ] {
            assert_eq!(accepted(accept), expected, "{accept}");
        }
    }
}
