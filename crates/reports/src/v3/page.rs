//! Report 3.0 as a page.

use super::ReportV3;
use super::model::{HighlightRow, Meta, SubSessionRow};
use super::score::SPARKLINE_POINTS;
use crate::common::Order;
use agent_sessions::statistics::real;
use agent_sessions::window::Span;

use crate::labels::{self, named};
use crate::numbers::percent;
use crate::page::{About, Figure, Page, Section, Shape, Table};
use crate::texts::Texts;

/// Positions of the chapters that have charts or tables.
const OUTCOME: usize = 0;
const SPEED: usize = 1;
const TOKENS: usize = 2;
const PROMPTING: usize = 3;
const NEXT: usize = 4;

impl Meta {
    fn order(&self) -> Order {
        Order {
            report_id: self.report_id,
            scope: self.scope.clone(),
            language: self.language,
            period: Span { from: self.period_start, to: self.period_end },
            now: self.generated_at,
        }
    }
}

impl ReportV3 {
    /// The report as a page, in its own language.
    pub(crate) fn page(&self) -> Page {
        let texts = Texts::new(self.meta.language);
        let (score, speed, tokens, skill) = (&self.score, &self.speed, &self.tokens, &self.skill);
        let tier = score.personal_tier.as_ref().map(|tier| texts.get(&named("tier", tier)));
        let reached = format!("{} / {}", texts.count(score.crushed_count), texts.count(score.total_count));
        let cards = vec![
            ("label-score", score.prism_score.map(|score| texts.decimal(score, 1))),
            ("label-grade", score.letter_grade.clone().zip(tier).map(|(grade, tier)| format!("{grade} · {tier}"))),
            ("label-crushed", Some(reached)),
            ("label-cspw", Some(texts.decimal(speed.cspw, 1))),
            ("label-ttc", speed.ttc_median_seconds.map(|seconds| texts.duration(seconds))),
            ("label-weight", tokens.crush_weight_tokens.map(|tokens| texts.decimal(tokens, 0))),
            ("label-cost-per-crushed", tokens.cost_per_crushed_usd.map(|cost| texts.usd(cost))),
            ("label-cost", Some(texts.usd(tokens.total_cost_usd))),
            ("label-apg", skill.letter_grade.clone()),
        ];
        let about = About {
            title: "report-title-v3",
            order: self.meta.order(),
            narrative: self.meta.narrative,
            cards,
            chapters: &self.narrative.chapters,
        };
        let mut page = Page::new(about, texts);
        page.show(OUTCOME, self.outcome_figures(texts), Vec::new());
        page.show(SPEED, vec![self.speed_figure(texts)], Vec::new());
        page.show(TOKENS, vec![self.token_figure(texts)], Vec::new());
        page.show(PROMPTING, vec![self.check_figure(texts)], Vec::new());
        page.show(NEXT, Vec::new(), vec![self.coaching_table(texts)]);
        let tables = [
            ("section-highlights", self.highlight_tables(texts)),
            ("section-sessions", vec![self.session_table(texts)]),
        ];
        for (title, tables) in tables {
            let tables: Vec<Table> = tables.into_iter().filter(|table| !table.rows.is_empty()).collect();
            if !tables.is_empty() {
                page.sections.push(Section { title: texts.get(title), tables, ..Section::default() });
            }
        }
        page
    }

    /// The quarters of the period by the day that they begin on.
    fn quarters(&self, texts: Texts) -> Vec<String> {
        let period = Span { from: self.meta.period_start, to: self.meta.period_end };
        period.slices(SPARKLINE_POINTS).into_iter().map(|slice| texts.date(slice.from.date_naive())).collect()
    }

