//! Sessions: what the events of one `$session_id` have in common.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, StringViewArray, TimestampMicrosecondArray, UInt32Array,
};
use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result};
use hogql::tables::{SessionsColumn, TableColumn};
use query_engine::control::{HeldMemory, QueryControl};
use query_engine::field::{Field, FieldValues, ScanLayout};
use query_engine::scan::{EventColumn, EventSet, Scan};
use query_engine::value::PropertyValue;
use rustc_hash::FxHashMap;

use super::{Context, TableUse, plain};
use crate::error::into_datafusion;
use crate::scalar::path_of;

/// The event property that names an event's session.
pub(super) const ID: &str = "$session_id";

/// The event properties whose first value a session has.
const ENTRIES: [(SessionsColumn, &str); 7] = [
    (SessionsColumn::EntryUrl, "$current_url"),
    (SessionsColumn::EntryReferringDomain, "$referring_domain"),
    (SessionsColumn::EntryUtmSource, "utm_source"),
    (SessionsColumn::EntryUtmMedium, "utm_medium"),
    (SessionsColumn::EntryUtmCampaign, "utm_campaign"),
    (SessionsColumn::EntryUtmTerm, "utm_term"),
    (SessionsColumn::EntryUtmContent, "utm_content"),
];

/// Seconds that make a session more than a bounce.
const BOUNCE_SECONDS: i64 = 10;

/// Rows between two looks at whether to go on.
const ROWS_PER_CHECK: usize = 1 << 15;

/// The scan of all events of all sessions: a session may have begun long before what a query reads of it.
pub(super) fn layout(context: &Context<'_>) -> ScanLayout {
    let mut layout = ScanLayout::new(context.project, EventSet::All, None, None);
    fields().iter().for_each(|field| layout.need(field));
    layout
}

/// Session, distinct id, then the properties of [`ENTRIES`].
fn fields() -> Vec<Field> {
    let property = |key: &str| Field::Event(EventColumn::Property(key.to_owned()));
    let entries = ENTRIES.iter().map(|(_, key)| property(key));
    [property(ID), Field::Event(EventColumn::DistinctId)].into_iter().chain(entries).collect()
}

/// A text and when it was there.
type Seen = Option<(i64, Arc<str>)>;

#[derive(Debug, Default)]
struct Session {
    id: Arc<str>,
    start_us: i64,
    end_us: i64,
    person: u32,
    distinct_id: Arc<str>,
    n_pageviews: i64,
    n_autocaptures: i64,
    n_screens: i64,
    n_events: i64,
    /// The first of each of [`ENTRIES`].
    entries: [Seen; ENTRIES.len()],
    exit_url: Seen,
}

/// All sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    sessions: Vec<Session>,
    numbers: FxHashMap<Arc<str>, u32>,
    columns: std::sync::Mutex<FxHashMap<SessionsColumn, ArrayRef>>,
    /// Accounts for the sessions as long as they are held.
    _memory: HeldMemory,
}

impl Sessions {
    /// The sessions of `events`.
    ///
    /// # Errors
    /// Cancellation and limits as `control` says.
    pub(super) fn of((layout, scan): &(ScanLayout, Scan), control: &QueryControl) -> Result<Self> {
        let mut memory = HeldMemory::new(control);
        let mut sessions: Vec<Session> = Vec::new();
        let mut numbers: FxHashMap<Arc<str>, u32> = FxHashMap::default();
        for run in &scan.runs {
            let values: Vec<FieldValues> = fields().iter().map(|field| layout.read(field, scan, run)).collect();
            for row in 0..run.len() {
                if row % ROWS_PER_CHECK == 0 {
                    control.check().map_err(into_datafusion)?;
                }
                let person = run.persons[row];
                let Some(id) = text_of(&values[0], row, person).filter(|id| !id.is_empty()) else { continue };
                let number = match numbers.get(&id) {
                    Some(&number) => number,
                    None => {
                        memory.grow::<Session>(2).map_err(into_datafusion)?;
                        let number = u32::try_from(sessions.len()).expect("there are fewer than 2^32 sessions");
                        let at = run.timestamps[row];
                        sessions.push(Session {
                            id: Arc::clone(&id),
                            start_us: at,
                            end_us: i64::MIN,
                            ..Session::default()
                        });
                        numbers.insert(id, number);
                        number
                    }
                };
                sessions[number as usize].add(&run.event, run.timestamps[row], person, &values[1..], row);
            }
        }
        Ok(Self { sessions, numbers, columns: std::sync::Mutex::default(), _memory: memory })
    }

    /// The number of the session that a value of `$session_id` names.
    pub(super) fn number_of(&self, id: &PropertyValue) -> Option<u32> {
        self.numbers.get(&id.to_text()?).copied()
    }

