//! Sessions of coding agents.

mod rows;

use ::agent_sessions::assembly::Material;
use ::agent_sessions::event::TelemetryEvent;
use ::agent_sessions::judge::Judgement;
use ::agent_sessions::metric::TelemetryMetric;
use ::agent_sessions::model::{DeveloperId, FullSession, Session, SessionKey};
use ::agent_sessions::relate::Relation;
use ::agent_sessions::repository::{
    AgentSessionRepository, Appended, Edited, Filter, MAX_MATERIAL, Slice, StoredSession, session_uid,
};
use ::agent_sessions::sub_session::{SubSession, SubSessionId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Timestamp};
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::OrganizationId;

use self::rows::{KeyRow, MaterialRow, SessionRow, SubSessionRow};
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::{agent_material, agent_sessions, agent_sub_sessions};
use crate::values::{from_json, json_text, lookup, signed, stamp};

const WHAT: &str = "session";

/// Makes the row of a session where there is none, and locks it in either case. Diesel offers no upsert over several databases.
const TOUCH: &str = "INSERT INTO agent_sessions (id, organization_id, developer_id, session_id, revision, judged_revision, judgement, size) \
                     VALUES ($1, $2, $3, $4, 0, 0, $5, 0) ON CONFLICT (id) DO UPDATE SET size = agent_sessions.size";

/// Adds what is not there yet.
const ADD: &str = "INSERT INTO agent_material (session_uid, dedup_key, happened_at, is_metric, body) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (session_uid, dedup_key) DO NOTHING";

impl AgentSessionRepository for DieselDatabase {
    fn append(
        &self,
        key: &SessionKey,
        events: &[TelemetryEvent],
        metrics: &[TelemetryMetric],
    ) -> RepositoryResult<Appended> {
        let uid = session_uid(key).to_string();
        self.write(WHAT, |connection| {
            diesel::sql_query(TOUCH)
                .bind::<Text, _>(&uid)
                .bind::<Text, _>(key.organization.to_string())
                .bind::<Text, _>(key.developer.to_string())
                .bind::<Text, _>(&key.session_id)
                .bind::<Text, _>(json_text(&Judgement::Rules))
                .execute(connection)?;
            let row = agent_sessions::table.filter(agent_sessions::id.eq(&uid));
            let size: i64 = row.select(agent_sessions::size).first(connection)?;
            let mut room = MAX_MATERIAL.saturating_sub(usize::try_from(size).unwrap_or(usize::MAX));
            let mut appended = Appended::default();
            for event in events {
                if room > 0 && add(connection, &uid, &event.dedup_key(), event.time, false, &json_text(event))? {
                    (appended.events, room) = (appended.events + 1, room - 1);
                }
            }
            for point in metrics {
                if room > 0 && add(connection, &uid, &point.dedup_key(), point.time, true, &json_text(point))? {
                    (appended.metrics, room) = (appended.metrics + 1, room - 1);
                }
            }
            if appended != Appended::default() {
                let more = i64::try_from(appended.events + appended.metrics).unwrap_or(i64::MAX);
                let change = (
                    agent_sessions::revision.eq(agent_sessions::revision + 1),
                    agent_sessions::size.eq(agent_sessions::size + more),
                );
                diesel::update(row).set(change).execute(connection)?;
            }
            Ok(appended)
        })
    }

    fn material(&self, key: &SessionKey) -> RepositoryResult<Option<StoredSession>> {
        let uid = session_uid(key).to_string();
        self.read(WHAT, |connection| {
            // The revision first: whoever stores what follows from more than was there then is refused, and reads again.
            let head: Option<(i64, String)> = agent_sessions::table
                .filter(agent_sessions::id.eq(&uid))
                .select((agent_sessions::revision, agent_sessions::judgement))
                .first(connection)
                .optional()?;
            let Some((revision, judgement)) = head else { return Ok(None) };
            let rows: Vec<MaterialRow> = agent_material::table
                .filter(agent_material::session_uid.eq(&uid))
                .order((agent_material::happened_at, agent_material::dedup_key))
                .select(MaterialRow::as_select())
                .load(connection)?;
            let mut material = Material { key: key.clone(), events: Vec::new(), metrics: Vec::new() };
            for row in rows {
                if row.is_metric {
                    material.metrics.push(from_json("point of a metric", &row.body)?);
                } else {
                    material.events.push(from_json("event of a session", &row.body)?);
                }
            }
            Ok(Some(StoredSession { material, revision, judgement: from_json("judgement", &judgement)? }))
        })
    }

