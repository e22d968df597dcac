//! The variables of SQL queries: what a request or a dashboard says of them, and what counts where nobody says anything.
//!
//! A query carries its variables as `{id: {variableId, code_name, value, isNull}}`. A value that is null without `isNull` is none.

use ::variables::model::{Variable, VariableId};
use query_engine::error::QueryError;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The node with the values of `overrides`, variables by id, in place of those that its query has for the same id or, where a variable was
/// made anew meanwhile, the same code name. Others are passed over.
pub(super) fn overridden(node: &Value, overrides: &Value) -> Result<Value, QueryError> {
    let Value::Object(overrides) = overrides else {
        return Err(QueryError::invalid("variables_override", "must be an object of variables by id"));
    };
    let mut node = node.clone();
    for_each_mut(&mut node, &mut |id, variable| {
        let same_name = || {
            let name = variable.get("code_name")?;
            overrides.values().find(|by| by.get("code_name") == Some(name))
        };
        if let Some(Value::Object(by)) = overrides.get(id).or_else(same_name) {
            let told = by.iter().filter(|(key, _)| matches!(key.as_str(), "value" | "isNull"));
            let told: Vec<(String, Value)> = told.map(|(key, value)| (key.clone(), value.clone())).collect();
            variable.extend(told);
        }
    });
    Ok(node)
}

/// The variables of the node's query for which nobody chose a value.
pub(super) fn unset(node: &Value) -> Vec<VariableId> {
    let mut ids = Vec::new();
    for_each(node, &mut |id, variable| {
        if is_unset(variable) {
            ids.extend(id_of(id, variable));
        }
    });
    ids
}

/// The node with the default values of `known` for the variables without a value.
pub(super) fn with_defaults(node: &Value, known: &[Variable]) -> Value {
    let mut node = node.clone();
    for_each_mut(&mut node, &mut |id, variable| {
        let id = id_of(id, variable).filter(|_| is_unset(variable));
        if let Some(known) = known.iter().find(|known| Some(known.id) == id) {
            variable.insert("value".to_owned(), known.fields.default_value.clone());
        }
    });
    node
}

fn is_unset(variable: &Map<String, Value>) -> bool {
    variable.get("value").is_none_or(Value::is_null) && variable.get("isNull") != Some(&Value::Bool(true))
}

fn id_of(key: &str, variable: &Map<String, Value>) -> Option<VariableId> {
    let id = variable.get("variableId").and_then(Value::as_str).unwrap_or(key);
    Uuid::parse_str(id).ok().map(VariableId)
}

fn for_each(node: &Value, found: &mut impl FnMut(&str, &Map<String, Value>)) {
    for (id, variable) in node.get("variables").and_then(Value::as_object).into_iter().flatten() {
        if let Value::Object(variable) = variable {
            found(id, variable);
        }
    }
    if let Some(source) = node.get("source") {
        for_each(source, found);
    }
}

fn for_each_mut(node: &mut Value, found: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    for (id, variable) in node.get_mut("variables").and_then(Value::as_object_mut).into_iter().flatten() {
        if let Value::Object(variable) = variable {
            found(id, variable);
        }
    }
    if let Some(source) = node.get_mut("source") {
        for_each_mut(source, found);
    }
}

#[cfg(test)]
mod tests {
    use ::variables::model::{VariableFields, VariableKind};
    use chrono::DateTime;
    use insights_core::ids::ProjectId;
    use serde_json::json;

    use super::*;

    fn query(variables: Value) -> Value {
        json!({"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery", "variables": variables}})
    }

    #[test]
    fn overrides_reach_only_the_variables_that_the_query_has() {
        let node = query(json!({
            "a": {"variableId": "a", "code_name": "country", "value": "DE"},
            "b": {"variableId": "b", "code_name": "plan"},
            "c": {"variableId": "c", "code_name": "stale", "value": 1},
        }));
        let overrides = json!({
            "a": {"value": "FR", "code_name": "another"},
            "new": {"code_name": "stale", "value": 2},
            "x": {"value": 1},
        });
        let expected = query(json!({
            "a": {"variableId": "a", "code_name": "country", "value": "FR"},
            "b": {"variableId": "b", "code_name": "plan"},
            "c": {"variableId": "c", "code_name": "stale", "value": 2},
        }));
        assert_eq!(overridden(&node, &overrides).unwrap(), expected);
        assert!(overridden(&node, &json!([1])).is_err());
    }

    #[test]
    fn defaults_go_where_nothing_was_chosen() {
        let [a, b, c] = [1, 2, 3].map(|number| Uuid::from_u128(number).to_string());
        let node = query(json!({
            a.clone(): {"code_name": "unset", "value": null},
            b.clone(): {"code_name": "null", "isNull": true},
            c.clone(): {"code_name": "set", "value": 0},
            "not an id": {"code_name": "odd"},
        }));
        let ids = unset(&node);
        assert_eq!(ids, [VariableId(Uuid::from_u128(1))]);
        let fields = VariableFields {
            name: "Unset".to_owned(),
            code_name: "unset".to_owned(),
            kind: VariableKind::Number,
            default_value: json!(7),
            values: json!([]),
            created_at: DateTime::UNIX_EPOCH,
            created_by: None,
        };
        let known = Variable { id: ids[0], project: ProjectId(1), version: 1, fields };
        let filled = with_defaults(&node, &[known]);
        let variables = &filled["source"]["variables"];
        assert_eq!((&variables[&a]["value"], &variables[&c]["value"]), (&json!(7), &json!(0)));
        assert!(variables[&b].get("value").is_none());
    }
}
