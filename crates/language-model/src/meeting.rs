//! Meetings: what was said in one becomes a summary, and a list of what somebody has to do.

mod builtin;
mod commitments;
mod sentences;

use serde_json::{Value, json};

pub use self::builtin::notes;
use self::commitments::is_commitment;
use self::sentences::sentences;
use crate::assistant::Objection;
use crate::plain_text::{json_object, plain_line, plain_text};
use crate::prompt::Prompt;

/// Longest summary, in characters.
const MAX_SUMMARY_CHARACTERS: usize = 4000;
/// Most tasks.
const MAX_TASKS: usize = 50;
/// Longest title of a task, in characters.
const MAX_TITLE_CHARACTERS: usize = 150;
/// Longest description of a task, in characters.
const MAX_DESCRIPTION_CHARACTERS: usize = 600;
/// Longest name of a person, in characters.
const MAX_NAME_CHARACTERS: usize = 100;

/// Most bytes of what was said that a model is given: less than what it is given altogether.
const MAX_SAID_BYTES: usize = 40 << 10;

/// What was said at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// Who said it, where that is known.
    pub speaker: Option<String>,
    /// What.
    pub text: String,
}

/// A meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meeting {
    /// What it is called.
    pub title: Option<String>,
    /// Who took part, as far as that is known besides who spoke.
    pub participants: Vec<String>,
    /// What was said, in its order.
    pub said: Vec<Utterance>,
}

/// Something that somebody is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// In a few words.
    pub title: String,
    /// As it was said.
    pub description: String,
    /// Who is to do it, where that is known.
    pub assignee: Option<String>,
}

/// What is written about a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// What it was about.
    pub summary: String,
    /// What somebody is to do.
    pub tasks: Vec<Task>,
}

/// Asks for the notes of a meeting, for which the built-in writer has made `builtin`.
pub fn meeting_prompt(meeting: &Meeting, builtin: &Notes) -> Prompt {
    let found: Vec<Value> =
        builtin.tasks.iter().map(|task| json!({"title": task.title, "assignee": task.assignee})).collect();
    Prompt {
        task: "Sum up a meeting for those who were not there, and list what somebody committed to do. `said` is its transcript, one line for each time that \
somebody spoke; it may be shortened where `…` stands. `found` are tasks that rules have found: they may be wrong and incomplete. \
The summary has at most six sentences and tells decisions and open questions. A task has a title that begins with a verb, a description in one sentence, \
and as assignee the name of the person who is to do it, or null. List no task that nobody agreed to. Write in the language of the meeting. \
Answer with a JSON object: {\"summary\": \"…\", \"tasks\": [{\"title\": \"…\", \"description\": \"…\", \"assignee\": \"…\"}]}.",
        data: json!({
            "title": meeting.title,
            "participants": meeting.participants.iter().take(100).collect::<Vec<_>>(),
            "found": found,
            "said": bounded(&meeting.said, MAX_SAID_BYTES),
        }),
        max_tokens: 2000,
        is_json: true,
    }
}

/// Reads `{"summary", "tasks": [{"title", "description", "assignee"}]}`.
///
/// # Errors
/// Where a part is missing or too long.
pub fn read_notes(answer: &str) -> Result<Notes, Objection> {
    let object = json_object(answer)?;
    let summary = object.get("summary").and_then(Value::as_str).ok_or("`summary` is to be a text")?;
    let summary = plain_text(summary, MAX_SUMMARY_CHARACTERS).map_err(|objection| format!("`summary`: {objection}"))?;
    let tasks = match object.get("tasks") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(tasks)) => tasks,
        Some(_) => return Err("`tasks` is to be a list".to_owned()),
    };
    if tasks.len() > MAX_TASKS {
        return Err(format!("`tasks` has {} tasks, more than {MAX_TASKS}", tasks.len()));
    }
    let tasks = tasks
        .iter()
        .enumerate()
        .map(|(at, task)| read_task(task).map_err(|objection| format!("tasks[{at}]: {objection}")));
    Ok(Notes { summary, tasks: tasks.collect::<Result<_, _>>()? })
}

fn read_task(task: &Value) -> Result<Task, Objection> {
    let title = task["title"].as_str().ok_or("`title` is to be a text")?;
    let optional = |key: &str, longest| match &task[key] {
        Value::String(text) if !text.trim().is_empty() => plain_line(text, longest).map(Some),
        Value::Null | Value::String(_) => Ok(None),
        _ => Err(format!("`{key}` is to be a text or null")),
    };
    Ok(Task {
        title: plain_line(title, MAX_TITLE_CHARACTERS)?,
        description: optional("description", MAX_DESCRIPTION_CHARACTERS)?.unwrap_or_default(),
        assignee: optional("assignee", MAX_NAME_CHARACTERS)?,
    })
}

/// What was said, one line for each time that somebody spoke, in at most `max_bytes`: where that is too much, the beginning and the end, and of what is
/// between them what commits somebody to something.
fn bounded(said: &[Utterance], max_bytes: usize) -> Vec<String> {
    let turns = turns(said);
    let lines: Vec<String> = turns.iter().map(line).collect();
    let sizes: Vec<usize> = lines.iter().map(|line| Value::from(line.as_str()).to_string().len() + 1).collect();
    if sizes.iter().sum::<usize>() <= max_bytes {
        return lines;
    }
    let part = max_bytes / 3;
    let within = |sizes: &mut dyn Iterator<Item = &usize>| {
        let mut total = 0;
        sizes
            .take_while(|size| {
                total += **size;
                total <= part
            })
            .count()
    };
    let n_first = within(&mut sizes.iter());
    let n_last = within(&mut sizes[n_first..].iter().rev());
    let between = n_first..lines.len() - n_last;
    let mut kept: Vec<String> = lines[..n_first].to_vec();
    let (mut total, mut is_gap) = (0, false);
    for at in between {
        let is_kept = total + sizes[at] <= part && sentences(&turns[at].text).any(is_commitment);
        if is_kept {
            total += sizes[at];
            kept.push(lines[at].clone());
        } else if !is_gap {
            kept.push("…".to_owned());
        }
        is_gap = !is_kept;
    }
    kept.extend_from_slice(&lines[lines.len() - n_last..]);
    kept
}

/// What people said one after the other: recognisers cut what one says into pieces.
fn turns(said: &[Utterance]) -> Vec<Utterance> {
    /// From which length on a turn is not made longer.
    const LONG_TURN_BYTES: usize = 1000;
    let mut turns: Vec<Utterance> = Vec::new();
    for utterance in said {
        match turns.last_mut() {
            Some(turn) if turn.speaker == utterance.speaker && turn.text.len() < LONG_TURN_BYTES => {
                turn.text.push(' ');
                turn.text.push_str(utterance.text.trim());
            }
            _ => turns.push(Utterance { text: utterance.text.trim().to_owned(), ..utterance.clone() }),
        }
    }
    turns
}

fn line(utterance: &Utterance) -> String {
    match &utterance.speaker {
        Some(speaker) => format!("{speaker}: {}", utterance.text),
        None => utterance.text.clone(),
    }
}

#[cfg(test)]
mod tests;
