//! Points of an agent's metrics.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use insights_core::time::to_microseconds;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::Rejection;
use crate::event::digest;
use crate::event::{origin_of, session_id_of};
use crate::model::Origin;
use crate::values::{Attributes, clip};

/// What a point counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// Sessions that began.
    Sessions,
    /// Lines of code; attribute `type`.
    LinesOfCode,
    /// Pull requests.
    PullRequests,
    /// Commits.
    Commits,
    /// US dollars.
    Cost,
    /// Tokens; attribute `type`.
    Tokens,
    /// Decisions about edits; attributes `decision`, `tool_name`, `language`.
    EditDecisions,
    /// Seconds of work; attribute `type`.
    ActiveTime,
}

impl MetricKind {
    /// The kind of a metric of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "claude_code.session.count" => Self::Sessions,
            "claude_code.lines_of_code.count" => Self::LinesOfCode,
            "claude_code.pull_request.count" => Self::PullRequests,
            "claude_code.commit.count" => Self::Commits,
            "claude_code.cost.usage" => Self::Cost,
            "claude_code.token.usage" => Self::Tokens,
            "claude_code.code_edit_tool.decision" => Self::EditDecisions,
            "claude_code.active_time.total" => Self::ActiveTime,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::LinesOfCode => "lines_of_code",
            Self::PullRequests => "pull_requests",
            Self::Commits => "commits",
            Self::Cost => "cost",
            Self::Tokens => "tokens",
            Self::EditDecisions => "edit_decisions",
            Self::ActiveTime => "active_time",
        }
    }
}

/// What a point's value is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Temporality {
    /// From the point before.
    Delta,
    /// From the start of its series.
    Cumulative,
}

impl Temporality {
    /// As OTLP numbers them: 1 and 2.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Delta),
            2 => Some(Self::Cumulative),
            _ => None,
        }
    }
}

/// A point of one of an agent's metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TelemetryMetric {
    /// The session, `session.id`.
    pub session_id: String,
    /// What it counts.
    pub kind: MetricKind,
    /// What from.
    pub temporality: Temporality,
    /// From when on.
    pub start: Option<DateTime<Utc>>,
    /// Until when.
    pub time: DateTime<Utc>,
    /// How much.
    pub value: f64,
    /// The other attributes that tell series apart, as texts.
    pub attributes: BTreeMap<String, String>,
    /// Who and what sent it.
    #[serde(default)]
    pub origin: Origin,
}

/// A number of a metric, as a record has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointValue {
    /// From when on.
    pub start: Option<DateTime<Utc>>,
    /// Until when.
    pub time: DateTime<Utc>,
    /// What it is counted from.
    pub temporality: Temporality,
    /// How much.
    pub value: f64,
}

impl TelemetryMetric {
    /// The point of a metric of that name; `None` where it is none of a coding agent's.
    ///
    /// # Errors
    /// [`Rejection`], where it is an agent's and does not say of which session, or its value is no finite number from 0 on.
    pub fn read(name: &str, point: PointValue, attributes: &Map<String, Value>) -> Result<Option<Self>, Rejection> {
        /// Attributes that say who sent it, or what is in fields of their own.
        const NOT_OF_SERIES: [&str; 11] = [
            "session.id",
            "user.email",
            "user.account_uuid",
            "user.account_id",
            "user.id",
            "organization.id",
            "app.version",
            "app.entrypoint",
            "terminal.type",
            "workspace.host_paths",
            "prompt.id",
        ];
        let Some(kind) = MetricKind::from_name(name) else { return Ok(None) };
        let read = Attributes(attributes);
        let session_id = session_id_of(read, name)?;
        if !point.value.is_finite() || point.value < 0.0 {
            return Err(Rejection {
                reason: format!("{name} has the value {}; it has to be 0 or greater", point.value),
            });
        }
        let text = |value: &Value| match value {
            Value::String(text) => clip(text, 200),
            other => clip(&other.to_string(), 200),
        };
        let others = attributes.iter().filter(|(key, _)| !NOT_OF_SERIES.contains(&key.as_str())).take(50);
        Ok(Some(Self {
            session_id,
            kind,
            temporality: point.temporality,
            start: point.start.map(to_microseconds),
            time: to_microseconds(point.time),
            value: point.value,
            attributes: others.map(|(key, value)| (clip(key, 200), text(value))).collect(),
            origin: origin_of(read),
        }))
    }

