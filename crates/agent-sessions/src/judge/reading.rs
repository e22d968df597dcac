//! A model's answer → a verdict, or what is wrong with it.

use serde_json::Value;

use super::{ArcVerdict, Case, Verdict};
use crate::model::KeyTurn;
use crate::rubric::checks::{Check, PromptChecks};
use crate::rubric::intent::IntentClass;
use crate::values::clip;

const MAX_TITLE_CHARACTERS: usize = 80;
const MAX_SENTENCE_CHARACTERS: usize = 600;

/// Reads the answer of a model that was asked [`TASK`](super::TASK).
///
/// # Errors
/// What is wrong with it, for the model.
pub fn read_verdict(answer: &str, case: &Case) -> Result<Verdict, String> {
    let begin = answer.find('{').ok_or("the answer is to be a JSON object")?;
    let end = answer.rfind('}').map_or(answer.len(), |at| at + 1);
    let answer: Value = answer
        .get(begin..end)
        .and_then(|json| serde_json::from_str(json).ok())
        .ok_or("the answer is no JSON object")?;
    let arcs = answer["arcs"].as_array().ok_or("`arcs` is to be a list")?;
    let arcs = arcs.iter().enumerate().map(|(at, arc)| read_arc(arc).map_err(|wrong| format!("arcs[{at}]: {wrong}")));
    let arcs = arcs.collect::<Result<Vec<_>, _>>()?;
    check_arcs(&arcs, case)?;
    Ok(Verdict {
        title: text(&answer, "title", MAX_TITLE_CHARACTERS)?,
        summary: text(&answer, "summary", MAX_SENTENCE_CHARACTERS)?,
        goal: text(&answer, "goal", MAX_SENTENCE_CHARACTERS)?,
        outcome: text(&answer, "outcome", MAX_SENTENCE_CHARACTERS)?,
        key_turns: key_turns(&answer["key_turns"], case)?,
        arcs,
    })
}

/// A text on one line, without marks of HTML.
fn text(value: &Value, key: &str, max_characters: usize) -> Result<String, String> {
    let text = value[key].as_str().ok_or_else(|| format!("`{key}` is to be a text"))?;
    let line: Vec<&str> = text.split_whitespace().collect();
    let line: String = line.join(" ").chars().filter(|c| !matches!(c, '<' | '>') && !c.is_control()).collect();
    if line.is_empty() {
        return Err(format!("`{key}` is empty"));
    }
    Ok(clip(&line, max_characters))
}

fn number(value: &Value, key: &str) -> Result<u32, String> {
    value[key]
        .as_u64()
        .and_then(|n| u32::try_from(n).ok())
        .ok_or_else(|| format!("`{key}` is to be the number of a turn"))
}

fn read_arc(arc: &Value) -> Result<ArcVerdict, String> {
    let intent = match &arc["intent"] {
        Value::Null => None,
        Value::String(name) => {
            Some(IntentClass::from_name(name).ok_or_else(|| format!("`intent` {name:?} is none of the eight"))?)
        }
        _ => return Err("`intent` is to be a text or null".to_owned()),
    };
    let confidence = arc["confidence"].as_f64().filter(|value| (0.0..=1.0).contains(value));
    let mut checks = PromptChecks::default();
    for check in Check::ALL {
        let holds = match &arc["checks"][check.name()] {
            Value::Null => None,
            Value::Bool(holds) => Some(*holds),
            _ => return Err(format!("`checks`: `{}` is to be true, false or null", check.name())),
        };
        checks.set(check, holds);
    }
    Ok(ArcVerdict {
        first_turn: number(arc, "first_turn")?,
        last_turn: number(arc, "last_turn")?,
        intent,
        is_goal_complete: arc["goal_complete"].as_bool().ok_or("`goal_complete` is to be true or false")?,
        confidence: confidence.ok_or("`confidence` is to be a number from 0 to 1")?,
        checks,
        title: text(arc, "title", MAX_TITLE_CHARACTERS)?,
        summary: text(arc, "summary", MAX_SENTENCE_CHARACTERS)?,
    })
}

