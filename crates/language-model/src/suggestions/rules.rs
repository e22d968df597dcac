//! What follows from the kind of a query.

use query_engine::answer::Query;
use serde_json::{Map, Value, json};

use super::{MAX_SUGGESTIONS, Suggestion};
use crate::description::{describe, runnable};

/// Properties that people break down by, the likeliest first.
const COMMON_PROPERTIES: [&str; 6] =
    ["$browser", "$device_type", "$os", "$geoip_country_name", "$referring_domain", "plan"];

/// What to ask after `node`, whose project's events have `properties`, the most telling first.
///
/// Each is a query that parses; those of features that the query uses and the follow-up cannot are left out.
pub fn suggest(node: &Value, properties: &[String]) -> Vec<Suggestion> {
    let source = runnable(node);
    let rules = Rules { source, property: property_of(source, properties) };
    let suggested = match source["kind"].as_str() {
        Some("TrendsQuery") => rules.after_trends(),
        Some("FunnelsQuery") => rules.after_funnel(),
        Some("RetentionQuery") => rules.after_retention(),
        Some("StickinessQuery") => rules.after_stickiness(),
        Some("LifecycleQuery") => rules.after_lifecycle(),
        Some("PathsQuery") => rules.after_paths(),
        _ => Vec::new(),
    };
    let is_known = |suggestion: &Suggestion| Query::parse(&suggestion.target_query).is_ok();
    suggested.into_iter().filter(is_known).take(MAX_SUGGESTIONS).collect()
}

/// The property to break down by: none that the query is broken down by already.
fn property_of(source: &Value, properties: &[String]) -> Option<String> {
    let used = source["breakdownFilter"].to_string();
    let is_free = |property: &&String| !used.contains(property.as_str());
    let common = COMMON_PROPERTIES
        .iter()
        .find_map(|common| properties.iter().filter(is_free).find(|property| property == common));
    let own = properties.iter().filter(is_free).find(|property| !property.starts_with('$'));
    common.or(own).cloned()
}

struct Rules<'a> {
    source: &'a Value,
    property: Option<String>,
}

