//! The activity log.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::activity::repository::{ActivityFilter, ActivityRepository};
use insights_core::activity::{ActivityEntry, NewActivity};
use insights_core::error::RepositoryResult;
use insights_core::ids::{ActivityId, OrganizationId, ProjectId, UserId};
use insights_core::paging::{Page, Paged};

use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::activity_log;
use crate::values::{from_json, from_uuid, instant, json_text, lookup, signed, stamp, unsigned};

#[derive(Queryable, Selectable)]
#[diesel(table_name = activity_log)]
struct ActivityRow {
    id: i64,
    organization_id: String,
    project_id: Option<i64>,
    user_id: Option<i64>,
    is_system: bool,
    activity: String,
    scope: String,
    item_id: String,
    detail: String,
    created_at: NaiveDateTime,
}

impl TryFrom<ActivityRow> for ActivityEntry {
    type Error = Failure;

    fn try_from(row: ActivityRow) -> Result<Self, Failure> {
        let activity = NewActivity {
            organization: OrganizationId(from_uuid("activity", &row.organization_id)?),
            project: row.project_id.map(ProjectId),
            user: row.user_id.map(UserId),
            is_system: row.is_system,
            activity: row.activity,
            scope: row.scope,
            item_id: row.item_id,
            detail: from_json("activity", &row.detail)?,
            created_at: instant(row.created_at),
        };
        Ok(Self { id: ActivityId(row.id), activity })
    }
}

#[derive(Insertable)]
#[diesel(table_name = activity_log, treat_none_as_default_value = false)]
struct NewActivityRow<'a> {
    organization_id: String,
    project_id: Option<i64>,
    user_id: Option<i64>,
    is_system: bool,
    activity: &'a str,
    scope: &'a str,
    item_id: &'a str,
    detail: String,
    created_at: NaiveDateTime,
}

impl ActivityRepository for DieselDatabase {
    fn append(&self, activity: &NewActivity) -> RepositoryResult<ActivityEntry> {
        let id = self.write("activity", |connection| insert_activity(connection, activity, &activity.item_id))?;
        Ok(ActivityEntry { id, activity: activity.clone() })
    }

    fn list(&self, filter: &ActivityFilter, page: Page) -> RepositoryResult<Paged<ActivityEntry>> {
        let asked_for = || {
            let mut query = activity_log::table
                .filter(activity_log::project_id.eq(Some(filter.project.0)))
                .filter(activity_log::scope.eq(&filter.scope))
                .into_boxed::<MultiBackend>();
            if let Some(item_id) = &filter.item_id {
                query = query.filter(activity_log::item_id.eq(lookup(item_id)));
            }
            query
        };
        self.read("activity", |connection| {
            let count: i64 = asked_for().count().get_result(connection)?;
            let rows: Vec<ActivityRow> = asked_for()
                .order((activity_log::created_at.desc(), activity_log::id.desc()))
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(ActivityRow::as_select())
                .load(connection)?;
            let items = rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
            Ok(Paged { count: unsigned(count), items })
        })
    }
}

/// Writes a row about the thing of that id.
pub(crate) fn insert_activity(
    connection: &mut AnyConnection,
    activity: &NewActivity,
    item_id: &str,
) -> Result<ActivityId, Failure> {
    let row = NewActivityRow {
        organization_id: activity.organization.to_string(),
        project_id: activity.project.map(|project| project.0),
        user_id: activity.user.map(|user| user.0),
        is_system: activity.is_system,
        activity: &activity.activity,
        scope: &activity.scope,
        item_id,
        detail: json_text(&activity.detail),
        created_at: stamp(activity.created_at),
    };
    let id = diesel::insert_into(activity_log::table).values(row).returning(activity_log::id).get_result(connection)?;
    Ok(ActivityId(id))
}
