//! In which cells one actor is: the arithmetic of retention over the events of one actor after another.

#[cfg(test)]
mod tests;

use super::roles::Roles;
use crate::plan::retention::{
    RetentionBreakdownBy, RetentionColumns, RetentionIntervals, RetentionMatrix, StartOccurrence,
};

/// The interval of events before all that counts.
pub(super) const BEFORE: u32 = u32::MAX;

/// One event of an actor that matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    /// When, in microseconds since 1970 UTC.
    pub(super) at_us: i64,
    /// What the measure adds up.
    pub(super) number: f64,
    /// The interval, or the unit of a rolling one; [`BEFORE`] for an event that only decides which one is the first.
    pub(super) interval: u32,
    /// The number of the breakdown's value.
    pub(super) value: u32,
    /// What it can be.
    pub(super) roles: Roles,
}

/// The cells of one row that an actor is in. Each actor is told of once for each value and row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reach<'a> {
    /// The number of the breakdown's value.
    pub(crate) value: u32,
    /// The row.
    pub(crate) row: u32,
    /// The columns, in ascending order; at least the first one.
    pub(crate) columns: &'a [Reached],
}

/// A column that an actor is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reached {
    /// The column.
    pub(crate) column: u32,
    /// The sum of the actor's numbers in the cell.
    pub(crate) sum: f64,
}

/// Finds the cells of actors.
#[derive(Debug)]
pub(super) struct Kernel {
    occurrence: Occurrence,
    split: Split,
    /// How many units make a rolling interval; `None` for intervals of the calendar.
    n_units: Option<u32>,
    n_rows: u32,
    columns: Columns,
    is_cumulative: bool,
    min_returns: u32,
    measure: Measure,
    /// Where the text of each value stands among all; needed where an actor's first event may have several values.
    ranks: Vec<u32>,
    starts: Vec<Activity>,
    returns: Vec<Activity>,
    reached: Vec<Reached>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occurrence {
    Each,
    First,
    FirstOf,
}

/// Which of an actor's events make an actor of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    /// All together, without a value.
    Whole,
    /// Those of each value.
    ByValue,
    /// All together, under the value of the first.
    UnderFirst,
    /// Those of each value, but for when the actor begins.
    ByValueFromStart,
}

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    None,
    /// Start events are the returning ones.
    OfSame,
    /// They are others.
    OfDifferent,
}

/// Which column is so many intervals away.
#[derive(Clone, Debug)]
enum Columns {
    Intervals(u32),
    /// The last interval of each bracket.
    Brackets(Vec<u32>),
}

impl Columns {
    /// Adds the columns of `activities`, which come after the interval `base`, to `reached`.
    fn collect(&self, activities: &[Activity], base: u32, reached: &mut Vec<Reached>) {
        match self {
            Self::Intervals(n_columns) => {
                for activity in activities {
                    let column = activity.interval - base;
                    if column >= *n_columns {
                        break;
                    }
                    reached.push(Reached { column, sum: activity.sum });
                }
            }
            Self::Brackets(_) => {
                for activity in activities {
                    let Some(column) = self.at(activity.interval - base) else { break };
                    match reached.last_mut() {
                        // several intervals of one bracket are one cell
                        Some(last) if last.column == column => last.sum += activity.sum,
                        _ => reached.push(Reached { column, sum: activity.sum }),
                    }
                }
            }
        }
    }

    /// The column `n` intervals after the first; `None` where there is none.
    fn at(&self, n: u32) -> Option<u32> {
        match self {
            Self::Intervals(n_columns) => (n < *n_columns).then_some(n),
            Self::Brackets(_) if n == 0 => Some(0),
            Self::Brackets(ends) => {
                let bracket = ends.partition_point(|end| *end < n);
                (bracket < ends.len()).then(|| to_u32(bracket + 1))
            }
        }
    }
}

/// What an actor did in one interval.
#[derive(Clone, Copy, Debug)]
struct Activity {
    interval: u32,
    n_events: u32,
    first_us: i64,
    sum: f64,
}

