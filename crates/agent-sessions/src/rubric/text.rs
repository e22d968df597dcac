//! What the words of a prompt tell, by rules. They know English.

use std::collections::BTreeSet;

use crate::language;

/// Prompts shorter than this say too little to be graded, in characters.
const MIN_GRADED_CHARACTERS: usize = 10;

/// The words of a text in lower case, without what stands around them.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let word = |token: &str| token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    text.split_whitespace().map(word).filter(|word| !word.is_empty())
}

/// Whether one of the words, in lower case, stands in the text.
pub fn has_any_word(text: &str, wanted: &[&str]) -> bool {
    words(text).any(|word| wanted.contains(&word.as_str()))
}

/// Whether one of the phrases, in lower case, stands in the text, at the bounds of words.
pub fn has_phrase(text: &str, wanted: &[&str]) -> bool {
    count_phrases(text, wanted) > 0
}

/// How often phrases, in lower case, stand in the text, at the bounds of words; where several begin at one place, the first of them alone.
pub fn count_phrases(text: &str, wanted: &[&str]) -> usize {
    let words: Vec<String> = words(text).collect();
    let mut found = 0;
    let mut at = 0;
    while at < words.len() {
        let starts_here = |phrase: &&&str| {
            let mut n_words = 0;
            phrase.split(' ').all(|word| {
                n_words += 1;
                words.get(at + n_words - 1).is_some_and(|there| there == word)
            })
        };
        match wanted.iter().find(starts_here) {
            Some(phrase) => {
                found += 1;
                at += phrase.split(' ').count();
            }
            None => at += 1,
        }
    }
    found
}

/// Whether it is no prompt to be graded: a slash command, a shell line, a bare assent, or too short.
pub fn is_trivial(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('/') && !text[1..].split_whitespace().next().unwrap_or_default().contains('/')
        || text.starts_with('!')
        || text.chars().count() < MIN_GRADED_CHARACTERS
        || is_assent(text)
}

/// Whether the developer says yes or thank you, and little else.
pub fn is_assent(text: &str) -> bool {
    const ASSENTS: [&str; 24] = [
        "yes",
        "y",
        "yep",
        "yeah",
        "ok",
        "okay",
        "sure",
        "thanks",
        "thank",
        "perfect",
        "great",
        "nice",
        "lgtm",
        "good",
        "excellent",
        "awesome",
        "cool",
        "proceed",
        "continue",
        "correct",
        "approved",
        "ship",
        "done",
        "right",
    ];
    const PHRASES: [&str; 4] = ["looks good", "go ahead", "sounds good", "works now"];
    /// Words that make more of it than an assent.
    const TURNS: [&str; 6] = ["but", "except", "however", "now", "also", "then"];
    let words: Vec<String> = words(text).take(7).collect();
    let Some(first) = words.first() else { return false };
    words.len() <= 6
        && !words.iter().any(|word| TURNS.contains(&word.as_str()))
        && (ASSENTS.contains(&first.as_str()) || has_phrase(text, &PHRASES))
        || words.len() <= 6 && has_phrase(text, &["works now"])
}

/// Whether the prompt puts something right that the agent had done: by how it begins, or by saying again 60 % or more of the words of the previous one.
pub fn is_correction(text: &str, previous: Option<&str>) -> bool {
    const BEGINNINGS: [&str; 9] = ["no", "wrong", "still", "again", "revert", "undo", "actually", "nope", "incorrect"];
    const PHRASES: [&str; 6] = ["that's not", "that is not", "this is not", "that's wrong", "not what i", "it still"];
    const NOT_CORRECTING: [&str; 3] = ["no problem", "no worries", "no need"];
    let beginning: Vec<String> = words(text).take(3).collect();
    let Some(first) = beginning.first() else { return false };
    let start = beginning.join(" ").replace('’', "'");
    let begins = |phrases: &[&str]| {
        phrases
            .iter()
            .any(|phrase| start.strip_prefix(phrase).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    };
    if begins(&NOT_CORRECTING) {
        return false;
    }
    BEGINNINGS.contains(&first.as_str()) || begins(&PHRASES) || previous.is_some_and(|previous| repeats(text, previous))
}

/// Whether a text says 60 % or more of the words of another one, which has five words at least.
fn repeats(text: &str, previous: &str) -> bool {
    let before: BTreeSet<String> = words(previous).collect();
    let now: BTreeSet<String> = words(text).collect();
    before.len() >= 5 && before.intersection(&now).count() * 10 >= before.len() * 6
}

/// Whether a prompt is about something else than what was said before: it has five words or more that tell something, of which fewer than a
/// fifth were said.
pub fn is_unrelated(text: &str, before: &[&str]) -> bool {
    let telling = |text: &str| words(text).filter(|word| word.chars().count() > 3).collect::<BTreeSet<String>>();
    let now = telling(text);
    let said: BTreeSet<String> = before.iter().flat_map(|text| telling(text)).collect();
    !before.is_empty() && now.len() >= 5 && now.intersection(&said).count() * 5 < now.len()
}

/// What a prompt points at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Names of files, with or without their folders.
    pub paths: BTreeSet<String>,
    /// Whether it names a line.
    pub has_line: bool,
    /// Whether it names something of the code.
    pub has_identifier: bool,
    /// Whether it points at something with an `@`.
    pub has_mention: bool,
}

