//! Random functions of windows.

use std::fmt::Write as _;

use super::aggregates::{Aggregate, Function};
use super::terms::{Column, Generator, Type};
use super::values::{Meaning, Value};
use super::windows::{Bound, Frame, Window, WindowFunction};

/// Frames as they are written, of rows and of equals.
const FRAMES: [(&str, Frame); 9] = [
    ("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", rows(Bound::Unbounded, Bound::Rows(0))),
    ("ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", rows(Bound::Rows(-1), Bound::Rows(1))),
    ("ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING", rows(Bound::Unbounded, Bound::Rows(-1))),
    ("ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING", rows(Bound::Rows(1), Bound::Rows(2))),
    ("ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", rows(Bound::Rows(0), Bound::Unbounded)),
    ("ROWS 2 PRECEDING", rows(Bound::Rows(-2), Bound::Rows(0))),
    ("RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", equals(Bound::Unbounded, Bound::Rows(0))),
    ("RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", equals(Bound::Rows(0), Bound::Unbounded)),
    ("RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", equals(Bound::Unbounded, Bound::Unbounded)),
];

const fn rows(start: Bound, end: Bound) -> Frame {
    Frame { counts_rows: true, start, end }
}

const fn equals(start: Bound, end: Bound) -> Frame {
    Frame { counts_rows: false, start, end }
}

impl Generator<'_> {
    /// A function of the rows around a row with those columns; where `tells_rows_apart`, it may depend on how equal rows stand.
    pub(super) fn window(&mut self, scope: &[Column], tells_rows_apart: bool) -> (Column, Window) {
        let all: Vec<usize> = (0..scope.len()).collect();
        let has_order = |index: &usize| !matches!(scope[*index].ty, Type::Person | Type::List);
        let plain: Vec<usize> = all.iter().copied().filter(has_order).collect();
        // rows that are equal in all columns may stand in either order: nobody can see it
        let can_be_total = tells_rows_apart && plain.len() == all.len();
        let mut partition_by = plain.clone();
        partition_by.truncate(self.choices.below(3));
        let mut by = plain.clone();
        by.reverse();
        let kind = self.choices.below(8);
        let needs_total = can_be_total && !matches!(kind, 0..=2);
        if !needs_total {
            by.truncate(1 + self.choices.below(2));
        }
        // without any column to order by there are ranks of nothing
        let mut frame = None;
        let (mut column, function) = match kind {
            0 if !by.is_empty() => (whole("rank()"), WindowFunction::Rank),
            1 if !by.is_empty() => (whole("dense_rank()"), WindowFunction::DenseRank),
            3 if can_be_total => (whole("row_number()"), WindowFunction::RowNumber),
            4 | 5 if can_be_total => {
                if kind == 5 {
                    frame = Some(*self.choices.one_of(&FRAMES));
                }
                self.neighbour(scope, &plain, kind == 5)
            }
            _ => {
                let is_total = can_be_total && by.len() == all.len();
                if kind == 2 {
                    by.clear();
                } else if !by.is_empty() && self.choices.once_in(2) {
                    frame = Some(*self.choices.one_of(if is_total { &FRAMES } else { &FRAMES[6..] }));
                }
                self.aggregate_window(scope, is_total && kind != 2)
            }
        };
        let (order_text, order_by) = self.orders(scope, &by, false);
        let partition_text: Vec<&str> = partition_by.iter().map(|&index| scope[index].text.as_str()).collect();
        write!(column.text, " OVER (").unwrap();
        let mut parts = Vec::new();
        if !partition_text.is_empty() {
            parts.push(format!("PARTITION BY {}", partition_text.join(", ")));
        }
        if !order_by.is_empty() {
            parts.push(format!("ORDER BY {order_text}"));
        }
        parts.extend(frame.map(|(text, _)| text.to_owned()));
        write!(column.text, "{})", parts.join(" ")).unwrap();
        let frame = match frame {
            Some((_, frame)) => frame,
            None if order_by.is_empty() => equals(Bound::Unbounded, Bound::Unbounded),
            None => equals(Bound::Unbounded, Bound::Rows(0)),
        };
        (column, Window { function, partition_by, order_by, frame })
    }

    fn neighbour(&mut self, scope: &[Column], plain: &[usize], keeps_to_frame: bool) -> (Column, WindowFunction) {
        let column = *self.choices.one_of(plain);
        let Column { text, ty, mut is_nullable, .. } = scope[column].clone();
        let (name, sign) = *self.choices.one_of(&[("lag", 1), ("lead", -1)]);
        let distance = *self.choices.one_of(&[1, 2, 0]);
        let name = if keeps_to_frame { format!("{name}InFrame") } else { name.to_owned() };
        is_nullable |= !keeps_to_frame;
        let (text, absent) = match self.choices.below(3) {
            0 if distance == 1 => (format!("{name}({text})"), ty.default(is_nullable)),
            1 if ty == Type::Text => (format!("{name}({text}, {distance}, 'none')"), Value::text("none")),
            1 if ty == Type::Int => (format!("{name}({text}, {distance}, 7)"), Value::Int(7)),
            _ => (format!("{name}({text}, {distance})"), ty.default(is_nullable)),
        };
        let function = WindowFunction::Neighbour { column, behind: sign * distance, keeps_to_frame, absent };
        (Column { name: String::new(), text, ty, is_nullable }, function)
    }

    /// An aggregate, or the first or last value, where there is one.
    fn aggregate_window(&mut self, scope: &[Column], is_total: bool) -> (Column, WindowFunction) {
        let plain: Vec<usize> = (0..scope.len()).filter(|&index| Type::PLAIN.contains(&scope[index].ty)).collect();
        if is_total && self.choices.once_in(4) {
            let index = *self.choices.one_of(&plain);
            let Column { text, ty, is_nullable, .. } = scope[index].clone();
            let (name, function) =
                *self.choices.one_of(&[("first_value", Function::First), ("last_value", Function::Last)]);
            let aggregate = Aggregate {
                function,
                args: vec![Meaning::Column(index)],
                condition: None,
                of_nothing: ty.default(is_nullable),
            };
            let column = Column { name: String::new(), text: format!("{name}({text})"), ty, is_nullable };
            return (column, WindowFunction::Aggregate(aggregate));
        }
        let ty = *self.choices.one_of(&Type::PLAIN);
        let call = match ty == Type::Int && self.choices.once_in(2) {
            true => ("count", Function::Count, Vec::new()),
            false => self.reduction(scope, ty, 0),
        };
        let (column, aggregate) = self.aggregate_call(scope, ty, call, 0);
        (column, WindowFunction::Aggregate(aggregate))
    }
}

fn whole(text: &str) -> Column {
    Column { name: String::new(), text: text.to_owned(), ty: Type::Int, is_nullable: false }
}
