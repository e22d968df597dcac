//! A recorded week of two developers, taken in whole; its numbers are counted here once more, from the records as they stand in the files.

#![expect(clippy::unwrap_used, reason = "everything here is a test or serves one")]

mod raw;

use std::sync::Arc;

use agent_sessions::event::TelemetryEvent;
use agent_sessions::memory::InMemoryAgentSessions;
use agent_sessions::metric::{PointValue, TelemetryMetric, Temporality};
use agent_sessions::model::{DeveloperId, FullSession};
use agent_sessions::repository::Filter;
use agent_sessions::rubric::intent::IntentClass;
use agent_sessions::score::{Tally, score};
use agent_sessions::service::SessionService;
use agent_sessions::stats::by_type;
use agent_sessions::sub_session::SubSession;
use agent_sessions::window::{Span, Window};
use chrono::{DateTime, Utc};
use insights_core::ids::OrganizationId;
use insights_core::time::ManualClock;
use proptest::prelude::*;
use test_support::cases::n_property_cases;
use test_support::ids::CountingIds;
use uuid::Uuid;

use raw::{Raw, fixture, instant};

const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
const ANA: DeveloperId = DeveloperId(Uuid::from_u128(0xa));
const BEN: DeveloperId = DeveloperId(Uuid::from_u128(0xb));

/// Saturday at noon.
fn now() -> DateTime<Utc> {
    "2026-03-07T12:00:00Z".parse().unwrap()
}

fn service() -> SessionService {
    let repository = Arc::new(InMemoryAgentSessions::default());
    SessionService::new(repository, Arc::new(ManualClock::new(now())), Arc::new(CountingIds::new()))
}

/// Takes one developer's requests in, one after the other, each record as a server reads it.
fn take_in(service: &SessionService, developer: DeveloperId, name: &str) {
    for request in fixture(&format!("{name}-logs.ndjson")) {
        let read = |record: raw::Record| {
            TelemetryEvent::read(Some(record.time), now(), None, Some(&record.body), &record.attributes)
                .unwrap()
                .unwrap()
        };
        let events = raw::records(&request).into_iter().map(read).collect();
        service.take_in(ORGANIZATION, Some(developer), events, Vec::new()).unwrap();
    }
    for request in fixture(&format!("{name}-metrics.ndjson")) {
        let read = |point: raw::Point| {
            let value = PointValue {
                start: Some(point.start),
                time: point.time,
                temporality: Temporality::from_number(point.temporality).unwrap(),
                value: point.value,
            };
            TelemetryMetric::read(&point.metric, value, &point.attributes).unwrap().unwrap()
        };
        let points = raw::points(&request).into_iter().map(read).collect();
        service.take_in(ORGANIZATION, Some(developer), Vec::new(), points).unwrap();
    }
}

fn whole_week() -> SessionService {
    let service = service();
    take_in(&service, ANA, "ana");
    take_in(&service, BEN, "ben");
    let (intake, transcript) = service.take_transcript(ORGANIZATION, BEN, &raw::text("ben-transcript.jsonl")).unwrap();
    assert_eq!((intake.sessions.len(), transcript.n_wrong), (1, 0));
    service
}

fn week(developer: Option<DeveloperId>) -> Filter {
    let began = Span { from: instant("2026-03-02T00:00:00Z"), to: instant("2026-03-09T00:00:00Z") };
    Filter { organization: ORGANIZATION, developer, began }
}

fn full_sessions(service: &SessionService, developer: DeveloperId) -> Vec<FullSession> {
    let mut all = service.full_sessions(&week(Some(developer)), 100).unwrap();
    all.reverse();
    all
}

