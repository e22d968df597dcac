//! The groups that events name: asked of the events' store, which has them as queries see them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use insights_core::ids::ProjectId;
use insights_core::text::search_form;
use query_engine::control::QueryControl;
use query_engine::scan::{EventSet, ScanRequest, ScanSource as _};
use serde_json::{Map, Value};

use crate::app::AppState;
use crate::queries::{ExecutorConfig, QueryFailure};

/// The groups of one type.
#[derive(Clone, Debug)]
pub(crate) struct GroupType {
    /// The type's name, as events have it.
    pub(crate) name: Arc<str>,
    /// The groups in order of their keys.
    pub(crate) groups: Vec<Group>,
}

/// A group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Its key, as events have it.
    pub(crate) key: Arc<str>,
    properties: Arc<str>,
}

/// A name and how many groups it is of.
pub(crate) type Counted = (String, u64);

impl Group {
    /// Its latest properties.
    pub(crate) fn properties(&self) -> Map<String, Value> {
        serde_json::from_str(&self.properties).unwrap_or_default()
    }

    /// Whether its key or the property `name` contains `search`, in any case.
    pub(crate) fn is_found(&self, search: &str) -> bool {
        let search = search_form(search);
        let properties = self.properties();
        let name = properties.get("name").and_then(Value::as_str).unwrap_or_default();
        [&*self.key, name].into_iter().any(|text| search_form(text).contains(&search))
    }
}

/// The project's group types by their index, with their groups. Blocks.
pub(crate) fn load(state: &AppState, project: ProjectId) -> Result<Vec<GroupType>, QueryFailure> {
    let nothing_else = EventSet::Named(BTreeSet::new());
    let request = ScanRequest { events: nothing_else, groups: true, ..ScanRequest::of(project) };
    let control = QueryControl::start(ExecutorConfig::from(&state.limits).limits);
    let scans = state.storage.events.scan(&[request], &control).map_err(QueryFailure::from)?;
    let scan = scans.into_iter().next().expect("there is one scan for each request");
    let mut groups = scan.groups.into_iter();
    let types = scan.group_types.into_iter().map(|name| {
        let found = groups.next().unwrap_or_default();
        let each = found.keys.into_iter().zip(found.properties);
        let mut groups: Vec<Group> = each.map(|(key, properties)| Group { key, properties }).collect();
        groups.sort_by(|a, b| a.key.cmp(&b.key));
        GroupType { name, groups }
    });
    Ok(types.collect())
}

/// The keys of the properties of `groups`, the most frequent first.
pub(crate) fn property_names(groups: &[Group]) -> Vec<Counted> {
    counted(groups.iter().flat_map(|group| group.properties().into_iter().map(|(key, _)| key)))
}

/// The values of a property of `groups` as texts, the most frequent first; those that contain `search`, in any case.
pub(crate) fn property_values(groups: &[Group], key: &str, search: Option<&str>) -> Vec<Counted> {
    let search = search.map(search_form).unwrap_or_default();
    let values = groups.iter().filter_map(|group| match group.properties().remove(key)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        value => Some(value.to_string()),
    });
    counted(values.filter(|value| search_form(value).contains(&search)))
}

fn counted(names: impl Iterator<Item = String>) -> Vec<Counted> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let mut counted: Vec<Counted> = counts.into_iter().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counted
}
