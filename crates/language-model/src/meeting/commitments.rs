//! Sentences that commit somebody to do something: `I'll send …`, `Ann will …`, `can you … by Friday?`.
//!
//! English alone. A sentence counts where its words say who does what: talk about the past, about what might be, and questions about what is so do not.

use super::sentences::words;
use super::{MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS, MAX_TITLE_CHARACTERS, Task};

/// Who is to do what a sentence says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    /// Who speaks.
    Speaker,
    /// Who is spoken to, by name where the sentence says it.
    Addressed(Option<String>),
    /// Somebody else, by name.
    Named(String),
    /// Everybody, or nobody in particular.
    Somebody,
}

/// What a sentence commits somebody to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Commitment {
    who: Who,
    /// Words of the sentence from the verb on, in lower case.
    deed: Vec<String>,
}

/// Ways to say that one does something oneself.
const OWN: [&[&str]; 14] = [
    &["i'll"],
    &["i", "will"],
    &["i", "shall"],
    &["i'm", "going", "to"],
    &["i", "am", "going", "to"],
    &["i'm", "gonna"],
    &["i", "can", "take", "care", "of"],
    &["i", "need", "to"],
    &["i", "have", "to"],
    &["i've", "got", "to"],
    &["i", "promise", "to"],
    &["let", "me"],
    &["i", "plan", "to"],
    &["i", "can"],
];

/// Ways to ask the one who is spoken to.
const ASKED: [&[&str]; 13] = [
    &["can", "you"],
    &["could", "you"],
    &["would", "you"],
    &["will", "you"],
    &["would", "you", "mind"],
    &["you'll"],
    &["you", "will"],
    &["you", "should"],
    &["you", "need", "to"],
    &["you", "have", "to"],
    &["i", "need", "you", "to"],
    &["i", "want", "you", "to"],
    &["i'd", "like", "you", "to"],
];

/// Ways to say that something is to be done by nobody in particular.
const SHARED: [&[&str]; 10] = [
    &["we'll"],
    &["we", "will"],
    &["we", "need", "to"],
    &["we", "have", "to"],
    &["we", "should"],
    &["we're", "going", "to"],
    &["we", "are", "going", "to"],
    &["let's"],
    &["somebody", "needs", "to"],
    &["someone", "needs", "to"],
];

/// Ways to say that somebody whose name stands before them does something.
const OTHERS: [&[&str]; 9] = [
    &["will"],
    &["is", "going", "to"],
    &["needs", "to"],
    &["has", "to"],
    &["should"],
    &["shall"],
    &["agreed", "to"],
    &["promised", "to"],
    &["is", "responsible", "for"],
];

/// Notes that name what they are.
const MARKED: [&[&str]; 6] =
    [&["action", "item"], &["action", "point"], &["todo"], &["to-do"], &["to", "do"], &["next", "step", "is", "to"]];

/// Words that stand between who and what without changing it.
const FILLERS: [&str; 17] = [
    "also",
    "then",
    "just",
    "please",
    "definitely",
    "probably",
    "certainly",
    "quickly",
    "maybe",
    "now",
    "still",
    "actually",
    "go",
    "ahead",
    "and",
    "try",
    "kindly",
];

/// Words that may stand before who: they say nothing about who does what.
const OPENERS: [&str; 26] = [
    "ok",
    "okay",
    "so",
    "well",
    "yeah",
    "yes",
    "sure",
    "right",
    "alright",
    "and",
    "but",
    "then",
    "also",
    "great",
    "good",
    "fine",
    "perfect",
    "thanks",
    "um",
    "uh",
    "oh",
    "cool",
    "tomorrow",
    "today",
    "later",
    "afterwards",
];

/// Verbs that are thoughts or states, not deeds.
const NOT_DEEDS: [&str; 58] = [
    "be",
    "have",
    "think",
    "know",
    "guess",
    "say",
    "see",
    "hear",
    "understand",
    "believe",
    "mean",
    "remember",
    "imagine",
    "like",
    "love",
    "want",
    "wish",
    "hope",
    "admit",
    "agree",
    "get",
    "repeat",
    "assume",
    "wonder",
    "need",
    "notice",
    "tell",
    "explain",
    "ask",
    "feel",
    "never",
    "not",
    "always",
    "only",
    "no",
    "stop",
    "sound",
    "seem",
    "look",
    "miss",
    "you",
    "it",
    "that",
    "the",
    "a",
    "share",
    "start",
    "begin",
    "continue",
    "wait",
    "jump",
    "dive",
    "pause",
    "wrap",
    "circle",
    "hop",
    "talk",
    "move",
];

