//! Skill and what it is made of, over the period and from week to week.

use agent_sessions::skill::{BASELINE, Snapshot, Usual, snapshot, sub_session_efficiency};
use agent_sessions::statistics::{median, real};
use agent_sessions::window::Span;

use super::model::{SkillPoint, SkillSnapshot, Sparkline, Sparklines, SsePoint};
use crate::control::{Cancel, Cancelled};
use crate::numbers::score;
use crate::period::weeks;
use crate::texts::Texts;
use crate::view::View;

/// Everything that this module computes.
#[derive(Debug)]
pub(super) struct Skills {
    pub(super) snapshot: Option<SkillSnapshot>,
    pub(super) trend: Vec<SkillPoint>,
    pub(super) sse_series: Vec<SsePoint>,
    pub(super) sparklines: Sparklines,
}

pub(super) fn skills(view: View<'_>, texts: Texts, cancel: &Cancel) -> Result<Skills, Cancelled> {
    let line = |id: &str| Sparkline { label: texts.get(id), value: Vec::new() };
    let mut sparklines = Sparklines {
        ie: line("metric-ie"),
        crr: line("metric-crr"),
        fc: line("metric-fc"),
        rlr: line("metric-rlr"),
        qr: line("metric-qr"),
    };
    let mut trend = Vec::new();
    for week in weeks(view.period) {
        cancel.check()?;
        let of_week = snapshot(view.history(), week);
        trend.extend(of_week.map(|of| SkillPoint {
            period_start: week.from,
            skill: score(of.skill),
            skill_tier: of.tier.to_owned(),
        }));
        let part = |value: fn(Snapshot) -> f64| of_week.map(value).map(score);
        sparklines.ie.value.push(part(|of| of.ie));
        sparklines.crr.value.push(part(|of| of.crr));
        sparklines.fc.value.push(part(|of| of.fc));
        sparklines.rlr.value.push(relative_response_time(view.of(week)));
        sparklines.qr.value.push(part(|of| of.quality_retention));
    }
    let snapshot = snapshot(view.history(), view.period).map(written);
    Ok(Skills { snapshot, trend, sse_series: sse_series(view), sparklines })
}

fn written(of: Snapshot) -> SkillSnapshot {
    SkillSnapshot {
        skill: score(of.skill),
        skill_tier: of.tier.to_owned(),
        speed_hours: score(of.speed_hours),
        efficiency_tokens_per_hour: score(of.tokens_per_hour),
        sse: score(of.sse),
        pes: score(of.pes),
        ie: score(of.ie),
        crr: score(of.crr),
        fc: score(of.fc),
        quality_retention: score(of.quality_retention),
        prism: score(of.prism),
        grade: of.grade.name().to_owned(),
    }
}

/// The median time until an answer against that of the eight weeks before; `None` where one of them is not known.
fn relative_response_time(view: View<'_>) -> Option<f64> {
    let of = |view: View<'_>| {
        median(view.sessions.iter().flat_map(|session| &session.response_times_ms).map(|time_ms| real(*time_ms)))
    };
    let before = Span { from: view.period.from - BASELINE, to: view.period.from };
    let baseline = of(view.of(before)).filter(|baseline| *baseline > 0.0)?;
    Some(score(of(view)? / baseline))
}

/// Each sub-session against those of the eight weeks before the period.
fn sse_series(view: View<'_>) -> Vec<SsePoint> {
    let usual = Usual::before(view.history().sub_sessions, view.period.from);
    let points = view.sub_sessions.iter().map(|sub| SsePoint {
        sub_session_id: sub.id.to_string(),
        started_at: sub.started_at,
        sse: score(sub_session_efficiency(sub, &usual)),
        tokens: sub.tokens.total(),
        turns: sub.turn_count,
        human_minutes: score(sub.human_seconds / 60.0),
        response_secs: score(sub.response_seconds),
    });
    points.collect()
}
