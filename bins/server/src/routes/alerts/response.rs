//! Alerts as clients see them.

use std::collections::HashMap;

use alerts::check::{Delivered, ToldCheck};
use alerts::delivery::{SigningKeys, Target};
use alerts::destination::{Destination, DestinationKind};
use alerts::detector::Detector;
use alerts::model::{Alert, AlertConfig, Condition};
use alerts::threshold::{Threshold, ThresholdConfiguration};
use insights_core::error::ServiceResult;
use insights_core::ids::InsightId;
use insights_core::insight::Insight;
use insights_core::paging::Paged;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::AppState;
use crate::authors::Authors;
use crate::wire::{Timestamp, UserBasic};

/// An alert.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub(crate) struct AlertResponse {
    id: Uuid,
    created_by: Option<UserBasic>,
    created_at: Timestamp,
    insight: WatchedInsight,
    name: String,
    /// Who is told by e-mail.
    subscribed_users: Vec<UserBasic>,
    /// Where else it is told.
    destinations: Vec<DestinationResponse>,
    threshold: Option<ThresholdBasic>,
    /// `{type}`
    #[schema(value_type = Option<Object>)]
    condition: Option<Condition>,
    /// `Firing`, `Not firing`, `Errored` or `Snoozed`.
    state: &'static str,
    enabled: bool,
    last_notified_at: Option<Timestamp>,
    last_checked_at: Option<Timestamp>,
    next_check_at: Option<Timestamp>,
    /// The last checks, the newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<CheckResponse>>,
    /// How many checks there are by the dates asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    checks_total: Option<u64>,
    config: Option<ConfigResponse>,
    /// `hourly`, `daily`, `weekly` or `monthly`.
    calculation_interval: &'static str,
    snoozed_until: Option<Timestamp>,
    skip_weekend: bool,
    /// The number of the last check.
    last_value: Option<f64>,
    #[schema(value_type = Option<Object>)]
    detector_config: Option<Detector>,
    /// Always null: there are no hours in which checks rest.
    #[schema(value_type = Option<Object>)]
    schedule_restriction: Option<Value>,
    /// Always false, as what goes with it: nothing is looked into by itself.
    investigation_agent_enabled: bool,
    investigation_gates_notifications: bool,
    investigation_inconclusive_action: &'static str,
}

/// The insight that an alert watches.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WatchedInsight {
    id: i64,
    /// Name in addresses.
    short_id: Option<String>,
    name: Option<String>,
    derived_name: Option<String>,
}

/// Somewhere that an alert is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DestinationResponse {
    id: Uuid,
    /// `webhook` or `slack`.
    r#type: &'static str,
    /// The address without its path, which may be a secret.
    url: String,
    /// What requests are signed with; shown once, when the destination is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

/// Bounds, as an alert has them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ThresholdBasic {
    id: Uuid,
    created_at: Timestamp,
    name: String,
    /// `{type: absolute | percentage, bounds: {lower?, upper?}}`
    #[schema(value_type = Object)]
    configuration: ThresholdConfiguration,
}

/// Bounds with the alerts that have them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Threshold)]
pub(crate) struct ThresholdResponse {
    #[serde(flatten)]
    threshold: ThresholdBasic,
    alerts: Vec<AlertResponse>,
}

/// Which of an insight's numbers are watched.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct ConfigResponse {
    r#type: &'static str,
    series_index: usize,
    check_ongoing_interval: bool,
}

/// A check of an alert.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AlertCheck)]
pub(crate) struct CheckResponse {
    id: Uuid,
    created_at: Timestamp,
    calculated_value: Option<f64>,
    state: &'static str,
    /// Whether anybody was to be told.
    targets_notified: bool,
    /// Why it could not be made.
    error: Option<String>,
    /// What breaks the bounds.
    breaches: Vec<String>,
    /// What became of the notifications.
    notifications: Vec<DeliveredResponse>,
    /// What the detector said of the number, where there is one.
    anomaly_scores: Option<Vec<Option<f64>>>,
    triggered_points: Option<Vec<usize>>,
    triggered_dates: Option<Vec<String>>,
    interval: Option<String>,
}

/// What became of a notification.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeliveredResponse {
    id: Uuid,
    /// `email`, `webhook` or `slack`.
    channel: &'static str,
    /// The e-mail address, or the address without its path.
    target: String,
    /// `pending`, `sent` or `failed`.
    state: &'static str,
    attempts: u32,
    last_error: Option<String>,
}

impl AlertResponse {
    /// The form in lists.
    pub(super) fn without_checks(self) -> Self {
        Self { checks: Some(Vec::new()), ..self }
    }

    /// The form with checks.
    pub(super) fn with_checks(self, checks: Paged<CheckResponse>) -> Self {
        Self { checks: Some(checks.items), checks_total: Some(checks.count), ..self }
    }

