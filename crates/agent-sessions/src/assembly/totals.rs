//! Turns and what was measured → the session and its sub-sessions.

mod graded;

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::drafts::{Draft, Drafted};
use super::measured::Measured;
use super::{Assembly, Material, wording};
use crate::event::TelemetryEvent;
use crate::judge::{Case, CaseTurn, Judgement};
use crate::model::{
    FullSession, KeyTurn, LanguageUse, Lines, ModelUse, Session, Summary, TextSource, ToolActivity, Troubles,
};
use crate::sub_session::SubSession;
use crate::turn::Turn;

/// Most of a gap between two events that counts as work.
const MAX_GAP: TimeDelta = TimeDelta::minutes(5);

/// A gap from which on work was interrupted.
const FOCUS_GAP: TimeDelta = TimeDelta::minutes(10);

/// All that a session is made of.
pub(super) struct Parts<'a> {
    pub(super) material: &'a Material,
    pub(super) events: &'a [TelemetryEvent],
    pub(super) span: (DateTime<Utc>, DateTime<Utc>),
    pub(super) measured: Measured,
    pub(super) drafted: Drafted,
    pub(super) arcs: Vec<Range<usize>>,
    pub(super) judgement: &'a Judgement,
    pub(super) generated_at: DateTime<Utc>,
}

/// Where in a session something belongs that has a time alone.
struct Places {
    /// Begin of each sub-session, in their order.
    starts: Vec<DateTime<Utc>>,
}

impl Places {
    /// The sub-session under way at that time; the first before all.
    fn at(&self, time: DateTime<Utc>) -> usize {
        self.starts.iter().rposition(|start| *start <= time).unwrap_or(0)
    }
}

pub(super) fn finish(mut parts: Parts<'_>) -> Assembly {
    let arcs = std::mem::take(&mut parts.arcs);
    for (number, arc) in arcs.iter().enumerate() {
        for draft in &mut parts.drafted.drafts[arc.clone()] {
            draft.turn.sub_session = u32::try_from(number).unwrap_or(u32::MAX);
        }
    }
    let places = Places { starts: arcs.iter().map(|arc| start(&parts.drafted.drafts[arc.clone()])).collect() };
    let active = active_seconds(&parts, &places, arcs.len());
    let lines = lines(&parts, &places, &arcs);
    let commits = commits(&parts, &places, &arcs);
    let mut sub_sessions: Vec<SubSession> = Vec::new();
    for (number, arc) in arcs.iter().enumerate() {
        let of_arc = graded::OfArc {
            key: &parts.material.key,
            number,
            is_last: number + 1 == arcs.len(),
            active_seconds: active.of_arcs[number],
            lines: lines.of_arcs[number],
            commits: commits.of_arcs[number],
            judgement: parts.judgement,
        };
        sub_sessions.push(graded::sub_session(&of_arc, &mut parts.drafted.drafts[arc.clone()]));
    }
    let case = case(&parts.drafted.drafts, &arcs);
    let mut session = session(&parts, &active, &lines, &commits);
    // Of equal ones the first.
    let main = sub_sessions.iter().rev().filter(|sub| sub.rubric.intent.is_some()).max_by_key(|sub| sub.turn_count);
    session.intent = main.and_then(|sub| sub.rubric.intent);
    let turns: Vec<Turn> = parts.drafted.drafts.into_iter().map(|draft| draft.turn).collect();
    Assembly { full: FullSession { session, sub_sessions, turns }, case }
}

/// A number of a session, and of each of its sub-sessions.
struct Shared<T> {
    total: T,
    of_arcs: Vec<T>,
}

fn start(drafts: &[Draft]) -> DateTime<Utc> {
    let first = drafts.iter().find(|draft| draft.is_prompt()).or_else(|| drafts.first());
    first.expect("a stretch has turns").turn.submitted_at
}

