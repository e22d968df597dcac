//! Which events: the conditions of a question.

use serde_json::{Value, json};

use super::catalog::{Catalog, EDGES, Owner, Property};
use super::countries;
use super::names::{PART, REORDERED, TYPO};
use super::synonyms::MOBILE_SYSTEMS;
use super::words::Sentence;

/// A condition on events.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filter {
    /// Where the question has it.
    pub(super) at: usize,
    pub(super) what: Condition,
}

/// What a condition is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Property {
        property: Property,
        operator: &'static str,
        values: Vec<Value>,
    },
    /// Whether the person is in the cohort of that id and name.
    Cohort {
        id: i64,
        name: String,
        is_not: bool,
    },
}

/// The longest value that words stand for.
const MAX_VALUE_WORDS: usize = 5;

impl Condition {
    /// As a property filter of a query.
    pub(super) fn node(&self) -> Value {
        match self {
            Self::Property { property, operator, values } => {
                let (key, kind) = (&property.key, property.kind());
                match (*operator, values.as_slice()) {
                    ("is_set" | "is_not_set", _) => {
                        json!({"key": key, "type": kind, "operator": operator, "value": operator})
                    }
                    ("exact" | "is_not" | "between", values) => {
                        json!({"key": key, "type": kind, "operator": operator, "value": values})
                    }
                    (_, values) => json!({"key": key, "type": kind, "operator": operator, "value": values.first()}),
                }
            }
            Self::Cohort { id, is_not, .. } => {
                json!({"key": "id", "type": "cohort", "value": id, "operator": if *is_not { "not_in" } else { "in" }})
            }
        }
    }

    /// The property of which several values are asked for.
    pub(super) fn compared(&self) -> Option<Property> {
        match self {
            Self::Property { property, operator: "exact", values } if values.len() > 1 => Some(property.clone()),
            _ => None,
        }
    }

    /// How an explanation says it.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Property { property, operator, values } => {
                let words = match *operator {
                    "exact" => "is",
                    "is_not" => "is not",
                    "icontains" => "contains",
                    "not_icontains" => "does not contain",
                    "regex" => "matches",
                    "gt" => "is above",
                    "gte" => "is at least",
                    "lt" => "is below",
                    "lte" => "is at most",
                    "between" => "is between",
                    "is_set" => return format!("`{}` is set", property.key),
                    _ => return format!("`{}` is not set", property.key),
                };
                let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let values: Vec<String> = values.iter().map(shown).collect();
                let join = if *operator == "between" { " and " } else { " or " };
                format!("`{}` {words} {}", property.key, values.join(join))
            }
            Self::Cohort { name, is_not, .. } => {
                format!("the person is {}in the cohort “{name}”", if *is_not { "not " } else { "" })
            }
        }
    }
}

/// Operators as people say them, the longer first.
const OPERATORS: [(&str, &str); 63] = [
    ("is not set", "is_not_set"),
    ("is not known", "is_not_set"),
    ("is unknown", "is_not_set"),
    ("is missing", "is_not_set"),
    ("is empty", "is_not_set"),
    ("is set", "is_set"),
    ("is known", "is_set"),
    ("exists", "is_set"),
    ("does not contain", "not_icontains"),
    ("do not contain", "not_icontains"),
    ("not containing", "not_icontains"),
    ("contains", "icontains"),
    ("contain", "icontains"),
    ("containing", "icontains"),
    ("includes", "icontains"),
    ("is greater than or equal to", "gte"),
    ("greater than or equal to", "gte"),
    ("is at least", "gte"),
    ("of at least", "gte"),
    ("at least", "gte"),
    ("no less than", "gte"),
    (">=", "gte"),
    ("≥", "gte"),
    ("is less than or equal to", "lte"),
    ("less than or equal to", "lte"),
    ("is at most", "lte"),
    ("at most", "lte"),
    ("no more than", "lte"),
    ("up to", "lte"),
    ("<=", "lte"),
    ("≤", "lte"),
    ("is greater than", "gt"),
    ("greater than", "gt"),
    ("worth more than", "gt"),
    ("is more than", "gt"),
    ("of more than", "gt"),
    ("more than", "gt"),
    ("higher than", "gt"),
    ("larger than", "gt"),
    ("bigger than", "gt"),
    ("is over", "gt"),
    ("is above", "gt"),
    ("of over", "gt"),
    ("worth over", "gt"),
    ("over", "gt"),
    ("above", "gt"),
    ("exceeding", "gt"),
    ("exceeds", "gt"),
    (">", "gt"),
    ("is less than", "lt"),
    ("of less than", "lt"),
    ("worth less than", "lt"),
    ("less than", "lt"),
    ("lower than", "lt"),
    ("smaller than", "lt"),
    ("fewer than", "lt"),
    ("is under", "lt"),
    ("is below", "lt"),
    ("under", "lt"),
    ("below", "lt"),
    ("<", "lt"),
    ("is between", "between"),
    ("between", "between"),
];

