//! What sub-sessions of one developer have to do with each other: which goes on with which, and which did which over.

use std::collections::BTreeSet;

use crate::rubric::rework::{is_continuation, is_rework};
use crate::sub_session::{SubSession, SubSessionId};

/// What a sub-session has to do with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Which.
    pub id: SubSessionId,
    /// See [`crate::sub_session::Rubric::rework_by`].
    pub rework_by: Option<SubSessionId>,
    /// See [`SubSession::continues`].
    pub continues: Option<SubSessionId>,
}

impl Relation {
    fn of(sub: &SubSession) -> Self {
        Self { id: sub.id, rework_by: sub.rubric.rework_by, continues: sub.continues }
    }
}

/// Finds what `changed`, the sub-sessions of one session, have to do with `others`, those of the developer's other sessions from a week before to a week
/// after, and among themselves. What is known of others and does not concern the session is kept. Gives the relations of others that are different now.
pub fn relate(changed: &mut [SubSession], others: &[SubSession]) -> Vec<Relation> {
    for sub in changed.iter_mut() {
        sub.continues = latest(others, |earlier| is_continuation(earlier, sub));
    }
    for at in 0..changed.len() {
        let all = changed.iter().chain(others);
        let redone = earliest(all, |later| later.id != changed[at].id && is_redone(&changed[at], later));
        changed[at].rubric.rework_by = redone;
    }
    let own: BTreeSet<SubSessionId> = changed.iter().map(|sub| sub.id).collect();
    let known = |id: SubSessionId| others.iter().any(|other| other.id == id);
    // An id that is not there any more was the session's. It may also be of one beyond the weeks around, but not where those hold all that comes into question.
    let first = changed.iter().map(|sub| sub.started_at).min();
    let last = changed.iter().map(|sub| sub.ended_at).max();
    let is_after_begin = |other: &SubSession| first.is_none_or(|first| other.started_at >= first);
    let is_before_end = |other: &SubSession| last.is_none_or(|last| other.ended_at <= last);
    let mut different = Vec::new();
    for other in others {
        let mut relation = Relation::of(other);
        let goes_on = latest(changed, |earlier| is_continuation(earlier, other));
        if goes_on.is_some()
            || relation.continues.is_some_and(|id| own.contains(&id) || is_after_begin(other) && !known(id))
        {
            relation.continues = goes_on.or_else(|| latest(others, |earlier| is_continuation(earlier, other)));
        }
        let by_changed = earliest(changed.iter(), |later| is_redone(other, later));
        let was_by_session =
            relation.rework_by.is_some_and(|id| own.contains(&id) || is_before_end(other) && !known(id));
        if by_changed.is_some() || was_by_session {
            relation.rework_by =
                earliest(changed.iter().chain(others), |later| later.id != other.id && is_redone(other, later));
        }
        if relation != Relation::of(other) {
            different.push(relation);
        }
    }
    different
}

/// Going on is not doing over.
fn is_redone(earlier: &SubSession, later: &SubSession) -> bool {
    later.continues != Some(earlier.id) && is_rework(earlier, later)
}

fn earliest<'a>(all: impl Iterator<Item = &'a SubSession>, fits: impl Fn(&SubSession) -> bool) -> Option<SubSessionId> {
    all.filter(|sub| fits(sub)).min_by_key(|sub| (sub.started_at, sub.id)).map(|sub| sub.id)
}

fn latest(all: &[SubSession], fits: impl Fn(&SubSession) -> bool) -> Option<SubSessionId> {
    all.iter().filter(|sub| fits(sub)).max_by_key(|sub| (sub.ended_at, sub.id)).map(|sub| sub.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sub_session;

    fn ids(subs: &[SubSession]) -> Vec<SubSessionId> {
        subs.iter().map(|sub| sub.id).collect()
    }

    #[test]
    fn later_work_on_the_same_lines_is_rework() {
        let mut first = sub_session("a", 0, 0, 100);
        first.files = vec!["/x/a.rs".to_owned()];
        first.footprint.edit("/x/a.rs", "", "let some = 1;\nlet other = 2;");
        let mut second = sub_session("b", 0, 5000, 5100);
        second.files.clone_from(&first.files);
        second.footprint.edit("/x/a.rs", "let some = 1;", "let some = 3;");
        let mut unrelated = sub_session("c", 0, 6000, 6100);
        unrelated.files.clone_from(&first.files);

        let different = relate(&mut [second.clone()], &[first.clone(), unrelated.clone()]);
        assert_eq!(different, [Relation { id: first.id, rework_by: Some(second.id), continues: None }]);

        // the same where the earlier one comes later
        let mut late = [first.clone()];
        assert!(relate(&mut late, &[second.clone(), unrelated.clone()]).is_empty());
        assert_eq!(late[0].rubric.rework_by, Some(second.id));

        // and it is taken back where it no longer holds
        first.rubric.rework_by = Some(second.id);
        second.footprint = crate::rubric::rework::Footprint::default();
        let different = relate(&mut [second], &[first.clone(), unrelated]);
        assert_eq!(different, [Relation { id: first.id, rework_by: None, continues: None }]);
    }

    #[test]
    fn what_begins_at_once_on_the_same_files_goes_on() {
        let mut first = sub_session("a", 0, 0, 100);
        first.files = vec!["/x/a.rs".to_owned(), "/x/b.rs".to_owned()];
        first.footprint.edit("/x/a.rs", "", "let some = 1;");
        let mut second = sub_session("b", 0, 400, 500);
        second.files = vec!["/x/a.rs".to_owned()];
        second.footprint.edit("/x/a.rs", "let some = 1;", "");
        let mut changed = [second.clone()];
        assert!(relate(&mut changed, &[first.clone()]).is_empty(), "going on is not doing over");
        assert_eq!(changed[0].continues, Some(first.id));
        let together = crate::score::joined(vec![changed[0].clone(), first.clone()]);
        assert_eq!((ids(&together), together[0].turn_count), (vec![first.id], first.turn_count + second.turn_count));

        let mut late = sub_session("b", 0, 701, 800);
        late.files.clone_from(&second.files);
        let mut changed = [late];
        relate(&mut changed, &[first]);
        assert_eq!(changed[0].continues, None);
    }
}
