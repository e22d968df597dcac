use std::collections::BTreeSet;

use ::variables::model::{Variable, VariableFields, VariableId};
use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::model::{EndpointFields, EndpointId, EndpointName, EndpointVersion};
use crate::variables;

fn described(name: &str, query: Value, known: &[Variable]) -> Described {
    let created_at = DateTime::UNIX_EPOCH;
    let variables = variables::open(Query::parse(&query).unwrap().node(), known);
    let endpoint = Endpoint {
        id: EndpointId(Uuid::from_u128(1)),
        project: ProjectId(1),
        name: EndpointName::parse(name).unwrap(),
        revision: 1,
        fields: EndpointFields {
            description: format!("About {name}."),
            is_active: true,
            cache_age: None,
            derived_from_insight: None,
            materialized: None,
            created_at,
            created_by: None,
            updated_at: created_at,
        },
        latest: EndpointVersion { id: Uuid::from_u128(2), version: 3, query, created_at, created_by: None },
        last_executed_at: None,
    };
    Described { endpoint, variables }
}

fn variable(n: u128, kind: VariableKind) -> Variable {
    let fields = VariableFields {
        name: format!("Variable {n}"),
        code_name: String::new(),
        kind,
        default_value: if kind == VariableKind::Number { json!(7) } else { json!(null) },
        values: json!(["DE", "FR"]),
        created_at: DateTime::UNIX_EPOCH,
        created_by: None,
    };
    Variable { id: VariableId(Uuid::from_u128(n)), project: ProjectId(1), version: 1, fields }
}

fn sql() -> Described {
    let ids: Vec<String> = (1..=5).map(|n| Uuid::from_u128(n).to_string()).collect();
    let query = json!({
        "kind": "HogQLQuery",
        "query": "select {variables.s}, {variables.n}, {variables.b}, {variables.l}, {variables.d}, {variables.own} from events where {filters}",
        "variables": {
            ids[0].clone(): {"code_name": "s"}, ids[1].clone(): {"code_name": "n"}, ids[2].clone(): {"code_name": "b"},
            ids[3].clone(): {"code_name": "l"}, ids[4].clone(): {"code_name": "d"}, "own": {"code_name": "own", "value": "x"},
        },
    });
    let known: Vec<Variable> =
        VariableKind::ALL.into_iter().zip(1..).map(|(kind, number)| variable(number, kind)).collect();
    described("rows", query, &known)
}

fn insight(kind: &str, keys: Value) -> Described {
    let mut query = json!({"kind": kind});
    query.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    described(kind, query, &[])
}

/// Every reference in `value`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(keys) => {
            if let Some(Value::String(reference)) = keys.get("$ref") {
                found.insert(reference.clone());
            }
            keys.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Refuses what OpenAPI 3.1 does not allow, of the parts that the document has.
#[track_caller]
fn check_valid(document: &Value) {
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with('/') && !path.contains('{'), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            assert!(["get", "post"].contains(&method.as_str()));
            assert!(operations.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(status.parse::<u16>().is_ok() && response["description"].is_string());
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(
                    parameter["name"].is_string() && parameter["in"] == "query" && parameter["required"].is_boolean()
                );
                assert_ne!(parameter["schema"].is_object(), parameter["content"].is_object(), "{parameter}");
            }
        }
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    assert!(schemas.keys().all(|name| name.chars().all(is_name)));
    let mut found = BTreeSet::new();
    references(document, &mut found);
    let known: BTreeSet<String> = schemas.keys().map(|name| format!("#/components/schemas/{name}")).collect();
    assert!(found.is_subset(&known), "{found:?}");
    assert!(operations.is_empty() || found == known, "nothing is there that nothing names");
}

#[test]
fn a_document_has_every_endpoint_and_is_valid() {
    let series = json!({"series": [{"kind": "EventsNode", "event": "a"}, {"kind": "EventsNode", "event": "b"}]});
    let all = [
        sql(),
        insight("TrendsQuery", series.clone()),
        insight("FunnelsQuery", series),
        insight("RetentionQuery", json!({"retentionFilter": {}})),
        insight("PathsQuery", json!({"pathsFilter": {}})),
        insight("EventsQuery", json!({"select": ["*"]})),
    ];
    let document = document(ProjectId(1), "https://host", &all);
    check_valid(&document);
    assert_eq!(document["paths"].as_object().unwrap().len(), all.len());
    assert_eq!(document["servers"], json!([{"url": "https://host"}]));
    let schema = |name: &str| &document["components"]["schemas"][name];
    let has = |name: &str, property: &str| schema(name)["properties"].get(property).is_some();
    assert!(has("rows.Request", "limit") && has("rows.Request", "variables") && !has("rows.Request", "query_override"));
    assert!(has("TrendsQuery.Request", "query_override") && !has("TrendsQuery.Request", "limit"));
    assert!(
        has("EventsQuery.Request", "limit")
            && has("rows.Response", "columns")
            && !has("PathsQuery.Response", "columns")
    );
    check_valid(&super::document(ProjectId(1), "https://host", &[]));
}

#[test]
fn each_variable_has_its_type() {
    let document = document(ProjectId(1), "https://host", &[sql()]);
    assert_eq!(document["info"]["title"], "rows");
    let request = &document["components"]["schemas"]["rows.Request"];
    assert_eq!(request["required"], json!(["variables"]));
    let variables = &request["properties"]["variables"];
    assert_eq!(variables["required"], json!(["b", "d", "l", "s"]));
    for (name, expected) in [
        ("s", json!({"type": "string", "maxLength": 4000, "title": "Variable 1"})),
        ("n", json!({"type": "number", "title": "Variable 2", "default": 7})),
        ("b", json!({"type": "boolean", "title": "Variable 3"})),
        ("l", json!({"type": "string", "enum": ["DE", "FR"], "title": "Variable 4"})),
    ] {
        assert_eq!(variables["properties"][name], expected);
    }
    assert_eq!(variables["properties"]["d"]["anyOf"], json!([{"format": "date"}, {"format": "date-time"}]));
    assert_eq!(variables["properties"]["own"]["default"], "x");
    let get = &document["paths"]["/api/environments/1/endpoints/rows/run"]["get"];
    let parameter = get["parameters"].as_array().unwrap().iter().find(|parameter| parameter["name"] == "variables");
    assert_eq!(parameter.unwrap()["required"], true);
    assert_eq!(document["paths"]["/api/environments/1/endpoints/rows/run"]["post"]["requestBody"]["required"], true);
}
