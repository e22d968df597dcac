//! What a project's names are, ready to be compared with words.

use std::ops::Range;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::countries;
use super::measures::ACTORS;
use super::names::{Fit, Name, PART, REORDERED, SYNONYM, TYPO, VERBATIM};
use super::synonyms::{MONEY, PROPERTIES, VALUES};
use super::vocabulary::{PropertyName, Vocabulary};
use super::words::{Sentence, stem};

/// The most words that stand for one name.
pub(super) const MAX_NAME_WORDS: usize = 6;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    /// Every event.
    All,
    /// The events of a name.
    Event(String),
    /// The events of an action, by its id and name.
    Action(i64, String),
}

/// Whose property it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Event,
    Person,
    /// What an event is besides its properties: its name, the key of a group.
    Metadata,
}

/// A property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) owner: Owner,
    pub(super) key: String,
}

/// Where a question names what is counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mention {
    pub(super) range: Range<usize>,
    pub(super) entity: Entity,
    pub(super) fit: Fit,
    /// How the question says it.
    pub(super) said: String,
    /// Other names that it might have meant.
    pub(super) others: Vec<String>,
    /// Whether it is something that people do once.
    pub(super) is_once: bool,
}

/// The stems of each phrase.
type Stems = Vec<Vec<String>>;

static PROPERTY_STEMS: LazyLock<Vec<(Stems, &[&str])>> =
    LazyLock::new(|| PROPERTIES.iter().map(|(phrases, keys)| (stems_of(phrases), *keys)).collect());
static MONEY_STEMS: LazyLock<Stems> = LazyLock::new(|| stems_of(MONEY.0));

fn stems_of(phrases: &[&str]) -> Stems {
    phrases.iter().map(|phrase| phrase.split(' ').map(stem).collect()).collect()
}

/// A project's names.
#[derive(Debug)]
pub(super) struct Catalog<'v> {
    pub(super) vocabulary: &'v Vocabulary,
    entities: Vec<(Name, Entity, u64)>,
    properties: Vec<(Name, Property, &'v PropertyName)>,
}

impl Property {
    /// `type` of a filter by it, or `breakdown_type`.
    pub(super) fn kind(&self) -> &'static str {
        match self.owner {
            Owner::Event => "event",
            Owner::Person => "person",
            Owner::Metadata => "event_metadata",
        }
    }

    /// The HogQL expression of it.
    pub(super) fn hogql(&self) -> String {
        let is_plain = self.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && self.key.starts_with(|c: char| c.is_ascii_alphabetic());
        let key = if is_plain {
            self.key.clone()
        } else {
            format!("`{}`", self.key.replace('\\', "\\\\").replace('`', "\\`"))
        };
        match self.owner {
            Owner::Event => format!("properties.{key}"),
            Owner::Person => format!("person.properties.{key}"),
            Owner::Metadata => key,
        }
    }
}

impl Entity {
    /// Its name; `None` for every event.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Event(name) | Self::Action(_, name) => Some(name),
        }
    }

    /// How an explanation calls it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::All => "any event".to_owned(),
            Self::Event(name) => format!("`{name}`"),
            Self::Action(_, name) => format!("the action “{name}”"),
        }
    }

    /// The series of it.
    pub(super) fn node(&self) -> Value {
        match self {
            Self::All => json!({"kind": "EventsNode", "event": null, "name": "All events"}),
            Self::Event(name) => json!({"kind": "EventsNode", "event": name, "name": name}),
            Self::Action(id, name) => json!({"kind": "ActionsNode", "id": id, "name": name}),
        }
    }
}

impl<'v> Catalog<'v> {
    pub(super) fn new(vocabulary: &'v Vocabulary) -> Self {
        let actions = vocabulary
            .actions
            .iter()
            .map(|action| (Name::of(&action.name), Entity::Action(action.id, action.name.clone()), u64::MAX));
        let events = vocabulary
            .events
            .iter()
            .map(|event| (Name::of(&event.name), Entity::Event(event.name.clone()), event.count));
        let property = |owner| {
            move |name: &'v PropertyName| (Name::of(&name.key), Property { owner, key: name.key.clone() }, name)
        };
        let of_events = vocabulary.event_properties.iter().map(property(Owner::Event));
        let of_persons = vocabulary.person_properties.iter().map(property(Owner::Person));
        Self {
            vocabulary,
            entities: actions.chain(events).collect(),
            properties: of_events.chain(of_persons).collect(),
        }
    }

