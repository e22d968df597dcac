//! The variables that an endpoint's query leaves open: what kind of value each has, and which one counts for a run.

use std::collections::BTreeMap;

use ::variables::model::{MAX_VALUE_CHARACTERS, MAX_VALUES, Variable, VariableFields, VariableId, VariableKind};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use insights_core::problem::Problem;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Longest name of a variable that a message repeats, in characters.
const MAX_SHOWN_CHARACTERS: usize = 100;

/// A variable of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenVariable {
    /// Name in the query and in runs.
    pub code_name: String,
    /// Its key in the `variables` of the query.
    pub key: String,
    /// The variable of the project that it is; `None` where there is none (any more).
    pub known: Option<VariableFields>,
    /// What counts where a run says nothing: `Some(null)` where the query asks for null; `None` where there is nothing.
    pub default: Option<Value>,
}

/// The ids of the project's variables that the runnable `node` names.
pub fn ids(node: &Value) -> Vec<VariableId> {
    entries(node).filter_map(|(key, entry)| id_of(key, entry)).collect()
}

/// The variables of the runnable `node`, by code name, with those of `known` that they are.
pub fn open(node: &Value, known: &[Variable]) -> Vec<OpenVariable> {
    let read = |(key, entry): (&String, &Map<String, Value>)| {
        let id = id_of(key, entry);
        let known = known.iter().find(|variable| Some(variable.id) == id).map(|variable| variable.fields.clone());
        let own = entry.get("value").filter(|value| !value.is_null());
        let default = match own {
            _ if entry.get("isNull") == Some(&Value::Bool(true)) => Some(Value::Null),
            Some(own) => Some(own.clone()),
            None => known.as_ref().map(|known| known.default_value.clone()).filter(|default| !default.is_null()),
        };
        Some(OpenVariable { code_name: entry.get("code_name")?.as_str()?.to_owned(), key: key.clone(), known, default })
    };
    let mut open: Vec<_> = entries(node).filter_map(read).collect();
    open.sort_by(|a, b| a.code_name.cmp(&b.code_name));
    open
}

impl OpenVariable {
    /// What kind of value it has; `None` where the project says nothing of it.
    pub fn kind(&self) -> Option<VariableKind> {
        self.known.as_ref().map(|known| known.kind)
    }

    /// Whether a run has to give it a value.
    pub fn is_required(&self) -> bool {
        self.default.is_none()
    }

    /// Refuses a value of another kind.
    fn check(&self, value: &Value) -> Result<(), Problem> {
        let attr = attr(&self.code_name);
        check_length(&attr, value)?;
        let Some(known) = &self.known else { return check_unknown(&attr, value) };
        known.kind.check(&attr, value)?;
        match (known.kind, value) {
            (VariableKind::List, Value::String(text)) => {
                let offered = known.values.as_array().is_some_and(|offered| offered.contains(value));
                if offered { Ok(()) } else { Err(Problem::invalid_choice(attr, text)) }
            }
            (VariableKind::Date, Value::String(text)) if !is_date(text) => {
                let detail = "Give a date or an instant, such as 2026-01-31 or 2026-01-31T12:00:00Z.";
                Err(Problem::invalid(attr, detail))
            }
            _ => Ok(()),
        }
    }
}

/// The value of each of `open` for a run that gives `given`, by code name. A given null counts as not given.
///
/// # Errors
/// A [`Problem`] that names `variables__…` where the query has no such variable, where the value is of another kind, and where there is none.
pub fn resolve(open: &[OpenVariable], given: &Map<String, Value>) -> Result<BTreeMap<String, Value>, Problem> {
    for (name, value) in given {
        let mut named = open.iter().filter(|variable| variable.code_name == *name).peekable();
        if named.peek().is_none() {
            return Err(Problem::invalid(attr(name), format!("Variable '{}' not found in query", shown(name))));
        }
        if !value.is_null() {
            named.try_for_each(|variable| variable.check(value))?;
        }
    }
    let value = |variable: &OpenVariable| {
        let chosen = given.get(&variable.code_name).filter(|value| !value.is_null());
        let value = chosen.or(variable.default.as_ref()).cloned().ok_or_else(|| {
            let detail = format!("Variable '{}' is required: it has no default value.", shown(&variable.code_name));
            Problem { detail, ..Problem::required(attr(&variable.code_name)) }
        })?;
        Ok((variable.code_name.clone(), value))
    };
    open.iter().map(value).collect()
}

