//! Whether as many actors are listed as an insight has counted, number by number.

use std::collections::BTreeSet;

use query_engine::answer::QueryContext;
use query_engine::error::QueryError;
use query_engine::source::EventSource;
use serde_json::{Map, Value, json};

use crate::ask::ask;

/// Numbers of an insight and the actors behind them.
pub(crate) struct Numbers<'a> {
    /// The insight, a bare one.
    pub(crate) insight: &'a Value,
    pub(crate) context: &'a QueryContext,
    pub(crate) source: &'a dyn EventSource,
    /// How many numbers were looked at.
    pub(crate) n_checked: usize,
    /// Those that differ.
    pub(crate) differences: Vec<String>,
}

fn is_of_others(part: &Value) -> bool {
    let value = if part["breakdown"].is_null() { &part["funnelStepBreakdown"] } else { &part["breakdown"] };
    let text = value.to_string();
    text.contains("Other") || text.contains("$$_posthog_breakdown_other_$$")
}

impl<'a> Numbers<'a> {
    /// Holds every number of `insight` that counts actors, or the events of actors, against those actors.
    pub(crate) fn check(insight: &'a Value, context: &'a QueryContext, source: &'a dyn EventSource) -> Self {
        let mut numbers = Self { insight, context, source, n_checked: 0, differences: Vec::new() };
        // what is no insight that is answered has no numbers
        if let Ok(answer) = ask(insight, context, source) {
            match insight["kind"].as_str() {
                Some("TrendsQuery") => numbers.trends(&answer.results),
                Some("FunnelsQuery") => numbers.funnels(&answer.results),
                Some("LifecycleQuery") => numbers.lifecycle(&answer.results),
                Some("RetentionQuery") => numbers.retention(&answer.results),
                Some("StickinessQuery") => numbers.stickiness(&answer.results),
                _ => {}
            }
        }
        numbers
    }

    /// How many actors there are behind the part, and how many of their events.
    fn behind(&self, kind: &str, part: Value) -> Result<(usize, u64), QueryError> {
        let mut source = json!({"kind": kind, "source": self.insight});
        source.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        let node = json!({
            "kind": "ActorsQuery", "source": source, "select": ["id", "event_count", "actor"], "limit": 50_000,
        });
        let answer = ask(&node, self.context, self.source)?;
        let rows = answer.results.as_array().unwrap();
        let mut ids: Vec<&Value> = rows.iter().map(|row| &row[0]).collect();
        ids.sort_by_key(|id| id.to_string());
        ids.dedup();
        assert_eq!(ids.len(), rows.len(), "an actor is listed twice for {node}");
        assert!(rows.iter().all(|row| row[0] == row[2]["id"]));
        Ok((rows.len(), rows.iter().filter_map(|row| row[1].as_u64()).sum()))
    }

    fn note(&mut self, kind: &str, part: Value, expected: f64, is_of_events: bool) {
        self.n_checked += 1;
        match self.behind(kind, part.clone()) {
            Ok((n_actors, n_events)) => {
                let found = if is_of_events { n_events as f64 } else { n_actors as f64 };
                // numbers of several values are added up: an actor who has more than one of them counts more than once, and is listed once
                let is_within = is_of_others(&part) && !is_of_events && found < expected;
                if found != expected && !is_within {
                    self.differences.push(format!("{expected} counted, {found} listed for {part}"));
                }
            }
            Err(error) => self.differences.push(format!("{error} for {part}")),
        }
    }

    fn trends(&mut self, items: &Value) {
        let filter = &self.insight["trendsFilter"];
        let is_smoothed = filter["smoothingIntervals"].as_u64().is_some_and(|n| n > 1);
        let has_formula = ["formula", "formulas", "formulaNodes"].iter().any(|key| !filter[*key].is_null());
        if is_smoothed || has_formula {
            return;
        }
        // the days of the period that is asked for, whatever it is compared with
        let current_days = items.as_array().unwrap().first().map(|item| item["action"]["days"].clone());
        for item in items.as_array().unwrap() {
            let order = item["order"].as_u64().unwrap();
            let math = self.insight["series"][order as usize]["math"].as_str().unwrap_or("total");
            // a running total of windows adds up one person again and again
            if math.ends_with("_active") && filter["display"] == "ActionsLineGraphCumulative" {
                continue;
            }
            let is_of_events = match math {
                "total" => true,
                "dau" | "weekly_active" | "monthly_active" | "unique_group" => false,
                _ if math.starts_with("first_") => false,
                _ => continue,
            };
            let mut part = Map::from_iter([("series".to_owned(), json!(order))]);
            if !item["breakdown_value"].is_null() {
                part.insert("breakdown".to_owned(), item["breakdown_value"].clone());
            }
            if !item["compare_label"].is_null() {
                part.insert("compare".to_owned(), item["compare_label"].clone());
            }
            if let Some(value) = item["aggregated_value"].as_f64() {
                self.note("InsightActorsQuery", Value::Object(part), value, is_of_events);
                continue;
            }
            let days = current_days.as_ref().and_then(Value::as_array).unwrap();
            for (day, value) in days.iter().zip(item["data"].as_array().unwrap()) {
                let mut part = part.clone();
                part.insert("day".to_owned(), day.clone());
                self.note("InsightActorsQuery", Value::Object(part), value.as_f64().unwrap(), is_of_events);
            }
        }
    }

