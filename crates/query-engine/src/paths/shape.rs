//! Edges as PostHog's clients expect them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::plan::paths::PathEdge;
use crate::sampling::extrapolated_count;

/// One link for each edge that paths lead to from their beginning along other edges: a limit may have cut the way to some. Counts of
/// a sample are told for all.
pub(super) fn links(edges: &[PathEdge], sampling_factor: Option<f64>) -> Value {
    let mut by_step: Vec<&PathEdge> = edges.iter().collect();
    by_step.sort_by_key(|edge| edge.step);
    let mut reached: BTreeSet<(usize, &str)> = BTreeSet::new();
    for edge in by_step {
        if edge.step == 1 || reached.contains(&(edge.step, &edge.source)) {
            reached.insert((edge.step, &edge.source));
            reached.insert((edge.step + 1, &edge.target));
        }
    }
    edges
        .iter()
        .filter(|edge| reached.contains(&(edge.step, &edge.source)))
        .map(|edge| link(edge, sampling_factor))
        .collect()
}

fn link(edge: &PathEdge, sampling_factor: Option<f64>) -> Value {
    json!({
        "source": format!("{}_{}", edge.step, edge.source),
        "target": format!("{}_{}", edge.step + 1, edge.target),
        "value": extrapolated_count(edge.count, sampling_factor),
        "average_conversion_time": edge.average_seconds * 1000.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edges as `(step, source, target)`; the sources of those that are shown.
    #[track_caller]
    fn check(edges: &[(usize, &str, &str)], expected: &[&str]) {
        let edges: Vec<PathEdge> = edges
            .iter()
            .map(|&(step, source, target)| PathEdge {
                step,
                source: source.into(),
                target: target.into(),
                count: 1,
                average_seconds: 0.0,
            })
            .collect();
        let links = links(&edges, None);
        let sources: Vec<&str> =
            links.as_array().unwrap().iter().map(|link| link["source"].as_str().unwrap()).collect();
        assert_eq!(sources, expected);
    }

    #[test]
    fn edges_that_no_path_leads_to_are_not_shown() {
        check(&[(2, "b", "c"), (1, "a", "b"), (3, "c", "d")], &["2_b", "1_a", "3_c"]);
        check(&[(2, "c", "d"), (1, "a", "b"), (3, "d", "e")], &["1_a"]);
        check(&[(2, "b", "c")], &[]);
        check(&[(1, "a", "b"), (10, "a", "b")], &["1_a"]);
    }
}
