//! What metrics measured of a session, and when.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::metric::{Increase, MetricKind, TelemetryMetric, increases};
use crate::model::{Decisions, Lines, ModelUse, Tokens};
use crate::values::{cost, whole};

/// What was measured, each with the begin of the time that it was measured in.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// Lines, where they were measured at all.
    pub(super) lines: Option<Vec<(DateTime<Utc>, Lines)>>,
    /// Seconds of work, where they were measured at all.
    pub(super) active: Option<Vec<(DateTime<Utc>, f64)>>,
    /// Commits.
    pub(super) commits: Vec<(DateTime<Utc>, u64)>,
    pub(super) pull_requests: u64,
    pub(super) decisions: Option<Decisions>,
    pub(super) languages: BTreeMap<String, u64>,
    pub(super) models: BTreeMap<String, ModelUse>,
}

impl Measured {
    pub(super) fn of(points: &[TelemetryMetric]) -> Self {
        let mut all = Self::default();
        for increase in increases(points) {
            all.take(&increase);
        }
        all
    }

    fn take(&mut self, increase: &Increase<'_>) {
        let Increase { point, from, value } = *increase;
        let count = whole(value).unwrap_or(0);
        let kind = point.attribute("type");
        match point.kind {
            MetricKind::Sessions => {}
            MetricKind::LinesOfCode => {
                let lines = match kind {
                    Some("added") => Lines { added: count, ..Lines::default() },
                    Some("removed") => Lines { removed: count, ..Lines::default() },
                    _ => return,
                };
                self.lines.get_or_insert_default().push((from, lines));
            }
            MetricKind::PullRequests => self.pull_requests += count,
            MetricKind::Commits => self.commits.push((from, count)),
            MetricKind::Cost => self.model(point).cost += cost(value).unwrap_or_default(),
            MetricKind::Tokens => {
                let tokens = match kind {
                    Some("input") => Tokens { input: count, ..Tokens::default() },
                    Some("output") => Tokens { output: count, ..Tokens::default() },
                    Some("cacheRead") => Tokens { cache_read: count, ..Tokens::default() },
                    Some("cacheCreation") => Tokens { cache_creation: count, ..Tokens::default() },
                    _ => return,
                };
                self.model(point).tokens += tokens;
            }
            MetricKind::EditDecisions => {
                let decisions = self.decisions.get_or_insert_default();
                if point.attribute("decision") == Some("reject") {
                    decisions.rejected += count;
                    return;
                }
                decisions.accepted += count;
                if let Some(language) = point.attribute("language").filter(|language| *language != "unknown") {
                    *self.languages.entry(language.to_owned()).or_default() += count;
                }
            }
            MetricKind::ActiveTime => {
                if kind == Some("cli") {
                    self.active.get_or_insert_default().push((from, value));
                }
            }
        }
    }

    fn model(&mut self, point: &TelemetryMetric) -> &mut ModelUse {
        let name = point.attribute("model").unwrap_or("unknown");
        let used = self.models.entry(name.to_owned()).or_default();
        name.clone_into(&mut used.model);
        used
    }
}
