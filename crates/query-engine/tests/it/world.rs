//! Events, persons and groups from which scans are made in the plainest way.

pub(crate) mod generate;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::field::Field;
use query_engine::plan::sequence::Actor;
use query_engine::predicate::Predicate;
use query_engine::scan::{
    Column, EventColumn, EventSet, GroupColumn, Identities, Persons, Run, Scan, ScanRequest, ScanSource,
};
use query_engine::value::PropertyValue;

/// Name of the only group type.
pub(crate) const GROUP_TYPE: &str = "company";

/// Properties by key.
pub(crate) type Properties = BTreeMap<String, PropertyValue>;

/// One event, and the segment that it is stored in.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) event: String,
    pub(crate) person: u32,
    pub(crate) timestamp_us: i64,
    pub(crate) segment: u8,
    pub(crate) properties: Properties,
}

/// All that a query can see.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) facts: Vec<Fact>,
    pub(crate) persons: Vec<Properties>,
    /// When each person was first seen; at the beginning of time where nothing is known.
    pub(crate) first_seen_us: Vec<i64>,
    pub(crate) groups: BTreeMap<String, Properties>,
}

impl World {
    /// Events of one person, given by instant and property `p`.
    pub(crate) fn of_one_person(events: impl IntoIterator<Item = (i64, String)>) -> Self {
        let facts = events.into_iter().map(|(timestamp_us, p)| Fact {
            event: "a".to_owned(),
            person: 0,
            timestamp_us,
            segment: 0,
            properties: BTreeMap::from([("p".to_owned(), PropertyValue::String(p.into()))]),
        });
        Self { facts: facts.collect(), persons: vec![Properties::new()], ..Self::default() }
    }

    /// The same events in one segment.
    pub(crate) fn in_one_segment(&self) -> Self {
        let mut world = self.clone();
        world.facts.iter_mut().for_each(|fact| fact.segment = 0);
        world
    }

    /// When `person` was first seen.
    pub(crate) fn created_at_us(&self, person: u32) -> i64 {
        self.first_seen_us.get(person as usize).copied().unwrap_or(0)
    }

    /// Whether `predicate` holds of `fact`.
    pub(crate) fn satisfies(&self, predicate: &Predicate, fact: &Fact) -> bool {
        match predicate {
            Predicate::Constant(constant) => *constant,
            Predicate::All(parts) => parts.iter().all(|part| self.satisfies(part, fact)),
            Predicate::Any(parts) => parts.iter().any(|part| self.satisfies(part, fact)),
            Predicate::Not(inner) => !self.satisfies(inner, fact),
            Predicate::Test { field, test } => test.passes(&self.value(field, fact)),
        }
    }

    /// The name of whoever of `actor`'s kind did `fact`.
    pub(crate) fn actor(&self, actor: &Actor, fact: &Fact) -> Option<String> {
        match actor {
            Actor::Person => Some(fact.person.to_string()),
            Actor::Value(fields) => {
                let texts = fields.iter().filter_map(|field| self.value(field, fact).to_text());
                texts.map(|text| text.to_string()).find(|text| !text.is_empty())
            }
        }
    }

    /// The value of `field` of `fact`.
    pub(crate) fn value(&self, field: &Field, fact: &Fact) -> PropertyValue {
        let found = match field {
            Field::EventName => Some(PropertyValue::String(fact.event.as_str().into())),
            Field::Event(EventColumn::Property(key)) => fact.properties.get(key).cloned(),
            Field::PersonProperty(key) => self.persons[fact.person as usize].get(key).cloned(),
            Field::GroupKey(0) => self.group_key(fact).map(|key| PropertyValue::String(key.into())),
            Field::GroupProperty { group_type: 0, key } => {
                self.group_key(fact).and_then(|group| self.groups.get(&group)?.get(key).cloned())
            }
            field => panic!("no plan of these tests reads {field:?}"),
        };
        found.unwrap_or_default()
    }

    fn group_key(&self, fact: &Fact) -> Option<String> {
        let own = fact.properties.get("$group_0").and_then(PropertyValue::to_text);
        if let Some(own) = own.filter(|own| !own.is_empty()) {
            return Some(own.to_string());
        }
        let PropertyValue::Json(groups) = fact.properties.get("$groups")? else { return None };
        let groups: serde_json::Value = serde_json::from_str(groups).unwrap();
        groups[GROUP_TYPE].as_str().map(str::to_owned)
    }
}

