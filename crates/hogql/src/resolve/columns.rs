//! The columns of tables by name, those of the tables behind them too: `person.properties.email` of an event.

use crate::resolve::Environment;
use crate::tables::{
    CohortPeopleColumn, CohortsColumn, DistinctIdsColumn, EventsColumn, GroupsColumn, LogsColumn, PersonsColumn,
    SessionsColumn, Table, TableColumn,
};
use crate::types::Type;

/// A column that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) column: TableColumn,
    pub(super) ty: Type,
    /// How many of the parts of the name it took.
    pub(super) n_parts: usize,
}

impl Found {
    fn new(column: TableColumn, ty: Type, n_parts: usize) -> Option<Found> {
        Some(Found { column, ty, n_parts })
    }

    /// The column found one part later.
    fn after(self, n_parts: usize) -> Found {
        Found { n_parts: self.n_parts + n_parts, ..self }
    }
}

/// The column of `table` that a name in parts begins with.
pub(super) fn find(table: &Table, parts: &[&str], environment: &Environment) -> Option<Found> {
    match table {
        Table::Events => events(parts, environment),
        Table::Persons => persons(parts, environment).map(|(column, ty, n)| Found {
            column: TableColumn::Person(column),
            ty,
            n_parts: n,
        }),
        Table::PersonDistinctIds => distinct_ids(parts, environment),
        Table::Groups => groups(parts, environment),
        Table::Sessions => {
            let (column, ty) = session(parts.first()?, environment)?;
            Found::new(TableColumn::Session(column), ty, 1)
        }
        Table::CohortPeople => {
            let (column, ty) = match *parts.first()? {
                "person_id" => (CohortPeopleColumn::PersonId, Type::Person),
                "cohort_id" => (CohortPeopleColumn::CohortId, Type::Int),
                _ => return None,
            };
            Found::new(TableColumn::CohortMember(column), ty, 1)
        }
        Table::Cohorts => {
            let (column, ty) = match *parts.first()? {
                "id" => (CohortsColumn::Id, Type::Int),
                "name" => (CohortsColumn::Name, Type::String),
                "count" => (CohortsColumn::Count, Type::Int),
                _ => return None,
            };
            Found::new(TableColumn::Cohort(column), ty, 1)
        }
        Table::Logs => logs(parts, environment),
        Table::Numbers { .. } => match *parts.first()? {
            "number" => Found::new(TableColumn::Number, Type::UInt, 1),
            _ => None,
        },
    }
}

/// The names of the columns that `*` stands for.
pub(super) fn of_star(table: &Table) -> &'static [&'static str] {
    match table {
        Table::Events => {
            &["uuid", "event", "properties", "timestamp", "distinct_id", "elements_chain", "created_at", "person_id"]
        }
        Table::Persons => &["id", "created_at", "properties", "is_identified"],
        Table::PersonDistinctIds => &["distinct_id", "person_id"],
        Table::Groups => &["index", "key", "properties"],
        Table::Sessions => SESSION_NAMES,
        Table::CohortPeople => &["person_id", "cohort_id"],
        Table::Cohorts => &["id", "name", "count"],
        Table::Logs => LOG_NAMES,
        Table::Numbers { .. } => &["number"],
    }
}

/// What lies behind a table: names that go on with a dot.
pub(super) fn behind(table: &Table) -> &'static [&'static str] {
    match table {
        Table::Events => &["person", "pdi", "poe", "session", "group_0", "group_1", "group_2", "group_3", "group_4"],
        Table::PersonDistinctIds => &["person"],
        _ => &[],
    }
}

/// Whether a column is JSON that names can go into.
pub(super) fn is_json(column: &TableColumn) -> bool {
    match column {
        TableColumn::Event(column) => matches!(
            column,
            EventsColumn::Properties
                | EventsColumn::Property(_)
                | EventsColumn::PersonProperties
                | EventsColumn::PersonProperty(_)
                | EventsColumn::GroupProperties(_)
                | EventsColumn::GroupProperty(..)
        ),
        TableColumn::Person(column) | TableColumn::DistinctId(DistinctIdsColumn::Person(column)) => {
            matches!(column, PersonsColumn::Properties | PersonsColumn::Property(_))
        }
        TableColumn::Group(column) => matches!(column, GroupsColumn::Properties | GroupsColumn::Property(_)),
        TableColumn::Log(column) => matches!(
            column,
            LogsColumn::Attributes
                | LogsColumn::Attribute(_)
                | LogsColumn::ResourceAttributes
                | LogsColumn::ResourceAttribute(_)
        ),
        _ => false,
    }
}

