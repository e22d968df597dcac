//! One day in short.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::model::{Cost, Lines, Tokens};
use crate::rubric::grade::Letter;
use crate::rubric::intent::IntentClass;
use crate::score::{Tally, intents};
use crate::sub_session::SubSession;

/// Most intents that are named.
const MAX_INTENTS: usize = 3;

/// A day: all sub-sessions that began on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// In a sentence or three.
    pub narrative: String,
    /// How many count, and how many of them were crushed.
    pub tally: Tally,
    /// The letter of the share that was crushed.
    pub letter: Option<Letter>,
    /// Prompts.
    pub prompts: u64,
    /// Seconds of work.
    pub active_seconds: f64,
    /// What models read and wrote.
    pub tokens: Tokens,
    /// What that cost.
    pub cost: Cost,
    /// Lines written.
    pub lines: Lines,
    /// The most frequent intents.
    pub intents: Vec<IntentClass>,
    /// Sessions, in the order of their beginnings.
    pub sessions: Vec<SessionOfDay>,
    /// The session with the most crushed sub-sessions, and of those the one with the most lines; `None` where none was crushed.
    pub best_session: Option<String>,
    /// What to look at.
    pub watch_out: Option<String>,
}

/// A session of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOfDay {
    /// Its id.
    pub session_id: String,
    /// Title of its longest sub-session of the day.
    pub title: String,
    /// Whether all its sub-sessions that count came to their goals.
    pub is_goal_complete: bool,
    /// Whether one of them was done over.
    pub is_rework: bool,
}

/// The day of sub-sessions that all began on it, in the order of their beginnings. What may go on still at `now` is no goal that counts yet.
pub fn day(date: NaiveDate, subs: &[SubSession], now: DateTime<Utc>) -> Day {
    let tally = Tally::of(subs.iter().filter(|sub| !sub.is_preview(now)));
    let refs: Vec<&SubSession> = subs.iter().collect();
    let lines = subs.iter().fold(Lines::default(), |mut sum, sub| {
        sum += sub.lines;
        sum
    });
    let mut day = Day {
        date,
        narrative: String::new(),
        tally,
        letter: tally.prism_score().map(Letter::of_prism_score),
        prompts: subs.iter().map(|sub| sub.turn_count).sum(),
        active_seconds: subs.iter().map(|sub| sub.active_seconds).sum(),
        tokens: subs.iter().map(|sub| sub.tokens).sum(),
        cost: subs.iter().map(|sub| sub.cost).sum(),
        lines,
        intents: intents(&refs).into_iter().take(MAX_INTENTS).map(|one| one.intent).collect(),
        sessions: sessions(subs),
        best_session: best(subs),
        watch_out: watch_out(subs),
    };
    day.narrative = narrative(&day);
    day
}

fn sessions(subs: &[SubSession]) -> Vec<SessionOfDay> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_session: BTreeMap<&str, Vec<&SubSession>> = BTreeMap::new();
    for sub in subs {
        let of_session = by_session.entry(&sub.session_id).or_default();
        if of_session.is_empty() {
            order.push(&sub.session_id);
        }
        of_session.push(sub);
    }
    let session = |id: &str| {
        let of_session = &by_session[id];
        // Of equal ones the first.
        let longest = of_session.iter().rev().max_by(|a, b| a.active_seconds.total_cmp(&b.active_seconds));
        let mut counted = of_session.iter().filter(|sub| sub.is_counted()).peekable();
        SessionOfDay {
            session_id: id.to_owned(),
            title: longest.map(|sub| sub.title.clone()).unwrap_or_default(),
            is_goal_complete: counted.peek().is_some() && counted.all(|sub| sub.rubric.is_goal_complete),
            is_rework: of_session.iter().any(|sub| sub.rubric.rework_by.is_some()),
        }
    };
    order.into_iter().map(session).collect()
}

