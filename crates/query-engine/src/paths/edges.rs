//! How often each edge is taken.

use std::cmp::Ordering;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::items::Items;
use super::kernel::Visit;
use crate::control::HeldMemory;
use crate::error::QueryError;
use crate::plan::paths::{PathEdge, PathEdges};

/// Numbers of the edges, for each step from the first on by their source (upper half) and target (lower half).
#[derive(Debug, Default)]
pub(super) struct EdgeTally {
    steps: Vec<FxHashMap<u64, Taken>>,
}

/// How often an edge is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Taken {
    count: u64,
    /// How long all of it took, in microseconds.
    sum_us: i64,
}

/// An edge with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counted {
    step: usize,
    source: u32,
    target: u32,
    taken: Taken,
}

impl EdgeTally {
    /// Adds the edges of a path.
    pub(super) fn add(&mut self, path: &[Visit], memory: &mut HeldMemory) -> Result<(), QueryError> {
        for (step, edge) in path.windows(2).enumerate() {
            if step == self.steps.len() {
                self.steps.push(FxHashMap::default());
            }
            let edges = &mut self.steps[step];
            if edges.len() == edges.capacity() {
                // the new table and the one that it is filled from
                memory.grow::<(u64, Taken, u8)>(2 * edges.len().max(4))?;
            }
            let taken = edges.entry(u64::from(edge[0].item) << 32 | u64::from(edge[1].item)).or_default();
            taken.count += 1;
            taken.sum_us = taken.sum_us.saturating_add(edge[1].at_us - edge[0].at_us);
        }
        Ok(())
    }

    /// The edges that `plan` tells of.
    pub(super) fn output(
        self,
        plan: &PathEdges,
        items: &Items,
        memory: &mut HeldMemory,
    ) -> Result<Vec<PathEdge>, QueryError> {
        memory.grow::<Counted>(self.steps.iter().map(FxHashMap::len).sum())?;
        let keys: Vec<String> = (1..=self.steps.len()).map(|step| format!("{step}_")).collect();
        let (min, max) = plan.counts;
        let edges = self.steps.into_iter().enumerate().flat_map(|(step, edges)| {
            #[expect(clippy::cast_possible_truncation, reason = "the halves of the key")]
            edges.into_iter().map(move |(key, taken)| Counted {
                step,
                source: (key >> 32) as u32,
                target: key as u32,
                taken,
            })
        });
        let mut edges: Vec<Counted> = edges.filter(|edge| (min..=max).contains(&edge.taken.count)).collect();
        let order = |a: &Counted, b: &Counted| {
            let text = |item| &**items.text(item);
            b.taken.count.cmp(&a.taken.count).then_with(|| match keys[a.step].cmp(&keys[b.step]) {
                Ordering::Equal => (text(a.source), text(a.target)).cmp(&(text(b.source), text(b.target))),
                different => different,
            })
        };
        if plan.limit < edges.len() {
            edges.select_nth_unstable_by(plan.limit, order);
            edges.truncate(plan.limit);
        }
        edges.sort_unstable_by(order);
        let edges = edges.into_iter().map(|edge| PathEdge {
            step: edge.step + 1,
            source: Arc::clone(items.text(edge.source)),
            target: Arc::clone(items.text(edge.target)),
            count: edge.taken.count,
            average_seconds: edge.taken.sum_us as f64 / 1e6 / edge.taken.count as f64,
        });
        Ok(edges.collect())
    }
}
