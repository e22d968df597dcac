//! The JSON of a request, split into events whose parts are not yet parsed.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) events: Events<'a>,
    /// The body's own fields; of a single event, they are the event's.
    pub(crate) outer: RawEvent<'a>,
}

/// The events of a request.
#[derive(Debug)]
pub(crate) enum Events<'a> {
    /// The body is itself the event.
    Single,
    /// A list, or the `batch` of an object; `None` for what is no object. Holds one more than the limit where there were more.
    Many(Vec<Option<RawEvent<'a>>>),
}

/// An event whose parts are JSON text. A part that is null is absent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RawEvent<'a> {
    pub(crate) api_key: Option<&'a RawValue>,
    pub(crate) token: Option<&'a RawValue>,
    pub(crate) dollar_token: Option<&'a RawValue>,
    pub(crate) uuid: Option<&'a RawValue>,
    pub(crate) event: Option<&'a RawValue>,
    pub(crate) distinct_id: Option<&'a RawValue>,
    pub(crate) dollar_distinct_id: Option<&'a RawValue>,
    pub(crate) timestamp: Option<&'a RawValue>,
    pub(crate) offset: Option<&'a RawValue>,
    pub(crate) sent_at: Option<&'a RawValue>,
    pub(crate) historical_migration: Option<&'a RawValue>,
    pub(crate) properties: Option<&'a RawValue>,
    pub(crate) set: Option<&'a RawValue>,
    pub(crate) set_once: Option<&'a RawValue>,
    pub(crate) unset: Option<&'a RawValue>,
}

/// Splits `json`, keeping at most one event more than `max_events`.
pub(crate) fn split(json: &str, max_events: usize) -> Result<Envelope<'_>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let envelope = EnvelopeSeed { max_events }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(envelope)
}

/// Splits `json`, one event; `None` where it is no object.
pub(crate) fn split_event(json: &str) -> Result<Option<RawEvent<'_>>, serde_json::Error> {
    serde_json::from_str(json).map(|Element(event)| event)
}

/// The text that `raw` holds; `None` where it is no string.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    match serde_json::from_str(raw.get()) {
        Ok(text) => Some(Cow::Owned(text)),
        Err(_) => serde_json::from_str(&crate::repair::repair(raw.get())?).ok().map(Cow::Owned),
    }
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum Field {
    #[serde(rename = "api_key")]
    ApiKey,
    #[serde(rename = "token")]
    Token,
    #[serde(rename = "$token")]
    DollarToken,
    #[serde(rename = "uuid")]
    Uuid,
    #[serde(rename = "event")]
    Event,
    #[serde(rename = "distinct_id")]
    DistinctId,
    #[serde(rename = "$distinct_id")]
    DollarDistinctId,
    #[serde(rename = "timestamp")]
    Timestamp,
    #[serde(rename = "offset")]
    Offset,
    #[serde(rename = "sent_at")]
    SentAt,
    #[serde(rename = "historical_migration")]
    HistoricalMigration,
    #[serde(rename = "properties")]
    Properties,
    #[serde(rename = "$set")]
    Set,
    #[serde(rename = "$set_once")]
    SetOnce,
    #[serde(rename = "$unset")]
    Unset,
    #[serde(rename = "batch")]
    Batch,
    #[serde(other)]
    Other,
}

impl<'a> RawEvent<'a> {
    fn read_field<A: MapAccess<'a>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        let place = match field {
            Field::ApiKey => &mut self.api_key,
            Field::Token => &mut self.token,
            Field::DollarToken => &mut self.dollar_token,
            Field::Uuid => &mut self.uuid,
            Field::Event => &mut self.event,
            Field::DistinctId => &mut self.distinct_id,
            Field::DollarDistinctId => &mut self.dollar_distinct_id,
            Field::Timestamp => &mut self.timestamp,
            Field::Offset => &mut self.offset,
            Field::SentAt => &mut self.sent_at,
            Field::HistoricalMigration => &mut self.historical_migration,
            Field::Properties => &mut self.properties,
            Field::Set => &mut self.set,
            Field::SetOnce => &mut self.set_once,
            Field::Unset => &mut self.unset,
            Field::Batch | Field::Other => {
                map.next_value::<IgnoredAny>()?;
                return Ok(());
            }
        };
        *place = map.next_value::<Option<&'a RawValue>>()?;
        Ok(())
    }
}

struct EnvelopeSeed {
    max_events: usize,
}

impl<'a> DeserializeSeed<'a> for EnvelopeSeed {
    type Value = Envelope<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for EnvelopeSeed {
    type Value = Envelope<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event, a list of events or an object with a batch of events")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let events = ListSeed { max_events: self.max_events }.visit_seq(seq)?;
        Ok(Envelope { events: Events::Many(events), outer: RawEvent::default() })
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut outer = RawEvent::default();
        let mut events = Events::Single;
        while let Some(field) = map.next_key::<Field>()? {
            if matches!(field, Field::Batch) {
                events = Events::Many(map.next_value_seed(ListSeed { max_events: self.max_events })?);
            } else {
                outer.read_field(field, &mut map)?;
            }
        }
        Ok(Envelope { events, outer })
    }
}

struct ListSeed {
    max_events: usize,
}

impl<'a> DeserializeSeed<'a> for ListSeed {
    type Value = Vec<Option<RawEvent<'a>>>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for ListSeed {
    type Value = Vec<Option<RawEvent<'a>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut events = Vec::new();
        while events.len() <= self.max_events {
            match seq.next_element::<Element<'a>>()? {
                Some(Element(event)) => events.push(event),
                None => return Ok(events),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(events)
    }
}

/// One place of a list of events; `None` for what is no object, which must not spoil its neighbours.
struct Element<'a>(Option<RawEvent<'a>>);

impl<'de> Deserialize<'de> for Element<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ElementVisitor;

        impl<'a> Visitor<'a> for ElementVisitor {
            type Value = Element<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event")
            }

            fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut event = RawEvent::default();
                while let Some(field) = map.next_key::<Field>()? {
                    event.read_field(field, &mut map)?;
                }
                Ok(Element(Some(event)))
            }

            fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Element(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Element(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Element(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Element(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Element(None))
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Element(None))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Element(None))
            }
        }

        deserializer.deserialize_any(ElementVisitor)
    }
}
