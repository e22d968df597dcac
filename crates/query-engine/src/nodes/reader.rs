//! Reading JSON values with the path to each in hand, so that every refusal says where the wrong value stands.

use serde_json::Value;

use crate::error::QueryError;

/// Longest excerpt of a wrong value in a message, in characters.
const MAX_SHOWN_CHARS: usize = 60;

/// A JSON value and where it stands in the query.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Reader<'a> {
    /// The query as a whole.
    pub fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// A value that stands at `path`.
    pub fn at(value: &'a Value, path: String) -> Self {
        Self { value, path }
    }

    /// Where it stands, such as `series[0].math`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The JSON value itself.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// The value of `key`; a key that is missing and one that is `null` are the same, and so is what is no object.
    pub fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key)?;
        (!value.is_null()).then(|| Self { value, path: self.path_of(key) })
    }

    /// The value of `key`, which must be there.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn require(&self, key: &str, what: &str) -> Result<Self, QueryError> {
        self.get(key).ok_or_else(|| QueryError::invalid(self.path_of(key), format!("is missing; give {what}")))
    }

    /// The path of the value that stands or would stand at `key`.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// That this is an object.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn object(&self) -> Result<&Self, QueryError> {
        if self.value.is_object() { Ok(self) } else { Err(self.wrong("an object")) }
    }

    /// The items, at most `max_items` of them.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn list(&self, max_items: usize) -> Result<Vec<Self>, QueryError> {
        let Value::Array(items) = self.value else { return Err(self.wrong("a list")) };
        if items.len() > max_items {
            let message = format!("has {} items; at most {max_items} are allowed", items.len());
            return Err(QueryError::invalid(&self.path, message));
        }
        let reader = |(index, value)| Self { value, path: format!("{}[{index}]", self.path) };
        Ok(items.iter().enumerate().map(reader).collect())
    }

    /// Text.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn text(&self) -> Result<&'a str, QueryError> {
        self.value.as_str().ok_or_else(|| self.wrong("text"))
    }

    /// Text, or a number or boolean as text.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn scalar_text(&self) -> Result<String, QueryError> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(bool) => Ok(bool.to_string()),
            _ => Err(self.wrong("text, a number or a boolean")),
        }
    }

    /// Whether it is anything but the empty text, which clients send for what was not chosen.
    pub fn is_not_blank(&self) -> bool {
        self.value.as_str() != Some("")
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn bool(&self) -> Result<bool, QueryError> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A finite number.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn number(&self) -> Result<f64, QueryError> {
        self.value.as_f64().ok_or_else(|| self.wrong("a number"))
    }

    /// A whole number from `min` to `max`; `2.0` is one.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn whole(&self, min: i64, max: i64) -> Result<i64, QueryError> {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number within 32 bits")]
        let of_float = |float: f64| (float.fract() == 0.0 && float.abs() < 1e9).then_some(float as i64);
        let number = self.value.as_i64().or_else(|| self.value.as_f64().and_then(of_float));
        let within = number.filter(|number| (min..=max).contains(number));
        within.ok_or_else(|| self.wrong(&format!("a whole number from {min} to {max}")))
    }

    /// One of the named choices.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, QueryError> {
        let given = self.value.as_str();
        let chosen = choices.iter().find(|(name, _)| Some(*name) == given);
        chosen.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.wrong(&format!("one of {}", names.join(", ")))
        })
    }

    /// The error that this value is not what is `wanted` here.
    pub fn wrong(&self, wanted: &str) -> QueryError {
        QueryError::invalid(&self.path, format!("{} is not right here; give {wanted}", shown(self.value)))
    }

    /// The error that this value is wrong, in words.
    pub fn invalid(&self, message: impl Into<String>) -> QueryError {
        QueryError::invalid(&self.path, message)
    }
}

/// A value as a message shows it: cut where it is long.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
