//! Shares.

use ::sharing::model::{
    AccessToken, GRACE, SharePassword, SharePasswordFields, SharePasswordId, SharedThing, Sharing, SharingFields,
    SharingId,
};
use ::sharing::password::PasswordHash;
use ::sharing::repository::{FormerToken, SharingDraft, SharingRepository};
use ::sharing::settings::SharingSettings;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{DashboardId, InsightId, ProjectId, UserId};

use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::{dashboards, former_access_tokens, insights, share_passwords, sharing_configurations};
use crate::values::{from_json, instant, json_text, stamp};

const WHAT: &str = "sharing";

impl SharingRepository for DieselDatabase {
    fn create(&self, draft: &SharingDraft, activity: Option<&NewActivity>) -> RepositoryResult<Sharing> {
        self.write(WHAT, |connection| {
            require_thing(connection, draft.project, draft.thing)?;
            let row = NewSharingRow::new(draft);
            let id: i64 = diesel::insert_into(sharing_configurations::table)
                .values(row)
                .returning(sharing_configurations::id)
                .get_result(connection)?;
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            load_one(connection, id)
        })
    }

    fn get(&self, project: ProjectId, thing: SharedThing) -> RepositoryResult<Option<Sharing>> {
        self.read(WHAT, |connection| {
            let mut query = sharing_configurations::table
                .filter(sharing_configurations::project_id.eq(project.0))
                .into_boxed::<MultiBackend>();
            query = match thing {
                SharedThing::Insight(id) => query.filter(sharing_configurations::insight_id.eq(Some(id.0))),
                SharedThing::Dashboard(id) => query.filter(sharing_configurations::dashboard_id.eq(Some(id.0))),
            };
            let row: Option<SharingRow> = query.select(SharingRow::as_select()).first(connection).optional()?;
            row.map(|row| row.into_sharing(connection)).transpose()
        })
    }

    fn find_by_token(&self, token: &AccessToken, now: DateTime<Utc>) -> RepositoryResult<Option<Sharing>> {
        self.read(WHAT, |connection| {
            let current: Option<SharingRow> = sharing_configurations::table
                .filter(sharing_configurations::access_token.eq(token.reveal()))
                .select(SharingRow::as_select())
                .first(connection)
                .optional()?;
            if let Some(row) = current {
                return row.into_sharing(connection).map(Some);
            }
            let of_former: Option<i64> = former_access_tokens::table
                .filter(former_access_tokens::access_token.eq(token.reveal()))
                .filter(former_access_tokens::expires_at.gt(stamp(now)))
                .select(former_access_tokens::sharing_id)
                .first(connection)
                .optional()?;
            of_former.map(|id| load_one(connection, id)).transpose()
        })
    }

    fn shared_dashboards(&self, project: ProjectId, ids: &[DashboardId]) -> RepositoryResult<Vec<DashboardId>> {
        let ids: Vec<Option<i64>> = ids.iter().map(|id| Some(id.0)).collect();
        self.read(WHAT, |connection| {
            let shared: Vec<Option<i64>> = sharing_configurations::table
                .filter(sharing_configurations::project_id.eq(project.0))
                .filter(sharing_configurations::enabled.eq(true))
                .filter(sharing_configurations::dashboard_id.eq_any(ids))
                .order(sharing_configurations::dashboard_id)
                .select(sharing_configurations::dashboard_id)
                .load(connection)?;
            Ok(shared.into_iter().flatten().map(DashboardId).collect())
        })
    }

    fn update(
        &self,
        sharing: &Sharing,
        former: Option<&FormerToken>,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Sharing> {
        self.write(WHAT, |connection| {
            let stored = sharing_configurations::table.filter(sharing_configurations::id.eq(sharing.id.0));
            let unchanged = stored.filter(sharing_configurations::version.eq(sharing.version));
            let row = ChangedSharingRow::of_version(&sharing.fields, sharing.version + 1);
            if diesel::update(unchanged).set(row).execute(connection)? == 0 {
                let n_stored: i64 = stored.count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: WHAT }.into(),
                    _ => RepositoryError::Conflict { what: WHAT }.into(),
                });
            }
            if let Some(former) = former {
                let expired = former_access_tokens::table
                    .filter(former_access_tokens::sharing_id.eq(sharing.id.0))
                    .filter(former_access_tokens::expires_at.le(stamp(former.expires_at - GRACE)));
                diesel::delete(expired).execute(connection)?;
                let row = (
                    former_access_tokens::access_token.eq(former.token.reveal()),
                    former_access_tokens::sharing_id.eq(sharing.id.0),
                    former_access_tokens::expires_at.eq(stamp(former.expires_at)),
                );
                diesel::insert_into(former_access_tokens::table).values(row).execute(connection)?;
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            load_one(connection, sharing.id.0)
        })
    }

    fn add_password(
        &self,
        sharing: SharingId,
        fields: &SharePasswordFields,
        limit: usize,
    ) -> RepositoryResult<SharePassword> {
        self.write(WHAT, |connection| {
            // The share's row is written first: on PostgreSQL that keeps two additions at once from passing the limit together.
            let stored = sharing_configurations::table.filter(sharing_configurations::id.eq(sharing.0));
            let touched = diesel::update(stored)
                .set(sharing_configurations::version.eq(sharing_configurations::version))
                .execute(connection)?;
            if touched == 0 {
                return Err(RepositoryError::NotFound { what: WHAT }.into());
            }
            if passwords_of(connection, sharing.0)?.len() >= limit {
                return Err(RepositoryError::Limit { what: "passwords", limit }.into());
            }
            let row = (
                share_passwords::sharing_id.eq(sharing.0),
                share_passwords::created_at.eq(stamp(fields.created_at)),
                share_passwords::created_by.eq(fields.created_by.map(|user| user.0)),
                share_passwords::note.eq(&fields.note),
                share_passwords::is_active.eq(true),
                share_passwords::hash.eq(&fields.hash.0),
            );
            let id: i64 = diesel::insert_into(share_passwords::table)
                .values(row)
                .returning(share_passwords::id)
                .get_result(connection)?;
            Ok(SharePassword { id: SharePasswordId(id), fields: fields.clone() })
        })
    }

    fn deactivate_password(&self, sharing: SharingId, id: SharePasswordId) -> RepositoryResult<()> {
        self.write("password", |connection| {
            let active = share_passwords::table
                .filter(share_passwords::id.eq(id.0))
                .filter(share_passwords::sharing_id.eq(sharing.0))
                .filter(share_passwords::is_active.eq(true));
            match diesel::update(active).set(share_passwords::is_active.eq(false)).execute(connection)? {
                0 => Err(RepositoryError::NotFound { what: "password" }.into()),
                _ => Ok(()),
            }
        })
    }
}

