//! Parameters and records of reports as clients write and read them.

use chrono::{DateTime, Utc};
use insights_core::problem::Problem;
use reports::record::{ReportId, ReportRecord};
use reports::service::{DEFAULT_HISTORY, MAX_HISTORY};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::wire::Timestamp;

/// Which report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportParams {
    /// Any tag of at most 100 characters. Default: `personal`.
    pub(crate) scope: Option<String>,
    /// Only reports whose period ends after that instant, RFC 3339.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Only reports whose period begins before that instant, RFC 3339.
    pub(crate) to: Option<DateTime<Utc>>,
    /// `json`, `html` or `md`. Default: what `Accept` prefers.
    pub(crate) format: Option<String>,
}

/// Which report to make.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GenerateParams {
    /// Any tag of at most 100 characters, kept with the report. Default: `personal`.
    pub(crate) scope: Option<String>,
    /// Where its period begins, RFC 3339. Default: 30 days before `to`. At most 366 days before it.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Where its period ends, RFC 3339. Default: now.
    pub(crate) to: Option<DateTime<Utc>>,
    /// `json`, `html` or `md`. Default: what `Accept` prefers.
    pub(crate) format: Option<String>,
    /// `true`: the answer is a 202 with the record, and the report is made meanwhile.
    pub(crate) r#async: Option<String>,
}

/// What a report that is not kept is to be about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuickParams {
    /// Any tag of at most 100 characters, which the report says. Default: `personal`.
    pub(crate) scope: Option<String>,
    /// Where its period begins, RFC 3339. Default: 30 days before `to`. At most 366 days before it.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Where its period ends, RFC 3339. Default: now.
    pub(crate) to: Option<DateTime<Utc>>,
    /// `json`, `html` or `md`. Default: what `Accept` prefers.
    pub(crate) format: Option<String>,
}

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormatParams {
    /// `json`, `html` or `md`. Default: what `Accept` prefers.
    pub(crate) format: Option<String>,
}

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// The tag. Default: `personal`.
    pub(crate) scope: Option<String>,
    /// Most of them, from 1 to 100. Default: 20.
    pub(crate) limit: Option<u32>,
}

/// How many records are asked for.
///
/// # Errors
/// A 400 that names `limit`.
pub(crate) fn history_limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        Some(0) => Err(Problem::invalid("limit", "It has to be 1 or greater.")),
        asked => Ok(asked.unwrap_or(DEFAULT_HISTORY).min(MAX_HISTORY)),
    }
}

/// The report that a path names.
///
/// # Errors
/// A 404 where it can be none.
pub(crate) fn record_id(text: &str) -> Result<ReportId, Problem> {
    Uuid::parse_str(text).map(ReportId).map_err(|_| Problem::not_found())
}

/// Defines the body of a record, and that of a list of them, with names of that case.
macro_rules! record_bodies {
    ($record:ident as $record_schema:ident, $history:ident as $history_schema:ident, $case:literal) => {
        /// That a report was asked for, how far it is, and what came of it.
        #[derive(Debug, Serialize, ToSchema)]
        #[serde(rename_all = $case)]
        #[schema(as = $record_schema)]
        pub(crate) struct $record {
            id: Uuid,
            /// The tag.
            scope: String,
            /// `2.1` or `3.0`.
            version: &'static str,
            /// `running`, `completed`, `failed` or `cancelled`.
            status: &'static str,
            /// What it is written in: `en`, `de`, `es`, `fr`, `pt`, `ja` or `zh`.
            language: &'static str,
            period_start: Timestamp,
            period_end: Timestamp,
            created_at: Timestamp,
            /// When it came to an end, whichever; null until then.
            completed_at: Option<Timestamp>,
            /// Why it failed.
            error: Option<String>,
            /// What it says in one line, once it is completed.
            headline: Option<String>,
        }

        impl From<ReportRecord> for $record {
            fn from(record: ReportRecord) -> Self {
                Self {
                    id: record.id.0,
                    scope: record.scope,
                    version: record.shelf.version.name(),
                    status: record.status.name(),
                    language: record.language.tag(),
                    period_start: Timestamp(record.period.from),
                    period_end: Timestamp(record.period.to),
                    created_at: Timestamp(record.created_at),
                    completed_at: record.completed_at.map(Timestamp),
                    error: record.error,
                    headline: record.headline,
                }
            }
        }

        /// Records of reports.
        #[derive(Debug, Serialize, ToSchema)]
        #[schema(as = $history_schema)]
        pub(crate) struct $history {
            /// The newest first.
            reports: Vec<$record>,
        }

        impl From<Vec<ReportRecord>> for $history {
            fn from(records: Vec<ReportRecord>) -> Self {
                Self { reports: records.into_iter().map($record::from).collect() }
            }
        }
    };
}

record_bodies!(CamelRecordResponse as InsightReportRecord, CamelHistoryResponse as InsightReportHistory, "camelCase");
record_bodies!(SnakeRecordResponse as ScoreReportRecord, SnakeHistoryResponse as ScoreReportHistory, "snake_case");
