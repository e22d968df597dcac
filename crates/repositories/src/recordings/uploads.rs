//! Uploads of videos, and the rows of their parts.

use std::ops::Range;

use ::recordings::model::RecordingId;
use ::recordings::video::model::{MediaType, Part, Upload, UploadId, UploadState};
use ::recordings::video::repository::{Step, UploadRepository};
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use insights_core::api_key::secret::SecureValue;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::objects::ObjectKey;

use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::{desktop_recordings, recording_parts, recording_uploads};
use crate::values::{from_uuid, instant, signed, stamp, unsigned};

const WHAT: &str = "upload";

impl UploadRepository for DieselDatabase {
    fn create(&self, upload: &Upload) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            diesel::insert_into(recording_uploads::table).values(UploadRow::from(upload)).execute(connection)?;
            Ok(())
        })
    }

    fn get(&self, recording: RecordingId) -> RepositoryResult<Option<Upload>> {
        self.read(WHAT, |connection| {
            let row = recording_uploads::table
                .find(recording.to_string())
                .select(UploadRow::as_select())
                .first(connection)
                .optional()?;
            row.map(Upload::try_from).transpose()
        })
    }

    fn restart(&self, former: UploadId, upload: &Upload) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let incomplete = [UploadState::Open.name(), UploadState::GivenUp.name()];
            let stored = recording_uploads::table
                .find(upload.recording.to_string())
                .filter(recording_uploads::upload_id.eq(former.to_string()))
                .filter(recording_uploads::state.eq_any(incomplete));
            if diesel::update(stored).set(UploadRow::from(upload)).execute(connection)? == 0 {
                return Err(RepositoryError::Conflict { what: WHAT }.into());
            }
            let parts = recording_parts::table.filter(recording_parts::upload_id.eq(former.to_string()));
            diesel::delete(parts).execute(connection)?;
            Ok(())
        })
    }

    fn advance(&self, upload: UploadId, from: u64, step: &Step, now: DateTime<Utc>) -> RepositoryResult<Upload> {
        self.write(WHAT, |connection| {
            let at = recording_uploads::table
                .filter(recording_uploads::upload_id.eq(upload.to_string()))
                .filter(recording_uploads::state.eq(UploadState::Open.name()))
                .filter(recording_uploads::offset_bytes.eq(signed(from)));
            let row = at.clone().select(UploadRow::as_select()).first(connection).optional()?;
            let row = row.ok_or(RepositoryError::Conflict { what: WHAT })?;
            let after = Upload::try_from(row)?.after(step, now);
            // Another transaction may have been faster since the row was read.
            if diesel::update(at).set(UploadRow::from(&after)).execute(connection)? == 0 {
                return Err(RepositoryError::Conflict { what: WHAT }.into());
            }
            for part in &step.parts {
                let row = PartRow::new(upload, part);
                diesel::insert_into(recording_parts::table).values(row).execute(connection)?;
            }
            Ok(after)
        })
    }

    fn parts(&self, upload: UploadId, range: Range<u64>, limit: u32) -> RepositoryResult<Vec<Part>> {
        self.read(WHAT, |connection| {
            let rows: Vec<PartRow> = recording_parts::table
                .filter(recording_parts::upload_id.eq(upload.to_string()))
                .filter(recording_parts::start_byte.lt(signed(range.end)))
                .filter(recording_parts::end_byte.gt(signed(range.start)))
                .order(recording_parts::start_byte)
                .limit(i64::from(limit))
                .select(PartRow::as_select())
                .load(connection)?;
            rows.into_iter().map(Part::try_from).collect()
        })
    }

    fn mark_announced(&self, upload: UploadId) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let stored = recording_uploads::table.filter(recording_uploads::upload_id.eq(upload.to_string()));
            let announced = recording_uploads::state.eq(UploadState::Announced.name());
            diesel::update(stored).set(announced).execute(connection)?;
            Ok(())
        })
    }

    fn unannounced(&self, limit: u32) -> RepositoryResult<Vec<Upload>> {
        self.read(WHAT, |connection| {
            let rows: Vec<UploadRow> = recording_uploads::table
                .filter(recording_uploads::state.eq(UploadState::Complete.name()))
                .order((recording_uploads::created_at, recording_uploads::recording_id))
                .limit(i64::from(limit))
                .select(UploadRow::as_select())
                .load(connection)?;
            rows.into_iter().map(Upload::try_from).collect()
        })
    }

    fn useless(&self, now: DateTime<Utc>, made_before: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Upload>> {
        self.read(WHAT, |connection| {
            let incomplete = [UploadState::Open.name(), UploadState::GivenUp.name()];
            let has_expired =
                recording_uploads::state.eq_any(incomplete).and(recording_uploads::expires_at.le(stamp(now)));
            let of_it = desktop_recordings::table.filter(desktop_recordings::id.eq(recording_uploads::recording_id));
            let is_alone = recording_uploads::created_at.lt(stamp(made_before)).and(not(exists(of_it)));
            let rows: Vec<UploadRow> = recording_uploads::table
                .filter(has_expired.or(is_alone))
                .order((recording_uploads::created_at, recording_uploads::recording_id))
                .limit(i64::from(limit))
                .select(UploadRow::as_select())
                .load(connection)?;
            rows.into_iter().map(Upload::try_from).collect()
        })
    }

    fn remove(&self, upload: UploadId) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let id = upload.to_string();
            diesel::delete(recording_parts::table.filter(recording_parts::upload_id.eq(&id))).execute(connection)?;
            diesel::delete(recording_uploads::table.filter(recording_uploads::upload_id.eq(&id)))
                .execute(connection)?;
            Ok(())
        })
    }
}

