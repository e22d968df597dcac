//! The names that a project has, by which its people ask.

/// What questions about a project may name. Lists are in the order of use, the most used first; who makes them keeps them short.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    /// Its events.
    pub events: Vec<EventName>,
    /// Properties of its events.
    pub event_properties: Vec<PropertyName>,
    /// Properties of its persons.
    pub person_properties: Vec<PropertyName>,
    /// The names of its group types, by their index.
    pub group_types: Vec<String>,
    /// Its actions.
    pub actions: Vec<Definition>,
    /// Its cohorts.
    pub cohorts: Vec<Definition>,
}

/// The name of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName {
    /// The name, as events have it.
    pub name: String,
    /// How many there were of late.
    pub count: u64,
}

/// The name of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyName {
    /// The key, as events or persons have it.
    pub key: String,
    /// How many events or persons have it.
    pub count: u64,
    /// Whether its values are numbers.
    pub is_numeric: bool,
    /// Some of its values as texts, the most frequent first.
    pub values: Vec<String>,
    /// The events that have it, the most frequent first; empty for properties of persons.
    pub events: Vec<String>,
}

/// An action or a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its id.
    pub id: i64,
    /// What people call it.
    pub name: String,
}

impl Vocabulary {
    /// How often the event of that name happened of late.
    pub(super) fn count_of(&self, event: &str) -> u64 {
        self.events.iter().find(|known| known.name == event).map_or(0, |known| known.count)
    }

    /// The property of events of that key.
    pub(super) fn event_property(&self, key: &str) -> Option<&PropertyName> {
        self.event_properties.iter().find(|property| property.key == key)
    }

    /// The property of persons of that key.
    pub(super) fn person_property(&self, key: &str) -> Option<&PropertyName> {
        self.person_properties.iter().find(|property| property.key == key)
    }
}
