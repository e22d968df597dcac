//! Sessions for tests: three weeks of two developers, and what they did before.

use agent_sessions::model::{
    Cost, Decisions, DeveloperId, LanguageUse, Lines, ModelUse, Origin, Session, SessionKey, Summary, TextSource,
    Tokens, ToolActivity, Troubles,
};
use agent_sessions::rubric::checks::PromptChecks;
use agent_sessions::rubric::intent::IntentClass;
use agent_sessions::rubric::pes::PromptEfficiency;
use agent_sessions::rubric::rework::Footprint;
use agent_sessions::sub_session::{JudgeStatus, Rubric, SubSession, SubSessionId};
use agent_sessions::turn::Turn;
use agent_sessions::window::Span;
use chrono::{DateTime, TimeDelta, Utc};
use insights_core::ids::OrganizationId;
use uuid::Uuid;

use crate::common::Order;
use crate::facts::{Facts, SessionTurns};
use crate::language::Language;

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A report about three weeks of March, made a day later.
pub(crate) fn order(language: Language) -> Order {
    Order {
        report_id: Uuid::from_u128(7),
        scope: "personal".to_owned(),
        language,
        period: Span { from: at("2026-03-02T00:00:00Z"), to: at("2026-03-23T00:00:00Z") },
        now: at("2026-03-24T08:00:00Z"),
    }
}

/// What differs from session to session.
#[derive(Clone, Copy, Debug)]
struct Work {
    name: &'static str,
    developer: u128,
    start: &'static str,
    /// Tokens, by which everything else is.
    size: u64,
    intent: Option<IntentClass>,
    is_complete: bool,
    is_reworked: bool,
    n_failures: u64,
    model: &'static str,
    title: &'static str,
}

const PLAIN: Work = Work {
    name: "",
    developer: 1,
    start: "",
    size: 20_000,
    intent: Some(IntentClass::BugFix),
    is_complete: true,
    is_reworked: false,
    n_failures: 0,
    model: "claude-sonnet-4-5",
    title: "Mend the login",
};

/// Some work before the period, nine sessions in it, and one that is going on.
const WORK: [Work; 13] = [
    Work { name: "old-1", start: "2026-01-20T09:00:00Z", size: 30_000, ..PLAIN },
    Work { name: "old-2", start: "2026-02-12T09:00:00Z", size: 40_000, is_complete: false, ..PLAIN },
    Work { name: "old-3", developer: 2, start: "2026-02-24T09:00:00Z", size: 20_000, ..PLAIN },
    Work { name: "a", start: "2026-03-02T09:00:00Z", ..PLAIN },
    Work {
        name: "b",
        developer: 2,
        start: "2026-03-03T10:30:00Z",
        size: 60_000,
        intent: Some(IntentClass::Feature),
        title: "Add the <export> & \"paging\"",
        ..PLAIN
    },
    Work {
        name: "c",
        start: "2026-03-04T14:00:00Z",
        size: 9_000,
        intent: Some(IntentClass::Question),
        model: "claude-opus-4-5",
        ..PLAIN
    },
    Work { name: "d", start: "2026-03-09T09:00:00Z", size: 45_000, is_complete: false, n_failures: 4, ..PLAIN },
    Work { name: "e", start: "2026-03-10T09:00:00Z", size: 15_000, is_reworked: true, ..PLAIN },
    Work { name: "f", developer: 2, start: "2026-03-11T23:30:00Z", size: 4_000, intent: None, ..PLAIN },
    Work {
        name: "g",
        developer: 2,
        start: "2026-03-16T09:00:00Z",
        size: 12_000,
        intent: Some(IntentClass::SmallChange),
        model: "claude-opus-4-5",
        ..PLAIN
    },
    Work { name: "h", start: "2026-03-17T09:00:00Z", size: 25_000, intent: Some(IntentClass::Refactor), ..PLAIN },
    Work { name: "i", start: "2026-03-18T09:00:00Z", size: 900_000, n_failures: 2, is_complete: false, ..PLAIN },
    Work { name: "now", start: "2026-03-22T23:00:00Z", size: 5_000, ..PLAIN },
];

