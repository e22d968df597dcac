//! What a project's queries go by besides its time zone and the start of its weeks.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::MAX_NAME_CHARACTERS;
use crate::problem::Problem;
use crate::text::check_length;

/// Most filters, most rules, and most properties in a list of settings.
const MAX_ITEMS: usize = 200;

/// Settings of a project, as they are stored and as they go over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectSettings {
    /// What `filterTestAccounts` of a query stands for: a JSON array of property filters, all of which must hold.
    pub test_account_filters: Value,
    /// Whether clients begin new insights with `filterTestAccounts`.
    pub test_account_filters_default_checked: Option<bool>,
    /// What `pathReplacements` of a paths query stands for: a JSON array of `{regex, alias, order}`.
    pub path_cleaning_filters: Value,
    /// Properties of persons by whose first set one clients name a person; `None` for the usual ones.
    pub person_display_name_properties: Option<Vec<String>>,
    /// What clients send along with queries of their own accord: a JSON object or null.
    pub modifiers: Value,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            test_account_filters: json!([]),
            test_account_filters_default_checked: None,
            path_cleaning_filters: json!([]),
            person_display_name_properties: None,
            modifiers: Value::Null,
        }
    }
}

/// Settings to change; `None` leaves what there is, null stands for the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsPatch {
    /// See [`ProjectSettings::test_account_filters`].
    pub test_account_filters: Option<Value>,
    /// See [`ProjectSettings::test_account_filters_default_checked`].
    pub test_account_filters_default_checked: Option<Option<bool>>,
    /// See [`ProjectSettings::path_cleaning_filters`].
    pub path_cleaning_filters: Option<Value>,
    /// See [`ProjectSettings::person_display_name_properties`].
    pub person_display_name_properties: Option<Option<Vec<String>>>,
    /// See [`ProjectSettings::modifiers`].
    pub modifiers: Option<Value>,
}

/// Whatever answers the project's queries, asked whether it can go by settings.
pub trait SettingsRules: Send + Sync + fmt::Debug {
    /// Refuses settings that no query could use.
    ///
    /// # Errors
    /// A refusal that names the field at fault, such as `test_account_filters__0__type`.
    fn check(&self, settings: &ProjectSettings) -> Result<(), Problem>;
}

impl SettingsPatch {
    /// The settings with the changes.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub(super) fn apply(&self, old: &ProjectSettings, rules: &dyn SettingsRules) -> Result<ProjectSettings, Problem> {
        let mut new = old.clone();
        let patch = self.clone();
        if let Some(filters) = patch.test_account_filters {
            new.test_account_filters = list("test_account_filters", filters)?;
        }
        if let Some(is_checked) = patch.test_account_filters_default_checked {
            new.test_account_filters_default_checked = is_checked;
        }
        if let Some(filters) = patch.path_cleaning_filters {
            new.path_cleaning_filters = list("path_cleaning_filters", filters)?;
        }
        if let Some(properties) = patch.person_display_name_properties {
            new.person_display_name_properties = properties.map(display_properties).transpose()?;
        }
        if let Some(modifiers) = patch.modifiers {
            if !modifiers.is_object() && !modifiers.is_null() {
                return Err(Problem::invalid("modifiers", "modifiers must be a JSON object or null"));
            }
            new.modifiers = modifiers;
        }
        if new != *old {
            rules.check(&new)?;
        }
        Ok(new)
    }
}

fn list(attr: &str, value: Value) -> Result<Value, Problem> {
    match value {
        Value::Null => Ok(json!([])),
        Value::Array(items) if items.len() <= MAX_ITEMS => Ok(Value::Array(items)),
        Value::Array(_) => Err(Problem::invalid(attr, format!("{attr} may have at most {MAX_ITEMS} items"))),
        _ => Err(Problem::invalid(attr, format!("{attr} must be a JSON array"))),
    }
}

fn display_properties(properties: Vec<String>) -> Result<Vec<String>, Problem> {
    const ATTR: &str = "person_display_name_properties";
    if properties.len() > MAX_ITEMS {
        return Err(Problem::invalid(ATTR, format!("{ATTR} may have at most {MAX_ITEMS} items")));
    }
    properties.iter().try_for_each(|property| check_length(ATTR, property, MAX_NAME_CHARACTERS))?;
    Ok(properties)
}
