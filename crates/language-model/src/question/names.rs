//! How well words fit names.

use std::sync::LazyLock;

use super::synonyms::{COMPLETIONS, CONCEPTS, FILLERS, WEAK};
use super::words::stem;

/// How well words fit a name: the higher, the better.
pub(super) type Fit = u32;

/// It is written as it is.
pub(super) const VERBATIM: Fit = 110;
/// The same words.
pub(super) const SAME: Fit = 100;
/// The same words in another order.
pub(super) const REORDERED: Fit = 95;
/// What is usually called so.
pub(super) const SYNONYM: Fit = 85;
/// Almost the same letters.
pub(super) const TYPO: Fit = 80;
/// It is about the same.
pub(super) const CONCEPT: Fit = 70;
/// A part of the name.
pub(super) const PART: Fit = 40;

/// A name, or words that may stand for one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    lower: String,
    /// The stems in their order, without words that say nothing.
    stems: Vec<String>,
    /// The same, sorted.
    sorted: Vec<String>,
    joined: String,
    /// The words as one, of which only the last has lost its ending: `page views` and `pageview` are one.
    compound: String,
    concept: Option<usize>,
}

/// Words that names have or don't have without meaning anything else.
const SMALL: [&str; 12] = ["to", "the", "a", "an", "of", "for", "their", "his", "her", "our", "my", "your"];

impl Name {
    /// A name as a project has it: `$pageview`, `signup_completed`, `Order Placed`, `addToCart`.
    pub(super) fn of(name: &str) -> Self {
        Self::new(name.to_lowercase(), &parts(name))
    }

    /// Words of a question.
    pub(super) fn of_words<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let words: Vec<String> = words.flat_map(parts).collect();
        Self::new(words.join(" "), &words)
    }

    fn new(lower: String, parts: &[String]) -> Self {
        let telling: Vec<&String> = parts.iter().filter(|part| !SMALL.contains(&part.as_str())).collect();
        let telling = if telling.is_empty() { parts.iter().collect() } else { telling };
        let stems: Vec<String> = telling.iter().map(|part| stem(part)).collect();
        let compound = match telling.split_last() {
            Some((last, first)) => first.iter().map(|part| part.as_str()).chain([stem(last).as_str()]).collect(),
            None => String::new(),
        };
        let mut sorted = stems.clone();
        sorted.sort();
        let (joined, concept) = (stems.concat(), concept_of(&stems));
        Self { lower, stems, sorted, joined, compound, concept }
    }

    /// Whether nothing is left of it that could be compared.
    pub(super) fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    /// Whether it says that something happened to its end.
    pub(super) fn is_completion(&self) -> bool {
        COMPLETION_STEMS.iter().any(|stem| self.stems.contains(stem))
    }

    /// Whether what it is about is done once.
    pub(super) fn is_once(&self) -> bool {
        self.concept.is_some_and(|concept| CONCEPTS[concept].is_once)
    }

    /// How well `words` fit this name; `None` where they don't.
    pub(super) fn fit(&self, words: &Self) -> Option<Fit> {
        if words.is_empty() || self.is_empty() {
            return None;
        }
        if self.lower == words.lower || self.lower.strip_prefix('$') == Some(&words.lower) {
            return Some(VERBATIM);
        }
        if self.joined == words.joined || self.compound == words.compound {
            return Some(SAME);
        }
        if self.sorted == words.sorted || is_merged(&self.stems, &words.sorted) || is_merged(&words.stems, &self.sorted)
        {
            return Some(REORDERED);
        }
        if self.is_typo(words) {
            return Some(TYPO);
        }
        if self.concept.is_some() && self.concept == words.concept {
            return Some(CONCEPT);
        }
        self.part(words)
    }

    /// Whether the letters are almost the same.
    fn is_typo(&self, words: &Self) -> bool {
        let (a, b) = (self.joined.as_bytes(), words.joined.as_bytes());
        let allowed = match a.len().min(b.len()) {
            0..=4 => return false,
            5..=7 => 1,
            _ => 2,
        };
        a.first() == b.first()
            && a.len().abs_diff(b.len()) <= allowed
            && self.stems.len().abs_diff(words.stems.len()) <= 1
            && self.joined.is_ascii()
            && words.joined.is_ascii()
            && !a.iter().zip(b).any(|(a, b)| a != b && (a.is_ascii_digit() || b.is_ascii_digit()))
            && distance(a, b) <= allowed
    }

    fn part(&self, words: &Self) -> Option<Fit> {
        let says_something = words.stems.iter().any(|stem| !WEAK_STEMS.contains(stem) && stem.len() > 2);
        if !says_something {
            return None;
        }
        let is_within = words.stems.iter().all(|stem| self.stems.contains(stem))
            || self.stems.contains(&words.joined)
            || self.stems.contains(&words.compound);
        let share = 20 * words.joined.len() / self.joined.len().max(1);
        is_within.then(|| PART + u32::try_from(share.min(20)).unwrap_or(0))
    }
}