/// Equality, which needs a property before it.
const EQUALITIES: [(&str, &str); 20] = [
    ("is not one of", "is_not"),
    ("is not in", "is_not"),
    ("is not equal to", "is_not"),
    ("not equal to", "is_not"),
    ("is not", "is_not"),
    ("are not", "is_not"),
    ("was not", "is_not"),
    ("not in", "is_not"),
    ("!=", "is_not"),
    ("<>", "is_not"),
    ("is one of", "exact"),
    ("is equal to", "exact"),
    ("equal to", "exact"),
    ("equals", "exact"),
    ("is", "exact"),
    ("was", "exact"),
    ("are", "exact"),
    ("==", "exact"),
    ("=", "exact"),
    (":", "exact"),
];

/// Takes the conditions that name a property: `where plan is pro`, `with amount over 100`.
pub(super) fn take_named(sentence: &mut Sentence, catalog: &Catalog<'_>) -> Vec<Filter> {
    let mut found = Vec::new();
    for at in 0..sentence.len() {
        if let Some((filter, end)) = named_at(sentence, at, catalog) {
            let start = start_of_intro(sentence, at);
            sentence.take_range(start..end);
            found.push(filter);
        }
    }
    found
}

const INTROS: [&str; 14] =
    ["where", "with", "whose", "when", "having", "that", "which", "and", "only", "the", "have", "a", "an", "for"];

fn start_of_intro(sentence: &Sentence, at: usize) -> usize {
    let mut start = at;
    while start > 0 && at - start < 3 && sentence.at(start - 1).is_some_and(|word| INTROS.contains(&word)) {
        start -= 1;
    }
    start
}

fn named_at(sentence: &Sentence, at: usize, catalog: &Catalog<'_>) -> Option<(Filter, usize)> {
    let first = sentence.words.get(at).filter(|word| !word.is_used && !word.is_sign())?;
    if !first.is_quoted && EDGES.contains(&first.lower.as_str()) {
        return None;
    }
    let is_introduced = at > 0 && sentence.is_any(at - 1, &["where", "with", "whose", "when", "having", "have"]);
    let is_of_person = at > 0 && sentence.is_any(at - 1, &["whose"]);
    let owner = is_of_person.then_some(Owner::Person);
    let least = if is_introduced { PART } else { TYPO };
    let by_number = (at + 1..=(at + 3).min(sentence.len())).rev().find_map(|end| {
        let (property, _) = catalog.numeric_property(sentence, at..end).filter(|(_, fit)| *fit >= TYPO)?;
        operator_at(sentence, end, false).is_some().then_some((property, end - at))
    });
    let named = || {
        let found =
            catalog.property_at(sentence, at, least, owner).or_else(|| catalog.property_at(sentence, at, least, None));
        found.map(|(property, _, n)| (property, n))
    };
    let (property, n) = by_number.or_else(named)?;
    if let Some((operator, n_operator)) = operator_at(sentence, at + n, true) {
        let (values, end) = values_at(sentence, at + n + n_operator, operator, &property, catalog)?;
        return Some((Filter { at, what: Condition::Property { property, operator, values } }, end));
    }
    // "with plan pro", "with the country of Germany"
    let next = at + n + usize::from(sentence.is_any(at + n, &["of"]));
    let (value, end) = known_value(sentence, next, &property, catalog)?;
    let what = Condition::Property { property, operator: "exact", values: vec![value] };
    Some((Filter { at, what }, end))
}

