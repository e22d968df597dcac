//! Transcripts: a row for each segment, and one that says how far they go. Every writer holds the row of the recording.

use std::collections::HashMap;

use ::recordings::model::RecordingId;
use ::recordings::transcript::{Batch, Entry, Extent, Known, Placed, Transcript};
use diesel::prelude::*;
use diesel::sql_types::Text;
use insights_core::text::search_form;

use super::WHAT;
use crate::connection::{AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::schema::{recording_batches, recording_segments, recording_transcripts};
use crate::values::{from_uuid, signed, unsigned};

#[derive(Queryable, Selectable)]
#[diesel(table_name = recording_transcripts)]
struct ExtentRow {
    n_segments: i64,
    n_bytes: i64,
    n_arrived: i64,
    reached_ms: Option<f64>,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = recording_transcripts, treat_none_as_null = true, treat_none_as_default_value = false)]
struct ChangedExtentRow {
    n_segments: i64,
    n_bytes: i64,
    n_arrived: i64,
    reached_ms: Option<f64>,
}

impl From<ExtentRow> for Extent {
    fn from(row: ExtentRow) -> Self {
        Self {
            n_segments: size(row.n_segments),
            n_bytes: size(row.n_bytes),
            n_arrived: unsigned(row.n_arrived),
            reached_ms: row.reached_ms,
        }
    }
}

impl From<Extent> for ChangedExtentRow {
    fn from(extent: Extent) -> Self {
        Self {
            n_segments: signed(extent.n_segments as u64),
            n_bytes: signed(extent.n_bytes as u64),
            n_arrived: signed(extent.n_arrived),
            reached_ms: extent.reached_ms,
        }
    }
}

/// What a segment may become later on.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = recording_segments)]
struct WordsRow<'a> {
    is_provisional: bool,
    text: &'a str,
    search_text: String,
    body: &'a str,
}

impl<'a> From<&'a Entry> for WordsRow<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            is_provisional: entry.segment.is_provisional(),
            text: &entry.segment.text,
            search_text: search_form(&entry.segment.text),
            body: &entry.json,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = recording_segments)]
struct SegmentRow<'a> {
    recording_id: &'a str,
    identity: &'a str,
    order_ms: f64,
    arrival: i64,
    #[diesel(embed)]
    words: WordsRow<'a>,
}

impl<'a> SegmentRow<'a> {
    fn new(recording: &'a str, placed: &'a Placed) -> Self {
        Self {
            recording_id: recording,
            identity: &placed.entry.identity,
            order_ms: placed.order_ms,
            arrival: signed(placed.arrival),
            words: WordsRow::from(&placed.entry),
        }
    }
}

#[derive(QueryableByName)]
struct TranscriptRow {
    #[diesel(sql_type = Text)]
    recording_id: String,
    #[diesel(sql_type = Text)]
    words: String,
    #[diesel(sql_type = Text)]
    bodies: String,
}

/// An empty transcript.
pub(super) fn begin(connection: &mut AnyConnection, id: RecordingId) -> Result<(), Failure> {
    let row = (recording_transcripts::recording_id.eq(id.to_string()), ChangedExtentRow::from(Extent::default()));
    diesel::insert_into(recording_transcripts::table).values(row).execute(connection)?;
    Ok(())
}

/// Adds a batch, and tells whether it changed anything.
pub(super) fn append(connection: &mut AnyConnection, id: RecordingId, batch: &Batch) -> Result<bool, Failure> {
    let recording = id.to_string();
    let same = recording_batches::table
        .filter(recording_batches::recording_id.eq(&recording))
        .filter(recording_batches::hash.eq(&batch.hash));
    let n_same: i64 = same.count().get_result(connection)?;
    if n_same > 0 {
        return Ok(false);
    }
    let extent: ExtentRow = recording_transcripts::table
        .filter(recording_transcripts::recording_id.eq(&recording))
        .select(ExtentRow::as_select())
        .first(connection)?;
    let known = known(connection, &recording, batch)?;
    let is_change = add(connection, &recording, extent.into(), batch, &known)?;
    if is_change {
        let row = (recording_batches::recording_id.eq(&recording), recording_batches::hash.eq(&batch.hash));
        diesel::insert_into(recording_batches::table).values(row).execute(connection)?;
    }
    Ok(is_change)
}