/// Verbs of [`NOT_DEEDS`] that are deeds with these words behind them.
const DEEDS_AFTER_ALL: [(&str, &[&str]); 14] = [
    ("get", &["back", "it", "the", "this", "that", "you", "a", "in", "them", "started"]),
    ("have", &["it", "a", "the", "that", "this", "them"]),
    ("look", &["into", "at", "over", "up", "after"]),
    ("share", &["the", "it", "a", "that", "this", "our", "them", "notes", "with"]),
    ("tell", &["them", "him", "her", "the", "everyone", "everybody"]),
    ("ask", &["them", "him", "her", "the", "for", "our", "my"]),
    ("see", &["to", "if", "whether"]),
    ("explain", &["it", "this", "that", "the"]),
    ("stop", &["the"]),
    ("repeat", &["the"]),
    ("start", &["the", "a", "working", "writing", "building"]),
    ("begin", &["the", "a", "working", "writing", "building"]),
    ("talk", &["to", "with"]),
    ("move", &["the", "it", "this", "that", "our", "them", "all"]),
];

/// Verbs that say nothing alone: what is meant was said before.
const VAGUE: [&str; 5] = ["do", "take", "try", "handle", "make"];

/// Words that point to what was said before.
const POINTERS: [&str; 14] =
    ["it", "that", "this", "them", "so", "one", "sure", "now", "then", "today", "tomorrow", "later", "too", "myself"];

/// First words of questions and of what is only supposed.
const SUPPOSED: [&str; 9] = ["if", "when", "unless", "whenever", "why", "how", "what", "maybe", "perhaps"];

/// Pronouns and other words that are no names, though they may begin a sentence with a capital letter.
const NO_NAMES: [&str; 46] = [
    "i",
    "you",
    "he",
    "she",
    "it",
    "we",
    "they",
    "this",
    "that",
    "these",
    "those",
    "there",
    "everyone",
    "everybody",
    "nobody",
    "anyone",
    "someone",
    "somebody",
    "who",
    "which",
    "what",
    "the",
    "a",
    "an",
    "our",
    "my",
    "your",
    "their",
    "his",
    "her",
    "its",
    "nothing",
    "something",
    "everything",
    "all",
    "some",
    "none",
    "one",
    "people",
    "users",
    "customers",
    "things",
    "and",
    "or",
    "but",
    "so",
];

/// Whether a sentence commits somebody to something.
pub(super) fn is_commitment(sentence: &str) -> bool {
    find(sentence).is_some()
}

/// What a sentence commits somebody to, said by `speaker`; `answering` is who is spoken to where nobody is named.
pub(super) fn task(sentence: &str, speaker: Option<&str>, answering: Option<&str>) -> Option<Task> {
    let Commitment { who, deed } = find(sentence)?;
    let assignee = match who {
        Who::Speaker => speaker.map(str::to_owned),
        Who::Addressed(Some(name)) | Who::Named(name) => Some(name),
        Who::Addressed(None) => answering.filter(|name| Some(*name) != speaker).map(str::to_owned),
        Who::Somebody => None,
    };
    let title = clip(&capitalised(&as_spelled(sentence, &deed)), MAX_TITLE_CHARACTERS);
    Some(Task {
        title,
        description: clip(sentence, MAX_DESCRIPTION_CHARACTERS),
        assignee: assignee.map(|name| clip(&name, MAX_NAME_CHARACTERS)),
    })
}

fn find(sentence: &str) -> Option<Commitment> {
    let said = words(sentence);
    let mut rest: &[String] = &said;
    let mut addressed = None;
    // `Ann, can you …`: a name before a comma is who is spoken to.
    if let Some((name, _)) = sentence.split_once(',')
        && is_name(name.trim())
    {
        addressed = Some(name.trim().to_owned());
        rest = &rest[words(name).len()..];
    }
    while let [first, after @ ..] = rest
        && OPENERS.contains(&first.as_str())
    {
        rest = after;
    }
    if rest.first().is_some_and(|word| SUPPOSED.contains(&word.as_str())) {
        return None;
    }
    if let Some(after) = begins(rest, &MARKED) {
        let after = without_fillers(after);
        return inner(after, sentence).or_else(|| Some(Commitment { who: Who::Somebody, deed: doing(after)? }));
    }
    if let [first, after @ ..] = rest
        && first == "please"
    {
        return Some(Commitment { who: Who::Addressed(addressed), deed: doing(without_fillers(after))? });
    }
    let is_question = sentence.trim_end().ends_with('?');
    if let Some(after) = begins(rest, &ASKED) {
        // `You will …?` asks what is so.
        if is_question && rest[0].starts_with("you") {
            return None;
        }
        let asked = addressed.or_else(|| trailing_name(sentence));
        return Some(Commitment { who: Who::Addressed(asked), deed: doing(without_fillers(after))? });
    }
    if is_question {
        return None;
    }
    if let Some(after) = begins(rest, &OWN) {
        return Some(Commitment { who: Who::Speaker, deed: doing(without_fillers(after))? });
    }
    if let Some(after) = begins(rest, &SHARED) {
        return Some(Commitment { who: Who::Somebody, deed: doing(without_fillers(after))? });
    }
    inner(rest, sentence)
}

