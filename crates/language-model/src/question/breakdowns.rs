//! By what an answer is split.

use super::catalog::{Catalog, Owner, Property};
use super::dates::Unit;
use super::measures::ACTORS;
use super::names::{PART, REORDERED, SAME, TYPO};
use super::words::Sentence;

/// By what an answer is split.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Breakdowns {
    pub(super) properties: Vec<Property>,
    /// So many values are asked for.
    pub(super) limit: Option<u32>,
    /// Whether values are to be ranked.
    pub(super) is_ranking: bool,
    /// What was to be split by and is no property.
    pub(super) unknown: Option<String>,
}

/// The most properties that an answer is split by.
const MAX_BREAKDOWNS: usize = 3;

/// The most values that one asks for.
const MAX_LIMIT: f64 = 1000.0;

const INTROS: [&str; 21] = [
    "broken down by",
    "break down by",
    "break it down by",
    "broken out by",
    "breakdown by",
    "breaking down by",
    "split by",
    "split up by",
    "split on",
    "grouped by",
    "group by",
    "segmented by",
    "segment by",
    "sliced by",
    "separated by",
    "differ by",
    "vary by",
    "for each",
    "for every",
    "in each",
    "from each",
];

/// Takes the words that say by what to split.
pub(super) fn take(sentence: &mut Sentence, catalog: &Catalog<'_>) -> Breakdowns {
    let mut found = Breakdowns::default();
    take_ranking(sentence, catalog, &mut found);
    for intro in INTROS {
        if let Some(range) = sentence.find(&[intro]) {
            if let Some(end) = list_at(sentence, range.end, catalog, PART, &mut found.properties) {
                sentence.take_range(range.start..end);
            } else if intro.ends_with("by") && !is_no_property(sentence, range.end) {
                found.unknown = sentence.words.get(range.end).map(|word| word.text.clone());
                sentence.take_range(range.start..range.end + 1);
            }
        }
    }
    for at in 0..sentence.len() {
        let Some("by" | "per" | "across" | "each" | "every") = sentence.at(at) else { continue };
        let next = at
            + 1
            + usize::from(
                sentence.is_any(at + 1, &["the", "a", "their", "each", "different", "all", "user"])
                    && sentence.words.len() > at + 2,
            );
        if let Some(end) = list_at(sentence, next, catalog, TYPO, &mut found.properties) {
            sentence.take_range(at..end);
        } else if sentence.is_any(at, &["by"])
            && let Some(end) = list_at(sentence, next, catalog, PART, &mut found.properties)
        {
            sentence.take_range(at..end);
        } else if sentence.is_any(at, &["by"])
            && next < sentence.len()
            && !is_no_property(sentence, next)
            && names_nothing(sentence, next, catalog)
        {
            found.unknown = sentence.words.get(next).map(|word| word.text.clone());
        }
    }
    if !found.properties.is_empty() {
        take_limit(sentence, &mut found);
    }
    found.properties.truncate(MAX_BREAKDOWNS);
    found
}

/// `top 5` where it stands alone.
fn take_limit(sentence: &mut Sentence, found: &mut Breakdowns) {
    for at in 0..sentence.len() {
        let limit = sentence.number_at(at + 1).filter(|n| (1.0..=MAX_LIMIT).contains(n) && n.fract() == 0.0);
        if let (Some("top" | "first"), Some(limit)) = (sentence.at(at), limit) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 1 to a thousand")]
            let limit = limit as u32;
            found.limit = found.limit.or(Some(limit));
            found.is_ranking = true;
            sentence.take_range(at..at + 2);
            sentence.take(&["only", "values"]);
        }
    }
}

/// Whether what follows is counted or is a time, not a property.
fn is_no_property(sentence: &Sentence, at: usize) -> bool {
    sentence.words.get(at).is_none_or(|word| {
        Unit::named(&word.lower).is_some()
            || ACTORS.contains(&word.lower.as_str())
            || word.is_used
            || word.number.is_some()
            || [
                "number", "count", "total", "most", "unique", "distinct", "average", "sum", "event", "far", "doing",
                "sessions", "using",
            ]
            .contains(&word.lower.as_str())
    })
}

fn names_nothing(sentence: &Sentence, at: usize, catalog: &Catalog<'_>) -> bool {
    let is_value = !catalog.with_value(&sentence.words[at].text).is_empty();
    let ends = at + 1..=(at + 4).min(sentence.len());
    !is_value
        && ends.into_iter().all(|end| {
            catalog.entity_fit(sentence, at..end) < PART && catalog.numeric_property(sentence, at..end).is_none()
        })
}

/// Properties from `at` on, as `country and browser`; gives where they end.
fn list_at(
    sentence: &Sentence,
    at: usize,
    catalog: &Catalog<'_>,
    least: u32,
    found: &mut Vec<Property>,
) -> Option<usize> {
    let (first, n) = splitting_property(sentence, at, catalog, least)?;
    let mut end = at + n;
    add(first, found);
    loop {
        let mut next = end;
        while sentence.at(next).is_some_and(|word| ["and", ",", "then", "by", "&", "+", "plus"].contains(&word)) {
            next += 1;
        }
        if next == end {
            return Some(end);
        }
        let Some((property, n)) = splitting_property(sentence, next, catalog, TYPO) else { return Some(end) };
        add(property, found);
        end = next + n;
    }
}