    /// One of its attributes.
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }

    /// The same for all points that are counted together: kind, attributes, and for cumulative ones also their start.
    pub fn series(&self) -> String {
        let start = match self.temporality {
            Temporality::Delta => None,
            Temporality::Cumulative => self.start,
        };
        let start = start.map(|start| start.timestamp_micros().to_string()).unwrap_or_default();
        let mut parts = vec![self.session_id.as_str(), self.kind.name(), &start];
        parts.extend(self.attributes.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]));
        digest(&parts)
    }

    /// The same for the same point, however often it is sent.
    pub fn dedup_key(&self) -> String {
        let micros = |time: DateTime<Utc>| time.timestamp_micros().to_string();
        let start = self.start.map(micros).unwrap_or_default();
        digest(&[&self.series(), &start, &micros(self.time), &self.value.to_bits().to_string()])
    }
}

/// How much a point added, and from when on it did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Increase<'a> {
    /// The point.
    pub point: &'a TelemetryMetric,
    /// Begin of the time in which it was added.
    pub from: DateTime<Utc>,
    /// How much.
    pub value: f64,
}

/// What points add: delta ones themselves, of cumulative ones what each is more than the one before it of its series. One that is less began anew.
pub fn increases(points: &[TelemetryMetric]) -> Vec<Increase<'_>> {
    let mut by_time: Vec<&TelemetryMetric> = points.iter().collect();
    by_time.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.value.total_cmp(&b.value)));
    let mut last: BTreeMap<String, (DateTime<Utc>, f64)> = BTreeMap::new();
    let mut all = Vec::with_capacity(by_time.len());
    for point in by_time {
        let begin = point.start.unwrap_or(point.time);
        let (from, value) = match point.temporality {
            Temporality::Delta => (begin, point.value),
            Temporality::Cumulative => {
                let before = last.insert(point.series(), (point.time, point.value));
                let (from, base) = before.unwrap_or((begin, 0.0));
                (from, if point.value < base { point.value } else { point.value - base })
            }
        };
        all.push(Increase { point, from, value });
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use test_support::builders::at;

    use super::*;

    fn point(temporality: Temporality, start: i64, time: i64, value: f64, kind: &str) -> TelemetryMetric {
        let attributes = json!({"session.id": "s", "type": kind, "user.email": "a@example.com"});
        let value = PointValue { start: Some(at(start)), time: at(time), temporality, value };
        TelemetryMetric::read("claude_code.lines_of_code.count", value, attributes.as_object().unwrap())
            .unwrap()
            .unwrap()
    }

    #[test]
    fn cumulative_points_are_differenced_by_series_and_start() {
        use Temporality::{Cumulative, Delta};
        let points = [
            point(Cumulative, 0, 20, 8.0, "added"),
            point(Cumulative, 0, 10, 5.0, "added"),
            point(Cumulative, 0, 20, 2.0, "removed"),
            point(Cumulative, 30, 40, 4.0, "added"),
            point(Cumulative, 0, 50, 3.0, "removed"),
            point(Delta, 0, 10, 5.0, "added"),
            point(Delta, 10, 20, 5.0, "added"),
        ];
        let sum = |temporality, kind: &str| -> f64 {
            let of = |increase: &&Increase<'_>| {
                increase.point.temporality == temporality && increase.point.attribute("type") == Some(kind)
            };
            increases(&points).iter().filter(of).map(|increase| increase.value).sum()
        };
        assert_eq!((sum(Cumulative, "added"), sum(Cumulative, "removed"), sum(Delta, "added")), (12.0, 3.0, 10.0));
        let second = increases(&points).into_iter().find(|increase| increase.point.value == 8.0).unwrap();
        assert_eq!((second.from, second.value), (at(10), 3.0));
    }

    #[test]
    fn other_metrics_and_wrong_points_are_told_apart() {
        let value = PointValue { start: None, time: at(0), temporality: Temporality::Delta, value: 1.0 };
        let map = json!({"session.id": "s"});
        let map = map.as_object().unwrap();
        assert_eq!(TelemetryMetric::read("http.requests", value, map), Ok(None));
        assert!(TelemetryMetric::read("claude_code.commit.count", value, &Map::new()).is_err());
        for wrong in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(
                TelemetryMetric::read("claude_code.commit.count", PointValue { value: wrong, ..value }, map).is_err()
            );
        }
    }

    #[test]
    fn the_same_point_has_the_same_key() {
        let one = point(Temporality::Delta, 0, 10, 5.0, "added");
        assert_eq!(one.dedup_key(), one.clone().dedup_key());
        assert_ne!(one.dedup_key(), point(Temporality::Delta, 0, 11, 5.0, "added").dedup_key());
        assert_ne!(one.dedup_key(), point(Temporality::Delta, 0, 10, 5.0, "removed").dedup_key());
    }
}
