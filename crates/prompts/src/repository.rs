//! Where prompts are kept.

use std::fmt;

use insights_core::activity::NewActivity;
use insights_core::error::RepositoryResult;
use insights_core::ids::{ProjectId, UserId};
use insights_core::insight::filter::Direction;
use insights_core::paging::{Page, Paged};
use insights_core::problem::{Problem, ProblemKind};

use crate::content::PromptContent;
use crate::model::{LabelName, Prompt, PromptAt, PromptId, PromptVersion, VersionId, VersionSummary};

/// Which prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKey<'a> {
    /// By its identity.
    Id(PromptId),
    /// By its name, which may be any text.
    Name(&'a str),
}

/// Which version of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionKey<'a> {
    /// The last one.
    Latest,
    /// By its number.
    Number(u32),
    /// By its identity.
    Id(VersionId),
    /// The one at which the label points.
    Label(&'a LabelName),
}

/// Which live prompts to list, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptFilter {
    /// Part of the name, or of the text of the last version, in any case.
    pub search: Option<String>,
    /// Made by this user.
    pub created_by: Option<UserId>,
    /// Those with this label, at the version to which it points; otherwise all, at their last versions.
    pub label: Option<LabelName>,
    /// The order.
    pub order: PromptOrder,
    /// Whether to load what they say.
    pub content: ContentLoad,
}

/// Whether a list comes with what the prompts say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentLoad {
    /// It does.
    #[default]
    Whole,
    /// It does not.
    Left,
}

/// What prompts are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PromptOrderField {
    /// When they were made.
    #[default]
    CreatedAt,
    /// When they were last changed.
    UpdatedAt,
    /// Their name, by bytes.
    Name,
    /// The number of their last version.
    LatestVersion,
}

/// The order of a list; ties are broken by identity, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptOrder {
    /// By what.
    pub field: PromptOrderField,
    /// Which way.
    pub direction: Direction,
}

impl Default for PromptOrder {
    /// The newest first.
    fn default() -> Self {
        Self { field: PromptOrderField::CreatedAt, direction: Direction::Descending }
    }
}

impl PromptOrder {
    /// Reads `name` or `-name`.
    ///
    /// # Errors
    /// A 400 that names `order_by` for a field that there is no ordering by.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (name, direction) = match text.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (text, Direction::Ascending),
        };
        let field = match name {
            "name" => PromptOrderField::Name,
            "created_at" | "first_version_created_at" => PromptOrderField::CreatedAt,
            "updated_at" => PromptOrderField::UpdatedAt,
            "version" | "latest_version" | "version_count" => PromptOrderField::LatestVersion,
            _ => return Err(Problem::invalid_choice("order_by", text)),
        };
        Ok(Self { field, direction })
    }
}

/// A prompt of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedPrompt {
    /// The prompt.
    pub prompt: Prompt,
    /// The version at which it is shown.
    pub version: VersionSummary,
    /// What that says; `None` where the filter left it.
    pub content: Option<PromptContent>,
}

/// A stretch of a prompt's versions, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionSlice {
    /// Only versions before this number.
    pub before: Option<u32>,
    /// How many of them to pass over.
    pub offset: u64,
    /// How many to give.
    pub limit: u32,
}

/// Versions that a slice has where nothing else is asked for.
pub const DEFAULT_SLICE: u32 = 50;

/// Most versions of a slice.
pub const MAX_SLICE: u32 = 100;

impl VersionSlice {
    /// The slice that a client asks for: of `limit` versions (default [`DEFAULT_SLICE`]), after the newest `offset` or before number `before`.
    ///
    /// # Errors
    /// A refusal that names the field that is out of bounds, or none where both `offset` and `before` are given.
    pub fn parse(limit: Option<i64>, offset: Option<i64>, before: Option<i64>) -> Result<Self, Problem> {
        if offset.is_some() && before.is_some() {
            let detail = "Use either offset or before_version, not both.";
            return Err(Problem::new(ProblemKind::Validation, "invalid_input", detail));
        }
        let limit = at_least("limit", 1, limit.unwrap_or(i64::from(DEFAULT_SLICE)))?;
        if limit > u64::from(MAX_SLICE) {
            let detail = format!("Ensure this value is less than or equal to {MAX_SLICE}.");
            return Err(Problem { code: "max_value", ..Problem::invalid("limit", detail) });
        }
        Ok(Self {
            before: before.map(|before| version_number("before_version", before)).transpose()?,
            offset: at_least("offset", 0, offset.unwrap_or(0))?,
            limit: u32::try_from(limit).expect("the limit is at most MAX_SLICE"),
        })
    }
}

