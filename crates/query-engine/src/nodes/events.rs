//! `EventsQuery`.

use crate::dates::{DateFrom, DateTo};
use crate::error::QueryError;
use crate::expressions::{HogqlOrder, HogqlText};
use crate::filters::PropertyFilters;
use crate::nodes::reader::Reader;
use crate::nodes::{read_flag, read_id, read_text};

/// The most columns, conditions and orders of one query.
const MAX_ITEMS: usize = 100;

/// How many rows there are where the query does not say.
const DEFAULT_LIMIT: i64 = 100;

/// The most rows of one answer.
const MAX_LIMIT: i64 = 50_000;

/// Rows of events, or of what they have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct EventsQuery {
    /// The columns; at least one.
    pub select: Vec<EventsSelect>,
    /// Conditions, of which those with an aggregate are on groups.
    pub filter: Vec<HogqlText>,
    /// In which order; `None` where the query does not say.
    pub order_by: Option<Vec<HogqlOrder>>,
    /// After which instant; `None` for a day ago.
    pub(crate) after: Option<DateFrom>,
    /// Before which instant; `None` for now.
    pub(crate) before: Option<DateTo>,
    /// Of which names; all where it is empty.
    pub events: Vec<String>,
    /// The action that they match.
    pub action: Option<i64>,
    /// The person whose they are.
    pub person: Option<String>,
    /// Conditions on the events.
    pub properties: PropertyFilters,
    /// Whether the project's filter against its own staff applies too.
    pub filters_test_accounts: bool,
    /// The most rows.
    pub limit: u64,
    /// How many rows are left out first.
    pub offset: u64,
}

/// A column of an [`EventsQuery`].
#[derive(Clone, Debug, PartialEq)]
pub enum EventsSelect {
    /// `*`: the event as an object.
    Event,
    /// `person`: the person as an object.
    Person(String),
    /// `person_display_name`: what the person is called, as an object.
    PersonName(String),
    /// Anything else.
    Value(HogqlText),
}

impl EventsQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let texts = |key: &str| node.get(key).map(|list| list.list(MAX_ITEMS)).transpose();
        let columns = texts("select")?.ok_or_else(|| node.invalid("an EventsQuery wants select, a list of columns"))?;
        let mut select = columns.iter().map(EventsSelect::read).collect::<Result<Vec<_>, _>>()?;
        if select.is_empty() {
            select.push(EventsSelect::Event);
        }
        let order_by = texts("orderBy")?;
        let mut events = texts("events")?
            .unwrap_or_default()
            .iter()
            .map(|event| event.text().map(str::to_owned))
            .collect::<Result<Vec<_>, _>>()?;
        events.extend(read_text(node, "event")?);
        events.retain(|event| !event.is_empty());
        if let Some(source) = node.get("source") {
            return Err(QueryError::unsupported(source.path(), "the events behind another query"));
        }
        let filters = [node.get("properties"), node.get("fixedProperties")].into_iter().flatten();
        let whole = |key: &str, least: i64, most: i64, default: i64| {
            let number = node.get(key).map(|number| number.whole(least, most)).transpose()?.unwrap_or(default);
            Ok::<_, QueryError>(u64::try_from(number).expect("no negative number was let through"))
        };
        Ok(Self {
            select,
            filter: texts("where")?.unwrap_or_default().iter().map(HogqlText::read).collect::<Result<_, _>>()?,
            order_by: order_by.map(|items| items.iter().map(HogqlOrder::read).collect::<Result<_, _>>()).transpose()?,
            after: node.get("after").filter(Reader::is_not_blank).map(|date| DateFrom::read(&date)).transpose()?,
            before: node.get("before").filter(Reader::is_not_blank).map(|date| DateTo::read(&date)).transpose()?,
            events,
            action: node.get("actionId").map(|id| read_id(&id, "the id of an action")).transpose()?,
            person: node.get("personId").map(|person| person.scalar_text()).transpose()?,
            properties: PropertyFilters::all(
                filters.map(|filters| PropertyFilters::read(&filters)).collect::<Result<_, _>>()?,
            ),
            filters_test_accounts: read_flag(node, "filterTestAccounts")?,
            limit: whole("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?,
            offset: whole("offset", 0, i64::from(u32::MAX), 0)?,
        })
    }
}

impl EventsSelect {
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let text = node.text()?;
        // What stands behind `--` is a comment, in which clients keep the title of the column.
        Ok(match text.split("--").next().unwrap_or_default().trim() {
            "*" => Self::Event,
            "person" => Self::Person(text.to_owned()),
            "person_display_name" => Self::PersonName(text.to_owned()),
            _ => Self::Value(HogqlText::read(node)?),
        })
    }

    /// The text, as written.
    pub fn text(&self) -> &str {
        match self {
            Self::Event => "*",
            Self::Person(text) | Self::PersonName(text) => text,
            Self::Value(value) => value.text(),
        }
    }
}