impl Rules<'_> {
    fn after_trends(&self) -> Vec<Suggestion> {
        let mut list = Vec::new();
        let series = self.series();
        let counts_events = |node: &Value| matches!(node["math"].as_str(), None | Some("total"));
        if series.iter().any(counts_events) {
            let unique = self.changed(|query| {
                for node in query["series"].as_array_mut().into_iter().flatten() {
                    if counts_events(node) {
                        node["math"] = "dau".into();
                    }
                }
            });
            list.push(named("Unique users instead of totals", "How many people are behind these numbers", unique));
        }
        list.extend(self.by_property());
        if self.source["compareFilter"]["compare"] != true {
            let compared = self.changed(|query| query["compareFilter"] = json!({"compare": true}));
            list.push(named("Compared with the period before", "Whether it is more or less than last time", compared));
        }
        if series.len() > 1 {
            list.push(named(
                "Funnel of these events",
                "How many people go from the first to the last",
                self.funnel(plain(&series)),
            ));
        }
        if let Some(first) = series.first() {
            list.push(self.retention_of(first));
            list.push(self.stickiness_of(first));
            list.push(self.lifecycle_of(first));
        }
        list
    }

    fn after_funnel(&self) -> Vec<Suggestion> {
        let mut list = Vec::new();
        list.extend(self.by_property());
        let timed = self.changed(|query| query["funnelsFilter"]["funnelVizType"] = "time_to_convert".into());
        list.push(named("Time to convert", "How long people take from the first step to the last", timed));
        let trended = self.changed(|query| query["funnelsFilter"]["funnelVizType"] = "trends".into());
        list.push(named("Conversion over time", "Whether the conversion gets better or worse", trended));
        let series = self.series();
        if let (Some(first), Some(last)) = (series.first(), series.last()) {
            let steps = self.query("TrendsQuery", json!({"series": plain(&series)}));
            list.push(named("Steps over time", "How often each step is taken, to see where it changes", steps));
            if let (Some(from), Some(to)) = (page_or_event(first), page_or_event(last)) {
                let filter =
                    json!({"includeEventTypes": ["custom_event", "$pageview"], "startPoint": from, "endPoint": to});
                let paths = self.query("PathsQuery", json!({"pathsFilter": filter}));
                list.push(named("Paths between the first and the last step", "What people do on the way", paths));
            }
            list.push(self.retention_of(last));
        }
        list
    }

    fn after_retention(&self) -> Vec<Suggestion> {
        let filter = &self.source["retentionFilter"];
        let node = entity_node(&filter["returningEntity"]);
        let mut list = vec![self.stickiness_of(&node), self.lifecycle_of(&node)];
        let trend =
            self.query("TrendsQuery", json!({"series": [with_math(&node, "dau")], "interval": self.interval()}));
        list.push(titled("How many people do it over time", trend));
        list.extend(self.by_property());
        list
    }

    fn after_stickiness(&self) -> Vec<Suggestion> {
        let Some(first) = self.series().first().map(plain_node) else { return Vec::new() };
        let trend =
            self.query("TrendsQuery", json!({"series": [with_math(&first, "dau")], "interval": self.interval()}));
        vec![self.retention_of(&first), self.lifecycle_of(&first), titled("How many people do it over time", trend)]
    }

    fn after_lifecycle(&self) -> Vec<Suggestion> {
        let Some(first) = self.series().first().map(plain_node) else { return Vec::new() };
        let trend =
            self.query("TrendsQuery", json!({"series": [with_math(&first, "dau")], "interval": self.interval()}));
        vec![self.retention_of(&first), self.stickiness_of(&first), titled("How many people do it over time", trend)]
    }

    fn after_paths(&self) -> Vec<Suggestion> {
        let view = json!({"kind": "EventsNode", "event": "$pageview"});
        let by_page =
            json!({"series": [view.clone()], "breakdownFilter": {"breakdown": "$pathname", "breakdown_type": "event"}});
        let trend = self.query("TrendsQuery", by_page);
        vec![
            named("Pageviews by page", "Which pages are seen most, and how that changes", trend),
            self.retention_of(&view),
            self.lifecycle_of(&view),
        ]
    }

    /// The query by the project's most telling property.
    fn by_property(&self) -> Option<Suggestion> {
        let property = self.property.as_ref()?;
        let by =
            self.changed(|query| query["breakdownFilter"] = json!({"breakdown": property, "breakdown_type": "event"}));
        let words = property.trim_start_matches('$').replace('_', " ");
        Some(named(
            format!("The same by {words}"),
            format!("Which values of {words} it comes from, and which of them move it"),
            by,
        ))
    }

    fn stickiness_of(&self, node: &Value) -> Suggestion {
        let query = self.query("StickinessQuery", json!({"series": [plain_node(node)], "interval": self.interval()}));
        titled("In how many intervals people come back", query)
    }

    fn lifecycle_of(&self, node: &Value) -> Suggestion {
        let query = self.query("LifecycleQuery", json!({"series": [plain_node(node)], "interval": self.interval()}));
        titled("Whether more people come than go", query)
    }

    fn retention_of(&self, node: &Value) -> Suggestion {
        let entity = retention_entity(node);
        let period = match self.interval() {
            "hour" => "Hour",
            "week" => "Week",
            "month" => "Month",
            _ => "Day",
        };
        let filter = json!({"period": period, "totalIntervals": 8, "retentionType": "retention_first_time", "targetEntity": entity, "returningEntity": entity});
        let mut query = self.query("RetentionQuery", json!({"retentionFilter": filter}));
        // Retention looks back as many intervals as it has columns.
        if let Some(source) = query["source"].as_object_mut() {
            source.remove("dateRange");
        }
        titled("Whether people come back to it", query)
    }

    fn funnel(&self, series: Vec<Value>) -> Value {
        self.query("FunnelsQuery", json!({"series": series}))
    }

    /// The interval, also of retention, which calls it a period.
    fn interval(&self) -> &'static str {
        let interval =
            self.source["interval"].as_str().or(self.source["retentionFilter"]["period"].as_str()).unwrap_or("day");
        match interval.to_ascii_lowercase().as_str() {
            "hour" | "minute" | "second" => "hour",
            "week" => "week",
            "month" => "month",
            _ => "day",
        }
    }

    fn series(&self) -> Vec<Value> {
        self.source["series"].as_array().cloned().unwrap_or_default()
    }

    /// The query itself with a change.
    fn changed(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut source = self.source.clone();
        change(&mut source);
        wrapped(source)
    }

    /// A query of another kind over the same range and people.
    fn query(&self, kind: &str, own: Value) -> Value {
        let mut source = Map::new();
        source.insert("kind".to_owned(), kind.into());
        for key in ["dateRange", "properties", "filterTestAccounts"] {
            if let Some(value) = self.source.get(key).filter(|value| !value.is_null()) {
                source.insert(key.to_owned(), value.clone());
            }
        }
        if self.source["kind"] == "RetentionQuery" && self.source["dateRange"]["date_from"].is_null() {
            // Retention looks back by itself; a week would be too short a range for what comes back weekly.
            let unit = self.interval().chars().next().unwrap_or('d');
            let back = if unit == 'd' { "-30d".to_owned() } else { format!("-12{unit}") };
            source.insert("dateRange".to_owned(), json!({ "date_from": back }));
        }
        if let Value::Object(own) = own {
            source.extend(own);
        }
        wrapped(Value::Object(source))
    }
}

