//! How much speaks for a goal being complete, where no model judges.

use super::intent::IntentClass;
use super::text::{is_assent, is_unrelated};

/// How a sub-session ended.
#[derive(Clone, Debug, Default)]
pub struct Ending<'a> {
    /// Whether the last turn ended in an answer after which no tool failed.
    pub has_clean_answer: bool,
    /// Length of the longest last answer of a turn, in characters; `None` where that is not told.
    pub answer_length: Option<u64>,
    /// The prompts whose text is told, in their order.
    pub prompts: Vec<&'a str>,
    /// Whether one of the last two prompts put something right.
    pub has_recent_correction: bool,
    /// Whether tests, a build or a linter ran well after the last edit, or a commit was made.
    pub is_proven: bool,
}

/// Length from which on an answer is one, in characters.
const ANSWER_CHARACTERS: u64 = 200;

/// How much speaks for the goal being complete, from 0 to 1.
pub fn of_ending(intent: IntentClass, ending: &Ending<'_>) -> f64 {
    let is_closed = ending
        .prompts
        .split_last()
        .is_some_and(|(last, before)| !before.is_empty() && (is_assent(last) || is_unrelated(last, before)));
    let is_shown = if intent.is_code() {
        ending.is_proven
    } else {
        ending.answer_length.is_some_and(|length| length > ANSWER_CHARACTERS)
    };
    // Tenths, so that a sum is as exact as a threshold.
    let tenths = 3 * u32::from(ending.has_clean_answer)
        + 2 * u32::from(is_closed)
        + 2 * u32::from(!ending.has_recent_correction)
        + 3 * u32::from(is_shown);
    f64::from(tenths) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(intent: IntentClass, ending: &Ending<'_>, score: f64, is_complete: bool) {
        let found = of_ending(intent, ending);
        assert_eq!((found, found >= intent.threshold()), (score, is_complete), "{intent:?} {ending:?}");
    }

    #[test]
    fn what_speaks_for_it_adds_up_to_one() {
        let nothing = Ending { has_recent_correction: true, ..Ending::default() };
        check(IntentClass::Question, &nothing, 0.0, false);
        let answered = Ending { has_clean_answer: true, ..Ending::default() };
        check(IntentClass::Question, &answered, 0.5, true);
        check(IntentClass::BugFix, &answered, 0.5, false);
        let told = Ending { answer_length: Some(201), ..answered.clone() };
        check(IntentClass::Review, &told, 0.8, true);
        check(IntentClass::Feature, &told, 0.5, false);
        let proven = Ending { is_proven: true, ..answered };
        check(IntentClass::Feature, &proven, 0.8, true);
        check(IntentClass::Plan, &proven, 0.5, false);
        let thanked = Ending { prompts: vec!["Add a button to the page", "thanks"], ..proven };
        check(IntentClass::Feature, &thanked, 1.0, true);
        let corrected = Ending { has_recent_correction: true, prompts: Vec::new(), ..thanked };
        check(IntentClass::BugFix, &corrected, 0.6, false);
    }
}