impl ScanSource for World {
    fn scan(&self, requests: &[ScanRequest], _: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        Ok(requests.iter().map(|request| self.scan_one(request)).collect())
    }
}

impl World {
    /// Two distinct ids for each person number: `a0`, `b0`, `a1`, and so on.
    fn identities(&self) -> Identities {
        let numbers = 0..self.persons.len() as u32;
        Identities {
            distinct_ids: numbers.clone().flat_map(|n| [format!("a{n}").into(), format!("b{n}").into()]).collect(),
            persons: numbers.clone().flat_map(|n| [n, n]).collect::<Vec<_>>().into(),
            first_distinct_ids: numbers.map(|n| 2 * n).collect::<Vec<_>>().into(),
            is_identified: vec![false; self.persons.len()].into(),
        }
    }

    fn scan_one(&self, request: &ScanRequest) -> Scan {
        let mut by_run: BTreeMap<(u8, &str), Vec<&Fact>> = BTreeMap::new();
        for fact in &self.facts {
            let is_wanted = match &request.events {
                EventSet::All => true,
                EventSet::Named(names) => names.contains(&fact.event),
            };
            let is_in_time = request.from_us.is_none_or(|from_us| fact.timestamp_us >= from_us)
                && request.until_us.is_none_or(|until_us| fact.timestamp_us < until_us);
            if is_wanted && is_in_time {
                by_run.entry((fact.segment, &fact.event)).or_default().push(fact);
            }
        }
        let runs = by_run.into_iter().map(|((segment, event), mut facts)| {
            facts.sort_by_key(|fact| (fact.person, fact.timestamp_us));
            let columns = request.event_columns.iter().map(|wanted| {
                // A segment has one dictionary for all its runs, which so has values that a run has not.
                let value = |fact: &Fact| self.value(&Field::Event(wanted.clone()), fact);
                let of_segment = self.facts.iter().filter(|fact| fact.segment == segment).map(value);
                encoded(&of_segment.collect::<Vec<_>>(), facts.iter().map(|fact| value(fact)))
            });
            Run {
                event: event.into(),
                columns: columns.collect(),
                persons: facts.iter().map(|fact| fact.person).collect::<Vec<_>>().into(),
                timestamps: facts.iter().map(|fact| fact.timestamp_us).collect::<Vec<_>>().into(),
            }
        });
        let person_columns = request.person_properties.iter().map(|key| {
            let values: Vec<_> =
                self.persons.iter().map(|person| person.get(key).cloned().unwrap_or_default()).collect();
            encoded(&values, values.iter().cloned())
        });
        let group_columns = request.group_properties.iter().map(|(_, key)| {
            let values = self
                .groups
                .iter()
                .filter_map(|(group, values)| Some((group.as_str().into(), values.get(key)?.clone())));
            GroupColumn { values: values.collect::<HashMap<Arc<str>, _>>() }
        });
        Scan {
            persons: Persons {
                n_numbers: self.persons.len(),
                created_at_us: (0..self.persons.len() as u32).map(|n| self.created_at_us(n)).collect::<Vec<_>>().into(),
                columns: person_columns.collect(),
                properties: if request.whole_person_properties {
                    vec!["{}".into(); self.persons.len()]
                } else {
                    Vec::new()
                },
            },
            group_columns: group_columns.collect(),
            group_types: vec![GROUP_TYPE.into()],
            runs: runs.collect(),
            identities: if request.identities { self.identities() } else { Identities::default() },
            groups: Vec::new(),
        }
    }
}

/// `values` in codes of a dictionary of `known` values.
fn encoded(known: &[PropertyValue], values: impl Iterator<Item = PropertyValue>) -> Column {
    let mut dictionary = vec![PropertyValue::Null];
    for value in known {
        if !dictionary.contains(value) {
            dictionary.push(value.clone());
        }
    }
    let codes = values.map(|value| dictionary.iter().position(|known| *known == value).unwrap() as u32);
    Column::new(codes.collect::<Vec<_>>(), dictionary)
}