    /// A column, with a row for each session by its number.
    ///
    /// # Errors
    /// None.
    pub(super) fn column(&self, column: SessionsColumn) -> Result<ArrayRef> {
        let mut known = self.columns.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(Arc::clone(known.entry(column).or_insert_with(|| self.array(column))))
    }

    fn array(&self, column: SessionsColumn) -> ArrayRef {
        let ints = |value: fn(&Session) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(self.sessions.iter().map(value)))
        };
        let instants = |value: fn(&Session) -> i64| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from_iter_values(self.sessions.iter().map(value)))
        };
        let texts = |value: &dyn Fn(&Session) -> Option<Arc<str>>| -> ArrayRef {
            Arc::new(self.sessions.iter().map(value).collect::<StringViewArray>())
        };
        let url = |seen: &Seen| seen.as_ref().map(|(_, url)| Arc::clone(url));
        match column {
            SessionsColumn::Id => texts(&|session| Some(Arc::clone(&session.id))),
            SessionsColumn::DistinctId => texts(&|session| Some(Arc::clone(&session.distinct_id))),
            SessionsColumn::PersonId => {
                Arc::new(UInt32Array::from_iter_values(self.sessions.iter().map(|session| session.person)))
            }
            SessionsColumn::StartTimestamp => instants(|session| session.start_us),
            SessionsColumn::EndTimestamp => instants(|session| session.end_us),
            SessionsColumn::Duration => ints(Session::seconds),
            SessionsColumn::PageviewCount => ints(|session| session.n_pageviews),
            SessionsColumn::AutocaptureCount => ints(|session| session.n_autocaptures),
            SessionsColumn::ScreenCount => ints(|session| session.n_screens),
            SessionsColumn::EventCount => ints(|session| session.n_events),
            SessionsColumn::EntryPathname => texts(&|session| url(&session.entries[0]).map(|url| path_of(&url).into())),
            SessionsColumn::ExitUrl => texts(&|session| url(&session.exit_url)),
            SessionsColumn::ExitPathname => texts(&|session| url(&session.exit_url).map(|url| path_of(&url).into())),
            SessionsColumn::IsBounce => {
                Arc::new(self.sessions.iter().map(|session| Some(session.is_bounce())).collect::<BooleanArray>())
            }
            SessionsColumn::EntryUrl
            | SessionsColumn::EntryReferringDomain
            | SessionsColumn::EntryUtmSource
            | SessionsColumn::EntryUtmMedium
            | SessionsColumn::EntryUtmCampaign
            | SessionsColumn::EntryUtmTerm
            | SessionsColumn::EntryUtmContent => {
                let entry = ENTRIES.iter().position(|(entry, _)| *entry == column).expect("each of these is an entry");
                texts(&|session| url(&session.entries[entry]))
            }
        }
    }
}

fn text_of(values: &FieldValues, row: usize, person: u32) -> Option<Arc<str>> {
    values.value(row, person).to_text()
}

impl Session {
    /// Adds an event; `values` are its distinct id and what [`ENTRIES`] names.
    fn add(&mut self, event: &str, at_us: i64, person: u32, values: &[FieldValues], row: usize) {
        self.start_us = self.start_us.min(at_us);
        if at_us >= self.end_us {
            self.end_us = at_us;
            self.person = person;
            self.distinct_id = text_of(&values[0], row, person).unwrap_or_default();
        }
        self.n_events += 1;
        match event {
            "$pageview" => self.n_pageviews += 1,
            "$autocapture" => self.n_autocaptures += 1,
            "$screen" => self.n_screens += 1,
            _ => {}
        }
        for (entry, values) in self.entries.iter_mut().zip(&values[1..]) {
            if entry.as_ref().is_none_or(|(first, _)| at_us < *first)
                && let Some(text) = text_of(values, row, person)
            {
                *entry = Some((at_us, text));
            }
        }
        if self.exit_url.as_ref().is_none_or(|(last, _)| at_us >= *last)
            && let Some(url) = text_of(&values[1], row, person)
        {
            self.exit_url = Some((at_us, url));
        }
    }

    /// Whole seconds from the first to the last event.
    fn seconds(&self) -> i64 {
        (self.end_us - self.start_us).div_euclid(1_000_000)
    }

    fn is_bounce(&self) -> bool {
        self.n_pageviews + self.n_screens <= 1 && self.n_autocaptures == 0 && self.seconds() < BOUNCE_SECONDS
    }
}

/// `sessions`.
pub(super) fn table(
    table: &TableUse<'_>,
    events: &(ScanLayout, Scan),
    context: &Context<'_>,
) -> Result<Arc<dyn TableProvider>> {
    let sessions = Sessions::of(events, context.control)?;
    let columns = table.columns.iter().map(|(column, _)| match column {
        TableColumn::Session(column) => sessions.column(*column),
        _ => Err(DataFusionError::Internal("a column of another table".to_owned())),
    });
    plain::arrays(table, columns.collect::<Result<_>>()?, sessions.sessions.len(), context)
}
