//! Recordings and their transcripts.

mod rows;
mod transcripts;
mod uploads;

use std::collections::HashMap;

use ::recordings::model::{Recording, RecordingId};
use ::recordings::repository::{
    DueRecording, ListedRecording, RecordingChange, RecordingFilter, RecordingRepository, Writing,
};
use ::recordings::transcript::{Batch, Transcript};
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::{IntoBoxed, exists};
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};

use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::{desktop_recordings, recording_segments, recording_transcripts};
use crate::values::{containing, from_uuid, instant, lookup, signed, stamp, unsigned};
use rows::{ChangedRecordingRow, NewRecordingRow, RecordingRow};

const WHAT: &str = "recording";

impl RecordingRepository for DieselDatabase {
    fn create(&self, recording: &Recording, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            diesel::insert_into(desktop_recordings::table)
                .values(NewRecordingRow::new(recording))
                .execute(connection)?;
            transcripts::begin(connection, recording.id)?;
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn get(&self, project: ProjectId, id: RecordingId) -> RepositoryResult<Option<Recording>> {
        self.read(WHAT, |connection| {
            let row: Option<RecordingRow> = desktop_recordings::table
                .filter(desktop_recordings::id.eq(id.to_string()))
                .filter(desktop_recordings::project_id.eq(project.0))
                .select(RecordingRow::as_select())
                .first(connection)
                .optional()?;
            row.map(RecordingRow::into_recording).transpose()
        })
    }

    fn find(
        &self,
        sdk_upload_id: Option<&str>,
        recall_recording_id: Option<&str>,
    ) -> RepositoryResult<Option<Recording>> {
        self.read(WHAT, |connection| {
            let mut found: Option<RecordingRow> = None;
            if let Some(id) = sdk_upload_id {
                found = desktop_recordings::table
                    .filter(desktop_recordings::sdk_upload_id.eq(lookup(id)))
                    .select(RecordingRow::as_select())
                    .first(connection)
                    .optional()?;
            }
            if let (None, Some(id)) = (&found, recall_recording_id) {
                found = desktop_recordings::table
                    .filter(desktop_recordings::recall_recording_id.eq(lookup(id)))
                    .order(desktop_recordings::id)
                    .select(RecordingRow::as_select())
                    .first(connection)
                    .optional()?;
            }
            found.map(RecordingRow::into_recording).transpose()
        })
    }

    fn list(
        &self,
        project: ProjectId,
        filter: &RecordingFilter,
        page: Page,
    ) -> RepositoryResult<Paged<ListedRecording>> {
        self.read(WHAT, |connection| {
            let count: i64 = passing(project, filter).count().get_result(connection)?;
            let rows: Vec<RecordingRow> = passing(project, filter)
                .order((desktop_recordings::started_at.desc(), desktop_recordings::id.desc()))
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(RecordingRow::as_select())
                .load(connection)?;
            let recordings: Vec<Recording> =
                rows.into_iter().map(RecordingRow::into_recording).collect::<Result<_, _>>()?;
            let sizes = transcripts::sizes(connection, recordings.iter().map(|recording| recording.id))?;
            let items = recordings.into_iter().map(|recording| ListedRecording {
                transcript_bytes: sizes.get(&recording.id).copied().unwrap_or_default(),
                recording,
            });
            Ok(Paged { count: unsigned(count), items: items.collect() })
        })
    }

    fn transcripts(&self, ids: &[RecordingId]) -> RepositoryResult<HashMap<RecordingId, Transcript>> {
        self.read(WHAT, |connection| transcripts::load(connection, ids))
    }

    fn update(&self, change: &RecordingChange, activity: Option<&NewActivity>) -> RepositoryResult<Recording> {
        let RecordingChange { recording, transcript, writing } = change;
        self.write(WHAT, |connection| {
            let stored = desktop_recordings::table
                .filter(desktop_recordings::id.eq(recording.id.to_string()))
                .filter(desktop_recordings::project_id.eq(recording.project.0));
            let unchanged = stored.clone().filter(desktop_recordings::version.eq(recording.version));
            let row = ChangedRecordingRow::of_version(recording, recording.version + 1);
            if diesel::update(unchanged).set(row).execute(connection)? == 0 {
                let n_stored: i64 = stored.clone().count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: WHAT }.into(),
                    _ => RepositoryError::Conflict { what: WHAT }.into(),
                });
            }
            if let Some(batch) = transcript {
                transcripts::replace(connection, recording.id, batch)?;
            }
            match *writing {
                Writing::AsBefore => {}
                Writing::DueAt(at) => set_due(connection, recording.id, at)?,
                Writing::Done(at) => set_done(connection, recording.id, at)?,
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            stored.select(RecordingRow::as_select()).first::<RecordingRow>(connection)?.into_recording()
        })
    }

    fn append(
        &self,
        project: ProjectId,
        id: RecordingId,
        batch: &Batch,
        now: DateTime<Utc>,
        due_at: DateTime<Utc>,
    ) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| {
            let stored = desktop_recordings::table
                .filter(desktop_recordings::id.eq(id.to_string()))
                .filter(desktop_recordings::project_id.eq(project.0));
            // first, so that another writer of the same recording waits
            let held = diesel::update(stored.clone())
                .set(desktop_recordings::updated_at.eq(desktop_recordings::updated_at))
                .execute(connection)?;
            if held == 0 {
                return Err(RepositoryError::NotFound { what: WHAT }.into());
            }
            if !transcripts::append(connection, id, batch)? {
                return Ok(false);
            }
            diesel::update(stored.clone()).set(desktop_recordings::updated_at.eq(stamp(now))).execute(connection)?;
            let status: String = stored.select(desktop_recordings::status).first(connection)?;
            if status == ::recordings::status::Status::Ready.name() {
                set_due(connection, id, due_at)?;
            }
            Ok(true)
        })
    }

    fn delete(&self, project: ProjectId, id: RecordingId, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let stored = desktop_recordings::table
                .filter(desktop_recordings::id.eq(id.to_string()))
                .filter(desktop_recordings::project_id.eq(project.0));
            if diesel::delete(stored).execute(connection)? == 0 {
                return Err(RepositoryError::NotFound { what: WHAT }.into());
            }
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn due(&self, now: DateTime<Utc>, only: Option<RecordingId>, limit: u32) -> RepositoryResult<Vec<DueRecording>> {
        self.read(WHAT, |connection| {
            let mut query = recording_transcripts::table
                .inner_join(
                    desktop_recordings::table.on(desktop_recordings::id.eq(recording_transcripts::recording_id)),
                )
                .filter(recording_transcripts::writing_due_at.le(stamp(now)))
                .order((recording_transcripts::writing_due_at, recording_transcripts::recording_id))
                .limit(i64::from(limit))
                .select((
                    desktop_recordings::project_id,
                    recording_transcripts::recording_id,
                    recording_transcripts::writing_due_at.assume_not_null(),
                ))
                .into_boxed::<MultiBackend>();
            if let Some(only) = only {
                query = query.filter(recording_transcripts::recording_id.eq(only.to_string()));
            }
            let rows: Vec<(i64, String, NaiveDateTime)> = query.load(connection)?;
            let due = rows.into_iter().map(|(project, id, due_at)| {
                let id = RecordingId(from_uuid(WHAT, &id)?);
                Ok(DueRecording { project: ProjectId(project), id, due_at: instant(due_at) })
            });
            due.collect()
        })
    }
}

