//! Report 2.1 in words.

use agent_sessions::statistics::real;

use super::model::{QuickWin, ReportV2};
use crate::common::Chapter;
use crate::labels::named;
use crate::markdown::{self, Block, escape};
use crate::numbers::percent;
use crate::texts::Texts;

/// Most points of each list at a glance.
const MAX_POINTS: usize = 3;
/// Most names in a sentence.
const MAX_NAMES: usize = 3;
/// From which rates on something is said to go well, 0 to 100.
const GOOD_WIN_RATE: f64 = 60.0;
const GOOD_FIRST_TRY_RATE: f64 = 70.0;
const GOOD_TOOL_RATE: f64 = 95.0;
const GOOD_CACHE_RATE: f64 = 70.0;

/// Writes a chapter.
type Write = fn(&ReportV2, Texts) -> Vec<Block>;

/// Writes everything that is words.
pub(super) fn write(report: &mut ReportV2, texts: Texts) {
    report.at_a_glance.headline = headline(report, texts);
    report.at_a_glance.working = working(report, texts);
    report.at_a_glance.hindering = hindering(report, texts);
    report.at_a_glance.quick_wins = quick_wins(report, texts);
    report.how_you_use_cc.summary = habits(report, texts);
    let chapters: [(&str, Write); 7] = [
        ("glance", glance),
        ("activity", activity),
        ("habits", |report, _| vec![paragraph(report.how_you_use_cc.summary.clone())]),
        ("wins", wins),
        ("friction", friction),
        ("cost", cost),
        ("prompts", prompts),
    ];
    let written = chapters.map(|(key, blocks)| Chapter {
        key: key.to_owned(),
        title: texts.get(&named("chapter", key)),
        markdown: markdown::write(&blocks(report, texts)),
    });
    report.chapters = written.into();
}

fn paragraph(text: String) -> Block {
    Block::Paragraph(text)
}

fn headline(report: &ReportV2, texts: Texts) -> String {
    if report.total_sessions == 0 {
        return texts.get("report-empty");
    }
    let sessions = texts.counted("count-sessions", report.total_sessions);
    let cost = texts.usd(report.total_cost_usd);
    match report.impressive_things.win_rate {
        Some(rate) => {
            let args = [("sessions", sessions.into()), ("rate", texts.percent(rate).into()), ("cost", cost.into())];
            texts.with("headline-wins", &args)
        }
        None => {
            let prompts = texts.counted("count-prompts", report.meta.total_messages);
            texts.with(
                "headline-activity",
                &[("sessions", sessions.into()), ("prompts", prompts.into()), ("cost", cost.into())],
            )
        }
    }
}

fn working(report: &ReportV2, texts: Texts) -> Vec<String> {
    let n_calls: u64 = report.activity.top_tools.iter().map(|tool| tool.count).sum();
    let n_good: f64 = report.activity.top_tools.iter().map(|tool| real(tool.count) * tool.success_rate).sum();
    let n_read = report.total_input_tokens + report.total_cache_read_tokens + report.total_cache_creation_tokens;
    let rates = [
        ("working-wins", report.impressive_things.win_rate, GOOD_WIN_RATE),
        ("working-first-try", report.how_you_use_cc.stats.first_try_rate, GOOD_FIRST_TRY_RATE),
        ("working-tools", (n_calls > 0).then(|| n_good / real(n_calls)), GOOD_TOOL_RATE),
        ("working-cache", (n_read > 0).then(|| percent(report.total_cache_read_tokens, n_read)), GOOD_CACHE_RATE),
    ];
    let good = rates.into_iter().filter_map(|(id, rate, at_least)| Some((id, rate.filter(|rate| *rate >= at_least)?)));
    let points = good.map(|(id, rate)| texts.with(id, &[("rate", texts.percent(rate).into())]));
    points.take(MAX_POINTS).collect()
}

fn hindering(report: &ReportV2, texts: Texts) -> Vec<String> {
    let categories = report.where_things_go_wrong.categories.iter().take(MAX_POINTS);
    categories.map(|row| labelled(texts, &row.label, texts.count(row.count))).collect()
}