    fn outcome_figures(&self, texts: Texts) -> Vec<Figure> {
        let scores = self.quarters(texts).into_iter().zip(self.score.sparkline.iter().copied());
        let intents = self.intents.iter();
        let intents = intents.map(|row| (texts.get(&labels::intent(row.intent_class)), Some(row.crush_rate)));
        vec![
            Figure::new(texts.get("chart-score"), Shape::Line, scores, |score| texts.decimal(score, 1)),
            Figure::new(texts.get("chart-intents"), Shape::Bars, intents, |rate| texts.percent(rate)),
        ]
    }

    fn speed_figure(&self, texts: Texts) -> Figure {
        let points = self.quarters(texts).into_iter().zip(self.speed.sparkline.iter().copied().map(Some));
        Figure::new(texts.get("chart-speed"), Shape::Columns, points, |value| texts.decimal(value, 1))
    }

    fn token_figure(&self, texts: Texts) -> Figure {
        let mix = self.tokens.mix;
        let parts = [
            ("mix-input", mix.input),
            ("mix-output", mix.output),
            ("mix-cache-read", mix.cache_read),
            ("mix-cache-write", mix.cache_write),
        ];
        let points = parts.map(|(id, tokens)| (texts.get(id), Some(real(tokens))));
        Figure::new(texts.get("chart-mix"), Shape::Bars, points, |tokens| texts.decimal(tokens, 0))
    }

    fn check_figure(&self, texts: Texts) -> Figure {
        let rows = self.skill.checks.iter().filter(|row| row.applicable > 0);
        let points =
            rows.map(|row| (texts.get(&named("check", &row.key)), Some(percent(row.hits, row.applicable).round())));
        Figure::new(texts.get("chart-checks"), Shape::Bars, points, |rate| texts.percent(rate))
    }

    fn coaching_table(&self, texts: Texts) -> Table {
        let rows = self.coaching.iter().map(|row| vec![row.example_before.clone(), row.example_after.clone()]);
        Table {
            title: texts.get("section-coaching"),
            head: vec![texts.get("label-before"), texts.get("label-after")],
            rows: rows.collect(),
        }
    }

    fn highlight_tables(&self, texts: Texts) -> Vec<Table> {
        let lists: [(&str, &[HighlightRow]); 5] = [
            ("highlight-top", &self.highlights.top_scored),
            ("highlight-low", &self.highlights.lowest_scored),
            ("highlight-cost", &self.highlights.most_expensive),
            ("highlight-long", &self.highlights.longest),
            ("highlight-anomaly", &self.highlights.anomalies),
        ];
        let tables = lists.into_iter().map(|(id, rows)| Table {
            title: texts.get(id),
            head: vec![texts.get("label-session"), texts.get("label-day"), texts.get("label-reason")],
            rows: rows
                .iter()
                .map(|row| vec![row.title.clone(), texts.date(row.started_at.date_naive()), row.reason.clone()])
                .collect(),
        });
        tables.collect()
    }

    fn session_table(&self, texts: Texts) -> Table {
        let head = ["label-session", "label-day", "label-intent", "label-result", "label-tokens", "label-cost"];
        let rows = self.sessions.iter().map(|row| {
            let intent = row.intent_class.map_or_else(|| "–".to_owned(), |intent| texts.get(&labels::intent(intent)));
            vec![
                row.title.clone(),
                texts.date(row.started_at.date_naive()),
                intent,
                texts.get(result(row)),
                texts.count(row.total_tokens),
                texts.usd(row.cost_usd),
            ]
        });
        Table { title: String::new(), head: head.map(|id| texts.get(id)).into(), rows: rows.collect() }
    }
}

/// The message about what became of a sub-session.
fn result(row: &SubSessionRow) -> &'static str {
    match row {
        SubSessionRow { crushed: true, .. } => "result-crushed",
        SubSessionRow { is_preview: true, .. } => "result-open",
        SubSessionRow { substance_floor_passed: false, .. } | SubSessionRow { intent_established: false, .. } => {
            "result-uncounted"
        }
        SubSessionRow { goal_complete: true, rework: true, .. } => "result-rework",
        _ => "result-missed",
    }
}
