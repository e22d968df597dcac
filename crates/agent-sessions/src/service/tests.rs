use insights_core::time::ManualClock;
use serde_json::json;
use test_support::builders::at;
use test_support::ids::CountingIds;

use super::*;
use crate::judge::{ArcVerdict, Verdict};
use crate::memory::InMemoryAgentSessions;
use crate::model::{TextSource, Tokens};
use crate::rubric::checks::PromptChecks;
use crate::rubric::intent::IntentClass;
use crate::sub_session::JudgeStatus;

const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
const DEVELOPER: DeveloperId = DeveloperId(Uuid::from_u128(2));

struct Fixture {
    service: SessionService,
    clock: Arc<ManualClock>,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(at(0)));
        let repository = Arc::new(InMemoryAgentSessions::default());
        let service = SessionService::new(repository, Arc::<ManualClock>::clone(&clock), Arc::new(CountingIds::new()));
        Self { service, clock }
    }

    fn tell(&self, session: &str, seconds: i64, name: &str, more: serde_json::Value) -> Intake {
        let mut all = json!({"session.id": session, "event.name": name, "event.sequence": seconds});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let event = TelemetryEvent::read(Some(at(seconds)), at(0), None, Some("claude_code"), all.as_object().unwrap());
        self.service.take_in(ORGANIZATION, Some(DEVELOPER), vec![event.unwrap().unwrap()], Vec::new()).unwrap()
    }

    fn session(&self, id: &str) -> FullSession {
        self.service.require(ORGANIZATION, Some(DEVELOPER), id).unwrap()
    }
}

fn key(session_id: &str) -> SessionKey {
    SessionKey { organization: ORGANIZATION, developer: DEVELOPER, session_id: session_id.to_owned() }
}

#[test]
fn what_is_taken_in_is_read_at_once_and_counts_once() {
    let fixture = Fixture::new();
    for _ in 0..3 {
        fixture.tell("a", 0, "user_prompt", json!({"prompt": "Fix the bug in the parser"}));
        fixture.tell("a", 5, "api_request", json!({"model": "m", "output_tokens": 7}));
    }
    let full = fixture.session("a");
    assert_eq!((full.session.prompts, full.session.tokens.output, full.session.events), (1, 7, 2));
    let again = fixture.tell("a", 5, "api_request", json!({"model": "m", "output_tokens": 7}));
    assert_eq!((again.events, again.sessions.len()), (0, 1));
    assert!(fixture.service.require(OrganizationId(Uuid::from_u128(9)), None, "a").is_err());
    assert!(fixture.service.require(ORGANIZATION, Some(DeveloperId(Uuid::nil())), "a").is_err());
}

#[test]
fn judges_are_asked_once_nothing_more_happens() {
    let fixture = Fixture::new();
    fixture.tell("a", 0, "user_prompt", json!({"prompt": "Fix the bug in the parser"}));
    assert_eq!(fixture.service.due(10).unwrap(), []);
    fixture.clock.set(at(601));
    assert_eq!(fixture.service.due(10).unwrap(), [key("a")]);
    let docket = fixture.service.docket(&key("a")).unwrap().unwrap();
    assert_eq!((docket.case.arcs.clone(), docket.case.has_text()), (vec![(0, 0)], true));
    let arc = ArcVerdict {
        first_turn: 0,
        last_turn: 0,
        intent: Some(IntentClass::BugFix),
        is_goal_complete: true,
        confidence: 1.0,
        checks: PromptChecks::default(),
        title: "Arc".to_owned(),
        summary: "S".to_owned(),
    };
    let text = || "T".to_owned();
    let verdict = Verdict {
        title: text(),
        summary: text(),
        goal: text(),
        outcome: text(),
        key_turns: Vec::new(),
        arcs: vec![arc],
    };
    fixture.service.judge(&docket, &Judgement::Model(verdict.clone())).unwrap();
    let full = fixture.session("a");
    assert_eq!(
        (full.sub_sessions[0].rubric.judge_status, full.session.summary.source),
        (JudgeStatus::Ok, TextSource::Llm)
    );
    assert_eq!(fixture.service.due(10).unwrap(), []);
    // what changes meanwhile is not judged by what was seen before
    fixture.tell("a", 20, "user_prompt", json!({"prompt": "Now add a test for it, please"}));
    assert_eq!(fixture.service.due(10).unwrap(), [], "it has not been idle long enough");
    fixture.clock.set(at(700));
    assert_eq!(fixture.service.due(10).unwrap(), [key("a")]);
    fixture.service.judge(&docket, &Judgement::Failed).unwrap();
    assert_eq!(fixture.session("a").sub_sessions[0].rubric.judge_status, JudgeStatus::Heuristic);
}

