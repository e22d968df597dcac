//! Where things go wrong, and what helps.

use std::collections::BTreeSet;

use agent_sessions::model::Session;
use agent_sessions::turn::Turn;

use super::model::{FrictionRow, Frictions};
use crate::bloat::bloated_turns;
use crate::labels::named;
use crate::numbers::{count, percent, score};
use crate::texts::Texts;
use crate::view::View;

/// Most sessions that a kind of friction names.
const MAX_SESSIONS: usize = 50;

/// Tells how often something happened in a session.
type Count = fn(&Session, &[Turn]) -> u64;

/// The kinds, with how often each happened in a session.
const KINDS: [(&str, Count); 6] = [
    ("tool_failure", |session, _| session.troubles.tool_failures),
    ("retry_storm", |session, _| session.troubles.retry_storms),
    ("rejected_edit", |session, _| session.edit_decisions.rejected),
    ("api_error", |session, _| session.troubles.api_errors),
    ("correction", |session, _| session.troubles.corrections),
    ("context_bloat", |_, turns| count(bloated_turns(turns).count())),
];

pub(super) fn frictions(view: View<'_>, texts: Texts) -> Frictions {
    let mut categories: Vec<FrictionRow> = Vec::new();
    for (key, of) in KINDS {
        let mut sum = 0;
        let mut sessions = BTreeSet::new();
        for session in view.sessions {
            let n = of(session, view.turns_of(session));
            if n > 0 {
                sum += n;
                sessions.insert(session.key.session_id.as_str());
            }
        }
        if sum > 0 {
            categories.push(FrictionRow {
                key: key.to_owned(),
                label: texts.get(&named("friction", key)),
                count: sum,
                mitigation: texts.get(&named("mitigation", key)),
                session_ids: sessions.into_iter().take(MAX_SESSIONS).map(str::to_owned).collect(),
            });
        }
    }
    categories.sort_by_key(|row| std::cmp::Reverse(row.count));
    Frictions { friction_rate: friction_rate(view), categories }
}

/// Sessions with any friction among all, 0 to 100.
pub(super) fn friction_rate(view: View<'_>) -> f64 {
    let has_friction = |session: &&&Session| {
        let turns = view.turns_of(session);
        KINDS.iter().any(|(_, of)| of(session, turns) > 0)
    };
    let n_rough = count(view.sessions.iter().filter(has_friction).count());
    score(percent(n_rough, count(view.sessions.len())))
}
