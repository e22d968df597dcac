//! Alerts and checks as rows.

use ::alerts::check::AlertCheck;
use ::alerts::model::{Alert, AlertId, AlertSettings, AlertState, AlertStatus, CalculationInterval};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::ids::{InsightId, ProjectId, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::WHAT;
use crate::failure::{Failure, unreadable};
use crate::schema::{alert_checks, alerts};
use crate::values::{from_json, from_uuid, instant, json_text, stamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = alerts)]
pub(super) struct AlertRow {
    id: String,
    project_id: i64,
    insight_id: i64,
    version: i64,
    name: String,
    subscribed_users: String,
    destinations: String,
    threshold: Option<String>,
    condition: Option<String>,
    config: Option<String>,
    detector: Option<String>,
    calculation_interval: String,
    skip_weekend: bool,
    enabled: bool,
    snoozed_until: Option<NaiveDateTime>,
    state: String,
    last_value: Option<f64>,
    last_notified_at: Option<NaiveDateTime>,
    last_checked_at: Option<NaiveDateTime>,
    next_check_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

impl AlertRow {
    pub(super) fn into_alert(self) -> Result<Alert, Failure> {
        let interval = CalculationInterval::from_name(&self.calculation_interval)
            .ok_or_else(|| unreadable(WHAT, format!("unknown interval {}", self.calculation_interval)))?;
        let settings = AlertSettings {
            insight: InsightId(self.insight_id),
            name: self.name,
            subscribed_users: from_json(WHAT, &self.subscribed_users)?,
            destinations: from_json(WHAT, &self.destinations)?,
            threshold: optional(self.threshold.as_deref())?,
            condition: optional(self.condition.as_deref())?,
            config: optional(self.config.as_deref())?,
            detector: optional(self.detector.as_deref())?,
            calculation_interval: interval,
            skip_weekend: self.skip_weekend,
            enabled: self.enabled,
            snoozed_until: self.snoozed_until.map(instant),
        };
        let status = AlertStatus {
            state: state(&self.state)?,
            last_value: self.last_value,
            last_notified_at: self.last_notified_at.map(instant),
            last_checked_at: self.last_checked_at.map(instant),
            next_check_at: self.next_check_at.map(instant),
        };
        Ok(Alert {
            id: AlertId(from_uuid(WHAT, &self.id)?),
            project: ProjectId(self.project_id),
            version: self.version,
            settings,
            status,
            created_at: instant(self.created_at),
            created_by: self.created_by.map(UserId),
        })
    }
}

fn state(name: &str) -> Result<AlertState, Failure> {
    AlertState::from_name(name).ok_or_else(|| unreadable(WHAT, format!("unknown state {name}")))
}

fn optional<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, Failure> {
    text.map(|text| from_json(WHAT, text)).transpose()
}

fn optional_text<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.map(json_text)
}

/// What an alert is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = alerts, treat_none_as_default_value = false)]
pub(super) struct NewAlertRow {
    id: String,
    project_id: i64,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedAlertRow,
}

impl NewAlertRow {
    pub(super) fn new(alert: &Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            project_id: alert.project.0,
            created_at: stamp(alert.created_at),
            created_by: alert.created_by.map(|user| user.0),
            changeable: ChangedAlertRow::of_version(alert, 1),
        }
    }
}

/// What every change of an alert writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = alerts, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ChangedAlertRow {
    insight_id: i64,
    version: i64,
    name: String,
    subscribed_users: String,
    destinations: String,
    threshold: Option<String>,
    condition: Option<String>,
    config: Option<String>,
    detector: Option<String>,
    calculation_interval: String,
    skip_weekend: bool,
    enabled: bool,
    snoozed_until: Option<NaiveDateTime>,
    state: String,
    last_value: Option<f64>,
    last_notified_at: Option<NaiveDateTime>,
    last_checked_at: Option<NaiveDateTime>,
    next_check_at: Option<NaiveDateTime>,
}

impl ChangedAlertRow {
    pub(super) fn of_version(alert: &Alert, version: i64) -> Self {
        let Alert { settings, status, .. } = alert;
        Self {
            insight_id: settings.insight.0,
            version,
            name: settings.name.clone(),
            subscribed_users: json_text(&settings.subscribed_users),
            destinations: json_text(&settings.destinations),
            threshold: optional_text(settings.threshold.as_ref()),
            condition: optional_text(settings.condition.as_ref()),
            config: optional_text(settings.config.as_ref()),
            detector: optional_text(settings.detector.as_ref()),
            calculation_interval: settings.calculation_interval.name().to_owned(),
            skip_weekend: settings.skip_weekend,
            enabled: settings.enabled,
            snoozed_until: settings.snoozed_until.map(stamp),
            state: status.state.name().to_owned(),
            last_value: status.last_value,
            last_notified_at: status.last_notified_at.map(stamp),
            last_checked_at: status.last_checked_at.map(stamp),
            next_check_at: status.next_check_at.map(stamp),
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_checks, treat_none_as_default_value = false)]
pub(super) struct CheckRow {
    id: String,
    alert_id: String,
    created_at: NaiveDateTime,
    value: Option<f64>,
    state: String,
    detail: String,
}

impl CheckRow {
    pub(super) fn new(check: &AlertCheck) -> Self {
        Self {
            id: check.id.to_string(),
            alert_id: check.alert.to_string(),
            created_at: stamp(check.created_at),
            value: check.value,
            state: check.state.name().to_owned(),
            detail: json_text(&check.detail),
        }
    }

    pub(super) fn into_check(self) -> Result<AlertCheck, Failure> {
        Ok(AlertCheck {
            id: from_uuid(WHAT, &self.id)?,
            alert: AlertId(from_uuid(WHAT, &self.alert_id)?),
            created_at: instant(self.created_at),
            value: self.value,
            state: state(&self.state)?,
            detail: from_json(WHAT, &self.detail)?,
        })
    }
}