fn active_seconds(parts: &Parts<'_>, places: &Places, n_arcs: usize) -> Shared<f64> {
    let mut of_arcs = vec![0.0; n_arcs];
    let mut total = 0.0;
    let mut add = |at: usize, seconds: f64| {
        total += seconds;
        if let Some(arc) = of_arcs.get_mut(at) {
            *arc += seconds;
        }
    };
    match &parts.measured.active {
        Some(measured) => measured.iter().for_each(|(from, seconds)| add(places.at(*from), *seconds)),
        None => {
            for (at, pair) in parts.events.windows(2).enumerate() {
                let gap = (pair[1].time - pair[0].time).min(MAX_GAP).as_seconds_f64();
                let draft = &parts.drafted.drafts[parts.drafted.draft_of[at + 1]];
                add(usize::try_from(draft.turn.sub_session).unwrap_or(usize::MAX), gap);
            }
        }
    }
    Shared { total, of_arcs }
}

fn lines(parts: &Parts<'_>, places: &Places, arcs: &[Range<usize>]) -> Shared<Lines> {
    let drafts = &parts.drafted.drafts;
    let Some(measured) = &parts.measured.lines else {
        let sum = |drafts: &[Draft]| {
            drafts.iter().fold(Lines::default(), |mut sum, draft| {
                sum += draft.turn.lines;
                sum
            })
        };
        return Shared { total: sum(drafts), of_arcs: arcs.iter().map(|arc| sum(&drafts[arc.clone()])).collect() };
    };
    let mut shared = Shared { total: Lines::default(), of_arcs: vec![Lines::default(); arcs.len()] };
    for (from, lines) in measured {
        shared.total += *lines;
        if let Some(arc) = shared.of_arcs.get_mut(places.at(*from)) {
            *arc += *lines;
        }
    }
    shared
}

/// Commits that tools told, or that were measured, whichever are more.
fn commits(parts: &Parts<'_>, places: &Places, arcs: &[Range<usize>]) -> Shared<u64> {
    let drafts = &parts.drafted.drafts;
    let told = |drafts: &[Draft]| drafts.iter().map(|draft| draft.turn.commits).sum::<u64>();
    let measured: u64 = parts.measured.commits.iter().map(|(_, n)| n).sum();
    if told(drafts) >= measured {
        return Shared { total: told(drafts), of_arcs: arcs.iter().map(|arc| told(&drafts[arc.clone()])).collect() };
    }
    let mut of_arcs = vec![0; arcs.len()];
    for (from, n) in &parts.measured.commits {
        if let Some(arc) = of_arcs.get_mut(places.at(*from)) {
            *arc += n;
        }
    }
    Shared { total: measured, of_arcs }
}

fn session(parts: &Parts<'_>, active: &Shared<f64>, lines: &Shared<Lines>, commits: &Shared<u64>) -> Session {
    let drafted = &parts.drafted;
    let drafts = &drafted.drafts;
    let requests: u64 = drafts.iter().map(|draft| draft.turn.requests).sum();
    // Events and metrics tell of the same tokens: the second only where the first tell of none.
    let models = if requests > 0 { &drafted.models } else { &parts.measured.models };
    let mut models: Vec<ModelUse> = models.values().cloned().collect();
    models.sort_by(|a, b| b.requests.cmp(&a.requests).then_with(|| a.model.cmp(&b.model)));
    let told: u64 = drafted.languages.values().map(|used| used.edits).sum();
    let mut languages: Vec<LanguageUse> = if told > 0 {
        drafted.languages.values().cloned().collect()
    } else {
        let measured = parts.measured.languages.iter();
        measured.map(|(language, edits)| LanguageUse { language: language.clone(), edits: *edits }).collect()
    };
    languages.sort_by(|a, b| b.edits.cmp(&a.edits).then_with(|| a.language.cmp(&b.language)));
    let clears = count(drafts, |draft| draft.is_clear);
    let compacts = count(drafts, |draft| draft.is_compact);
    Session {
        key: parts.material.key.clone(),
        started_at: parts.span.0,
        ended_at: parts.span.1,
        events: u64::try_from(parts.events.len()).unwrap_or(u64::MAX),
        origin: origin(parts),
        prompts: count(drafts, |draft| draft.turn.index.is_some()),
        requests,
        tokens: models.iter().map(|used| used.tokens).sum(),
        cost: models.iter().map(|used| used.cost).sum(),
        lines: lines.total,
        active_seconds: active.total,
        is_active_time_measured: parts.measured.active.is_some(),
        resets: clears + compacts.max(drafted.manual_compactions),
        compactions: drafted.compactions,
        commits: commits.total,
        pull_requests: parts.measured.pull_requests,
        subagents: drafted.subagents,
        has_plan_mode: drafted.has_plan_mode,
        edit_decisions: parts.measured.decisions.unwrap_or(drafted.decisions),
        troubles: Troubles {
            api_errors: drafted.api_errors,
            refusals: drafted.refusals,
            retries_exhausted: drafts.iter().map(|draft| draft.turn.retries_exhausted).sum(),
            ..troubles(drafts)
        },
        tools: tools(drafts),
        models,
        languages,
        focus_seconds: focus(parts.events),
        response_times_ms: drafts.iter().filter_map(|draft| draft.turn.response_time_ms).collect(),
        prompted_at: drafts
            .iter()
            .filter(|draft| draft.turn.index.is_some())
            .map(|draft| draft.turn.submitted_at)
            .collect(),
        intent: None,
        summary: summary(parts, lines.total),
    }
}

