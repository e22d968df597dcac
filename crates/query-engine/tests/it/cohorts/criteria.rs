//! Random cohorts, as the values that the reference reads and as the JSON that clients send.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::answer::QueryContext;
use query_engine::definitions::{ActionDefinition, CohortDefinition, Definitions};
use query_engine::predicate::Relation;
use serde_json::{Value, json};

use crate::world::World;
use crate::world::generate::{HOUR_US, day, midnight_us, world, zone};

/// The distinct ids of cohort 2: of two persons, of one twice, and of nobody.
pub(super) const LISTED: [&str; 4] = ["b1", "a3", "b3", "stranger"];

/// Cohort 3, which may ask for cohort 2, the listed one, and for cohort 1, which may ask for cohort 2; as of an instant.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) world: World,
    pub(super) zone: Tz,
    pub(super) now: DateTime<Utc>,
    pub(super) one: Criteria,
    pub(super) three: Criteria,
}

/// Who is in a cohort.
#[derive(Clone, Debug)]
pub(super) enum Criteria {
    All(Vec<Criteria>),
    Any(Vec<Criteria>),
    One { criterion: Criterion, negated: bool },
}

#[derive(Clone, Debug)]
pub(super) enum Criterion {
    Person(Property),
    Cohort(i64),
    Did { what: What, filter: Option<Property>, how: How },
}

/// A property of that key that is set, or that has that text.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) key: &'static str,
    pub(super) is: Option<&'static str>,
}

/// An event by name, or action 7: events `a` with the property `p`, and all events `b`.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Event(&'static str),
    Action,
}

#[derive(Clone, Debug)]
pub(super) enum How {
    Performed(When),
    FirstTime(When),
    Multiple { when: When, relation: Relation, n: u64 },
    Sequence { when: When, then: What, window: Ago },
    Stopped { since: When, before: Ago },
    Restarted { since: Ago, before: Ago },
    Regularly { period: Ago, relation: Relation, n: u64, min_periods: u64, total_periods: u64 },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Since(Ago),
    Dates { from: NaiveDate, to: Option<NaiveDate> },
}

/// So many of a unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ago {
    pub(super) n: u32,
    pub(super) unit: &'static str,
}

const RELATIONS: [(&str, Relation); 5] = [
    ("exact", Relation::Equal),
    ("gte", Relation::AtLeast),
    ("gt", Relation::Greater),
    ("lte", Relation::AtMost),
    ("lt", Relation::Less),
];

impl Case {
    /// The criteria of cohort 3, for messages.
    pub(super) fn json(&self) -> Value {
        self.three.json()
    }

    pub(super) fn context(&self) -> QueryContext {
        let cohort =
            |criteria: &Criteria| CohortDefinition::read_filters("", &json!({"properties": criteria.json()})).unwrap();
        let steps =
            json!([{"event": "a", "properties": [Property { key: "p", is: None }.json("event")]}, {"event": "b"}]);
        let definitions = Definitions {
            actions: [(7, ActionDefinition::read("", &steps).unwrap())].into(),
            cohorts: [(1, cohort(&self.one)), (2, CohortDefinition::listed("", LISTED)), (3, cohort(&self.three))]
                .into(),
            ..Definitions::default()
        };
        QueryContext {
            project: ProjectId(1),
            timezone: self.zone,
            week_start: WeekStart::Monday,
            now: self.now,
            definitions: Arc::new(definitions),
        }
    }
}

impl Criteria {
    fn json(&self) -> Value {
        let group = |kind: &str, parts: &[Self]| json!({"type": kind, "values": parts.iter().map(Self::json).collect::<Vec<_>>()});
        match self {
            Self::All(parts) => group("AND", parts),
            Self::Any(parts) => group("OR", parts),
            Self::One { criterion, negated } => {
                let mut node = criterion.json();
                node["negation"] = json!(negated);
                node
            }
        }
    }
}

impl Criterion {
    fn json(&self) -> Value {
        match self {
            Self::Person(property) => property.json("person"),
            Self::Cohort(id) => json!({"type": "cohort", "key": "id", "value": id}),
            Self::Did { what, filter, how } => {
                let mut node = json!({"type": "behavioral", "key": what.key(), "event_type": what.kind()});
                if let Some(filter) = filter {
                    node["event_filters"] = json!([filter.json("event")]);
                }
                node.as_object_mut().unwrap().extend(how.json().as_object().unwrap().clone());
                node
            }
        }
    }
}

impl Property {
    fn json(&self, kind: &str) -> Value {
        match self.is {
            None => json!({"type": kind, "key": self.key, "operator": "is_set"}),
            Some(text) => json!({"type": kind, "key": self.key, "operator": "exact", "value": [text]}),
        }
    }
}

impl What {
    fn key(self) -> Value {
        match self {
            Self::Event(name) => json!(name),
            Self::Action => json!(7),
        }
    }

    fn kind(self) -> &'static str {
        if matches!(self, Self::Action) { "actions" } else { "events" }
    }
}