/// A name with what is said of it.
fn labelled(texts: Texts, label: &str, value: impl Into<String>) -> String {
    texts.with("labelled", &[("label", label.into()), ("value", value.into().into())])
}

fn quick_wins(report: &ReportV2, texts: Texts) -> Vec<QuickWin> {
    let mut wins = Vec::new();
    if let Some(row) = report.where_things_go_wrong.categories.first() {
        wins.push(QuickWin { label: row.label.clone(), detail: row.mitigation.clone() });
    }
    if let Some(coaching) = report.prism_profile.coaching.first()
        && let Some(tip) = coaching.coaching.first()
    {
        wins.push(QuickWin { label: coaching.label.clone(), detail: tip.tip.clone() });
    }
    if let Some(action) = report.cost_optimization.model_rightsizing.first() {
        wins.push(QuickWin { label: texts.get("rightsizing"), detail: saving(texts, action) });
    }
    wins
}

fn saving(texts: Texts, action: &super::model::Rightsizing) -> String {
    let saved = texts.usd(action.savings_usd);
    texts.with("rightsizing-saves", &[("action", action.action.as_str().into()), ("cost", saved.into())])
}

fn habits(report: &ReportV2, texts: Texts) -> String {
    if report.total_sessions == 0 {
        return texts.get("report-empty");
    }
    let stats = &report.how_you_use_cc.stats;
    let turns = texts.decimal(stats.avg_turns_per_session, 1);
    let mut sentences = vec![texts.with("text-turns", &[("n", turns.into())])];
    let mut add = |id: &str, name: &'static str, value: Option<String>| {
        sentences.extend(value.map(|value| texts.with(id, &[(name, value.into())])));
    };
    add("text-session-length", "duration", stats.median_session_minutes.map(|minutes| texts.duration(minutes * 60.0)));
    add("text-response", "duration", stats.median_response_time_secs.map(|seconds| texts.duration(seconds)));
    add("text-first-try", "rate", stats.first_try_rate.map(|rate| texts.percent(rate)));
    for (id, n) in [("text-switches", stats.multi_clauding_events), ("text-plan-mode", stats.plan_mode_sessions)] {
        if n > 0 {
            sentences.push(texts.counted(id, n));
        }
    }
    sentences.join(texts.space())
}

fn glance(report: &ReportV2, texts: Texts) -> Vec<Block> {
    let glance = &report.at_a_glance;
    let mut blocks = vec![paragraph(glance.headline.clone())];
    for (id, points) in [("glance-working", &glance.working), ("glance-hindering", &glance.hindering)] {
        if !points.is_empty() {
            blocks.push(paragraph(format!("**{}**", texts.get(id))));
            blocks.extend(points.iter().map(|point| Block::Item(point.clone())));
        }
    }
    if !glance.quick_wins.is_empty() {
        blocks.push(paragraph(format!("**{}**", texts.get("glance-quick-wins"))));
        blocks.extend(
            glance
                .quick_wins
                .iter()
                .map(|win| Block::Item(labelled(texts, &format!("**{}**", win.label), &*win.detail))),
        );
    }
    blocks
}

fn activity(report: &ReportV2, texts: Texts) -> Vec<Block> {
    if report.total_sessions == 0 {
        return vec![paragraph(texts.get("report-empty"))];
    }
    let counts = [
        ("sessions", texts.counted("count-sessions", report.total_sessions).into()),
        ("prompts", texts.counted("count-prompts", report.meta.total_messages).into()),
        ("days", texts.counted("count-days", report.meta.active_days).into()),
    ];
    let mut sentences = vec![texts.with("text-activity", &counts)];
    // Of days with as many prompts the first.
    let busiest = report.activity.by_day.iter().rev().max_by_key(|day| day.prompts).filter(|day| day.prompts > 0);
    if let Some(day) = busiest {
        let prompts = texts.counted("count-prompts", day.prompts);
        sentences
            .push(texts.with("text-busiest", &[("date", texts.date(day.date).into()), ("prompts", prompts.into())]));
    }
    let names = |names: Vec<&str>| names.into_iter().take(MAX_NAMES).map(escape).collect::<Vec<_>>().join(", ");
    let tools = names(report.activity.top_tools.iter().map(|row| row.tool.as_str()).collect());
    let languages = names(report.activity.languages.iter().map(|row| row.language.as_str()).collect());
    for (id, names) in [("text-tools", tools), ("text-languages", languages)] {
        if !names.is_empty() {
            sentences.push(texts.with(id, &[("names", names.into())]));
        }
    }
    vec![paragraph(sentences.join(texts.space()))]
}

