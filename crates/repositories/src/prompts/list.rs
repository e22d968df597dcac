//! Lists of prompts: the filter and the order as SQL.

use std::collections::HashMap;

use ::prompts::content::PromptContent;
use ::prompts::model::LabelName;
use ::prompts::repository::{ContentLoad, ListedPrompt, PromptFilter, PromptOrder, PromptOrderField};
use diesel::dsl::{IntoBoxed, exists};
use diesel::prelude::*;
use insights_core::ids::ProjectId;
use insights_core::insight::filter::Direction;
use insights_core::paging::{Page, Paged};
use insights_core::text::search_form;

use super::labels_of;
use super::rows::{PromptRow, SummaryRow, content};
use crate::connection::{AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::schema::{prompt_labels, prompt_versions, prompts};
use crate::values::{containing, lookup, signed, unsigned};

type Query<'a> = IntoBoxed<'a, prompts::table, MultiBackend>;

pub(super) fn list(
    connection: &mut AnyConnection,
    project: ProjectId,
    filter: &PromptFilter,
    page: Page,
) -> Result<Paged<ListedPrompt>, Failure> {
    let count: i64 = passing(project, filter).count().get_result(connection)?;
    let ids: Vec<String> = ordered(passing(project, filter), filter.order)
        .limit(i64::from(page.limit()))
        .offset(signed(page.offset()))
        .select(prompts::id)
        .load(connection)?;
    Ok(Paged { count: unsigned(count), items: load(connection, &ids, filter)? })
}

/// The project's live prompts that pass the filter.
fn passing(project: ProjectId, filter: &PromptFilter) -> Query<'static> {
    let mut query = prompts::table.into_boxed::<MultiBackend>();
    query = query.filter(prompts::project_id.eq(project.0)).filter(prompts::deleted.eq(false));
    if let Some(search) = &filter.search {
        let pattern = containing(&search_form(search));
        let in_name = prompts::search_name.like(pattern.clone()).escape('\\');
        query = query.filter(in_name.or(prompts::search_text.like(pattern).escape('\\')));
    }
    if let Some(user) = filter.created_by {
        query = query.filter(prompts::created_by.eq(Some(user.0)));
    }
    if let Some(label) = &filter.label {
        let labelled = prompt_labels::table
            .filter(prompt_labels::prompt_id.eq(prompts::id))
            .filter(prompt_labels::name.eq(lookup(label.as_str())));
        query = query.filter(exists(labelled));
    }
    query
}

fn ordered<'a>(query: Query<'a>, order: PromptOrder) -> Query<'a> {
    macro_rules! by {
        ($column:expr) => {
            match order.direction {
                Direction::Ascending => query.order(($column.asc(), prompts::id.asc())),
                Direction::Descending => query.order(($column.desc(), prompts::id.desc())),
            }
        };
    }
    match order.field {
        PromptOrderField::CreatedAt => by!(prompts::created_at),
        PromptOrderField::UpdatedAt => by!(prompts::updated_at),
        PromptOrderField::Name => by!(prompts::name),
        PromptOrderField::LatestVersion => by!(prompts::latest_version),
    }
}

/// Those prompts in that order, each together with the version at which the filter shows it; one that has gone meanwhile is left out.
fn load(connection: &mut AnyConnection, ids: &[String], filter: &PromptFilter) -> Result<Vec<ListedPrompt>, Failure> {
    let rows = match &filter.label {
        None => at_last_versions(connection, ids)?,
        Some(label) => at_label(connection, ids, label)?,
    };
    let labels = labels_of(connection, ids)?;
    let mut contents = match filter.content {
        ContentLoad::Left => HashMap::new(),
        ContentLoad::Whole => contents(connection, rows.iter().map(|(_, version)| version.id.clone()).collect())?,
    };
    let mut found = HashMap::with_capacity(rows.len());
    for (prompt, version) in rows {
        let (id, content) = (prompt.id.clone(), contents.remove(&version.id));
        found.insert(id, ListedPrompt { prompt: prompt.into_prompt(&labels)?, version: version.try_into()?, content });
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

fn at_last_versions(connection: &mut AnyConnection, ids: &[String]) -> Result<Vec<(PromptRow, SummaryRow)>, Failure> {
    let last = prompt_versions::prompt_id.eq(prompts::id).and(prompt_versions::number.eq(prompts::latest_version));
    Ok(prompts::table
        .inner_join(prompt_versions::table.on(last))
        .filter(prompts::id.eq_any(ids))
        .select((PromptRow::as_select(), SummaryRow::as_select()))
        .load(connection)?)
}

fn at_label(
    connection: &mut AnyConnection,
    ids: &[String],
    label: &LabelName,
) -> Result<Vec<(PromptRow, SummaryRow)>, Failure> {
    let named = prompt_labels::prompt_id.eq(prompts::id).and(prompt_labels::name.eq(lookup(label.as_str())));
    let pointed_at = prompt_versions::prompt_id.eq(prompts::id).and(prompt_versions::number.eq(prompt_labels::version));
    Ok(prompts::table
        .inner_join(prompt_labels::table.on(named))
        .inner_join(prompt_versions::table.on(pointed_at))
        .filter(prompts::id.eq_any(ids))
        .select((PromptRow::as_select(), SummaryRow::as_select()))
        .load(connection)?)
}

/// What the versions of those ids say.
fn contents(connection: &mut AnyConnection, ids: Vec<String>) -> Result<HashMap<String, PromptContent>, Failure> {
    let rows: Vec<(String, String)> = prompt_versions::table
        .filter(prompt_versions::id.eq_any(ids))
        .select((prompt_versions::id, prompt_versions::content))
        .load(connection)?;
    rows.into_iter().map(|(id, text)| Ok((id, content(&text)?))).collect()
}
