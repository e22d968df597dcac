//! Funnels: how many come through, where most are lost, whose funnel differs, how long it takes.

use query_engine::results::{BreakdownText, Durations, Funnel, FunnelStep};

use super::statistics::proportions_z;
use super::wording::{counted, duration, name, number, percent};
use super::{Analysis, FEW, Subject};

/// Standard deviations beyond which a segment differs, given that there are several to look at.
const SEGMENT_Z: f64 = 3.3;

/// Analyses the answer to a `FunnelsQuery` by steps.
pub(super) fn analyze(subject: &Subject<'_>, funnels: &[Funnel]) -> Analysis {
    let words = actors(subject);
    let steps = together(funnels);
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return nobody() };
    if first.count == 0.0 {
        return nobody();
    }
    let (start, end) = (shown(first), shown(last));
    let entered = counted(first.count, words);
    if steps.len() == 1 {
        return Analysis::new(
            format!("{entered} did {start}; there is no second step to come to."),
            vec![],
            "Add a step to see how many go on.",
        );
    }
    let rate = percent(last.count / first.count);
    let is_few = first.count < FEW;
    let few = if is_few { ": too few to tell much" } else { "" };
    let headline = format!("{rate} of {entered} got from {start} to {end} ({} in all){few}.", number(last.count));
    let mut points = Vec::new();
    let worst = worst_step(&steps);
    if let Some(at) = worst {
        let (before, after) = (&steps[at - 1], &steps[at]);
        points.push(format!(
            "Most are lost between {} and {}: {} of {} go no further ({}).",
            shown(before),
            shown(after),
            number(before.count - after.count),
            number(before.count),
            percent(1.0 - after.count / before.count)
        ));
    } else {
        points.push("Nobody is lost between any two steps.".to_owned());
    }
    let segment = segments(funnels);
    points.extend(segment.clone().map(|(text, _)| text));
    points.extend(slowest_step(&steps));
    if points.len() < 3 && steps.len() > 2 {
        let best = (1..steps.len()).filter(|at| steps[at - 1].count > 0.0 && Some(*at) != worst);
        let best = best.max_by(|a, b| ratio(&steps, *a).total_cmp(&ratio(&steps, *b)));
        points.extend(best.map(|at| {
            format!(
                "The surest step is from {} to {}: {} take it.",
                shown(&steps[at - 1]),
                shown(&steps[at]),
                percent(ratio(&steps, at))
            )
        }));
    }
    if points.len() < 2 {
        points.push(format!("{} of {} came through.", number(last.count), entered));
    }
    let takeaway = match (is_few, segment, worst) {
        (true, ..) => "Wait for more people, or look at a longer range, before changing anything.".to_owned(),
        (false, Some((_, takeaway)), _) => takeaway,
        (false, None, Some(at)) => {
            format!(
                "The step to {} is the place to begin: what is mended before it is lost there again.",
                shown(&steps[at])
            )
        }
        (false, None, None) => "There is nothing to mend in these steps.".to_owned(),
    };
    Analysis::new(headline, points, takeaway)
}

/// Analyses the answer to a `FunnelsQuery` by the time that it took.
pub(super) fn analyze_durations(durations: &Durations) -> Analysis {
    let total: f64 = durations.bins.iter().map(|(_, count)| count).sum();
    let Some(average) = durations.average_seconds.filter(|_| total > 0.0) else {
        return Analysis::new(
            "Nobody came through, so that there is no time to tell.",
            vec!["No conversion falls into the range.".to_owned()],
            "Look at the steps of the funnel to see where people stay.",
        );
    };
    let mut points = Vec::new();
    if let Some((at, (seconds, count))) = durations.bins.iter().enumerate().max_by(|a, b| a.1.1.total_cmp(&b.1.1)) {
        let until = durations.bins.get(at + 1).map(|(end, _)| format!(" to {}", duration(*end)));
        points.push(format!(
            "The commonest time is {}{}: {} of {} ({}).",
            duration(*seconds),
            until.unwrap_or_default(),
            number(*count),
            number(total),
            percent(count / total)
        ));
    }
    let within: f64 = durations.bins.iter().filter(|(start, _)| *start < average).map(|(_, count)| count).sum();
    points.push(format!("About {} need less than the mean.", percent(within / total)));
    let few = if total < FEW { ", from too few to tell much" } else { "" };
    let is_skewed = within / total > 0.65;
    let takeaway = match is_skewed {
        true => "A few slow ones pull the mean up: the common time says more than the mean.",
        false => "The mean is a fair picture of how long it takes.",
    };
    Analysis::new(
        format!("{} took {} in the mean{few}.", counted(total, ("conversion", "conversions")), duration(average)),
        points,
        takeaway,
    )
}