/// Puts a batch in the place of everything, and forgets which batches came before.
pub(super) fn replace(connection: &mut AnyConnection, id: RecordingId, batch: &Batch) -> Result<(), Failure> {
    let recording = id.to_string();
    let segments = recording_segments::table.filter(recording_segments::recording_id.eq(&recording));
    diesel::delete(segments).execute(connection)?;
    let batches = recording_batches::table.filter(recording_batches::recording_id.eq(&recording));
    diesel::delete(batches).execute(connection)?;
    if !add(connection, &recording, Extent::default(), batch, &HashMap::new())? {
        write_extent(connection, &recording, Extent::default())?;
    }
    Ok(())
}

/// Bytes of the segments of recordings.
pub(super) fn sizes(
    connection: &mut AnyConnection,
    ids: impl Iterator<Item = RecordingId>,
) -> Result<HashMap<RecordingId, usize>, Failure> {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    let rows: Vec<(String, i64)> = recording_transcripts::table
        .filter(recording_transcripts::recording_id.eq_any(ids))
        .select((recording_transcripts::recording_id, recording_transcripts::n_bytes))
        .load(connection)?;
    rows.into_iter().map(|(id, bytes)| Ok((RecordingId(from_uuid(WHAT, &id)?), size(bytes)))).collect()
}

/// The transcripts of recordings, put together by the database: nothing of a segment is taken apart on its way to an answer.
pub(super) fn load(
    connection: &mut AnyConnection,
    ids: &[RecordingId],
) -> Result<HashMap<RecordingId, Transcript>, Failure> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let marks: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let query = format!(
        "SELECT recording_id, string_agg(text, ' ' ORDER BY order_ms, arrival) AS words, \
         string_agg(body, ',' ORDER BY order_ms, arrival) AS bodies \
         FROM recording_segments WHERE recording_id IN ({}) GROUP BY recording_id",
        marks.join(", ")
    );
    let mut query = diesel::sql_query(query).into_boxed::<MultiBackend>();
    for id in ids {
        query = query.bind::<Text, _>(id.to_string());
    }
    let rows: Vec<TranscriptRow> = query.load(connection)?;
    let transcripts = rows.into_iter().map(|row| {
        let transcript = Transcript { text: row.words, segments_json: format!("[{}]", row.bodies) };
        Ok((RecordingId(from_uuid(WHAT, &row.recording_id)?), transcript))
    });
    transcripts.collect()
}

/// The segments of the batch's identities that are there already.
fn known(connection: &mut AnyConnection, recording: &str, batch: &Batch) -> Result<HashMap<String, Known>, Failure> {
    let identities: Vec<&str> = batch.entries.iter().map(|entry| entry.identity.as_str()).collect();
    let rows: Vec<(String, bool, String)> = recording_segments::table
        .filter(recording_segments::recording_id.eq(recording))
        .filter(recording_segments::identity.eq_any(identities))
        .select((recording_segments::identity, recording_segments::is_provisional, recording_segments::body))
        .load(connection)?;
    let known = rows
        .into_iter()
        .map(|(identity, is_provisional, body)| (identity, Known { is_provisional, n_bytes: body.len() }));
    Ok(known.collect())
}

/// Writes what a batch changes, and tells whether it is anything.
fn add(
    connection: &mut AnyConnection,
    recording: &str,
    extent: Extent,
    batch: &Batch,
    known: &HashMap<String, Known>,
) -> Result<bool, Failure> {
    let addition = extent.add(batch, known)?;
    if addition.is_empty() {
        return Ok(false);
    }
    for placed in &addition.added {
        diesel::insert_into(recording_segments::table)
            .values(SegmentRow::new(recording, placed))
            .execute(connection)?;
    }
    for entry in &addition.replaced {
        let old = recording_segments::table
            .filter(recording_segments::recording_id.eq(recording))
            .filter(recording_segments::identity.eq(&entry.identity));
        diesel::update(old).set(WordsRow::from(entry)).execute(connection)?;
    }
    write_extent(connection, recording, addition.extent)?;
    Ok(true)
}

fn write_extent(connection: &mut AnyConnection, recording: &str, extent: Extent) -> Result<(), Failure> {
    let stored = recording_transcripts::table.filter(recording_transcripts::recording_id.eq(recording));
    diesel::update(stored).set(ChangedExtentRow::from(extent)).execute(connection)?;
    Ok(())
}

/// A count that fits into memory, as all that are written do.
fn size(count: i64) -> usize {
    usize::try_from(unsigned(count)).unwrap_or(usize::MAX)
}
