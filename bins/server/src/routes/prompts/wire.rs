//! Prompts as clients see and send them.

use insights_core::ids::UserId;
use insights_core::paging::Page;
use insights_core::problem::{Problem, ProblemKind};
use prompts::content::{Edit, PromptContent};
use prompts::model::{Label, LabelName, Prompt, PromptAt, PromptName, VersionSummary};
use prompts::repository::{ContentLoad, ListedPrompt, PromptFilter, PromptOrder, VersionSlice, version_number};
use prompts::service::{NewPrompt, PromptPatch, Publication, VersionPage, bounded};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::authors::Authors;
use crate::extract::json::present;
use crate::paging::PageParams;
use crate::served_prompts::Wanted;
use crate::wire::{Timestamp, UserBasic};

/// Which prompts to list, and with how much of what they say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PromptListParams {
    /// Part of the name, or of the text of the last version, in any case.
    search: Option<String>,
    /// How much of what the prompts say comes along: all of it (the default, at most 100 prompts a page), its beginning, or nothing.
    content: Option<ContentMode>,
    /// `created_at`, `updated_at`, `name` or `version`, with `-` before it for the largest first. `-created_at` where absent.
    order_by: Option<String>,
    /// Lists prompts with this label alone, at the versions to which it points.
    label: Option<String>,
    /// Number of the user who made them.
    created_by_id: Option<i64>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

/// How much of what prompts say a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ContentMode {
    /// `prompt` has it all.
    #[default]
    Full,
    /// `prompt_preview` has the first 160 characters.
    Preview,
    /// None.
    None,
}

impl PromptListParams {
    pub(crate) fn into_parts(self) -> Result<(PromptFilter, ContentMode, Page), Problem> {
        let content = self.content.unwrap_or_default();
        let filter = PromptFilter {
            search: self.search.filter(|search| !search.trim().is_empty()),
            created_by: self.created_by_id.map(UserId),
            label: self.label.as_deref().map(LabelName::parse).transpose()?,
            order: self.order_by.as_deref().map(PromptOrder::parse).transpose()?.unwrap_or_default(),
            content: if content == ContentMode::Full { ContentLoad::Whole } else { ContentLoad::Left },
        };
        let page = bounded(PageParams { limit: self.limit, offset: self.offset }.page(), filter.content);
        Ok((filter, content, page))
    }
}

/// Which version of a prompt to fetch: the last one where neither is given.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FetchParams {
    /// Number of the version.
    version: Option<i64>,
    /// The label that points at the version.
    label: Option<String>,
}

impl FetchParams {
    pub(crate) fn wanted(&self) -> Result<Wanted, Problem> {
        match (self.version, &self.label) {
            (None, None) => Ok(Wanted::Latest),
            (Some(version), None) => Ok(Wanted::Number(version_number("version", version)?)),
            (None, Some(label)) => Ok(Wanted::Label(LabelName::parse(label)?)),
            (Some(_), Some(_)) => {
                let detail = "Use either version or label, not both.";
                Err(Problem::new(ProblemKind::Validation, "invalid_input", detail))
            }
        }
    }
}

/// Which version of a prompt to show, and which versions to list with it, the newest first.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResolveParams {
    /// Number of the version to show; the last one where absent.
    pub(crate) version: Option<i64>,
    /// Identity of the version to show; together with `version`, both have to be right.
    pub(crate) version_id: Option<Uuid>,
    /// Versions to list, 50 where absent, at most 100.
    limit: Option<i64>,
    /// Versions to pass over.
    offset: Option<i64>,
    /// Lists only versions before this number; not together with `offset`.
    before_version: Option<i64>,
}

impl ResolveParams {
    pub(crate) fn slice(&self) -> Result<VersionSlice, Problem> {
        VersionSlice::parse(self.limit, self.offset, self.before_version)
    }

    pub(crate) fn number(&self) -> Result<Option<u32>, Problem> {
        self.version.map(|version| version_number("version", version)).transpose()
    }
}

/// A prompt to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateLlmPrompt)]
pub(crate) struct CreatePromptRequest {
    /// Letters, digits, `-` and `_`, at most 255 characters; unique in the project.
    name: String,
    /// Any JSON but null, at most 1,000,000 bytes.
    prompt: Value,
    /// Makes it deleted.
    deleted: Option<bool>,
}