fn nobody() -> Analysis {
    Analysis::new(
        "Nobody entered this funnel in the range.",
        vec!["The first step has no events, so that no other step can have any.".to_owned()],
        "Check the range, the filters and the name of the first event.",
    )
}

/// The steps of all values of a breakdown in one.
fn together(funnels: &[Funnel]) -> Vec<FunnelStep> {
    let Some(first) = funnels.first() else { return Vec::new() };
    let mut steps = first.steps.clone();
    for other in &funnels[1..] {
        for (step, more) in steps.iter_mut().zip(&other.steps) {
            let sum = step.count + more.count;
            step.average_seconds = match (step.average_seconds, more.average_seconds) {
                (Some(a), Some(b)) if sum > 0.0 => Some((a * step.count + b * more.count) / sum),
                (a, b) => a.or(b),
            };
            // Medians do not add up.
            step.median_seconds = None;
            step.count = sum;
        }
    }
    steps
}

fn ratio(steps: &[FunnelStep], at: usize) -> f64 {
    if steps[at - 1].count > 0.0 { steps[at].count / steps[at - 1].count } else { 1.0 }
}

/// The step at which most are lost.
fn worst_step(steps: &[FunnelStep]) -> Option<usize> {
    let lost = |at: &usize| steps[at - 1].count - steps[*at].count;
    (1..steps.len()).filter(|at| lost(at) > 0.0).max_by(|a, b| lost(a).total_cmp(&lost(b)))
}

fn slowest_step(steps: &[FunnelStep]) -> Option<String> {
    let time = |step: &FunnelStep| step.median_seconds.or(step.average_seconds);
    let at = (1..steps.len()).filter(|at| time(&steps[*at]).is_some());
    let at = at.max_by(|a, b| time(&steps[*a]).unwrap_or(0.0).total_cmp(&time(&steps[*b]).unwrap_or(0.0)))?;
    let (seconds, kind) = match steps[at].median_seconds {
        Some(seconds) => (seconds, "median"),
        None => (steps[at].average_seconds?, "mean"),
    };
    let slowest = if steps.len() > 2 { "The slowest step is" } else { "It takes" };
    let link = if steps.len() > 2 { ", with" } else { "" };
    let route = format!("from {} to {}", shown(&steps[at - 1]), shown(&steps[at]));
    Some(match steps.len() > 2 {
        true => format!("{slowest} {route}{link} {} in the {kind}.", duration(seconds)),
        false => format!("{slowest} {} {route} in the {kind}.", duration(seconds)),
    })
}

/// The value of a breakdown that differs most from all others, with what to make of it.
fn segments(funnels: &[Funnel]) -> Option<(String, String)> {
    let of = |funnel: &Funnel| Some((funnel.steps.last()?.count, funnel.steps.first()?.count));
    let named: Vec<(String, (f64, f64))> = funnels
        .iter()
        .filter_map(|funnel| {
            let breakdown =
                funnel.breakdown.as_ref().filter(|breakdown| !breakdown.0.contains(&BreakdownText::Other))?;
            Some((name(&breakdown.to_string()), of(funnel)?))
        })
        .collect();
    let (all_done, all_entered) =
        funnels.iter().filter_map(of).fold((0.0, 0.0), |sum, (done, entered)| (sum.0 + done, sum.1 + entered));
    let scored = named.iter().filter(|(_, (_, entered))| *entered >= FEW && all_entered - entered >= FEW).map(
        |(label, (done, entered))| {
            let z = proportions_z((*done, *entered), (all_done - done, all_entered - entered));
            (label, *done, *entered, z)
        },
    );
    let (label, done, entered, z) = scored.max_by(|a, b| a.3.abs().total_cmp(&b.3.abs()))?;
    if z.abs() < SEGMENT_Z {
        return None;
    }
    let others = (all_done - done) / (all_entered - entered);
    let better = if z > 0.0 { "better" } else { "worse" };
    let text = format!(
        "{label} converts {better} than the others: {} of {} against {}.",
        percent(done / entered),
        number(entered),
        percent(others)
    );
    let takeaway = match z > 0.0 {
        true => format!("See what {label} has that the others lack; the difference is no chance."),
        false => format!("See what stops {label}; the difference is no chance."),
    };
    Some((text, takeaway))
}

fn shown(step: &FunnelStep) -> String {
    name(step.custom_name.as_deref().unwrap_or(&step.name))
}

/// Whom the funnel counts.
fn actors(subject: &Subject<'_>) -> (&'static str, &'static str) {
    if subject.query["aggregation_group_type_index"].is_number() { ("group", "groups") } else { ("person", "people") }
}
