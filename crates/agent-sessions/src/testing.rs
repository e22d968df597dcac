//! Sub-sessions for tests.

use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

use crate::model::{Cost, DeveloperId, Lines, Tokens, Troubles};
use crate::rubric::intent::IntentClass;
use crate::rubric::rework::Footprint;
use crate::sub_session::{JudgeStatus, Rubric, SubSession, SubSessionId};

/// A crushed fix of the session, from so many to so many seconds after 2026-03-02, a Monday.
pub(crate) fn sub_session(session: &str, number: u32, from: i64, to: i64) -> SubSession {
    let monday = DateTime::from_timestamp(1_772_409_600, 0).unwrap();
    SubSession {
        id: SubSessionId(Uuid::new_v5(&Uuid::nil(), format!("{session}/{from}").as_bytes())),
        session_id: session.to_owned(),
        developer: DeveloperId(Uuid::from_u128(2)),
        number,
        is_last: true,
        started_at: monday + TimeDelta::seconds(from),
        ended_at: monday + TimeDelta::seconds(to),
        title: "A fix".to_owned(),
        summary: "It was fixed.".to_owned(),
        turn_count: 3,
        tokens: Tokens { input: 100, output: 50, cache_read: 800, cache_creation: 50 },
        cost: Cost { micros: 10_000 },
        lines: Lines { added: 12, removed: 2, is_estimated: false },
        active_seconds: 120.0,
        human_seconds: 60.0,
        response_seconds: 30.0,
        tool_calls: 10,
        mutating_calls: 2,
        commits: 0,
        troubles: Troubles::default(),
        model: Some("m".to_owned()),
        files: Vec::new(),
        footprint: Footprint::default(),
        rubric: Rubric {
            is_substantial: true,
            intent: Some(IntentClass::BugFix),
            is_goal_complete: true,
            goal_confidence: 0.8,
            rework_by: None,
            judge_status: JudgeStatus::Heuristic,
            checks: None,
            pes: None,
            graded_prompts: 0,
        },
        continues: None,
    }
}
