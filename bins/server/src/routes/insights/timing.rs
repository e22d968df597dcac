//! How long people waited for insights, as their clients measured it.

use insights_core::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::metrics::WaitedFor;

/// Longest wait that is believed, in milliseconds: a day.
const MAX_WAIT_MS: f64 = 86_400_000.0;

/// What a client measured. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = InsightTiming)]
pub(super) struct TimingRequest {
    /// Milliseconds from the question until its answer was seen.
    time_to_see_data_ms: f64,
    /// `dashboard_load`, `insight_load`, or anything else.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// `success`, `failure` or `cancelled`; success where absent.
    status: Option<String>,
}

impl TimingRequest {
    /// The wait in seconds, and what it was for.
    pub(super) fn check(&self) -> Result<(f64, WaitedFor), Problem> {
        if !(0.0..=MAX_WAIT_MS).contains(&self.time_to_see_data_ms) {
            let detail = format!("Ensure this value is between 0 and {MAX_WAIT_MS} ms.");
            return Err(Problem::invalid("time_to_see_data_ms", detail));
        }
        // only known words become labels: each other one would be a series of its own, for ever
        let what = match self.kind.as_deref() {
            Some("dashboard_load") => "dashboard_load",
            Some("insight_load") => "insight_load",
            _ => "other",
        };
        let status = match self.status.as_deref() {
            None | Some("success") => "success",
            Some("cancelled") => "cancelled",
            Some("failure") => "failure",
            Some(other) => return Err(Problem::invalid_choice("status", other)),
        };
        Ok((self.time_to_see_data_ms / 1000.0, WaitedFor { what, status }))
    }
}
