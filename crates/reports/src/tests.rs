//! Reports as wholes.

use language_model::assistant::Assistant;
use language_model::scripted::ScriptedModel;
use proptest::prelude::*;
use serde_json::{Value, json};
use test_support::cases::n_property_cases;

use crate::control::Cancel;
use crate::facts::Facts;
use crate::language::Language;
use crate::narrative::read_narration;
use crate::report::{Report, Version};
use crate::testing::{facts, order};

const VERSIONS: [Version; 2] = [Version::V2, Version::V3];

fn report(version: Version, language: Language) -> Report {
    Report::compute(version, &facts(), &order(language), &Cancel::default()).unwrap()
}

fn json(report: &Report) -> Value {
    serde_json::from_str(&report.json()).unwrap()
}

#[test]
fn a_report_of_version_2_1() {
    insta::assert_json_snapshot!("report_v2", json(&report(Version::V2, Language::En)));
}

#[test]
fn a_report_of_version_3_0() {
    insta::assert_json_snapshot!("report_v3", json(&report(Version::V3, Language::En)));
}

#[test]
fn reports_of_nothing() {
    for (version, name) in [(Version::V2, "empty_v2"), (Version::V3, "empty_v3")] {
        let report = Report::compute(version, &Facts::default(), &order(Language::En), &Cancel::default()).unwrap();
        insta::assert_json_snapshot!(name, json(&report));
        assert!(report.html().contains("</html>") && report.markdown().starts_with("# "));
    }
}

#[test]
fn pages() {
    insta::assert_snapshot!("page_v2_html", report(Version::V2, Language::En).html());
    insta::assert_snapshot!("page_v3_markdown_de", report(Version::V3, Language::De).markdown());
}

/// The numbers again, from the facts alone and in another way.
#[test]
fn the_numbers_are_those_of_the_facts() {
    let facts = facts();
    let period = order(Language::En).period;
    let sessions: Vec<_> = facts.sessions.iter().filter(|session| period.contains(session.started_at)).collect();
    let v2 = json(&report(Version::V2, Language::En));
    let sum = |of: fn(&agent_sessions::model::Session) -> u64| sessions.iter().map(|session| of(session)).sum::<u64>();
    assert_eq!(v2["totalSessions"], 10);
    assert_eq!(v2["totalTokens"], sum(|session| session.tokens.total()));
    assert_eq!(
        v2["totalTokens"],
        9_000 + 60_000 + 20_000 + 45_000 + 15_000 + 4_000 + 12_000 + 25_000 + 900_000 + 5_000
    );
    assert_eq!(v2["meta"]["totalMessages"], sum(|session| session.prompts));
    let days = v2["activity"]["byDay"].as_array().unwrap();
    let over_days = |key: &str| days.iter().map(|day| day[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((over_days("tokens"), over_days("prompts")), (v2["totalTokens"].as_u64().unwrap(), sum(|s| s.prompts)));
    let hours = v2["activity"]["byHour"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum::<u64>();
    assert_eq!(hours, sum(|session| session.prompts));
    let cost: f64 =
        v2["activity"]["models"].as_array().unwrap().iter().map(|row| row["costUsd"].as_f64().unwrap()).sum();
    assert!((cost - v2["totalCostUsd"].as_f64().unwrap()).abs() < 1e-9);

    // Of those that are over a, b, c, g and h were reached for good, d and i not, e was done over; f has no substance.
    let v3 = json(&report(Version::V3, Language::En));
    assert_eq!((&v3["score"]["crushed_count"], &v3["score"]["total_count"]), (&json!(5), &json!(8)));
    assert_eq!((&v3["score"]["prism_score"], &v3["score"]["letter_grade"]), (&json!(62.5), &json!("B")));
    assert_eq!(v3["score"]["personal_tier"], "scaling");
    assert_eq!(v2["impressiveThings"]["winRate"], 62.5);
    assert_eq!(v3["tokens"]["crush_weight_tokens"], 20_000.0, "the middle of 9000, 12000, 20000, 25000 and 60000");
    assert_eq!(v3["excluded"], json!({"trivia_count": 1, "no_intent_count": 0}));
    assert_eq!(v3["speed"]["cspw"], 0.33, "five on fifteen working days");
    assert_eq!(v3["sessions"].as_array().unwrap().len(), 10);
}

#[test]
fn every_language_has_the_same_numbers() {
    for version in VERSIONS {
        let english = json(&report(version, Language::En));
        for language in Language::ALL {
            let mut own = json(&report(version, language));
            assert_eq!(own["meta"]["language"], language.tag());
            own["meta"]["language"] = json!("en");
            assert_same_numbers(&own, &english, "");
            let page = report(version, language).html();
            assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())));
        }
    }
}