fn count(drafts: &[Draft], is_counted: impl Fn(&Draft) -> bool) -> u64 {
    drafts.iter().map(|draft| u64::from(is_counted(draft))).sum()
}

fn origin(parts: &Parts<'_>) -> crate::model::Origin {
    match parts.material.metrics.last() {
        Some(point) if parts.events.is_empty() => point.origin.clone(),
        _ => parts.drafted.origin.clone(),
    }
}

/// What went wrong in turns, by what they hold: errors of requests and refusals are counted there as far as they are kept.
fn troubles(drafts: &[Draft]) -> Troubles {
    use crate::turn::TroubleKind::{ApiError, Refusal};
    let of_kind =
        |kind| drafts.iter().flat_map(|draft| &draft.turn.errors).map(|error| u64::from(error.kind == kind)).sum();
    Troubles {
        api_errors: of_kind(ApiError),
        refusals: of_kind(Refusal),
        retries_exhausted: drafts.iter().map(|draft| draft.turn.retries_exhausted).sum(),
        tool_failures: drafts.iter().flat_map(|draft| &draft.turn.tools).map(|tool| tool.failures).sum(),
        retry_storms: count(drafts, |draft| draft.turn.is_retry_storm),
        rejections: drafts.iter().flat_map(|draft| &draft.turn.tools).map(|tool| tool.rejected).sum(),
        corrections: count(drafts, |draft| draft.turn.is_correction),
    }
}

fn tools(drafts: &[Draft]) -> Vec<ToolActivity> {
    let mut by_name: BTreeMap<&str, ToolActivity> = BTreeMap::new();
    for tool in drafts.iter().flat_map(|draft| &draft.turn.tools) {
        let sum = by_name.entry(&tool.tool).or_default();
        sum.tool.clone_from(&tool.tool);
        sum.calls += tool.count;
        sum.failures += tool.failures;
        sum.rejected += tool.rejected;
        sum.duration_ms = sum.duration_ms.saturating_add(tool.duration_ms);
    }
    let mut all: Vec<ToolActivity> = by_name.into_values().collect();
    all.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.tool.cmp(&b.tool)));
    all
}

fn focus(events: &[TelemetryEvent]) -> Vec<f64> {
    let mut stretches = Vec::new();
    let mut span: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
    for event in events {
        span = match span {
            Some((first, last)) if event.time - last <= FOCUS_GAP => Some((first, event.time)),
            Some((first, last)) => {
                stretches.push((last - first).as_seconds_f64());
                Some((event.time, event.time))
            }
            None => Some((event.time, event.time)),
        };
    }
    stretches.extend(span.map(|(first, last)| (last - first).as_seconds_f64()));
    stretches.retain(|seconds| *seconds > 0.0);
    stretches
}