    /// What the words of the range may name, the best first.
    fn entity(&self, sentence: &Sentence, range: Range<usize>) -> Option<Mention> {
        let words = &sentence.words[range.clone()];
        let name = Name::of_words(words.iter().map(|word| word.lower.as_str()));
        let is_verbatim_only = words.iter().any(|word| word.is_quoted);
        let mut found: Vec<(Fit, bool, u64, &Name, &Entity)> = Vec::new();
        for (own, entity, count) in &self.entities {
            let fit = own.fit(&name).filter(|fit| !is_verbatim_only || *fit >= TYPO);
            found.extend(fit.map(|fit| (fit, own.is_completion(), *count, own, entity)));
        }
        found.sort_by_key(|found| std::cmp::Reverse((found.0, found.1, found.2)));
        let (fit, _, _, own, entity) = found.first()?;
        let others = found[1..].iter().filter(|other| other.0 == *fit || (*fit < TYPO && other.0 >= PART)).take(3);
        Some(Mention {
            said: sentence.text(range.clone()),
            range,
            entity: (*entity).clone(),
            fit: *fit,
            others: if *fit >= super::names::REORDERED {
                Vec::new()
            } else {
                others.filter_map(|other| other.4.name().map(str::to_owned)).collect()
            },
            is_once: own.is_once(),
        })
    }

    /// What the unused words name, in their order, where they fit at least so well. Nothing is used by this.
    pub(super) fn mentions(&self, sentence: &Sentence, is_plain: impl Fn(usize) -> bool) -> Vec<Mention> {
        let mut candidates = Vec::new();
        for start in 0..sentence.len() {
            for end in start + 1..=(start + MAX_NAME_WORDS).min(sentence.len()) {
                let words = &sentence.words[start..end];
                if !sentence.is_free(start..end) || words.iter().any(|word| word.is_sign() || word.lower == ",") {
                    break;
                }
                let is_edge =
                    |at: usize| !sentence.words[at].is_quoted && EDGES.contains(&sentence.words[at].lower.as_str());
                let says_nothing = (start..end).all(&is_plain);
                // people who do something are no part of its name, unless it has them too
                if ACTORS.contains(&words[0].lower.as_str()) || ACTORS.contains(&words[words.len() - 1].lower.as_str())
                {
                    candidates.extend(
                        self.entity(sentence, start..end).filter(|found| found.fit >= REORDERED && end - start > 1),
                    );
                    continue;
                }
                if is_edge(start) || is_edge(end - 1) || says_nothing {
                    // names that are made of such words are taken where they are written as they are
                    let found =
                        self.entity(sentence, start..end).filter(|found| found.fit == VERBATIM && end - start > 1);
                    candidates.extend(found);
                    continue;
                }
                candidates.extend(self.entity(sentence, start..end));
            }
        }
        candidates.sort_by(|a, b| {
            (b.fit, b.range.len()).cmp(&(a.fit, a.range.len())).then_with(|| a.range.start.cmp(&b.range.start))
        });
        let mut taken: Vec<Mention> = Vec::new();
        for candidate in candidates {
            let overlaps =
                |other: &Mention| other.range.start < candidate.range.end && candidate.range.start < other.range.end;
            if !taken.iter().any(overlaps) {
                taken.push(candidate);
            }
        }
        taken.sort_by_key(|mention| mention.range.start);
        taken
    }

    /// How well the best event fits the words of the range.
    pub(super) fn entity_fit(&self, sentence: &Sentence, range: Range<usize>) -> Fit {
        self.entity(sentence, range).map_or(0, |mention| mention.fit)
    }

