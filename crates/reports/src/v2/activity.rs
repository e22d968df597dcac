//! What was done when, with which tools, models and languages.

use std::collections::BTreeMap;

use agent_sessions::model::{Cost, ModelUse, Session};
use chrono::{NaiveDate, Timelike};

use super::model::{Activity, Day, LanguageRow, ModelRow, ToolRow};
use crate::numbers::{percent, score};
use crate::period::days;
use crate::view::View;

/// Most tools, models and languages that are listed.
const MAX_ROWS: usize = 20;

pub(super) fn activity(view: View<'_>) -> Activity {
    Activity {
        by_day: by_day(view),
        by_hour: by_hour(view),
        top_tools: top_tools(view),
        models: models(view),
        languages: languages(view),
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n_sessions: u64,
    n_prompts: u64,
    n_tokens: u64,
    cost: Cost,
}

/// Every day of the period, and days after it on which its sessions went on. A session counts on the day that it began on, a turn where it was submitted.
fn by_day(view: View<'_>) -> Vec<Day> {
    let mut days: BTreeMap<NaiveDate, Sums> = days(view.period).map(|day| (day, Sums::default())).collect();
    for session in view.sessions {
        days.entry(session.started_at.date_naive()).or_default().n_sessions += 1;
        for at in &session.prompted_at {
            days.entry(at.date_naive()).or_default().n_prompts += 1;
        }
        for turn in view.turns_of(session) {
            let sums = days.entry(turn.submitted_at.date_naive()).or_default();
            sums.n_tokens += turn.tokens.total();
            sums.cost += turn.cost;
        }
    }
    let rows = days.into_iter().map(|(date, sums)| Day {
        date,
        sessions: sums.n_sessions,
        prompts: sums.n_prompts,
        tokens: sums.n_tokens,
        cost_usd: sums.cost.usd(),
    });
    rows.collect()
}

fn by_hour(view: View<'_>) -> [u64; 24] {
    let mut hours = [0; 24];
    for at in view.sessions.iter().flat_map(|session| &session.prompted_at) {
        let hour = usize::try_from(at.hour()).expect("hours are less than 24");
        hours[hour] += 1;
    }
    hours
}

fn top_tools(view: View<'_>) -> Vec<ToolRow> {
    let mut tools: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for tool in view.sessions.iter().flat_map(|session| &session.tools) {
        let (n_calls, n_failures) = tools.entry(&tool.tool).or_default();
        *n_calls += tool.calls;
        *n_failures += tool.failures;
    }
    let tools = tools.into_iter().filter(|(_, (n_calls, _))| *n_calls > 0);
    let mut rows: Vec<ToolRow> = tools
        .map(|(tool, (n_calls, n_failures))| ToolRow {
            tool: tool.to_owned(),
            count: n_calls,
            success_rate: score(percent(n_calls.saturating_sub(n_failures), n_calls)),
        })
        .collect();
    // The sort is stable: of equal counts the names decide.
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows.truncate(MAX_ROWS);
    rows
}

/// Models by what they cost.
pub(super) fn models_used(sessions: &[&Session]) -> Vec<ModelUse> {
    let mut models: BTreeMap<&str, ModelUse> = BTreeMap::new();
    for of in sessions.iter().flat_map(|session| &session.models) {
        let sum = models.entry(&of.model).or_default();
        sum.model.clone_from(&of.model);
        sum.requests += of.requests;
        sum.tokens += of.tokens;
        sum.cost += of.cost;
    }
    let mut models: Vec<ModelUse> = models.into_values().collect();
    models.sort_by_key(|of| std::cmp::Reverse((of.cost, of.tokens.total())));
    models
}

fn models(view: View<'_>) -> Vec<ModelRow> {
    let used = models_used(view.sessions).into_iter().take(MAX_ROWS);
    used.map(|of| ModelRow {
        model: of.model,
        requests: of.requests,
        tokens: of.tokens.total(),
        cost_usd: of.cost.usd(),
    })
    .collect()
}

fn languages(view: View<'_>) -> Vec<LanguageRow> {
    let mut languages: BTreeMap<&str, u64> = BTreeMap::new();
    for of in view.sessions.iter().flat_map(|session| &session.languages) {
        *languages.entry(&of.language).or_default() += of.edits;
    }
    let mut rows: Vec<LanguageRow> =
        languages.into_iter().map(|(language, edits)| LanguageRow { language: language.to_owned(), edits }).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.edits));
    rows.truncate(MAX_ROWS);
    rows
}
