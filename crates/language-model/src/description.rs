//! Names and descriptions of queries, in the words of those who ask them: "Daily active users by browser, last 30 days".

use chrono::NaiveDate;
use insights_core::time::Interval;
use query_engine::answer::Query;
use serde_json::Value;

/// Longest name of an insight.
pub const MAX_NAME_CHARACTERS: usize = 400;
/// Longest description of an insight that is made here.
pub const MAX_DESCRIPTION_CHARACTERS: usize = 1000;
/// Series that a name lists.
const NAMED_SERIES: usize = 3;

/// What a query is called, and what it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// At most [`MAX_NAME_CHARACTERS`].
    pub name: String,
    /// At most [`MAX_DESCRIPTION_CHARACTERS`].
    pub description: String,
}

/// Describes `query`, which was read from `node`, a runnable one or one that wraps it.
pub fn describe(query: &Query, node: &Value) -> Description {
    let source = runnable(node);
    let interval = query.interval().unwrap_or(Interval::Day);
    let by = breakdown(source).map(|by| format!(" by {by}")).unwrap_or_default();
    let range = range(source);
    let over = range.as_deref().map(|range| format!(", {range}")).unwrap_or_default();
    let (subject, sentence) = match query.kind() {
        "TrendsQuery" => {
            let name = trends(source, interval);
            (capitalised(&format!("{name}{by}")), format!("Shows {}", lowercased(&name)))
        }
        "FunnelsQuery" => {
            let steps = series(source);
            let list = listed(&steps, " to ");
            (
                format!("Funnel from {list}{by}"),
                format!("Shows how many people go from one step to the next: {}", listed(&steps, ", then ")),
            )
        }
        "RetentionQuery" => {
            let filter = &source["retentionFilter"];
            let (target, back) = (entity(&filter["targetEntity"]), entity(&filter["returningEntity"]));
            let name = if target == back {
                format!("retention of {target}")
            } else {
                format!("retention from {target} to {back}")
            };
            (
                format!("{} {name}{by}", adjective(interval)),
                format!("Shows how many of those who began with {target} came back with {back}"),
            )
        }
        "PathsQuery" => {
            let filter = &source["pathsFilter"];
            let ends = [("from", &filter["startPoint"]), ("to", &filter["endPoint"])];
            let ends: String = ends
                .iter()
                .filter_map(|(word, end)| Some(format!(" {word} {}", end.as_str().filter(|end| !end.is_empty())?)))
                .collect();
            (format!("Paths of people{ends}"), format!("Shows the ways that people take{ends}"))
        }
        "StickinessQuery" => {
            let what = listed(&series(source), " and ");
            (
                format!("Stickiness of {what}"),
                format!("Shows in how many {}s people come back to {what}", unit(interval)),
            )
        }
        "LifecycleQuery" => {
            let what = listed(&series(source), " and ");
            (
                format!("{} lifecycle of {what}", adjective(interval)),
                format!("Shows how many people are new, returning, resurrecting and dormant by {what}"),
            )
        }
        "EventsQuery" => {
            let event = source["event"].as_str().map_or_else(|| "events".to_owned(), event_name);
            (capitalised(&format!("latest {event}")), format!("Lists {event} row by row"))
        }
        "GroupsQuery" => ("Groups".to_owned(), "Lists groups with their properties".to_owned()),
        "HogQLQuery" => ("SQL query".to_owned(), "Shows the rows of a SQL query".to_owned()),
        _ => {
            let behind = &source["source"];
            let behind = if behind["source"].is_object() { &behind["source"] } else { behind };
            let of = Query::parse(behind).ok().map(|query| lowercased(&describe(&query, behind).name));
            let of = of.map(|of| format!(" behind {of}")).unwrap_or_default();
            (format!("People{of}"), format!("Lists the people{of}"))
        }
    };
    let mut description = sentence;
    if !by.is_empty() && matches!(query.kind(), "TrendsQuery" | "FunnelsQuery" | "RetentionQuery") {
        description += &format!(", broken down{by}");
    }
    if let Some(range) = &range {
        description += &format!(", {range}");
    }
    if source["compareFilter"]["compare"] == true {
        description += ", compared with the period before";
    }
    if has_conditions(&source["properties"]) {
        description += ", for a part of the events";
    }
    if source["filterTestAccounts"] == true {
        description += ", without test accounts";
    }
    let over = if query.kind() == "RetentionQuery" && source["dateRange"]["date_from"].is_null() {
        String::new()
    } else {
        over
    };
    Description {
        name: clipped(&format!("{subject}{over}"), MAX_NAME_CHARACTERS),
        description: clipped(&format!("{description}."), MAX_DESCRIPTION_CHARACTERS),
    }
}