impl Kernel {
    /// A kernel for `plan`; `ranks` gives where the text of each value stands among all, by the value's number. It is needed where
    /// [`Self::needs_ranks`] says so.
    pub(super) fn new(plan: &RetentionMatrix, ranks: Vec<u32>) -> Self {
        let n_units = match &plan.intervals {
            RetentionIntervals::Calendar { .. } => None,
            RetentionIntervals::Rolling { n_units, .. } => Some(*n_units),
        };
        let occurrence = match plan.occurrence {
            StartOccurrence::Each => Occurrence::Each,
            StartOccurrence::First => Occurrence::First,
            StartOccurrence::FirstOf(_) => Occurrence::FirstOf,
        };
        Self {
            occurrence,
            split: match plan.breakdown.as_ref().map(|breakdown| &breakdown.by) {
                None => Split::Whole,
                Some(RetentionBreakdownBy::Cohorts(_)) => Split::ByValue,
                Some(RetentionBreakdownBy::Field(_)) if occurrence == Occurrence::FirstOf => Split::UnderFirst,
                Some(RetentionBreakdownBy::Field(_)) if n_units.is_some() => Split::ByValueFromStart,
                Some(RetentionBreakdownBy::Field(_)) => Split::ByValue,
            },
            n_units,
            n_rows: to_u32(plan.n_rows),
            columns: match &plan.columns {
                RetentionColumns::Intervals(n) => Columns::Intervals(to_u32(*n)),
                RetentionColumns::Brackets(sizes) => {
                    let ends = sizes.iter().scan(0_u32, |end, size| {
                        *end = end.saturating_add(*size);
                        Some(*end)
                    });
                    Columns::Brackets(ends.collect())
                }
            },
            is_cumulative: plan.is_cumulative,
            min_returns: plan.min_returns,
            measure: match &plan.measure {
                None => Measure::None,
                Some(measure) if measure.is_of_same_events => Measure::OfSame,
                Some(_) => Measure::OfDifferent,
            },
            ranks,
            starts: Vec::new(),
            returns: Vec::new(),
            reached: Vec::new(),
        }
    }

    /// Whether `plan` may have to choose among several values of an actor.
    pub(super) fn needs_ranks(plan: &RetentionMatrix) -> bool {
        let by_field =
            matches!(&plan.breakdown, Some(breakdown) if matches!(breakdown.by, RetentionBreakdownBy::Field(_)));
        by_field && matches!(plan.occurrence, StartOccurrence::FirstOf(_))
    }

    /// Whether of several events of one interval, value and roles the earliest says all.
    pub(super) fn earliest_is_enough(&self) -> bool {
        self.min_returns <= 1 && self.measure == Measure::None && self.split != Split::ByValueFromStart
    }

