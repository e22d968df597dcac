//! Persons as they are listed.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Timelike as _};
use chrono_tz::Tz;
use insights_core::ids::ProjectId;
use insights_core::person::uuid_of;
use serde_json::{Value, json};

use super::execute::{Listing, value_of_events};
use super::found::{FoundActor, Who};
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::{FieldValues, ScanLayout};
use crate::plan::actors::{ActorList, ActorValue};
use crate::predicate::{RowFilter, RowMask};
use crate::scan::{Column, Run, Scan, ScanSource};
use crate::value::PropertyValue;

/// The persons among some actors, with what a plan reads of them.
pub(super) struct Persons<'a> {
    plan: &'a ActorList,
    project: ProjectId,
    found: &'a [FoundActor],
    scan: Scan,
    /// Those that satisfy the plan's condition.
    mask: RowMask,
    /// The values of the fields of the plan.
    fields: Vec<(&'a ActorValue, FieldValues)>,
    /// The positions of the distinct ids of each person number, one person after another.
    distinct_ids: Vec<u32>,
    /// Where those of each person number begin, and the last ones end.
    starts: Vec<u32>,
    _memory: HeldMemory,
}

impl<'a> Persons<'a> {
    /// The persons `found`. `scan`, which has no events, was made for `layout`.
    pub(super) fn new(
        plan: &'a ActorList,
        project: ProjectId,
        found: &'a [FoundActor],
        (layout, mut scan): (&ScanLayout, Scan),
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> Result<Self, QueryError> {
        let mut memory = HeldMemory::new(control);
        memory.grow::<(u32, i64)>(found.len())?;
        // Fields are read of events: each person has one, at the instant at which they were first seen.
        let numbers: Vec<u32> = found.iter().filter_map(FoundActor::person).collect();
        let timestamps: Vec<i64> = numbers.iter().map(|person| scan.persons.created_at_us[*person as usize]).collect();
        let n_columns = layout.request().event_columns.len();
        let run = Run {
            event: "".into(),
            columns: vec![Column::nulls(numbers.len()); n_columns],
            persons: numbers.into(),
            timestamps: timestamps.into(),
        };
        scan.runs = vec![run];
        layout.evaluate_expressions(&mut scan, source, control)?;
        let mask = RowFilter::new(&plan.predicate, layout, &scan).mask(&scan.runs[0], control)?;
        let values = plan.columns.iter().chain(plan.order.iter().map(|(value, _)| value));
        let fields = values.filter_map(|value| match value {
            ActorValue::Field(field) => Some((value, layout.read(field, &scan, &scan.runs[0]))),
            _ => None,
        });
        let fields = fields.collect();
        memory.grow::<u32>(scan.identities.distinct_ids.len() + scan.persons.n_numbers)?;
        let (distinct_ids, starts) = by_person(&scan.identities.persons, scan.persons.n_numbers);
        Ok(Self { plan, project, found, scan, mask, fields, distinct_ids, starts, _memory: memory })
    }

    fn number(&self, actor: usize) -> u32 {
        self.scan.runs[0].persons[actor]
    }

    fn distinct_ids(&self, actor: usize) -> impl Iterator<Item = &Arc<str>> {
        let number = self.number(actor) as usize;
        let ids = &self.distinct_ids[self.starts[number] as usize..self.starts[number + 1] as usize];
        ids.iter().map(|id| &self.scan.identities.distinct_ids[*id as usize])
    }

    fn properties(&self, actor: usize) -> Value {
        let text = &self.scan.persons.properties[self.number(actor) as usize];
        serde_json::from_str(text).unwrap_or_else(|_| json!({}))
    }

    fn created_at(&self, actor: usize) -> Value {
        instant(self.scan.runs[0].timestamps[actor], self.plan.timezone)
    }

    fn is_identified(&self, actor: usize) -> bool {
        self.scan.identities.is_identified.get(self.number(actor) as usize).copied().unwrap_or_default()
    }
}

impl FoundActor {
    fn person(&self) -> Option<u32> {
        match self.who {
            Who::Person(person) => Some(person),
            Who::Value(_) => None,
        }
    }
}

impl Listing for Persons<'_> {
    fn len(&self) -> usize {
        self.scan.runs[0].len()
    }

