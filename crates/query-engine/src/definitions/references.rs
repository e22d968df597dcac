//! What a query names by id.

use hogql::ast::{TableExpr, TableSource};
use hogql::error::HogqlError;
use hogql::parse::{parse_expression, parse_order, parse_query};
use hogql::walk::{Rewriter, walk_expr, walk_query, walk_table};
use serde_json::{Map, Value};

use crate::definitions::References;
use crate::filters::COHORT_TYPES;

/// Adds what `node` names, wherever in it. Rather finds too much than too little: what is not used costs no more than to be loaded.
pub(super) fn collect(node: &Value, found: &mut References) {
    match node {
        Value::Object(keys) => {
            collect_own(keys, found);
            keys.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::String(text) => {
            found.any_cohort |= may_name_cohort(text);
            found.logs = found.logs || reads_logs(text);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What an object names by its own keys.
fn collect_own(keys: &Map<String, Value>, found: &mut References) {
    let text = |key: &str| keys.get(key).and_then(Value::as_str);
    let is_on = |names: [&str; 2]| names.iter().any(|name| keys.get(*name).is_some_and(is_not_off));
    found.test_accounts |= is_on(["filterTestAccounts", "filter_test_accounts"]);
    found.path_cleaning |= is_on(["pathReplacements", "path_replacements"]);
    let is_cohort = |kind: Option<&str>| kind.is_some_and(|kind| COHORT_TYPES.contains(&kind));
    if matches!(text("kind"), Some("ActionsNode" | "FunnelExclusionActionsNode")) || text("type") == Some("actions") {
        found.actions.extend(keys.get("id").and_then(id));
    }
    // the entities of old insights stand in lists that say what they are, and need not say it themselves
    if let Some(Value::Array(entities)) = keys.get("actions") {
        found.actions.extend(entities.iter().filter_map(|entity| entity.get("id").and_then(id)));
    }
    for key in ["actionId", "action_id"] {
        found.actions.extend(keys.get(key).and_then(id));
    }
    for (kind, key) in [("event_type", "key"), ("seq_event_type", "seq_event")] {
        if text(kind) == Some("actions") {
            found.actions.extend(keys.get(key).and_then(id));
        }
    }
    if is_cohort(text("type")) {
        found.cohorts.extend(keys.get("value").map(ids).unwrap_or_default());
        found.cohorts.extend(keys.get("property").map(ids).unwrap_or_default());
    }
    if is_cohort(text("breakdown_type")) {
        found.cohorts.extend(keys.get("breakdown").map(ids).unwrap_or_default());
    }
}

/// Whether a flag may be on; older clients send flags as text.
fn is_not_off(flag: &Value) -> bool {
    !matches!(flag, Value::Null | Value::Bool(false)) && flag != "false"
}

/// Whether a text may be HogQL that names a cohort.
fn may_name_cohort(text: &str) -> bool {
    !COHORT_TYPES.contains(&text) && text.to_ascii_lowercase().contains("cohort")
}

/// Whether a text is HogQL that reads the table `logs`. A name of `WITH` that hides the table is taken for it.
fn reads_logs(text: &str) -> bool {
    /// Looks for the table.
    struct Search(bool);

    impl Rewriter for Search {
        fn table(&mut self, table: &mut TableExpr) -> Result<(), HogqlError> {
            if let TableSource::Name(parts) = &table.source {
                self.0 |= parts.last().is_some_and(|part| part.name == "logs");
            }
            walk_table(self, table)
        }
    }

    // No way to write a name spells its letters otherwise.
    if !text.contains("logs") {
        return false;
    }
    let mut search = Search(false);
    let walked = if let Ok(mut query) = parse_query(text) {
        walk_query(&mut search, &mut query)
    } else if let Ok(mut value) = parse_expression(text) {
        walk_expr(&mut search, &mut value)
    } else if let Ok(mut order) = parse_order(text) {
        walk_expr(&mut search, &mut order.expr)
    } else {
        Ok(())
    };
    // The search refuses nothing.
    walked.is_ok() && search.0
}

/// A whole number, or text that reads as one.
fn id(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within 32 bits")]
    let of_float = |float: f64| (float.fract() == 0.0 && float.abs() < 1e9).then_some(float as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(of_float)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn ids(value: &Value) -> Vec<i64> {
    match value {
        Value::Array(items) => items.iter().filter_map(id).collect(),
        value => id(value).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(node: Value, actions: &[i64], cohorts: &[i64], any_cohort: bool) {
        let expected = References {
            actions: actions.iter().copied().collect(),
            cohorts: cohorts.iter().copied().collect(),
            any_cohort,
            ..References::default()
        };
        assert_eq!(References::of(&node), expected, "{node}");
    }

    #[test]
    fn hogql_that_reads_logs_is_found_wherever_it_stands() {
        let reads = |node: Value| References::of(&node).logs;
        assert!(reads(json!({"kind": "HogQLQuery", "query": "select count() from logs where level = 'error'"})));
        assert!(reads(
            json!({"source": {"query": "select 1 from events join (select * from `logs`) as l on 1 = l.x"}})
        ));
        assert!(reads(json!({"query": "with x as (select body from logs as l) select * from x"})));
        assert!(reads(
            json!({"select": ["(select max(timestamp) from logs)"], "orderBy": ["(select 1 from logs) desc"]})
        ));
        assert!(reads(json!({"properties": [{"type": "hogql", "key": "event in (select body from logs)"}]})));
        assert!(!reads(json!({"query": "select logs.x, 'from logs' from events as logs_of_mine"})));
        assert!(!reads(json!({"event": "logs", "value": ["logs", "catalogs \\ logs"], "name": "Reads from logs"})));
        assert!(References { logs: true, ..References::default() }.is_empty());
    }

    #[test]
    fn series_exclusions_and_retention_name_actions() {
        check(
            json!({"series": [{"kind": "ActionsNode", "id": 3}, {"kind": "EventsNode", "event": "5"}]}),
            &[3],
            &[],
            false,
        );
        check(
            json!({"funnelsFilter": {"exclusions": [{"kind": "FunnelExclusionActionsNode", "id": 4}]}}),
            &[4],
            &[],
            false,
        );
        check(
            json!({"retentionFilter": {"targetEntity": {"type": "actions", "id": "7"}, "returningEntity": {"type": "events", "id": "8"}}}),
            &[7],
            &[],
            false,
        );
        check(json!({"insight": "TRENDS", "actions": [{"id": 2}]}), &[2], &[], false);
        check(json!({"kind": "EventsQuery", "select": ["*"], "actionId": 9}), &[9], &[], false);
    }

    #[test]
    fn filters_and_breakdowns_name_cohorts() {
        check(
            json!({"properties": {"type": "AND", "values": [{"values": [{"type": "cohort", "key": "id", "value": 5}]}]}}),
            &[],
            &[5],
            false,
        );
        check(json!([{"type": "static-cohort", "value": "6"}, {"type": "person", "value": 7}]), &[], &[6], false);
        check(
            json!({"breakdownFilter": {"breakdown_type": "cohort", "breakdown": ["all", 1, "2"]}}),
            &[],
            &[1, 2],
            false,
        );
        check(json!({"breakdowns": [{"type": "cohort", "property": 8}]}), &[], &[8], false);
    }

    #[test]
    fn behaviours_name_actions() {
        check(
            json!({"type": "behavioral", "key": 3, "event_type": "actions", "seq_event_type": "actions", "seq_event": "4"}),
            &[3, 4],
            &[],
            false,
        );
        check(json!([{"action_id": 3, "days": 7}, {"event_id": "signed up"}]), &[3], &[], false);
    }

    #[test]
    fn what_the_project_has_set_is_needed_where_it_is_asked_for() {
        let of = |node: Value| {
            let found = References::of(&node);
            (found.test_accounts, found.path_cleaning)
        };
        assert_eq!(of(json!({"source": {"filterTestAccounts": true}})), (true, false));
        assert_eq!(of(json!({"filter_test_accounts": "true", "path_replacements": "false"})), (true, false));
        assert_eq!(of(json!({"filterTestAccounts": null, "pathsFilter": {"pathReplacements": true}})), (false, true));
    }

    #[test]
    fn hogql_may_name_any_cohort() {
        check(json!({"kind": "HogQLQuery", "query": "select 1 where person_id IN COHORT 'vips'"}), &[], &[], true);
        check(json!({"kind": "HogQLQuery", "query": "select 1"}), &[], &[], false);
    }
}
