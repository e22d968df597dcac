//! Words about sessions that nobody else has put into words.

use crate::model::Lines;
use crate::rubric::text::is_trivial;
use crate::turn::TurnError;
use crate::values::clip;

use super::drafts::Draft;

/// Longest title, in characters.
const MAX_TITLE_CHARACTERS: usize = 60;

/// Longest goal, in characters.
const MAX_GOAL_CHARACTERS: usize = 300;

/// The first prompt that says what is wanted.
pub(super) fn opening(drafts: &[Draft]) -> Option<&str> {
    let telling =
        |draft: &Draft| draft.turn.command.is_none() && draft.text.as_deref().is_some_and(|text| !is_trivial(text));
    drafts.iter().find(|draft| telling(draft)).and_then(|draft| draft.text.as_deref())
}

fn one_line(text: &str, max_characters: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max_characters {
        return line;
    }
    let cut = clip(&line, max_characters.saturating_sub(1));
    format!("{}…", cut.trim_end())
}

/// A title: the beginning of what was wanted.
pub(super) fn title(drafts: &[Draft]) -> String {
    opening(drafts).map_or_else(|| "Untitled session".to_owned(), |text| one_line(text, MAX_TITLE_CHARACTERS))
}

/// What was wanted.
pub(super) fn goal(drafts: &[Draft]) -> Option<String> {
    opening(drafts).map(|text| one_line(text, MAX_GOAL_CHARACTERS))
}

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Turns, tools, files, lines, and the last error, in a sentence or two.
pub(super) fn summary(drafts: &[Draft], files: &[String], lines: Lines) -> String {
    let sum = |of: fn(&Draft) -> u64| drafts.iter().map(of).sum::<u64>();
    let turns = sum(|draft| u64::from(draft.is_prompt()));
    let calls = sum(|draft| draft.turn.tools.iter().map(|tool| tool.count).sum());
    let mut parts = vec![counted(turns, "turn", "turns"), counted(calls, "tool call", "tool calls")];
    if !files.is_empty() {
        let n_files = u64::try_from(files.len()).unwrap_or(u64::MAX);
        parts.push(format!("{} edited", counted(n_files, "file", "files")));
    }
    if lines.added > 0 || lines.removed > 0 {
        parts.push(format!("{} added and {} removed", counted(lines.added, "line", "lines"), lines.removed));
    }
    let text = format!("{}.", parts.join(", "));
    match last_error(drafts) {
        Some(error) => {
            let source = error.source.as_deref().unwrap_or("unknown");
            let message =
                error.message.as_deref().map_or(String::new(), |message| format!(": {}", one_line(message, 120)));
            format!("{text} Last error: {} ({source}){message}.", error.kind.name())
        }
        None => text,
    }
}

fn last_error(drafts: &[Draft]) -> Option<&TurnError> {
    drafts.iter().flat_map(|draft| &draft.turn.errors).max_by_key(|error| error.at)
}