#[test]
fn people_may_write_over_summaries_and_take_it_back() {
    let fixture = Fixture::new();
    fixture.tell("a", 0, "user_prompt", json!({"prompt": "Fix the bug in the parser"}));
    let edit = |title: Option<&str>, summary: Option<&str>| {
        let edit = Edited { title: title.map(str::to_owned), summary: summary.map(str::to_owned) };
        let full = fixture.service.edit_summary(ORGANIZATION, Some(DEVELOPER), "a", &edit).unwrap();
        (full.session.summary.title, full.session.summary.source)
    };
    assert_eq!(edit(Some(" Mine "), None), ("Mine".to_owned(), TextSource::User));
    fixture.tell("a", 9, "api_request", json!({"model": "m"}));
    assert_eq!(fixture.session("a").session.summary.title, "Mine", "it stays when more comes in");
    assert_eq!(edit(Some(""), Some("")), ("Fix the bug in the parser".to_owned(), TextSource::Template));
    let long = Edited { title: Some("x".repeat(201)), summary: None };
    assert!(fixture.service.edit_summary(ORGANIZATION, None, "a", &long).is_err());
    assert!(fixture.service.edit_summary(ORGANIZATION, None, "b", &Edited::default()).is_err());
}

#[test]
fn captures_alone_make_a_session() {
    let fixture = Fixture::new();
    let prompt = CapturedPrompt {
        text: "Explain how the cache works".to_owned(),
        client_event_id: Some("e".to_owned()),
        submitted_at: Some(at(0)),
        ..CapturedPrompt::default()
    };
    let id = fixture.service.capture_prompt(&key("c"), &prompt).unwrap();
    assert_eq!(fixture.service.capture_prompt(&key("c"), &prompt).unwrap(), id);
    fixture.clock.set(at(30));
    let tokens = Some(Tokens { output: 5, ..Tokens::default() });
    let response = CapturedResponse {
        text: "x".repeat(300),
        client_event_id: Some("e".to_owned()),
        tokens,
        ..CapturedResponse::default()
    };
    fixture.service.capture_response(&key("c"), &response).unwrap();
    fixture.clock.set(at(40));
    fixture.service.capture_response(&key("c"), &response).unwrap();
    let full = fixture.session("c");
    assert_eq!((full.session.prompts, full.session.tokens.output, full.turns[0].answer_length), (1, 5, Some(300)));
}

#[test]
fn records_without_a_key_are_of_whom_they_name() {
    let origin = |email: Option<&str>, user: Option<&str>| Origin {
        email: email.map(str::to_owned),
        user_id: user.map(str::to_owned),
        ..Origin::default()
    };
    let of = |origin: &Origin| developer_of(ORGANIZATION, origin);
    assert_eq!(of(&origin(Some("Ann@x.org"), Some("1"))), of(&origin(Some("ann@x.org"), None)));
    assert_ne!(of(&origin(None, Some("1"))), of(&origin(None, Some("2"))));
    assert_ne!(of(&origin(None, None)), developer_of(OrganizationId(Uuid::from_u128(9)), &Origin::default()));
}

#[test]
fn transcripts_that_cannot_be_read_are_refused() {
    let fixture = Fixture::new();
    assert!(fixture.service.take_transcript(ORGANIZATION, DEVELOPER, "x\ny").is_err());
    let (intake, transcript) = fixture.service.take_transcript(ORGANIZATION, DEVELOPER, "\n").unwrap();
    assert_eq!((intake.events, transcript.lines), (0, 0));
}
