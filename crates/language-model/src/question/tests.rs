//! The planner as a whole, on the vocabulary of the demo project.

use chrono::{NaiveDate, Weekday};
use proptest::prelude::*;
use query_engine::answer::Query;

use super::vocabulary::{Definition, EventName, PropertyName, Vocabulary};
use super::*;

/// Questions with what is to become of them: a line `kind: question`, then the query as JSON or `? ` with what was not understood.
const DEMO: &str = include_str!("tests/demo.txt");

fn calendar() -> Calendar {
    Calendar { today: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(), week_start: Weekday::Mon }
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// The names of the demo project, with an action, cohorts and a group type.
fn demo() -> Vocabulary {
    let events = [
        ("$pageview", 80_000),
        ("$autocapture", 50_000),
        ("$pageleave", 16_000),
        ("search", 10_000),
        ("add_to_cart", 6_000),
        ("custom_event_0", 5_900),
        ("signup_started", 4_000),
        ("checkout_started", 3_000),
        ("signup_completed", 2_400),
        ("custom_event_1", 2_200),
        ("$identify", 2_000),
        ("purchase", 1_600),
    ];
    let all: Vec<String> = events.iter().map(|(name, _)| (*name).to_owned()).collect();
    let property = |key: &str, is_numeric: bool, values: &[&str]| PropertyName {
        key: key.to_owned(),
        count: 200_000,
        is_numeric,
        values: texts(values),
        events: all.clone(),
    };
    let browsers = ["Chrome", "Safari", "Firefox", "Edge", "Mobile Safari", "Samsung Internet", "Opera", "Brave"];
    Vocabulary {
        events: events.iter().map(|(name, count)| EventName { name: (*name).to_owned(), count: *count }).collect(),
        event_properties: vec![
            property("$browser", false, &browsers),
            property("$current_url", false, &["https://example.com/docs/0", "https://example.com/product/1"]),
            property("$geoip_country_code", false, &["AA", "AB", "AC", "DE", "BR"]),
            property("$lib", false, &["web"]),
            property("$lib_version", false, &["1.234.5"]),
            property("$os", false, &["Windows", "Mac OS X", "iOS", "Android", "Linux", "Chrome OS"]),
            property("$screen_width", true, &["1024", "1280", "1536"]),
            property("$session_id", false, &["s1", "s2"]),
            property("plan", false, &["free", "pro", "enterprise"]),
            PropertyName { count: 1_600, events: texts(&["purchase"]), ..property("revenue", true, &["12.5"]) },
        ],
        person_properties: vec![
            PropertyName { events: Vec::new(), ..property("email", false, &["user-1@example.com"]) },
            PropertyName { events: Vec::new(), ..property("plan", false, &["free", "pro", "enterprise"]) },
        ],
        group_types: vec!["company".to_owned()],
        actions: vec![Definition { id: 7, name: "Requested demo".to_owned() }],
        cohorts: vec![Definition { id: 3, name: "Power users".to_owned() }],
    }
}

fn kind_named(name: &str) -> InsightKind {
    match name {
        "trends" => InsightKind::Trends,
        "funnel" => InsightKind::Funnel,
        "retention" => InsightKind::Retention,
        "sql" => InsightKind::Sql,
        other => panic!("{other} is no kind"),
    }
}

/// What becomes of a question, as a line of [`DEMO`] has it.
fn outcome(kind: &str, question: &str) -> String {
    match plan(question, kind_named(kind), &demo(), &calendar()) {
        Ok(planned) => planned.query.to_string(),
        Err(refused) => format!("? {}", refused.what),
    }
}

#[test]
fn questions_about_the_demo_project_become_the_intended_queries() {
    let lines: Vec<&str> = DEMO.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut wrong = Vec::new();
    for pair in lines.chunks(2) {
        let (kind, question) = pair[0].split_once(": ").expect("a line is a kind and a question");
        let found = outcome(kind, question);
        let expected = pair.get(1).copied().unwrap_or_default();
        let is_same = match (serde_json::from_str::<Value>(expected), serde_json::from_str::<Value>(&found)) {
            (Ok(expected), Ok(found)) => expected == found,
            _ => expected == found,
        };
        if !is_same {
            wrong.push(format!("{kind}: {question}\n{found}\n"));
        }
    }
    assert!(lines.len() >= 2 * 120);
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), lines.len() / 2, wrong.join("\n"));
}