/// The node that is run: inside of those that say how it is shown.
pub fn runnable(node: &Value) -> &Value {
    let wraps = |node: &Value| {
        matches!(node["kind"].as_str(), Some("InsightVizNode" | "DataVisualizationNode" | "DataTableNode"))
    };
    let mut node = node;
    while wraps(node) && node["source"].is_object() {
        node = &node["source"];
    }
    node
}

fn trends(source: &Value, interval: Interval) -> String {
    let formulas = [&source["trendsFilter"]["formulaNodes"], &source["trendsFilter"]["formulas"]];
    let formula = formulas
        .iter()
        .find_map(|list| list.get(0))
        .map(|first| first.get("custom_name").or_else(|| first.get("formula")).unwrap_or(first));
    if let Some(formula) =
        formula.or(source["trendsFilter"].get("formula")).and_then(Value::as_str).filter(|formula| !formula.is_empty())
    {
        return format!("{formula} of {}", listed(&series(source), " and "));
    }
    let is_total = matches!(
        source["trendsFilter"]["display"].as_str(),
        Some("BoldNumber" | "ActionsPie" | "ActionsBarValue" | "ActionsTable" | "WorldMap")
    );
    let adjective = if is_total { None } else { Some(adjective(interval)) };
    let nodes = source["series"].as_array().map(Vec::as_slice).unwrap_or_default();
    let measured: Vec<String> = nodes.iter().map(|node| measured(node, adjective)).collect();
    let mut names: Vec<String> = Vec::with_capacity(measured.len());
    for (position, name) in measured.iter().enumerate() {
        names.push(if position == 0 { name.clone() } else { lowercased(name) });
    }
    listed(&names, if names.len() > 2 { ", " } else { " and " })
}

/// What a series measures: `Daily active users`, `Average price of purchase`.
fn measured(node: &Value, adjective: Option<&str>) -> String {
    if let Some(name) = node["custom_name"].as_str().filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let event = entity(node);
    let property = node["math_property"].as_str().map_or_else(|| "value".to_owned(), property_name);
    let is_everything = event == "all events";
    let timed = |what: &str| adjective.map_or_else(|| what.to_owned(), |adjective| format!("{adjective} {what}"));
    let active = |words: &str| if is_everything { words.to_owned() } else { format!("{words} of {event}") };
    match node["math"].as_str() {
        None | Some("total") => timed(&event),
        Some("dau") if is_everything => timed("active users"),
        Some("dau") => timed(&format!("unique users of {event}")),
        Some("weekly_active") => active("Weekly active users"),
        Some("monthly_active") => active("Monthly active users"),
        Some("unique_session") => timed(&active("unique sessions")),
        Some("unique_group") => timed(&active("unique groups")),
        Some("first_time_for_user") => timed(&format!("first-time users of {event}")),
        Some("sum") => format!("Sum of {property} of {event}"),
        Some("avg") => format!("Average {property} of {event}"),
        Some("min") => format!("Smallest {property} of {event}"),
        Some("max") => format!("Largest {property} of {event}"),
        Some("median") => format!("Median {property} of {event}"),
        Some(percentile) if percentile.starts_with('p') && percentile[1..].bytes().all(|b| b.is_ascii_digit()) => {
            format!("{}th percentile of {property} of {event}", &percentile[1..])
        }
        Some(other) => format!("{} of {event}", property_name(other)),
    }
}

fn series(source: &Value) -> Vec<String> {
    source["series"].as_array().map(|series| series.iter().map(entity).collect()).unwrap_or_default()
}

/// An event or action in words.
fn entity(node: &Value) -> String {
    let named = ["custom_name", "name"].iter().find_map(|key| node[*key].as_str().filter(|name| !name.is_empty()));
    match node["kind"].as_str().or(node["type"].as_str()) {
        Some("ActionsNode" | "actions") => named.map_or_else(|| "an action".to_owned(), |name| clipped(name, 80)),
        _ => {
            let event = node["event"].as_str().or(node["id"].as_str()).filter(|event| !event.is_empty());
            let given = node["custom_name"].as_str().filter(|name| !name.is_empty());
            given.map(str::to_owned).or(event.map(event_name)).unwrap_or_else(|| "all events".to_owned())
        }
    }
}

