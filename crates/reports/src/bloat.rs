//! Turns that carry far more context than their session began with.

use agent_sessions::turn::Turn;

/// How many times the smallest context so far is too much.
const FACTOR: u64 = 10;

/// The turns of a session whose context has grown more than tenfold. A context that shrinks, as where it was compacted, is what growth is measured by from
/// there on.
pub(crate) fn bloated_turns(turns: &[Turn]) -> impl Iterator<Item = &Turn> {
    let mut smallest = u64::MAX;
    turns.iter().filter(move |turn| {
        if turn.context_tokens == 0 {
            return false;
        }
        smallest = smallest.min(turn.context_tokens);
        turn.context_tokens > smallest.saturating_mul(FACTOR)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_measured_by_the_smallest_context_so_far() {
        let turn = |context_tokens| Turn { context_tokens, ..Turn::default() };
        let turns = [0, 2000, 20_000, 20_001, 500, 5001, 0].map(turn);
        let bloated: Vec<u64> = bloated_turns(&turns).map(|turn| turn.context_tokens).collect();
        assert_eq!(bloated, [20_001, 5001]);
    }
}