    fn put(&self, full: &FullSession, revision: i64, relations: &[Relation]) -> RepositoryResult<()> {
        let key = &full.session.key;
        let uid = session_uid(key).to_string();
        self.write(WHAT, |connection| {
            let change = (
                agent_sessions::started_at.eq(stamp(full.session.started_at)),
                agent_sessions::ended_at.eq(stamp(full.session.ended_at)),
                agent_sessions::session.eq(json_text(&full.session)),
                agent_sessions::turns.eq(json_text(&full.turns)),
            );
            let row = agent_sessions::table.filter(agent_sessions::id.eq(&uid));
            let unchanged = row.filter(agent_sessions::revision.eq(revision));
            let n_changed = diesel::update(unchanged).set(change).execute(connection)?;
            check_changed(connection, &uid, n_changed)?;
            let old = agent_sub_sessions::table.filter(agent_sub_sessions::session_uid.eq(&uid));
            diesel::delete(old).execute(connection)?;
            for sub in &full.sub_sessions {
                let row = SubSessionRow::new(&uid, key, sub);
                diesel::insert_into(agent_sub_sessions::table).values(row).execute(connection)?;
            }
            for relation in relations {
                let others = agent_sub_sessions::table
                    .filter(agent_sub_sessions::id.eq(relation.id.to_string()))
                    .filter(agent_sub_sessions::organization_id.eq(key.organization.to_string()));
                let change = (
                    agent_sub_sessions::rework_by.eq(relation.rework_by.map(|id| id.to_string())),
                    agent_sub_sessions::continues.eq(relation.continues.map(|id| id.to_string())),
                );
                diesel::update(others).set(change).execute(connection)?;
            }
            Ok(())
        })
    }

    fn put_judgement(&self, key: &SessionKey, revision: i64, judgement: &Judgement) -> RepositoryResult<()> {
        let uid = session_uid(key).to_string();
        self.write(WHAT, |connection| {
            let row = agent_sessions::table.filter(agent_sessions::id.eq(&uid));
            let change = (
                agent_sessions::judgement.eq(json_text(judgement)),
                agent_sessions::revision.eq(revision + 1),
                agent_sessions::judged_revision.eq(revision + 1),
            );
            let unchanged = row.filter(agent_sessions::revision.eq(revision));
            let n_changed = diesel::update(unchanged).set(change).execute(connection)?;
            check_changed(connection, &uid, n_changed)
        })
    }

    fn put_edited(&self, key: &SessionKey, edited: &Edited) -> RepositoryResult<()> {
        let uid = session_uid(key).to_string();
        self.write(WHAT, |connection| {
            let row = agent_sessions::table.filter(agent_sessions::id.eq(&uid));
            let change =
                (agent_sessions::edited_title.eq(&edited.title), agent_sessions::edited_summary.eq(&edited.summary));
            let there = row.filter(agent_sessions::session.is_not_null());
            match diesel::update(there).set(change).execute(connection)? {
                0 => Err(RepositoryError::NotFound { what: WHAT }.into()),
                _ => Ok(()),
            }
        })
    }

    fn get(
        &self,
        organization: OrganizationId,
        developer: Option<DeveloperId>,
        session_id: &str,
    ) -> RepositoryResult<Option<FullSession>> {
        self.read(WHAT, |connection| {
            let mut query = agent_sessions::table.into_boxed::<MultiBackend>();
            query = query
                .filter(agent_sessions::organization_id.eq(organization.to_string()))
                .filter(agent_sessions::session_id.eq(lookup(session_id)))
                .filter(agent_sessions::session.is_not_null());
            if let Some(developer) = developer {
                query = query.filter(agent_sessions::developer_id.eq(developer.to_string()));
            }
            let row: Option<SessionRow> = query
                .order((agent_sessions::ended_at.desc(), agent_sessions::id.desc()))
                .select(SessionRow::as_select())
                .first(connection)
                .optional()?;
            let Some(row) = row else { return Ok(None) };
            let turns: Option<String> = agent_sessions::table
                .filter(agent_sessions::id.eq(&row.id))
                .select(agent_sessions::turns)
                .first(connection)?;
            let subs: Vec<SubSessionRow> = agent_sub_sessions::table
                .filter(agent_sub_sessions::session_uid.eq(&row.id))
                .order(agent_sub_sessions::number)
                .select(SubSessionRow::as_select())
                .load(connection)?;
            Ok(Some(FullSession {
                session: row.try_into()?,
                sub_sessions: subs.into_iter().map(SubSession::try_from).collect::<Result<_, _>>()?,
                turns: from_json("turns", turns.as_deref().unwrap_or("[]"))?,
            }))
        })
    }