impl How {
    fn json(&self) -> Value {
        let relation_name = |relation: &Relation| RELATIONS.iter().find(|(_, known)| known == relation).unwrap().0;
        let second = |ago: &Ago| json!({"seq_time_value": ago.n, "seq_time_interval": ago.unit});
        let nodes = match self {
            Self::Performed(when) => vec![json!({"value": "performed_event"}), when.json()],
            Self::FirstTime(when) => vec![json!({"value": "performed_event_first_time"}), when.json()],
            Self::Multiple { when, relation, n } => vec![
                json!({"value": "performed_event_multiple", "operator": relation_name(relation), "operator_value": n}),
                when.json(),
            ],
            Self::Sequence { when, then, window } => vec![
                json!({"value": "performed_event_sequence", "seq_event": then.key(), "seq_event_type": then.kind()}),
                when.json(),
                second(window),
            ],
            Self::Stopped { since, before } => {
                vec![json!({"value": "stopped_performing_event"}), since.json(), second(before)]
            }
            Self::Restarted { since, before } => {
                vec![json!({"value": "restarted_performing_event"}), When::Since(*since).json(), second(before)]
            }
            Self::Regularly { period, relation, n, min_periods, total_periods } => vec![
                json!({"value": "performed_event_regularly", "operator": relation_name(relation), "operator_value": n}),
                json!({"min_periods": min_periods, "total_periods": total_periods}),
                When::Since(*period).json(),
            ],
        };
        nodes.into_iter().flat_map(|node| node.as_object().unwrap().clone()).collect()
    }
}

impl When {
    fn json(self) -> Value {
        match self {
            Self::Since(Ago { n, unit }) => json!({"time_value": n, "time_interval": unit}),
            Self::Dates { from, to } => {
                json!({"explicit_datetime": from.to_string(), "explicit_datetime_to": to.map(|to| to.to_string())})
            }
        }
    }
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    day().prop_flat_map(|day| {
        let criteria = |cohorts: Vec<i64>| {
            let leaf = (criterion(day, cohorts), any::<bool>())
                .prop_map(|(criterion, negated)| Criteria::One { criterion, negated });
            let group = leaf.prop_recursive(2, 5, 3, |inner| {
                (vec(inner, 1..4), any::<bool>())
                    .prop_map(|(parts, is_any)| if is_any { Criteria::Any(parts) } else { Criteria::All(parts) })
            });
            group.prop_map(|criteria| Criteria::All(vec![criteria]))
        };
        let now = (0..6 * 24_i64).prop_map(move |hours| midnight_us(day, Tz::UTC) + hours * HOUR_US + 1_234_567);
        (world(day), zone(), now, criteria(vec![2]), criteria(vec![1, 2])).prop_map(
            |(mut world, zone, now_us, one, three)| {
                // a number that stands for nobody any more
                world.persons.push(Default::default());
                world.first_seen_us.push(i64::MAX);
                let now = DateTime::from_timestamp_micros(now_us).unwrap();
                Case { world, zone, now, one, three }
            },
        )
    })
}

fn criterion(day: NaiveDate, cohorts: Vec<i64>) -> impl Strategy<Value = Criterion> {
    let did = || {
        (what(), option::of(property("p")), how(day)).prop_map(|(what, filter, how)| Criterion::Did {
            what,
            filter,
            how,
        })
    };
    prop_oneof![
        1 => property("tier").prop_map(Criterion::Person),
        1 => select(cohorts).prop_map(Criterion::Cohort),
        6 => did(),
    ]
}

fn property(key: &'static str) -> impl Strategy<Value = Property> {
    select(vec![None, Some("10"), Some("x"), Some("")]).prop_map(move |is| Property { key, is })
}

fn what() -> impl Strategy<Value = What> {
    select(vec![What::Event("a"), What::Event("b"), What::Event("c"), What::Action])
}

fn ago(units: &[(&'static str, u32)]) -> impl Strategy<Value = Ago> + use<> {
    select(units.to_vec()).prop_flat_map(|(unit, max)| (1..=max).prop_map(move |n| Ago { n, unit }))
}

const UNITS: [(&str, u32); 6] = [("minute", 4000), ("hour", 80), ("day", 8), ("week", 2), ("month", 2), ("year", 1)];

fn when(day: NaiveDate) -> impl Strategy<Value = When> {
    let dates = (0..6_u64, 0..6_u64, any::<bool>()).prop_map(move |(start, length, has_end)| {
        // it begins no later than now
        let from = day + Days::new(1) - Days::new(start + 2);
        When::Dates { from, to: has_end.then(|| from + Days::new(length)) }
    });
    prop_oneof![2 => ago(&UNITS).prop_map(When::Since), 1 => dates]
}

fn relation() -> impl Strategy<Value = Relation> {
    select(RELATIONS.map(|(_, relation)| relation).to_vec())
}

fn how(day: NaiveDate) -> impl Strategy<Value = How> {
    let periods = (1..5_u64).prop_flat_map(|total| (1..=total, Just(total)));
    let by = ago(&[("minute", 500), ("hour", 40), ("day", 3), ("week", 2), ("month", 1), ("year", 1)]);
    let earlier = ago(&[("hour", 60), ("day", 6), ("week", 1), ("month", 1)]);
    prop_oneof![
        when(day).prop_map(How::Performed),
        when(day).prop_map(How::FirstTime),
        (when(day), relation(), 1..4_u64).prop_map(|(when, relation, n)| How::Multiple { when, relation, n }),
        (when(day), what(), ago(&UNITS)).prop_map(|(when, then, window)| How::Sequence { when, then, window }),
        (when(day), ago(&UNITS)).prop_map(|(since, before)| How::Stopped { since, before }),
        (earlier, 0..5_u32)
            .prop_map(|(before, more)| { How::Restarted { since: Ago { n: before.n + more, ..before }, before } }),
        (by, relation(), 1..3_u64, periods).prop_map(|(period, relation, n, (min_periods, total_periods))| {
            How::Regularly { period, relation, n, min_periods, total_periods }
        }),
    ]
}
