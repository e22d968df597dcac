//! What is counted or computed.

use super::catalog::{Catalog, Owner, Property};
use super::dates::Unit;
use super::names::{PART, TYPO};
use super::words::{Sentence, stem};

/// What a series counts or computes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Math {
    /// Events.
    Total,
    /// People.
    Users,
    /// People seen in the unit up to the end of each interval.
    Active(Unit),
    /// People who do it for the first time.
    FirstTime,
    /// Sessions.
    Sessions,
    /// Groups of a type, by its index and name.
    Groups(usize, String),
    /// An aggregate of a property.
    Property(&'static str, Property),
    /// An aggregate, over people, of how often each does it.
    PerUser(&'static str),
}

/// What two series are made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Combination {
    Ratio,
    /// The second in per cent of the first.
    Share,
    Sum,
    Difference,
}

/// What the words of a measure say before it is known which events they are of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Measure {
    pub(super) math: Option<Math>,
    pub(super) is_per_user: bool,
    pub(super) is_per_session: bool,
    /// What a ratio of two measures of activity divides by.
    pub(super) base: Option<Math>,
    pub(super) combination: Option<Combination>,
    /// Whether one number is asked for.
    pub(super) asks_how_many: bool,
    /// So many intervals are smoothed over.
    pub(super) smoothing: Option<u32>,
}

/// People, under the names that products have for them.
pub(super) const ACTORS: [&str; 19] = [
    "user",
    "users",
    "people",
    "person",
    "persons",
    "visitor",
    "visitors",
    "customer",
    "customers",
    "member",
    "members",
    "uniques",
    "shopper",
    "shoppers",
    "everyone",
    "anyone",
    "individuals",
    "folks",
    "who",
];

/// Those who do something, named by it.
pub(super) const AGENTS: [&str; 8] =
    ["buyers", "buyer", "purchasers", "subscribers", "searchers", "registrants", "viewers", "payers"];

const AGGREGATES: [(&str, &str); 38] = [
    ("75th percentile of", "p75"),
    ("90th percentile of", "p90"),
    ("95th percentile of", "p95"),
    ("99th percentile of", "p99"),
    ("75th percentile", "p75"),
    ("90th percentile", "p90"),
    ("95th percentile", "p95"),
    ("99th percentile", "p99"),
    ("p75 of", "p75"),
    ("p90 of", "p90"),
    ("p95 of", "p95"),
    ("p99 of", "p99"),
    ("p75", "p75"),
    ("p90", "p90"),
    ("p95", "p95"),
    ("p99", "p99"),
    ("median", "median"),
    ("average", "avg"),
    ("avg", "avg"),
    ("mean", "avg"),
    ("typical", "avg"),
    ("maximum", "max"),
    ("max", "max"),
    ("highest", "max"),
    ("largest", "max"),
    ("biggest", "max"),
    ("greatest", "max"),
    ("minimum", "min"),
    ("min", "min"),
    ("lowest", "min"),
    ("smallest", "min"),
    ("sum of", "sum"),
    ("sum", "sum"),
    ("total amount of", "sum"),
    ("total", "sum"),
    ("overall", "sum"),
    ("combined", "sum"),
    ("how much", "sum"),
];

/// Words that mean money by themselves.
const MONEY_WORDS: [&str; 9] =
    ["revenue", "turnover", "income", "earnings", "gmv", "takings", "proceeds", "money", "earned"];