    /// Calls `on_reach` with the cells of the actor whose events are `marks`, in any order; changes their order.
    pub(super) fn add(&mut self, marks: &mut [Mark], mut on_reach: impl FnMut(Reach<'_>)) {
        match self.split {
            Split::Whole => self.add_one(marks, 0, &mut on_reach),
            Split::ByValue => self.add_by_value(marks, &mut on_reach),
            Split::UnderFirst => {
                let of_first = |first_us| {
                    let at_first = marks.iter().filter(|mark| mark.roles.has(Roles::FIRST) && mark.at_us == first_us);
                    at_first.map(|mark| mark.value).min_by_key(|value| self.ranks[*value as usize])
                };
                if let Some(value) = first_us(marks, Roles::FIRST).and_then(of_first) {
                    self.add_one(marks, value, &mut on_reach);
                }
            }
            Split::ByValueFromStart => {
                let Some(start) = self.start(marks) else { return };
                marks.sort_by_key(|mark| mark.value);
                for of_value in marks.chunk_by(|mark, other| mark.value == other.value) {
                    if of_value.iter().any(|mark| mark.at_us >= start.at_us) {
                        self.rolling(of_value, start, of_value[0].value, &mut on_reach);
                    }
                }
            }
        }
    }

    fn add_by_value(&mut self, marks: &mut [Mark], on_reach: &mut impl FnMut(Reach<'_>)) {
        marks.sort_by_key(|mark| mark.value);
        for of_value in marks.chunk_by(|mark, other| mark.value == other.value) {
            self.add_one(of_value, of_value[0].value, on_reach);
        }
    }

    fn add_one(&mut self, marks: &[Mark], value: u32, on_reach: &mut impl FnMut(Reach<'_>)) {
        if self.n_units.is_some() {
            if let Some(start) = self.start(marks) {
                self.rolling(marks, start, value, on_reach);
            }
        } else {
            self.by_calendar(marks, value, on_reach);
        }
    }

    /// The event with which the actor begins once, where it is in the range.
    fn start(&self, marks: &[Mark]) -> Option<Mark> {
        let is_start = |mark: &&Mark| mark.roles.has(Roles::START);
        let first = match self.occurrence {
            Occurrence::Each => {
                let in_range = marks.iter().filter(is_start).filter(|mark| mark.interval != BEFORE);
                in_range.min_by_key(|mark| mark.at_us)
            }
            Occurrence::First => marks.iter().filter(is_start).min_by_key(|mark| mark.at_us),
            Occurrence::FirstOf => {
                let first_us = first_us(marks, Roles::FIRST)?;
                marks.iter().filter(is_start).find(|mark| mark.at_us == first_us)
            }
        };
        first.copied().filter(|mark| mark.interval != BEFORE)
    }

    /// The cells of an actor who begins with `start`, in intervals counted from there.
    fn rolling(&mut self, marks: &[Mark], start: Mark, value: u32, on_reach: &mut impl FnMut(Reach<'_>)) {
        let n_units = self.n_units.unwrap_or(1);
        let row = start.interval / n_units;
        if row >= self.n_rows {
            return;
        }
        self.reached.clear();
        self.reached.push(Reached { column: 0, sum: 0.0 });
        let returns = marks.iter().filter(|mark| mark.roles.has(Roles::RETURN) && mark.interval != BEFORE);
        let units = returns.filter_map(|mark| mark.interval.checked_sub(start.interval));
        let columns = units.filter_map(|n| self.columns.at(n / n_units));
        self.reached.extend(columns.map(|column| Reached { column, sum: 0.0 }));
        self.reached.sort_unstable_by_key(|reached| reached.column);
        self.reached.dedup_by_key(|reached| reached.column);
        on_reach(Reach { value, row, columns: &self.reached });
    }

    fn by_calendar(&mut self, marks: &[Mark], value: u32, on_reach: &mut impl FnMut(Reach<'_>)) {
        self.find_starts(marks);
        if self.starts.is_empty() {
            return;
        }
        gather(&mut self.returns, marks.iter().filter(|mark| mark.roles.has(Roles::RETURN)));
        if self.min_returns > 1 {
            self.returns.retain(|activity| activity.n_events >= self.min_returns);
        }
        if self.measure == Measure::OfDifferent {
            self.sum_returns_after_starts(marks);
        }
        let (first, mut n_past) = (self.starts[0].interval, 0);
        for start in &self.starts {
            let base = match self.columns {
                Columns::Intervals(_) => start.interval,
                Columns::Brackets(_) => first,
            };
            while self.returns.get(n_past).is_some_and(|activity| activity.interval <= base) {
                n_past += 1;
            }
            self.reached.clear();
            self.reached.push(Reached { column: 0, sum: start.sum });
            self.columns.collect(&self.returns[n_past..], base, &mut self.reached);
            if self.is_cumulative {
                let last = self.reached.last().map_or(0, |last| last.column);
                self.reached.clear();
                self.reached.extend((0..=last).map(|column| Reached { column, sum: 0.0 }));
            }
            on_reach(Reach { value, row: start.interval, columns: &self.reached });
        }
    }

    /// Finds the intervals in which the actor begins, with the sums of their start events.
    fn find_starts(&mut self, marks: &[Mark]) {
        let start = match self.occurrence {
            Occurrence::Each => None,
            Occurrence::First | Occurrence::FirstOf => match self.start(marks) {
                None => return self.starts.clear(),
                start => start,
            },
        };
        let starts = marks.iter().filter(|mark| mark.roles.has(Roles::START));
        match start {
            None => gather(&mut self.starts, starts),
            Some(start) => gather(&mut self.starts, starts.filter(|mark| mark.interval == start.interval)),
        }
    }

    /// Replaces the sums of start events by those of the returning events after the first start event of each interval.
    fn sum_returns_after_starts(&mut self, marks: &[Mark]) {
        self.starts.iter_mut().for_each(|start| start.sum = 0.0);
        for mark in marks.iter().filter(|mark| mark.roles.has(Roles::RETURN)) {
            if let Ok(index) = self.starts.binary_search_by_key(&mark.interval, |start| start.interval)
                && mark.at_us > self.starts[index].first_us
            {
                self.starts[index].sum += mark.number;
            }
        }
    }
}

/// What was done in each interval of the range, in ascending order, into `activities`.
fn gather<'a>(activities: &mut Vec<Activity>, marks: impl Iterator<Item = &'a Mark>) {
    activities.clear();
    let mut is_sorted = true;
    for mark in marks.filter(|mark| mark.interval != BEFORE) {
        match activities.last_mut() {
            Some(last) if last.interval == mark.interval => last.add(&Activity::of(mark)),
            last => {
                is_sorted &= last.is_none_or(|last| last.interval < mark.interval);
                activities.push(Activity::of(mark));
            }
        }
    }
    if !is_sorted {
        activities.sort_by_key(|activity| activity.interval);
        activities.dedup_by(|later, kept| {
            let is_same = later.interval == kept.interval;
            if is_same {
                kept.add(later);
            }
            is_same
        });
    }
}

impl Activity {
    fn of(mark: &Mark) -> Self {
        Self { interval: mark.interval, n_events: 1, first_us: mark.at_us, sum: mark.number }
    }

    fn add(&mut self, other: &Self) {
        self.n_events = self.n_events.saturating_add(other.n_events);
        self.first_us = self.first_us.min(other.first_us);
        self.sum += other.sum;
    }
}

/// The instant of the first event of `roles`.
fn first_us(marks: &[Mark], roles: Roles) -> Option<i64> {
    marks.iter().filter(|mark| mark.roles.has(roles)).map(|mark| mark.at_us).min()
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("a plan has fewer than 2^32 rows and columns")
}