    fn is_listed(&self, actor: usize) -> bool {
        if !self.mask.contains(actor) {
            return false;
        }
        let Some(search) = &self.plan.search else { return true };
        let search = search.to_lowercase();
        let properties = self.properties(actor);
        let has = |text: &str| text.to_lowercase().contains(&search);
        has_text(&properties, "email", &has)
            || has_text(&properties, "name", &has)
            || has(&self.id(actor))
            || self.distinct_ids(actor).any(|id| has(id))
    }

    fn id(&self, actor: usize) -> String {
        let identities = &self.scan.identities;
        let first = identities.first_distinct_ids[self.number(actor) as usize];
        uuid_of(self.project, &identities.distinct_ids[first as usize]).to_string()
    }

    fn value(&self, actor: usize, value: &ActorValue) -> Value {
        match value {
            ActorValue::Actor => json!({
                "id": self.id(actor),
                "distinct_ids": self.distinct_ids(actor).map(|id| Value::from(&**id)).collect::<Value>(),
                "properties": self.properties(actor),
                "is_identified": self.is_identified(actor),
                "created_at": self.created_at(actor),
            }),
            ActorValue::Id => self.id(actor).into(),
            ActorValue::CreatedAt => self.created_at(actor),
            ActorValue::IsIdentified => self.is_identified(actor).into(),
            ActorValue::Properties => self.properties(actor),
            ActorValue::Field(_) => {
                let values = self.fields.iter().find(|(known, _)| *known == value).map(|(_, values)| values);
                let values = values.expect("the fields of a plan are read before its rows");
                json_of(values.value(actor, self.number(actor)))
            }
            ActorValue::EventCount
            | ActorValue::EventDistinctIds
            | ActorValue::Appearances
            | ActorValue::AppearanceCount
            | ActorValue::AppearsIn(_) => value_of_events(&self.found[actor], value),
            ActorValue::EmptyList => json!([]),
            ActorValue::One => json!(1),
        }
    }

    fn key(&self, actor: usize, value: &ActorValue) -> Value {
        match value {
            ActorValue::CreatedAt => self.scan.runs[0].timestamps[actor].into(),
            ActorValue::Actor => self.id(actor).into(),
            value => self.value(actor, value),
        }
    }
}

/// Whether `object` has a property of which `has` holds.
pub(super) fn has_text(object: &Value, key: &str, has: &impl Fn(&str) -> bool) -> bool {
    object.get(key).and_then(Value::as_str).is_some_and(has)
}

/// The positions of the items of each of `n` numbers, and where those of each begin.
fn by_person(persons: &[u32], n: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; n + 1];
    for person in persons {
        starts[*person as usize + 1] += 1;
    }
    for number in 0..n {
        starts[number + 1] += starts[number];
    }
    let mut next = starts.clone();
    let mut items = vec![0_u32; persons.len()];
    for (item, person) in (0_u32..).zip(persons) {
        items[next[*person as usize] as usize] = item;
        next[*person as usize] += 1;
    }
    (items, starts)
}

fn json_of(value: &PropertyValue) -> Value {
    match value {
        PropertyValue::Null => Value::Null,
        PropertyValue::Bool(bool) => (*bool).into(),
        PropertyValue::Int(int) => (*int).into(),
        PropertyValue::Float(float) => json!(float),
        PropertyValue::String(text) | PropertyValue::Json(text) => Value::from(&**text),
    }
}

fn instant(at_us: i64, zone: Tz) -> Value {
    let Some(instant) = DateTime::from_timestamp_micros(at_us) else { return Value::Null };
    let instant = instant.with_timezone(&zone);
    let format = if instant.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    instant.to_rfc3339_opts(format, true).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_gathered_by_person_in_their_order() {
        assert_eq!(by_person(&[1, 0, 1, 3], 4), (vec![1, 0, 2, 3], vec![0, 1, 3, 3, 4]));
        assert_eq!(by_person(&[], 0), (vec![], vec![0]));
    }

    #[test]
    fn instants_have_a_fraction_where_they_need_one() {
        assert_eq!(instant(0, Tz::UTC), "1970-01-01T00:00:00Z");
        assert_eq!(instant(1_500_000, Tz::Europe__Berlin), "1970-01-01T01:00:01.500000+01:00");
    }
}