pub(crate) fn facts() -> Facts {
    let mut facts = Facts::default();
    for work in WORK {
        let turns = turns(&work);
        if at(work.start) >= order(Language::En).period.from {
            facts.turns.push(SessionTurns { session: key(&work), turns: turns.clone() });
        }
        facts.sessions.push(session(&work, &turns));
        facts.sub_sessions.push(sub_session(&work));
    }
    facts
}

fn key(work: &Work) -> SessionKey {
    SessionKey {
        organization: OrganizationId(Uuid::from_u128(9)),
        developer: DeveloperId(Uuid::from_u128(work.developer)),
        session_id: work.name.to_owned(),
    }
}

fn n_turns(work: &Work) -> u64 {
    2 + work.size % 7
}

fn tokens(work: &Work) -> Tokens {
    let tenth = work.size / 10;
    let output = if work.model.contains("opus") { 100 } else { tenth };
    Tokens { input: tenth, output, cache_read: work.size - 3 * tenth, cache_creation: tenth * 2 - output }
}

fn pes(work: &Work) -> PromptEfficiency {
    let down = if work.is_complete { 0.0 } else { 2.0 };
    PromptEfficiency {
        information_density: 6.5 - down,
        context_leverage: 5.0,
        ambiguity_cost: 7.0 - down,
        turn_economy: 9.0,
    }
}

fn turns(work: &Work) -> Vec<Turn> {
    let n = n_turns(work);
    let all = tokens(work);
    let part = |whole: u64, at: u64| if at == 0 { whole - whole / n * (n - 1) } else { whole / n };
    let turn = |at: u64| Turn {
        index: Some(u32::try_from(at).unwrap()),
        prompt_id: Some(format!("{}-{at}", work.name)),
        submitted_at: prompted_at(work, at),
        ended_at: prompted_at(work, at) + TimeDelta::seconds(40),
        preview: Some(format!("Prompt {at} of {}", work.title)),
        is_correction: work.n_failures > 2 && at == 1,
        model: Some(work.model.to_owned()),
        requests: 2,
        tokens: Tokens {
            input: part(all.input, at),
            output: part(all.output, at),
            cache_read: part(all.cache_read, at),
            cache_creation: part(all.cache_creation, at),
        },
        cost: Cost { micros: part(work.size * 2, at) },
        context_tokens: if work.size > 500_000 { 1000 + 9000 * at } else { 1000 },
        response_time_ms: Some(20_000 + 1000 * at),
        is_retry_storm: work.n_failures > 2 && at == 1,
        pes: Some(pes(work)),
        ..Turn::default()
    };
    (0..n).map(turn).collect()
}

fn prompted_at(work: &Work, n: u64) -> DateTime<Utc> {
    at(work.start) + TimeDelta::minutes(10 * i64::try_from(n).unwrap())
}

fn troubles(work: &Work) -> Troubles {
    Troubles {
        tool_failures: work.n_failures,
        retry_storms: u64::from(work.n_failures > 2),
        corrections: u64::from(work.n_failures > 2),
        ..Troubles::default()
    }
}

fn ended_at(work: &Work) -> DateTime<Utc> {
    // The last one is still at it when the report is made.
    if work.name == "now" { at("2026-03-24T07:59:00Z") } else { prompted_at(work, n_turns(work)) }
}