fn best(subs: &[SubSession]) -> Option<String> {
    let mut by_session: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for sub in subs.iter().filter(|sub| sub.is_crushed()) {
        let sum = by_session.entry(&sub.session_id).or_default();
        *sum = (sum.0 + 1, sum.1 + sub.lines.net());
    }
    by_session.into_iter().rev().max_by_key(|(_, sum)| *sum).map(|(id, _)| id.to_owned())
}

fn watch_out(subs: &[SubSession]) -> Option<String> {
    let sum = |of: fn(&SubSession) -> u64| subs.iter().map(of).sum::<u64>();
    let storms = sum(|sub| sub.troubles.retry_storms);
    let rework = sum(|sub| u64::from(sub.rubric.rework_by.is_some()));
    let open = sum(|sub| u64::from(sub.is_counted() && !sub.rubric.is_goal_complete));
    let corrections = sum(|sub| sub.troubles.corrections);
    if storms > 0 {
        Some(format!("The same call failed again and again in {}.", turns(storms)))
    } else if rework > 0 {
        Some(format!(
            "{} done over later.",
            if rework == 1 { "One goal was".to_owned() } else { format!("{rework} goals were") }
        ))
    } else if corrections > 1 {
        Some(format!("{corrections} prompts put something right; say more at the beginning."))
    } else if open > 0 {
        Some(format!(
            "{} without its end.",
            if open == 1 { "One goal was left".to_owned() } else { format!("{open} goals were left, each") }
        ))
    } else {
        None
    }
}

fn turns(n: u64) -> String {
    if n == 1 { "one turn".to_owned() } else { format!("{n} turns") }
}

fn narrative(day: &Day) -> String {
    let date = day.date;
    if day.sessions.is_empty() {
        return format!("No work with a coding agent is known of {date}.");
    }
    let count = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let minutes = (day.active_seconds / 60.0).round();
    let mut text = format!(
        "{date}: {} with {} in {minutes:.0} minutes of work",
        count(day.sessions.len(), "session", "sessions"),
        count(usize::try_from(day.prompts).unwrap_or(usize::MAX), "prompt", "prompts"),
    );
    let Tally { crushed, total } = day.tally;
    text.push_str(&match total {
        0 => ", none with a goal that counts.".to_owned(),
        _ => {
            format!(", {crushed} of {} reached.", count(usize::try_from(total).unwrap_or(usize::MAX), "goal", "goals"))
        }
    });
    if day.lines.added > 0 || day.lines.removed > 0 {
        text.push_str(&format!(
            " {} lines were added and {} removed, for ${:.2}.",
            day.lines.added,
            day.lines.removed,
            day.cost.usd()
        ));
    }
    if let Some(watch_out) = &day.watch_out {
        text.push(' ');
        text.push_str(watch_out);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sub_session;

    fn date() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
    }

    #[test]
    fn a_day_sums_up_its_sub_sessions() {
        let mut missed = sub_session("b", 0, 200, 260);
        missed.rubric.is_goal_complete = false;
        let found =
            day(date(), &[sub_session("a", 0, 0, 60), sub_session("a", 1, 100, 160), missed], DateTime::<Utc>::MAX_UTC);
        assert_eq!((found.tally, found.letter.map(Letter::name)), (Tally { crushed: 2, total: 3 }, Some("B")));
        assert_eq!((found.prompts, found.tokens.total(), found.cost.micros, found.lines.added), (9, 3000, 30_000, 36));
        assert_eq!((found.best_session.as_deref(), found.sessions.len()), (Some("a"), 2));
        assert!(found.sessions[0].is_goal_complete && !found.sessions[1].is_goal_complete);
        assert_eq!(
            found.narrative,
            "2026-03-02: 2 sessions with 9 prompts in 6 minutes of work, 2 of 3 goals reached. \
             36 lines were added and 6 removed, for $0.03. One goal was left without its end."
        );
    }

    #[test]
    fn a_day_without_work_says_so() {
        let found = day(date(), &[], DateTime::<Utc>::MAX_UTC);
        assert_eq!((found.tally, found.letter, found.best_session), (Tally::default(), None, None));
        assert_eq!(found.narrative, "No work with a coding agent is known of 2026-03-02.");
    }
}
