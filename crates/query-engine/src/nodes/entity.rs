//! Series: which events one line or one step is about.

use serde_json::Value;

use crate::answer::QueryContext;
use crate::error::QueryError;
use crate::field::Field;
use crate::filters::PropertyFilters;
use crate::nodes::math::Math;
use crate::nodes::reader::Reader;
use crate::nodes::{MAX_SERIES, read_flag, read_group_type, read_id, read_text};
use crate::predicate::{OneOf, Predicate, Test};
use crate::scan::EventSet;

/// One of `series`, or an exclusion of a funnel.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// What it is about.
    pub kind: EntityKind,
    /// Its own name.
    pub name: Option<String>,
    /// The name that people gave it.
    pub custom_name: Option<String>,
    /// What it counts; `None` where the query does not say.
    pub math: Option<Math>,
    /// `math` as sent, for the answer.
    pub math_name: Option<String>,
    /// `math_property` as sent.
    pub math_property: Option<String>,
    /// `math_property_type` as sent.
    pub math_property_type: Option<String>,
    /// `math_hogql` as sent.
    pub math_hogql: Option<String>,
    /// `math_group_type_index` as sent.
    pub math_group_type_index: Option<u8>,
    /// Conditions on its events.
    pub filters: PropertyFilters,
    /// `optionalInFunnel`: a step that may be skipped.
    pub is_optional_step: bool,
    /// Where it stands in the query, such as `series[0]`.
    pub path: String,
}

/// What a series is about.
#[derive(Clone, Debug, PartialEq)]
pub enum EntityKind {
    /// `EventsNode`: events of a name; all events where it is `None`.
    Events(Option<String>),
    /// `ActionsNode`: events that match an action, by its id.
    Action(i64),
    /// `GroupNode`: events that match one of several nodes, each of which is of events or an action.
    Group(Vec<Entity>),
    /// `DataWarehouseNode`: rows of a table.
    DataWarehouse,
}

/// The events that an entity selects.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSelection {
    /// Their names.
    pub events: EventSet,
    /// The condition on each.
    pub predicate: Predicate,
}

impl Entity {
    /// Whether every event of `other` is one of this: it is about the same, and has this one's conditions among its own.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        self.kind == other.kind && self.filters.are_among(&other.filters)
    }

    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        node.object()?;
        let kind = match node.get("kind").map(|kind| kind.text().map(|text| (kind, text))).transpose()? {
            None | Some((_, "EventsNode" | "FunnelExclusionEventsNode")) => EntityKind::Events(read_event(node)?),
            Some((_, "ActionsNode" | "FunnelExclusionActionsNode")) => {
                EntityKind::Action(read_id(&node.require("id", "the id of the action")?, "the id of an action")?)
            }
            Some((_, "GroupNode")) => EntityKind::Group(read_nodes(node)?),
            Some((_, "DataWarehouseNode")) => EntityKind::DataWarehouse,
            Some((kind, _)) => return Err(kind.wrong("EventsNode, ActionsNode, GroupNode or DataWarehouseNode")),
        };
        let own_name = read_text(node, "name")?;
        let name = match &kind {
            EntityKind::Group(nodes) => own_name.or_else(|| Some(names_of(nodes))),
            _ => own_name,
        };
        let filters = [node.get("properties"), node.get("fixedProperties")].into_iter().flatten();
        Ok(Self {
            kind,
            name,
            custom_name: read_text(node, "custom_name")?,
            math: Math::read(node)?,
            math_name: read_text(node, "math")?,
            math_property: read_text(node, "math_property")?,
            math_property_type: read_text(node, "math_property_type")?,
            math_hogql: read_text(node, "math_hogql")?,
            math_group_type_index: read_group_type(node, "math_group_type_index")?,
            filters: PropertyFilters::all(
                filters.map(|filters| PropertyFilters::read(&filters)).collect::<Result<_, _>>()?,
            ),
            is_optional_step: read_flag(node, "optionalInFunnel")?,
            path: node.path().to_owned(),
        })
    }

    /// Which events it is about.
    ///
    /// # Errors
    /// [`QueryError::Unsupported`] for a table of the data warehouse, and for filters that this server does not answer.
    pub fn selection(&self, context: &QueryContext) -> Result<EventSelection, QueryError> {
        match &self.kind {
            EntityKind::Events(event) => {
                let events = event.clone().map_or(EventSet::All, |event| EventSet::Named([event].into()));
                Ok(EventSelection { events, predicate: self.filters.predicate(context)? })
            }
            EntityKind::Action(id) => {
                let action = context.definitions.action(*id, &format!("{}.id", self.path))?;
                let EventSelection { events, predicate } = action.selection(context)?;
                let predicate = Predicate::all([predicate, self.filters.predicate(context)?]);
                Ok(EventSelection { events, predicate })
            }
            EntityKind::Group(nodes) => {
                let EventSelection { events, predicate } = one_of(nodes, context)?;
                let predicate = Predicate::all([predicate, self.filters.predicate(context)?]);
                Ok(EventSelection { events, predicate })
            }
            EntityKind::DataWarehouse => {
                Err(QueryError::unsupported(&self.path, "a data warehouse table as a series (DataWarehouseNode)"))
            }
        }
    }

    /// What it is called where nobody gave it a name: by its event, its action or all of those that it groups; `None` for all events.
    pub fn plain_name<'a>(&'a self, context: &'a QueryContext) -> Option<&'a str> {
        match &self.kind {
            EntityKind::Events(event) => event.as_deref(),
            EntityKind::Action(id) => context.definitions.actions.get(id).map(|action| action.name.as_str()),
            EntityKind::Group(_) | EntityKind::DataWarehouse => self.name.as_deref(),
        }
    }

    /// The name of the event; `None` for all events and for what is no event.
    pub fn event(&self) -> Option<&str> {
        match &self.kind {
            EntityKind::Events(event) => event.as_deref(),
            EntityKind::Action(_) | EntityKind::Group(_) | EntityKind::DataWarehouse => None,
        }
    }
}

