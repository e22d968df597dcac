//! How sub-sessions of each type fare.

use std::collections::BTreeMap;

use crate::model::{Cost, Tokens};
use crate::statistics::real;
use crate::sub_session::SubSession;

/// One type of sub-sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeStats {
    /// See [`SubSession::type_name`].
    pub session_type: &'static str,
    /// How many there are.
    pub count: u64,
    /// Part of all, from 0 to 1.
    pub share: f64,
    /// Mean number of turns.
    pub avg_turns: f64,
    /// Mean minutes of work.
    pub avg_active_minutes: f64,
    /// All tokens.
    pub tokens: Tokens,
    /// All costs.
    pub cost: Cost,
    /// Part that came to its goal, from 0 to 1; `None` for trivia.
    pub goal_complete_rate: Option<f64>,
    /// How many were crushed.
    pub crushed: u64,
}

#[derive(Default)]
struct Sum {
    count: u64,
    turns: u64,
    active_seconds: f64,
    tokens: Tokens,
    cost: Cost,
    complete: u64,
    crushed: u64,
}

/// The types that occur, the most frequent first, then by name.
pub fn by_type(subs: &[SubSession]) -> Vec<TypeStats> {
    let mut sums: BTreeMap<&'static str, Sum> = BTreeMap::new();
    for sub in subs {
        let sum = sums.entry(sub.type_name()).or_default();
        sum.count += 1;
        sum.turns += sub.turn_count;
        sum.active_seconds += sub.active_seconds;
        sum.tokens += sub.tokens;
        sum.cost += sub.cost;
        sum.complete += u64::from(sub.rubric.is_goal_complete);
        sum.crushed += u64::from(sub.is_crushed());
    }
    let total = crate::statistics::length(subs);
    let stats = |(session_type, sum): (&'static str, Sum)| {
        let count = real(sum.count);
        TypeStats {
            session_type,
            count: sum.count,
            share: count / total,
            avg_turns: real(sum.turns) / count,
            avg_active_minutes: sum.active_seconds / 60.0 / count,
            tokens: sum.tokens,
            cost: sum.cost,
            goal_complete_rate: (session_type != "trivia").then(|| real(sum.complete) / count),
            crushed: sum.crushed,
        }
    };
    let mut all: Vec<TypeStats> = sums.into_iter().map(stats).collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.session_type.cmp(b.session_type)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sub_session;

    #[test]
    fn types_are_counted() {
        let mut trivia = sub_session("t", 0, 0, 60);
        trivia.rubric.is_substantial = false;
        let mut missed = sub_session("m", 0, 0, 60);
        missed.rubric.is_goal_complete = false;
        missed.turn_count = 5;
        let all = by_type(&[trivia, missed, sub_session("a", 0, 0, 60), sub_session("b", 0, 0, 60)]);
        let seen: Vec<_> =
            all.iter().map(|row| (row.session_type, row.count, row.goal_complete_rate, row.crushed)).collect();
        assert_eq!(seen, [("bug_fix", 3, Some(2.0 / 3.0), 2), ("trivia", 1, None, 0)]);
        assert_eq!((all[0].share, all[0].avg_turns, all[0].avg_active_minutes), (0.75, 11.0 / 3.0, 2.0));
        assert!(by_type(&[]).is_empty());
    }
}
