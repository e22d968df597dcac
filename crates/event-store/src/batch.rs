//! Batches of events made ready, by those who bring them, so that the one writer has little left to do.

use capture::identity::{IdentityChange, identity_changes};
use chrono::DateTime;
use insights_core::event::{Event, is_identity_only};
use insights_core::ids::ProjectId;
use uuid::Uuid;

use crate::error::StoreError;
use crate::json::{self, Member};
use journal::codec::{Decoder, Encoder};

/// Largest batch, as it is encoded.
const MAX_BATCH_BYTES: usize = 256 << 20;

/// Events of one project that are stored together or not at all.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) project: ProjectId,
    pub(crate) events: Vec<PreparedEvent>,
    /// The batch as the write-ahead log keeps it.
    pub(crate) record: Vec<u8>,
}

/// An event whose properties have been found to be an object and taken apart.
#[derive(Debug)]
pub(crate) struct PreparedEvent {
    pub(crate) uuid: u128,
    pub(crate) name: String,
    pub(crate) distinct_id: String,
    pub(crate) timestamp_us: i64,
    /// The object that [`Self::members`] stand in.
    pub(crate) properties: String,
    pub(crate) members: Vec<Member>,
    pub(crate) changes: Vec<IdentityChange>,
    pub(crate) has_profile: bool,
    /// Whether it is in no query's answer: see [`is_identity_only`].
    pub(crate) is_identity_only: bool,
    pub(crate) group_types: Vec<String>,
}

impl Batch {
    /// Takes the events apart and encodes them for the log.
    ///
    /// # Errors
    /// [`StoreError::InvalidEvent`] where the properties of one are not a JSON object, [`StoreError::BatchTooLarge`].
    pub(crate) fn prepare(project: ProjectId, events: Vec<Event>) -> Result<Self, StoreError> {
        let record = encode(project, &events);
        if record.len() > MAX_BATCH_BYTES {
            return Err(StoreError::BatchTooLarge { n_bytes: record.len(), limit_bytes: MAX_BATCH_BYTES });
        }
        let prepared = events.into_iter().enumerate().map(|(index, event)| {
            PreparedEvent::new(event).map_err(|error| StoreError::InvalidEvent {
                index,
                what: format!("its properties are not a JSON object: {error}"),
            })
        });
        Ok(Self { project, events: prepared.collect::<Result<_, _>>()?, record })
    }

    /// Reads a batch back from the log.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn decode(record: &[u8]) -> Result<Self, String> {
        let (project, events) = decode(record)?;
        let prepared = events.into_iter().map(|event| PreparedEvent::new(event).map_err(|error| error.to_string()));
        // the record itself is not needed again: it is in the log
        Ok(Self { project, events: prepared.collect::<Result<_, _>>()?, record: Vec::new() })
    }
}

impl PreparedEvent {
    fn new(event: Event) -> Result<Self, serde_json::Error> {
        let members = json::members(&event.properties)?;
        let object = &event.properties;
        let has_profile = !members
            .iter()
            .any(|member| member.key(object) == "$process_person_profile" && member.value(object) == "false");
        let group_types = members
            .iter()
            .find(|member| member.key(object) == "$groups")
            .and_then(|member| json::members(member.value(object)).ok().map(|groups| (member, groups)))
            .map(|(member, groups)| {
                let groups_text = member.value(object);
                groups.iter().map(|group| group.key(groups_text).to_owned()).collect()
            })
            .unwrap_or_default();
        let changes = if may_change_identity(&event.event, object, &members) {
            identity_changes(&event, &json::parsed_map(object, &members))
        } else {
            Vec::new()
        };
        let is_identity_only = is_identity_only(&event.event, members.iter().map(|member| member.key(object)));
        Ok(Self {
            uuid: event.uuid.as_u128(),
            timestamp_us: event.timestamp.timestamp_micros(),
            name: event.event,
            distinct_id: event.distinct_id,
            properties: event.properties,
            members,
            changes,
            has_profile,
            is_identity_only,
            group_types,
        })
    }
}

/// Whether [`identity_changes`] may find anything: it is asked only then, because it needs every value parsed. Persons and groups
/// change only by the keys that begin with `$set` and `$unset`, and by events of PostHog's own, of which the most frequent do not.
fn may_change_identity(event: &str, object: &str, members: &[Member]) -> bool {
    let is_plain = !event.starts_with('$') || matches!(event, "$pageview" | "$autocapture" | "$pageleave" | "$screen");
    !is_plain
        || members.iter().any(|member| {
            let key = member.key(object);
            key.starts_with("$set") || key.starts_with("$unset")
        })
}

fn encode(project: ProjectId, events: &[Event]) -> Vec<u8> {
    let n_bytes: usize =
        events.iter().map(|event| 40 + event.event.len() + event.distinct_id.len() + event.properties.len()).sum();
    let mut encoder = Encoder::with_capacity(16 + n_bytes);
    encoder.i64(project.0);
    encoder.length(events.len());
    for event in events {
        encoder.u128(event.uuid.as_u128());
        encoder.i64(event.timestamp.timestamp_micros());
        encoder.text(&event.event);
        encoder.text(&event.distinct_id);
        encoder.text(&event.properties);
    }
    encoder.finish()
}

fn decode(record: &[u8]) -> Result<(ProjectId, Vec<Event>), String> {
    let mut decoder = Decoder::new(record);
    let mut read = || {
        let project = ProjectId(decoder.i64()?);
        let n_events = decoder.length()?;
        let mut events = Vec::new();
        for _ in 0..n_events {
            let uuid = Uuid::from_u128(decoder.u128()?);
            let timestamp =
                DateTime::from_timestamp_micros(decoder.i64()?).ok_or_else(|| decoder.error("an instant"))?;
            let event = decoder.text()?.to_owned();
            let distinct_id = decoder.text()?.to_owned();
            let properties = decoder.text()?.to_owned();
            events.push(Event { uuid, event, distinct_id, timestamp, properties });
        }
        if decoder.is_at_end() { Ok((project, events)) } else { Err(decoder.error("the end of the record")) }
    };
    read().map_err(|error| error.to_string())
}
