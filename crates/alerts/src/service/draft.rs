//! What alerts are written with, and the rules that they keep.

use chrono::{DateTime, Utc};
use insights_core::activity::diff::FieldPair;
use insights_core::ids::{IdSource, InsightId, UserId};
use insights_core::problem::Problem;
use insights_core::text::check_length;
use serde_json::{Value, json};

use crate::destination::{self, AddressPolicy, Destination};
use crate::detector::Detector;
use crate::model::{AlertConfig, AlertSettings, CalculationInterval, Condition, MAX_NAME_CHARACTERS, MAX_SUBSCRIBERS};
use crate::snooze;
use crate::threshold::{Threshold, ThresholdDraft, ThresholdType};
use crate::trend::WatchedTrend;

/// What of an alert is to change, as clients send it. `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertPatch {
    /// See [`AlertSettings::insight`].
    pub insight: Option<InsightId>,
    /// See [`AlertSettings::name`].
    pub name: Option<String>,
    /// See [`AlertSettings::subscribed_users`].
    pub subscribed_users: Option<Vec<i64>>,
    /// See [`ThresholdDraft::read`].
    pub threshold: Option<Value>,
    /// See [`Condition::read`].
    pub condition: Option<Value>,
    /// See [`AlertConfig::read`].
    pub config: Option<Value>,
    /// See [`Detector::read`].
    pub detector_config: Option<Value>,
    /// See [`CalculationInterval::read`].
    pub calculation_interval: Option<String>,
    /// See [`AlertSettings::skip_weekend`].
    pub skip_weekend: Option<bool>,
    /// See [`AlertSettings::enabled`].
    pub enabled: Option<bool>,
    /// See [`snooze::read`].
    pub snoozed_until: Option<Value>,
    /// See [`destination::read`].
    pub destinations: Option<Value>,
    /// Hours to check at: there are none, so that anything but null is refused.
    pub schedule_restriction: Option<Value>,
    /// Whether an agent looks into what fires: there is none, so that true is refused.
    pub investigation_agent_enabled: Option<bool>,
}

impl AlertSettings {
    /// What an alert on that insight has where nothing is said.
    pub(super) fn blank(insight: InsightId) -> Self {
        Self {
            insight,
            name: String::new(),
            subscribed_users: Vec::new(),
            destinations: Vec::new(),
            threshold: None,
            condition: None,
            config: None,
            detector: None,
            calculation_interval: CalculationInterval::default(),
            skip_weekend: false,
            enabled: true,
            snoozed_until: None,
        }
    }
}

impl AlertPatch {
    /// `old` with what changes. What fields mean together is not looked at yet: see [`check`].
    pub(super) fn apply(
        &self,
        old: &AlertSettings,
        addresses: AddressPolicy,
        ids: &dyn IdSource,
        now: DateTime<Utc>,
    ) -> Result<AlertSettings, Problem> {
        let mut settings = old.clone();
        settings.insight = self.insight.unwrap_or(old.insight);
        if let Some(name) = &self.name {
            check_length("name", name, MAX_NAME_CHARACTERS)?;
            settings.name.clone_from(name);
        }
        if let Some(users) = &self.subscribed_users {
            settings.subscribed_users = users.iter().copied().map(UserId).collect();
            settings.subscribed_users.sort_unstable();
            settings.subscribed_users.dedup();
            if settings.subscribed_users.len() > MAX_SUBSCRIBERS {
                let detail = format!("Ensure this field has no more than {MAX_SUBSCRIBERS} elements.");
                return Err(Problem::invalid("subscribed_users", detail));
            }
        }
        if let Some(threshold) = &self.threshold {
            let draft = ThresholdDraft::read(threshold)?;
            settings.threshold = draft.map(|draft| changed_threshold(draft, old.threshold.as_ref(), ids, now));
        }
        if let Some(condition) = &self.condition {
            settings.condition = Condition::read(condition)?;
        }
        if let Some(config) = &self.config {
            settings.config = AlertConfig::read(config)?;
        }
        if let Some(detector) = &self.detector_config {
            settings.detector = Detector::read(detector)?;
        }
        if let Some(interval) = &self.calculation_interval {
            settings.calculation_interval = CalculationInterval::read(interval)?;
        }
        settings.skip_weekend = self.skip_weekend.unwrap_or(old.skip_weekend);
        settings.enabled = self.enabled.unwrap_or(old.enabled);
        if let Some(until) = &self.snoozed_until {
            settings.snoozed_until = snooze::read(until, now)?;
        }
        if let Some(destinations) = &self.destinations {
            settings.destinations = destination::read(destinations, &old.destinations, addresses, ids)?;
        }
        self.refuse_what_there_is_not()?;
        Ok(settings)
    }

