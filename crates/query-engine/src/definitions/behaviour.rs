//! What somebody must have done to be in a cohort, as projects define it, and what it means at an instant.

use insights_core::time::Interval;
use serde_json::{Value, json};

use crate::answer::QueryContext;
use crate::cohort::{Behaviour, Criterion, Members, Span};
use crate::dates::{DateRange, DateText, Relative};
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::nodes::reader::Reader;
use crate::nodes::{EventSelection, read_id};
use crate::predicate::{Predicate, Relation};
use crate::scan::EventSet;

const MICROSECONDS_A_SECOND: i64 = 1_000_000;

/// The most units of time, and the most times that something is done.
const MAX_COUNT: i64 = 1_000_000;

/// The most periods in which something is done regularly.
const MAX_PERIODS: i64 = 1_000;

/// Days that a legacy group without `days` looks back.
const LEGACY_DAYS: i64 = 365;

/// Events, and how somebody must have done them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BehaviourDefinition {
    what: What,
    /// Conditions on the events.
    filters: PropertyFilters,
    kind: Kind,
    path: String,
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
enum What {
    Event(String),
    Action { id: i64, path: String },
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Performed(When),
    FirstTime(When),
    Multiple { when: When, relation: Relation, n: u64 },
    Sequence { when: When, then: What, window_us: i64 },
    Stopped { since: When, before: When },
    Restarted { since: Ago, before: Ago },
    Regularly { period: Ago, relation: Relation, n: u64, min_periods: u64, total_periods: u64 },
}

/// Within which time.
#[derive(Clone, Debug, PartialEq)]
enum When {
    /// From so long ago to now.
    Since(Ago),
    /// Between dates; up to now without a second.
    Dates { from: String, to: Option<String> },
}

/// So long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ago {
    n: i64,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

const UNITS: [(&str, Unit); 6] = [
    ("minute", Unit::Minute),
    ("hour", Unit::Hour),
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
    ("year", Unit::Year),
];

