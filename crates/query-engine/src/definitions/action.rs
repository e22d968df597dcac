//! Actions: events that mean the same, under one name.

use serde_json::Value;

use crate::answer::QueryContext;
use crate::definitions::elements::{self, ElementConditions};
use crate::definitions::{References, elements::like_pattern};
use crate::error::QueryError;
use crate::field::Field;
use crate::filters::PropertyFilters;
use crate::nodes::reader::Reader;
use crate::nodes::{EventSelection, read_text};
use crate::predicate::{OneOf, Pattern, Predicate, Test};
use crate::scan::{EventColumn, EventSet};

/// The most steps of one action.
const MAX_STEPS: usize = 100;

/// The event of clicks and the like that clients capture by themselves.
const AUTOCAPTURE: &str = "$autocapture";

/// An action: events that match one of its steps; all events where it has none.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionDefinition {
    /// Its name.
    pub name: String,
    /// The steps.
    pub steps: Vec<ActionStep>,
    references: References,
}

/// One way in which an event matches an action: all of its conditions hold.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionStep {
    /// Name of the event; any where it is `None`.
    pub event: Option<String>,
    /// What its `$current_url` must be.
    url: Option<Test>,
    /// What it must be about; looked at for `$autocapture` alone.
    elements: ElementConditions,
    /// Conditions on its properties.
    filters: PropertyFilters,
}

/// How a text is compared with that of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matching {
    Exact,
    Contains,
    Regex,
}

impl ActionDefinition {
    /// Reads the `steps` of an action: `[{event, url, url_matching, selector, tag_name, text, text_matching, href, href_matching, properties}]`.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value, such as `steps[0].url_matching`.
    pub fn read(name: &str, steps: &Value) -> Result<Self, QueryError> {
        let reader = Reader::at(steps, "steps".to_owned());
        let steps_read = match steps {
            Value::Null => Vec::new(),
            _ => reader.list(MAX_STEPS)?.iter().map(ActionStep::read).collect::<Result<_, _>>()?,
        };
        Ok(Self { name: name.to_owned(), steps: steps_read, references: References::of(steps) })
    }

    /// What its steps name by id.
    pub fn references(&self) -> &References {
        &self.references
    }

    /// The events that match.
    ///
    /// # Errors
    /// As [`crate::filters::PropertyFilters::predicate`].
    pub fn selection(&self, context: &QueryContext) -> Result<EventSelection, QueryError> {
        let events = self.events();
        let is_one_event = matches!(&events, EventSet::Named(names) if names.len() == 1);
        let steps = self.steps.iter().map(|step| step.predicate(!is_one_event, context));
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        let predicate = if steps.is_empty() { Predicate::ALWAYS } else { Predicate::any(steps) };
        Ok(EventSelection { events, predicate })
    }

    /// The names that matching events have.
    fn events(&self) -> EventSet {
        let names = self.steps.iter().map(|step| step.event.clone()).collect::<Option<_>>();
        names.filter(|_| !self.steps.is_empty()).map_or(EventSet::All, EventSet::Named)
    }
}

impl ActionStep {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        node.object()?;
        let filters = node.get("properties").map(|filters| PropertyFilters::read(&filters)).transpose()?;
        Ok(Self {
            event: read_filled(node, "event")?.map(str::to_owned),
            url: read_url(node)?,
            elements: ElementConditions::read(node)?,
            filters: filters.unwrap_or_default(),
        })
    }

    fn predicate(&self, asks_for_name: bool, context: &QueryContext) -> Result<Predicate, QueryError> {
        let name = self.event.as_deref().filter(|_| asks_for_name);
        let name = name.map(|name| Predicate::test(Field::EventName, Test::OneOf(OneOf::new([name]))));
        let url = self.url.as_ref().map(|test| Predicate::test(property("$current_url"), test.clone()));
        let elements = (self.event.as_deref() == Some(AUTOCAPTURE)).then(|| {
            let chain = property(elements::CHAIN);
            Predicate::all(self.elements.tests().map(|test| Predicate::test(chain.clone(), test.clone())))
        });
        let filters = self.filters.predicate(context)?;
        Ok(Predicate::all(name.into_iter().chain(url).chain(elements).chain([filters])))
    }
}

fn property(key: &str) -> Field {
    Field::Event(EventColumn::Property(key.to_owned()))
}

/// What `url` and `url_matching` ask for; "contains" where the latter is missing, in which `%` stands for any text and `_` for any character.
fn read_url(node: &Reader<'_>) -> Result<Option<Test>, QueryError> {
    let matching = Matching::read(node, "url_matching", Matching::Contains)?;
    let Some(text) = read_filled(node, "url")? else { return Ok(None) };
    Ok(Some(match matching {
        Matching::Exact => Test::OneOf(OneOf::new([text])),
        Matching::Contains => Test::Matches(like_pattern(text, false)),
        Matching::Regex => Test::Matches(read_pattern(node, "url", text)?),
    }))
}

impl Matching {
    pub(super) fn read(node: &Reader<'_>, key: &str, default: Self) -> Result<Self, QueryError> {
        let choices = [("exact", Self::Exact), ("contains", Self::Contains), ("regex", Self::Regex)];
        let given = node.get(key).filter(Reader::is_not_blank);
        Ok(given.map(|given| given.choice(&choices)).transpose()?.unwrap_or(default))
    }
}

/// Text at `key`; the empty one is none.
pub(super) fn read_filled<'a>(node: &Reader<'a>, key: &str) -> Result<Option<&'a str>, QueryError> {
    read_text(node, key)?;
    Ok(node.get(key).and_then(|text| text.value().as_str()).filter(|text| !text.is_empty()))
}

/// The regular expression `text`, which stands at `key`.
pub(super) fn read_pattern(node: &Reader<'_>, key: &str, text: &str) -> Result<Pattern, QueryError> {
    Pattern::new(text).map_err(|error| {
        QueryError::invalid(node.path_of(key), format!("{text:?} is not a regular expression: {error}"))
    })
}