impl CreatePromptRequest {
    pub(crate) fn into_new(self) -> Result<NewPrompt, Problem> {
        let name = PromptName::parse("name", &self.name)?;
        let content = PromptContent::new(self.prompt)?;
        Ok(NewPrompt { name, content, deleted: self.deleted.unwrap_or(false) })
    }
}

/// What to change of a prompt. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchLlmPrompt)]
pub(crate) struct PatchPromptRequest {
    /// All versions follow it.
    name: Option<String>,
    /// What the prompt is to say: makes a version, unless the last one says the same.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Value>)]
    prompt: Option<Value>,
    /// `true` deletes it for good; its name is free then.
    deleted: Option<bool>,
}

impl PatchPromptRequest {
    pub(crate) fn into_patch(self) -> Result<PromptPatch, Problem> {
        Ok(PromptPatch {
            name: self.name.as_deref().map(|name| PromptName::parse("name", name)).transpose()?,
            content: self.prompt.map(PromptContent::new).transpose()?,
            deleted: self.deleted,
        })
    }
}

/// A version to publish: either `prompt` or `edits`. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PublishLlmPrompt)]
pub(crate) struct PublishRequest {
    /// What the version is to say.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Value>)]
    prompt: Option<Value>,
    /// Replacements in what the last version says, one after the other.
    edits: Option<Vec<EditRequest>>,
    /// The version that the change was made from; refused where that is not the last one any more.
    base_version: i64,
}

/// A replacement in the text of a prompt; in its JSON text, indented by two spaces, where it is no text.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = LlmPromptEdit)]
pub(crate) struct EditRequest {
    /// What is there exactly once.
    old: String,
    /// What is to be there instead.
    new: String,
}

impl PublishRequest {
    pub(crate) fn into_parts(self) -> Result<(u32, Publication), Problem> {
        let refused = |detail: &str| Problem::new(ProblemKind::Validation, "invalid_input", detail);
        let base_version = version_number("base_version", self.base_version)?;
        let publication = match (self.prompt, self.edits) {
            (Some(prompt), None) => Publication::Content(PromptContent::new(prompt)?),
            (None, Some(edits)) => Publication::Edits(edits.into_iter().map(Edit::from).collect()),
            (Some(_), Some(_)) => return Err(refused("Provide either prompt or edits, not both.")),
            (None, None) => return Err(refused("Either prompt or edits is required.")),
        };
        Ok((base_version, publication))
    }
}

impl From<EditRequest> for Edit {
    fn from(edit: EditRequest) -> Self {
        Self { old: edit.old, new: edit.new }
    }
}

/// What to call the copy of a prompt. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DuplicateLlmPrompt)]
pub(crate) struct DuplicateRequest {
    /// As the name of any prompt.
    pub(crate) new_name: String,
}

/// Where a label is to point. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SetLlmPromptLabel)]
pub(crate) struct SetLabelRequest {
    /// Number of the version.
    version: i64,
}

impl SetLabelRequest {
    pub(crate) fn version(&self) -> Result<u32, Problem> {
        version_number("version", self.version)
    }
}

/// A prompt at one of its versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LlmPrompt)]
pub(crate) struct PromptResponse {
    id: Uuid,
    name: String,
    /// What it says, any JSON. Left out of lists that were asked for without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<Value>,
    /// The first 160 characters; in lists that were asked for with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_preview: Option<String>,
    version: u32,
    /// The label by which the version was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Who made the prompt.
    created_by: Option<UserBasic>,
    /// When the prompt was made.
    created_at: Timestamp,
    /// When the prompt was last changed.
    updated_at: Timestamp,
    deleted: bool,
    /// Whether this is the last version.
    is_latest: bool,
    latest_version: u32,
    version_count: u32,
    first_version_created_at: Timestamp,
    /// Length of `prompt`, in bytes of JSON.
    prompt_size_bytes: usize,
    /// The names that stand in double braces in `prompt`, each once, in their order.
    variables: Vec<String>,
    /// The labels that point at this version.
    labels: Vec<String>,
    /// All labels of the prompt.
    all_labels: Vec<LabelVersion>,
}

/// Where a label points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LlmPromptLabelVersion)]
pub(crate) struct LabelVersion {
    name: String,
    version: u32,
}

