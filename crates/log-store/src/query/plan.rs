//! Which blocks of which segments have to be read.

use std::sync::Arc;

use logs::filter::{Condition, Field, LogFilter};
use query_engine::control::QueryControl;
use query_engine::error::QueryError;

use super::View;
use crate::grams::Needle;
use crate::segment::{OpenSegment, Segment};

/// A segment that has blocks to read.
#[derive(Clone, Debug)]
pub(super) struct PlannedSegment {
    pub(super) segment: Arc<Segment>,
    pub(super) open: OpenSegment,
    /// Whether bodies have to contain something that filters know of.
    pub(super) has_needles: bool,
}

/// A block to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedBlock {
    /// Place among the planned segments.
    pub(super) segment: usize,
    pub(super) block: usize,
    pub(super) min_us: i64,
    pub(super) max_us: i64,
}

/// What has to be read.
#[derive(Debug)]
pub(super) struct ReadPlan {
    pub(super) segments: Vec<PlannedSegment>,
    pub(super) blocks: Vec<PlannedBlock>,
    needles: Needles,
}

/// Of each group, one must be in a body.
#[derive(Clone, Debug, Default)]
struct Needles(Vec<Vec<Needle>>);

impl Needles {
    fn of(filter: &LogFilter) -> Self {
        let mut needles = Self::default();
        needles.add(std::slice::from_ref(&filter.search));
        needles.add_condition(&filter.group);
        needles
    }

    fn add(&mut self, texts: &[String]) {
        // a text that is too short to tell anything makes the group useless
        if let Some(group) = texts.iter().map(|text| Needle::new(text)).collect::<Option<Vec<Needle>>>() {
            self.0.push(group);
        }
    }

    fn add_condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(conditions) => conditions.iter().for_each(|condition| self.add_condition(condition)),
            Condition::Field(Field::Body, test) => {
                if let Some(texts) = test.needles() {
                    self.add(&texts);
                }
            }
            Condition::Any(_) | Condition::Field(_, _) => {}
        }
    }
}

impl View {
    /// The blocks that may have records in the filter's range.
    pub(super) fn plan(&self, filter: &LogFilter, control: &QueryControl) -> Result<ReadPlan, QueryError> {
        let needles = Needles::of(filter);
        let mut plan = ReadPlan { segments: Vec::new(), blocks: Vec::new(), needles };
        let range = &filter.range;
        let is_touched = |min_us: i64, max_us: i64| min_us < range.end && max_us >= range.start;
        for segment in &self.state.segments {
            control.check()?;
            if !is_touched(segment.file().min_us, segment.file().max_us) {
                continue;
            }
            let open = segment.open(&self.shared)?;
            for (block, place) in open.details.index.blocks.iter().enumerate() {
                if is_touched(place.min_us, place.max_us) {
                    control.add_rows_total(place.n_rows as u64);
                    let (min_us, max_us) = (place.min_us, place.max_us);
                    plan.blocks.push(PlannedBlock { segment: plan.segments.len(), block, min_us, max_us });
                }
            }
            let has_needles = !plan.needles.0.is_empty();
            plan.segments.push(PlannedSegment { segment: Arc::clone(segment), open, has_needles });
        }
        Ok(plan)
    }
}

impl ReadPlan {
    /// Whether the block may have what is looked for, as far as its filter tells.
    pub(super) fn may_match(&self, block: &PlannedBlock) -> Result<bool, QueryError> {
        let planned = &self.segments[block.segment];
        if !planned.has_needles {
            return Ok(true);
        }
        let filter = planned.segment.filter(&planned.open.details, block.block)?;
        let Needles(groups) = &self.needles;
        Ok(groups.iter().all(|group| group.iter().any(|needle| filter.may_contain(needle))))
    }
}