/// Refuses a thing that is not the project's.
fn require_thing(connection: &mut AnyConnection, project: ProjectId, thing: SharedThing) -> Result<(), Failure> {
    let n_found: i64 = match thing {
        SharedThing::Insight(id) => insights::table
            .filter(insights::id.eq(id.0))
            .filter(insights::project_id.eq(project.0))
            .count()
            .get_result(connection)?,
        SharedThing::Dashboard(id) => dashboards::table
            .filter(dashboards::id.eq(id.0))
            .filter(dashboards::project_id.eq(project.0))
            .count()
            .get_result(connection)?,
    };
    if n_found == 0 { Err(RepositoryError::NotFound { what: thing.name() }.into()) } else { Ok(()) }
}

fn load_one(connection: &mut AnyConnection, id: i64) -> Result<Sharing, Failure> {
    let row: SharingRow = sharing_configurations::table
        .filter(sharing_configurations::id.eq(id))
        .select(SharingRow::as_select())
        .first(connection)?;
    row.into_sharing(connection)
}

fn passwords_of(connection: &mut AnyConnection, sharing: i64) -> Result<Vec<SharePassword>, Failure> {
    let rows: Vec<PasswordRow> = share_passwords::table
        .filter(share_passwords::sharing_id.eq(sharing))
        .filter(share_passwords::is_active.eq(true))
        .order(share_passwords::id)
        .select(PasswordRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(SharePassword::from).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sharing_configurations)]
struct SharingRow {
    id: i64,
    project_id: i64,
    insight_id: Option<i64>,
    dashboard_id: Option<i64>,
    version: i64,
    created_at: NaiveDateTime,
    enabled: bool,
    access_token: String,
    settings: Option<String>,
    password_required: bool,
}

impl SharingRow {
    fn into_sharing(self, connection: &mut AnyConnection) -> Result<Sharing, Failure> {
        let thing = match (self.insight_id, self.dashboard_id) {
            (Some(id), None) => SharedThing::Insight(InsightId(id)),
            (None, Some(id)) => SharedThing::Dashboard(DashboardId(id)),
            _ => return Err(unreadable(WHAT, "it is not of one thing")),
        };
        let settings = self.settings.map(|text| from_json::<SharingSettings>(WHAT, &text)).transpose()?;
        let fields = SharingFields {
            created_at: instant(self.created_at),
            enabled: self.enabled,
            access_token: AccessToken::parse(&self.access_token)
                .ok_or_else(|| unreadable(WHAT, "its token is none"))?,
            settings,
            password_required: self.password_required,
        };
        Ok(Sharing {
            id: SharingId(self.id),
            project: ProjectId(self.project_id),
            thing,
            version: self.version,
            fields,
            passwords: passwords_of(connection, self.id)?,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = share_passwords)]
struct PasswordRow {
    id: i64,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    note: String,
    hash: String,
}

impl From<PasswordRow> for SharePassword {
    fn from(row: PasswordRow) -> Self {
        let fields = SharePasswordFields {
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
            note: row.note,
            hash: PasswordHash(row.hash),
        };
        Self { id: SharePasswordId(row.id), fields }
    }
}

/// What a share is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = sharing_configurations, treat_none_as_default_value = false)]
struct NewSharingRow {
    project_id: i64,
    insight_id: Option<i64>,
    dashboard_id: Option<i64>,
    created_at: NaiveDateTime,
    #[diesel(embed)]
    changeable: ChangedSharingRow,
}

impl NewSharingRow {
    fn new(draft: &SharingDraft) -> Self {
        let (insight_id, dashboard_id) = match draft.thing {
            SharedThing::Insight(id) => (Some(id.0), None),
            SharedThing::Dashboard(id) => (None, Some(id.0)),
        };
        Self {
            project_id: draft.project.0,
            insight_id,
            dashboard_id,
            created_at: stamp(draft.fields.created_at),
            changeable: ChangedSharingRow::of_version(&draft.fields, 1),
        }
    }
}

/// What every change of a share writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = sharing_configurations, treat_none_as_null = true, treat_none_as_default_value = false)]
struct ChangedSharingRow {
    version: i64,
    enabled: bool,
    access_token: String,
    settings: Option<String>,
    password_required: bool,
}

impl ChangedSharingRow {
    fn of_version(fields: &SharingFields, version: i64) -> Self {
        Self {
            version,
            enabled: fields.enabled,
            access_token: fields.access_token.reveal().to_owned(),
            settings: fields.settings.as_ref().map(json_text),
            password_required: fields.password_required,
        }
    }
}