impl References {
    /// What the text points at.
    pub fn of(text: &str) -> Self {
        let mut found = Self::default();
        let tokens: Vec<&str> = text.split_whitespace().collect();
        for (at, token) in tokens.iter().enumerate() {
            let bare = token.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '_' | '@' | '.'));
            let bare = bare.trim_end_matches(['.', '/']);
            found.has_mention |= bare.strip_prefix('@').is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
            let (path, line) = split_line(bare.trim_start_matches('@'));
            if is_path(path) {
                found.paths.insert(path.to_owned());
                found.has_line |= line;
            }
            let after = |word: &str| at > 0 && tokens[at - 1].eq_ignore_ascii_case(word);
            let is_number = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
            found.has_line |= is_number && (after("line") || after("lines"));
            found.has_identifier |= is_identifier(token);
        }
        found
    }

    /// Whether it points at anything.
    pub fn is_concrete(&self) -> bool {
        !self.paths.is_empty() || self.has_line || self.has_mention || self.has_identifier
    }

    /// Whether it names one of the files, by its whole path or by the end of it.
    pub fn names_one_of<'a>(&self, files: impl IntoIterator<Item = &'a str>) -> bool {
        let names = |path: &String, file: &str| {
            file == path || file.strip_suffix(path.as_str()).is_some_and(|rest| rest.ends_with(['/', '\\']))
        };
        files.into_iter().any(|file| self.paths.iter().any(|path| names(path, file)))
    }
}

/// `src/a.rs:10:5` as `src/a.rs` and whether a line followed.
fn split_line(token: &str) -> (&str, bool) {
    match token.split_once(':') {
        Some((path, rest)) if rest.starts_with(|c: char| c.is_ascii_digit()) => (path, true),
        _ => (token, false),
    }
}

fn is_path(token: &str) -> bool {
    if token.contains("://") || token.starts_with("www.") {
        return false;
    }
    let name = token.rsplit('/').next().unwrap_or_default();
    let has_known_end =
        name.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && language::is_known_extension(end));
    let in_folder = || {
        let parts: Vec<&str> = token.trim_start_matches(['.', '/']).split('/').collect();
        parts.len() >= 3 && parts.iter().all(|part| part.chars().any(char::is_alphanumeric))
    };
    has_known_end || in_folder()
}

/// Whether a word is of code: `snake_case`, `camelCase`, `a::b`, `call()`, or between backticks.
fn is_identifier(token: &str) -> bool {
    if token.contains("://") {
        return false;
    }
    let is_quoted = token.len() > 2 && token.starts_with('`');
    let word = token.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '(' | ')' | ':'));
    let inner_underscore = word.trim_matches('_').split_once('_').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
    let characters: Vec<char> = word.chars().collect();
    let camel = characters.windows(2).any(|pair| pair[0].is_lowercase() && pair[1].is_uppercase());
    is_quoted || inner_underscore || camel || word.contains("::") || word.len() > 2 && word.contains("()")
}

/// Whether it holds the words of an error, or a block of code.
pub fn has_evidence(text: &str) -> bool {
    const MARKS: [&str; 10] = [
        "```",
        "error:",
        "exception",
        "traceback",
        "panicked at",
        "stack trace",
        "error[",
        "assertion",
        "exit code",
        "errno",
    ];
    let lower = text.to_lowercase();
    MARKS.iter().any(|mark| lower.contains(mark))
}

/// Whether it says what is to be the case in the end.
pub fn has_expectation(text: &str) -> bool {
    has_any_word(text, &["should", "must", "expect", "expected", "expects"])
        || has_phrase(text, &["instead of", "so that"])
}

/// Whether it asks for a proof.
pub fn asks_for_verification(text: &str) -> bool {
    has_any_word(
        text,
        &["test", "tests", "tested", "expect", "expected", "should", "verify", "check", "ensure", "passes"],
    )
}