#[test]
fn counts_are_those_of_the_records() {
    let service = whole_week();
    for (developer, name, n_sessions) in [(ANA, "ana", 4), (BEN, "ben", 3)] {
        let counted = Raw::of(name);
        assert_eq!(counted.len(), n_sessions);
        for (id, raw) in counted {
            let full = service.require(ORGANIZATION, Some(developer), &id).unwrap();
            let session = &full.session;
            let tokens = session.tokens;
            assert_eq!(
                [tokens.input, tokens.output, tokens.cache_read, tokens.cache_creation],
                raw.tokens,
                "{name} {id}"
            );
            assert_eq!((session.cost.micros, session.requests), (raw.cost_micros, raw.requests));
            assert_eq!((session.prompts, session.resets), (raw.prompts, raw.resets));
            let tools = |of: fn(&agent_sessions::model::ToolActivity) -> u64| session.tools.iter().map(of).sum::<u64>();
            assert_eq!((tools(|tool| tool.calls), tools(|tool| tool.failures)), (raw.tool_calls, raw.tool_failures));
            assert_eq!((tools(|tool| tool.rejected), tools(|tool| tool.duration_ms)), (raw.rejected, raw.tool_ms));
            assert_eq!(
                (session.troubles.api_errors, session.troubles.retries_exhausted),
                (raw.api_errors, raw.exhausted)
            );
            assert_eq!((session.lines.added, session.lines.removed), (raw.lines_added, raw.lines_removed));
            assert!((session.active_seconds - raw.active_seconds).abs() < 1e-9, "{}", session.active_seconds);
            assert_eq!(
                (session.edit_decisions.accepted, session.edit_decisions.rejected),
                (raw.accepted, raw.turned_down)
            );
            assert_eq!((session.started_at, session.ended_at, session.events), (raw.first, raw.last, raw.events));
            // and the parts add up to the whole
            let of_turns: u64 = full.turns.iter().map(|turn| turn.tokens.total()).sum();
            let of_subs: u64 = full.sub_sessions.iter().map(|sub| sub.tokens.total()).sum();
            assert_eq!((of_turns, of_subs), (tokens.total(), tokens.total()));
            let seconds: f64 = full.sub_sessions.iter().map(|sub| sub.active_seconds).sum();
            assert!((seconds - session.active_seconds).abs() < 1e-9);
        }
    }
}

/// What was done with the goal of a sub-session, as a reader of the records sees it.
#[derive(Debug, PartialEq)]
enum Fate {
    Crushed(IntentClass),
    DoneOver(IntentClass),
    Missed(IntentClass),
    Trivia,
}

fn fate(sub: &SubSession) -> Fate {
    let intent = sub.rubric.intent;
    match (sub.rubric.is_substantial, intent) {
        (false, _) => Fate::Trivia,
        (true, Some(intent)) if sub.is_crushed() => Fate::Crushed(intent),
        (true, Some(intent)) if sub.rubric.rework_by.is_some() => Fate::DoneOver(intent),
        (true, Some(intent)) => Fate::Missed(intent),
        (true, None) => panic!("{sub:?}"),
    }
}

#[test]
fn goals_fare_as_a_reader_sees_it() {
    use IntentClass::{BugFix, Feature, Refactor, Review};
    let service = whole_week();
    let fates = |developer| -> Vec<Vec<Fate>> {
        let of_session = |full: FullSession| full.sub_sessions.iter().map(fate).collect();
        full_sessions(&service, developer).into_iter().map(of_session).collect()
    };
    assert_eq!(
        fates(ANA),
        [
            vec![Fate::DoneOver(BugFix)],
            vec![Fate::Crushed(Feature), Fate::Trivia],
            vec![Fate::Missed(BugFix)],
            vec![Fate::Crushed(BugFix)],
        ]
    );
    assert_eq!(
        fates(BEN),
        [
            vec![Fate::Crushed(Feature)],
            vec![Fate::Crushed(Refactor)],
            vec![Fate::Crushed(Review)],
            vec![Fate::Crushed(Feature), Fate::Trivia],
        ]
    );
}

