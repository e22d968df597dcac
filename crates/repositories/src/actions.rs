//! Actions.

use ::actions::model::{Action, ActionFields, ActionId};
use ::actions::repository::{ActionDraft, ActionFilter, ActionRepository};
use chrono::NaiveDateTime;
use diesel::dsl::IntoBoxed;
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::{Page, Paged};
use insights_core::repositories::DeletedRows;
use insights_core::text::search_form;

use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::actions;
use crate::values::{containing, from_json, instant, json_text, lookup, signed, stamp, unsigned};

const WHAT: &str = "action";

impl ActionRepository for DieselDatabase {
    fn create(&self, draft: &ActionDraft, activity: &NewActivity) -> RepositoryResult<Action> {
        self.write(WHAT, |connection| {
            let row = NewActionRow::new(draft);
            let id: i64 =
                diesel::insert_into(actions::table).values(row).returning(actions::id).get_result(connection)?;
            insert_activity(connection, activity, &id.to_string())?;
            load_one(connection, ActionId(id))
        })
    }

    fn get(&self, project: ProjectId, id: ActionId, rows: DeletedRows) -> RepositoryResult<Option<Action>> {
        self.read(WHAT, |connection| {
            let mut query = actions::table
                .filter(actions::project_id.eq(project.0))
                .filter(actions::id.eq(id.0))
                .into_boxed::<MultiBackend>();
            if rows == DeletedRows::Hidden {
                query = query.filter(actions::deleted.eq(false));
            }
            let row: Option<ActionRow> = query.select(ActionRow::as_select()).first(connection).optional()?;
            row.map(ActionRow::into_action).transpose()
        })
    }

    fn get_batch(&self, project: ProjectId, ids: &[ActionId]) -> RepositoryResult<Vec<Action>> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.read(WHAT, |connection| {
            let rows: Vec<ActionRow> = actions::table
                .filter(actions::project_id.eq(project.0))
                .filter(actions::id.eq_any(ids))
                .filter(actions::deleted.eq(false))
                .order(actions::id)
                .select(ActionRow::as_select())
                .load(connection)?;
            rows.into_iter().map(ActionRow::into_action).collect()
        })
    }

    fn list(&self, project: ProjectId, filter: &ActionFilter, page: Page) -> RepositoryResult<Paged<Action>> {
        self.read(WHAT, |connection| {
            let count: i64 = passing(project, filter).count().get_result(connection)?;
            let rows: Vec<ActionRow> = passing(project, filter)
                .order((actions::name.asc(), actions::id.asc()))
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(ActionRow::as_select())
                .load(connection)?;
            let items = rows.into_iter().map(ActionRow::into_action).collect::<Result<_, _>>()?;
            Ok(Paged { count: unsigned(count), items })
        })
    }

    fn update(&self, action: &Action, activity: Option<&NewActivity>) -> RepositoryResult<Action> {
        self.write(WHAT, |connection| {
            let stored =
                actions::table.filter(actions::id.eq(action.id.0)).filter(actions::project_id.eq(action.project.0));
            let unchanged = stored.filter(actions::version.eq(action.version));
            let row = ChangedActionRow::of_version(&action.fields, action.version + 1);
            if diesel::update(unchanged).set(row).execute(connection)? == 0 {
                let n_stored: i64 = stored.count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: WHAT }.into(),
                    _ => RepositoryError::Conflict { what: WHAT }.into(),
                });
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            load_one(connection, action.id)
        })
    }
}

fn passing(project: ProjectId, filter: &ActionFilter) -> IntoBoxed<'static, actions::table, MultiBackend> {
    let mut query = actions::table.into_boxed::<MultiBackend>();
    query = query.filter(actions::project_id.eq(project.0)).filter(actions::deleted.eq(false));
    if let Some(name) = &filter.name {
        query = query.filter(actions::name.eq(lookup(name)));
    }
    if let Some(search) = &filter.search {
        let pattern = containing(&search_form(search));
        query = query.filter(actions::search_text.like(pattern).escape('\\'));
    }
    query
}

fn load_one(connection: &mut AnyConnection, id: ActionId) -> Result<Action, Failure> {
    let row: ActionRow =
        actions::table.filter(actions::id.eq(id.0)).select(ActionRow::as_select()).first(connection)?;
    row.into_action()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = actions)]
struct ActionRow {
    id: i64,
    project_id: i64,
    version: i64,
    name: String,
    description: String,
    tags: String,
    post_to_slack: bool,
    slack_message_format: String,
    steps: String,
    pinned_at: Option<NaiveDateTime>,
    deleted: bool,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    updated_at: NaiveDateTime,
}

impl ActionRow {
    fn into_action(self) -> Result<Action, Failure> {
        let fields = ActionFields {
            name: self.name,
            description: self.description,
            tags: from_json(WHAT, &self.tags)?,
            post_to_slack: self.post_to_slack,
            slack_message_format: self.slack_message_format,
            steps: from_json(WHAT, &self.steps)?,
            pinned_at: self.pinned_at.map(instant),
            deleted: self.deleted,
            created_at: instant(self.created_at),
            created_by: self.created_by.map(UserId),
            updated_at: instant(self.updated_at),
        };
        Ok(Action { id: ActionId(self.id), project: ProjectId(self.project_id), version: self.version, fields })
    }
}

/// What an action is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = actions, treat_none_as_default_value = false)]
struct NewActionRow {
    project_id: i64,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedActionRow,
}

impl NewActionRow {
    fn new(draft: &ActionDraft) -> Self {
        Self {
            project_id: draft.project.0,
            created_at: stamp(draft.fields.created_at),
            created_by: draft.fields.created_by.map(|user| user.0),
            changeable: ChangedActionRow::of_version(&draft.fields, 1),
        }
    }
}

/// What every change of an action writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = actions, treat_none_as_null = true, treat_none_as_default_value = false)]
struct ChangedActionRow {
    version: i64,
    name: String,
    description: String,
    search_text: String,
    tags: String,
    post_to_slack: bool,
    slack_message_format: String,
    steps: String,
    pinned_at: Option<NaiveDateTime>,
    deleted: bool,
    updated_at: NaiveDateTime,
}

impl ChangedActionRow {
    fn of_version(fields: &ActionFields, version: i64) -> Self {
        Self {
            version,
            name: fields.name.clone(),
            description: fields.description.clone(),
            // Nobody searches for the control character between them, so that no search matches across both.
            search_text: search_form(&format!("{}\u{1}{}", fields.name, fields.description)),
            tags: json_text(&fields.tags),
            post_to_slack: fields.post_to_slack,
            slack_message_format: fields.slack_message_format.clone(),
            steps: json_text(&fields.steps),
            pinned_at: fields.pinned_at.map(stamp),
            deleted: fields.deleted,
            updated_at: stamp(fields.updated_at),
        }
    }
}
