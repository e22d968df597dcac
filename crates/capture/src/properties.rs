//! An event's properties: checked to the last value, and rewritten only where they must be.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::{RawValue, to_raw_value};

use crate::envelope;
use crate::error::EventError;
use crate::repair::repair;

/// What properties hold that the event's own fields may depend on.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    token: Option<&'a RawValue>,
    dollar_token: Option<&'a RawValue>,
    distinct_id: Option<&'a RawValue>,
    dollar_distinct_id: Option<&'a RawValue>,
    ignore_sent_at: Option<&'a RawValue>,
}

impl<'a> Found<'a> {
    /// A project's token, where the client put it into the properties.
    pub(crate) fn token(&self) -> Option<Cow<'a, str>> {
        self.token.or(self.dollar_token).and_then(envelope::text)
    }

    /// The distinct id, where the client put it into the properties.
    pub(crate) fn distinct_id(&self) -> Option<&'a RawValue> {
        self.distinct_id.or(self.dollar_distinct_id)
    }

    /// Whether the client's clock is not to be corrected.
    pub(crate) fn ignores_sent_at(&self) -> bool {
        self.ignore_sent_at.is_some_and(|value| value.get() == "true")
    }

    /// Whether `token` stands in the properties, which are for reading, while tokens are for writing.
    pub(crate) fn holds_token(&self, token: &str) -> bool {
        [self.token, self.dollar_token]
            .into_iter()
            .flatten()
            .any(|raw| envelope::text(raw).is_some_and(|text| text == token))
    }
}

/// Top-level parts of an event that are kept among its properties.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moved<'a> {
    pub(crate) set: Option<&'a RawValue>,
    pub(crate) set_once: Option<&'a RawValue>,
    pub(crate) unset: Option<&'a RawValue>,
}

impl Moved<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_none() && self.set_once.is_none() && self.unset.is_none()
    }
}

/// Reads `json`, an object, to the end: every number must fit, every escape mean a character, and nothing nest deeper than
/// `max_depth`. What passes can be parsed by anyone later.
fn scan(json: &str, max_depth: usize) -> Result<Found<'_>, EventError> {
    let too_deep = Cell::new(false);
    let depth = Depth { left: max_depth.saturating_sub(1), exceeded: &too_deep };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    FoundSeed(depth).deserialize(&mut deserializer).and_then(|found| deserializer.end().map(|()| found)).map_err(
        |error| {
            if too_deep.get() {
                EventError::TooDeep { limit: max_depth }
            } else {
                EventError::UnparsableProperties { reason: error.to_string() }
            }
        },
    )
}

/// Scans what a client sent as properties, mended where that helps: gives the text that passed, which is kept in `mended` where it
/// is not `sent` itself.
pub(crate) fn scan_or_mend<'a>(
    sent: &'a str,
    mended: &'a OnceCell<String>,
    max_depth: usize,
) -> Result<(&'a str, Found<'a>), EventError> {
    if !sent.starts_with('{') {
        return Err(EventError::PropertiesNotAnObject);
    }
    match scan(sent, max_depth) {
        Ok(found) => Ok((sent, found)),
        Err(EventError::UnparsableProperties { reason }) => match repair(sent) {
            Some(repaired) => {
                let json = mended.get_or_init(|| repaired);
                Ok((json, scan(json, max_depth)?))
            }
            None => Err(EventError::UnparsableProperties { reason }),
        },
        Err(error) => Err(error),
    }
}

/// The properties that are kept of `json`, which passed [`scan`]: with `moved`, without `token`, and checked again where they
/// are not `json` itself, as the moved parts have not been.
pub(crate) fn kept(json: &str, moved: Moved<'_>, token: Option<&str>, max_depth: usize) -> Result<String, EventError> {
    if moved.is_empty() && token.is_none() {
        return Ok(json.to_owned());
    }
    let rewritten = rewrite(json, moved, token)?;
    let mended = OnceCell::new();
    scan_or_mend(&rewritten, &mended, max_depth)?;
    Ok(mended.into_inner().unwrap_or(rewritten))
}

