//! Changing the tags of many insights at once.

use super::patch::InsightPatch;
use super::service::InsightService;
use crate::auth::Actor;
use crate::error::{ServiceError, ServiceResult};
use crate::ids::InsightId;
use crate::problem::{Problem, ProblemKind};
use crate::repositories::DeletedRows;
use crate::text::normalise_tags;

/// Most insights in one call.
pub const MAX_INSIGHTS: usize = 500;

/// What is done with the tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagAction {
    /// They join the ones that there are.
    Add,
    /// They leave.
    Remove,
    /// They take the place of the ones that there are.
    Set,
}

impl TagAction {
    /// Name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Set => "set",
        }
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Add, Self::Remove, Self::Set].into_iter().find(|action| action.name() == name)
    }
}

/// What became of each insight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagOutcome {
    /// The ones with the tags that they have now, sorted.
    pub updated: Vec<(InsightId, Vec<String>)>,
    /// The ones left as they were, with the reason in the reference's words.
    pub skipped: Vec<(InsightId, &'static str)>,
}

impl InsightService {
    /// Changes the tags of the project's live insights of those numbers, each on its own; a number given twice counts once.
    ///
    /// # Errors
    /// A refusal where there are no insights or more than [`MAX_INSIGHTS`], or tags to add or remove are missing.
    pub fn update_tags(
        &self,
        actor: &Actor,
        ids: &[InsightId],
        action: TagAction,
        tags: &[String],
    ) -> ServiceResult<TagOutcome> {
        if ids.is_empty() || ids.len() > MAX_INSIGHTS {
            return Err(Problem::invalid("ids", format!("Name 1 to {MAX_INSIGHTS} ids.")).into());
        }
        let tags = normalise_tags(tags)?;
        if tags.is_empty() && action != TagAction::Set {
            let detail = format!("tags must not be empty for action '{}'.", action.name());
            return Err(Problem::invalid("tags", detail).into());
        }
        let mut outcome = TagOutcome::default();
        let mut seen = std::collections::HashSet::new();
        for id in ids.iter().filter(|id| seen.insert(**id)) {
            match self.update_tags_of(actor, *id, action, &tags)? {
                Some(tags) => outcome.updated.push((*id, tags)),
                None => outcome.skipped.push((*id, "Not found")),
            }
        }
        Ok(outcome)
    }

    fn update_tags_of(
        &self,
        actor: &Actor,
        id: InsightId,
        action: TagAction,
        tags: &[String],
    ) -> ServiceResult<Option<Vec<String>>> {
        let changed = self.update_with(actor, &id.to_string(), DeletedRows::Hidden, |old| {
            if old.id != id {
                // The number was taken for a short id, since no insight has it.
                return Err(Problem::not_found());
            }
            let mut new = old.fields.tags.clone();
            match action {
                TagAction::Add => new.extend_from_slice(tags),
                TagAction::Remove => new.retain(|tag| !tags.contains(tag)),
                TagAction::Set => new = tags.to_vec(),
            }
            Ok(InsightPatch { tags: Some(new), ..InsightPatch::default() })
        });
        match changed {
            Ok(insight) => Ok(Some(insight.fields.tags)),
            Err(ServiceError::Refused(Problem { kind: ProblemKind::NotFound, .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