impl BehaviourDefinition {
    /// Reads a criterion of the type `behavioral`.
    pub(super) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let value = node.require("value", "what must have been done, such as performed_event")?;
        let kind = match value.text()? {
            "performed_event" => Kind::Performed(When::read(node)?),
            "performed_event_first_time" => Kind::FirstTime(When::read(node)?),
            "performed_event_multiple" => {
                let (relation, n) = read_times(node)?;
                Kind::Multiple { when: When::read(node)?, relation, n }
            }
            "performed_event_sequence" => {
                let window = Ago::read(node, ["seq_time_value", "seq_time_interval"])?;
                Kind::Sequence {
                    when: When::read(node)?,
                    then: What::read(node, ["seq_event", "seq_event_type"])?,
                    window_us: window.seconds().saturating_mul(MICROSECONDS_A_SECOND),
                }
            }
            "stopped_performing_event" => Kind::Stopped {
                since: When::read(node)?,
                before: When::Since(Ago::read(node, ["seq_time_value", "seq_time_interval"])?),
            },
            "restarted_performing_event" => Kind::Restarted {
                since: Ago::read(node, ["time_value", "time_interval"])?,
                before: Ago::read(node, ["seq_time_value", "seq_time_interval"])?,
            },
            "performed_event_regularly" => Self::read_regularly(node)?,
            _ => {
                return Err(value.wrong(
                    "one of performed_event, performed_event_multiple, performed_event_first_time, \
                     performed_event_sequence, performed_event_regularly, stopped_performing_event, \
                     restarted_performing_event",
                ));
            }
        };
        let filters = node.get("event_filters");
        if let Some(cohort) = filters.as_ref().filter(|filters| names_cohort(filters.value())) {
            return Err(cohort.invalid(CANNOT_NAME_COHORTS));
        }
        Ok(Self {
            what: What::read(node, ["key", "event_type"])?,
            filters: filters.map(|filters| PropertyFilters::read(&filters)).transpose()?.unwrap_or_default(),
            kind,
            path: node.path().to_owned(),
        })
    }

    fn read_regularly(node: &Reader<'_>) -> Result<Kind, QueryError> {
        let (relation, n) = read_times(node)?;
        let count = |key: &str, what: &str| read_count(node, key, what, MAX_PERIODS);
        let total_periods = count("total_periods", "how many periods are looked at")?;
        let min_periods = count("min_periods", "in how many of the periods it must be done")?;
        if min_periods > total_periods {
            let message = format!("is more than the {total_periods} periods of total_periods");
            return Err(QueryError::invalid(node.path_of("min_periods"), message));
        }
        let count = |n: i64| u64::try_from(n).expect("at least 1");
        Ok(Kind::Regularly {
            period: Ago::read(node, ["time_value", "time_interval"])?,
            relation,
            n,
            min_periods: count(min_periods),
            total_periods: count(total_periods),
        })
    }

    /// Reads a legacy group `{event_id or action_id, days, count, count_operator}`.
    pub(super) fn read_legacy(node: &Reader<'_>) -> Result<Self, QueryError> {
        let action = node.get("action_id");
        let what = match (&action, node.get("event_id")) {
            (Some(action), _) => {
                What::Action { id: read_id(action, "the id of an action")?, path: action.path().to_owned() }
            }
            (None, Some(event)) => What::Event(event.scalar_text()?),
            (None, None) => return Err(node.invalid("is empty; give properties, event_id or action_id")),
        };
        let when = |days: i64| When::Since(Ago { n: days, unit: Unit::Day });
        let when =
            when(node.get("days").map(|days| read_positive(&days, MAX_COUNT)).transpose()?.unwrap_or(LEGACY_DAYS));
        let count = node
            .get("count")
            .filter(Reader::is_not_blank)
            .map(|count| read_id(&count, "how many times"))
            .transpose()?;
        let kind = match count.filter(|count| *count > 0) {
            None => Kind::Performed(when),
            Some(count) => Kind::Multiple {
                when,
                relation: read_relation(node, "count_operator")?,
                n: u64::try_from(count).expect("above 0"),
            },
        };
        Ok(Self { what, filters: PropertyFilters::default(), kind, path: node.path().to_owned() })
    }

    /// Who did it, as of the context's present.
    pub(super) fn members(&self, context: &QueryContext) -> Result<Members, QueryError> {
        let EventSelection { events, predicate } = self.what.selection(context)?;
        let filter = self.filters.predicate(context)?;
        let did = |criterion: Criterion| {
            let predicate = Predicate::all([predicate.clone(), filter.clone()]);
            Members::Did(Box::new(Behaviour { events: events.clone(), predicate, criterion }))
        };
        let performed = |within: Span| did(Criterion::Times { within, relation: Relation::AtLeast, n: 1 });
        let first_time = |within: Span| {
            let criterion = Criterion::FirstTime { within, filter: filter.clone() };
            Members::Did(Box::new(Behaviour { events: events.clone(), predicate: predicate.clone(), criterion }))
        };
        let days = |when: &When| self.days(when, context);
        Ok(match &self.kind {
            Kind::Performed(when) => performed(days(when)?),
            Kind::FirstTime(when) => first_time(days(when)?),
            Kind::Multiple { when, relation, n } => {
                did(Criterion::Times { within: when.instants(context), relation: *relation, n: *n })
            }
            Kind::Sequence { when, then, window_us } => {
                let EventSelection { events, predicate } = then.selection(context)?;
                did(Criterion::Then { within: days(when)?, events, predicate, window_us: *window_us })
            }
            Kind::Stopped { since, before } => {
                Members::All(vec![performed(days(since)?), Members::Not(Box::new(performed(days(before)?)))])
            }
            Kind::Restarted { since, before } => {
                let earlier = self.range(Some(&since.text()), Some(&before.text()), Interval::Day, context)?;
                let recent = self.range(Some(&before.text()), None, Interval::Day, context)?;
                let not = |members: Members| Members::Not(Box::new(members));
                Members::All(vec![
                    performed(recent.span()),
                    not(first_time(recent.span())),
                    not(performed(earlier.span())),
                ])
            }
            Kind::Regularly { period, relation, n, min_periods, total_periods } => {
                let (within, edges_us) = self.periods(*period, *total_periods, context)?;
                let (relation, n, min_periods) = (*relation, *n, *min_periods);
                did(Criterion::Regularly { within, edges_us, relation, n, min_periods })
            }
        })
    }

    /// Whole days, as an insight over the same dates looks at them.
    fn days(&self, when: &When, context: &QueryContext) -> Result<Span, QueryError> {
        let dates = match when {
            When::Since(ago) => self.range(Some(&ago.text()), None, Interval::Day, context)?,
            When::Dates { from, to } => self.range(Some(from), to.as_deref(), Interval::Day, context)?,
        };
        Ok(dates.span())
    }

    /// The last days up to the end of yesterday, or the last hours or minutes up to the end of the one before, and the edges of the periods
    /// of so many whole units each, counted back from that end: stickiness by as many intervals.
    fn periods(&self, period: Ago, total_periods: u64, context: &QueryContext) -> Result<(Span, Vec<i64>), QueryError> {
        let (interval, unit, n_units, end) = match period.unit {
            Unit::Minute => (Interval::Minute, Unit::Minute, 1, "-1M"),
            Unit::Hour => (Interval::Hour, Unit::Hour, 1, "-1h"),
            Unit::Day => (Interval::Day, Unit::Day, 1, "-1d"),
            Unit::Week => (Interval::Week, Unit::Week, 1, "-1d"),
            Unit::Month => (Interval::Month, Unit::Month, 1, "-1d"),
            Unit::Year => (Interval::Month, Unit::Month, 12, "-1d"),
        };
        let n_intervals = period.n.saturating_mul(n_units);
        let total = n_intervals.saturating_mul(i64::try_from(total_periods).unwrap_or(i64::MAX));
        let from = Ago { n: total, unit }.text();
        let dates = self.range(Some(&from), Some(end), interval, context)?;
        let n_intervals = u32::try_from(n_intervals).unwrap_or(u32::MAX);
        Ok((dates.span(), dates.edges_from_end(n_intervals, &dates)))
    }

    fn range(
        &self,
        from: Option<&str>,
        to: Option<&str>,
        interval: Interval,
        context: &QueryContext,
    ) -> Result<crate::dates::QueryDates, QueryError> {
        let node = json!({"date_from": from, "date_to": to});
        Ok(DateRange::read(&Reader::at(&node, self.path.clone()))?.resolve(interval, context, None))
    }
}