    /// The property that the words of the range name, and how well they fit; of those of `owner` alone where one is given.
    pub(super) fn property(
        &self,
        sentence: &Sentence,
        range: Range<usize>,
        owner: Option<Owner>,
    ) -> Option<(Property, Fit)> {
        if !sentence.is_free(range.clone())
            || sentence.words[range.clone()].iter().any(|word| word.is_sign() || word.lower == ",")
        {
            return None;
        }
        let words = &sentence.words[range];
        let name = Name::of_words(words.iter().map(|word| word.lower.as_str()));
        let synonym = self.by_synonym(words.iter().map(|word| word.stem.as_str()), owner);
        let of_owner = |property: &Property| owner.is_none_or(|owner| property.owner == owner);
        let mut best: Option<(Fit, Property)> = None;
        for (own, property, _) in self.properties.iter().filter(|(_, property, _)| of_owner(property)) {
            // what is almost the same is a concept of events alone
            let fit = own.fit(&name).filter(|fit| *fit != super::names::CONCEPT);
            if let Some(fit) = fit
                && best.as_ref().is_none_or(|(best, _)| fit > *best)
            {
                best = Some((fit, property.clone()));
            }
        }
        match (best, synonym) {
            (Some((fit, property)), _) if fit >= SYNONYM => Some((property, fit)),
            (_, Some(property)) => Some((property, SYNONYM)),
            (Some((fit, property)), None) => Some((property, fit)),
            (None, None) => {
                self.group_key(words.iter().map(|word| word.stem.as_str())).map(|property| (property, SYNONYM))
            }
        }
    }

    /// The longest run of words from `at` on that names a property at least so well.
    pub(super) fn property_at(
        &self,
        sentence: &Sentence,
        at: usize,
        least: Fit,
        owner: Option<Owner>,
    ) -> Option<(Property, Fit, usize)> {
        let ends = (at + 1..=(at + MAX_NAME_WORDS).min(sentence.len())).rev();
        let found = ends.filter_map(|end| {
            let is_edge = EDGES.contains(&sentence.words[end - 1].lower.as_str());
            let (property, fit) =
                self.property(sentence, at..end, owner).filter(|(_, fit)| *fit >= least && !is_edge)?;
            Some((property, fit, end - at))
        });
        found.max_by_key(|(_, fit, n)| (*fit >= TYPO, *n, *fit))
    }

