//! The queries of endpoints: what is refused when they are written.

use std::collections::BTreeSet;

use insights_core::problem::Problem;
use query_engine::answer::Query;
use query_engine::error::QueryError;
use serde_json::{Map, Value};

use crate::model::MAX_QUERY_BYTES;

/// Reads a query that is to be kept, as the engine reads it.
///
/// # Errors
/// A [`Problem`] that names the place in `query` where it cannot be read, or where it asks for what could never be answered.
pub fn check_query(query: &Value) -> Result<Query, Problem> {
    if !query.is_object() {
        return Err(Problem::invalid("query", "The query should be a JSON object with a kind, such as HogQLQuery."));
    }
    if query.to_string().len() > MAX_QUERY_BYTES {
        return Err(Problem::invalid("query", format!("The query is larger than {MAX_QUERY_BYTES} bytes.")));
    }
    let read = Query::parse(query).map_err(|error| query_problem("query", &error))?;
    if !read.is_answered() {
        return Err(query_problem("query", &QueryError::unsupported("kind", read.kind())));
    }
    let named = code_names(&read);
    for placeholder in read.placeholders() {
        if let ["variables", name] = placeholder.split('.').collect::<Vec<_>>()[..]
            && !named.contains(name)
        {
            let detail = format!(
                "The query names {{variables.{name}}}, which its variables do not have: give them as {{id: {{variableId, code_name, value}}}}."
            );
            return Err(Problem::invalid("query__variables", detail));
        }
    }
    Ok(read)
}

/// The problem of a query, or a part of one, that stands in `field` of a request.
pub(crate) fn query_problem(field: &str, error: &QueryError) -> Problem {
    let attr = match error.field() {
        inner if inner.is_empty() => field.to_owned(),
        inner => format!("{field}__{inner}"),
    };
    Problem::invalid(attr, error.to_string())
}

/// Whether two queries are the same but for keys that are null in one and absent in the other.
pub(crate) fn says_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let null_or = |map: &Map<String, Value>, key: &String| map.get(key).cloned().unwrap_or_default();
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            keys.into_iter().all(|key| match (one.get(key), other.get(key)) {
                (Some(one), Some(other)) => says_the_same(one, other),
                _ => null_or(one, key).is_null() && null_or(other, key).is_null(),
            })
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| says_the_same(one, other))
        }
        (one, other) => one == other,
    }
}

/// The code names of the variables that a HogQL query carries.
fn code_names(query: &Query) -> BTreeSet<&str> {
    let variables = query.node().get("variables").and_then(Value::as_object);
    variables.into_iter().flat_map(Map::values).filter_map(|variable| variable.get("code_name")?.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(query: Value, expected: Result<&str, (&str, &str)>) {
        let result = check_query(&query).map(|query| query.kind().to_owned());
        let result = result.map_err(|problem| (problem.attr.unwrap_or_default(), problem.detail));
        match (result, expected) {
            (Ok(kind), Ok(expected)) => assert_eq!(kind, expected),
            (Err((attr, detail)), Err((expected, part))) => {
                assert_eq!(attr, expected, "{detail}");
                assert!(detail.contains(part), "{detail}");
            }
            (result, _) => panic!("{query}: {result:?}"),
        }
    }

    #[test]
    fn any_kind_that_is_answered_can_be_kept() {
        let trends = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]});
        check(trends.clone(), Ok("TrendsQuery"));
        check(json!({"kind": "InsightVizNode", "source": trends}), Ok("TrendsQuery"));
        check(json!({"kind": "HogQLQuery", "query": "select 1"}), Ok("HogQLQuery"));
        check(
            json!({"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery", "query": "select 1"}}),
            Ok("HogQLQuery"),
        );
        check(json!({"kind": "EventsQuery", "select": ["*"]}), Ok("EventsQuery"));
        check(json!({"kind": "PersonsNode"}), Ok("PersonsNode"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        check(json!("select 1"), Err(("query", "JSON object")));
        check(json!({}), Err(("query__kind", "missing")));
        check(json!({"kind": "Nonsense"}), Err(("query__kind", "Nonsense is not supported")));
        check(json!({"kind": "GroupsQuery"}), Err(("query__kind", "GroupsQuery is not supported")));
        check(json!({"kind": "HogQLQuery"}), Err(("query__query", "missing")));
        check(json!({"kind": "HogQLQuery", "query": "selec 1"}), Err(("query__query", "selec")));
        check(
            json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "math": "x"}]}),
            Err(("query__series__0__math", "x")),
        );
        check(json!({"kind": "HogQLQuery", "query": "x".repeat(300_000)}), Err(("query", "larger")));
        check(
            json!({"kind": "HogQLQuery", "query": "select {variables.a}, {x}", "variables": {"1": {"code_name": "b"}}}),
            Err(("query__variables", "{variables.a}")),
        );
        check(
            json!({"kind": "HogQLQuery", "query": "select {variables.a}", "variables": {"1": {"code_name": "a"}}}),
            Ok("HogQLQuery"),
        );
    }

    #[test]
    fn null_and_absent_are_the_same() {
        for (one, other, same) in [
            (json!({"a": 1, "b": null}), json!({"a": 1}), true),
            (json!({"a": {"b": null}}), json!({"a": {}}), true),
            (json!({"a": [{"b": null}]}), json!({"a": [{}]}), true),
            (json!({"a": 1}), json!({"a": 2}), false),
            (json!({"a": [1, null]}), json!({"a": [1]}), false),
            (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), true),
            (json!({"a": {}}), json!({}), false),
        ] {
            assert_eq!(says_the_same(&one, &other), same, "{one} {other}");
            assert_eq!(says_the_same(&other, &one), same, "{other} {one}");
        }
    }
}
