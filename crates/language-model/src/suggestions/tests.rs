use query_engine::answer::Query;
use serde_json::{Value, json};

use super::*;

fn trend() -> Value {
    json!({"kind": "InsightVizNode", "source": {
        "kind": "TrendsQuery", "dateRange": {"date_from": "-30d"}, "filterTestAccounts": true,
        "series": [{"kind": "EventsNode", "event": "signup"}, {"kind": "EventsNode", "event": "purchase", "math": "sum", "math_property": "price"}],
    }})
}

#[track_caller]
fn check(node: Value, expected: &[&str]) {
    let suggested = suggest(&node, &["plan".to_owned(), "$browser".to_owned()]);
    let titles: Vec<&str> = suggested.iter().map(|suggestion| suggestion.title.as_str()).collect();
    assert_eq!(titles, expected);
    for suggestion in &suggested {
        Query::parse(&suggestion.target_query).unwrap();
        assert_eq!(suggestion.target_query["kind"], "InsightVizNode");
    }
}

#[test]
fn each_kind_has_its_next_questions() {
    check(
        trend(),
        &[
            "Unique users instead of totals",
            "The same by browser",
            "Compared with the period before",
            "Funnel of these events",
            "Daily retention of signup",
            "Stickiness of signup, last 30 days",
            "Daily lifecycle of signup, last 30 days",
        ],
    );
    check(
        json!({"kind": "RetentionQuery", "retentionFilter": {"period": "Week", "targetEntity": {"id": "signup", "type": "events"}, "returningEntity": {"id": "visit", "type": "events"}}}),
        &[
            "Stickiness of visit, last 12 weeks",
            "Weekly lifecycle of visit, last 12 weeks",
            "Weekly unique users of visit, last 12 weeks",
            "The same by browser",
        ],
    );
    check(
        json!({"kind": "FunnelsQuery", "series": [{"event": "signup"}, {"event": "purchase"}]}),
        &[
            "The same by browser",
            "Time to convert",
            "Conversion over time",
            "Steps over time",
            "Paths between the first and the last step",
            "Daily retention of purchase",
        ],
    );
    check(json!({"kind": "HogQLQuery", "query": "select 1"}), &[]);
}

#[test]
fn what_a_query_asks_of_people_stays_in_its_follow_ups() {
    for suggestion in suggest(&trend(), &[]) {
        assert_eq!(suggestion.target_query["source"]["filterTestAccounts"], true, "{suggestion:?}");
    }
}

#[test]
fn words_choose_among_suggestions() {
    let all = suggest(&trend(), &["$browser".to_owned()]);
    let titles =
        |context: &str| ranked(all.clone(), context).into_iter().map(|suggestion| suggestion.title).collect::<Vec<_>>();
    assert_eq!(titles("do they come back? retention please")[0], "Daily retention of signup");
    assert_eq!(titles("which browsers?")[0], "The same by browser");
    assert_eq!(titles("xyzzy").len(), all.len());
}

#[track_caller]
fn check_model(query: Value, expected: Result<(), &str>) {
    let answer = json!({"suggestions": [{"title": "<b>T</b>", "description": "d", "targetQuery": query}]}).to_string();
    let read = read_suggestions(&answer, &Query::parse(&trend()).unwrap());
    match expected {
        Ok(()) => assert_eq!(read.unwrap()[0].title, "T"),
        Err(part) => assert!(read.as_ref().is_err_and(|objection| objection.contains(part)), "{read:?}"),
    }
}

#[test]
fn a_models_query_is_one_of_ours_or_none() {
    let viz = |source: Value| json!({"kind": "InsightVizNode", "source": source});
    check_model(viz(json!({"kind": "TrendsQuery", "series": [{"event": "x"}]})), Ok(()));
    check_model(json!({"kind": "TrendsQuery", "series": []}), Err("is to be an InsightVizNode"));
    check_model(viz(json!({"kind": "HogQLQuery", "query": "select 1"})), Err("source.kind` is to be one of"));
    check_model(viz(json!({"kind": "DropTable"})), Err("source.kind` is to be one of"));
    check_model(
        viz(json!({"kind": "TrendsQuery", "series": [{"event": "x"}], "team_id": 2})),
        Err("may have the keys"),
    );
    check_model(viz(json!({"kind": "TrendsQuery", "series": "x"})), Err("source.series"));
    check_model(
        viz(json!({"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": 7}]})),
        Err("no other actions"),
    );
    assert!(read_suggestions("I think…", &Query::parse(&trend()).unwrap()).is_err());
}