fn event_name(event: &str) -> String {
    match event {
        "$pageview" => "pageviews".to_owned(),
        "$pageleave" => "page leaves".to_owned(),
        "$screen" => "screen views".to_owned(),
        "$autocapture" => "autocaptured events".to_owned(),
        "$exception" => "exceptions".to_owned(),
        _ => clipped(&event.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>(), 80),
    }
}

/// `$geoip_country_name` as `geoip country name`.
fn property_name(property: &str) -> String {
    let words: String =
        property.trim_start_matches('$').chars().map(|c| if c == '_' || c.is_control() { ' ' } else { c }).collect();
    clipped(words.trim(), 80)
}

fn breakdown(source: &Value) -> Option<String> {
    let filter = &source["breakdownFilter"];
    let of = |property: &Value, kind: &Value| match (kind.as_str(), property) {
        (Some("cohort"), _) => Some("cohort".to_owned()),
        (Some("hogql"), _) => Some("expression".to_owned()),
        (_, Value::String(property)) if !property.is_empty() => Some(property_name(property)),
        _ => None,
    };
    if let Some(list) = filter["breakdowns"].as_array().filter(|list| !list.is_empty()) {
        let names: Vec<String> = list.iter().filter_map(|item| of(&item["property"], &item["type"])).collect();
        return (!names.is_empty()).then(|| listed(&names, " and "));
    }
    let property = filter["breakdown"].get(0).unwrap_or(&filter["breakdown"]);
    of(property, &filter["breakdown_type"])
}

/// The range in words; `None` where the query has none.
fn range(source: &Value) -> Option<String> {
    let has_range = matches!(
        source["kind"].as_str(),
        Some("TrendsQuery" | "FunnelsQuery" | "StickinessQuery" | "LifecycleQuery" | "PathsQuery" | "RetentionQuery")
    );
    if !has_range {
        return None;
    }
    let (from, to) = (
        source["dateRange"]["date_from"].as_str(),
        source["dateRange"]["date_to"].as_str().filter(|to| !to.is_empty()),
    );
    match (from, to) {
        (None | Some(""), None) => (source["kind"] != "RetentionQuery").then(|| "last 7 days".to_owned()),
        (None | Some(""), Some(to)) => Some(format!("until {}", date(to))),
        (Some("all"), _) => Some("all time".to_owned()),
        (Some("dStart"), None) => Some("today".to_owned()),
        (Some("mStart"), None) => Some("this month".to_owned()),
        (Some("yStart"), None) => Some("this year".to_owned()),
        (Some("-1dStart"), Some("-1dEnd")) => Some("yesterday".to_owned()),
        (Some(from), None) => {
            Some(relative(from).map_or_else(|| format!("since {}", date(from)), |words| format!("last {words}")))
        }
        (Some(from), Some(to)) => Some(format!("from {} to {}", date(from), date(to))),
    }
}

/// `-30d` as `30 days`.
fn relative(text: &str) -> Option<String> {
    let (number, unit) = text.strip_prefix('-')?.split_at_checked(text.len().checked_sub(2)?)?;
    let count: u32 = number.parse().ok()?;
    let unit = match unit {
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "m" => "month",
        "q" => "quarter",
        "y" => "year",
        _ => return None,
    };
    Some(if count == 1 { unit.to_owned() } else { format!("{count} {unit}s") })
}

fn date(text: &str) -> String {
    if let Some(words) = relative(text) {
        return format!("{words} ago");
    }
    let read = text.get(..10).and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
    read.map_or_else(|| clipped(text, 40), |date| date.format("%-d %B %Y").to_string())
}

fn adjective(interval: Interval) -> &'static str {
    match interval {
        Interval::Second => "Secondly",
        Interval::Minute => "Minutely",
        Interval::Hour => "Hourly",
        Interval::Day => "Daily",
        Interval::Week => "Weekly",
        Interval::Month => "Monthly",
    }
}

