//! Pages of records.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Mutex;

use logs::query::{Order, RecordQuery};
use logs::record::{Position, StoredLog};
use logs::store::RecordPage;
use query_engine::control::{HeldMemory, QueryControl};
use query_engine::error::QueryError;

use super::View;
use super::plan::{PlannedBlock, ReadPlan};
use super::predicate::Predicate;
use super::workers;
use crate::segment::{ColumnSet, fixed};

/// Where a record that may be on the page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Memory,
    /// A planned segment, its block, the row in it.
    Segment(usize, usize, usize),
}

/// The first records in the order asked for: those with the smallest keys.
#[derive(Debug)]
struct FirstFew {
    order: Order,
    limit: usize,
    heap: BinaryHeap<(Key, Place)>,
}

/// A position that is smaller the earlier it comes in the order asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Earliest(Position),
    Latest(Reverse<Position>),
}

fn key(order: Order, position: Position) -> Key {
    match order {
        Order::Earliest => Key::Earliest(position),
        Order::Latest => Key::Latest(Reverse(position)),
    }
}

impl FirstFew {
    fn offer(&mut self, position: Position, place: Place) {
        let entry = (key(self.order, position), place);
        if self.heap.len() < self.limit {
            self.heap.push(entry);
        } else if self.heap.peek().is_some_and(|last| entry < *last) {
            self.heap.pop();
            self.heap.push(entry);
        }
    }

    /// Whether records of these times may still come among the first.
    fn may_need(&self, block: &PlannedBlock) -> bool {
        let Some((last, _)) = self.heap.peek().filter(|_| self.heap.len() >= self.limit) else { return true };
        match last {
            Key::Earliest(last) => block.min_us <= last.timestamp_us,
            Key::Latest(Reverse(last)) => block.max_us >= last.timestamp_us,
        }
    }
}

impl View {
    /// A page of records.
    pub(crate) fn records(&self, query: &RecordQuery, control: &QueryControl) -> Result<RecordPage, QueryError> {
        let mut filter = self.bounded(&query.filter);
        if let Some(after) = query.after {
            // the records of the cursor's own instant are told apart by their arrival
            match query.order {
                Order::Earliest => filter.range.start = filter.range.start.max(after.timestamp_us),
                Order::Latest => filter.range.end = filter.range.end.min(after.timestamp_us.saturating_add(1)),
            }
        }
        // one more than asked for tells whether there is more
        let limit = query.limit.saturating_add(1);
        let mut held = HeldMemory::new(control);
        held.grow::<(Key, Place)>(limit)?;
        let is_behind =
            |position: Position| query.after.is_none_or(|after| key(query.order, position) > key(query.order, after));
        let mut first = FirstFew { order: query.order, limit, heap: BinaryHeap::with_capacity(limit) };
        let mut in_memory = Vec::new();
        self.in_memory(&filter, control, |log| {
            if is_behind(log.position()) {
                first.offer(log.position(), Place::Memory);
                in_memory.push(std::sync::Arc::clone(log));
            }
            Ok(())
        })?;
        let mut plan = self.plan(&filter, control)?;
        match query.order {
            Order::Earliest => plan.blocks.sort_unstable_by_key(|block| (block.min_us, block.segment, block.block)),
            Order::Latest => {
                plan.blocks.sort_unstable_by_key(|block| Reverse((block.max_us, block.segment, block.block)));
            }
        }
        let first = Mutex::new(first);
        let predicate = Predicate::new(filter);
        let mut columns = ColumnSet::none();
        columns.add(fixed::TIMESTAMP);
        columns.add(fixed::ARRIVAL);
        workers::each(
            &plan.blocks,
            control,
            || (),
            |(), block| {
                let is_needed = first.lock().expect("no holder of this lock panics").may_need(block);
                if !is_needed || !plan.may_match(block)? {
                    return Ok(());
                }
                let open = &plan.segments[block.segment].open;
                let Some((batch, mask)) = predicate.rows(open, block.block, &columns)? else { return Ok(()) };
                control.add_read(mask.len() as u64, batch.get_array_memory_size() as u64);
                let (timestamps, arrivals) = open.positions(&batch)?;
                let mut first = first.lock().expect("no holder of this lock panics");
                for (row, _) in mask.iter().enumerate().filter(|(_, keep)| **keep) {
                    let position = Position { timestamp_us: timestamps[row], arrival: arrivals[row] };
                    if is_behind(position) {
                        first.offer(position, Place::Segment(block.segment, block.block, row));
                    }
                }
                Ok(())
            },
        )?;
        let first = first.into_inner().expect("no holder of this lock panics").heap.into_sorted_vec();
        let has_more = first.len() > query.limit;
        let places: Vec<(Position, Place)> =
            first.into_iter().take(query.limit).map(|(key, place)| (position_of(key), place)).collect();
        let in_memory = in_memory.into_iter().map(|log| (log.position(), log)).collect::<rustc_hash::FxHashMap<_, _>>();
        let mut records = fetch(&plan, &places, control)?;
        for (position, place) in &places {
            if *place == Place::Memory {
                records.push((**in_memory.get(position).expect("what was offered was kept")).clone());
            }
        }
        records.sort_unstable_by_key(|log| key(query.order, log.position()));
        Ok(RecordPage { records, has_more })
    }
}

fn position_of(key: Key) -> Position {
    match key {
        Key::Earliest(position) | Key::Latest(Reverse(position)) => position,
    }
}

/// Reads the records in segments, each block once, in no order.
fn fetch(plan: &ReadPlan, places: &[(Position, Place)], control: &QueryControl) -> Result<Vec<StoredLog>, QueryError> {
    let mut in_segments: Vec<(usize, usize, usize)> = places
        .iter()
        .filter_map(|(_, place)| match place {
            Place::Memory => None,
            Place::Segment(segment, block, row) => Some((*segment, *block, *row)),
        })
        .collect();
    in_segments.sort_unstable();
    let blocks: Vec<&[(usize, usize, usize)]> =
        in_segments.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)).collect();
    let read = workers::each(&blocks, control, Vec::new, |logs: &mut Vec<StoredLog>, block| {
        let (segment, number, _) = block[0];
        let rows: Vec<usize> = block.iter().map(|(_, _, row)| *row).collect();
        logs.extend(plan.segments[segment].open.logs_of_rows(number, &rows)?);
        Ok(())
    })?;
    Ok(read.into_iter().flatten().collect())
}
