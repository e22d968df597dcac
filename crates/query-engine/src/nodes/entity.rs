//! Series: which events one line or one step is about.

use serde_json::Value;

use crate::answer::QueryContext;
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::nodes::math::Math;
use crate::nodes::reader::Reader;
use crate::nodes::{read_flag, read_group_type, read_id, read_text};
use crate::predicate::Predicate;
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
    /// `GroupNode`: events that match one of several nodes.
    Group,
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
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        node.object()?;
        let kind = match node.get("kind").map(|kind| kind.text().map(|text| (kind, text))).transpose()? {
            None | Some((_, "EventsNode" | "FunnelExclusionEventsNode")) => EntityKind::Events(read_event(node)?),
            Some((_, "ActionsNode" | "FunnelExclusionActionsNode")) => {
                EntityKind::Action(read_id(&node.require("id", "the id of the action")?, "the id of an action")?)
            }
            Some((_, "GroupNode")) => EntityKind::Group,
            Some((_, "DataWarehouseNode")) => EntityKind::DataWarehouse,
            Some((kind, _)) => return Err(kind.wrong("EventsNode, ActionsNode, GroupNode or DataWarehouseNode")),
        };
        let filters = [node.get("properties"), node.get("fixedProperties")].into_iter().flatten();
        Ok(Self {
            kind,
            name: read_text(node, "name")?,
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
    /// [`QueryError::Unsupported`] for anything but events, and for filters that this server does not answer.
    pub fn selection(&self, context: &QueryContext) -> Result<EventSelection, QueryError> {
        let what = match &self.kind {
            EntityKind::Events(event) => {
                let events = event.clone().map_or(EventSet::All, |event| EventSet::Named([event].into()));
                return Ok(EventSelection { events, predicate: self.filters.predicate(context)? });
            }
            EntityKind::Action(id) => {
                let action = context.definitions.action(*id, &format!("{}.id", self.path))?;
                let EventSelection { events, predicate } = action.selection(context)?;
                return Ok(EventSelection {
                    events,
                    predicate: Predicate::all([predicate, self.filters.predicate(context)?]),
                });
            }
            EntityKind::Group => "a group of events as a series (GroupNode)",
            EntityKind::DataWarehouse => "a data warehouse table as a series (DataWarehouseNode)",
        };
        Err(QueryError::unsupported(&self.path, what))
    }

    /// What it is called where nobody gave it a name: by its event or its action; `None` for all events.
    pub fn plain_name<'a>(&'a self, context: &'a QueryContext) -> Option<&'a str> {
        match &self.kind {
            EntityKind::Events(event) => event.as_deref(),
            EntityKind::Action(id) => context.definitions.actions.get(id).map(|action| action.name.as_str()),
            EntityKind::Group | EntityKind::DataWarehouse => self.name.as_deref(),
        }
    }

    /// The name of the event; `None` for all events and for what is no event.
    pub fn event(&self) -> Option<&str> {
        match &self.kind {
            EntityKind::Events(event) => event.as_deref(),
            EntityKind::Action(_) | EntityKind::Group | EntityKind::DataWarehouse => None,
        }
    }
}

/// The event's name; `null` and a missing key stand for all events, and so does the empty name, which no event has.
fn read_event(node: &Reader<'_>) -> Result<Option<String>, QueryError> {
    match node.get("event") {
        Some(event) if event.value() == &Value::String(String::new()) => Ok(None),
        Some(event) => event.text().map(|name| Some(name.to_owned())),
        None => Ok(None),
    }
}