fn unit(interval: Interval) -> &'static str {
    match interval {
        Interval::Second => "second",
        Interval::Minute => "minute",
        Interval::Hour => "hour",
        Interval::Day => "day",
        Interval::Week => "week",
        Interval::Month => "month",
    }
}

fn has_conditions(filters: &Value) -> bool {
    match filters {
        Value::Array(list) => !list.is_empty(),
        Value::Object(group) => group.get("values").is_some_and(has_conditions),
        _ => false,
    }
}

/// The first of `names` with `between` between them, and how many there are more.
fn listed(names: &[String], between: &str) -> String {
    let shown = names.iter().take(NAMED_SERIES).map(String::as_str).collect::<Vec<_>>().join(between);
    match names.len().saturating_sub(NAMED_SERIES) {
        0 if shown.is_empty() => "all events".to_owned(),
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn clipped(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some(_) => text.chars().take(longest - 1).chain(['…']).collect(),
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// With a small first letter, where it begins one of our words.
fn lowercased(text: &str) -> String {
    const OWN: [&str; 16] = [
        "Secondly",
        "Minutely",
        "Hourly",
        "Daily",
        "Weekly",
        "Monthly",
        "Sum",
        "Average",
        "Smallest",
        "Largest",
        "Median",
        "Funnel",
        "Stickiness",
        "Paths",
        "Latest",
        "People",
    ];
    if OWN.iter().any(|own| text.starts_with(own)) { text[..1].to_lowercase() + &text[1..] } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(node: Value, name: &str, description: &str) {
        let query = Query::parse(&node).unwrap();
        let found = describe(&query, &node);
        assert_eq!((found.name.as_str(), found.description.as_str()), (name, description));
    }

    #[test]
    fn queries_are_named_as_people_name_them() {
        check(
            json!({"kind": "InsightVizNode", "source": {
                "kind": "TrendsQuery", "dateRange": {"date_from": "-30d"}, "series": [{"event": null, "math": "dau"}],
                "breakdownFilter": {"breakdown": "$browser"}, "filterTestAccounts": true,
            }}),
            "Daily active users by browser, last 30 days",
            "Shows daily active users, broken down by browser, last 30 days, without test accounts.",
        );
        check(
            json!({"kind": "TrendsQuery", "interval": "week", "series": [{"event": "$pageview"}, {"event": "paid", "math": "avg", "math_property": "unit_price"}],
                "compareFilter": {"compare": true}, "dateRange": {"date_from": "2026-01-01", "date_to": "2026-02-01"}}),
            "Weekly pageviews and average unit price of paid, from 1 January 2026 to 1 February 2026",
            "Shows weekly pageviews and average unit price of paid, from 1 January 2026 to 1 February 2026, compared with the period before.",
        );
        check(
            json!({"kind": "FunnelsQuery", "series": [{"event": "signup_started"}, {"event": "purchase"}]}),
            "Funnel from signup_started to purchase, last 7 days",
            "Shows how many people go from one step to the next: signup_started, then purchase, last 7 days.",
        );
        check(
            json!({"kind": "RetentionQuery", "retentionFilter": {"period": "Week", "targetEntity": {"id": "signup", "type": "events"}, "returningEntity": {"id": "$pageview", "type": "events"}}}),
            "Weekly retention from signup to pageviews",
            "Shows how many of those who began with signup came back with pageviews.",
        );
        check(
            json!({"kind": "LifecycleQuery", "series": [{"event": "$pageview"}], "dateRange": {"date_from": "mStart"}}),
            "Daily lifecycle of pageviews, this month",
            "Shows how many people are new, returning, resurrecting and dormant by pageviews, this month.",
        );
        check(
            json!({"kind": "ActorsQuery", "source": {"kind": "InsightActorsQuery", "source": {"kind": "TrendsQuery", "series": [{"event": "x"}]}}}),
            "People behind daily x, last 7 days",
            "Lists the people behind daily x, last 7 days.",
        );
    }

    #[test]
    fn names_have_an_end() {
        let long = "é".repeat(1000);
        let node = json!({"kind": "TrendsQuery", "series": vec![json!({"event": long, "custom_name": long}); 20]});
        let found = describe(&Query::parse(&node).unwrap(), &node);
        assert!(
            found.name.chars().count() <= MAX_NAME_CHARACTERS
                && found.description.chars().count() <= MAX_DESCRIPTION_CHARACTERS
        );
    }
}