fn property() -> Type {
    Type::String.nullable()
}

fn instant(environment: &Environment) -> Type {
    Type::DateTime(environment.timezone)
}

fn events(parts: &[&str], environment: &Environment) -> Option<Found> {
    let found = |column, ty, n| Found::new(TableColumn::Event(column), ty, n);
    let (first, rest) = parts.split_first()?;
    match *first {
        "uuid" => found(EventsColumn::Uuid, Type::Uuid, 1),
        "event" => found(EventsColumn::Event, Type::String, 1),
        "timestamp" => found(EventsColumn::Timestamp, instant(environment), 1),
        "distinct_id" => found(EventsColumn::DistinctId, Type::String, 1),
        "person_id" => found(EventsColumn::PersonId, Type::Person, 1),
        "elements_chain" => found(EventsColumn::ElementsChain, Type::String, 1),
        "created_at" => found(EventsColumn::CreatedAt, instant(environment), 1),
        "$session_id" | "$window_id" => found(EventsColumn::Property((*first).to_owned()), property(), 1),
        "properties" => match rest.first() {
            Some(key) => found(EventsColumn::Property((*key).to_owned()), property(), 2),
            None => found(EventsColumn::Properties, Type::String, 1),
        },
        "person" | "poe" => event_person(rest, environment).map(|found| found.after(1)),
        "pdi" => match *rest.first()? {
            "distinct_id" => found(EventsColumn::DistinctId, Type::String, 2),
            "person_id" => found(EventsColumn::PersonId, Type::Person, 2),
            "person" => event_person(&rest[1..], environment).map(|found| found.after(2)),
            _ => None,
        },
        "session" => {
            let (column, ty) = session(rest.first()?, environment)?;
            found(EventsColumn::Session(column), ty.nullable(), 2)
        }
        name => {
            if let Some(index) = name.strip_prefix("$group_").and_then(group_index) {
                return found(EventsColumn::GroupKey(index), Type::String, 1);
            }
            let by_name = || environment.group_types.iter().position(|known| known == name);
            let index = name.strip_prefix("group_").and_then(group_index);
            let index = index.or_else(|| by_name().and_then(|index| u8::try_from(index).ok()))?;
            match (*rest.first()?, rest.get(1)) {
                ("key", _) => found(EventsColumn::GroupKey(index), Type::String, 2),
                ("properties", Some(key)) => {
                    found(EventsColumn::GroupProperty(index, (*key).to_owned()), property(), 3)
                }
                ("properties", None) => found(EventsColumn::GroupProperties(index), Type::String, 2),
                _ => None,
            }
        }
    }
}

fn group_index(digits: &str) -> Option<u8> {
    digits.parse().ok().filter(|index| *index < 5)
}

fn event_person(parts: &[&str], environment: &Environment) -> Option<Found> {
    let found = |column, ty, n| Found::new(TableColumn::Event(column), ty, n);
    match (*parts.first()?, parts.get(1)) {
        ("id", _) => found(EventsColumn::PersonId, Type::Person, 1),
        ("created_at", _) => found(EventsColumn::PersonCreatedAt, instant(environment), 1),
        ("properties", Some(key)) => found(EventsColumn::PersonProperty((*key).to_owned()), property(), 2),
        ("properties", None) => found(EventsColumn::PersonProperties, Type::String, 1),
        _ => None,
    }
}