/// Takes the words that say what is computed.
pub(super) fn take(sentence: &mut Sentence, catalog: &Catalog<'_>) -> Measure {
    let mut measure = Measure { smoothing: take_smoothing(sentence), ..Measure::default() };
    measure.is_per_user = sentence.take(&[
        "per unique user",
        "per active user",
        "per user",
        "per person",
        "per customer",
        "per visitor",
        "per head",
        "for each user",
        "by each user",
        "per paying customer",
        "per buyer",
        "does each user",
        "does a user",
        "do users each",
    ]);
    measure.is_per_session =
        sentence.take(&["per session", "per visit session", "in each session", "for each session"]);
    measure.combination = take_combination(sentence);
    measure.math =
        take_active(sentence).or_else(|| take_aggregate(sentence, catalog)).or_else(|| take_money(sentence, catalog));
    if measure.combination == Some(Combination::Ratio) && matches!(measure.math, Some(Math::Active(_))) {
        measure.base = take_active(sentence);
    }
    if measure.is_per_user && measure.math.is_none() {
        let aggregate =
            AGGREGATES.iter().filter(|(_, kind)| *kind != "sum").find(|(phrase, _)| sentence.take(&[phrase]));
        measure.math = Some(Math::PerUser(aggregate.map_or("avg", |(_, kind)| kind)));
        measure.is_per_user = false;
    }
    if measure.math.is_none()
        && sentence.take(&[
            "new users",
            "new visitors",
            "new people",
            "new customers",
            "first time users",
            "first time visitors",
            "first-time users",
        ])
    {
        measure.math = Some(Math::FirstTime);
    }
    if measure.math.is_none() && sentence.take(&["for the first time", "first time", "first ever"]) {
        measure.math = Some(Math::FirstTime);
    }
    if measure.math.is_none()
        && sentence.take(&[
            "how often do people",
            "how often do users",
            "how often do customers",
            "how often do visitors",
            "how often does a user",
            "how often did people",
            "how often did users",
        ])
    {
        measure.math = Some(Math::PerUser("avg"));
    }
    measure.asks_how_many = sentence.take(&["how many times", "how many", "how much", "how often"])
        || sentence.take(&["total number of", "what is the number of", "what was the number of"]);
    sentence.take(&[
        "number of",
        "count of",
        "volume of",
        "amount of",
        "total count of",
        "the count",
        "counts of",
        "total",
    ]);
    measure
}

fn take_smoothing(sentence: &mut Sentence) -> Option<u32> {
    for at in 0..sentence.len() {
        let Some(n) = sentence.number_at(at).filter(|n| (2.0..=90.0).contains(n) && n.fract() == 0.0) else { continue };
        let next = at + 1 + usize::from(sentence.at(at + 1).and_then(Unit::named).is_some());
        for phrase in ["moving average", "rolling average", "running average"] {
            if let Some(n_phrase) = sentence.has_at(next, phrase) {
                let end = next + n_phrase + usize::from(sentence.is_any(next + n_phrase, &["of"]));
                sentence.take_range(at..end);
                sentence.take(&["with a", "as a", "using a"]);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 2 to 90")]
                return Some(n as u32);
            }
        }
    }
    None
}

fn take_combination(sentence: &mut Sentence) -> Option<Combination> {
    let phrases: [(&[&str], Combination); 4] = [
        (&["ratio of", "ratio between", "divided by", "ratio", "÷", "/", "over the number of"], Combination::Ratio),
        (
            &[
                "what percentage of",
                "what percent of",
                "percentage of",
                "percent of",
                "what share of",
                "share of",
                "proportion of",
                "what fraction of",
                "fraction of",
                "conversion rate from",
                "conversion rate between",
                "conversion from",
                "conversion rate of",
                "conversion rate",
                "conversion",
            ],
            Combination::Share,
        ),
        (&["plus", "+", "combined with", "added to the number of"], Combination::Sum),
        (&["minus", "difference between", "subtracted by"], Combination::Difference),
    ];
    let (words, combination) = phrases.iter().find(|(words, _)| sentence.find(words).is_some())?;
    // with one part of speech alone nothing is combined: "conversions" is an event
    sentence.take(words);
    Some(*combination)
}

fn take_active(sentence: &mut Sentence) -> Option<Math> {
    let periods = [
        ("daily", "dau", Unit::Day, "day"),
        ("weekly", "wau", Unit::Week, "week"),
        ("monthly", "mau", Unit::Month, "month"),
    ];
    for (adverb, short, unit, noun) in periods {
        for actor in ["users", "user", "people", "visitors", "customers", "members", "accounts"] {
            let phrases = [
                format!("{adverb} active {actor}"),
                format!("active {adverb} {actor}"),
                format!("{adverb} unique active {actor}"),
                format!("active {actor} per {noun}"),
                format!("active {actor} each {noun}"),
                format!("active {actor} by {noun}"),
                format!("active {actor} every {noun}"),
            ];
            if sentence.take(&phrases.each_ref().map(String::as_str)) {
                return Some(Math::Active(unit));
            }
        }
        if sentence.take(&[short, &format!("{short}s")]) {
            return Some(Math::Active(unit));
        }
    }
    let active = [
        "active users",
        "active people",
        "active visitors",
        "active customers",
        "users were active",
        "users are active",
        "people are active",
        "people were active",
    ];
    sentence.take(&active).then_some(Math::Users)
}