    /// Silence would let people count on what is never done. Clients that send back what they got are let be.
    fn refuse_what_there_is_not(&self) -> Result<(), Problem> {
        if self.schedule_restriction.as_ref().is_some_and(|restriction| !restriction.is_null()) {
            let detail = "Alerts are checked at all hours here: leave this out or send null. See skip_weekend.";
            return Err(Problem::invalid("schedule_restriction", detail));
        }
        if self.investigation_agent_enabled == Some(true) {
            let detail = "There is no investigation agent here: leave this out or send false.";
            return Err(Problem::invalid("investigation_agent_enabled", detail));
        }
        Ok(())
    }
}

fn changed_threshold(
    draft: ThresholdDraft,
    old: Option<&Threshold>,
    ids: &dyn IdSource,
    now: DateTime<Utc>,
) -> Threshold {
    let name = draft.name.or_else(|| old.map(|old| old.name.clone())).unwrap_or_default();
    let (id, created_at) = old.map_or_else(|| (ids.uuid(), now), |old| (old.id, old.created_at));
    Threshold { id, created_at, name, configuration: draft.configuration }
}

/// What fields mean together, and on that trend.
pub(super) fn check(settings: &AlertSettings, trend: &WatchedTrend) -> Result<(), Problem> {
    let config = settings.effective_config();
    trend.require_series(config.series_index, "config")?;
    if settings.detector.is_some() {
        return trend.require_time_series();
    }
    let threshold = settings.threshold.as_ref().ok_or_else(|| Problem::required("threshold"))?.configuration;
    let condition = settings.effective_condition();
    if condition == Condition::AbsoluteValue && threshold.r#type == ThresholdType::Percentage {
        let detail = "Absolute value alerts require an absolute threshold, but a percentage threshold was configured";
        return Err(Problem::invalid("threshold", detail));
    }
    if condition != Condition::AbsoluteValue && !trend.is_time_series {
        let detail = "Relative alerts need numbers over time, and this insight shows one number for its whole range";
        return Err(Problem::invalid("condition", detail));
    }
    let looks_up = matches!(condition, Condition::AbsoluteValue | Condition::RelativeIncrease);
    if config.check_ongoing_interval && looks_up && threshold.bounds.upper.is_none() {
        let detail = "check_ongoing_interval needs an upper threshold: an interval that is still running may yet rise above a lower one";
        return Err(Problem::invalid("config", detail));
    }
    Ok(())
}

/// The fields that the log tells of.
pub(super) fn pairs(old: &AlertSettings, new: &AlertSettings) -> Vec<FieldPair> {
    let threshold = |settings: &AlertSettings| {
        let threshold = settings.threshold.as_ref();
        threshold.map(|threshold| json!({ "name": threshold.name, "configuration": threshold.configuration }))
    };
    let config = |settings: &AlertSettings| {
        let config = settings.config;
        config.map(|config| {
            json!({ "series_index": config.series_index, "check_ongoing_interval": config.check_ongoing_interval })
        })
    };
    let users = |settings: &AlertSettings| json!(settings.subscribed_users);
    vec![
        FieldPair::column("name", old.name.clone(), new.name.clone()),
        FieldPair::column("insight", old.insight.0, new.insight.0),
        FieldPair::relation("subscribed_users", users(old), users(new)),
        FieldPair::relation("destinations", shown(&old.destinations), shown(&new.destinations)),
        FieldPair::column("threshold", json!(threshold(old)), json!(threshold(new))),
        FieldPair::column("condition", json!(old.condition), json!(new.condition)),
        FieldPair::column("config", json!(config(old)), json!(config(new))),
        FieldPair::column("detector_config", json!(old.detector), json!(new.detector)),
        FieldPair::column("calculation_interval", old.calculation_interval.name(), new.calculation_interval.name()),
        FieldPair::column("skip_weekend", old.skip_weekend, new.skip_weekend),
        FieldPair::column("enabled", old.enabled, new.enabled),
        FieldPair::column("snoozed_until", json!(old.snoozed_until), json!(new.snoozed_until)),
    ]
}

/// Destinations as the log shows them. Two addresses of one host are told apart by their ids.
fn shown(destinations: &[Destination]) -> Value {
    let shown = destinations
        .iter()
        .map(|destination| json!({ "id": destination.id, "type": destination.kind, "url": destination.url.shown() }));
    shown.collect()
}