fn persons(parts: &[&str], environment: &Environment) -> Option<(PersonsColumn, Type, usize)> {
    Some(match (*parts.first()?, parts.get(1)) {
        ("id", _) => (PersonsColumn::Id, Type::Person, 1),
        ("created_at", _) => (PersonsColumn::CreatedAt, instant(environment), 1),
        ("is_identified", _) => (PersonsColumn::IsIdentified, Type::Bool, 1),
        ("properties", Some(key)) => (PersonsColumn::Property((*key).to_owned()), property(), 2),
        ("properties", None) => (PersonsColumn::Properties, Type::String, 1),
        _ => return None,
    })
}

fn distinct_ids(parts: &[&str], environment: &Environment) -> Option<Found> {
    let found = |column, ty, n| Found::new(TableColumn::DistinctId(column), ty, n);
    match *parts.first()? {
        "distinct_id" => found(DistinctIdsColumn::DistinctId, Type::String, 1),
        "person_id" => found(DistinctIdsColumn::PersonId, Type::Person, 1),
        "person" => {
            let (column, ty, n) = persons(&parts[1..], environment)?;
            found(DistinctIdsColumn::Person(column), ty, n + 1)
        }
        _ => None,
    }
}

fn groups(parts: &[&str], _environment: &Environment) -> Option<Found> {
    let found = |column, ty, n| Found::new(TableColumn::Group(column), ty, n);
    match (*parts.first()?, parts.get(1)) {
        ("index", _) => found(GroupsColumn::Index, Type::UInt, 1),
        ("key", _) => found(GroupsColumn::Key, Type::String, 1),
        ("properties", Some(key)) => found(GroupsColumn::Property((*key).to_owned()), property(), 2),
        ("properties", None) => found(GroupsColumn::Properties, Type::String, 1),
        _ => None,
    }
}

fn logs(parts: &[&str], environment: &Environment) -> Option<Found> {
    let found = |column, ty, n| Found::new(TableColumn::Log(column), ty, n);
    match (*parts.first()?, parts.get(1)) {
        ("uuid", _) => found(LogsColumn::Uuid, Type::Uuid, 1),
        ("timestamp", _) => found(LogsColumn::Timestamp, instant(environment), 1),
        ("observed_timestamp", _) => found(LogsColumn::ObservedTimestamp, instant(environment), 1),
        ("severity_number", _) => found(LogsColumn::SeverityNumber, Type::UInt, 1),
        ("level" | "severity_text", _) => found(LogsColumn::Level, Type::String, 1),
        ("body", _) => found(LogsColumn::Body, Type::String, 1),
        ("service_name", _) => found(LogsColumn::ServiceName, Type::String, 1),
        ("trace_id", _) => found(LogsColumn::TraceId, Type::String, 1),
        ("span_id", _) => found(LogsColumn::SpanId, Type::String, 1),
        ("event_name", _) => found(LogsColumn::EventName, Type::String, 1),
        ("instrumentation_scope", _) => found(LogsColumn::InstrumentationScope, Type::String, 1),
        ("attributes", Some(key)) => found(LogsColumn::Attribute((*key).to_owned()), property(), 2),
        ("attributes", None) => found(LogsColumn::Attributes, Type::String, 1),
        ("resource_attributes", Some(key)) => found(LogsColumn::ResourceAttribute((*key).to_owned()), property(), 2),
        ("resource_attributes", None) => found(LogsColumn::ResourceAttributes, Type::String, 1),
        _ => None,
    }
}

const LOG_NAMES: &[&str] = &[
    "uuid",
    "timestamp",
    "observed_timestamp",
    "severity_text",
    "severity_number",
    "level",
    "body",
    "service_name",
    "trace_id",
    "span_id",
    "event_name",
    "instrumentation_scope",
    "attributes",
    "resource_attributes",
];

const SESSION_NAMES: &[&str] = &[
    "session_id",
    "distinct_id",
    "person_id",
    "$start_timestamp",
    "$end_timestamp",
    "$session_duration",
    "$pageview_count",
    "$autocapture_count",
    "$screen_count",
    "$event_count",
    "$entry_current_url",
    "$entry_pathname",
    "$end_current_url",
    "$end_pathname",
    "$entry_referring_domain",
    "$entry_utm_source",
    "$entry_utm_medium",
    "$entry_utm_campaign",
    "$entry_utm_term",
    "$entry_utm_content",
    "$is_bounce",
];