/// `nodes` of a `GroupNode`.
fn read_nodes(node: &Reader<'_>) -> Result<Vec<Entity>, QueryError> {
    if let Some(operator) = node.get("operator").filter(|operator| operator.value() != "OR") {
        return Err(operator.wrong("OR: an event is never two at once"));
    }
    let list = node.require("nodes", "the events and actions that are counted as one")?;
    let nodes = list.list(MAX_SERIES)?;
    if nodes.is_empty() {
        return Err(list.wrong("at least one event or action"));
    }
    let read = nodes.iter().map(|node| {
        let entity = Entity::read(node)?;
        match entity.kind {
            EntityKind::Events(_) | EntityKind::Action(_) => Ok(entity),
            EntityKind::Group(_) | EntityKind::DataWarehouse => {
                Err(QueryError::invalid(node.path(), "a GroupNode has nodes of the kinds EventsNode and ActionsNode"))
            }
        }
    });
    read.collect()
}

/// The names of grouped nodes in one.
fn names_of(nodes: &[Entity]) -> String {
    let name = |node: &Entity| match &node.kind {
        EntityKind::Action(id) => node.name.clone().unwrap_or_else(|| format!("action {id}")),
        _ => node.name.as_deref().or(node.event()).unwrap_or("All events").to_owned(),
    };
    nodes.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The events that one of `nodes` selects.
fn one_of(nodes: &[Entity], context: &QueryContext) -> Result<EventSelection, QueryError> {
    let mut all_events = EventSet::Named(Default::default());
    let mut predicates = Vec::with_capacity(nodes.len());
    for node in nodes {
        let EventSelection { events, predicate } = node.selection(context)?;
        let is_named = match &events {
            EventSet::All => Predicate::ALWAYS,
            EventSet::Named(names) => {
                let names = OneOf::new(names.iter().map(String::as_str));
                Predicate::test(Field::EventName, Test::OneOf(names))
            }
        };
        predicates.push(Predicate::all([is_named, predicate]));
        all_events = all_events.union(&events);
    }
    Ok(EventSelection { events: all_events, predicate: Predicate::any(predicates) })
}

/// The event's name; `null` and a missing key stand for all events, and so does the empty name, which no event has.
fn read_event(node: &Reader<'_>) -> Result<Option<String>, QueryError> {
    match node.get("event") {
        Some(event) if event.value() == &Value::String(String::new()) => Ok(None),
        Some(event) => event.text().map(|name| Some(name.to_owned())),
        None => Ok(None),
    }
}