/// Everything but texts is the same.
fn assert_same_numbers(own: &Value, other: &Value, at: &str) {
    match (own, other) {
        (Value::Object(own), Value::Object(other)) => {
            assert_eq!(own.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{at}");
            own.iter().for_each(|(key, value)| assert_same_numbers(value, &other[key], &format!("{at}.{key}")));
        }
        (Value::Array(own), Value::Array(other)) => {
            assert_eq!(own.len(), other.len(), "{at}");
            own.iter().zip(other).for_each(|(own, other)| assert_same_numbers(own, other, at));
        }
        (Value::String(_), Value::String(_)) => {}
        _ => assert_eq!(own, other, "{at}"),
    }
}

#[test]
fn what_users_wrote_is_escaped() {
    for version in VERSIONS {
        for report in [report(version, Language::En), report(version, Language::Ja)] {
            let (html, markdown) = (report.html(), report.markdown());
            assert!(!html.contains("<export>") && !markdown.contains("<export>"));
            assert!(!html.contains("<script") && !html.contains("http"), "nothing is asked for");
        }
    }
    assert!(report(Version::V3, Language::En).html().contains("Add the &lt;export&gt; &amp; &quot;paging&quot;"));
}

#[test]
fn what_is_kept_is_read_as_the_same() {
    for version in VERSIONS {
        for language in Language::ALL {
            let report = report(version, language);
            assert_eq!(Report::read(version, &report.json()).unwrap(), report);
            assert_eq!((report.version(), report.language()), (version, language));
        }
        assert!(Report::read(version, "{}").is_err());
    }
}

/// Reports that were kept by the first version of this program; these files never change.
#[test]
fn what_was_kept_long_ago_is_read() {
    for (version, kept) in [
        (Version::V2, include_str!("../../../fixtures/persisted/reports/v2.1.json")),
        (Version::V3, include_str!("../../../fixtures/persisted/reports/v3.0.json")),
    ] {
        let report = Report::read(version, kept).unwrap();
        assert_eq!(json(&report), serde_json::from_str::<Value>(kept).unwrap());
        assert!(report.html().contains("Mend the login") && report.markdown().contains("62.5"));
    }
}

#[test]
fn nothing_is_made_that_nobody_wants() {
    let cancel = Cancel::default();
    cancel.cancel();
    for version in VERSIONS {
        assert!(Report::compute(version, &facts(), &order(Language::En), &cancel).is_err());
    }
}

fn narrated(version: Version, answers: &[&str]) -> Report {
    let report = report(version, Language::En);
    let assistant = Assistant::new(Some(std::sync::Arc::new(ScriptedModel::answering(answers.iter().copied()))));
    let (prompt, never) = (report.prompt(), std::future::pending::<()>());
    let asked = assistant.ask(&prompt, |answer| read_narration(&report, answer), never);
    match futures::executor::block_on(asked) {
        Some(Ok((narration, _))) => report.narrated(narration),
        _ => report,
    }
}

#[test]
fn a_model_writes_words_and_no_numbers() {
    let keys = ["glance", "activity", "habits", "wins", "friction", "cost", "prompts"];
    let answer = |headline: &str| {
        let chapters: serde_json::Map<String, Value> = keys
            .iter()
            .map(|key| ((*key).to_owned(), json!(format!("All about *{key}*.\n- and <b>10</b> more"))))
            .collect();
        json!({"headline": headline, "chapters": chapters}).to_string()
    };
    let good = answer("62.5% of goals: well done!");
    let told = json(&narrated(Version::V2, &[&good]));
    assert_eq!(
        (&told["meta"]["narrative"], &told["atAGlance"]["headline"]),
        (&json!("llm"), &json!("62.5% of goals: well done!"))
    );
    assert_eq!(told["chapters"][1]["markdown"], "All about \\*activity\\*.\n\n- and 10 more");
    assert_eq!(told["totalTokens"], json(&report(Version::V2, Language::En))["totalTokens"]);

    let second = json(&narrated(Version::V2, &[&answer("99% of goals"), &good]));
    assert_eq!(second["meta"]["narrative"], "llm", "it is asked once more");
    for bad in
        [answer("99% of goals"), answer(""), "{}".to_owned(), json!({"headline": "x", "chapters": {}}).to_string()]
    {
        let told = json(&narrated(Version::V2, &[&bad, &bad]));
        assert_eq!(
            (&told["meta"]["narrative"], &told),
            (&json!("template"), &json(&report(Version::V2, Language::En)))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases() / 20))]

    /// The order in which facts come decides nothing.
    #[test]
    fn facts_come_in_any_order(seed in any::<u64>()) {
        let mut facts = facts();
        let key = |text: &str| {
            text.bytes().fold(seed, |sum, byte| sum.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(byte))
        };
        facts.sessions.sort_by_key(|session| key(&session.key.session_id));
        facts.sub_sessions.sort_by_key(|sub| key(&sub.session_id));
        facts.turns.sort_by_key(|of| key(&of.session.session_id).wrapping_mul(3));
        for version in VERSIONS {
            let shuffled = Report::compute(version, &facts, &order(Language::En), &Cancel::default()).unwrap();
            prop_assert_eq!(shuffled, report(version, Language::En));
        }
    }
}