    fn funnels(&mut self, results: &Value) {
        if self.insight["funnelsFilter"]["funnelVizType"].as_str().is_some_and(|visual| visual != "steps") {
            return;
        }
        let results = results.as_array().unwrap();
        let of_values: Vec<&Value> = match results.first() {
            Some(first) if first.is_array() => results.iter().collect(),
            Some(_) => vec![],
            None => return,
        };
        let whole = Value::from(results.clone());
        let of_values = if of_values.is_empty() { vec![&whole] } else { of_values };
        let is_optional = |step: usize| self.insight["series"][step]["optionalInFunnel"] == json!(true);
        let has_optional = (0..self.insight["series"].as_array().unwrap().len()).any(is_optional);
        // An actor of several values is listed once under each, and once where no value is asked for.
        for steps in of_values {
            let counts: Vec<f64> =
                steps.as_array().unwrap().iter().map(|step| step["count"].as_f64().unwrap()).collect();
            let value = &steps[0]["breakdown_value"];
            let with_value = |mut part: Value| {
                if !value.is_null() {
                    part["funnelStepBreakdown"] = value.clone();
                }
                part
            };
            for (step, count) in counts.iter().enumerate() {
                self.note("FunnelsActorsQuery", with_value(json!({"funnelStep": step + 1})), *count, false);
                if step > 0 && !has_optional {
                    let part = with_value(json!({"funnelStep": -(step as i64 + 1)}));
                    self.note("FunnelsActorsQuery", part, counts[step - 1] - count, false);
                }
            }
        }
    }

    fn lifecycle(&mut self, items: &Value) {
        for item in items.as_array().unwrap() {
            for (day, value) in item["days"].as_array().unwrap().iter().zip(item["data"].as_array().unwrap()) {
                let part = json!({"day": day, "status": item["status"]});
                self.note("InsightActorsQuery", part, value.as_f64().unwrap().abs(), false);
            }
        }
    }

    fn retention(&mut self, results: &Value) {
        let results = results.as_array().unwrap();
        let has_values = results.iter().any(|row| !row["breakdown_value"].is_null());
        let n_values = results.iter().map(|row| row["breakdown_value"].to_string()).collect::<BTreeSet<_>>().len();
        let n_rows = results.len() / n_values.max(1);
        for (index, row) in results.iter().enumerate() {
            let mut part = json!({"interval": index % n_rows.max(1)});
            if has_values {
                part["breakdown"] = row["breakdown_value"].clone();
            }
            let counts = row["values"].as_array().unwrap().iter().map(|value| value["count"].as_u64().unwrap());
            self.appearances(part, &counts.collect::<Vec<_>>());
        }
    }

    /// Holds how many actors are in each column of a row against the columns that the listed actors are in.
    fn appearances(&mut self, part: Value, counts: &[u64]) {
        let mut source = json!({"kind": "InsightActorsQuery", "source": self.insight});
        source.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        let node = json!({"kind": "ActorsQuery", "source": source, "select": ["appearances"], "limit": 50_000});
        self.n_checked += 1;
        let found = match ask(&node, self.context, self.source) {
            Ok(answer) => answer.results,
            Err(error) => return self.differences.push(format!("{error} for {part}")),
        };
        let is_in = |row: &&Value, column: usize| row[0].as_array().unwrap().contains(&json!(column));
        let rows = found.as_array().unwrap();
        let listed: Vec<u64> =
            (0..counts.len()).map(|column| rows.iter().filter(|row| is_in(row, column)).count() as u64).collect();
        let is_within = is_of_others(&part) && listed.iter().zip(counts).all(|(listed, count)| listed <= count);
        if listed != counts && !is_within {
            self.differences.push(format!("{counts:?} counted, {listed:?} listed for {part}"));
        }
    }

    fn stickiness(&mut self, items: &Value) {
        for item in items.as_array().unwrap() {
            for (day, value) in item["days"].as_array().unwrap().iter().zip(item["data"].as_array().unwrap()) {
                let mut part = json!({"day": day, "series": item["action"]["order"]});
                if !item["compare_label"].is_null() {
                    part["compare"] = item["compare_label"].clone();
                }
                self.note("StickinessActorsQuery", part, value.as_f64().unwrap(), false);
            }
        }
    }
}