fn take_aggregate(sentence: &mut Sentence, catalog: &Catalog<'_>) -> Option<Math> {
    for (phrase, kind) in AGGREGATES {
        let Some(found) = sentence.find(&[phrase]) else { continue };
        let mut next = found.end;
        while sentence.is_any(next, &["of", "the", "value", "a", "our", "in"]) && sentence.at(next).is_some() {
            next += 1;
        }
        for end in (next + 1..=(next + 4).min(sentence.len())).rev() {
            let Some((property, fit)) = catalog.numeric_property(sentence, next..end) else { continue };
            let entity_fit = catalog.entity_fit(sentence, next..end);
            let is_counted = ["sum"].contains(&kind) && entity_fit > fit;
            if fit < PART || is_counted || (fit < TYPO && entity_fit >= TYPO) {
                continue;
            }
            // "which plans have the highest revenue" ranks by all of it
            let is_rank = ["max", "min"].contains(&kind)
                && sentence.is_any(found.start.wrapping_sub(1), &["the"])
                && sentence.is_any(
                    found.start.wrapping_sub(2),
                    &["have", "has", "had", "with", "generate", "generates", "bring", "brings"],
                );
            sentence.take_range(found.start..end);
            return Some(Math::Property(if is_rank { "sum" } else { kind }, property));
        }
    }
    // "how much did people spend"
    if sentence.find(&["how much"]).is_some()
        && sentence.find(&["spend", "spent", "pay", "paid", "earn", "make"]).is_some()
    {
        let money = catalog.money()?;
        sentence.take(&["how much"]);
        sentence.take(&["spend", "spent", "pay", "paid", "earn", "make"]);
        sentence.take(&["people", "users", "customers"]);
        return Some(Math::Property("sum", money));
    }
    None
}

fn take_money(sentence: &mut Sentence, catalog: &Catalog<'_>) -> Option<Math> {
    for at in 0..sentence.len() {
        // a comparison with it is a condition
        let is_compared =
            ["over", "above", "under", "below", "more", "less", "at", "is", ">", "<", "between", ">=", "<=", "greater"];
        if sentence.is_any(at + 1, &is_compared)
            && sentence.number_at(at + 2).or_else(|| sentence.number_at(at + 3)).is_some()
        {
            continue;
        }
        let Some(word) = sentence.at(at) else { continue };
        if sentence.is_any(at.wrapping_sub(1), &["by"]) {
            continue;
        }
        let is_money = MONEY_WORDS.contains(&word);
        let named = || {
            catalog
                .numeric_property(sentence, at..at + 1)
                .filter(|(property, fit)| *fit >= super::names::SAME && property.owner == Owner::Event)
        };
        let is_property = is_money || (named().is_some() && catalog.entity_fit(sentence, at..at + 1) < TYPO);
        if !is_property {
            continue;
        }
        let property = named().map(|(property, _)| property).or_else(|| catalog.money())?;
        sentence.take_range(at..at + 1);
        sentence.take(&["how much", "total", "overall"]);
        return Some(Math::Property("sum", property));
    }
    None
}

/// Takes the words for people, sessions or groups, where they are what is counted: before the first thing that is named, or alone.
pub(super) fn take_actors(
    sentence: &mut Sentence,
    catalog: &Catalog<'_>,
    first_mention: Option<usize>,
) -> Option<Math> {
    let is_unique = sentence.take(&["unique", "distinct", "uniquely", "different", "deduplicated"]);
    let limit = first_mention.unwrap_or(usize::MAX);
    let mut found = None;
    for at in 0..sentence.len() {
        let Some(word) = sentence.at(at).map(str::to_owned) else { continue };
        let is_before = at < limit;
        let is_owned =
            at > 0 && sentence.is_any(at - 1, &["by", "per", "of"]) && first_mention.is_some_and(|first| first < at);
        if ACTORS.contains(&word.as_str()) {
            sentence.take_range(at..at + 1);
            let counts = is_before && !is_owned;
            found = found.or(counts.then_some(Math::Users));
        } else if is_before && (word == "sessions" || word == "session") {
            sentence.take_range(at..at + 1);
            found = found.or(Some(Math::Sessions));
        } else if is_before && let Some(index) = catalog.group_type(&stem(&word)) {
            sentence.take_range(at..at + 1);
            let name = catalog.vocabulary.group_types[index].clone();
            found = found.or(Some(Math::Groups(index, name)));
        }
    }
    found.or(is_unique.then_some(Math::Users))
}
