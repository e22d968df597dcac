//! The names by which a project's people ask: its events and properties as its store has them, of late and in small numbers.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actions::repository::ActionFilter;
use chrono::{DateTime, TimeDelta, Utc};
use cohorts::repository::CohortFilter;
use insights_core::ids::ProjectId;
use insights_core::paging::Page;
use language_model::question::vocabulary::{Definition, EventName, PropertyName, Vocabulary};
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::scan::{EventColumn, EventSet, Run, ScanRequest, ScanSource as _};
use query_engine::value::PropertyValue;
use serde_json::{Map, Value};

use crate::app::AppState;
use crate::error::ApiError;
use crate::queries::{ExecutorConfig, QueryFailure};

/// How long names are good for before they are looked up again.
const MAX_AGE: TimeDelta = TimeDelta::minutes(2);
/// Projects whose names are remembered before all are forgotten.
const MAX_PROJECTS: usize = 200;
/// How far back events count as of late.
const RECENT: TimeDelta = TimeDelta::days(90);
/// How far back values are looked at.
const VALUES_WITHIN: TimeDelta = TimeDelta::days(30);
/// How long all may take; what is not known by then is left out.
const MAX_TIME: Duration = Duration::from_secs(5);
const MAX_EVENTS: usize = 500;
const MAX_PROPERTIES: usize = 200;
/// Properties that are looked at together.
const PROPERTIES_AT_ONCE: usize = 8;
/// Rows of each run of events, and persons, that are looked at.
const MAX_SAMPLED: usize = 4_000;
const MAX_VALUES: usize = 50;
const MAX_VALUE_CHARACTERS: usize = 100;
const MAX_KEY_CHARACTERS: usize = 200;
/// Properties that are no properties of what happened, but say who is who.
const NOT_NAMES: [&str; 6] = ["$set", "$set_once", "$unset", "$groups", "$group_set", "$anon_distinct_id"];

/// The names of projects that were asked for of late.
#[derive(Debug, Default)]
pub(crate) struct Vocabularies {
    known: Mutex<HashMap<ProjectId, Found>>,
}

/// The names of a project, and when they were found.
#[derive(Debug)]
struct Found {
    at: DateTime<Utc>,
    vocabulary: Arc<Vocabulary>,
}

impl Vocabularies {
    /// The names of `project` as they were found at most [`MAX_AGE`] before `now`, if they were.
    pub(crate) fn get(&self, project: ProjectId, now: DateTime<Utc>) -> Option<Arc<Vocabulary>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&project)?;
        (now - found.at < MAX_AGE).then(|| Arc::clone(&found.vocabulary))
    }

    fn put(&self, project: ProjectId, now: DateTime<Utc>, vocabulary: &Arc<Vocabulary>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PROJECTS {
            known.clear();
        }
        known.insert(project, Found { at: now, vocabulary: Arc::clone(vocabulary) });
    }
}

/// Looks up the names of `project`, and remembers them. Blocks.
pub(crate) fn load(state: &AppState, project: ProjectId) -> Result<Arc<Vocabulary>, ApiError> {
    let now = state.clock.now();
    let mut limits = ExecutorConfig::from(&state.limits).limits;
    limits.max_time = limits.max_time.min(MAX_TIME);
    let control = QueryControl::start(limits);
    let looked_up = LookUp { state, project, now, control };
    let (events, group_types) = looked_up.events().map_err(QueryFailure::from)?;
    let page = Page::new(None, None);
    let actions = state.actions.list(project, &ActionFilter::default(), page)?.items.into_iter();
    let cohorts = state.cohorts.list(project, &CohortFilter::default(), page)?.items.into_iter();
    let vocabulary = Arc::new(Vocabulary {
        events,
        group_types,
        event_properties: looked_up.event_properties()?,
        person_properties: looked_up.person_properties()?,
        actions: actions.map(|action| Definition { id: action.id.0, name: action.fields.name }).collect(),
        cohorts: cohorts.map(|cohort| Definition { id: cohort.id.0, name: cohort.fields.name }).collect(),
    });
    state.vocabularies.put(project, now, &vocabulary);
    Ok(vocabulary)
}

struct LookUp<'a> {
    state: &'a AppState,
    project: ProjectId,
    now: DateTime<Utc>,
    control: QueryControl,
}