fn session(work: &Work, turns: &[Turn]) -> Session {
    let tool = |tool: &str, calls, failures| ToolActivity {
        tool: tool.to_owned(),
        calls,
        failures,
        rejected: 0,
        duration_ms: 100 * calls,
    };
    Session {
        key: key(work),
        started_at: at(work.start),
        ended_at: ended_at(work),
        events: 20,
        origin: Origin::default(),
        prompts: n_turns(work),
        requests: 2 * n_turns(work),
        tokens: tokens(work),
        cost: Cost { micros: work.size * 2 },
        lines: Lines { added: 12, removed: 2, is_estimated: false },
        active_seconds: 600.0 * f64::from(u32::try_from(n_turns(work)).unwrap()),
        is_active_time_measured: true,
        resets: u64::from(work.size > 20_000),
        compactions: u64::from(work.size > 20_000),
        commits: 1,
        pull_requests: 0,
        subagents: 0,
        has_plan_mode: work.intent == Some(IntentClass::Feature),
        intent: work.intent,
        edit_decisions: Decisions { accepted: 4, rejected: u64::from(work.n_failures > 2) },
        troubles: troubles(work),
        tools: vec![tool("Bash", 5 + work.n_failures, work.n_failures), tool("Edit", 4, 0)],
        models: vec![ModelUse {
            model: work.model.to_owned(),
            requests: 2 * n_turns(work),
            tokens: tokens(work),
            cost: Cost { micros: work.size * 2 },
        }],
        languages: vec![LanguageUse { language: "Rust".to_owned(), edits: 4 }],
        focus_seconds: vec![1200.0, 300.0],
        response_times_ms: turns.iter().filter_map(|turn| turn.response_time_ms).collect(),
        prompted_at: turns.iter().map(|turn| turn.submitted_at).collect(),
        summary: Summary {
            title: work.title.to_owned(),
            summary: "It was worked on.".to_owned(),
            goal: None,
            outcome: "It is as it is.".to_owned(),
            key_turns: Vec::new(),
            source: TextSource::Template,
            generated_at: at(work.start),
        },
    }
}

fn id(name: &str) -> SubSessionId {
    SubSessionId(Uuid::new_v5(&Uuid::nil(), name.as_bytes()))
}

fn sub_session(work: &Work) -> SubSession {
    let checks = PromptChecks {
        goal_explicit: Some(true),
        scope_bounded: Some(work.is_complete),
        references_concrete: Some(work.size > 12_000),
        context_sufficient: Some(true),
        verification_requested: Some(work.size > 30_000),
        root_cause_oriented: (work.intent == Some(IntentClass::BugFix)).then_some(false),
        plan_first: (work.intent == Some(IntentClass::Feature)).then_some(true),
    };
    SubSession {
        id: id(work.name),
        session_id: work.name.to_owned(),
        developer: DeveloperId(Uuid::from_u128(work.developer)),
        number: 0,
        is_last: true,
        started_at: at(work.start),
        ended_at: ended_at(work),
        title: work.title.to_owned(),
        summary: "It was worked on.".to_owned(),
        turn_count: n_turns(work),
        tokens: tokens(work),
        cost: Cost { micros: work.size * 2 },
        lines: Lines { added: 12, removed: 2, is_estimated: false },
        active_seconds: 600.0 * f64::from(u32::try_from(n_turns(work)).unwrap()),
        human_seconds: 60.0 * f64::from(u32::try_from(n_turns(work)).unwrap()),
        response_seconds: 25.0,
        tool_calls: 9 + work.n_failures,
        mutating_calls: 4,
        commits: 1,
        troubles: troubles(work),
        model: Some(work.model.to_owned()),
        files: Vec::new(),
        footprint: Footprint::default(),
        rubric: Rubric {
            is_substantial: work.size > 4500,
            intent: work.intent,
            is_goal_complete: work.is_complete,
            goal_confidence: if work.is_complete { 0.8 } else { 0.3 },
            rework_by: work.is_reworked.then(|| id("h")),
            judge_status: JudgeStatus::Heuristic,
            checks: Some(checks),
            pes: Some(pes(work)),
            graded_prompts: n_turns(work),
        },
        continues: None,
    }
}
