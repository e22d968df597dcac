//! How a shared thing is shown.

use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The display settings, each absent until somebody sets it. Serialized as clients and stores have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharingSettings {
    /// Whether details of the query are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed: Option<bool>,
    /// Whether it stays unsaid who made and changed the thing, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_extra_details: Option<bool>,
    /// Whether a legend is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legend: Option<bool>,
    /// Whether the header is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_header: Option<bool>,
    /// Whether the people behind a recording's moments are shown beside it; kept for clients that set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_inspector: Option<bool>,
    /// Whether the server's own name is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whitelabel: Option<bool>,
    /// Light or dark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
}

/// The colours of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As the visitor's system has it.
    System,
}

impl SharingSettings {
    /// Reads what a client sends. Unknown keys and nulls are passed over; `showInspect` is another name of `showInspector`.
    ///
    /// # Errors
    /// A [`Problem`] that names `settings`, where a value is of the wrong type.
    pub fn read(value: &Value) -> Result<Self, Problem> {
        let invalid = |_| Problem::invalid("settings", "Invalid settings format");
        let mut given: Map<String, Value> = serde_json::from_value(value.clone()).map_err(invalid)?;
        given.retain(|_, value| !value.is_null());
        if let Some(flag) = given.remove("showInspect") {
            given.entry("showInspector").or_insert(flag);
        }
        serde_json::from_value(Value::Object(given)).map_err(invalid)
    }

    /// The settings as a JSON object without those that are absent.
    pub fn to_value(self) -> Value {
        serde_json::to_value(self).expect("flags can be written as JSON")
    }

    /// The flags that are on, by their names on the wire.
    pub fn flags(self) -> impl Iterator<Item = &'static str> {
        let flags = [
            ("whitelabel", self.whitelabel),
            ("noHeader", self.no_header),
            ("showInspector", self.show_inspector),
            ("legend", self.legend),
            ("detailed", self.detailed),
            ("hideExtraDetails", self.hide_extra_details),
        ];
        flags.into_iter().filter(|(_, flag)| *flag == Some(true)).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(given: Value, expected: Value) {
        assert_eq!(SharingSettings::read(&given).unwrap().to_value(), expected);
    }

    #[test]
    fn known_settings_are_kept() {
        check(json!({}), json!({}));
        check(json!({"legend": false, "theme": "dark"}), json!({"legend": false, "theme": "dark"}));
        check(
            json!({"whitelabel": true, "hideExtraDetails": true}),
            json!({"hideExtraDetails": true, "whitelabel": true}),
        );
        check(json!({"noHeader": null, "unknown": 3, "theme": null}), json!({}));
        check(json!({"showInspect": true}), json!({"showInspector": true}));
        check(json!({"showInspect": true, "showInspector": false}), json!({"showInspector": false}));
    }

    #[test]
    fn other_types_are_refused() {
        for given in [
            json!([]),
            json!("x"),
            json!(1),
            json!({"legend": "perhaps"}),
            json!({"theme": "pink"}),
            json!({"theme": true}),
        ] {
            let problem = SharingSettings::read(&given).unwrap_err();
            assert_eq!(
                (problem.attr.as_deref(), problem.detail.as_str()),
                (Some("settings"), "Invalid settings format")
            );
        }
    }

    #[test]
    fn flags_that_are_on_are_named() {
        let settings = SharingSettings { legend: Some(true), detailed: Some(false), ..SharingSettings::default() };
        assert_eq!(settings.flags().collect::<Vec<_>>(), ["legend"]);
    }
}
