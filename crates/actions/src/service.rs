//! The use cases of actions.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use insights_core::activity::diff::{FieldPair, diff};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::auth::Actor;
use insights_core::error::ServiceResult;
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use insights_core::repositories::DeletedRows;
use insights_core::retry;
use insights_core::text::{check_length, normalise_tags};
use insights_core::time::Clock;
use query_engine::definitions::ActionDefinition;
use serde_json::{Value, json};

use crate::model::{Action, ActionFields, ActionId, MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS, SCOPE};
use crate::repository::{ActionDraft, ActionFilter, ActionRepository};

/// What a new action is asked for with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewAction {
    /// See [`ActionFields::name`].
    pub name: String,
    /// See [`ActionFields::description`].
    pub description: String,
    /// In any form.
    pub tags: Vec<String>,
    /// See [`ActionFields::post_to_slack`].
    pub post_to_slack: bool,
    /// See [`ActionFields::slack_message_format`].
    pub slack_message_format: String,
    /// See [`ActionFields::steps`]; null stands for none.
    pub steps: Value,
    /// See [`ActionFields::pinned_at`].
    pub pinned_at: Option<DateTime<Utc>>,
}

/// What of an action is to change. `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionPatch {
    /// See [`ActionFields::name`].
    pub name: Option<String>,
    /// See [`ActionFields::description`].
    pub description: Option<String>,
    /// The only tags, in any form.
    pub tags: Option<Vec<String>>,
    /// See [`ActionFields::post_to_slack`].
    pub post_to_slack: Option<bool>,
    /// See [`ActionFields::slack_message_format`].
    pub slack_message_format: Option<String>,
    /// See [`ActionFields::steps`].
    pub steps: Option<Value>,
    /// See [`ActionFields::pinned_at`]; `Some(None)` unpins.
    pub pinned_at: Option<Option<DateTime<Utc>>>,
    /// Deletes (`true`) or brings back (`false`).
    pub deleted: Option<bool>,
}

/// The use cases of actions.
#[derive(Clone, Debug)]
pub struct ActionService {
    actions: Arc<dyn ActionRepository>,
    clock: Arc<dyn Clock>,
}

impl ActionService {
    /// A service over the repository.
    pub fn new(actions: Arc<dyn ActionRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { actions, clock }
    }

    /// Makes an action.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, actor: &Actor, new: NewAction) -> ServiceResult<Action> {
        let now = self.clock.now();
        let fields = ActionFields {
            name: new.name,
            description: new.description,
            tags: normalise_tags(&new.tags)?,
            post_to_slack: new.post_to_slack,
            slack_message_format: new.slack_message_format,
            steps: if new.steps.is_null() { Value::Array(Vec::new()) } else { new.steps },
            pinned_at: new.pinned_at,
            deleted: false,
            created_at: now,
            created_by: Some(actor.user),
            updated_at: now,
        };
        check(&fields)?;
        self.check_name(actor.project, &fields.name, None)?;
        let detail = ActivityDetail { name: Some(fields.name.clone()), ..ActivityDetail::default() };
        let activity = NewActivity::by(actor, verb::CREATED, SCOPE, String::new(), detail, now);
        Ok(self.actions.create(&ActionDraft { project: actor.project, fields }, &activity)?)
    }

    /// The project's live action of that number.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: ActionId) -> ServiceResult<Action> {
        let found = self.actions.get(project, id, DeletedRows::Hidden)?;
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// The project's live actions of those numbers, by number; others are left out.
    ///
    /// # Errors
    /// The repository's.
    pub fn get_batch(&self, project: ProjectId, ids: &[ActionId]) -> ServiceResult<Vec<Action>> {
        Ok(self.actions.get_batch(project, ids)?)
    }

    /// A page of the project's live actions by name, then by number.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, filter: &ActionFilter, page: Page) -> ServiceResult<Paged<Action>> {
        Ok(self.actions.list(project, filter, page)?)
    }

    /// Changes an action. A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is no live one (`deleted: false` finds deleted ones too), a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, id: ActionId, patch: &ActionPatch) -> ServiceResult<Action> {
        let rows = if patch.deleted == Some(false) { DeletedRows::Included } else { DeletedRows::Hidden };
        retry::on_conflict(|| {
            let old = self.actions.get(actor.project, id, rows)?.ok_or_else(Problem::not_found)?;
            let now = self.clock.now();
            let mut fields = apply(patch, &old.fields)?;
            if !fields.deleted && (fields.name != old.fields.name || old.fields.deleted) {
                self.check_name(actor.project, &fields.name, Some(id))?;
            }
            fields.updated_at = now;
            let verb = match (old.fields.deleted, fields.deleted) {
                (false, true) => verb::DELETED,
                (true, false) => verb::RESTORED,
                _ => verb::UPDATED,
            };
            let changes = diff(SCOPE, pairs(&old.fields, &fields));
            let activity = (verb != verb::UPDATED || !changes.is_empty()).then(|| {
                let detail = ActivityDetail {
                    changes: Some(changes),
                    name: Some(fields.name.clone()),
                    ..ActivityDetail::default()
                };
                NewActivity::by(actor, verb, SCOPE, id.to_string(), detail, now)
            });
            Ok(self.actions.update(&Action { fields, ..old }, activity.as_ref())?)
        })
    }

    /// Refuses a name that another live action has.
    fn check_name(&self, project: ProjectId, name: &str, own: Option<ActionId>) -> ServiceResult<()> {
        let filter = ActionFilter { name: Some(name.to_owned()), ..ActionFilter::default() };
        let same = self.actions.list(project, &filter, Page::first())?.items;
        match same.into_iter().find(|action| Some(action.id) != own) {
            None => Ok(()),
            Some(other) => Err(Problem {
                code: "unique",
                ..Problem::invalid(
                    "name",
                    format!("This project already has an action with this name, ID {}", other.id),
                )
            }
            .into()),
        }
    }
}

