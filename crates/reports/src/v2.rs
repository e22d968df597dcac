//! Report 2.1: how a team works with coding agents, what goes well, what goes wrong, and what it costs.

mod activity;
mod costs;
mod frictions;
mod habits;
mod model;
mod page;
mod profile;
mod prose;
mod skill;

use agent_sessions::statistics::real;

pub use self::model::ReportV2;
pub(crate) use self::model::Tip;
use self::model::{ChartRow, Charts, Glance, Meta, Trends};
use crate::common::{Narrative, Order, Words, replace_chapters};
use crate::control::{Cancel, Cancelled};
use crate::facts::Facts;
use crate::numbers::count;
use crate::texts::Texts;
use crate::view::Timeline;

/// What `meta.version` says.
pub(crate) const VERSION: &str = "2.1";

impl ReportV2 {
    /// The report of `facts` that `order` asks for, with words by this program. The facts are to begin at [`needed_from`](crate::period::needed_from).
    ///
    /// # Errors
    /// [`Cancelled`], within a few thousand sessions of it.
    pub fn compute(facts: &Facts, order: &Order, cancel: &Cancel) -> Result<Self, Cancelled> {
        cancel.check()?;
        let texts = Texts::new(order.language);
        let timeline = Timeline::new(facts, order.now);
        let view = timeline.view(order.period);
        let tokens = view.tokens();
        let total_cost_usd = view.cost().usd();
        let total_sessions = count(view.sessions.len());
        let meta = Meta {
            report_id: order.report_id,
            version: VERSION.to_owned(),
            scope: order.scope.clone(),
            language: order.language,
            narrative: Narrative::Template,
            generated_at: order.now,
            period_start: order.period.from,
            period_end: order.period.to,
            total_sessions,
            total_messages: view.n_prompts(),
            active_days: view.n_active_days(),
        };
        let skills = skill::skills(view, texts, cancel)?;
        cancel.check()?;
        let activity = activity::activity(view);
        let frictions = frictions::frictions(view, texts);
        cancel.check()?;
        let costs = costs::costs(view, texts);
        let points = habits::trend_points(view, cancel)?;
        let charts = Charts {
            tokens_by_day: rows(&activity.by_day, |day| (day.date.to_string(), real(day.tokens))),
            cost_by_model: rows(&activity.models, |model| (model.model.clone(), model.cost_usd)),
            tool_mix: rows(&activity.top_tools, |tool| (tool.tool.clone(), real(tool.count))),
        };
        let mut report = Self {
            meta,
            total_sessions,
            total_cost_usd,
            total_tokens: tokens.total(),
            total_input_tokens: tokens.input,
            total_output_tokens: tokens.output,
            total_cache_read_tokens: tokens.cache_read,
            total_cache_creation_tokens: tokens.cache_creation,
            pes_rubric_snapshot: profile::pes_snapshot(view),
            prism_profile: profile::profile(view, skills.snapshot.as_ref(), texts),
            skill_snapshot: skills.snapshot,
            skill_trend: skills.trend,
            sse_series: skills.sse_series,
            metric_sparklines: skills.sparklines,
            at_a_glance: Glance::default(),
            activity,
            how_you_use_cc: habits::habits(view),
            impressive_things: habits::wins(view, texts),
            where_things_go_wrong: frictions,
            cost_optimization: costs,
            worst_prompts: profile::worst_prompts(view),
            trends: Trends { points },
            charts,
            chapters: Vec::new(),
        };
        cancel.check()?;
        prose::write(&mut report, texts);
        Ok(report)
    }

    /// What it says in one line.
    pub fn headline(&self) -> &str {
        &self.at_a_glance.headline
    }

    /// What a language model may write anew.
    pub(crate) fn words(&self) -> Words {
        let chapters = self.chapters.iter().map(|chapter| (chapter.key.clone(), chapter.markdown.clone()));
        Words { headline: self.at_a_glance.headline.clone(), chapters: chapters.collect() }
    }

    /// The report with a language model's words.
    pub(crate) fn with_words(mut self, words: Words) -> Self {
        replace_chapters(&mut self.chapters, &words.chapters);
        if let Some((_, habits)) = words.chapters.iter().find(|(key, _)| key == "habits") {
            self.how_you_use_cc.summary.clone_from(habits);
        }
        self.at_a_glance.headline = words.headline;
        self.meta.narrative = Narrative::Llm;
        self
    }
}

fn rows<T>(items: &[T], row: impl Fn(&T) -> (String, f64)) -> Vec<ChartRow> {
    items
        .iter()
        .map(|item| {
            let (label, value) = row(item);
            ChartRow { label, value }
        })
        .collect()
}