fn session(name: &str, environment: &Environment) -> Option<(SessionsColumn, Type)> {
    Some(match name {
        "session_id" | "id" => (SessionsColumn::Id, Type::String),
        "distinct_id" => (SessionsColumn::DistinctId, Type::String),
        "person_id" => (SessionsColumn::PersonId, Type::Person),
        "$start_timestamp" | "min_timestamp" => (SessionsColumn::StartTimestamp, instant(environment)),
        "$end_timestamp" | "max_timestamp" => (SessionsColumn::EndTimestamp, instant(environment)),
        "$session_duration" | "duration" => (SessionsColumn::Duration, Type::Int),
        "$pageview_count" => (SessionsColumn::PageviewCount, Type::UInt),
        "$autocapture_count" => (SessionsColumn::AutocaptureCount, Type::UInt),
        "$screen_count" => (SessionsColumn::ScreenCount, Type::UInt),
        "$event_count" => (SessionsColumn::EventCount, Type::UInt),
        "$entry_current_url" => (SessionsColumn::EntryUrl, property()),
        "$entry_pathname" => (SessionsColumn::EntryPathname, property()),
        "$exit_current_url" | "$end_current_url" => (SessionsColumn::ExitUrl, property()),
        "$exit_pathname" | "$end_pathname" => (SessionsColumn::ExitPathname, property()),
        "$entry_referring_domain" => (SessionsColumn::EntryReferringDomain, property()),
        "$entry_utm_source" => (SessionsColumn::EntryUtmSource, property()),
        "$entry_utm_medium" => (SessionsColumn::EntryUtmMedium, property()),
        "$entry_utm_campaign" => (SessionsColumn::EntryUtmCampaign, property()),
        "$entry_utm_term" => (SessionsColumn::EntryUtmTerm, property()),
        "$entry_utm_content" => (SessionsColumn::EntryUtmContent, property()),
        "$is_bounce" => (SessionsColumn::IsBounce, Type::Bool),
        _ => return None,
    })
}

/// What a column is called in a text, for errors.
pub(super) fn shown(column: &TableColumn) -> String {
    match column {
        TableColumn::Event(column) => match column {
            EventsColumn::Property(key) => format!("properties.{key}"),
            EventsColumn::PersonProperty(key) => format!("person.properties.{key}"),
            EventsColumn::GroupProperty(index, key) => format!("group_{index}.properties.{key}"),
            EventsColumn::GroupKey(index) => format!("$group_{index}"),
            EventsColumn::GroupProperties(index) => format!("group_{index}.properties"),
            EventsColumn::Uuid => "uuid".to_owned(),
            EventsColumn::Event => "event".to_owned(),
            EventsColumn::Timestamp => "timestamp".to_owned(),
            EventsColumn::DistinctId => "distinct_id".to_owned(),
            EventsColumn::PersonId => "person_id".to_owned(),
            EventsColumn::Properties => "properties".to_owned(),
            EventsColumn::PersonProperties => "person.properties".to_owned(),
            EventsColumn::PersonCreatedAt => "person.created_at".to_owned(),
            EventsColumn::ElementsChain => "elements_chain".to_owned(),
            EventsColumn::CreatedAt => "created_at".to_owned(),
            EventsColumn::Session(_) => "a column of session".to_owned(),
            EventsColumn::Condition(_) | EventsColumn::InCohort(_) => "a condition of the event".to_owned(),
        },
        TableColumn::Person(PersonsColumn::Property(key))
        | TableColumn::DistinctId(DistinctIdsColumn::Person(PersonsColumn::Property(key)))
        | TableColumn::Group(GroupsColumn::Property(key)) => format!("properties.{key}"),
        TableColumn::Log(LogsColumn::Attribute(key)) => format!("attributes.{key}"),
        TableColumn::Log(LogsColumn::ResourceAttribute(key)) => format!("resource_attributes.{key}"),
        TableColumn::Number => "number".to_owned(),
        _ => "a column of the table".to_owned(),
    }
}
