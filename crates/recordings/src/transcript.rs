//! What was said: how batches of segments become one transcript, whoever sends them, however often, and in which order they come.
//!
//! - A segment with a time is the same as another of its recording with the same time and speaker. The first one stays, unless it is provisional
//!   (`is_final: false`): then the later one takes its place.
//! - A segment without a time is known by its place in its batch, and a batch by its content: one that is sent twice adds nothing, the same words in
//!   another batch are said again.
//! - Segments stand by their times, those of one time in the order in which they came. One without a time stands behind the latest time that the
//!   transcript had reached when it came.

use std::collections::HashMap;

use insights_core::error::RepositoryError;
use sha2::{Digest, Sha256};

use crate::segment::Segment;

/// Most segments of a recording.
pub const MAX_SEGMENTS: usize = 100_000;

/// Most bytes of a recording's segments, in the form in which they are kept and shown.
pub const MAX_TRANSCRIPT_BYTES: usize = 32 << 20;

/// Most segments that may come for a recording, those included that others replace.
pub const MAX_ARRIVALS: u64 = 10 * MAX_SEGMENTS as u64;

/// Where a segment without a time stands before any time is known.
const BEFORE_ALL_MS: f64 = -1.0;

/// What was said in a recording, in the form in which answers carry it: segments are written once, when they come, and not taken apart again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// The texts of all segments, with a space between.
    pub text: String,
    /// The segments as a JSON array.
    pub segments_json: String,
}

impl Default for Transcript {
    fn default() -> Self {
        Self { text: String::new(), segments_json: "[]".to_owned() }
    }
}

impl Transcript {
    /// Of segments in their order, each with its JSON.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let (mut text, mut segments_json) = (String::new(), String::from("["));
        for (at, entry) in entries.into_iter().enumerate() {
            if at > 0 {
                text.push(' ');
                segments_json.push(',');
            }
            text.push_str(&entry.segment.text);
            segments_json.push_str(&entry.json);
        }
        segments_json.push(']');
        Self { text, segments_json }
    }

    /// The segments.
    ///
    /// # Errors
    /// Where what is kept was not written by this program.
    pub fn segments(&self) -> Result<Vec<Segment>, RepositoryError> {
        serde_json::from_str(&self.segments_json)
            .map_err(|error| RepositoryError::Invalid { what: "segments", message: error.to_string() })
    }
}

/// A segment of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What makes it the same as another one of its recording.
    pub identity: String,
    /// It.
    pub segment: Segment,
    /// Its JSON.
    pub json: String,
}

/// Segments that came together.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The hash of what it holds, in hexadecimal: what makes it the same as another one.
    pub hash: String,
    /// The segments, each identity once.
    pub entries: Vec<Entry>,
}

impl Batch {
    /// Of segments that [`check_segments`](crate::segment::check_segments) found to be good.
    pub fn new(segments: Vec<Segment>) -> Self {
        let jsons = segments.iter().map(|segment| {
            // Numbers are finite and keys are texts: nothing in a segment cannot be written.
            serde_json::to_string(segment).expect("a segment can be written as JSON")
        });
        let jsons: Vec<String> = jsons.collect();
        let mut digest = Sha256::new();
        for json in &jsons {
            // No JSON holds a line break outside of its texts, where it is escaped: the pieces cannot be taken for other ones.
            digest.update(json);
            digest.update(b"\n");
        }
        let hash = hex::encode(digest.finalize());
        let mut batch = Self { hash, entries: Vec::with_capacity(segments.len()) };
        let mut places: HashMap<String, usize> = HashMap::new();
        for (at, (segment, json)) in segments.into_iter().zip(jsons).enumerate() {
            let identity = identity(&segment, &batch.hash, at);
            let entry = Entry { identity: identity.clone(), segment, json };
            match places.get(&identity) {
                None => {
                    places.insert(identity, batch.entries.len());
                    batch.entries.push(entry);
                }
                Some(place) if batch.entries[*place].segment.is_provisional() => batch.entries[*place] = entry,
                Some(_) => {}
            }
        }
        batch
    }
}

fn identity(segment: &Segment, batch: &str, at: usize) -> String {
    match (segment.timestamp_ms, &segment.speaker) {
        (Some(time), Some(speaker)) => format!("t{:016x}:{speaker}", time.to_bits()),
        (Some(time), None) => format!("t{:016x}", time.to_bits()),
        (None, _) => format!("b{batch}:{at}"),
    }
}

/// How far a transcript goes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// Segments in it.
    pub n_segments: usize,
    /// Bytes of their JSON.
    pub n_bytes: usize,
    /// Segments that ever came, those that others replaced included.
    pub n_arrived: u64,
    /// The latest time in it, in milliseconds.
    pub reached_ms: Option<f64>,
}

/// A segment that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whether a later one replaces it.
    pub is_provisional: bool,
    /// Bytes of its JSON.
    pub n_bytes: usize,
}

/// A segment with its place in the transcript: by `order_ms`, then by `arrival`.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The segment.
    pub entry: Entry,
    /// Its time, or the one that it stands behind.
    pub order_ms: f64,
    /// Its number among all that ever came.
    pub arrival: u64,
}

/// What a batch changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Addition {
    /// New segments.
    pub added: Vec<Placed>,
    /// Segments that take the place of the provisional ones of their identity.
    pub replaced: Vec<Entry>,
    /// How far the transcript goes then.
    pub extent: Extent,
}

impl Addition {
    /// Whether the batch changes nothing: sent again, it would not either.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.replaced.is_empty()
    }
}

impl Extent {
    /// What `batch` changes of a transcript that goes so far, where `known` are the segments of its identities that are there already.
    ///
    /// # Errors
    /// `Limit` where the transcript would become too long.
    pub fn add(mut self, batch: &Batch, known: &HashMap<String, Known>) -> Result<Addition, RepositoryError> {
        let (mut added, mut replaced) = (Vec::new(), Vec::new());
        for entry in &batch.entries {
            match known.get(&entry.identity) {
                Some(old) if old.is_provisional => {
                    self.n_bytes = self.n_bytes.saturating_sub(old.n_bytes) + entry.json.len();
                    self.n_arrived += 1;
                    replaced.push(entry.clone());
                }
                Some(_) => {}
                None => {
                    let order_ms = entry.segment.timestamp_ms.or(self.reached_ms).unwrap_or(BEFORE_ALL_MS);
                    added.push(Placed { entry: entry.clone(), order_ms, arrival: self.n_arrived });
                    self.n_segments += 1;
                    self.n_bytes += entry.json.len();
                    self.n_arrived += 1;
                    if let Some(time) = entry.segment.timestamp_ms {
                        self.reached_ms = Some(self.reached_ms.map_or(time, |reached| reached.max(time)));
                    }
                }
            }
        }
        if self.n_segments > MAX_SEGMENTS {
            return Err(RepositoryError::Limit { what: "segments of a recording", limit: MAX_SEGMENTS });
        }
        if self.n_arrived > MAX_ARRIVALS {
            let limit = usize::try_from(MAX_ARRIVALS).unwrap_or(usize::MAX);
            return Err(RepositoryError::Limit { what: "segments and corrections of a recording", limit });
        }
        if self.n_bytes > MAX_TRANSCRIPT_BYTES {
            return Err(RepositoryError::Limit { what: "bytes of a transcript", limit: MAX_TRANSCRIPT_BYTES });
        }
        Ok(Addition { added, replaced, extent: self })
    }
}

#[cfg(test)]
mod tests;
