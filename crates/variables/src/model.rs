//! What a variable is.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::ids::{ProjectId, UserId};
use insights_core::problem::Problem;
use serde_json::Value;
use uuid::Uuid;

/// Longest name, in characters.
pub const MAX_NAME_CHARACTERS: usize = 400;

/// Most values that a variable of the kind [`VariableKind::List`] offers.
pub const MAX_VALUES: usize = 500;

/// Longest default value and longest offered value, in characters.
pub const MAX_VALUE_CHARACTERS: usize = 4000;

/// Identity of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableId(pub Uuid);

impl fmt::Display for VariableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What values a variable has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// Texts.
    String,
    /// Numbers.
    Number,
    /// True or false.
    Boolean,
    /// One of the texts that it offers.
    List,
    /// Days or instants, as texts.
    Date,
}

impl VariableKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::String, Self::Number, Self::Boolean, Self::List, Self::Date];

    /// Name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::List => "List",
            Self::Date => "Date",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Refuses a value of another kind; null is no value and fits all.
    ///
    /// # Errors
    /// A [`Problem`] that names `attr` and says what would be right.
    pub fn check(self, attr: &str, value: &Value) -> Result<(), Problem> {
        let (fits, wanted) = match self {
            Self::String => (value.is_string(), "a text"),
            Self::Number => (value.is_number(), "a number"),
            Self::Boolean => (value.is_boolean(), "true or false"),
            Self::List => (value.is_string(), "one of the values of the list, a text"),
            Self::Date => (value.is_string(), "a date as text, such as 2026-01-31"),
        };
        if fits || value.is_null() {
            return Ok(());
        }
        Err(Problem::invalid(attr, format!("A variable of the type {} has {wanted}.", self.name())))
    }
}

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Identity in routes and queries.
    pub id: VariableId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change; a change of an older version is refused.
    pub version: i64,
    /// Everything else.
    pub fields: VariableFields,
}

/// All of a variable but its identity.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableFields {
    /// Name for people.
    pub name: String,
    /// Name in queries: `{variables.code_name}`. Made of the first name, and never changed.
    pub code_name: String,
    /// What values it has.
    pub kind: VariableKind,
    /// The value where nobody chose one; null for none.
    pub default_value: Value,
    /// The texts that a list offers, a JSON array.
    pub values: Value,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
}

/// The code name of a variable that is called `name`: letters, digits and `_` for spaces, in lower case.
pub fn code_name(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
    kept.collect::<String>().replace(' ', "_").to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn code_names_are_words_with_underscores() {
        for (name, expected) in
            [("Billing country", "billing_country"), ("a-b (c)", "ab_c"), ("Größe", "größe"), ("!", "")]
        {
            assert_eq!(code_name(name), expected);
        }
    }

    #[test]
    fn values_are_of_the_kind() {
        for (kind, value, fits) in [
            (VariableKind::String, json!("a"), true),
            (VariableKind::String, json!(1), false),
            (VariableKind::Number, json!(1.5), true),
            (VariableKind::Number, json!("1"), false),
            (VariableKind::Boolean, json!(false), true),
            (VariableKind::Boolean, json!("false"), false),
            (VariableKind::List, json!("a"), true),
            (VariableKind::Date, json!("2026-01-31"), true),
            (VariableKind::Date, json!([]), false),
            (VariableKind::Number, json!(null), true),
        ] {
            assert_eq!(kind.check("default_value", &value).is_ok(), fits, "{} {value}", kind.name());
        }
    }

    #[test]
    fn kinds_have_names() {
        for kind in VariableKind::ALL {
            assert_eq!(VariableKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(VariableKind::from_name("Text"), None);
    }
}