    /// The form with the keys of the webhooks among `added`.
    pub(super) fn with_keys_of(mut self, added: &[Uuid], keys: &dyn SigningKeys) -> Self {
        for destination in &mut self.destinations {
            if destination.r#type == DestinationKind::Webhook.name() && added.contains(&destination.id) {
                destination.signing_secret = Some(keys.signing_key(destination.id));
            }
        }
        self
    }

    fn new(alert: Alert, insight: Option<&Insight>, authors: &Authors) -> Self {
        let Alert { id, settings, status, created_at, created_by, .. } = alert;
        let subscribed = settings.subscribed_users.iter().filter_map(|user| authors.get(Some(*user)));
        Self {
            id: id.0,
            created_by: authors.get(created_by),
            created_at: Timestamp(created_at),
            insight: WatchedInsight {
                id: settings.insight.0,
                short_id: insight.map(|insight| insight.short_id.0.clone()),
                name: insight.and_then(|insight| insight.fields.name.clone()),
                derived_name: insight.and_then(|insight| insight.fields.derived_name.clone()),
            },
            name: settings.name,
            subscribed_users: subscribed.collect(),
            destinations: settings.destinations.iter().map(DestinationResponse::from).collect(),
            threshold: settings.threshold.map(ThresholdBasic::from),
            condition: settings.condition,
            state: status.state.name(),
            enabled: settings.enabled,
            last_notified_at: status.last_notified_at.map(Timestamp),
            last_checked_at: status.last_checked_at.map(Timestamp),
            next_check_at: status.next_check_at.map(Timestamp),
            checks: None,
            checks_total: None,
            config: settings.config.map(ConfigResponse::from),
            calculation_interval: settings.calculation_interval.name(),
            snoozed_until: settings.snoozed_until.map(Timestamp),
            skip_weekend: settings.skip_weekend,
            last_value: status.last_value,
            detector_config: settings.detector,
            schedule_restriction: None,
            investigation_agent_enabled: false,
            investigation_gates_notifications: false,
            investigation_inconclusive_action: "notify",
        }
    }
}

impl ThresholdResponse {
    pub(super) fn new(threshold: Threshold, alert: AlertResponse) -> Self {
        Self { threshold: ThresholdBasic::from(threshold), alerts: vec![alert] }
    }
}

impl From<Threshold> for ThresholdBasic {
    fn from(threshold: Threshold) -> Self {
        let Threshold { id, created_at, name, configuration } = threshold;
        Self { id, created_at: Timestamp(created_at), name, configuration }
    }
}

impl From<&Destination> for DestinationResponse {
    fn from(destination: &Destination) -> Self {
        let (r#type, url) = (destination.kind.name(), destination.url.shown());
        Self { id: destination.id, r#type, url, signing_secret: None }
    }
}

impl From<AlertConfig> for ConfigResponse {
    fn from(config: AlertConfig) -> Self {
        let AlertConfig { series_index, check_ongoing_interval } = config;
        Self { r#type: "TrendsAlertConfig", series_index, check_ongoing_interval }
    }
}

impl From<ToldCheck> for CheckResponse {
    fn from(told: ToldCheck) -> Self {
        let ToldCheck { check, deliveries } = told;
        let detail = check.detail;
        let anomaly = detail.anomaly.as_ref();
        let triggered = anomaly.filter(|anomaly| anomaly.is_triggered);
        Self {
            id: check.id,
            created_at: Timestamp(check.created_at),
            calculated_value: check.value,
            state: check.state.name(),
            targets_notified: !detail.users.is_empty() || !detail.destinations.is_empty(),
            anomaly_scores: anomaly.map(|anomaly| vec![anomaly.score]),
            triggered_points: anomaly.map(|_| triggered.map(|anomaly| anomaly.position).into_iter().collect()),
            triggered_dates: anomaly.map(|_| triggered.map(|anomaly| anomaly.date.clone()).into_iter().collect()),
            interval: anomaly.map(|anomaly| anomaly.interval.clone()),
            error: detail.error,
            breaches: detail.breaches,
            notifications: deliveries.iter().map(DeliveredResponse::from).collect(),
        }
    }
}

impl From<&Delivered> for DeliveredResponse {
    fn from(delivered: &Delivered) -> Self {
        let (channel, target) = match &delivered.target {
            Target::Email { address } => ("email", address.clone()),
            Target::Destination(destination) => (destination.kind.name(), destination.url.shown()),
        };
        Self {
            id: delivered.id,
            channel,
            target,
            state: delivered.state.name(),
            attempts: delivered.attempts,
            last_error: delivered.last_error.clone(),
        }
    }
}

/// The alerts with their people and insights, in their order, without checks. Blocks.
pub(crate) fn show_alerts(state: &AppState, alerts: Vec<Alert>) -> ServiceResult<Vec<AlertResponse>> {
    let people = alerts.iter().flat_map(|alert| {
        let subscribed = alert.settings.subscribed_users.iter().copied().map(Some);
        subscribed.chain([alert.created_by])
    });
    let authors = Authors::load(&*state.storage.repositories.users, people)?;
    let mut insights: HashMap<InsightId, Insight> = HashMap::new();
    if let Some(first) = alerts.first() {
        let ids: Vec<InsightId> = alerts.iter().map(|alert| alert.settings.insight).collect();
        let found = state.insights.get_batch(first.project, &ids)?;
        insights.extend(found.into_iter().map(|insight| (insight.id, insight)));
    }
    let shown = alerts.into_iter().map(|alert| {
        let insight = insights.get(&alert.settings.insight);
        AlertResponse::new(alert, insight, &authors)
    });
    Ok(shown.collect())
}
