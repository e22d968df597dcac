//! The bounds that numbers are held against.

use chrono::{DateTime, Utc};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use insights_core::text::check_length;

use crate::model::MAX_NAME_CHARACTERS;

/// Bounds with a name. A threshold belongs to one alert, and is made and changed with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Its identity.
    pub id: Uuid,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Name for people; may be empty.
    pub name: String,
    /// The bounds.
    pub configuration: ThresholdConfiguration,
}

/// Bounds, and how they are meant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdConfiguration {
    /// How they are meant.
    pub r#type: ThresholdType,
    /// The bounds.
    pub bounds: Bounds,
}

/// How bounds are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdType {
    /// In the unit of the numbers.
    Absolute,
    /// As fractions of the number of the interval before: 0.5 is 50 %.
    Percentage,
}

/// What numbers should not leave. At least one of the two is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Nothing below this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Nothing above this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
}

/// What a threshold is written with.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdDraft {
    /// See [`Threshold::name`]; `None` leaves what there is.
    pub name: Option<String>,
    /// See [`Threshold::configuration`].
    pub configuration: ThresholdConfiguration,
}

/// The form on the wire. What else clients send back of a threshold (`id`, `created_at`, `alerts`) is passed over.
#[derive(Deserialize)]
struct DraftBody {
    name: Option<String>,
    configuration: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigurationBody {
    r#type: ThresholdType,
    bounds: Option<Bounds>,
}

impl ThresholdDraft {
    /// Reads `threshold`: `{"name": "", "configuration": {"type": "absolute", "bounds": {"lower": 1, "upper": 100}}}`. Null and `{}` stand for none.
    ///
    /// # Errors
    /// A refusal that names the field.
    pub fn read(value: &Value) -> Result<Option<Self>, Problem> {
        if value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(None);
        }
        let body = serde_json::from_value::<DraftBody>(value.clone())
            .map_err(|error| Problem::invalid("threshold", format!("Invalid threshold: {error}")))?;
        if let Some(name) = &body.name {
            check_length("threshold__name", name, MAX_NAME_CHARACTERS)?;
        }
        let configuration = body.configuration.ok_or_else(|| Problem::required("threshold__configuration"))?;
        Ok(Some(Self { name: body.name, configuration: ThresholdConfiguration::read(&configuration)? }))
    }
}

impl ThresholdConfiguration {
    /// Reads `configuration` of a threshold.
    ///
    /// # Errors
    /// A refusal that names the field.
    pub fn read(value: &Value) -> Result<Self, Problem> {
        let refuse = |detail: String| Problem::invalid("threshold__configuration", detail);
        let body = serde_json::from_value::<ConfigurationBody>(value.clone())
            .map_err(|error| refuse(format!("Invalid threshold configuration: {error}")))?;
        let bounds = body.bounds.unwrap_or_default();
        match (bounds.lower, bounds.upper) {
            (None, None) => Err(refuse("At least one threshold bound (lower or upper) must be provided.".to_owned())),
            (Some(lower), Some(upper)) if lower > upper => {
                Err(refuse("Lower threshold must be less than upper threshold".to_owned()))
            }
            _ => Ok(Self { r#type: body.r#type, bounds }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: Value, expected: &str) {
        let read = match ThresholdDraft::read(&value) {
            Ok(None) => "none".to_owned(),
            Ok(Some(draft)) => serde_json::to_string(&draft.configuration).unwrap(),
            Err(problem) => format!("{}: {}", problem.attr.unwrap(), problem.detail),
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn thresholds_are_read() {
        let of = |configuration: Value| json!({"configuration": configuration});
        check(json!(null), "none");
        check(json!({}), "none");
        check(
            of(json!({"type": "absolute", "bounds": {"lower": 1, "upper": 100}})),
            r#"{"type":"absolute","bounds":{"lower":1.0,"upper":100.0}}"#,
        );
        check(
            of(json!({"type": "percentage", "bounds": {"upper": 0.5, "lower": null}})),
            r#"{"type":"percentage","bounds":{"upper":0.5}}"#,
        );
        check(
            of(json!({"type": "absolute", "bounds": {"lower": 2, "upper": 1}})),
            "threshold__configuration: Lower threshold must be less than upper threshold",
        );
        let none = "threshold__configuration: At least one threshold bound (lower or upper) must be provided.";
        check(of(json!({"type": "absolute", "bounds": {}})), none);
        check(of(json!({"type": "absolute"})), none);
        check(json!({"name": "x"}), "threshold__configuration: This field is required.");
        check(
            of(json!({"type": "relative"})),
            "threshold__configuration: Invalid threshold configuration: unknown variant `relative`, expected `absolute` or `percentage`",
        );
        check(
            of(json!({"type": "absolute", "bounds": {"middle": 1}})),
            "threshold__configuration: Invalid threshold configuration: unknown field `middle`, expected `lower` or `upper`",
        );
        check(json!([1]), "threshold: Invalid threshold: invalid type: integer `1`, expected a string");
    }
}