fn set_due(connection: &mut AnyConnection, id: RecordingId, at: DateTime<Utc>) -> Result<(), Failure> {
    let stored = recording_transcripts::table.filter(recording_transcripts::recording_id.eq(id.to_string()));
    diesel::update(stored).set(recording_transcripts::writing_due_at.eq(Some(stamp(at)))).execute(connection)?;
    Ok(())
}

/// Where something else is due meanwhile, it stays so.
fn set_done(connection: &mut AnyConnection, id: RecordingId, at: DateTime<Utc>) -> Result<(), Failure> {
    let stored = recording_transcripts::table
        .filter(recording_transcripts::recording_id.eq(id.to_string()))
        .filter(recording_transcripts::writing_due_at.eq(Some(stamp(at))));
    diesel::update(stored).set(recording_transcripts::writing_due_at.eq(None::<NaiveDateTime>)).execute(connection)?;
    Ok(())
}

fn passing(
    project: ProjectId,
    filter: &RecordingFilter,
) -> IntoBoxed<'static, desktop_recordings::table, MultiBackend> {
    use desktop_recordings as row;

    let mut query = row::table.into_boxed::<MultiBackend>().filter(row::project_id.eq(project.0));
    if let Some(user) = filter.user {
        query = query.filter(row::created_by.eq(user.0));
    }
    if let Some(platform) = filter.platform {
        query = query.filter(row::platform.eq(platform.name()));
    }
    if let Some(status) = filter.status {
        query = query.filter(row::status.eq(status.name()));
    }
    if let Some(from) = filter.started_from {
        query = query.filter(row::started_at.ge(stamp(from)));
    }
    if let Some(before) = filter.started_before {
        query = query.filter(row::started_at.lt(stamp(before)));
    }
    if let Some(part) = &filter.participant {
        query = query.filter(row::participants_search_text.like(containing(part)).escape('\\'));
    }
    for term in &filter.terms {
        let said = recording_segments::table
            .filter(recording_segments::recording_id.eq(row::id))
            .filter(recording_segments::search_text.like(containing(term)).escape('\\'));
        query = query.filter(row::search_text.like(containing(term)).escape('\\').or(exists(said)));
    }
    query
}