    fn by_synonym<'a>(&self, stems: impl Iterator<Item = &'a str>, owner: Option<Owner>) -> Option<Property> {
        let said: Vec<&str> = stems.collect();
        let (_, keys) = PROPERTY_STEMS.iter().find(|(phrases, _)| phrases.iter().any(|phrase| *phrase == said))?;
        keys.iter().find_map(|key| self.of_key(key, owner))
    }

    /// The property of that key: of events, else of persons.
    pub(super) fn of_key(&self, key: &str, owner: Option<Owner>) -> Option<Property> {
        let is_it = |property: &&Property| property.key == key && owner.is_none_or(|owner| property.owner == owner);
        self.properties.iter().map(|(_, property, _)| property).find(is_it).cloned()
    }

    fn group_key<'a>(&self, stems: impl Iterator<Item = &'a str>) -> Option<Property> {
        let said: Vec<&str> = stems.collect();
        let [word] = said.as_slice() else { return None };
        let index = self.group_type(word)?;
        Some(Property { owner: Owner::Metadata, key: format!("$group_{index}") })
    }

    /// The index of the group type with a name of that stem.
    pub(super) fn group_type(&self, word_stem: &str) -> Option<usize> {
        let names = &self.vocabulary.group_types;
        let same = names.iter().position(|name| stem(&name.to_lowercase()) == word_stem);
        let firms = ["company", "organization", "organisation", "account", "team", "workspace"].map(stem);
        let is_firm = |name: &&String| firms.contains(&stem(&name.to_lowercase()));
        same.or_else(|| {
            firms.iter().any(|firm| firm == word_stem).then(|| names.iter().position(|name| is_firm(&name)))?
        })
    }

    /// The numeric property that the words of the range name: by its name, or as money.
    pub(super) fn numeric_property(&self, sentence: &Sentence, range: Range<usize>) -> Option<(Property, Fit)> {
        if !sentence.is_free(range.clone()) {
            return None;
        }
        let words = &sentence.words[range];
        if words.first().into_iter().chain(words.last()).any(|word| EDGES.contains(&word.lower.as_str())) {
            return None;
        }
        let name = Name::of_words(words.iter().map(|word| word.lower.as_str()));
        let numeric = self.properties.iter().filter(|(.., property)| property.is_numeric);
        let fits = numeric.filter_map(|(own, property, _)| {
            let fit = own.fit(&name).filter(|fit| *fit != super::names::CONCEPT)?;
            Some((property.clone(), fit))
        });
        let best = fits.reduce(|best, other| if other.1 > best.1 { other } else { best });
        if best.as_ref().is_some_and(|(_, fit)| *fit >= TYPO) {
            return best;
        }
        let stems: Vec<&str> = words.iter().map(|word| word.stem.as_str()).collect();
        let is_money = MONEY_STEMS.iter().any(|phrase| *phrase == stems);
        let money = is_money.then(|| self.money()).flatten().map(|property| (property, SYNONYM));
        money.or(best)
    }

    /// The property that holds money.
    pub(super) fn money(&self) -> Option<Property> {
        let of = |owner| {
            MONEY.1.iter().find_map(move |key| {
                let property = self.of_key(key, Some(owner))?;
                self.details(&property).is_some_and(|details| details.is_numeric).then_some(property)
            })
        };
        of(Owner::Event).or_else(|| of(Owner::Person))
    }

    /// What is known of a property.
    pub(super) fn details(&self, property: &Property) -> Option<&'v PropertyName> {
        match property.owner {
            Owner::Event => self.vocabulary.event_property(&property.key),
            Owner::Person => self.vocabulary.person_property(&property.key),
            Owner::Metadata => None,
        }
    }

    /// The properties that are known to have the value `text`, in any case, each with the value as it is; by the order of use.
    pub(super) fn with_value(&self, text: &str) -> Vec<(Property, String)> {
        let lower = text.to_lowercase();
        let also = VALUES.iter().find(|(said, _)| *said == lower).map(|(_, values)| *values).unwrap_or_default();
        let is_it = |value: &str| {
            let value = value.to_lowercase();
            value == lower || also.contains(&value.as_str()) || plural_of(&value, &lower)
        };
        let known = self.properties.iter().filter(|(.., details)| !details.is_numeric);
        known
            .filter_map(|(_, property, details)| {
                let value = details.values.iter().find(|value| is_it(value))?;
                Some((property.clone(), value.clone()))
            })
            .collect()
    }

    /// The property that holds countries, and how it writes one.
    pub(super) fn in_country(&self, country: &countries::Country) -> Option<(Property, String)> {
        let keys = ["$geoip_country_name", "$geoip_country_code", "country", "country_name", "country_code"];
        let property = keys.iter().find_map(|key| self.of_key(key, None))?;
        let values = self.details(&property).map(|details| details.values.as_slice()).unwrap_or_default();
        let is_code =
            property.key.ends_with("code") || (!values.is_empty() && values.iter().all(|value| value.len() == 2));
        let value = if is_code { country.code.to_owned() } else { country.written() };
        let known = values.iter().find(|known| known.eq_ignore_ascii_case(&value)).cloned();
        Some((property, known.unwrap_or(value)))
    }
}

fn plural_of(value: &str, said: &str) -> bool {
    value.len() > 3 && said.strip_suffix('s') == Some(value)
}

/// Words with which no name begins or ends.
pub(super) const EDGES: [&str; 38] = [
    "the", "a", "an", "of", "to", "and", "or", "by", "for", "with", "who", "that", "then", "how", "many", "what",
    "which", "per", "did", "do", "is", "are", "was", "were", "have", "has", "had", "from", "we", "their", "our", "my",
    "each", "vs", "versus", "not", "after", "before",
];