fn apply(patch: &ActionPatch, old: &ActionFields) -> Result<ActionFields, Problem> {
    let patch = patch.clone();
    let mut fields = old.clone();
    fields.name = patch.name.unwrap_or(fields.name);
    fields.description = patch.description.unwrap_or(fields.description);
    fields.post_to_slack = patch.post_to_slack.unwrap_or(fields.post_to_slack);
    fields.slack_message_format = patch.slack_message_format.unwrap_or(fields.slack_message_format);
    fields.steps = patch.steps.unwrap_or(fields.steps);
    fields.pinned_at = patch.pinned_at.unwrap_or(fields.pinned_at);
    fields.deleted = patch.deleted.unwrap_or(fields.deleted);
    if let Some(tags) = &patch.tags {
        fields.tags = normalise_tags(tags)?;
    }
    check(&fields)?;
    Ok(fields)
}

fn check(fields: &ActionFields) -> Result<(), Problem> {
    if fields.name.trim().is_empty() {
        return Err(Problem { code: "blank", ..Problem::invalid("name", "This field may not be blank.") });
    }
    check_length("name", &fields.name, MAX_NAME_CHARACTERS)?;
    check_length("description", &fields.description, MAX_DESCRIPTION_CHARACTERS)?;
    check_length("slack_message_format", &fields.slack_message_format, MAX_NAME_CHARACTERS)?;
    ActionDefinition::read(&fields.name, &fields.steps)
        .map_err(|error| Problem::invalid(error.field(), error.to_string()))?;
    Ok(())
}

fn pairs(old: &ActionFields, new: &ActionFields) -> Vec<FieldPair> {
    vec![
        FieldPair::relation("tags", old.tags.clone(), new.tags.clone()),
        FieldPair::column("name", old.name.clone(), new.name.clone()),
        FieldPair::column("description", old.description.clone(), new.description.clone()),
        FieldPair::column("post_to_slack", old.post_to_slack, new.post_to_slack),
        FieldPair::column("slack_message_format", old.slack_message_format.clone(), new.slack_message_format.clone()),
        FieldPair::column("steps", old.steps.clone(), new.steps.clone()),
        FieldPair::column("pinned_at", json!(old.pinned_at), json!(new.pinned_at)),
        FieldPair::column("deleted", old.deleted, new.deleted),
    ]
}
