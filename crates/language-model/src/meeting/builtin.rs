//! Notes of a meeting by rules: the sentences that say most of what the meeting was about, what was decided, what stayed open, and who is to do what.

use std::collections::{BTreeMap, BTreeSet};

use super::commitments::{clip, is_commitment, task};
use super::sentences::{sentences, words};
use super::{MAX_SUMMARY_CHARACTERS, MAX_TASKS, Meeting, Notes, Task, Utterance, turns};

/// Sentences of a summary that tell what was talked about.
const TELLING_SENTENCES: usize = 3;
/// Decisions that a summary tells.
const DECISIONS: usize = 3;
/// Open questions that a summary tells.
const QUESTIONS: usize = 2;
/// Longest sentence that a summary quotes, in characters.
const MAX_SENTENCE_CHARACTERS: usize = 240;
/// Fewest words of a sentence that tells something.
const MIN_WORDS: usize = 5;
/// Names that a summary lists.
const MAX_NAMES: usize = 5;

/// Words with which people say that something is decided.
const DECIDED: [&[&str]; 9] = [
    &["we", "decided"],
    &["we've", "decided"],
    &["we", "agreed"],
    &["we", "have", "agreed"],
    &["it's", "decided"],
    &["the", "decision", "is"],
    &["we're", "going", "with"],
    &["we", "will", "go", "with"],
    &["let's", "go", "with"],
];

/// Words that every meeting has.
const COMMON: &str = "a about above after again all also am an and any are as at be because been before being both but by can can't come could did do does \
doing don't done down each even few for from further get go going gonna good got great had has have having he her here him his how i i'd i'll i'm i've if in \
into is isn't it it's its just know let let's like look lot made make many maybe me mean more most much my need no not now of off ok okay on once one only \
or other our out over own people please really right said same say see she should so some something sort still such sure take than thank thanks that \
that's the their them then there there's these they they're thing things think this those through time to today together tomorrow too um uh under until up \
us very want was way we we'll we're we've well were what what's when where which while who why will with would yeah yes yesterday you you'll you're your";

/// The notes of a meeting in which something was said.
pub fn notes(meeting: &Meeting) -> Notes {
    let turns = turns(&meeting.said);
    Notes { summary: summary(meeting, &turns), tasks: tasks(&turns) }
}

/// What somebody is to do, each thing once, in the order in which it was said.
fn tasks(turns: &[Utterance]) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut known: BTreeSet<(Option<String>, String)> = BTreeSet::new();
    for (at, turn) in turns.iter().enumerate() {
        let speaker = turn.speaker.as_deref();
        let other = |turn: &&Utterance| turn.speaker.is_some() && turn.speaker.as_deref() != speaker;
        // Who is asked to do something answers next; where nobody answers, it is the one who spoke before.
        let answering = turns[at + 1..].iter().find(other).or_else(|| turns[..at].iter().rev().find(other));
        let answering = answering.and_then(|turn| turn.speaker.as_deref());
        for sentence in sentences(&turn.text) {
            let Some(task) = task(sentence, speaker, answering) else { continue };
            if known.insert((task.assignee.clone(), task.title.to_lowercase())) {
                tasks.push(task);
            }
            if tasks.len() == MAX_TASKS {
                return tasks;
            }
        }
    }
    tasks
}

fn summary(meeting: &Meeting, turns: &[Utterance]) -> String {
    let said: Vec<(usize, &str)> =
        turns.iter().enumerate().flat_map(|(at, turn)| sentences(&turn.text).map(move |s| (at, s))).collect();
    let mut parts = vec![opening(meeting, turns)];
    let telling = telling(&said);
    if !telling.is_empty() {
        parts.push(telling.iter().map(|sentence| quoted(sentence)).collect::<Vec<_>>().join(" "));
    }
    let is_new = |sentence: &&str| !telling.contains(sentence);
    let all = || said.iter().map(|(_, sentence)| *sentence);
    let decisions: Vec<String> =
        all().filter(|sentence| is_decision(sentence)).filter(is_new).take(DECISIONS).map(quoted).collect();
    if !decisions.is_empty() {
        parts.push(format!("Decided: {}", decisions.join(" ")));
    }
    let questions: Vec<String> = open_questions(turns).into_iter().filter(is_new).take(QUESTIONS).map(quoted).collect();
    if !questions.is_empty() {
        parts.push(format!("Open: {}", questions.join(" ")));
    }
    clip(&parts.join("\n"), MAX_SUMMARY_CHARACTERS)
}

