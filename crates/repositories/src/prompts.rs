//! Prompts, their versions and labels.

mod list;
mod rows;

use ::prompts::model::{LabelName, Prompt, PromptAt, PromptId, PromptVersion, VersionSummary};
use ::prompts::repository::{ListedPrompt, PromptFilter, PromptKey, PromptRepository, VersionKey, VersionSlice};
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};

use self::rows::{
    ChangedPromptRow, LabelRow, NewPromptRow, NewVersionRow, PromptRow, SummaryRow, VersionRow, search_text,
};
use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::{prompt_labels, prompt_versions, prompts};
use crate::values::{lookup, signed};

const WHAT: &str = "prompt";

impl PromptRepository for DieselDatabase {
    fn create(&self, new: &PromptAt, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let row = NewPromptRow::new(&new.prompt, &new.version);
            diesel::insert_into(prompts::table).values(row).execute(connection)?;
            insert_version(connection, new.prompt.id, &new.version)?;
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn get(
        &self,
        project: ProjectId,
        prompt: PromptKey<'_>,
        version: VersionKey<'_>,
    ) -> RepositoryResult<Option<PromptAt>> {
        self.read(WHAT, |connection| {
            let Some(row) = find_prompt(connection, project, prompt)? else { return Ok(None) };
            // After the row, so that whoever changes what is read here together is refused where they do not belong together.
            let labels = labels_of(connection, std::slice::from_ref(&row.id))?;
            let prompt = row.into_prompt(&labels)?;
            let version = find_version(connection, &prompt, version)?;
            Ok(version.map(|version| PromptAt { prompt, version }))
        })
    }

    fn list(&self, project: ProjectId, filter: &PromptFilter, page: Page) -> RepositoryResult<Paged<ListedPrompt>> {
        self.read(WHAT, |connection| list::list(connection, project, filter, page))
    }

    fn versions(&self, project: ProjectId, id: PromptId, slice: VersionSlice) -> RepositoryResult<Vec<VersionSummary>> {
        self.read(WHAT, |connection| {
            let rows: Vec<SummaryRow> = prompt_versions::table
                .inner_join(prompts::table.on(prompts::id.eq(prompt_versions::prompt_id)))
                .filter(prompts::id.eq(id.to_string()))
                .filter(prompts::project_id.eq(project.0))
                .filter(prompts::deleted.eq(false))
                .filter(prompt_versions::number.lt(slice.before.map_or(i64::MAX, i64::from)))
                .order(prompt_versions::number.desc())
                .limit(i64::from(slice.limit))
                .offset(signed(slice.offset))
                .select(SummaryRow::as_select())
                .load(connection)?;
            rows.into_iter().map(VersionSummary::try_from).collect()
        })
    }

    fn update(&self, prompt: &Prompt, new: Option<&PromptVersion>, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let live = prompts::table
                .filter(prompts::id.eq(prompt.id.to_string()))
                .filter(prompts::project_id.eq(prompt.project.0))
                .filter(prompts::deleted.eq(false));
            let unchanged = live.clone().filter(prompts::revision.eq(prompt.revision));
            let row = ChangedPromptRow::of_revision(prompt, prompt.revision + 1);
            let found_by = new.map(|version| prompts::search_text.eq(search_text(version)));
            if diesel::update(unchanged).set((row, found_by)).execute(connection)? == 0 {
                let n_stored: i64 = live.count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: WHAT }.into(),
                    _ => RepositoryError::Conflict { what: WHAT }.into(),
                });
            }
            if let Some(new) = new {
                insert_version(connection, prompt.id, new)?;
            }
            replace_labels(connection, prompt)?;
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }
}

fn insert_version(connection: &mut AnyConnection, id: PromptId, version: &PromptVersion) -> Result<(), Failure> {
    diesel::insert_into(prompt_versions::table).values(NewVersionRow::new(id, version)).execute(connection)?;
    Ok(())
}

/// Makes the stored labels those of the prompt.
fn replace_labels(connection: &mut AnyConnection, prompt: &Prompt) -> Result<(), Failure> {
    let id = prompt.id.to_string();
    let wanted: Vec<LabelRow> = prompt.labels.iter().map(|label| LabelRow::new(prompt.id, label)).collect();
    let stored = labels_of(connection, std::slice::from_ref(&id))?;
    if stored == wanted {
        return Ok(());
    }
    diesel::delete(prompt_labels::table.filter(prompt_labels::prompt_id.eq(id))).execute(connection)?;
    for label in wanted {
        diesel::insert_into(prompt_labels::table).values(label).execute(connection)?;
    }
    Ok(())
}

fn find_prompt(
    connection: &mut AnyConnection,
    project: ProjectId,
    key: PromptKey<'_>,
) -> Result<Option<PromptRow>, Failure> {
    let mut query = prompts::table.into_boxed::<MultiBackend>();
    query = query.filter(prompts::project_id.eq(project.0)).filter(prompts::deleted.eq(false));
    query = match key {
        PromptKey::Id(id) => query.filter(prompts::id.eq(id.to_string())),
        PromptKey::Name(name) => query.filter(prompts::name.eq(lookup(name))),
    };
    Ok(query.select(PromptRow::as_select()).first(connection).optional()?)
}

fn find_version(
    connection: &mut AnyConnection,
    prompt: &Prompt,
    key: VersionKey<'_>,
) -> Result<Option<PromptVersion>, Failure> {
    let mut query = prompt_versions::table.into_boxed::<MultiBackend>();
    query = query.filter(prompt_versions::prompt_id.eq(prompt.id.to_string()));
    let of_label = |name: &LabelName| prompt.label(name).map(|label| i64::from(label.version));
    query = match key {
        VersionKey::Latest => query.filter(prompt_versions::number.eq(i64::from(prompt.latest_version))),
        VersionKey::Number(number) => query.filter(prompt_versions::number.eq(i64::from(number))),
        VersionKey::Id(id) => query.filter(prompt_versions::id.eq(id.to_string())),
        VersionKey::Label(name) => match of_label(name) {
            None => return Ok(None),
            Some(number) => query.filter(prompt_versions::number.eq(number)),
        },
    };
    let row: Option<VersionRow> = query.select(VersionRow::as_select()).first(connection).optional()?;
    row.map(PromptVersion::try_from).transpose()
}

/// The labels of those prompts, by name.
fn labels_of(connection: &mut AnyConnection, ids: &[String]) -> Result<Vec<LabelRow>, Failure> {
    Ok(prompt_labels::table
        .filter(prompt_labels::prompt_id.eq_any(ids))
        .order(prompt_labels::name)
        .select(LabelRow::as_select())
        .load(connection)?)
}
