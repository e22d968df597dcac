//! Report 2.1 as a page.

use agent_sessions::statistics::real;
use agent_sessions::window::Span;

use super::ReportV2;
use super::model::Meta;
use crate::common::Order;
use crate::labels::named;
use crate::page::{About, Figure, Page, Shape, Table};
use crate::texts::Texts;

/// Most bars of a chart.
const MAX_BARS: usize = 8;
/// Positions of the chapters that have charts or tables.
const ACTIVITY: usize = 1;
const HABITS: usize = 2;
const FRICTION: usize = 4;
const COST: usize = 5;
const PROMPTS: usize = 6;

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

impl ReportV2 {
    /// The report as a page, in its own language.
    pub(crate) fn page(&self) -> Page {
        let texts = Texts::new(self.meta.language);
        let skill = self.skill_snapshot.as_ref();
        let percent = |rate: f64| texts.percent(rate);
        let level = |level: &String| texts.get(&named("tier", level));
        let cards = vec![
            ("label-sessions", Some(texts.count(self.total_sessions))),
            ("label-prompts", Some(texts.count(self.meta.total_messages))),
            ("label-active-days", Some(texts.count(self.meta.active_days))),
            ("label-cost", Some(texts.usd(self.total_cost_usd))),
            ("label-tokens", Some(texts.count(self.total_tokens))),
            (
                "label-skill",
                skill.map(|skill| format!("{} · {}", texts.decimal(skill.skill, 0), level(&skill.skill_tier))),
            ),
            ("label-grade", self.prism_profile.grade.clone()),
            ("label-win-rate", self.impressive_things.win_rate.map(percent)),
            ("label-first-try", self.how_you_use_cc.stats.first_try_rate.map(percent)),
            (
                "label-friction-rate",
                (self.total_sessions > 0).then(|| percent(self.where_things_go_wrong.friction_rate)),
            ),
            ("label-waste", (self.total_cost_usd > 0.0).then(|| percent(self.cost_optimization.waste_ratio))),
        ];
        let about = About {
            title: "report-title-v2",
            order: self.meta.order(),
            narrative: self.meta.narrative,
            cards,
            chapters: &self.chapters,
        };
        let mut page = Page::new(about, texts);
        page.show(ACTIVITY, self.activity_figures(texts), self.activity_tables(texts));
        page.show(HABITS, self.habit_figures(texts), Vec::new());
        page.show(FRICTION, self.friction_figures(texts), Vec::new());
        page.show(COST, self.cost_figures(texts), Vec::new());
        page.show(PROMPTS, Vec::new(), self.prompt_tables(texts));
        page
    }

    fn activity_figures(&self, texts: Texts) -> Vec<Figure> {
        let days = self.activity.by_day.iter().map(|day| (texts.date(day.date), Some(real(day.tokens))));
        let hours = self.activity.by_hour.iter().enumerate();
        let hours = hours.map(|(hour, prompts)| (format!("{hour:02}:00"), Some(real(*prompts))));
        let tools = self.activity.top_tools.iter().take(MAX_BARS);
        let tools = tools.map(|row| (row.tool.clone(), Some(real(row.count))));
        let whole = |number: f64| texts.decimal(number, 0);
        vec![
            Figure::new(texts.get("chart-tokens-by-day"), Shape::Columns, days, whole),
            Figure::new(texts.get("chart-hours"), Shape::Columns, hours, whole),
            Figure::new(texts.get("chart-tools"), Shape::Bars, tools, whole),
        ]
    }

    fn activity_tables(&self, texts: Texts) -> Vec<Table> {
        let head = |ids: &[&str]| ids.iter().map(|id| texts.get(id)).collect();
        let tools = self.activity.top_tools.iter();
        let tools = tools.map(|row| vec![row.tool.clone(), texts.count(row.count), texts.percent(row.success_rate)]);
        let languages = self.activity.languages.iter();
        let languages = languages.map(|row| vec![row.language.clone(), texts.count(row.edits)]);
        vec![
            Table {
                head: head(&["label-tool", "label-calls", "label-success"]),
                rows: tools.collect(),
                ..Table::default()
            },
            Table { head: head(&["label-language", "label-edits"]), rows: languages.collect(), ..Table::default() },
        ]
    }

    fn habit_figures(&self, texts: Texts) -> Vec<Figure> {
        let skill = self.skill_trend.iter();
        let skill = skill.map(|point| (texts.date(point.period_start.date_naive()), Some(point.skill)));
        let first_try = self.trends.points.iter();
        let first_try = first_try.map(|point| (texts.date(point.period_start.date_naive()), point.first_try_rate));
        vec![
            Figure::new(texts.get("chart-skill"), Shape::Line, skill, |value| texts.decimal(value, 1)),
            Figure::new(texts.get("chart-first-try"), Shape::Line, first_try, |rate| texts.percent(rate)),
        ]
    }

    fn friction_figures(&self, texts: Texts) -> Vec<Figure> {
        let rates = self.trends.points.iter();
        let rates = rates.map(|point| (texts.date(point.period_start.date_naive()), Some(point.friction_rate)));
        vec![Figure::new(texts.get("chart-friction"), Shape::Line, rates, |rate| texts.percent(rate))]
    }

    fn cost_figures(&self, texts: Texts) -> Vec<Figure> {
        let models = self.activity.models.iter().take(MAX_BARS);
        let models = models.map(|row| (row.model.clone(), Some(row.cost_usd)));
        vec![Figure::new(texts.get("chart-cost-by-model"), Shape::Bars, models, |cost| texts.usd(cost))]
    }

    fn prompt_tables(&self, texts: Texts) -> Vec<Table> {
        let worst = self.worst_prompts.iter().map(|row| {
            vec![
                row.prompt_preview.clone().unwrap_or_else(|| "–".to_owned()),
                texts.decimal(row.prism_score, 1),
                texts.get(&named("dimension", &row.weakest)),
            ]
        });
        let tips = self.prism_profile.coaching.iter().flat_map(|coaching| &coaching.coaching);
        let tips = tips.map(|tip| vec![tip.example_before.clone(), tip.example_after.clone()]);
        let head = |ids: &[&str]| ids.iter().map(|id| texts.get(id)).collect();
        vec![
            Table {
                title: texts.get("section-prompts"),
                head: head(&["label-prompt", "label-score", "label-weakest"]),
                rows: worst.collect(),
            },
            Table {
                title: texts.get("section-coaching"),
                head: head(&["label-before", "label-after"]),
                rows: tips.collect(),
            },
        ]
    }
}