impl PromptResponse {
    /// The prompt with all that it says.
    pub(crate) fn whole(found: PromptAt, authors: &Authors) -> Self {
        let summary = found.version.summary();
        let content = found.version.content;
        Self { prompt: Some(content.value().clone()), ..Self::without_content(found.prompt, summary, authors) }
    }

    /// The prompt as it was asked for by a label.
    pub(crate) fn asked_by(self, label: Option<&str>) -> Self {
        Self { label: label.map(str::to_owned), ..self }
    }

    /// A prompt of a list.
    pub(crate) fn listed(listed: ListedPrompt, mode: ContentMode, authors: &Authors) -> Self {
        let preview = (mode == ContentMode::Preview).then(|| listed.version.preview.clone());
        let content = listed.content.map(|content| content.value().clone());
        Self {
            prompt: content,
            prompt_preview: preview,
            ..Self::without_content(listed.prompt, listed.version, authors)
        }
    }

    fn without_content(prompt: Prompt, version: VersionSummary, authors: &Authors) -> Self {
        let labels = label_names(&prompt, version.number);
        let all_labels = prompt
            .labels
            .iter()
            .map(|label| LabelVersion { name: label.name.as_str().to_owned(), version: label.version });
        Self {
            id: prompt.id.0,
            name: prompt.name.as_str().to_owned(),
            prompt: None,
            prompt_preview: None,
            version: version.number,
            label: None,
            created_by: authors.get(prompt.created_by),
            created_at: Timestamp(prompt.created_at),
            updated_at: Timestamp(prompt.updated_at),
            deleted: prompt.deleted,
            is_latest: version.number == prompt.latest_version,
            latest_version: prompt.latest_version,
            version_count: prompt.latest_version,
            first_version_created_at: Timestamp(prompt.created_at),
            prompt_size_bytes: version.size_bytes,
            variables: version.variables,
            labels,
            all_labels: all_labels.collect(),
        }
    }
}

fn label_names(prompt: &Prompt, version: u32) -> Vec<String> {
    prompt.labels_of(version).map(|label| label.name.as_str().to_owned()).collect()
}

/// A version of a prompt, without what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LlmPromptVersion)]
pub(crate) struct VersionResponse {
    id: Uuid,
    version: u32,
    /// Who made the version.
    created_by: Option<UserBasic>,
    created_at: Timestamp,
    is_latest: bool,
    /// The first 160 characters of what it says.
    prompt_preview: String,
    prompt_size_bytes: usize,
    /// The labels that point at it.
    labels: Vec<String>,
}

impl VersionResponse {
    pub(crate) fn new(version: VersionSummary, prompt: &Prompt, authors: &Authors) -> Self {
        Self {
            id: version.id.0,
            version: version.number,
            created_by: authors.get(version.created_by),
            created_at: Timestamp(version.created_at),
            is_latest: version.number == prompt.latest_version,
            prompt_preview: version.preview,
            prompt_size_bytes: version.size_bytes,
            labels: label_names(prompt, version.number),
        }
    }
}

/// A prompt with a stretch of its versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResolvedLlmPrompt)]
pub(crate) struct ResolveResponse {
    prompt: PromptResponse,
    /// The newest first.
    versions: Vec<VersionResponse>,
    /// Whether older ones follow.
    has_more: bool,
}

impl ResolveResponse {
    pub(crate) fn new(found: PromptAt, page: VersionPage, authors: &Authors) -> Self {
        let versions = page.versions.into_iter();
        Self {
            versions: versions.map(|version| VersionResponse::new(version, &found.prompt, authors)).collect(),
            prompt: PromptResponse::whole(found, authors),
            has_more: page.has_more,
        }
    }
}

/// A label of a prompt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LlmPromptLabel)]
pub(crate) struct LabelResponse {
    id: Uuid,
    name: String,
    prompt_name: String,
    /// The version at which it points.
    version: u32,
    created_by: Option<UserBasic>,
    created_at: Timestamp,
    /// When it was last moved.
    updated_at: Timestamp,
}

impl LabelResponse {
    pub(crate) fn new(label: &Label, prompt_name: String, authors: &Authors) -> Self {
        Self {
            id: label.id,
            name: label.name.as_str().to_owned(),
            prompt_name,
            version: label.version,
            created_by: authors.get(label.created_by),
            created_at: Timestamp(label.created_at),
            updated_at: Timestamp(label.updated_at),
        }
    }
}