/// Pieces of questions, to be put together in any way.
const PIECES: &[&str] = &[
    "how many",
    "unique users",
    "weekly active users",
    "daily",
    "purchases",
    "signed up",
    "page views",
    "search",
    "then",
    "to",
    "from",
    "by country",
    "per week",
    "by plan and browser",
    "top 10 pages",
    "average revenue",
    "p95 of screen width",
    "per user",
    "per session",
    "in Germany",
    "not on Chrome",
    "where plan is pro",
    "with revenue over 100",
    "between 10 and 20",
    "last 30 days",
    "since June",
    "in March 2026",
    "yesterday",
    "compared to last month",
    "as a pie chart",
    "cumulative",
    "ratio of",
    "divided by",
    "percentage of",
    "within 7 days",
    "in any order",
    "without",
    "after",
    "before",
    "retention",
    "for 8 weeks",
    "day 7",
    "lifecycle of",
    "stickiness of",
    "paths from",
    "power users",
    "requested demo",
    "\"custom event 0\"",
    "and",
    "or",
    ",",
    "excluding",
    "/docs",
    "$pageview",
    "by",
    "999999999999999999999",
    "-5",
    "0",
    "q9",
    "31 February",
    "top 0",
    "last 0 days",
    "last 99999 years",
    "9999-99-99",
    "between",
    "is",
    "=",
    "it's",
    "“",
    "\"",
];

fn any_kind() -> impl Strategy<Value = InsightKind> {
    prop::sample::select(vec![InsightKind::Trends, InsightKind::Funnel, InsightKind::Retention, InsightKind::Sql])
}

#[track_caller]
fn check_sound(question: &str, kind: InsightKind, vocabulary: &Vocabulary) {
    match plan(question, kind, vocabulary, &calendar()) {
        Ok(planned) => {
            Query::parse(&planned.query).expect("what is planned can be asked");
            assert!(planned.explanation.ends_with('.'), "{}", planned.explanation);
        }
        Err(refused) => assert!(
            !refused.what.is_empty() && !refused.what.contains("cannot be asked"),
            "{question}: {}",
            refused.what
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: test_support::cases::n_property_cases() / 20, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_put_together_becomes_a_query_or_a_refusal(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12),
        kind in any_kind(),
    ) {
        check_sound(&pieces.join(" "), kind, &demo());
    }

    #[test]
    fn any_text_at_all_is_answered(text in "\\PC{0,80}", noise in any::<String>(), kind in any_kind()) {
        check_sound(&text, kind, &demo());
        check_sound(&noise, kind, &demo());
    }

    #[test]
    fn any_names_at_all_are_found_where_they_are_quoted(name in "[\\PC&&[^\"`“”„]]{1,30}", key in "\\PC{1,30}", value in "\\PC{1,30}") {
        let mut vocabulary = demo();
        vocabulary.events.push(EventName { name: name.clone(), count: 1 });
        vocabulary.event_properties.push(PropertyName { key: key.clone(), count: 1, values: vec![value.clone()], ..PropertyName::default() });
        for kind in [InsightKind::Trends, InsightKind::Sql] {
            check_sound(&format!("how many \"{name}\" by {key} where {key} is {value}"), kind, &vocabulary);
        }
    }
}

#[test]
fn names_of_one_letter_and_none_are_no_trouble() {
    let vocabulary = Vocabulary {
        events: ["", " ", "$", "a", "the", "_", "to"]
            .iter()
            .map(|name| EventName { name: (*name).to_owned(), count: 1 })
            .collect(),
        ..Vocabulary::default()
    };
    for question in ["a", "the", "how many the to a", "$", "\"the\" by a", "from to to the"] {
        for kind in [InsightKind::Trends, InsightKind::Funnel, InsightKind::Retention, InsightKind::Sql] {
            check_sound(question, kind, &vocabulary);
        }
    }
    let refused = plan("page views", InsightKind::Trends, &Vocabulary::default(), &calendar()).unwrap_err();
    assert_eq!(refused.what, "the project has no events yet, so there is nothing to ask about");
}

#[test]
fn long_questions_are_refused_and_the_longest_is_read() {
    let long = "purchases ".repeat(101);
    let refused = plan(&long, InsightKind::Trends, &demo(), &calendar()).unwrap_err();
    assert_eq!(refused.what, "the question is longer than 1000 characters");
    check_sound(&long[..1000], InsightKind::Funnel, &demo());
}

#[test]
fn explanations_say_what_was_assumed() {
    let explained = |question: &str| plan(question, InsightKind::Trends, &demo(), &calendar()).unwrap().explanation;
    assert_eq!(
        explained("signups by plan last week"),
        "Shows how often `signup_completed` happened, by day, last week, broken down by `plan`. “signups” was read as `signup_completed` (it could also be \
         `signup_started`)."
    );
    assert_eq!(
        explained("ratio of purchase to search in Germany"),
        "Shows A / B, where A is how often `purchase` happened and B is how often `search` happened, by day, in the last 30 days, where `$geoip_country_code` is \
         DE. The question names no time; another one can be asked for."
    );
}

#[test]
fn suggestions_are_understood() {
    let suggested = suggestions(&demo());
    assert_eq!(suggested.len(), 4);
    for (question, kind) in
        suggested.iter().zip([InsightKind::Trends, InsightKind::Trends, InsightKind::Funnel, InsightKind::Retention])
    {
        assert!(plan(question, kind, &demo(), &calendar()).is_ok(), "{question}");
    }
}
