//! Sub-sessions that stand out.

use crate::statistics::{median, real};
use crate::sub_session::SubSession;

/// Most items of one list.
const MAX_ITEMS: usize = 5;

/// Fewest sub-sessions among which one can be unusual.
const MIN_FOR_ANOMALIES: usize = 5;

/// How many median deviations above the median are unusual.
const UNUSUAL_DEVIATIONS: f64 = 3.0;

/// What a sub-session stands out by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// See [`SubSession::ranking_score`].
    Score,
    /// US dollars.
    CostUsd,
    /// Minutes of work.
    ActiveMinutes,
    /// Failures per call of a tool.
    ErrorRate,
    /// Prompts.
    Turns,
    /// Tokens.
    Tokens,
}

impl Metric {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::CostUsd => "cost_usd",
            Self::ActiveMinutes => "active_minutes",
            Self::ErrorRate => "error_rate",
            Self::Turns => "turns",
            Self::Tokens => "tokens",
        }
    }

    /// Its value for a sub-session, where there is one.
    pub fn of(self, sub: &SubSession) -> Option<f64> {
        match self {
            Self::Score => sub.ranking_score(),
            Self::CostUsd => Some(sub.cost.usd()),
            Self::ActiveMinutes => Some(sub.active_seconds / 60.0),
            Self::ErrorRate => (sub.tool_calls > 0).then(|| real(sub.troubles.tool_failures) / real(sub.tool_calls)),
            Self::Turns => Some(real(sub.turn_count)),
            Self::Tokens => Some(real(sub.tokens.total())),
        }
    }

    fn shown(self, value: f64) -> String {
        match self {
            Self::Score => format!("a score of {value:.0}"),
            Self::CostUsd => format!("${value:.2}"),
            Self::ActiveMinutes => format!("{value:.1} minutes of work"),
            Self::ErrorRate => format!("{:.0} % of its tool calls failing", value * 100.0),
            Self::Turns => format!("{value:.0} turns"),
            Self::Tokens => format!("{value:.0} tokens"),
        }
    }
}

/// One that stands out.
#[derive(Clone, Debug, PartialEq)]
pub struct Highlight<'a> {
    /// Which.
    pub sub: &'a SubSession,
    /// By what.
    pub metric: Metric,
    /// Its value.
    pub value: f64,
    /// The median of all.
    pub baseline: f64,
    /// Why, in one sentence.
    pub reason: String,
}

/// Those that stand out, five of each kind at most; of equal ones the newer first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Highlights<'a> {
    /// The highest scores.
    pub top_scored: Vec<Highlight<'a>>,
    /// The lowest scores.
    pub lowest_scored: Vec<Highlight<'a>>,
    /// The highest costs.
    pub most_expensive: Vec<Highlight<'a>>,
    /// The longest.
    pub longest: Vec<Highlight<'a>>,
    /// Far above the others.
    pub anomalies: Vec<Highlight<'a>>,
}

/// What stands out among them.
pub fn highlights(subs: &[SubSession]) -> Highlights<'_> {
    let substantial: Vec<&SubSession> = subs.iter().filter(|sub| sub.rubric.is_substantial).collect();
    Highlights {
        top_scored: ranked(&substantial, Metric::Score, Order::Highest),
        lowest_scored: ranked(&substantial, Metric::Score, Order::Lowest),
        most_expensive: ranked(&substantial, Metric::CostUsd, Order::Highest),
        longest: ranked(&substantial, Metric::ActiveMinutes, Order::Highest),
        anomalies: anomalies(&substantial),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Highest,
    Lowest,
}