#[derive(AsChangeset, Insertable, Queryable, Selectable)]
#[diesel(table_name = recording_uploads, primary_key(recording_id), treat_none_as_null = true)]
struct UploadRow {
    recording_id: String,
    upload_id: String,
    sdk_upload_id: String,
    token_hash: Option<String>,
    state: String,
    length_bytes: Option<i64>,
    offset_bytes: i64,
    n_parts: i64,
    media_type: Option<String>,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    completed_at: Option<NaiveDateTime>,
}

impl From<&Upload> for UploadRow {
    fn from(upload: &Upload) -> Self {
        Self {
            recording_id: upload.recording.to_string(),
            upload_id: upload.id.to_string(),
            sdk_upload_id: upload.sdk_upload_id.clone(),
            token_hash: upload.token_hash.as_ref().map(|hash| hash.0.clone()),
            state: upload.state.name().to_owned(),
            length_bytes: upload.length.map(signed),
            offset_bytes: signed(upload.offset),
            n_parts: signed(upload.n_parts),
            media_type: upload.media_type.map(|media_type| media_type.name().to_owned()),
            created_at: stamp(upload.created_at),
            expires_at: stamp(upload.expires_at),
            completed_at: upload.completed_at.map(stamp),
        }
    }
}

impl TryFrom<UploadRow> for Upload {
    type Error = Failure;

    fn try_from(row: UploadRow) -> Result<Self, Failure> {
        let state = UploadState::from_name(&row.state);
        Ok(Self {
            recording: RecordingId(from_uuid(WHAT, &row.recording_id)?),
            sdk_upload_id: row.sdk_upload_id,
            id: UploadId(from_uuid(WHAT, &row.upload_id)?),
            token_hash: row.token_hash.map(SecureValue),
            state: state.ok_or_else(|| unreadable(WHAT, format!("state {}", row.state)))?,
            length: row.length_bytes.map(unsigned),
            offset: unsigned(row.offset_bytes),
            n_parts: unsigned(row.n_parts),
            // One that this version does not know is told as unknown bytes.
            media_type: row.media_type.as_deref().and_then(MediaType::from_name),
            created_at: instant(row.created_at),
            expires_at: instant(row.expires_at),
            completed_at: row.completed_at.map(instant),
        })
    }
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = recording_parts)]
struct PartRow {
    upload_id: String,
    start_byte: i64,
    end_byte: i64,
    object_key: String,
}

impl PartRow {
    fn new(upload: UploadId, part: &Part) -> Self {
        Self {
            upload_id: upload.to_string(),
            start_byte: signed(part.start),
            end_byte: signed(part.end()),
            object_key: part.key.to_string(),
        }
    }
}

impl TryFrom<PartRow> for Part {
    type Error = Failure;

    fn try_from(row: PartRow) -> Result<Self, Failure> {
        let key = ObjectKey::parse(&row.object_key);
        let (start, end) = (unsigned(row.start_byte), unsigned(row.end_byte));
        let size_bytes = end.checked_sub(start).filter(|size| *size > 0);
        Ok(Self {
            start,
            size_bytes: size_bytes.ok_or_else(|| unreadable(WHAT, format!("part {start}..{end}")))?,
            key: key.ok_or_else(|| unreadable(WHAT, format!("key {}", row.object_key)))?,
        })
    }
}