/// Who talked, and about which words most.
fn opening(meeting: &Meeting, turns: &[Utterance]) -> String {
    let mut names: Vec<&str> = Vec::new();
    let speakers = turns.iter().filter_map(|turn| turn.speaker.as_deref());
    for name in speakers.chain(meeting.participants.iter().map(String::as_str)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let who = match names.as_slice() {
        [] => "The meeting".to_owned(),
        [one] => (*one).to_owned(),
        many if many.len() <= MAX_NAMES => {
            let (last, others) = many.split_last().expect("there are several names");
            format!("{} and {last}", others.join(", "))
        }
        many => format!("{} and {} others", many[..MAX_NAMES - 1].join(", "), many.len() - MAX_NAMES + 1),
    };
    let verb = if names.is_empty() { "was" } else { "talked" };
    let title = meeting.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let about = match (title, topics(turns).as_slice()) {
        (Some(title), []) => format!(" about “{title}”"),
        (Some(title), topics) => format!(" about “{title}”: {}", topics.join(", ")),
        (None, []) => " for a short time".to_owned(),
        (None, topics) => format!(" about {}", topics.join(", ")),
    };
    format!("{} {verb}{about}.", clip(&who, MAX_SENTENCE_CHARACTERS))
}

/// How often each telling word is said.
fn weights(turns: &[Utterance]) -> BTreeMap<String, usize> {
    let common: BTreeSet<&str> = COMMON.split(' ').collect();
    let names: BTreeSet<String> = turns.iter().filter_map(|turn| turn.speaker.as_deref()).flat_map(words).collect();
    let mut weights = BTreeMap::new();
    for word in turns.iter().flat_map(|turn| words(&turn.text)) {
        let is_telling = word.chars().count() > 2
            && word.chars().any(char::is_alphabetic)
            && !common.contains(word.as_str())
            && !names.contains(&word);
        if is_telling {
            *weights.entry(word).or_insert(0) += 1;
        }
    }
    weights
}

/// The words that were said most, twice at least.
fn topics(turns: &[Utterance]) -> Vec<String> {
    const TOPICS: usize = 4;
    let mut weights: Vec<(String, usize)> = weights(turns).into_iter().filter(|(_, n)| *n > 1).collect();
    weights.sort_by(|(a, n_a), (b, n_b)| n_b.cmp(n_a).then_with(|| a.cmp(b)));
    weights.into_iter().take(TOPICS).map(|(word, _)| word).collect()
}

/// The sentences with most of the words that are said most, in their order; none that asks, promises or says the same again.
fn telling<'a>(said: &[(usize, &'a str)]) -> Vec<&'a str> {
    let all: Vec<Utterance> =
        said.iter().map(|(_, sentence)| Utterance { speaker: None, text: (*sentence).to_owned() }).collect();
    let weights = weights(&all);
    let score = |sentence: &str| {
        let words: BTreeSet<String> = words(sentence).into_iter().collect();
        let total: usize = words.iter().filter_map(|word| weights.get(word)).sum();
        // Long sentences have many words; the root keeps them from always being first.
        (total * 1000) / (1 + words.len()).isqrt().max(1)
    };
    let mut scored: Vec<(usize, usize, &str)> = said
        .iter()
        .enumerate()
        .filter(|(_, (_, sentence))| {
            words(sentence).len() >= MIN_WORDS && !sentence.ends_with('?') && !is_commitment(sentence)
        })
        .map(|(at, (_, sentence))| (score(sentence), at, *sentence))
        .filter(|(score, _, _)| *score > 0)
        .collect();
    scored.sort_by_key(|(score, at, _)| (std::cmp::Reverse(*score), *at));
    let mut seen = BTreeSet::new();
    scored.retain(|(_, _, sentence)| seen.insert(sentence.to_lowercase()));
    scored.truncate(TELLING_SENTENCES);
    scored.sort_by_key(|(_, at, _)| *at);
    scored.into_iter().map(|(_, _, sentence)| sentence).collect()
}

fn is_decision(sentence: &str) -> bool {
    let said = words(sentence);
    !sentence.ends_with('?')
        && DECIDED.iter().any(|decided| {
            said.windows(decided.len())
                .any(|window| window.iter().zip(*decided).all(|(word, expected)| word == expected))
        })
}

/// Questions after which nobody else says anything: the last things that are said.
fn open_questions(turns: &[Utterance]) -> Vec<&str> {
    let Some(last) = turns.last() else { return Vec::new() };
    sentences(&last.text).filter(|sentence| sentence.ends_with('?') && words(sentence).len() >= MIN_WORDS).collect()
}

/// A sentence with a mark at its end, not too long.
fn quoted(sentence: &str) -> String {
    let sentence = clip(sentence, MAX_SENTENCE_CHARACTERS);
    if sentence.ends_with(['.', '!', '?', '…', '。']) { sentence } else { format!("{sentence}.") }
}