#[test]
fn scores_follow_from_how_goals_fare() {
    let service = whole_week();
    let spans = Window::Weekly.spans(now(), 4);
    let score_of = |developer| score(&service.settled(&week(Some(developer))).unwrap(), &spans, &[]);
    let (ana, ben) = (score_of(ANA), score_of(BEN));
    assert_eq!((ana.tally, ana.prism_score, ana.tier), (Tally { crushed: 2, total: 4 }, Some(50.0), Some("scaling")));
    assert_eq!((ben.tally, ben.prism_score, ben.tier), (Tally { crushed: 4, total: 4 }, Some(100.0), Some("crushing")));
    let all = service.settled(&week(None)).unwrap();
    let counted: Vec<(&str, u64, u64)> =
        by_type(&all).iter().map(|row| (row.session_type, row.count, row.crushed)).collect();
    assert_eq!(counted, [("bug_fix", 3, 1), ("feature", 3, 3), ("trivia", 2, 0), ("refactor", 1, 1), ("review", 1, 1)]);
}

#[test]
fn what_happened_on_the_way_is_told() {
    let service = whole_week();
    let ana = full_sessions(&service, ANA);
    assert_eq!(ana[0].session.summary.title, "Fix the panic in src/reader.rs:42: `parse_line` should retu…");
    assert_eq!(
        (ana[0].session.commits, ana[0].sub_sessions[0].footprint.commits.as_slice()),
        (1, &["5d1e9ab".to_owned()][..])
    );
    assert_eq!(ana[0].sub_sessions[0].rubric.rework_by, Some(ana[3].sub_sessions[0].id));
    // The first turn is that of the start-up, in which plan mode was turned on.
    let planned: Vec<bool> = ana[1].turns.iter().map(|turn| turn.is_plan_mode).collect();
    assert!(ana[1].session.has_plan_mode && ana[1].turns[0].index.is_none());
    assert_eq!(planned, [false, true, false, false, false]);
    assert_eq!((ana[1].session.subagents, ana[1].session.compactions, ana[1].session.models.len()), (1, 1, 3));
    assert_eq!((ana[2].session.troubles.retry_storms, ana[2].session.troubles.corrections), (1, 1));
    let ben = full_sessions(&service, BEN);
    assert_eq!(ben[0].turns.iter().filter(|turn| turn.preview.is_some()).count(), 0);
    assert_eq!((ben[1].session.troubles.corrections, ben[1].session.languages[0].edits), (1, 2));
    assert_eq!(ben[2].turns[0].answer_length, Some(520));
    let transcript = &ben[3].session;
    assert_eq!((transcript.prompts, transcript.resets, transcript.troubles.rejections), (3, 1, 1));
    assert_eq!((transcript.edit_decisions.accepted, transcript.edit_decisions.rejected), (2, 1));
    // The subagent's request is one more; each answer counts once, however many lines it has.
    assert_eq!((transcript.requests, transcript.tokens.input, transcript.tokens.output), (7, 2740, 790));
}

#[test]
fn the_order_in_which_it_comes_makes_no_difference() {
    let backwards = service();
    backwards.take_transcript(ORGANIZATION, BEN, &raw::text("ben-transcript.jsonl")).unwrap();
    take_in(&backwards, BEN, "ben");
    take_in(&backwards, ANA, "ana");
    take_in(&backwards, ANA, "ana");
    let forwards = whole_week();
    for developer in [ANA, BEN] {
        assert_eq!(full_sessions(&backwards, developer), full_sessions(&forwards, developer));
    }
}

/// Ana's records, in the order in which they were sent.
fn anas_events() -> Vec<TelemetryEvent> {
    let read = |record: raw::Record| {
        TelemetryEvent::read(Some(record.time), now(), None, Some(&record.body), &record.attributes).unwrap().unwrap()
    };
    fixture("ana-logs.ndjson").iter().flat_map(raw::records).map(read).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases() / 50))]

    /// However records are mixed, cut into requests and sent again, the same sessions come out.
    #[test]
    fn requests_may_come_in_any_order(events in Just(anas_events()).prop_shuffle(), size in 5_usize..60, again in 0_usize..40) {
        let mixed = service();
        for batch in events.chunks(size).chain([&events[..again]]) {
            mixed.take_in(ORGANIZATION, Some(ANA), batch.to_vec(), Vec::new()).unwrap();
        }
        let whole = service();
        whole.take_in(ORGANIZATION, Some(ANA), anas_events(), Vec::new()).unwrap();
        prop_assert_eq!(full_sessions(&mixed, ANA), full_sessions(&whole, ANA));
    }
}
