//! The tables that a query may read, and their columns.

/// A table. Each is of one project; there is no way to name another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// `events`.
    Events,
    /// `persons`: those that count as themselves.
    Persons,
    /// `person_distinct_ids`, also by the name `raw_person_distinct_ids`.
    PersonDistinctIds,
    /// `groups`.
    Groups,
    /// `sessions`: what the events of one `$session_id` have in common.
    Sessions,
    /// `cohort_people`: who is in which cohort.
    CohortPeople,
    /// `cohorts`: the project's cohorts themselves.
    Cohorts,
    /// `logs`.
    Logs,
    /// `numbers(n)`, `numbers(first, n)`: a column `number` of so many numbers from `first` on.
    Numbers {
        /// The first.
        first: u64,
        /// How many.
        n: u64,
    },
}

/// A column of a [`Table`], as an engine has to give it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableColumn {
    /// Of [`Table::Events`].
    Event(EventsColumn),
    /// Of [`Table::Persons`].
    Person(PersonsColumn),
    /// Of [`Table::PersonDistinctIds`].
    DistinctId(DistinctIdsColumn),
    /// Of [`Table::Groups`].
    Group(GroupsColumn),
    /// Of [`Table::Sessions`].
    Session(SessionsColumn),
    /// Of [`Table::CohortPeople`].
    CohortMember(CohortPeopleColumn),
    /// Of [`Table::Cohorts`].
    Cohort(CohortsColumn),
    /// Of [`Table::Logs`].
    Log(LogsColumn),
    /// `number` of [`Table::Numbers`], a [`crate::types::Type::UInt`].
    Number,
}

/// A column of `events`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventsColumn {
    /// `uuid`, `Uuid`.
    Uuid,
    /// `event`, `String`.
    Event,
    /// `timestamp`, `DateTime`.
    Timestamp,
    /// `distinct_id`, `String`.
    DistinctId,
    /// `person_id`, `Person`.
    PersonId,
    /// `properties`, `String`: the JSON text of all.
    Properties,
    /// `properties.key`, `Nullable(String)`: a text as it is, anything else as JSON text, null where it is missing or JSON null.
    Property(String),
    /// `person.properties`, `String`.
    PersonProperties,
    /// `person.properties.key`, `Nullable(String)`, latest value.
    PersonProperty(String),
    /// `person.created_at`, `DateTime`.
    PersonCreatedAt,
    /// `$group_0` to `$group_4`, `String`: the key of the group of that type, empty where there is none.
    GroupKey(u8),
    /// `group_0.properties`, `String`.
    GroupProperties(u8),
    /// `group_0.properties.key`, `Nullable(String)`, latest value.
    GroupProperty(u8, String),
    /// `elements_chain`, `String`, empty where there is none.
    ElementsChain,
    /// `created_at`, `DateTime`: when it was taken in, as far as that is known.
    CreatedAt,
    /// `session.…`: of the event's session; null (or what an empty session has) where it has none.
    Session(SessionsColumn),
    /// Whether the event satisfies the condition of that number that came with the query, `Bool`.
    Condition(usize),
    /// Whether the person is in the cohort of that id, `Bool`.
    InCohort(i64),
}

/// A column of `persons`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonsColumn {
    /// `id`, `Person`.
    Id,
    /// `created_at`, `DateTime`.
    CreatedAt,
    /// `properties`, `String`.
    Properties,
    /// `properties.key`, `Nullable(String)`.
    Property(String),
    /// `is_identified`, `Bool`.
    IsIdentified,
    /// Whether the person is in the cohort of that id, `Bool`.
    InCohort(i64),
    /// Whether the person satisfies the condition of that number that came with the query, `Bool`.
    Condition(usize),
}

/// A column of `person_distinct_ids`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DistinctIdsColumn {
    /// `distinct_id`, `String`.
    DistinctId,
    /// `person_id`, `Person`.
    PersonId,
    /// `person.…`.
    Person(PersonsColumn),
}