/// Whether it says when the work is done.
pub fn has_success_criterion(text: &str) -> bool {
    has_any_word(text, &["should", "must", "until", "passes", "pass", "returns", "expected"])
        || has_phrase(text, &["so that", "make sure"])
}

/// Whether it says what is not to be done.
pub fn has_constraint(text: &str) -> bool {
    has_any_word(text, &["only", "without", "don't", "never", "keep", "except", "avoid"])
        || has_phrase(text, &["do not", "must not", "no more than", "at most", "at least"])
}

/// Whether it bounds what is to be done: by a word, or by naming one or two files.
pub fn is_bounded(text: &str, references: &References) -> bool {
    has_any_word(text, &["only", "just", "limit", "single", "solely"])
        || has_phrase(text, &["do not touch", "don't touch", "nothing else", "no other"])
        || (1..=2).contains(&references.paths.len())
}

/// Words that begin an order.
const IMPERATIVES: [&str; 44] = [
    "add",
    "implement",
    "create",
    "build",
    "fix",
    "write",
    "make",
    "change",
    "update",
    "remove",
    "delete",
    "rename",
    "refactor",
    "extract",
    "move",
    "replace",
    "convert",
    "use",
    "run",
    "test",
    "check",
    "verify",
    "review",
    "explain",
    "show",
    "find",
    "investigate",
    "debug",
    "list",
    "describe",
    "optimize",
    "improve",
    "clean",
    "document",
    "migrate",
    "split",
    "merge",
    "revert",
    "generate",
    "set",
    "handle",
    "return",
    "support",
    "plan",
];

/// How many orders the text gives: words that begin one at the beginning of a sentence, of a list's item, or after `and`, `then`, `please`.
pub fn count_imperatives(text: &str) -> usize {
    let mut found = 0;
    let mut is_start = true;
    for token in text.split_whitespace() {
        let word = words(token).next();
        match word {
            Some(word) => {
                found += usize::from(is_start && IMPERATIVES.contains(&word.as_str()));
                is_start = matches!(word.as_str(), "and" | "then" | "please" | "also" | "to" | "you")
                    || token.ends_with(['.', ';', ':', '!', ','])
                    || is_list_number(token);
            }
            None => is_start = true,
        }
    }
    found
}

/// Whether an order is given with something to be done it to.
pub fn has_explicit_goal(text: &str) -> bool {
    words(text).count() >= 3
        && (count_imperatives(text) > 0
            || text.trim_end().ends_with('?')
            || has_any_word(text, &["why", "how", "what"]))
}

fn is_list_number(token: &str) -> bool {
    token
        .strip_suffix(['.', ')'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Items of lists.
pub fn count_list_items(text: &str) -> usize {
    let is_item = |line: &str| {
        let line = line.trim_start();
        line.starts_with("- ") || line.starts_with("* ") || line.split_whitespace().next().is_some_and(is_list_number)
    };
    text.lines().filter(|line| is_item(line)).count()
}

/// Phrases that put one more thing into a prompt.
pub fn count_bundlings(text: &str) -> usize {
    count_phrases(
        text,
        &[
            "and also",
            "also",
            "as well as",
            "while you're at it",
            "in addition",
            "additionally",
            "oh and",
            "on top of that",
        ],
    )
}

/// Words that say little.
pub fn count_vague(text: &str) -> usize {
    const VAGUE: [&str; 14] = [
        "something",
        "somehow",
        "stuff",
        "thing",
        "things",
        "better",
        "nicer",
        "properly",
        "etc",
        "maybe",
        "whatever",
        "somewhere",
        "improve",
        "nice",
    ];
    words(text).filter(|word| VAGUE.contains(&word.as_str())).count()
}

/// Whether it points at something without a noun, and names nothing else that it could be.
pub fn has_bare_demonstrative(text: &str, references: &References) -> bool {
    const DEMONSTRATIVES: [&str; 5] = ["it", "this", "that", "these", "those"];
    const NO_NOUNS: [&str; 16] = [
        "is", "isn't", "does", "doesn't", "work", "works", "again", "please", "and", "to", "for", "now", "so", "in",
        "with", "up",
    ];
    if references.is_concrete() || has_evidence(text) {
        return false;
    }
    let words: Vec<String> = words(text).collect();
    let is_bare = |(at, word): (usize, &String)| {
        let next = words.get(at + 1).map(String::as_str);
        DEMONSTRATIVES.contains(&word.as_str()) && (word == "it" || next.is_none_or(|next| NO_NOUNS.contains(&next)))
    };
    words.iter().enumerate().any(is_bare)
}

#[cfg(test)]
mod tests;