fn wins(report: &ReportV2, texts: Texts) -> Vec<Block> {
    let wins = &report.impressive_things;
    let Some(rate) = wins.win_rate else { return vec![paragraph(texts.get("text-wins-none"))] };
    let sessions = texts.counted("count-sessions", wins.total_win_sessions);
    let said = texts.with("text-wins", &[("rate", texts.percent(rate).into()), ("sessions", sessions.into())]);
    let rows = wins
        .highlights
        .iter()
        .map(|row| Block::Item(labelled(texts, &row.label, texts.counted("count-sessions", row.session_count))));
    std::iter::once(paragraph(said)).chain(rows).collect()
}

fn friction(report: &ReportV2, texts: Texts) -> Vec<Block> {
    let frictions = &report.where_things_go_wrong;
    if frictions.categories.is_empty() {
        return vec![paragraph(texts.get("text-friction-none"))];
    }
    let rate = texts.percent(frictions.friction_rate);
    let rows = frictions.categories.iter().map(|row| {
        let label = format!("**{}** ({})", row.label, texts.count(row.count));
        Block::Item(labelled(texts, &label, &*row.mitigation))
    });
    std::iter::once(paragraph(texts.with("text-friction", &[("rate", rate.into())]))).chain(rows).collect()
}

fn cost(report: &ReportV2, texts: Texts) -> Vec<Block> {
    let costs = &report.cost_optimization;
    let tokens = texts.counted("count-tokens", report.total_tokens);
    let total = texts.usd(costs.total_cost_usd);
    let mut sentences = vec![texts.with("text-cost", &[("cost", total.into()), ("tokens", tokens.into())])];
    if costs.wasted_cost_usd > 0.0 {
        let args =
            [("cost", texts.usd(costs.wasted_cost_usd).into()), ("rate", texts.percent(costs.waste_ratio).into())];
        sentences.push(texts.with("text-waste", &args));
    }
    let waste = costs
        .waste_actions
        .iter()
        .map(|action| Block::Item(labelled(texts, &action.action, texts.usd(action.wasted_cost_usd))));
    let savings = costs.model_rightsizing.iter().map(|action| Block::Item(saving(texts, action)));
    std::iter::once(paragraph(sentences.join(texts.space()))).chain(waste).chain(savings).collect()
}

fn prompts(report: &ReportV2, texts: Texts) -> Vec<Block> {
    let profile = &report.prism_profile;
    let (Some(score), Some(snapshot)) = (profile.composite_score, &report.pes_rubric_snapshot) else {
        return vec![paragraph(texts.get("text-prompts-none"))];
    };
    let prompts = texts.counted("count-prompts", snapshot.prompt_count);
    let args = [("score", texts.decimal(score, 1).into()), ("prompts", prompts.into())];
    let mut sentences = vec![texts.with("text-prompts", &args)];
    let coaching = profile.coaching.first();
    if let Some(coaching) = coaching {
        sentences.push(texts.with("text-weakest", &[("label", coaching.label.as_str().into())]));
    }
    let tips = coaching.iter().flat_map(|coaching| &coaching.coaching).map(|tip| Block::Item(tip.tip.clone()));
    std::iter::once(paragraph(sentences.join(texts.space()))).chain(tips).collect()
}