fn ranked<'a>(subs: &[&'a SubSession], metric: Metric, order: Order) -> Vec<Highlight<'a>> {
    let Some(baseline) = median(subs.iter().filter_map(|sub| metric.of(sub))) else { return Vec::new() };
    let mut all: Vec<(&SubSession, f64)> = subs.iter().filter_map(|sub| Some((*sub, metric.of(sub)?))).collect();
    if metric != Metric::Score {
        all.retain(|(_, value)| *value > 0.0);
    }
    all.sort_by(|(a, a_value), (b, b_value)| {
        let by_value = match order {
            Order::Highest => b_value.total_cmp(a_value),
            Order::Lowest => a_value.total_cmp(b_value),
        };
        by_value.then_with(|| b.started_at.cmp(&a.started_at)).then_with(|| b.id.cmp(&a.id))
    });
    let item = |(sub, value): (&'a SubSession, f64)| {
        let reason = format!("It had {}; the median is {}.", metric.shown(value), metric.shown(baseline));
        Highlight { sub, metric, value, baseline, reason }
    };
    all.into_iter().take(MAX_ITEMS).map(item).collect()
}

/// Each at most once, by what it is furthest above in terms of median deviations.
fn anomalies<'a>(subs: &[&'a SubSession]) -> Vec<Highlight<'a>> {
    if subs.len() < MIN_FOR_ANOMALIES {
        return Vec::new();
    }
    let mut found: Vec<(f64, Highlight<'a>)> = Vec::new();
    for metric in [Metric::CostUsd, Metric::Turns, Metric::Tokens, Metric::ErrorRate] {
        let Some(baseline) = median(subs.iter().filter_map(|sub| metric.of(sub))) else { continue };
        let deviation =
            median(subs.iter().filter_map(|sub| metric.of(sub)).map(|value| (value - baseline).abs())).unwrap_or(0.0);
        for sub in subs {
            let Some(value) = metric.of(sub).filter(|value| *value > baseline + UNUSUAL_DEVIATIONS * deviation) else {
                continue;
            };
            let distance = (value - baseline) / deviation.max(f64::EPSILON);
            let reason = format!("It had {}, far above the median of {}.", metric.shown(value), metric.shown(baseline));
            let item = Highlight { sub, metric, value, baseline, reason };
            match found.iter_mut().find(|(_, known)| known.sub.id == sub.id) {
                Some(known) if known.0 < distance => *known = (distance, item),
                Some(_) => {}
                None => found.push((distance, item)),
            }
        }
    }
    found.sort_by(|(a, a_item), (b, b_item)| {
        b.total_cmp(a).then_with(|| b_item.sub.started_at.cmp(&a_item.sub.started_at))
    });
    found.into_iter().take(MAX_ITEMS).map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cost;
    use crate::testing::sub_session;

    fn costing(session: &str, from: i64, micros: u64) -> SubSession {
        let mut sub = sub_session(session, 0, from, from + 60);
        sub.cost = Cost { micros };
        sub
    }

    fn names<'a>(items: &'a [Highlight<'_>]) -> Vec<&'a str> {
        items.iter().map(|item| item.sub.session_id.as_str()).collect()
    }

    #[test]
    fn the_extremes_come_first_and_of_equals_the_newer() {
        let all = [
            costing("a", 0, 100),
            costing("b", 10, 300),
            costing("c", 20, 200),
            costing("d", 30, 300),
            costing("e", 40, 0),
        ];
        let found = highlights(&all);
        assert_eq!(names(&found.most_expensive), ["d", "b", "c", "a"]);
        assert_eq!(names(&found.top_scored), ["e", "d", "c", "b", "a"]);
        assert_eq!((found.most_expensive[0].value, found.most_expensive[0].baseline), (0.0003, 0.0002));
    }

    #[test]
    fn what_is_far_above_the_others_is_an_anomaly() {
        let mut all: Vec<SubSession> =
            (0..4).map(|n| costing(&n.to_string(), n, 1_000_000 + 10_000 * u64::try_from(n).unwrap())).collect();
        all.push(costing("x", 9, 9_000_000));
        let found = highlights(&all);
        assert_eq!(names(&found.anomalies), ["x"]);
        assert_eq!(found.anomalies[0].reason, "It had $9.00, far above the median of $1.02.");
        assert!(highlights(&all[1..]).anomalies.is_empty(), "four are too few");
        assert_eq!(highlights(&[]), Highlights::default());
    }
}