impl LookUp<'_> {
    /// The events with their numbers of late, or ever where there were none of late, and the group types.
    fn events(&self) -> Result<(Vec<EventName>, Vec<String>), QueryError> {
        let mut types = Vec::new();
        for from in [Some(self.now - RECENT), None] {
            let request =
                ScanRequest { from_us: from.map(|from| from.timestamp_micros()), ..ScanRequest::of(self.project) };
            let Some(scan) = self.state.storage.events.scan(&[request], &self.control)?.pop() else { continue };
            types = scan.group_types.iter().map(|name| name.to_string()).collect();
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for run in &scan.runs {
                *counts.entry(run.event.to_string()).or_default() += run.len() as u64;
            }
            if !counts.is_empty() {
                let events =
                    most_frequent(counts, MAX_EVENTS).into_iter().map(|(name, count)| EventName { name, count });
                return Ok((events.collect(), types));
            }
        }
        Ok((Vec::new(), types))
    }

    fn event_properties(&self) -> Result<Vec<PropertyName>, ApiError> {
        let keys = self.state.storage.events.property_keys(self.project).map_err(|error| ApiError::internal(&error))?;
        let mut keys: Vec<String> = keys
            .into_iter()
            .filter(|key| !NOT_NAMES.contains(&key.as_str()) && key.chars().nth(MAX_KEY_CHARACTERS).is_none())
            .collect();
        // those that the project made up itself come first: there are few, and they mean the most
        keys.sort_by_key(|key| (key.starts_with('$') && !is_common(key), key.clone()));
        keys.truncate(MAX_PROPERTIES);
        let mut found = Vec::new();
        for keys in keys.chunks(PROPERTIES_AT_ONCE) {
            match self.values_of(keys) {
                Ok(properties) => found.extend(properties),
                // what was found so far is better than nothing
                Err(QueryError::TimeLimit { .. } | QueryError::MemoryLimit { .. }) => break,
                Err(error) => return Err(QueryFailure::from(error).into()),
            }
        }
        found.sort_by(|a: &PropertyName, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        Ok(found)
    }

    /// What is known of the properties of `keys`, of late or else ever.
    fn values_of(&self, keys: &[String]) -> Result<Vec<PropertyName>, QueryError> {
        let mut found = Vec::new();
        for from in [Some(self.now - VALUES_WITHIN), None] {
            let request = ScanRequest {
                from_us: from.map(|from| from.timestamp_micros()),
                event_columns: keys.iter().map(|key| EventColumn::Property(key.clone())).collect(),
                ..ScanRequest::of(self.project)
            };
            let scan = self.state.storage.events.scan(&[request], &self.control)?.pop();
            let runs = scan.map(|scan| scan.runs).unwrap_or_default();
            found.clear();
            for (index, key) in keys.iter().enumerate() {
                self.control.check()?;
                let mut tally = Tally::default();
                runs.iter().for_each(|run| tally.add_run(run, index));
                found.extend(tally.property(key));
            }
            if !found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    fn person_properties(&self) -> Result<Vec<PropertyName>, ApiError> {
        let nobody_did = EventSet::Named(std::collections::BTreeSet::new());
        let request =
            ScanRequest { events: nobody_did, whole_person_properties: true, ..ScanRequest::of(self.project) };
        let objects = match self.state.storage.events.scan(&[request], &self.control) {
            Ok(mut scans) => scans.pop().map(|scan| scan.persons.properties).unwrap_or_default(),
            Err(QueryError::TimeLimit { .. } | QueryError::MemoryLimit { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(QueryFailure::from(error).into()),
        };
        let step = objects.len().div_ceil(MAX_SAMPLED).max(1);
        let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
        for object in objects.iter().step_by(step) {
            let properties: Map<String, Value> = serde_json::from_str(object).unwrap_or_default();
            for (key, value) in properties {
                if tallies.len() < MAX_PROPERTIES || tallies.contains_key(&key) {
                    tallies.entry(key).or_default().add(&PropertyValue::from_json(&value), step as u64);
                }
            }
        }
        let mut found: Vec<PropertyName> =
            tallies.into_iter().filter_map(|(key, tally)| tally.property(&key)).collect();
        found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        Ok(found)
    }
}

/// Properties that most clients send and that people ask by.
fn is_common(key: &str) -> bool {
    ["$browser", "$os", "$device_type", "$current_url", "$pathname", "$referring_domain", "$host", "$session_id"]
        .contains(&key)
        || key.starts_with("$geoip_")
}

/// What is counted of one property.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    n_numbers: u64,
    values: HashMap<String, u64>,
    events: BTreeMap<String, u64>,
}

impl Tally {
    /// Adds the values of a column of a run; of a long run, every so many rows.
    fn add_run(&mut self, run: &Run, column: usize) {
        let column = &run.columns[column];
        let step = run.len().div_ceil(MAX_SAMPLED).max(1);
        let mut by_code: HashMap<u32, u64> = HashMap::new();
        for &code in column.codes.iter().step_by(step) {
            *by_code.entry(code).or_default() += 1;
        }
        let before = self.count;
        for (code, n) in by_code {
            self.add(&column.dictionary[code as usize], n * step as u64);
        }
        if self.count > before {
            *self.events.entry(run.event.to_string()).or_default() += self.count - before;
        }
    }

    /// Adds a value that `n` have.
    fn add(&mut self, value: &PropertyValue, n: u64) {
        let text = match value {
            PropertyValue::Null => return,
            PropertyValue::Bool(flag) => flag.to_string(),
            PropertyValue::Int(number) => number.to_string(),
            PropertyValue::Float(number) => number.to_string(),
            PropertyValue::String(text) => text.to_string(),
            PropertyValue::Json(_) => String::new(),
        };
        self.count += n;
        if matches!(value, PropertyValue::Int(_) | PropertyValue::Float(_)) {
            self.n_numbers += n;
        }
        if !text.is_empty() && text.chars().nth(MAX_VALUE_CHARACTERS).is_none() {
            *self.values.entry(text).or_default() += n;
        }
    }

    /// What is told of it; `None` where nothing has it.
    fn property(self, key: &str) -> Option<PropertyName> {
        let names = |counts, most| most_frequent(counts, most).into_iter().map(|(name, _)| name).collect();
        (self.count > 0).then(|| PropertyName {
            key: key.to_owned(),
            count: self.count,
            is_numeric: self.n_numbers * 2 > self.count,
            values: names(self.values.into_iter().collect(), MAX_VALUES),
            events: names(self.events, MAX_EVENTS),
        })
    }
}

/// The most frequent first, those of one number in alphabetical order.
fn most_frequent(counts: BTreeMap<String, u64>, most: usize) -> Vec<(String, u64)> {
    let mut counted: Vec<(String, u64)> = counts.into_iter().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counted.truncate(most);
    counted
}