/// `Ann will …`, with the name as the sentence spells it.
fn inner(rest: &[String], sentence: &str) -> Option<Commitment> {
    for n_words in 1..=2 {
        let Some((name, after)) = rest.split_at_checked(n_words) else { continue };
        let Some(deed) = begins(after, &OTHERS) else { continue };
        let spelled = as_spelled_exactly(sentence, name)?;
        if is_name(&spelled) {
            return Some(Commitment { who: Who::Named(spelled), deed: doing(without_fillers(deed))? });
        }
    }
    None
}

/// What follows one of `beginnings`, the longest that `said` begins with.
fn begins<'a>(said: &'a [String], beginnings: &[&[&str]]) -> Option<&'a [String]> {
    let fitting = beginnings.iter().filter(|beginning| {
        beginning.len() <= said.len() && beginning.iter().zip(said).all(|(expected, word)| expected == word)
    });
    fitting.map(|beginning| beginning.len()).max().map(|n_words| &said[n_words..])
}

fn without_fillers(mut said: &[String]) -> &[String] {
    while let [first, rest @ ..] = said
        && FILLERS.contains(&first.as_str())
        && !rest.is_empty()
    {
        said = rest;
    }
    said
}

/// The words, where they begin with a deed and say more than it.
fn doing(said: &[String]) -> Option<Vec<String>> {
    let said = match said {
        [first, rest @ ..] if first == "to" => rest,
        said => said,
    };
    let [verb, rest @ ..] = said else { return None };
    let second = rest.first()?;
    let is_deed = !NOT_DEEDS.contains(&verb.as_str())
        || DEEDS_AFTER_ALL.iter().any(|(known, behind)| known == verb && behind.contains(&second.as_str()));
    let is_pointing = VAGUE.contains(&verb.as_str()) && rest.iter().all(|word| POINTERS.contains(&word.as_str()));
    (is_deed && !is_pointing && verb.chars().all(|c| c.is_alphabetic() || c == '-')).then(|| said.to_vec())
}

/// Whether a text is a name of one or two words: capital letters, and no word that stands at the beginning of sentences.
fn is_name(text: &str) -> bool {
    let names: Vec<&str> = text.split_whitespace().collect();
    let is_one = |name: &&str| {
        let plain = name.to_lowercase();
        name.chars().next().is_some_and(char::is_uppercase)
            && name.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
            && !NO_NAMES.contains(&plain.as_str())
            && !OPENERS.contains(&plain.as_str())
            && !SUPPOSED.contains(&plain.as_str())
    };
    (1..=2).contains(&names.len()) && names.iter().all(is_one)
}

/// The name at the end of `can you …, Ann?`.
fn trailing_name(sentence: &str) -> Option<String> {
    let (_, last) = sentence.trim_end_matches(|c: char| !c.is_alphanumeric()).rsplit_once(',')?;
    let last = last.trim();
    is_name(last).then(|| last.to_owned())
}

/// The end of the sentence that begins with the deed, as the sentence spells it, without the marks at its end.
fn as_spelled(sentence: &str, deed: &[String]) -> String {
    let n_behind = deed.len();
    let starts: Vec<usize> = word_starts(sentence);
    let start = starts.len().checked_sub(n_behind).and_then(|at| starts.get(at)).copied().unwrap_or(0);
    let text = sentence[start..].trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '%' | '"'));
    text.to_owned()
}

/// Those words as the sentence spells them.
fn as_spelled_exactly(sentence: &str, name: &[String]) -> Option<String> {
    let spelled: Vec<&str> = sentence
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')))
        .filter(|word| !word.is_empty())
        .collect();
    let found = spelled.windows(name.len()).find(|window| {
        window.iter().zip(name).all(|(word, expected)| words(word).first().is_some_and(|word| word == expected))
    });
    found.map(|window| window.join(" "))
}

/// Where the words of a sentence begin, as [`words`] finds them.
fn word_starts(sentence: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '‘' | '-');
    let mut starts = Vec::new();
    let mut word: Option<(usize, bool)> = None;
    for (at, c) in sentence.char_indices().chain([(sentence.len(), ' ')]) {
        match (&mut word, is_part(c)) {
            (None, true) => word = Some((at, c.is_alphanumeric())),
            (Some((_, has_letter)), true) => *has_letter |= c.is_alphanumeric(),
            (Some((start, has_letter)), false) => {
                if *has_letter {
                    starts.push(*start);
                }
                word = None;
            }
            (None, false) => {}
        }
    }
    starts
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// `text` in at most `max` characters.
pub(super) fn clip(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}
