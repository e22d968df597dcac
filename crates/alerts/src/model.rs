//! What an alert is.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::ids::{InsightId, ProjectId, UserId};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::destination::Destination;
use crate::detector::Detector;
use crate::threshold::Threshold;

/// Kind of the thing in the activity log.
pub const SCOPE: &str = "AlertConfiguration";

/// Longest name of an alert or a threshold, in characters.
pub const MAX_NAME_CHARACTERS: usize = 255;

/// Most users that one alert tells.
pub const MAX_SUBSCRIBERS: usize = 100;

/// Most alerts of one project.
pub const MAX_ALERTS: u64 = 1000;

/// Identity of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(pub Uuid);

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A watch over an insight's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its identity.
    pub id: AlertId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change, checks included; a change of an older version is refused.
    pub version: i64,
    /// What people write.
    pub settings: AlertSettings,
    /// What checking makes of it.
    pub status: AlertStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
}

/// What people write of an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertSettings {
    /// The insight whose numbers are watched.
    pub insight: InsightId,
    /// Name for people; may be empty.
    pub name: String,
    /// Who is told by e-mail.
    pub subscribed_users: Vec<UserId>,
    /// Where else it is told.
    pub destinations: Vec<Destination>,
    /// The bounds; there are some wherever there is no detector.
    pub threshold: Option<Threshold>,
    /// What is held against the bounds; [`Condition::AbsoluteValue`] where none is named.
    pub condition: Option<Condition>,
    /// Which of the insight's numbers; those of the first series where nothing is said.
    pub config: Option<AlertConfig>,
    /// Finds anomalies, in place of bounds.
    pub detector: Option<Detector>,
    /// How often it is checked.
    pub calculation_interval: CalculationInterval,
    /// Whether Saturdays and Sundays of the project's zone are left out.
    pub skip_weekend: bool,
    /// Whether it is checked at all.
    pub enabled: bool,
    /// Until when it is left alone.
    pub snoozed_until: Option<DateTime<Utc>>,
}

/// What checking makes of an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertStatus {
    /// What it says now.
    pub state: AlertState,
    /// The number of the last check, where there was one.
    pub last_value: Option<f64>,
    /// When somebody was last told.
    pub last_notified_at: Option<DateTime<Utc>>,
    /// When it was last checked.
    pub last_checked_at: Option<DateTime<Utc>>,
    /// When it is to be checked; at once where there is none.
    pub next_check_at: Option<DateTime<Utc>>,
}

/// What an alert says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertState {
    /// The numbers are where they should not be.
    Firing,
    /// They are where they should be, or nobody has looked yet.
    NotFiring,
    /// The last check could not be made.
    Errored,
    /// It is left alone for a while.
    Snoozed,
}

impl AlertState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Firing, Self::NotFiring, Self::Errored, Self::Snoozed];

    /// The text on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Firing => "Firing",
            Self::NotFiring => "Not firing",
            Self::Errored => "Errored",
            Self::Snoozed => "Snoozed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What is held against the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// The number of an interval.
    AbsoluteValue,
    /// By how much it is above that of the interval before.
    RelativeIncrease,
    /// By how much it is below that of the interval before.
    RelativeDecrease,
}

/// Which of an insight's numbers are watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertConfig {
    /// Position of the series or formula in the query, from 0.
    pub series_index: usize,
    /// Whether the interval that is still running is looked at, and not the last whole one.
    pub check_ongoing_interval: bool,
}

/// The form of [`AlertConfig`] on the wire.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigBody {
    r#type: String,
    series_index: i64,
    check_ongoing_interval: Option<bool>,
}

impl Condition {
    /// Reads `condition`: `{"type": "absolute_value"}` and its like; null for none.
    ///
    /// # Errors
    /// A refusal that names `condition`.
    pub fn read(value: &Value) -> Result<Option<Self>, Problem> {
        read_optional("condition", "Invalid condition", value)
    }
}

