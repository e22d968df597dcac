//! Report 3.0 in words.

use super::model::{ReportV3, Told};
use crate::common::Chapter;
use crate::labels::{self, named};
use crate::markdown::{self, Block};
use crate::texts::Texts;

/// Writes a chapter.
type Write = fn(&ReportV3, Texts) -> Vec<Block>;

/// Writes everything that is words.
pub(super) fn write(report: &mut ReportV3, texts: Texts) {
    let chapters: [(&str, Write); 5] =
        [("outcome", outcome), ("speed", speed), ("tokens", tokens), ("prompting", prompting), ("next", next)];
    let chapters = chapters.map(|(key, blocks)| Chapter {
        key: key.to_owned(),
        title: texts.get(&named("chapter", key)),
        markdown: markdown::write(&blocks(report, texts)),
    });
    report.narrative = Told { headline: headline(report, texts), chapters: chapters.into() };
}

fn paragraph(sentences: &[String], texts: Texts) -> Block {
    Block::Paragraph(sentences.join(texts.space()))
}

fn headline(report: &ReportV3, texts: Texts) -> String {
    let score = &report.score;
    let (Some(value), Some(grade)) = (score.prism_score, &score.letter_grade) else { return texts.get("goals-none") };
    let args = [
        ("score", texts.decimal(value, 1).into()),
        ("grade", grade.as_str().into()),
        ("crushed", texts.count(score.crushed_count).into()),
        ("goals", texts.counted("count-goals", score.total_count).into()),
    ];
    texts.with("headline-score", &args)
}

fn outcome(report: &ReportV3, texts: Texts) -> Vec<Block> {
    let mut sentences = vec![headline(report, texts)];
    if let Some(delta) = report.score.delta {
        let points = texts.decimal(delta.abs(), 1);
        let id = match delta {
            up if up > 0.0 => "text-score-up",
            down if down < 0.0 => "text-score-down",
            _ => "text-score-same",
        };
        sentences.push(texts.with(id, &[("points", points.into())]));
    }
    for miss in &report.misses {
        sentences.push(texts.counted(&named("miss", &miss.reason), miss.count));
    }
    let rows = report.intents.iter().map(|row| {
        let of = [
            ("label", texts.get(&labels::intent(row.intent_class)).into()),
            ("crushed", texts.count(row.crushed).into()),
            ("total", texts.count(row.total).into()),
        ];
        Block::Item(texts.with("intent-row", &of))
    });
    std::iter::once(paragraph(&sentences, texts)).chain(rows).collect()
}

fn speed(report: &ReportV3, texts: Texts) -> Vec<Block> {
    let speed = &report.speed;
    let band = texts.get(&named("band", &speed.band));
    let mut sentences =
        vec![texts.with("text-speed", &[("n", texts.decimal(speed.cspw, 1).into()), ("band", band.into())])];
    if let Some(seconds) = speed.ttc_median_seconds {
        sentences.push(texts.with("text-ttc", &[("duration", texts.duration(seconds).into())]));
    }
    vec![paragraph(&sentences, texts)]
}

fn tokens(report: &ReportV3, texts: Texts) -> Vec<Block> {
    let tokens = &report.tokens;
    let (Some(weight), Some(cost), Some(band)) =
        (tokens.crush_weight_tokens, tokens.cost_per_crushed_usd, &tokens.band)
    else {
        return vec![Block::Paragraph(texts.get("text-weight-none"))];
    };
    let args = [
        ("tokens", texts.decimal(weight, 0).into()),
        ("cost", texts.usd(cost).into()),
        ("band", texts.get(&named("band", band)).into()),
    ];
    let mut sentences = vec![texts.with("text-weight", &args)];
    if let Some(trend) = tokens.tet {
        sentences.push(texts.with("text-tet", &[("rate", texts.percent((trend * 100.0).round()).into())]));
    }
    vec![paragraph(&sentences, texts)]
}

fn prompting(report: &ReportV3, texts: Texts) -> Vec<Block> {
    let skill = &report.skill;
    let (Some(apg), Some(grade)) = (skill.apg, &skill.letter_grade) else {
        return vec![Block::Paragraph(texts.get("text-prompts-none"))];
    };
    let args = [("score", texts.decimal(apg, 0).into()), ("grade", grade.as_str().into())];
    let mut sentences = vec![texts.with("text-grade", &args)];
    if let Some(pillar) = &skill.worst_pillar {
        let label = texts.get(&named("pillar", pillar));
        sentences.push(texts.with("text-weakest", &[("label", label.into())]));
    }
    vec![paragraph(&sentences, texts)]
}

fn next(report: &ReportV3, texts: Texts) -> Vec<Block> {
    if report.coaching.is_empty() {
        return vec![Block::Paragraph(texts.get("text-next-none"))];
    }
    report.coaching.iter().map(|row| Block::Item(row.tip.clone())).collect()
}
