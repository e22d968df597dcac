//! Rows of prompts, versions and labels.

use ::prompts::content::PromptContent;
use ::prompts::model::{Label, LabelName, Prompt, PromptId, PromptName, PromptVersion, VersionId, VersionSummary};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::ids::{ProjectId, UserId};
use insights_core::text::search_form;

use super::WHAT;
use crate::failure::{Failure, unreadable};
use crate::schema::{prompt_labels, prompt_versions, prompts};
use crate::values::{from_json, from_uuid, instant, json_text, lookup, stamp};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = prompts)]
pub(super) struct PromptRow {
    pub(super) id: String,
    project_id: i64,
    revision: i64,
    name: String,
    latest_version: i64,
    deleted: bool,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    updated_at: NaiveDateTime,
}

impl PromptRow {
    /// The prompt with those of the labels that are its own.
    pub(super) fn into_prompt(self, labels: &[LabelRow]) -> Result<Prompt, Failure> {
        let own = labels.iter().filter(|label| label.prompt_id == self.id);
        Ok(Prompt {
            id: PromptId(from_uuid(WHAT, &self.id)?),
            project: ProjectId(self.project_id),
            revision: self.revision,
            name: PromptName::kept(self.name),
            latest_version: number(self.latest_version)?,
            labels: own.map(Label::try_from).collect::<Result<_, _>>()?,
            deleted: self.deleted,
            created_at: instant(self.created_at),
            created_by: self.created_by.map(UserId),
            updated_at: instant(self.updated_at),
        })
    }
}

/// What a prompt is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = prompts, treat_none_as_default_value = false)]
pub(super) struct NewPromptRow {
    id: String,
    project_id: i64,
    search_text: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedPromptRow,
}

impl NewPromptRow {
    pub(super) fn new(prompt: &Prompt, version: &PromptVersion) -> Self {
        Self {
            id: prompt.id.to_string(),
            project_id: prompt.project.0,
            search_text: search_text(version),
            created_at: stamp(prompt.created_at),
            created_by: prompt.created_by.map(|user| user.0),
            changeable: ChangedPromptRow::of_revision(prompt, prompt.revision),
        }
    }
}

/// What every change of a prompt writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = prompts)]
pub(super) struct ChangedPromptRow {
    revision: i64,
    name: String,
    search_name: String,
    latest_version: i64,
    deleted: bool,
    updated_at: NaiveDateTime,
}

impl ChangedPromptRow {
    pub(super) fn of_revision(prompt: &Prompt, revision: i64) -> Self {
        Self {
            revision,
            name: prompt.name.as_str().to_owned(),
            search_name: search_form(prompt.name.as_str()),
            latest_version: i64::from(prompt.latest_version),
            deleted: prompt.deleted,
            updated_at: stamp(prompt.updated_at),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = prompt_versions)]
pub(super) struct VersionRow {
    id: String,
    number: i64,
    content: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

impl TryFrom<VersionRow> for PromptVersion {
    type Error = Failure;

    fn try_from(row: VersionRow) -> Result<Self, Failure> {
        Ok(Self {
            id: VersionId(from_uuid(WHAT, &row.id)?),
            number: number(row.number)?,
            content: content(&row.content)?,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = prompt_versions)]
pub(super) struct SummaryRow {
    pub(super) id: String,
    number: i64,
    preview: String,
    size_bytes: i64,
    variables: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

impl TryFrom<SummaryRow> for VersionSummary {
    type Error = Failure;

    fn try_from(row: SummaryRow) -> Result<Self, Failure> {
        let size_bytes = usize::try_from(row.size_bytes);
        Ok(Self {
            id: VersionId(from_uuid(WHAT, &row.id)?),
            number: number(row.number)?,
            preview: from_json(WHAT, &row.preview)?,
            size_bytes: size_bytes.map_err(|_| unreadable(WHAT, format!("size {}", row.size_bytes)))?,
            variables: from_json(WHAT, &row.variables)?,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = prompt_versions, treat_none_as_default_value = false)]
pub(super) struct NewVersionRow {
    prompt_id: String,
    number: i64,
    id: String,
    content: String,
    preview: String,
    size_bytes: i64,
    variables: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

impl NewVersionRow {
    pub(super) fn new(prompt: PromptId, version: &PromptVersion) -> Self {
        let summary = version.summary();
        Self {
            prompt_id: prompt.to_string(),
            number: i64::from(version.number),
            id: version.id.to_string(),
            content: json_text(version.content.value()),
            preview: json_text(&summary.preview),
            size_bytes: i64::try_from(summary.size_bytes).expect("what fits into memory is no longer than that"),
            variables: json_text(&summary.variables),
            created_at: stamp(version.created_at),
            created_by: version.created_by.map(|user| user.0),
        }
    }
}

#[derive(Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = prompt_labels, treat_none_as_default_value = false)]
pub(super) struct LabelRow {
    prompt_id: String,
    name: String,
    id: String,
    version: i64,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    updated_at: NaiveDateTime,
}

impl LabelRow {
    pub(super) fn new(prompt: PromptId, label: &Label) -> Self {
        Self {
            prompt_id: prompt.to_string(),
            name: label.name.as_str().to_owned(),
            id: label.id.to_string(),
            version: i64::from(label.version),
            created_at: stamp(label.created_at),
            created_by: label.created_by.map(|user| user.0),
            updated_at: stamp(label.updated_at),
        }
    }
}

impl TryFrom<&LabelRow> for Label {
    type Error = Failure;

    fn try_from(row: &LabelRow) -> Result<Self, Failure> {
        Ok(Self {
            id: from_uuid(WHAT, &row.id)?,
            name: LabelName::kept(row.name.clone()),
            version: number(row.version)?,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
            updated_at: instant(row.updated_at),
        })
    }
}

/// The form in which people find what a version says.
pub(super) fn search_text(version: &PromptVersion) -> String {
    search_form(&lookup(&version.content.text()))
}

/// What a version says, of its column.
pub(super) fn content(text: &str) -> Result<PromptContent, Failure> {
    Ok(PromptContent::kept(from_json(WHAT, text)?))
}

fn number(stored: i64) -> Result<u32, Failure> {
    u32::try_from(stored).map_err(|_| unreadable(WHAT, format!("version {stored}")))
}