impl crate::dates::QueryDates {
    fn span(&self) -> Span {
        Span { from_us: self.from_us, until_us: self.until_us }
    }
}

impl What {
    fn read(node: &Reader<'_>, [key, type_key]: [&str; 2]) -> Result<Self, QueryError> {
        let what = node.require(key, "the name of the event, or the id of the action")?;
        let kind = node.require(type_key, "events or actions")?;
        Ok(if kind.choice(&[("events", false), ("actions", true)])? {
            Self::Action { id: read_id(&what, "the id of an action")?, path: what.path().to_owned() }
        } else {
            Self::Event(what.scalar_text()?)
        })
    }

    fn selection(&self, context: &QueryContext) -> Result<EventSelection, QueryError> {
        match self {
            Self::Event(name) => {
                let events = EventSet::Named([name.clone()].into());
                Ok(EventSelection { events, predicate: Predicate::ALWAYS })
            }
            Self::Action { id, path } => {
                let action = context.definitions.action(*id, path)?;
                if !action.references().cohorts.is_empty() {
                    return Err(QueryError::invalid(path, CANNOT_NAME_COHORTS));
                }
                action.selection(context)
            }
        }
    }
}

/// Cohorts may ask for cohorts by criteria of their own alone: so it can be told that none asks for itself.
const CANNOT_NAME_COHORTS: &str =
    "what somebody did cannot depend on cohorts here; ask for the cohort by a criterion of its own";

fn names_cohort(filters: &Value) -> bool {
    !crate::definitions::References::of(filters).cohorts.is_empty()
}

