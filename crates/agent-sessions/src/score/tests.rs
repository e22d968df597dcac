use super::*;
use crate::rubric::checks::PromptChecks;
use crate::testing::sub_session;
use crate::window::Window;

const DAY: i64 = 86_400;

fn now() -> DateTime<Utc> {
    // Wednesday at noon
    sub_session("x", 0, 2 * DAY + DAY / 2, 0).started_at
}

fn missed(session: &str, from: i64) -> SubSession {
    let mut sub = sub_session(session, 0, from, from + 60);
    sub.rubric.is_goal_complete = false;
    sub
}

#[test]
fn the_documented_sample_comes_out() {
    let mut all: Vec<SubSession> = (0..5).map(|n| sub_session(&format!("c{n}"), 0, n * 3600, n * 3600 + 60)).collect();
    all.extend((0..3).map(|n| missed(&format!("m{n}"), DAY + n * 3600)));
    let mut trivia = sub_session("t", 0, 100, 200);
    trivia.rubric.is_substantial = false;
    let mut unclear = sub_session("u", 0, 100, 200);
    unclear.rubric.intent = None;
    all.extend([trivia, unclear]);
    let score = score(&all, &Window::Weekly.spans(now(), 4), &[]);
    assert_eq!((score.tally, score.prism_score), (Tally { crushed: 5, total: 8 }, Some(62.5)));
    assert_eq!((score.letter.map(Letter::name), score.tier, score.crush_weight), (Some("B"), Some("scaling"), 1.0));
    assert_eq!(score.sparkline, [None, None, None, Some(62.5)]);
}

#[test]
fn rework_is_not_crushed() {
    let mut sub = sub_session("a", 0, 0, 60);
    sub.rubric.rework_by = Some(sub_session("b", 0, 0, 0).id);
    assert_eq!(Tally::of([&sub]), Tally { crushed: 0, total: 1 });
}

#[test]
fn weights_are_compared_with_the_windows_before() {
    let heavy = |session: &str, from, total| {
        let mut sub = sub_session(session, 0, from, from + 60);
        sub.tokens = Tokens { input: total, ..Tokens::default() };
        sub
    };
    let all = [heavy("a", 0, 300), heavy("b", 100, 100), heavy("c", -7 * DAY, 400), heavy("d", -14 * DAY, 100)];
    let before: Vec<Span> = (1..=4).rev().map(|n| Window::Weekly.span(now(), n)).collect();
    assert_eq!(score(&all, &Window::Weekly.spans(now(), 4), &before).crush_weight, 0.8);
    let used = token_use(&all, &Window::Weekly.spans(now(), 4), Window::Weekly.span(now(), 1));
    assert_eq!((used.crush_weight_tokens, used.tet, used.band), (Some(200.0), Some(0.5), Some("tight")));
    assert_eq!((used.tpt, used.mix.total(), used.cost_per_crushed_usd), (Some(400.0 / 6.0), 400, Some(0.01)));
}

#[test]
fn speed_counts_working_days_that_have_begun() {
    let all: Vec<SubSession> = (0..6)
        .map(|n| sub_session(&n.to_string(), 0, n * 3600, n * 3600 + 90))
        .chain([sub_session("w1", 0, -7 * DAY, -7 * DAY + 30), sub_session("w1 late", 0, -3 * DAY, -3 * DAY + 30)])
        .collect();
    let speed = speed(&all, &Window::Weekly.spans(now(), 4), Window::Weekly.span(now(), 1), now());
    assert_eq!((speed.cspw, speed.ttc_median_seconds, speed.band), (2.0, Some(90.0), "crushing"));
    // by Wednesday noon of the week before there was one
    assert_eq!(speed.delta_cspw, 2.0 - 1.0 / 3.0);
    assert_eq!(speed.sparkline, [0.0, 0.0, 0.4, 2.0]);
}

#[test]
fn checks_are_counted_where_they_are_asked() {
    let with = |session: &str, goal: bool, plan: Option<bool>| {
        let mut sub = sub_session(session, 0, 0, 60);
        let checks = PromptChecks { goal_explicit: Some(goal), plan_first: plan, ..PromptChecks::default() };
        sub.rubric.checks = Some(checks);
        sub
    };
    let all = [
        with("a", true, None),
        with("b", true, Some(false)),
        with("c", false, Some(false)),
        sub_session("d", 0, 0, 60),
    ];
    let found = prompting(&all, &Window::Weekly.spans(now(), 4), Window::Weekly.span(now(), 1), now());
    // A+, C+ for a half (55), F
    assert_eq!((found.apg, found.graded, found.delta_apg), (Some(155.0 / 3.0), 3, None));
    assert_eq!(found.worst_pillar, Some(Pillar::Workflow));
    assert_eq!(found.checks[0], (Check::GoalExplicit, Hits { hits: 2, applicable: 3 }));
    assert_eq!(found.pillars[1].1.rate(), None);
}

#[test]
fn what_may_go_on_does_not_count_yet() {
    let open = sub_session("a", 0, 2 * DAY + DAY / 2 - 700, 2 * DAY + DAY / 2 - 599);
    assert!(settled(vec![open.clone()], now()).is_empty());
    assert_eq!(settled(vec![open], now() + TimeDelta::seconds(1)).len(), 1);
}