fn add(property: Property, found: &mut Vec<Property>) {
    if !found.contains(&property) {
        found.push(property);
    }
}

/// The property at `at`, unless an event fits the words better.
fn splitting_property(sentence: &Sentence, at: usize, catalog: &Catalog<'_>, least: u32) -> Option<(Property, usize)> {
    if sentence.is_any(at, &["event", "events"]) && !sentence.is_any(at + 1, &["property", "name"]) {
        return sentence.is_free(at..at + 1).then(|| (event_name(), 1));
    }
    if sentence.has_at(at, "event name").is_some() {
        return Some((event_name(), 2));
    }
    if at > 0
        && sentence.is_any(at - 1, &["by"])
        && sentence.at(at).is_some_and(|word| ["user", "person", "customer", "visitor"].contains(&word))
    {
        let is_property = sentence.is_any(at + 1, &["property", "plan", "email"])
            || catalog.property_at(sentence, at + 1, TYPO, None).is_some();
        if !is_property {
            return Some((Property { owner: Owner::Metadata, key: "distinct_id".to_owned() }, 1));
        }
    }
    if sentence.at(at).and_then(Unit::named).is_some() || sentence.is_any(at, &ACTORS) {
        return None;
    }
    let owner = sentence.is_any(at, &["person", "user"]).then_some(Owner::Person);
    let (property, fit, n) =
        catalog.property_at(sentence, at, least, owner).or_else(|| catalog.property_at(sentence, at, least, None))?;
    let event_fit = catalog.entity_fit(sentence, at..at + n);
    (event_fit <= fit || fit >= SAME || (fit >= TYPO && event_fit < REORDERED)).then_some((property, n))
}

fn event_name() -> Property {
    Property { owner: Owner::Metadata, key: "event".to_owned() }
}

/// `top 10 pages`, `most popular browsers`, `which countries`.
fn take_ranking(sentence: &mut Sentence, catalog: &Catalog<'_>, found: &mut Breakdowns) {
    for at in 0..sentence.len() {
        let Some(word) = sentence.at(at) else { continue };
        let is_most =
            ["most", "least"].contains(&word) && sentence.at(at + 1).is_some_and(|next| RANKS.contains(&next));
        let (mut next, is_open) = match word {
            "top" | "best" | "leading" | "highest" | "biggest" | "largest" => (at + 1, false),
            "most" | "least" if is_most => (at + 1, false),
            "which" | "what" => (at + 1, true),
            _ if sentence.number_at(at).is_some()
                && sentence.is_any(at + 1, &["most", "top", "biggest", "largest"]) =>
            {
                (at, false)
            }
            _ => continue,
        };
        let limit = sentence.number_at(next).filter(|n| (1.0..=MAX_LIMIT).contains(n) && n.fract() == 0.0);
        next += usize::from(limit.is_some());
        while sentence.at(next).is_some_and(|word| {
            RANKS.contains(&word) || ["most", "the", "of", "our", "are", "were", "is", "top"].contains(&word)
        }) {
            if is_open
                && sentence.is_any(next, &["is", "are", "was", "were", "the"])
                && !sentence.is_any(next + 1, &["the", "our", "top", "most"])
                && !follows_rank(sentence, next)
            {
                break;
            }
            next += 1;
        }
        let is_people = sentence.is_any(next, &["users", "customers", "people", "visitors"]) && !is_open;
        let property = if is_people {
            Some((Property { owner: Owner::Metadata, key: "distinct_id".to_owned() }, 1))
        } else {
            splitting_property(sentence, next, catalog, TYPO)
        };
        let Some((property, n)) = property else { continue };
        add(property, &mut found.properties);
        found.is_ranking = true;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 1 to a thousand")]
        let limit = limit.map(|limit| limit as u32);
        found.limit = limit.or(found.limit);
        let start =
            if at > 0 && sentence.is_any(at - 1, &["from", "in", "on", "the", "by", "our"]) { at - 1 } else { at };
        sentence.take_range(start..next + n);
        sentence.take(&[
            "have the most",
            "has the most",
            "had the most",
            "with the most",
            "get the most",
            "drive the most",
            "drives the most",
            "bring the most",
            "brings the most",
            "generate the most",
            "generates the most",
            "have the highest",
            "has the highest",
            "the most",
            "most often",
            "most",
        ]);
        return;
    }
}

fn follows_rank(sentence: &Sentence, at: usize) -> bool {
    sentence.words.get(at + 1).is_some_and(|word| RANKS.contains(&word.lower.as_str()))
}

const RANKS: [&str; 18] = [
    "popular",
    "common",
    "used",
    "visited",
    "viewed",
    "frequent",
    "active",
    "seen",
    "important",
    "performing",
    "selling",
    "frequently",
    "clicked",
    "referring",
    "important",
    "landing_",
    "widely",
    "often",
];