fn summary(parts: &Parts<'_>, lines: Lines) -> Summary {
    let drafts = &parts.drafted.drafts;
    if let Judgement::Model(verdict) = parts.judgement {
        return Summary {
            title: verdict.title.clone(),
            summary: verdict.summary.clone(),
            goal: Some(verdict.goal.clone()),
            outcome: verdict.outcome.clone(),
            key_turns: verdict.key_turns.clone(),
            source: TextSource::Llm,
            generated_at: parts.generated_at,
        };
    }
    let files: std::collections::BTreeSet<String> =
        drafts.iter().flat_map(|draft| draft.turn.files.iter().cloned()).collect();
    let files: Vec<String> = files.into_iter().collect();
    Summary {
        title: wording::title(drafts),
        summary: wording::summary(drafts, &files, lines),
        goal: wording::goal(drafts),
        outcome: outcome(drafts),
        key_turns: key_turns(drafts),
        source: TextSource::Template,
        generated_at: parts.generated_at,
    }
}

fn outcome(drafts: &[Draft]) -> String {
    let commits: u64 = drafts.iter().map(|draft| draft.turn.commits).sum();
    let last_edit = drafts.iter().filter_map(|draft| draft.last_edit_at).max();
    let last_proof = drafts.iter().filter_map(|draft| draft.last_proof_at).max();
    let text = match (last_edit, last_proof) {
        _ if commits > 0 => "The work was committed.",
        (Some(edit), Some(proof)) if proof >= edit => "The work was changed, and checked after the last change.",
        (Some(_), _) => "The work was changed, and not checked after the last change.",
        (None, _) => "Nothing was changed.",
    };
    text.to_owned()
}

/// The turns with the most lines, the most that went wrong, and the highest cost, each once.
fn key_turns(drafts: &[Draft]) -> Vec<KeyTurn> {
    type Measure = fn(&Draft) -> u64;
    let mut chosen: Vec<KeyTurn> = Vec::new();
    let measures: [(&str, Measure); 3] = [
        ("It changed the most lines.", |draft| draft.turn.lines.added + draft.turn.lines.removed),
        ("The most went wrong in it.", |draft| u64::try_from(draft.turn.errors.len()).unwrap_or(0)),
        ("It cost the most.", |draft| draft.turn.cost.micros),
    ];
    for (why, measure) in measures {
        let of_prompts = drafts.iter().filter(|draft| draft.is_prompt() && measure(draft) > 0);
        // Of equal ones the first.
        let most = of_prompts.rev().max_by_key(|draft| measure(draft)).and_then(|draft| draft.turn.index);
        if let Some(turn_index) = most.filter(|index| chosen.iter().all(|turn| turn.turn_index != *index)) {
            chosen.push(KeyTurn { turn_index, why: why.to_owned() });
        }
    }
    chosen.sort_by_key(|turn| turn.turn_index);
    chosen
}

fn case(drafts: &[Draft], arcs: &[Range<usize>]) -> Case {
    let turn = |draft: &Draft| {
        Some(CaseTurn {
            index: draft.turn.index?,
            at: draft.turn.submitted_at,
            prompt: draft.text.clone(),
            answer: draft.answer.clone(),
            tools: draft.turn.tools.iter().map(|tool| (tool.tool.clone(), tool.count, tool.failures)).collect(),
            files: draft.turn.files.clone(),
            is_verified: draft.turn.is_verified,
            commits: draft.turn.commits,
        })
    };
    let bounds = |arc: &Range<usize>| {
        let mut prompts =
            drafts[arc.clone()].iter().filter(|draft| draft.is_prompt()).filter_map(|draft| draft.turn.index);
        let first = prompts.next()?;
        Some((first, prompts.next_back().unwrap_or(first)))
    };
    Case { turns: drafts.iter().filter_map(turn).collect(), arcs: arcs.iter().filter_map(bounds).collect() }
}