fn wrapped(source: Value) -> Value {
    json!({"kind": "InsightVizNode", "source": source})
}

fn named(title: impl Into<String>, description: impl Into<String>, target_query: Value) -> Suggestion {
    Suggestion { title: title.into(), description: Some(description.into()), target_query }
}

/// A suggestion that is called as its query is.
fn titled(description: &str, target_query: Value) -> Suggestion {
    let title = match Query::parse(&target_query) {
        Ok(query) => describe(&query, &target_query).name,
        Err(_) => description.to_owned(),
    };
    named(title, description, target_query)
}

/// A series without what it counts: its event or action, and its conditions.
fn plain_node(node: &Value) -> Value {
    let kept = ["kind", "event", "id", "name", "custom_name", "properties", "nodes", "operator"];
    let fields = kept
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), node.get(*key).filter(|value| !value.is_null())?.clone())));
    let mut fields: Map<String, Value> = fields.collect();
    fields.entry("kind").or_insert_with(|| "EventsNode".into());
    Value::Object(fields)
}

fn plain(series: &[Value]) -> Vec<Value> {
    series.iter().map(plain_node).collect()
}

fn with_math(node: &Value, math: &str) -> Value {
    let mut node = plain_node(node);
    node["math"] = math.into();
    node
}

/// A series as retention names it.
fn retention_entity(node: &Value) -> Value {
    match node["kind"].as_str() {
        Some("ActionsNode") => json!({"id": node["id"], "name": node["name"], "type": "actions"}),
        _ => match node["event"].as_str().filter(|event| !event.is_empty()) {
            Some(event) => json!({"id": event, "name": event, "type": "events"}),
            None => json!({"id": null, "name": "All events", "type": "events"}),
        },
    }
}

/// An entity of retention as a series.
fn entity_node(entity: &Value) -> Value {
    match entity["type"].as_str() {
        Some("actions") => json!({"kind": "ActionsNode", "id": entity["id"], "name": entity["name"]}),
        _ => json!({"kind": "EventsNode", "event": entity["id"].as_str().unwrap_or("$pageview")}),
    }
}

/// A step as an item of paths: those of custom events are called by the event.
fn page_or_event(node: &Value) -> Option<&str> {
    node["event"].as_str().filter(|event| !event.is_empty() && !event.starts_with('$'))
}
