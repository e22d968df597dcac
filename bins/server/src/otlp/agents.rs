//! What coding agents tell of their work, on its way to their sessions. What a session has already, it takes no second time.

use std::sync::Arc;

use agent_sessions::event::TelemetryEvent;
use agent_sessions::metric::{PointValue, TelemetryMetric, Temporality as AgentTemporality};
use agent_sessions::model::DeveloperId;
use capture::otlp::metric_request::{MetricKind, MetricPoint, PointValue as Measured, Temporality};
use chrono::{DateTime, Utc};
use insights_core::ids::OrganizationId;
use insights_core::problem::Problem;
use logs::record::{Attributes, LogRecord};
use serde_json::{Map, Value};

use super::sender::Sender;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::agent::developer;

/// Takes in the events among `records` that a coding agent sent.
///
/// # Errors
/// Where they cannot be stored; the client is to send them again.
pub(super) async fn take_events(sender: &Sender, records: &[&LogRecord], state: &AppState) -> Result<(), ApiError> {
    let events: Vec<TelemetryEvent> = records.iter().filter_map(|record| event(record)).collect();
    take(sender, events, Vec::new(), state).await
}

/// Takes in the data points that a coding agent sent; gives how many there were.
///
/// # Errors
/// As of [`take_events`].
pub(super) async fn take_points(sender: &Sender, points: &[MetricPoint], state: &AppState) -> Result<usize, ApiError> {
    let points: Vec<TelemetryMetric> = points.iter().filter_map(point).collect();
    let n_points = points.len();
    take(sender, Vec::new(), points, state).await?;
    Ok(n_points)
}

async fn take(
    sender: &Sender,
    events: Vec<TelemetryEvent>,
    points: Vec<TelemetryMetric>,
    state: &AppState,
) -> Result<(), ApiError> {
    if events.is_empty() && points.is_empty() {
        return Ok(());
    }
    let (sessions, projects) = (state.agent_sessions.clone(), Arc::clone(&state.storage.repositories.projects));
    let known = whose(sender);
    let project = sender.project();
    blocking(move || {
        let (organization, developer) = match known {
            Some((organization, developer)) => (organization, Some(developer)),
            None => {
                let project = projects.get(project)?;
                let project = project.ok_or_else(Problem::not_found)?;
                (project.organization, None)
            }
        };
        sessions.take_in(organization, developer, events, points).map(drop)
    })
    .await
}

/// Whose work it is, by a key. What comes with a project's token is of whom its records name.
fn whose(sender: &Sender) -> Option<(OrganizationId, DeveloperId)> {
    match sender {
        Sender::Token(_) => None,
        Sender::Key(access) => {
            let principal = &access.principal;
            // the organization that the routes of sessions answer about
            let organization = principal.organizations().first().copied().unwrap_or(access.project.organization);
            Some((organization, developer(principal)))
        }
    }
}

fn event(record: &LogRecord) -> Option<TelemetryEvent> {
    let instant = |us: i64| DateTime::<Utc>::from_timestamp_micros(us);
    // a record without an instant of its own has that of its observation
    let time = instant(record.timestamp_us).filter(|_| record.timestamp_us != record.observed_us);
    let event_name = Some(&*record.event_name).filter(|name| !name.is_empty());
    let observed = instant(record.observed_us)?;
    let read = TelemetryEvent::read(time, observed, event_name, Some(&record.body), &map(&record.attributes));
    read.unwrap_or_else(|rejection| {
        tracing::debug!(reason = rejection.reason, "an event of a coding agent is of no session");
        None
    })
}

fn point(point: &MetricPoint) -> Option<TelemetryMetric> {
    let MetricKind::Sum { temporality, .. } = point.kind else { return None };
    let value = match &point.value {
        #[expect(clippy::cast_precision_loss, reason = "counts of tokens and lines are far below 2^53")]
        Measured::Integer(value) => *value as f64,
        Measured::Double(value) => *value,
        Measured::Histogram(_) => return None,
    };
    let value = PointValue {
        start: point.start_us.and_then(DateTime::from_timestamp_micros),
        time: DateTime::from_timestamp_micros(point.time_us)?,
        temporality: match temporality {
            Temporality::Cumulative => AgentTemporality::Cumulative,
            Temporality::Delta | Temporality::Unspecified => AgentTemporality::Delta,
        },
        value,
    };
    TelemetryMetric::read(&point.name, value, &map(&point.attributes)).unwrap_or_else(|rejection| {
        tracing::debug!(reason = rejection.reason, "a data point of a coding agent is of no session");
        None
    })
}

fn map(attributes: &Attributes) -> Map<String, Value> {
    attributes.iter().map(|(key, value)| (key.to_string(), value.clone())).collect()
}
