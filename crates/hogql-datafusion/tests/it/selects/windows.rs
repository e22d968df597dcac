//! Functions of neighbouring rows.

use std::ops::Range;

use super::aggregates::Aggregate;
use super::relations::{Order, Row, compare};
use super::values::Value;
use super::world::World;

/// A function of the rows around a row.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) function: WindowFunction,
    pub(super) partition_by: Vec<usize>,
    pub(super) order_by: Vec<Order>,
    pub(super) frame: Frame,
}

#[derive(Clone, Debug)]
pub(super) enum WindowFunction {
    RowNumber,
    Rank,
    DenseRank,
    /// The value of a column so many rows behind (ahead where it is negative), of the frame alone where that is wanted.
    Neighbour {
        column: usize,
        behind: i64,
        keeps_to_frame: bool,
        absent: Value,
    },
    Aggregate(Aggregate),
}

/// Which rows of its partition a row sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Whether rows are counted; else those that are equal in the order are seen together.
    pub(super) counts_rows: bool,
    pub(super) start: Bound,
    pub(super) end: Bound,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    Unbounded,
    /// So many rows on, behind the row where it is negative; of a frame that does not count rows always 0.
    Rows(i64),
}

impl Window {
    /// Of each row its value.
    pub(super) fn of(&self, rows: &[Row], world: &World) -> Vec<Value> {
        let of_row = |row: &Row| -> Row { self.partition_by.iter().map(|&column| row[column].clone()).collect() };
        let mut values = vec![Value::Null; rows.len()];
        for row in 0..rows.len() {
            let partition = of_row(&rows[row]);
            let mut members: Vec<usize> = (0..rows.len()).filter(|&other| of_row(&rows[other]) == partition).collect();
            members.sort_by(|&one, &other| compare(&self.order_by, &rows[one], &rows[other]));
            let at = members.iter().position(|&member| member == row).unwrap();
            let members: Vec<Row> = members.into_iter().map(|member| rows[member].clone()).collect();
            values[row] = self.of_member(&members, at, world);
        }
        values
    }

    /// The value of the row at position `at` of a partition that is in order.
    fn of_member(&self, members: &[Row], at: usize, world: &World) -> Value {
        let are_equals = |one: &Row, other: &Row| compare(&self.order_by, one, other).is_eq();
        let first_equal = members.iter().position(|member| are_equals(member, &members[at])).unwrap();
        match &self.function {
            WindowFunction::RowNumber => Value::Int(at as i64 + 1),
            WindowFunction::Rank => Value::Int(first_equal as i64 + 1),
            WindowFunction::DenseRank => {
                let n_steps = members[..=at].windows(2).filter(|pair| !are_equals(&pair[0], &pair[1])).count();
                Value::Int(n_steps as i64 + 1)
            }
            WindowFunction::Neighbour { column, behind, keeps_to_frame, absent } => {
                let wanted = usize::try_from(at as i64 - behind).ok().filter(|&wanted| wanted < members.len());
                let frame = self.frame_of(members, at);
                match wanted.filter(|wanted| !keeps_to_frame || frame.contains(wanted)) {
                    Some(wanted) => members[wanted][*column].clone(),
                    None => absent.clone(),
                }
            }
            WindowFunction::Aggregate(aggregate) => aggregate.of(&members[self.frame_of(members, at)], world),
        }
    }

    fn frame_of(&self, members: &[Row], at: usize) -> Range<usize> {
        let is_equal = |member: &Row| compare(&self.order_by, member, &members[at]).is_eq();
        let (first_equal, last_equal) =
            (members.iter().position(is_equal).unwrap(), members.iter().rposition(is_equal).unwrap());
        let moved = |by: i64| (at as i64 + by).clamp(-1, members.len() as i64);
        let start = match self.frame.start {
            Bound::Unbounded => 0,
            Bound::Rows(by) if self.frame.counts_rows => usize::try_from(moved(by)).unwrap_or(0),
            Bound::Rows(_) => first_equal,
        };
        let end = match self.frame.end {
            Bound::Unbounded => members.len(),
            Bound::Rows(by) if self.frame.counts_rows => usize::try_from(moved(by) + 1).unwrap().min(members.len()),
            Bound::Rows(_) => last_equal + 1,
        };
        start.min(end)..end
    }
}