fn operator_at(sentence: &Sentence, at: usize, with_equality: bool) -> Option<(&'static str, usize)> {
    let equalities = EQUALITIES.iter().filter(|_| with_equality);
    let longer = OPERATORS.iter().find_map(|(phrase, operator)| Some((*operator, sentence.has_at(at, phrase)?)));
    longer.or_else(|| equalities.clone().find_map(|(phrase, operator)| Some((*operator, sentence.has_at(at, phrase)?))))
}

fn values_at(
    sentence: &Sentence,
    at: usize,
    operator: &'static str,
    property: &Property,
    catalog: &Catalog<'_>,
) -> Option<(Vec<Value>, usize)> {
    match operator {
        "is_set" | "is_not_set" => Some((Vec::new(), at)),
        "gt" | "gte" | "lt" | "lte" => Some((vec![number(sentence.number_at(at)?)], at + 1)),
        "between" => {
            let (low, high) = (sentence.number_at(at)?, sentence.number_at(at + 2)?);
            let is_range = sentence.is_any(at + 1, &["and", "to"]);
            is_range.then(|| (vec![number(low.min(high)), number(low.max(high))], at + 3))
        }
        _ => {
            let skip = usize::from(sentence.is_any(at, &["the", "either", "a", "an"]));
            let mut values = Vec::new();
            let mut next = at + skip;
            loop {
                let is_first = values.is_empty();
                let found = known_value(sentence, next, property, catalog);
                let Some((value, end)) = found.or_else(|| is_first.then(|| any_value(sentence, next))?) else { break };
                values.push(value);
                next = end;
                let mut join = next;
                while sentence.at(join).is_some_and(|word| ["or", "and", ",", "nor"].contains(&word)) {
                    join += 1;
                }
                if join == next || known_value(sentence, join, property, catalog).is_none() {
                    break;
                }
                next = join;
            }
            (!values.is_empty()).then_some((values, next))
        }
    }
}

/// The longest run of words that is a value of `property`.
fn known_value(sentence: &Sentence, at: usize, property: &Property, catalog: &Catalog<'_>) -> Option<(Value, usize)> {
    for end in (at + 1..=(at + MAX_VALUE_WORDS).min(sentence.len())).rev() {
        if !sentence.is_free(at..end) {
            continue;
        }
        let text = sentence.text(at..end);
        if let Some((_, value)) = catalog.with_value(&text).into_iter().find(|(own, _)| own == property) {
            return Some((value.into(), end));
        }
        let country = country_at(sentence, at, end).and_then(|country| catalog.in_country(&country));
        if let Some((_, value)) = country.filter(|(own, _)| own == property) {
            return Some((value.into(), end));
        }
    }
    None
}

/// A word as it stands.
fn any_value(sentence: &Sentence, at: usize) -> Option<(Value, usize)> {
    let word = sentence.words.get(at).filter(|word| !word.is_used && !word.is_sign() && word.lower != ",")?;
    let value = match word.number {
        Some(number_of) if !word.is_quoted => number(number_of),
        _ => match word.lower.as_str() {
            "true" | "yes" => Value::from("true"),
            "false" | "no" => Value::from("false"),
            _ => Value::from(word.text.as_str()),
        },
    };
    Some((value, at + 1))
}

