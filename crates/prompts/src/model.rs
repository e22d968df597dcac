//! What a prompt is.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::ids::{ProjectId, UserId};
use insights_core::problem::Problem;
use insights_core::text::check_length;
use uuid::Uuid;

use crate::content::PromptContent;

/// Kind of the thing in the activity log.
pub const SCOPE: &str = "LLMPrompt";

/// Longest name, in characters.
pub const MAX_NAME_CHARACTERS: usize = 255;

/// Longest label, in characters.
pub const MAX_LABEL_CHARACTERS: usize = 128;

/// Most labels of a prompt.
pub const MAX_LABELS: usize = 50;

/// Most versions of a prompt.
pub const MAX_VERSIONS: u32 = 2000;

/// Names that web pages take for something else, in any case.
const RESERVED_NAME: &str = "new";

/// The label that would say what needs none, in any case.
const RESERVED_LABEL: &str = "latest";

/// Identity of a prompt, through all its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromptId(pub Uuid);

impl fmt::Display for PromptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of one version of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionId(pub Uuid);

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Name of a prompt, by which programs fetch it: letters, digits, `-` and `_` of ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromptName(String);

impl PromptName {
    /// Reads a name that a client chose.
    ///
    /// # Errors
    /// A refusal that names `attr`.
    pub fn parse(attr: &str, text: &str) -> Result<Self, Problem> {
        check_name(attr, text, MAX_NAME_CHARACTERS, "invalid_name")?;
        if text.eq_ignore_ascii_case(RESERVED_NAME) {
            let detail = format!("'{RESERVED_NAME}' is a reserved name and cannot be used.");
            return Err(Problem { code: "reserved_name", ..Problem::invalid(attr, detail) });
        }
        Ok(Self(text.to_owned()))
    }

    /// A name that a store has kept.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Name of a label, such as `production`: letters, digits, `-` and `_` of ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelName(String);

impl LabelName {
    /// Reads a label that a client chose.
    ///
    /// # Errors
    /// A refusal that names `label`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        check_name("label", text, MAX_LABEL_CHARACTERS, "invalid_label")?;
        if text.eq_ignore_ascii_case(RESERVED_LABEL) {
            let detail =
                format!("'{RESERVED_LABEL}' is a reserved label: leave the label out to get the latest version.");
            return Err(Problem { code: "reserved_label", ..Problem::invalid("label", detail) });
        }
        Ok(Self(text.to_owned()))
    }

    /// A label that a store has kept.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_name(attr: &str, text: &str, max: usize, code: &'static str) -> Result<(), Problem> {
    if text.is_empty() {
        return Err(Problem::blank(attr));
    }
    check_length(attr, text, max)?;
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        let detail = "Only letters, numbers, hyphens (-) and underscores (_) are allowed.";
        return Err(Problem { code, ..Problem::invalid(attr, detail) });
    }
    Ok(())
}

/// A prompt, without what it says in its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Identity in routes.
    pub id: PromptId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change; a change of an older revision is refused.
    pub revision: i64,
    /// Unique among the project's live prompts.
    pub name: PromptName,
    /// Number of the last version. The first is 1, and none is ever taken away, so that it also counts them.
    pub latest_version: u32,
    /// What points at a version, by name; at most [`MAX_LABELS`].
    pub labels: Vec<Label>,
    /// Whether it is deleted. Such a prompt is never found again, and its name is free.
    pub deleted: bool,
    /// When it was made, with its first version.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was last changed, be it by a new version.
    pub updated_at: DateTime<Utc>,
}

impl Prompt {
    /// The label of that name.
    pub fn label(&self, name: &LabelName) -> Option<&Label> {
        self.labels.iter().find(|label| label.name == *name)
    }

    /// The labels that point at that version.
    pub fn labels_of(&self, version: u32) -> impl Iterator<Item = &Label> {
        self.labels.iter().filter(move |label| label.version == version)
    }
}

/// A pointer at one version of a prompt, which may be moved to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Identity.
    pub id: Uuid,
    /// Unique among the prompt's labels.
    pub name: LabelName,
    /// The version at which it points.
    pub version: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was last moved.
    pub updated_at: DateTime<Utc>,
}

/// One version of a prompt. It never changes.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptVersion {
    /// Identity.
    pub id: VersionId,
    /// Number, from 1 on without gaps.
    pub number: u32,
    /// What the prompt says in it.
    pub content: PromptContent,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
}

impl PromptVersion {
    /// The version without what it says.
    pub fn summary(&self) -> VersionSummary {
        VersionSummary {
            id: self.id,
            number: self.number,
            preview: self.content.preview(),
            size_bytes: self.content.size_bytes(),
            variables: self.content.variables(),
            created_at: self.created_at,
            created_by: self.created_by,
        }
    }
}

/// A version as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionSummary {
    /// See [`PromptVersion::id`].
    pub id: VersionId,
    /// See [`PromptVersion::number`].
    pub number: u32,
    /// See [`PromptContent::preview`].
    pub preview: String,
    /// See [`PromptContent::size_bytes`].
    pub size_bytes: usize,
    /// See [`PromptContent::variables`].
    pub variables: Vec<String>,
    /// See [`PromptVersion::created_at`].
    pub created_at: DateTime<Utc>,
    /// See [`PromptVersion::created_by`].
    pub created_by: Option<UserId>,
}

/// A prompt at one of its versions.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptAt {
    /// The prompt.
    pub prompt: Prompt,
    /// The version.
    pub version: PromptVersion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, code: Option<&str>) {
        let refused = PromptName::parse("name", text).err();
        assert_eq!(refused.as_ref().map(|problem| problem.code), code, "{text:?}");
        assert!(refused.is_none_or(|problem| problem.attr.as_deref() == Some("name")));
    }

    #[test]
    fn names_are_words_of_ascii() {
        check("support-Bot_2", None);
        check("news", None);
        check(&"x".repeat(MAX_NAME_CHARACTERS), None);
        check(&"x".repeat(MAX_NAME_CHARACTERS + 1), Some("max_length"));
        check("", Some("blank"));
        check("NEW", Some("reserved_name"));
        for text in ["a b", "größe", "a/b", "a.b", "a\n"] {
            check(text, Some("invalid_name"));
        }
        check("a\0", Some("null_characters_not_allowed"));
    }

    #[test]
    fn labels_are_words_that_are_not_latest() {
        assert_eq!(LabelName::parse("production").unwrap().as_str(), "production");
        for (text, code) in [("Latest", "reserved_label"), ("a b", "invalid_label"), ("", "blank")] {
            assert_eq!(LabelName::parse(text).unwrap_err().code, code, "{text:?}");
        }
        assert_eq!(LabelName::parse(&"x".repeat(MAX_LABEL_CHARACTERS + 1)).unwrap_err().code, "max_length");
    }
}