/// The number of a version that a client names; numbers that none can have stay numbers that none has.
///
/// # Errors
/// A refusal that names `attr` where it is below 1.
pub fn version_number(attr: &str, number: i64) -> Result<u32, Problem> {
    Ok(u32::try_from(at_least(attr, 1, number)?).unwrap_or(u32::MAX))
}

fn at_least(attr: &str, min: i64, value: i64) -> Result<u64, Problem> {
    if value < min {
        let detail = format!("Ensure this value is greater than or equal to {min}.");
        return Err(Problem { code: "min_value", ..Problem::invalid(attr, detail) });
    }
    Ok(value.unsigned_abs())
}

/// Keeps prompts. A deleted one is never found again.
pub trait PromptRepository: Send + Sync + fmt::Debug {
    /// Stores a new prompt with its first version and the row of the log.
    ///
    /// # Errors
    /// `Conflict` (`prompt`) where the prompt is live and another live one of the project has its name, `NotFound` where the project is not there.
    fn create(&self, new: &PromptAt, activity: &NewActivity) -> RepositoryResult<()>;

    /// The project's live prompt at that version; `None` where the prompt, the version or the label is not there.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(
        &self,
        project: ProjectId,
        prompt: PromptKey<'_>,
        version: VersionKey<'_>,
    ) -> RepositoryResult<Option<PromptAt>>;

    /// The project's live prompts that pass the filter.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, project: ProjectId, filter: &PromptFilter, page: Page) -> RepositoryResult<Paged<ListedPrompt>>;

    /// Versions of a prompt, the newest first; none where there is no such prompt.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn versions(&self, project: ProjectId, id: PromptId, slice: VersionSlice) -> RepositoryResult<Vec<VersionSummary>>;

    /// Writes the prompt with its labels as they are to be, the new version where there is one, and the row of the log; or nothing. What a
    /// prompt was made with stays. The revision grows.
    ///
    /// # Errors
    /// `Conflict` where the stored revision is not `prompt.revision` or where another live prompt has the name, `NotFound` where the prompt is
    /// not there or is deleted.
    fn update(&self, prompt: &Prompt, new: Option<&PromptVersion>, activity: &NewActivity) -> RepositoryResult<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read() {
        for (text, field, direction) in [
            ("name", PromptOrderField::Name, Direction::Ascending),
            ("-first_version_created_at", PromptOrderField::CreatedAt, Direction::Descending),
            ("-version_count", PromptOrderField::LatestVersion, Direction::Descending),
        ] {
            assert_eq!(PromptOrder::parse(text), Ok(PromptOrder { field, direction }));
        }
        assert_eq!(PromptOrder::parse("size").unwrap_err().attr.as_deref(), Some("order_by"));
    }

    #[test]
    fn slices_are_bounded() {
        let slice = |before, offset, limit| VersionSlice { before, offset, limit };
        assert_eq!(VersionSlice::parse(None, None, None), Ok(slice(None, 0, 50)));
        assert_eq!(VersionSlice::parse(Some(100), Some(7), None), Ok(slice(None, 7, 100)));
        assert_eq!(VersionSlice::parse(None, None, Some(i64::MAX)), Ok(slice(Some(u32::MAX), 0, 50)));
        for (limit, offset, before, attr, code) in [
            (Some(0), None, None, Some("limit"), "min_value"),
            (Some(101), None, None, Some("limit"), "max_value"),
            (None, Some(-1), None, Some("offset"), "min_value"),
            (None, None, Some(0), Some("before_version"), "min_value"),
            (None, Some(0), Some(1), None, "invalid_input"),
        ] {
            let problem = VersionSlice::parse(limit, offset, before).unwrap_err();
            assert_eq!((problem.attr.as_deref(), problem.code), (attr, code));
        }
    }
}
