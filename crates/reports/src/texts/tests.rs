use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::catalogue::source;
use super::*;

/// The names of messages with those of the variables in them, without a parser: messages begin at the beginning of a line, variables with `$`.
fn variables(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if !line.starts_with([' ', '\t']) && !line.is_empty() && !line.starts_with('}') {
            current = line.split_once('=').expect("a message has a text").0.trim().to_owned();
            let is_new = messages.insert(current.clone(), BTreeSet::new()).is_none();
            assert!(is_new, "{current} is there twice");
        }
        for part in line.split('$').skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            messages.get_mut(&current).expect("a variable is of a message").insert(name);
        }
    }
    messages
}

#[test]
fn every_language_has_every_message_with_the_same_variables() {
    let english = variables(source(Language::En));
    assert!(english.len() > 100, "{}", english.len());
    for language in Language::ALL {
        let own = variables(source(language));
        for (name, variables) in &english {
            assert_eq!(own.get(name), Some(variables), "{name} in {language}");
        }
        for name in own.keys() {
            assert!(english.contains_key(name), "{name} is in {language} alone");
        }
    }
}

#[test]
fn every_message_can_be_written() {
    for language in Language::ALL {
        for (name, variables) in variables(source(language)) {
            for count in [0, 1, 2, 5, 12] {
                let is_number = |variable: &str| matches!(variable, "count" | "month");
                let arg = |variable: &str| if is_number(variable) { Arg::Number(count) } else { Arg::from("X") };
                let args: Vec<(&'static str, Arg<'_>)> =
                    variables.iter().map(|variable| (&*variable.clone().leak(), arg(variable))).collect();
                let text = catalogue(language).write(&name, &args).unwrap_or_else(|| panic!("{name} in {language}"));
                assert!(!text.trim().is_empty() && !text.contains(['{', '}', '$']), "{name} in {language}: {text}");
            }
        }
    }
}

#[test]
fn translations_are_translations() {
    let english = Texts::new(Language::En);
    for language in Language::ALL.into_iter().skip(1) {
        let own = Texts::new(language);
        for id in ["chapter-activity", "check-plan-first", "friction-tool-failure", "report-empty"] {
            assert_ne!(own.get(id), english.get(id), "{id} in {language}");
        }
    }
}

#[test]
fn words_follow_the_number() {
    let text = |language, count| Texts::new(language).counted("count-sessions", count);
    assert_eq!(
        (text(Language::En, 1), text(Language::En, 1200)),
        ("1 session".to_owned(), "1,200 sessions".to_owned())
    );
    assert_eq!((text(Language::De, 1), text(Language::De, 0)), ("1 Sitzung".to_owned(), "0 Sitzungen".to_owned()));
    assert_eq!((text(Language::Fr, 0), text(Language::Fr, 2)), ("0 session".to_owned(), "2 sessions".to_owned()));
}

#[track_caller]
fn check(written: impl Fn(Texts) -> String, expected: [&str; 7]) {
    let all: Vec<String> = Language::ALL.into_iter().map(|language| written(Texts::new(language))).collect();
    assert_eq!(all, expected);
}

#[test]
fn numbers_are_written_as_each_language_does() {
    let big = ["1,234,567", "1.234.567", "1.234.567", "1\u{202f}234\u{202f}567", "1.234.567", "1,234,567", "1,234,567"];
    check(|texts| texts.count(1_234_567), big);
    let four = ["1,234.5", "1.234,5", "1234,5", "1\u{202f}234,5", "1.234,5", "1,234.5", "1,234.5"];
    check(|texts| texts.decimal(1234.54, 1), four);
    let rate = ["62.5%", "62,5\u{a0}%", "62,5\u{a0}%", "62,5\u{202f}%", "62,5%", "62.5%", "62.5%"];
    check(|texts| texts.percent(62.5), rate);
    let money = ["$3.10", "3,10\u{a0}$", "3,10\u{a0}US$", "3,10\u{a0}$US", "US$\u{a0}3,10", "$3.10", "US$3.10"];
    check(|texts| texts.usd(3.1), money);
    let english = Texts::new(Language::En);
    assert_eq!((english.usd(0.0012), english.usd(0.0)), ("$0.0012".to_owned(), "$0.00".to_owned()));
    assert_eq!((english.decimal(-0.04, 1), english.decimal(-2.5, 1)), ("0.0".to_owned(), "−2.5".to_owned()));
    assert_eq!((english.percent(100.0), english.count(999)), ("100%".to_owned(), "999".to_owned()));
}

#[test]
fn days_and_spans_are_written_as_each_language_does() {
    let day = NaiveDate::from_ymd_opt(2026, 3, 5).unwrap();
    let expected = [
        "Mar 5, 2026",
        "5. März 2026",
        "5 mar 2026",
        "5 mars 2026",
        "5 de mar. de 2026",
        "2026年3月5日",
        "2026年3月5日",
    ];
    check(|texts| texts.date(day), expected);
    let spans: Vec<String> = [30.0, 600.0, 7200.0].map(|span| Texts::new(Language::De).duration(span)).into();
    assert_eq!(spans, ["30 s", "10 min", "2,0 h"]);
}