/// The runnable `node` with `values`, by code name, in its variables.
pub fn put_in(node: &Value, values: &BTreeMap<String, Value>) -> Value {
    let mut node = node.clone();
    let entries = node.get_mut("variables").and_then(Value::as_object_mut);
    for entry in entries.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        let value = entry.get("code_name").and_then(Value::as_str).and_then(|name| values.get(name)).cloned();
        if let Some(value) = value {
            entry.insert("isNull".to_owned(), json!(value.is_null()));
            entry.insert("value".to_owned(), value);
        }
    }
    node
}

fn entries(node: &Value) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
    let all = node.get("variables").and_then(Value::as_object);
    all.into_iter().flatten().filter_map(|(key, entry)| Some((key, entry.as_object()?)))
}

fn id_of(key: &str, entry: &Map<String, Value>) -> Option<VariableId> {
    let id = entry.get("variableId").and_then(Value::as_str).unwrap_or(key);
    Uuid::parse_str(id).ok().map(VariableId)
}

/// What has no kind is a constant, or a list of constants for `IN`.
fn check_unknown(attr: &str, value: &Value) -> Result<(), Problem> {
    let is_constant = |value: &Value| !value.is_array() && !value.is_object();
    let fits = match value {
        Value::Array(items) => items.len() <= MAX_VALUES && items.iter().all(is_constant),
        value => is_constant(value),
    };
    let detail = || format!("Give a text, a number, true or false, or a list of at most {MAX_VALUES} of these.");
    if fits { Ok(()) } else { Err(Problem::invalid(attr, detail())) }
}

fn check_length(attr: &str, value: &Value) -> Result<(), Problem> {
    match value {
        Value::String(text) if text.chars().count() > MAX_VALUE_CHARACTERS => {
            Err(Problem::too_long(attr, MAX_VALUE_CHARACTERS))
        }
        Value::Array(items) => items.iter().try_for_each(|item| check_length(attr, item)),
        _ => Ok(()),
    }
}

fn is_date(text: &str) -> bool {
    let is_local = |format| NaiveDateTime::parse_from_str(text, format).is_ok();
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
        || DateTime::parse_from_rfc3339(text).is_ok()
        || is_local("%Y-%m-%dT%H:%M:%S%.f")
        || is_local("%Y-%m-%d %H:%M:%S%.f")
}

fn attr(name: &str) -> String {
    format!("variables__{}", shown(name))
}