    fn sessions(&self, filter: &Filter, slice: Slice) -> RepositoryResult<Vec<Session>> {
        self.read(WHAT, |connection| {
            let mut query = agent_sessions::table.into_boxed::<MultiBackend>();
            query = query
                .filter(agent_sessions::organization_id.eq(filter.organization.to_string()))
                .filter(agent_sessions::started_at.ge(stamp(filter.began.from)))
                .filter(agent_sessions::started_at.lt(stamp(filter.began.to)));
            if let Some(developer) = filter.developer {
                query = query.filter(agent_sessions::developer_id.eq(developer.to_string()));
            }
            let rows: Vec<SessionRow> = query
                .order((agent_sessions::started_at.desc(), agent_sessions::id))
                .limit(i64::from(slice.limit))
                .offset(signed(slice.offset))
                .select(SessionRow::as_select())
                .load(connection)?;
            rows.into_iter().map(Session::try_from).collect()
        })
    }

    fn sub_sessions(&self, filter: &Filter, limit: u32) -> RepositoryResult<Vec<SubSession>> {
        self.read(WHAT, |connection| {
            let mut query = agent_sub_sessions::table.into_boxed::<MultiBackend>();
            query = query
                .filter(agent_sub_sessions::organization_id.eq(filter.organization.to_string()))
                .filter(agent_sub_sessions::started_at.ge(stamp(filter.began.from)))
                .filter(agent_sub_sessions::started_at.lt(stamp(filter.began.to)));
            if let Some(developer) = filter.developer {
                query = query.filter(agent_sub_sessions::developer_id.eq(developer.to_string()));
            }
            let rows: Vec<SubSessionRow> = query
                .order((agent_sub_sessions::started_at.desc(), agent_sub_sessions::id.desc()))
                .limit(i64::from(limit))
                .select(SubSessionRow::as_select())
                .load(connection)?;
            rows.into_iter().rev().map(SubSession::try_from).collect()
        })
    }

    fn session_of(&self, organization: OrganizationId, id: SubSessionId) -> RepositoryResult<Option<SessionKey>> {
        self.read(WHAT, |connection| {
            let row: Option<KeyRow> = agent_sub_sessions::table
                .inner_join(agent_sessions::table.on(agent_sessions::id.eq(agent_sub_sessions::session_uid)))
                .filter(agent_sub_sessions::id.eq(id.to_string()))
                .filter(agent_sub_sessions::organization_id.eq(organization.to_string()))
                .select(KeyRow::as_select())
                .first(connection)
                .optional()?;
            row.map(SessionKey::try_from).transpose()
        })
    }

    fn due(&self, ended_before: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<SessionKey>> {
        self.read(WHAT, |connection| {
            let rows: Vec<KeyRow> = agent_sessions::table
                .filter(agent_sessions::judged_revision.lt(agent_sessions::revision))
                .filter(agent_sessions::ended_at.lt(stamp(ended_before)))
                .order((agent_sessions::ended_at, agent_sessions::id))
                .limit(i64::from(limit))
                .select(KeyRow::as_select())
                .load(connection)?;
            rows.into_iter().map(SessionKey::try_from).collect()
        })
    }
}

fn add(
    connection: &mut AnyConnection,
    uid: &str,
    dedup_key: &str,
    time: DateTime<Utc>,
    is_metric: bool,
    body: &str,
) -> Result<bool, Failure> {
    let n_added = diesel::sql_query(ADD)
        .bind::<Text, _>(uid)
        .bind::<Text, _>(dedup_key)
        .bind::<Timestamp, _>(stamp(time))
        .bind::<Bool, _>(is_metric)
        .bind::<Text, _>(body)
        .execute(connection)?;
    Ok(n_added > 0)
}

/// Tells why nothing was changed.
fn check_changed(connection: &mut AnyConnection, uid: &str, n_changed: usize) -> Result<(), Failure> {
    if n_changed > 0 {
        return Ok(());
    }
    let n_stored: i64 = agent_sessions::table.filter(agent_sessions::id.eq(uid)).count().get_result(connection)?;
    Err(match n_stored {
        0 => RepositoryError::NotFound { what: WHAT }.into(),
        _ => RepositoryError::Conflict { what: WHAT }.into(),
    })
}