/// A number, whole where it is.
fn number(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole and far below 2^53")]
    let whole = (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
    whole.map_or_else(|| Value::from(number), Value::from)
}

/// Takes comparisons with a number that name no property, of which the money is meant: `purchases over $100`.
pub(super) fn take_amounts(sentence: &mut Sentence, catalog: &Catalog<'_>) -> Vec<Filter> {
    let mut found = Vec::new();
    for at in 0..sentence.len() {
        let Some((operator, n)) = operator_at(sentence, at, false) else { continue };
        let Some(property) = catalog.money() else { break };
        if operator.starts_with("is_") || operator.contains("contains") {
            continue;
        }
        let Some((values, end)) = values_at(sentence, at + n, operator, &property, catalog) else { continue };
        // of what else there may be so many is not told by money
        let is_counted = sentence.words.get(end).is_some_and(|word| {
            word.lower.ends_with('s') && !["dollars", "euros", "pounds"].contains(&word.lower.as_str())
        });
        if is_counted {
            continue;
        }
        let unit = usize::from(sentence.is_any(end, &["dollars", "euros", "pounds", "usd", "eur", "gbp", "bucks"]));
        sentence.take_range(at..end + unit);
        found.push(Filter { at, what: Condition::Property { property, operator, values } });
    }
    found
}

const PREPOSITIONS: [&str; 14] =
    ["in", "from", "on", "using", "with", "via", "through", "for", "at", "of", "by", "among", "visiting", "running"];
const NEGATIONS: [&str; 10] =
    ["not", "excluding", "except", "exclude", "without", "ignoring", "outside", "non", "minus", "omitting"];

/// Takes the conditions that name only a value: `in Germany`, `from Chrome`, `on mobile`, `not on iOS`, and where `is_adjective`, `pro users`.
pub(super) fn take_values(sentence: &mut Sentence, catalog: &Catalog<'_>, is_adjective: bool) -> Vec<Filter> {
    let mut found: Vec<Filter> = Vec::new();
    for at in 0..sentence.len() {
        let (mut next, mut is_not, mut is_introduced) = (at, false, false);
        if sentence.has_at(next, "other than").is_some() || sentence.has_at(next, "apart from").is_some() {
            (next, is_not, is_introduced) = (next + 2, true, true);
        }
        while sentence.at(next).is_some_and(|word| NEGATIONS.contains(&word)) {
            (next, is_not, is_introduced) = (next + 1, true, true);
        }
        while sentence.at(next).is_some_and(|word| PREPOSITIONS.contains(&word)) {
            (next, is_introduced) = (next + 1, true);
        }
        while is_introduced
            && sentence.at(next).is_some_and(|word| ["the", "a", "an", "our", "all", "any"].contains(&word))
        {
            next += 1;
        }
        if !is_introduced && !is_adjective {
            continue;
        }
        let Some((mut what, mut end)) = value_condition(sentence, next, catalog, is_introduced) else { continue };
        // "in Germany or France"
        loop {
            let mut join = end;
            while sentence.at(join).is_some_and(|word| {
                ["or", "and", ",", "the", "in", "from", "on", "nor", "vs", "vs.", "versus"].contains(&word)
            }) {
                join += 1;
            }
            let (true, Condition::Property { property, values, .. }) = (join > end, &mut what) else { break };
            let Some((value, value_end)) = known_value(sentence, join, property, catalog) else { break };
            values.push(value);
            end = value_end;
        }
        if is_not {
            what = negated(what);
        }
        sentence.take_range(at..end);
        found.push(Filter { at, what });
    }
    found
}

fn negated(condition: Condition) -> Condition {
    match condition {
        Condition::Property { property, operator: "exact", values } => {
            Condition::Property { property, operator: "is_not", values }
        }
        Condition::Property { property, operator: "icontains", values } => {
            Condition::Property { property, operator: "not_icontains", values }
        }
        Condition::Cohort { id, name, .. } => Condition::Cohort { id, name, is_not: true },
        other @ Condition::Property { .. } => other,
    }
}

/// The condition that the words from `at` on stand for, with where they end.
fn value_condition(
    sentence: &Sentence,
    at: usize,
    catalog: &Catalog<'_>,
    is_introduced: bool,
) -> Option<(Condition, usize)> {
    let first = sentence.words.get(at).filter(|word| !word.is_used && !word.is_sign() && word.lower != ",")?;
    let exact = |property, values: Vec<Value>| Condition::Property { property, operator: "exact", values };
    if first.lower.starts_with('/') || first.lower.contains("://") {
        let keys =
            if first.lower.starts_with('/') { ["$pathname", "$current_url"] } else { ["$current_url", "$pathname"] };
        let property = keys.iter().find_map(|key| catalog.of_key(key, None))?;
        let operator = if property.key == "$pathname" { "exact" } else { "icontains" };
        return Some((Condition::Property { property, operator, values: vec![first.text.as_str().into()] }, at + 1));
    }
    if let Some(found) = cohort_at(sentence, at, catalog) {
        return Some(found);
    }
    for end in (at + 1..=(at + MAX_VALUE_WORDS).min(sentence.len())).rev() {
        if !sentence.is_free(at..end) || sentence.words[at..end].iter().any(|word| word.lower == ",") {
            continue;
        }
        let text = sentence.text(at..end);
        let is_name = catalog.entity_fit(sentence, at..end) >= REORDERED && !first.is_quoted;
        let is_small = end - at == 1
            && (EDGES.contains(&first.lower.as_str())
                || first.number.is_some()
                || first.lower.len() < 2
                || PREPOSITIONS.contains(&first.lower.as_str()));
        if is_name || (is_small && !first.is_quoted) {
            continue;
        }
        let known = catalog.with_value(&text);
        if !known.is_empty() {
            // "on the pro plan" says which of several properties it is
            let named = catalog.property_at(sentence, end, TYPO, None);
            let named = named.and_then(|(property, _, n)| Some((known.iter().find(|(own, _)| *own == property)?, n)));
            let ((property, value), n) = named.unwrap_or_else(|| (&known[0], 0));
            return Some((exact(property.clone(), vec![value.as_str().into()]), end + n));
        }
        if let Some(country) = country_at(sentence, at, end)
            && let Some((property, value)) = catalog.in_country(&country)
        {
            return Some((exact(property, vec![value.into()]), end));
        }
    }
    let is_mobile = ["mobile", "mobiles", "phones", "smartphones"].contains(&first.lower.as_str());
    if is_mobile || (is_introduced && ["desktop", "desktops"].contains(&first.lower.as_str())) {
        let n_device = usize::from(sentence.is_any(at + 1, &["device", "devices", "phones"]));
        return on_device(is_mobile, catalog).map(|condition| (condition, at + 1 + n_device));
    }
    None
}

/// Whether people are on phones or not: by the kind of the device, else by the operating system.
fn on_device(is_mobile: bool, catalog: &Catalog<'_>) -> Option<Condition> {
    if let Some(property) = ["$device_type", "device_type"].iter().find_map(|key| catalog.of_key(key, None)) {
        let value = if is_mobile { "Mobile" } else { "Desktop" };
        return Some(Condition::Property { property, operator: "exact", values: vec![value.into()] });
    }
    let property = ["$os", "os"].iter().find_map(|key| catalog.of_key(key, None))?;
    let operator = if is_mobile { "exact" } else { "is_not" };
    let known = catalog.details(&property).map(|details| details.values.as_slice()).unwrap_or_default();
    let is_known = |system: &&&str| known.is_empty() || known.iter().any(|value| value == **system);
    let values = MOBILE_SYSTEMS.iter().filter(is_known).map(|system| Value::from(*system)).collect();
    Some(Condition::Property { property, operator, values })
}

fn country_at(sentence: &Sentence, at: usize, end: usize) -> Option<countries::Country> {
    let text = sentence.text(at..end);
    // `in` and `us` are words
    let is_code = text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase());
    let is_word = text == "us" && !(at > 0 && sentence.is_any(at - 1, &["the", "in", "from"]));
    let by_code = is_code.then(|| countries::of_code(&text)).flatten();
    by_code.or_else(|| countries::named(&text.to_lowercase()).filter(|_| !is_word))
}

/// `the Power users cohort`, `cohort Power users`, or just its name.
fn cohort_at(sentence: &Sentence, at: usize, catalog: &Catalog<'_>) -> Option<(Condition, usize)> {
    let skip = usize::from(sentence.is_any(at, &["cohort"]));
    catalog.vocabulary.cohorts.iter().find_map(|cohort| {
        let n = cohort.name.split_whitespace().count().max(1);
        let quoted = sentence.words.get(at + skip).filter(|word| word.is_quoted && !word.is_used);
        let n = if quoted.is_some() { 1 } else { n };
        let range = at + skip..at + skip + n;
        let same = sentence.is_free(range.clone())
            && sentence.text(range.clone()).to_lowercase() == cohort.name.to_lowercase();
        let end = range.end + usize::from(sentence.is_any(range.end, &["cohort"]));
        same.then(|| (Condition::Cohort { id: cohort.id, name: cohort.name.clone(), is_not: false }, end))
    })
}