/// A column of `groups`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupsColumn {
    /// `index`, `UInt`: index of the group type.
    Index,
    /// `key`, `String`.
    Key,
    /// `properties`, `String`.
    Properties,
    /// `properties.key`, `Nullable(String)`.
    Property(String),
}

/// A column of `sessions`. An event belongs to the session that its `$session_id` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionsColumn {
    /// `session_id`, `String`; also `id`.
    Id,
    /// `distinct_id`, `String`: of the last event.
    DistinctId,
    /// `person_id`, `Person`: likewise.
    PersonId,
    /// `$start_timestamp`, `DateTime`.
    StartTimestamp,
    /// `$end_timestamp`, `DateTime`.
    EndTimestamp,
    /// `$session_duration`, `Int`: whole seconds from the first to the last event; also `duration`.
    Duration,
    /// `$pageview_count`, `UInt`.
    PageviewCount,
    /// `$autocapture_count`, `UInt`.
    AutocaptureCount,
    /// `$screen_count`, `UInt`.
    ScreenCount,
    /// `$event_count`, `UInt`.
    EventCount,
    /// `$entry_current_url`, `Nullable(String)`: `$current_url` of the first event that has one.
    EntryUrl,
    /// `$entry_pathname`, `Nullable(String)`: path of that.
    EntryPathname,
    /// `$exit_current_url`, `$end_current_url`, `Nullable(String)`: `$current_url` of the last event that has one.
    ExitUrl,
    /// `$exit_pathname`, `$end_pathname`, `Nullable(String)`: path of that.
    ExitPathname,
    /// `$entry_referring_domain`, `Nullable(String)`: `$referring_domain` of the first event that has one.
    EntryReferringDomain,
    /// `$entry_utm_source`, `Nullable(String)`: `utm_source` of the first event that has one.
    EntryUtmSource,
    /// `$entry_utm_medium`, likewise.
    EntryUtmMedium,
    /// `$entry_utm_campaign`, likewise.
    EntryUtmCampaign,
    /// `$entry_utm_term`, likewise.
    EntryUtmTerm,
    /// `$entry_utm_content`, likewise.
    EntryUtmContent,
    /// `$is_bounce`, `Bool`: at most one page view or screen, no autocapture, and shorter than ten seconds.
    IsBounce,
}

/// A column of `cohort_people`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CohortPeopleColumn {
    /// `person_id`, `Person`.
    PersonId,
    /// `cohort_id`, `Int`.
    CohortId,
}

/// A column of `cohorts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CohortsColumn {
    /// `id`, `Int`.
    Id,
    /// `name`, `String`.
    Name,
    /// `count`, `Int`.
    Count,
}

/// A column of `logs`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogsColumn {
    /// `uuid`, `Uuid`.
    Uuid,
    /// `timestamp`, `DateTime`.
    Timestamp,
    /// `observed_timestamp`, `DateTime`.
    ObservedTimestamp,
    /// `severity_number`, `UInt`: 1 to 24.
    SeverityNumber,
    /// `level` and `severity_text`, `String`: the name that goes with the number.
    Level,
    /// `body`, `String`.
    Body,
    /// `service_name`, `String`: the resource's `service.name`, empty where it has none.
    ServiceName,
    /// `trace_id`, `String`: 32 hex digits, or empty.
    TraceId,
    /// `span_id`, `String`: 16 hex digits, or empty.
    SpanId,
    /// `event_name`, `String`, empty where there is none.
    EventName,
    /// `instrumentation_scope`, `String`: `name@version`, empty where there is none.
    InstrumentationScope,
    /// `attributes`, `String`: the JSON text of all.
    Attributes,
    /// `attributes.key`, `Nullable(String)`: a text as it is, anything else as JSON text, null where it is missing or JSON null.
    Attribute(String),
    /// `resource_attributes`, `String`.
    ResourceAttributes,
    /// `resource_attributes.key`, `Nullable(String)`.
    ResourceAttribute(String),
}