/// Stretches are to come one after the other, each within one that was given, and begin where those begin.
fn check_arcs(arcs: &[ArcVerdict], case: &Case) -> Result<(), String> {
    for (at, arc) in arcs.iter().enumerate() {
        let given = case.arcs.iter().find(|(first, last)| *first <= arc.first_turn && arc.last_turn <= *last);
        if given.is_none() || arc.first_turn > arc.last_turn {
            return Err(format!("arcs[{at}] is not within one of the given stretches"));
        }
        if at > 0 && arcs[at - 1].last_turn >= arc.first_turn {
            return Err(format!("arcs[{at}] does not come after the one before it"));
        }
    }
    let missing = case.arcs.iter().find(|(first, _)| !arcs.iter().any(|arc| arc.first_turn == *first));
    match missing {
        Some((first, _)) => Err(format!("no entry of `arcs` begins at turn {first}, where a given stretch does")),
        None => Ok(()),
    }
}

fn key_turns(value: &Value, case: &Case) -> Result<Vec<KeyTurn>, String> {
    let all = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(all) => all,
        _ => return Err("`key_turns` is to be a list".to_owned()),
    };
    let read = all.iter().take(3).map(|turn| {
        let turn_index = number(turn, "turn")?;
        if !case.turns.iter().any(|known| known.index == turn_index) {
            return Err(format!("`key_turns`: there is no turn {turn_index}"));
        }
        Ok(KeyTurn { turn_index, why: text(turn, "why", MAX_SENTENCE_CHARACTERS)? })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::judge::CaseTurn;

    fn case() -> Case {
        let turn = |index| CaseTurn { index, prompt: Some("Fix it".to_owned()), ..CaseTurn::default() };
        Case { turns: (0..5).map(turn).collect(), arcs: vec![(0, 2), (3, 4)] }
    }

    fn arc(first: u32, last: u32) -> Value {
        json!({"first_turn": first, "last_turn": last, "intent": "bug_fix", "goal_complete": true, "confidence": 0.9,
            "checks": {"goal_explicit": true, "plan_first": null}, "title": "A fix", "summary": "It was <b>fixed</b>."})
    }

    fn answer(arcs: &[Value]) -> Value {
        json!({"title": "T", "summary": "S", "goal": "G", "outcome": "O", "key_turns": [{"turn": 1, "why": "W"}], "arcs": arcs})
    }

    #[test]
    fn a_good_answer_is_read() {
        let text = format!("Here:\n```json\n{}\n```", answer(&[arc(0, 1), arc(2, 2), arc(3, 4)]));
        let verdict = read_verdict(&text, &case()).unwrap();
        assert_eq!((verdict.arcs.len(), verdict.key_turns[0].turn_index), (3, 1));
        assert_eq!(verdict.arcs[0].summary, "It was bfixed/b.");
        assert_eq!((verdict.arcs[0].checks.hits(), verdict.arcs[0].checks.applicable()), (1, 1));
    }

    #[test]
    fn a_wrong_answer_is_told_what_is_wrong() {
        #[track_caller]
        fn check(answer: &Value, wrong: &str) {
            let told = read_verdict(&answer.to_string(), &case()).unwrap_err();
            assert!(told.contains(wrong), "{told}");
        }
        check(&json!([]), "JSON object");
        check(&answer(&[]), "begins at turn 0");
        check(&answer(&[arc(0, 3), arc(3, 4)]), "arcs[0] is not within");
        check(&answer(&[arc(0, 2), arc(2, 2), arc(3, 4)]), "arcs[1] does not come after");
        check(&answer(&[arc(0, 2)]), "begins at turn 3");
        let with = |key: &str, value: Value| {
            let mut arc = arc(0, 2);
            arc[key] = value;
            answer(&[arc])
        };
        check(&with("intent", json!("chat")), "\"chat\" is none of the eight");
        check(&with("confidence", json!(2)), "`confidence`");
        check(&with("goal_complete", json!("yes")), "`goal_complete`");
        check(&with("checks", json!({"plan_first": 1})), "`plan_first`");
        check(&with("title", json!(" ")), "`title` is empty");
        let mut elsewhere = answer(&[arc(0, 2), arc(3, 4)]);
        elsewhere["key_turns"][0]["turn"] = json!(9);
        check(&elsewhere, "no turn 9");
    }
}
