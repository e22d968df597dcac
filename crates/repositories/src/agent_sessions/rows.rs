//! Rows of sessions.

use ::agent_sessions::model::{DeveloperId, Session, SessionKey};
use ::agent_sessions::repository::Edited;
use ::agent_sessions::sub_session::{SubSession, SubSessionId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::ids::OrganizationId;

use crate::failure::{Failure, unreadable};
use crate::schema::{agent_material, agent_sessions, agent_sub_sessions};
use crate::values::{from_json, from_uuid, json_text, stamp};

/// A session as lists show it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = agent_sessions)]
pub(super) struct SessionRow {
    pub(super) id: String,
    edited_title: Option<String>,
    edited_summary: Option<String>,
    session: Option<String>,
}

impl TryFrom<SessionRow> for Session {
    type Error = Failure;

    fn try_from(row: SessionRow) -> Result<Self, Failure> {
        let body = row.session.ok_or_else(|| unreadable("session", "it has times and no body"))?;
        let mut session: Self = from_json("session", &body)?;
        Edited { title: row.edited_title, summary: row.edited_summary }.apply(&mut session);
        Ok(session)
    }
}

/// Which session.
#[derive(Queryable, Selectable)]
#[diesel(table_name = agent_sessions)]
pub(super) struct KeyRow {
    organization_id: String,
    developer_id: String,
    session_id: String,
}

impl TryFrom<KeyRow> for SessionKey {
    type Error = Failure;

    fn try_from(row: KeyRow) -> Result<Self, Failure> {
        Ok(Self {
            organization: OrganizationId(from_uuid("organization", &row.organization_id)?),
            developer: DeveloperId(from_uuid("developer", &row.developer_id)?),
            session_id: row.session_id,
        })
    }
}

/// An event or a point.
#[derive(Queryable, Selectable)]
#[diesel(table_name = agent_material)]
pub(super) struct MaterialRow {
    pub(super) is_metric: bool,
    pub(super) body: String,
}

/// A sub-session. What it has to do with others stands in columns, as others change that.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = agent_sub_sessions)]
pub(super) struct SubSessionRow {
    session_uid: String,
    number: i64,
    id: String,
    organization_id: String,
    developer_id: String,
    started_at: NaiveDateTime,
    rework_by: Option<String>,
    continues: Option<String>,
    body: String,
}

impl SubSessionRow {
    pub(super) fn new(uid: &str, key: &SessionKey, sub: &SubSession) -> Self {
        Self {
            session_uid: uid.to_owned(),
            number: i64::from(sub.number),
            id: sub.id.to_string(),
            organization_id: key.organization.to_string(),
            developer_id: key.developer.to_string(),
            started_at: stamp(sub.started_at),
            rework_by: sub.rubric.rework_by.map(|id| id.to_string()),
            continues: sub.continues.map(|id| id.to_string()),
            body: json_text(sub),
        }
    }
}

impl TryFrom<SubSessionRow> for SubSession {
    type Error = Failure;

    fn try_from(row: SubSessionRow) -> Result<Self, Failure> {
        let id = |text: Option<String>| text.map(|text| from_uuid("sub-session", &text).map(SubSessionId)).transpose();
        let mut sub: Self = from_json("sub-session", &row.body)?;
        sub.rubric.rework_by = id(row.rework_by)?;
        sub.continues = id(row.continues)?;
        Ok(sub)
    }
}