/// `json`, an object that passed [`scan`], with `moved` added and without the properties that hold `token`.
fn rewrite(json: &str, moved: Moved<'_>, token: Option<&str>) -> Result<String, EventError> {
    let unparsable = |error: serde_json::Error| EventError::UnparsableProperties { reason: error.to_string() };
    let mut entries: IndexMap<Cow<'_, str>, Cow<'_, RawValue>> = object(json).map_err(unparsable)?;
    if let Some(token) = token {
        for key in ["token", "$token"] {
            if entries.get(key).and_then(|value| envelope::text(value)).is_some_and(|text| text == token) {
                entries.shift_remove(key);
            }
        }
    }
    for (key, outer) in [("$set", moved.set), ("$set_once", moved.set_once), ("$unset", moved.unset)] {
        let Some(outer) = outer else { continue };
        let value = match entries.get(key) {
            Some(inner) => merged(inner, outer).map_err(unparsable)?,
            None => Cow::Borrowed(outer),
        };
        entries.insert(Cow::Borrowed(key), value);
    }
    serde_json::to_string(&entries).map_err(unparsable)
}

/// Two values of the same key: of objects the outer one's entries win, lists are joined, and otherwise the outer one is taken.
fn merged<'a>(inner: &RawValue, outer: &'a RawValue) -> Result<Cow<'a, RawValue>, serde_json::Error> {
    let merged = match (inner.get().as_bytes().first(), outer.get().as_bytes().first()) {
        (Some(b'{'), Some(b'{')) => {
            let mut entries = object(inner.get())?;
            entries.extend(object(outer.get())?);
            to_raw_value(&entries)?
        }
        (Some(b'['), Some(b'[')) => {
            let mut items: Vec<&RawValue> = serde_json::from_str(inner.get())?;
            items.extend(serde_json::from_str::<Vec<&RawValue>>(outer.get())?);
            to_raw_value(&items)?
        }
        _ => return Ok(Cow::Borrowed(outer)),
    };
    Ok(Cow::Owned(merged))
}

fn object(json: &str) -> Result<IndexMap<Cow<'_, str>, Cow<'_, RawValue>>, serde_json::Error> {
    let entries: IndexMap<String, &RawValue> = serde_json::from_str(json)?;
    Ok(entries.into_iter().map(|(key, value)| (Cow::Owned(key), Cow::Borrowed(value))).collect())
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum Field {
    #[serde(rename = "token")]
    Token,
    #[serde(rename = "$token")]
    DollarToken,
    #[serde(rename = "distinct_id")]
    DistinctId,
    #[serde(rename = "$distinct_id")]
    DollarDistinctId,
    #[serde(rename = "$ignore_sent_at")]
    IgnoreSentAt,
    #[serde(other)]
    Other,
}

/// How many further levels may open.
#[derive(Clone, Copy)]
struct Depth<'c> {
    left: usize,
    exceeded: &'c Cell<bool>,
}

impl Depth<'_> {
    fn enter<E: Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => {
                self.exceeded.set(true);
                Err(E::custom("too deep"))
            }
        }
    }
}

struct FoundSeed<'c>(Depth<'c>);

impl<'a> DeserializeSeed<'a> for FoundSeed<'_> {
    type Value = Found<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for FoundSeed<'_> {
    type Value = Found<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Found::default();
        while let Some(field) = map.next_key::<Field>()? {
            let place = match field {
                Field::Token => &mut found.token,
                Field::DollarToken => &mut found.dollar_token,
                Field::DistinctId => &mut found.distinct_id,
                Field::DollarDistinctId => &mut found.dollar_distinct_id,
                Field::IgnoreSentAt => &mut found.ignore_sent_at,
                Field::Other => {
                    map.next_value_seed(Checked(self.0))?;
                    continue;
                }
            };
            *place = map.next_value::<Option<&'a RawValue>>()?;
            if let Some(raw) = place {
                // A raw value is only known to be well-formed, not that its numbers and escapes mean something.
                let mut deserializer = serde_json::Deserializer::from_str(raw.get());
                Checked(self.0).deserialize(&mut deserializer).map_err(A::Error::custom)?;
            }
        }
        Ok(found)
    }
}

/// Reads a value to its end and keeps nothing of it.
struct Checked<'c>(Depth<'c>);

impl<'de> DeserializeSeed<'de> for Checked<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.0.enter()?;
        while map.next_key_seed(Checked(depth))?.is_some() {
            map.next_value_seed(Checked(depth))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let depth = self.0.enter()?;
        while seq.next_element_seed(Checked(depth))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