impl AlertConfig {
    /// Reads `config`: `{"type": "TrendsAlertConfig", "series_index": 0, "check_ongoing_interval": false}`; null for none.
    ///
    /// # Errors
    /// A refusal that names `config`.
    pub fn read(value: &Value) -> Result<Option<Self>, Problem> {
        let Some(body) = read_optional::<ConfigBody>("config", "Invalid config", value)? else { return Ok(None) };
        if body.r#type != "TrendsAlertConfig" {
            let detail = format!("Invalid config: `{}` is not supported, TrendsAlertConfig is", body.r#type);
            return Err(Problem::invalid("config", detail));
        }
        let series_index = usize::try_from(body.series_index)
            .map_err(|_| Problem::invalid("config", "Invalid config: series_index counts from 0"))?;
        Ok(Some(Self { series_index, check_ongoing_interval: body.check_ongoing_interval.unwrap_or(false) }))
    }
}

/// Reads an object that may be null; `what` begins the refusal.
pub(crate) fn read_optional<T: serde::de::DeserializeOwned>(
    attr: &str,
    what: &str,
    value: &Value,
) -> Result<Option<T>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::Object(_) => {
            let read = serde_json::from_value(value.clone());
            read.map(Some).map_err(|error| Problem::invalid(attr, format!("{what}: {error}")))
        }
        _ => Err(Problem::invalid(attr, format!("{what}: an object is needed"))),
    }
}

/// How often an alert is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CalculationInterval {
    /// Every hour.
    Hourly,
    /// Every day.
    #[default]
    Daily,
    /// Every Monday.
    Weekly,
    /// On the first of every month.
    Monthly,
}

impl CalculationInterval {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Hourly, Self::Daily, Self::Weekly, Self::Monthly];

    /// The text on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// The interval of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interval| interval.name() == name)
    }

    /// Reads `calculation_interval`.
    ///
    /// # Errors
    /// A refusal that names the field, for any other text.
    pub fn read(text: &str) -> Result<Self, Problem> {
        Self::from_name(text).ok_or_else(|| Problem {
            code: "invalid_choice",
            ..Problem::invalid("calculation_interval", format!("\"{text}\" is not a valid choice."))
        })
    }
}

impl AlertSettings {
    /// The condition that goes where none is named.
    pub fn effective_condition(&self) -> Condition {
        self.condition.unwrap_or(Condition::AbsoluteValue)
    }

    /// Which numbers are watched, where nothing is said too.
    pub fn effective_config(&self) -> AlertConfig {
        self.config.unwrap_or_default()
    }
}

impl Alert {
    /// Whether it is to be checked at `now`.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.settings.enabled
            && self.settings.snoozed_until.is_none_or(|until| until <= now)
            && self.status.next_check_at.is_none_or(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn states_and_intervals_are_found_by_their_names() {
        assert!(AlertState::ALL.into_iter().all(|state| AlertState::from_name(state.name()) == Some(state)));
        let intervals = CalculationInterval::ALL.into_iter();
        assert!(intervals.clone().all(|one| CalculationInterval::from_name(one.name()) == Some(one)));
        assert_eq!(CalculationInterval::read("yearly").unwrap_err().code, "invalid_choice");
    }

    #[test]
    fn conditions_are_read() {
        let read = |value| Condition::read(&value);
        assert_eq!(read(json!({"type": "relative_increase"})), Ok(Some(Condition::RelativeIncrease)));
        assert_eq!(read(json!(null)), Ok(None));
        for bad in [json!({}), json!({"type": "sideways"}), json!("absolute_value"), json!([])] {
            assert_eq!(read(bad).unwrap_err().attr.as_deref(), Some("condition"));
        }
    }

    #[test]
    fn configs_are_read() {
        let read = |value| AlertConfig::read(&value);
        let whole = json!({"type": "TrendsAlertConfig", "series_index": 2, "check_ongoing_interval": true});
        assert_eq!(read(whole), Ok(Some(AlertConfig { series_index: 2, check_ongoing_interval: true })));
        assert_eq!(read(json!({"type": "TrendsAlertConfig", "series_index": 0})), Ok(Some(AlertConfig::default())));
        for bad in [
            json!({"type": "TrendsAlertConfig"}),
            json!({"type": "TrendsAlertConfig", "series_index": -1}),
            json!({"type": "FunnelsAlertConfig", "series_index": 0}),
            json!({"type": "TrendsAlertConfig", "series_index": 0, "more": 1}),
        ] {
            assert_eq!(read(bad).unwrap_err().attr.as_deref(), Some("config"));
        }
    }
}
