//! Groups, and actors that are any other value, as they are listed.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::execute::{Listing, value_of_events};
use super::found::{FoundActor, Who};
use super::persons::has_text;
use crate::field::Field;
use crate::plan::actors::{ActorList, ActorValue};
use crate::scan::Scan;

/// The values among some actors.
pub(super) struct Values<'a> {
    plan: &'a ActorList,
    found: Vec<(&'a Arc<str>, &'a FoundActor)>,
    /// Index of the type of group that the actors are; `None` where they are none.
    group_type: Option<u8>,
    /// The properties of groups by key.
    properties: HashMap<&'a str, &'a Arc<str>>,
}

impl<'a> Values<'a> {
    /// The values `found`; `scan` has the groups.
    pub(super) fn new(plan: &'a ActorList, found: &'a [FoundActor], scan: &'a Scan) -> Self {
        let group_type = plan.behind.group_type();
        let groups = group_type.and_then(|index| scan.groups.get(usize::from(index)));
        let properties = groups.into_iter().flat_map(|groups| groups.keys.iter().zip(&groups.properties));
        let values = found.iter().filter_map(|actor| match &actor.who {
            Who::Value(text) => Some((text, actor)),
            Who::Person(_) => None,
        });
        Self {
            plan,
            found: values.collect(),
            group_type,
            properties: properties.map(|(key, of)| (&**key, of)).collect(),
        }
    }

    fn properties(&self, actor: usize) -> Value {
        let text = self.properties.get(&**self.found[actor].0);
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| json!({}))
    }
}

impl Listing for Values<'_> {
    fn len(&self) -> usize {
        self.found.len()
    }

    fn is_listed(&self, actor: usize) -> bool {
        let Some(search) = &self.plan.search else { return true };
        let search = search.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&search);
        has(self.found[actor].0) || has_text(&self.properties(actor), "name", &has)
    }

    fn id(&self, actor: usize) -> String {
        self.found[actor].0.to_string()
    }

    fn value(&self, actor: usize, value: &ActorValue) -> Value {
        let (text, found) = self.found[actor];
        match (value, self.group_type) {
            (ActorValue::Actor, Some(group_type)) => json!({
                "id": text,
                "type": "group",
                "group_key": text,
                "group_type_index": group_type,
                "group_properties": self.properties(actor),
                "properties": self.properties(actor),
            }),
            (ActorValue::Actor, None) => json!({"id": text}),
            (ActorValue::Id, _) => Value::from(&**text),
            (ActorValue::Properties, _) => self.properties(actor),
            (ActorValue::Field(Field::PersonProperty(key)), _) => {
                self.properties(actor).get_mut(key).map(Value::take).unwrap_or_default()
            }
            (ActorValue::CreatedAt | ActorValue::IsIdentified | ActorValue::Field(_), _) => Value::Null,
            (
                ActorValue::EventCount
                | ActorValue::EventDistinctIds
                | ActorValue::Appearances
                | ActorValue::AppearanceCount
                | ActorValue::AppearsIn(_),
                _,
            ) => value_of_events(found, value),
            (ActorValue::EmptyList, _) => json!([]),
            (ActorValue::One, _) => json!(1),
        }
    }

    fn key(&self, actor: usize, value: &ActorValue) -> Value {
        match value {
            ActorValue::Actor => Value::from(&**self.found[actor].0),
            value => self.value(actor, value),
        }
    }
}