impl When {
    /// `explicit_datetime` with `explicit_datetime_to`, else `time_value` with `time_interval`.
    fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let Some(from) = node.get("explicit_datetime").filter(Reader::is_not_blank) else {
            return Ago::read(node, ["time_value", "time_interval"]).map(Self::Since);
        };
        let to = node.get("explicit_datetime_to").filter(Reader::is_not_blank);
        let date = |date: &Reader<'_>| {
            let text = date.text()?;
            let is_date = DateText::parse(text).is_some() || Relative::parse(text).is_some();
            if is_date { Ok(text.to_owned()) } else { Err(date.wrong("a date such as 2024-02-29 or -30d")) }
        };
        Ok(Self::Dates { from: date(&from)?, to: to.as_ref().map(date).transpose()? })
    }

    /// The very instants, as a list of events over the same dates looks at them: neither end is in it.
    fn instants(&self, context: &QueryContext) -> Span {
        let (zone, week_start) = (context.timezone, context.week_start.weekday());
        let relative = |ago: Relative| ago.before(context.now, zone, week_start);
        let instant = |text: &str| match (DateText::parse(text), Relative::parse(text)) {
            (Some(date), _) => date.instant(zone),
            (None, Some(ago)) => relative(ago),
            (None, None) => context.now,
        };
        let (from, to) = match self {
            Self::Since(ago) => (instant(&ago.text()), None),
            Self::Dates { from, to } => (instant(from), to.as_deref().map(instant)),
        };
        // clocks of clients may be a little ahead
        let to = to.unwrap_or(context.now + chrono::TimeDelta::seconds(5));
        Span { from_us: from.timestamp_micros() + 1, until_us: to.timestamp_micros() }
    }
}

impl Ago {
    fn read(node: &Reader<'_>, [value_key, unit_key]: [&str; 2]) -> Result<Self, QueryError> {
        let n = read_count(node, value_key, "how many", MAX_COUNT)?;
        let unit = node.require(unit_key, "one of minute, hour, day, week, month, year")?.choice(&UNITS)?;
        let ago = Self { n, unit };
        if Relative::parse(&ago.text()).is_none() {
            return Err(QueryError::invalid(node.path_of(value_key), "is longer than a thousand years; give less"));
        }
        Ok(ago)
    }

    /// As dates of queries are written.
    fn text(self) -> String {
        let unit = match self.unit {
            Unit::Minute => "M",
            Unit::Hour => "h",
            Unit::Day => "d",
            Unit::Week => "w",
            Unit::Month => "m",
            Unit::Year => "y",
        };
        format!("-{}{unit}", self.n)
    }

    fn seconds(self) -> i64 {
        let unit = match self.unit {
            Unit::Minute => 60,
            Unit::Hour => 3_600,
            Unit::Day => 86_400,
            Unit::Week => 604_800,
            Unit::Month => 2_592_000,
            Unit::Year => 31_536_000,
        };
        self.n.saturating_mul(unit)
    }
}

/// `operator`, by default `exact`, with `operator_value`.
fn read_times(node: &Reader<'_>) -> Result<(Relation, u64), QueryError> {
    let n = read_count(node, "operator_value", "how many times", MAX_COUNT)?;
    Ok((read_relation(node, "operator")?, u64::try_from(n).expect("at least 1")))
}

fn read_relation(node: &Reader<'_>, key: &str) -> Result<Relation, QueryError> {
    let relations = [
        ("exact", Relation::Equal),
        ("eq", Relation::Equal),
        ("gte", Relation::AtLeast),
        ("gt", Relation::Greater),
        ("lte", Relation::AtMost),
        ("lt", Relation::Less),
    ];
    let given = node.get(key).filter(Reader::is_not_blank);
    Ok(given.map(|given| given.choice(&relations)).transpose()?.unwrap_or(Relation::Equal))
}

fn read_count(node: &Reader<'_>, key: &str, what: &str, max: i64) -> Result<i64, QueryError> {
    read_positive(&node.require(key, what)?, max)
}

/// A whole number from 1, or text that reads as one.
fn read_positive(node: &Reader<'_>, max: i64) -> Result<i64, QueryError> {
    let wanted = format!("a whole number from 1 to {max}");
    let n = read_id(node, &wanted)?;
    if (1..=max).contains(&n) { Ok(n) } else { Err(node.wrong(&wanted)) }
}
