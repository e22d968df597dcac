//! Report 3.0: goals reached, how fast, with how many tokens, and with which prompts.

mod model;
mod page;
mod prose;
mod score;
mod skill;
mod sub_sessions;

use agent_sessions::highlights::highlights;
use agent_sessions::sub_session::JudgeStatus;

pub use self::model::ReportV3;
use self::model::{HighlightLists, Judge, Meta, Told};
use crate::common::{Narrative, Order, Words, replace_chapters};
use crate::control::{Cancel, Cancelled};
use crate::facts::Facts;
use crate::texts::Texts;
use crate::view::Timeline;

/// What `meta.version` says.
pub(crate) const VERSION: &str = "3.0";

impl ReportV3 {
    /// The report of `facts` that `order` asks for, with words by this program. The facts are to begin at [`needed_from`](crate::period::needed_from).
    ///
    /// # Errors
    /// [`Cancelled`], within a few thousand sessions of it.
    pub fn compute(facts: &Facts, order: &Order, cancel: &Cancel) -> Result<Self, Cancelled> {
        cancel.check()?;
        let texts = Texts::new(order.language);
        let timeline = Timeline::new(facts, order.now);
        let view = timeline.view(order.period);
        let is_by_model = !view.sub_sessions.is_empty()
            && view.sub_sessions.iter().all(|of| of.rubric.judge_status == JudgeStatus::Ok);
        let meta = Meta {
            report_id: order.report_id,
            version: VERSION.to_owned(),
            scope: order.scope.clone(),
            language: order.language,
            narrative: Narrative::Template,
            judge: if is_by_model { Judge::Llm } else { Judge::Heuristic },
            generated_at: order.now,
            period_start: order.period.from,
            period_end: order.period.to,
            active_days: view.n_active_days(),
        };
        cancel.check()?;
        let score = score::score_of(view);
        let speed = score::speed_of(view, order.now);
        let tokens = score::tokens(view);
        cancel.check()?;
        let prompting = skill::prompting_of(view, order.now);
        cancel.check()?;
        let given = highlights(view.sub_sessions);
        let rows = |highlights: &[_]| sub_sessions::highlights(highlights, texts);
        let highlights = HighlightLists {
            from: order.period.from,
            to: order.period.to,
            session_count: sub_sessions::n_sessions(view),
            top_scored: rows(&given.top_scored),
            lowest_scored: rows(&given.lowest_scored),
            most_expensive: rows(&given.most_expensive),
            longest: rows(&given.longest),
            anomalies: rows(&given.anomalies),
        };
        let mut report = Self {
            meta,
            score,
            speed,
            tokens,
            intents: sub_sessions::intents(view),
            sessions: sub_sessions::rows(view),
            excluded: sub_sessions::excluded(view),
            misses: sub_sessions::misses(view),
            highlights,
            coaching: skill::coaching(&prompting, texts),
            skill: skill::skill(&prompting),
            narrative: Told::default(),
        };
        cancel.check()?;
        prose::write(&mut report, texts);
        Ok(report)
    }

    /// What it says in one line.
    pub fn headline(&self) -> &str {
        &self.narrative.headline
    }

    /// What a language model may write anew.
    pub(crate) fn words(&self) -> Words {
        let chapters = self.narrative.chapters.iter();
        Words {
            headline: self.narrative.headline.clone(),
            chapters: chapters.map(|chapter| (chapter.key.clone(), chapter.markdown.clone())).collect(),
        }
    }

    /// The report with a language model's words.
    pub(crate) fn with_words(mut self, words: Words) -> Self {
        replace_chapters(&mut self.narrative.chapters, &words.chapters);
        self.narrative.headline = words.headline;
        self.meta.narrative = Narrative::Llm;
        self
    }
}
