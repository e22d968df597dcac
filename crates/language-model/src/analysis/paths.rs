//! Paths: the busiest ways, and where they end.

use std::collections::BTreeMap;

use query_engine::results::{PathLink, PathNode};

use super::wording::{counted, duration, name, number, percent};
use super::{Analysis, FEW};

/// Analyses the answer to a `PathsQuery`.
pub(super) fn analyze(links: &[PathLink]) -> Analysis {
    let Some(busiest) = links.iter().max_by(|a, b| a.count.total_cmp(&b.count)).filter(|link| link.count > 0.0) else {
        return Analysis::new(
            "No path has two steps in this range.",
            vec!["Nobody went from one item to another.".to_owned()],
            "Look at a longer range, or include more kinds of events.",
        );
    };
    let starts: f64 = links.iter().filter(|link| link.source.step == 1).map(|link| link.count).sum();
    let few = if starts < FEW { ": too few to tell much" } else { "" };
    let headline = format!(
        "The busiest way is from {} to {}, with {}{few}.",
        name(&busiest.source.item),
        name(&busiest.target.item),
        counted(busiest.count, ("passage", "passages"))
    );
    let mut points = Vec::new();
    let onward = flows(links, |link| &link.source);
    let inward = flows(links, |link| &link.target);
    let entries = onward.iter().filter(|(node, _)| node.step == 1);
    if let Some((node, count)) = entries.max_by(|a, b| a.1.total_cmp(b.1)) {
        points.push(format!(
            "Most begin with {}: {} of {} ({}).",
            name(&node.item),
            number(*count),
            number(starts),
            percent(count / starts)
        ));
    }
    let last_step = links.iter().map(|link| link.target.step).max().unwrap_or(0);
    // Paths are cut at the last step: who is there may have gone on.
    let ends = inward
        .iter()
        .filter(|(node, _)| node.step < last_step)
        .map(|(node, count)| (*node, count - onward.get(*node).unwrap_or(&0.0), *count));
    let dead_end = ends.filter(|(_, lost, _)| *lost > 0.0).max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((node, lost, count)) = dead_end {
        points.push(format!(
            "Most end at {} (step {}): {} of {} go no further ({}).",
            name(&node.item),
            node.step,
            number(lost),
            number(count),
            percent(lost / count)
        ));
    }
    points.push(format!(
        "From {} to {} it takes {} in the mean.",
        name(&busiest.source.item),
        name(&busiest.target.item),
        duration(busiest.average_ms / 1000.0)
    ));
    if points.len() < 2 {
        points.push(format!("There are {} between items.", counted(links.len() as f64, ("way", "ways"))));
    }
    let takeaway = match dead_end {
        _ if starts < FEW => "Look at a longer range before drawing a conclusion.".to_owned(),
        Some((node, ..)) => format!("See what people look for at {} and do not find.", name(&node.item)),
        None => "People go on wherever they are: follow the busiest way to its end.".to_owned(),
    };
    Analysis::new(headline, points, takeaway)
}

fn flows<'a>(links: &'a [PathLink], end: impl Fn(&'a PathLink) -> &'a PathNode) -> BTreeMap<&'a PathNode, f64> {
    let mut flows = BTreeMap::new();
    for link in links {
        *flows.entry(end(link)).or_insert(0.0) += link.count;
    }
    flows
}