/// Whether `stems`, two neighbours of which are made one, are the `sorted` ones: `start sign up` and `signup start`.
fn is_merged(stems: &[String], sorted: &[String]) -> bool {
    stems.len() == sorted.len() + 1
        && (1..stems.len()).any(|at| {
            let mut merged: Vec<String> = stems[..at - 1].iter().chain(&stems[at + 1..]).cloned().collect();
            merged.push(format!("{}{}", stems[at - 1], stems[at]));
            merged.sort();
            merged == sorted
        })
}

/// The words of a name in lower case.
fn parts(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            parts.extend((!part.is_empty()).then(|| std::mem::take(&mut part)));
            was_lower = false;
            continue;
        }
        if c.is_uppercase() && was_lower {
            parts.push(std::mem::take(&mut part));
        }
        was_lower = c.is_lowercase() || c.is_numeric();
        part.extend(c.to_lowercase());
    }
    parts.extend((!part.is_empty()).then_some(part));
    parts
}

static WEAK_STEMS: LazyLock<Vec<String>> = LazyLock::new(|| WEAK.iter().map(|word| stem(word)).collect());
static FILLER_STEMS: LazyLock<Vec<String>> = LazyLock::new(|| FILLERS.iter().map(|word| stem(word)).collect());
static COMPLETION_STEMS: LazyLock<Vec<String>> = LazyLock::new(|| COMPLETIONS.iter().map(|word| stem(word)).collect());

/// Each phrase as its stems sorted and as one word, with the concept that it is of.
static PHRASES: LazyLock<Vec<(Vec<String>, String, usize)>> = LazyLock::new(|| {
    let each = |(index, phrase): (usize, &str)| {
        let words = phrase.split(' ').filter(|word| !SMALL.contains(word));
        let mut stems: Vec<String> = words.map(stem).collect();
        let joined = stems.concat();
        stems.sort();
        (stems, joined, index)
    };
    let phrases = CONCEPTS
        .iter()
        .enumerate()
        .flat_map(|(index, concept)| concept.phrases.iter().map(move |phrase| (index, *phrase)));
    phrases.map(each).collect()
});

fn concept_of(stems: &[String]) -> Option<usize> {
    let exact = |stems: &[String]| {
        let mut sorted = stems.to_vec();
        sorted.sort();
        let joined = stems.concat();
        PHRASES.iter().find(|(phrase, whole, _)| *phrase == sorted || *whole == joined).map(|(.., concept)| *concept)
    };
    exact(stems).or_else(|| {
        let rest: Vec<String> = stems.iter().filter(|stem| !FILLER_STEMS.contains(stem)).cloned().collect();
        if rest.is_empty() || rest.len() == stems.len() { None } else { exact(&rest) }
    })
}

/// The number of letters to add, remove, change or swap with the next one.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, words: &str, expected: Option<Fit>) {
        let fit = Name::of(name).fit(&Name::of_words(words.split(' ')));
        match expected {
            Some(PART) => assert!(fit.is_some_and(|fit| (PART..CONCEPT).contains(&fit)), "{name} by {words}: {fit:?}"),
            expected => assert_eq!(fit, expected, "{name} by {words}"),
        }
    }

    #[test]
    fn words_fit_names_in_many_ways() {
        check("$pageview", "$pageview", Some(VERBATIM));
        check("$pageview", "pageview", Some(VERBATIM));
        check("$pageview", "page views", Some(SAME));
        check("$pageview", "visits", Some(CONCEPT));
        check("$pageview", "pagevews", Some(TYPO));
        check("signup_completed", "signup completed", Some(SAME));
        check("signup_completed", "completed signups", Some(REORDERED));
        check("signup_completed", "sign ups", Some(CONCEPT));
        check("signup_completed", "people signing up", Some(CONCEPT));
        check("signup_completed", "signing up", Some(CONCEPT));
        check("signup_started", "signups", Some(PART));
        check("signup_started", "started signing up", Some(REORDERED));
        check("addToCart", "added to cart", Some(SAME));
        check("add_to_cart", "adds to cart", Some(SAME));
        check("Order Placed", "purchases", Some(CONCEPT));
        check("purchase", "bought", Some(CONCEPT));
        check("purchase", "puchases", Some(TYPO));
        check("checkout_started", "checkouts", Some(CONCEPT));
        check("custom_event_3", "custom event 3", Some(SAME));
        check("custom_event_3", "custom event 4", None);
        check("custom_event_3", "events", None);
        check("signup_completed", "completed", None);
        check("search", "seach", Some(TYPO));
        check("search", "$search", Some(VERBATIM));
        check("", "x", None);
    }

    #[test]
    fn distances_count_changes() {
        for (a, b, expected) in
            [("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "", 3), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }
}
