//! Lists of recordings, and what people search them for.

use chrono::{DateTime, Utc};
use insights_core::error::ServiceResult;
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use insights_core::text::{check_length, search_form};

use super::{RecordingService, WholeRecording};
use crate::model::Platform;
use crate::repository::RecordingFilter;
use crate::status::Status;

/// Longest text to search for, in characters.
pub const MAX_SEARCH_CHARACTERS: usize = 500;

/// Most words that are searched for together.
const MAX_TERMS: usize = 20;

/// Bytes of transcripts from which on a page ends early. The address of the next one goes on where it ended.
pub const PAGE_TRANSCRIPT_BYTES: usize = 16 << 20;

/// What to list, as clients ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Number of the user who made them.
    pub user_id: Option<i64>,
    /// Name of a platform.
    pub platform: Option<String>,
    /// Name of a status.
    pub status: Option<String>,
    /// Words that all stand in the title or the transcript, in any case; those in double quotes stand together.
    pub search: Option<String>,
    /// Part of a participant's name, in any case.
    pub participant: Option<String>,
    /// Those that began at that instant or later.
    pub started_from: Option<DateTime<Utc>>,
    /// Those that began before that instant.
    pub started_before: Option<DateTime<Utc>>,
    /// Whether the transcripts are left out.
    pub is_brief: bool,
}

impl ListQuery {
    fn filter(&self) -> Result<RecordingFilter, Problem> {
        let not_blank = |text: &&String| !text.trim().is_empty();
        let search = self.search.as_ref().filter(not_blank);
        let participant = self.participant.as_ref().filter(not_blank);
        for (attr, text) in [("search", search), ("participant", participant)] {
            if let Some(text) = text {
                check_length(attr, text, MAX_SEARCH_CHARACTERS)?;
            }
        }
        Ok(RecordingFilter {
            user: self.user_id.map(UserId),
            platform: self.platform.as_deref().map(Platform::read).transpose()?,
            status: self.status.as_deref().map(Status::read).transpose()?,
            terms: search.map(|search| terms(search)).unwrap_or_default(),
            participant: participant.map(|name| search_form(name.trim())),
            started_from: self.started_from,
            started_before: self.started_before,
        })
    }
}

/// The words of a search in the form for searching, and those between double quotes as they stand. Words beyond the most that are searched for are
/// left out.
fn terms(search: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for (at, part) in search.split('"').enumerate() {
        let is_quoted = at % 2 == 1;
        if is_quoted {
            terms.push(part.split_whitespace().collect::<Vec<_>>().join(" "));
        } else {
            terms.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    terms.retain(|term| !term.is_empty());
    terms.truncate(MAX_TERMS);
    terms.iter().map(|term| search_form(term)).collect()
}

impl RecordingService {
    /// A page of the project's recordings, those that began last first. The page that is given is the one that was asked for, or its beginning where the
    /// transcripts on it are long: it always has one recording where there is one.
    ///
    /// # Errors
    /// A refusal that names the parameter at fault.
    pub fn list(
        &self,
        project: ProjectId,
        query: &ListQuery,
        page: Page,
    ) -> ServiceResult<(Page, Paged<WholeRecording>)> {
        let Paged { count, items: mut listed } = self.recordings.list(project, &query.filter()?, page)?;
        if query.is_brief {
            let items = listed.into_iter().map(|listed| WholeRecording::from(listed.recording));
            return Ok((page, Paged { count, items: items.collect() }));
        }
        let mut bytes = 0;
        let n_fitting = listed
            .iter()
            .take_while(|listed| {
                let fits = bytes == 0 || bytes + listed.transcript_bytes <= PAGE_TRANSCRIPT_BYTES;
                bytes += listed.transcript_bytes;
                fits
            })
            .count();
        let page = match i64::try_from(n_fitting) {
            Ok(n_fitting) if listed.len() > usize::try_from(n_fitting).unwrap_or_default() => {
                Page::new(Some(n_fitting), i64::try_from(page.offset()).ok())
            }
            _ => page,
        };
        listed.truncate(n_fitting);
        let ids: Vec<_> = listed.iter().filter(|l| l.transcript_bytes > 0).map(|l| l.recording.id).collect();
        let mut transcripts = self.recordings.transcripts(&ids)?;
        let items = listed.into_iter().map(|listed| {
            let transcript = transcripts.remove(&listed.recording.id).unwrap_or_default();
            WholeRecording { recording: listed.recording, transcript: Some(transcript) }
        });
        Ok((page, Paged { count, items: items.collect() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(search: &str, expected: &[&str]) {
        assert_eq!(terms(search), expected, "{search}");
    }

    #[test]
    fn words_are_searched_for_one_by_one_and_quoted_ones_together() {
        check("Budget  REVIEW", &["budget", "review"]);
        check(r#"the "Budget  Review" of ÄRZTE"#, &["the", "budget review", "of", "ärzte"]);
        check(r#"an "open end"#, &["an", "open end"]);
        check(r#" "" "#, &[]);
        check(&"a ".repeat(100), &["a"; MAX_TERMS]);
    }
}