fn shown(name: &str) -> String {
    name.chars().take(MAX_SHOWN_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use insights_core::ids::ProjectId;

    use super::*;

    fn variable(n: u128, kind: VariableKind, default_value: Value) -> Variable {
        let fields = VariableFields {
            name: String::new(),
            code_name: String::new(),
            kind,
            default_value,
            values: json!(["DE", "FR"]),
            created_at: DateTime::UNIX_EPOCH,
            created_by: None,
        };
        Variable { id: VariableId(Uuid::from_u128(n)), project: ProjectId(1), version: 1, fields }
    }

    /// A query with one variable `x` that is the project's number 1, of `kind` and with that default.
    #[track_caller]
    fn check(kind: Option<(VariableKind, Value)>, own: Value, given: Value, expected: Result<Value, (&str, &str)>) {
        let id = Uuid::from_u128(1).to_string();
        let mut entry = json!({"variableId": id, "code_name": "x"});
        entry.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        let node = json!({"kind": "HogQLQuery", "query": "select {variables.x}", "variables": {id.clone(): entry}});
        let known: Vec<_> = kind.into_iter().map(|(kind, default)| variable(1, kind, default)).collect();
        let resolved = resolve(&open(&node, &known), given.as_object().unwrap());
        match expected {
            Ok(value) => {
                let resolved = resolved.unwrap();
                assert_eq!(resolved, [("x".to_owned(), value.clone())].into());
                let put = put_in(&node, &resolved)["variables"][&id].clone();
                assert_eq!((&put["value"], &put["isNull"]), (&value, &json!(value.is_null())));
            }
            Err((code, detail)) => {
                let problem = resolved.unwrap_err();
                assert_eq!((problem.code, problem.detail.as_str()), (code, detail), "{given}");
                assert!(problem.attr.unwrap().starts_with("variables__"));
            }
        }
    }

    fn of(kind: VariableKind) -> Option<(VariableKind, Value)> {
        Some((kind, json!(null)))
    }

    #[test]
    fn what_a_run_says_counts_before_the_query_and_that_before_the_project() {
        let number = Some((VariableKind::Number, json!(1)));
        check(number.clone(), json!({}), json!({}), Ok(json!(1)));
        check(number.clone(), json!({"value": 2}), json!({}), Ok(json!(2)));
        check(number.clone(), json!({"value": 2}), json!({"x": 3}), Ok(json!(3)));
        check(number.clone(), json!({"value": 2}), json!({"x": null}), Ok(json!(2)));
        check(number.clone(), json!({"isNull": true}), json!({}), Ok(json!(null)));
        check(number, json!({"isNull": true}), json!({"x": 3}), Ok(json!(3)));
        check(None, json!({"value": "own"}), json!({}), Ok(json!("own")));
    }

    #[test]
    fn a_variable_without_any_value_is_required() {
        let required = Err(("required", "Variable 'x' is required: it has no default value."));
        check(of(VariableKind::Number), json!({}), json!({}), required.clone());
        check(None, json!({}), json!({"x": null}), required);
    }

    #[test]
    fn values_are_of_the_kind() {
        use VariableKind::{Boolean, Date, List, Number, String};
        for (kind, value) in [
            (String, json!("it's")),
            (Number, json!(1.5)),
            (Boolean, json!(false)),
            (List, json!("FR")),
            (Date, json!("2026-01-31")),
            (Date, json!("2026-01-31T12:00:00Z")),
            (Date, json!("2026-01-31 12:00:00")),
        ] {
            check(of(kind), json!({}), json!({"x": value}), Ok(value));
        }
        let date = "Give a date or an instant, such as 2026-01-31 or 2026-01-31T12:00:00Z.";
        for (kind, value, code, detail) in [
            (Number, json!("1"), "invalid_input", "A variable of the type Number has a number."),
            (Number, json!([1]), "invalid_input", "A variable of the type Number has a number."),
            (String, json!({"a": 1}), "invalid_input", "A variable of the type String has a text."),
            (Boolean, json!("true"), "invalid_input", "A variable of the type Boolean has true or false."),
            (List, json!("IT"), "invalid_choice", "\"IT\" is not a valid choice."),
            (Date, json!("now() or 1"), "invalid_input", date),
            (Date, json!("-7d"), "invalid_input", date),
            (String, json!("x".repeat(4001)), "max_length", "Ensure this field has no more than 4000 characters."),
        ] {
            check(of(kind), json!({}), json!({"x": value}), Err((code, detail)));
        }
    }

    #[test]
    fn what_has_no_kind_is_a_constant_or_a_list() {
        for value in [json!("a"), json!(1), json!(true), json!(["a", 1])] {
            check(None, json!({}), json!({"x": value}), Ok(value));
        }
        let detail = "Give a text, a number, true or false, or a list of at most 500 of these.";
        for value in [json!({}), json!([[1]]), json!([{"a": 1}]), json!(vec![1; 501])] {
            check(None, json!({}), json!({"x": value}), Err(("invalid_input", detail)));
        }
    }

    #[test]
    fn others_are_unknown() {
        check(None, json!({"value": 1}), json!({"y": 1}), Err(("invalid_input", "Variable 'y' not found in query")));
    }
}
