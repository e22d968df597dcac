//! Whether later work did earlier work over: deterministic, by the lines of files and by git.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::sub_session::SubSession;

/// Within which time after a sub-session's end another one may do it over.
pub const REWORK_WITHIN: TimeDelta = TimeDelta::days(7);

/// Within which time after a sub-session's end another one may go on with it.
pub const REJOIN_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// Most files of a footprint.
const MAX_FILES: usize = 200;

/// Most lines of one file of a footprint.
const MAX_LINES: usize = 500;

/// Shortest line that tells something, in characters without spaces.
const MIN_LINE_CHARACTERS: usize = 8;

/// What of which files was written and replaced, as hashes of lines; empty where the telemetry does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Footprint {
    /// By file.
    pub files: Vec<FileFootprint>,
    /// Commits that were made.
    pub commits: Vec<String>,
    /// Commits that were taken back.
    pub reverted_commits: Vec<String>,
    /// Files that were set back by git.
    pub reverted_files: Vec<String>,
    /// Whether the first prompt puts something right.
    pub is_correction: bool,
}

/// One file of a [`Footprint`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFootprint {
    /// Its name.
    pub file: String,
    /// Lines that were written.
    pub written: BTreeSet<u64>,
    /// Lines that were taken away.
    pub replaced: BTreeSet<u64>,
}

impl Footprint {
    /// Notes an edit: `old` was replaced by `new`.
    pub fn edit(&mut self, file: &str, old: &str, new: &str) {
        let at = match self.files.iter().position(|known| known.file == file) {
            Some(at) => at,
            None if self.files.len() >= MAX_FILES => return,
            None => {
                self.files.push(FileFootprint { file: file.to_owned(), ..FileFootprint::default() });
                self.files.len() - 1
            }
        };
        let (before, after) = (lines(old), lines(new));
        let entry = &mut self.files[at];
        for line in before.difference(&after) {
            // What it wrote itself is not the work of others.
            if !entry.written.remove(line) && entry.replaced.len() < MAX_LINES {
                entry.replaced.insert(*line);
            }
        }
        for line in after.difference(&before) {
            if entry.written.len() < MAX_LINES {
                entry.written.insert(*line);
            }
        }
    }
}

impl Footprint {
    /// Adds what was done afterwards.
    pub(crate) fn absorb(&mut self, later: &Self) {
        for next in &later.files {
            let is_full = self.files.len() >= MAX_FILES;
            match self.files.iter_mut().find(|known| known.file == next.file) {
                None if is_full => {}
                None => self.files.push(next.clone()),
                Some(known) => {
                    for line in &next.replaced {
                        if !known.written.remove(line) && known.replaced.len() < MAX_LINES {
                            known.replaced.insert(*line);
                        }
                    }
                    let room = MAX_LINES.saturating_sub(known.written.len());
                    let new: Vec<u64> = next.written.difference(&known.written).take(room).copied().collect();
                    known.written.extend(new);
                }
            }
        }
        self.commits.extend(later.commits.iter().cloned());
        self.reverted_commits.extend(later.reverted_commits.iter().cloned());
        self.reverted_files.extend(later.reverted_files.iter().cloned());
    }
}

fn lines(text: &str) -> BTreeSet<u64> {
    let telling = |line: &&str| line.chars().filter(|c| !c.is_whitespace()).count() >= MIN_LINE_CHARACTERS;
    text.lines().map(str::trim).filter(telling).map(hash).collect()
}

fn hash(line: &str) -> u64 {
    let digest = Sha256::digest(line.as_bytes());
    let first = digest.first_chunk::<8>().expect("a digest has 32 bytes");
    u64::from_be_bytes(*first)
}

/// Whether half of `files` or more are among `others`; not where there are none.
pub fn is_half_of(files: &[String], others: &[String]) -> bool {
    let n_common = files.iter().filter(|file| others.contains(file)).count();
    !files.is_empty() && n_common * 2 >= files.len()
}

/// Whether `later` did `earlier` over: begun after its end and within [`REWORK_WITHIN`], and either it took back a commit of it, or it edited or
/// set back half of its files and set one of them back by git, replaced a quarter of the lines that it wrote, or began by putting it right.
pub fn is_rework(earlier: &SubSession, later: &SubSession) -> bool {
    if later.started_at < earlier.ended_at || later.started_at - earlier.ended_at > REWORK_WITHIN {
        return false;
    }
    let (done, redone) = (&earlier.footprint, &later.footprint);
    let takes_back = |id: &String| {
        done.commits.iter().any(|commit| commit.starts_with(id.as_str()) || id.starts_with(commit.as_str()))
    };
    if redone.reverted_commits.iter().any(takes_back) {
        return true;
    }
    let is_set_back = |file: &&String| redone.reverted_files.iter().any(|path| names(path, file));
    let set_back: Vec<String> = earlier.files.iter().filter(is_set_back).cloned().collect();
    let touched: Vec<String> = later.files.iter().chain(&set_back).cloned().collect();
    is_half_of(&earlier.files, &touched)
        && (redone.is_correction || !set_back.is_empty() || replaces_a_quarter(done, redone))
}

/// Whether a path, which may begin at another folder, names the file.
fn names(path: &str, file: &str) -> bool {
    let path = path.trim_start_matches("./");
    file == path || file.strip_suffix(path).is_some_and(|rest| rest.ends_with('/')) && !path.is_empty()
}

fn replaces_a_quarter(done: &Footprint, redone: &Footprint) -> bool {
    let mut n_written = 0;
    let mut n_replaced = 0;
    for file in &done.files {
        n_written += file.written.len();
        if let Some(again) = redone.files.iter().find(|again| again.file == file.file) {
            n_replaced += file.written.intersection(&again.replaced).count();
        }
    }
    n_written > 0 && n_replaced * 4 >= n_written
}

/// Whether `later`, of another session of the developer, goes on with `earlier`: begun within [`REJOIN_WITHIN`] of its end, with half of the files of
/// either among those of the other.
pub fn is_continuation(earlier: &SubSession, later: &SubSession) -> bool {
    earlier.is_last
        && later.number == 0
        && later.session_id != earlier.session_id
        && later.started_at >= earlier.ended_at
        && later.started_at - earlier.ended_at <= REJOIN_WITHIN
        && (is_half_of(&later.files, &earlier.files) || is_half_of(&earlier.files, &later.files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footprints_hold_what_is_left_of_edits() {
        let mut footprint = Footprint::default();
        footprint.edit("a.rs", "", "let first = 1;\nlet second = 2;\n}");
        footprint.edit("a.rs", "let first = 1;\nlet second = 2;", "let first = 1;\nlet second = 3;");
        let file = &footprint.files[0];
        assert_eq!((file.written.len(), file.replaced.len()), (2, 0));
        let mut later = Footprint::default();
        later.edit("a.rs", "let first = 1;\nfn elsewhere() {}", "let third = 3;");
        let mut both = footprint.clone();
        both.absorb(&later);
        assert_eq!((both.files[0].written.len(), both.files[0].replaced.len()), (2, 1));
        assert!(names("src/a.rs", "/app/src/a.rs") && !names("a.rs", "/app/src/aa.rs") && !names("", "/app/"));
        assert!(file.written.contains(&hash("let second = 3;")) && !file.written.contains(&hash("}")));
    }

    #[test]
    fn a_half_is_enough() {
        let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(is_half_of(&files(&["a", "b"]), &files(&["b", "c", "d"])));
        assert!(!is_half_of(&files(&["a", "b", "c"]), &files(&["b"])));
        assert!(!is_half_of(&[], &files(&["b"])));
    }
}
