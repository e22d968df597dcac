//! Rows, computed in the plainest way: every relation is a list of rows, and every row is looked at on its own.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::aggregates::Aggregate;
use super::values::{Meaning, Value};
use super::windows::Window;
use super::world::World;

pub(super) type Row = Vec<Value>;

/// Where rows come from.
#[derive(Clone, Debug)]
pub(super) enum Relation {
    Events,
    Persons,
    /// A row without columns.
    OneRow,
    Filter(Rc<Relation>, Meaning),
    Project(Rc<Relation>, Vec<Meaning>),
    Join {
        left: Rc<Relation>,
        right: Rc<Relation>,
        on: Vec<(usize, usize)>,
        condition: Option<Meaning>,
        kind: JoinKind,
    },
    /// A row for each item of an array; where there is none, one with the item that is given, or none.
    ArrayJoin(Rc<Relation>, Meaning, Option<Value>),
    /// Keys, then aggregates.
    Group {
        input: Rc<Relation>,
        keys: Vec<Meaning>,
        aggregates: Vec<Aggregate>,
    },
    /// What the input has, then a column for each window.
    Windows(Rc<Relation>, Vec<Window>),
    Distinct(Rc<Relation>),
    Sort(Rc<Relation>, Vec<Order>),
    /// How many are left out and kept of those that are equal in some columns.
    LimitBy(Rc<Relation>, Vec<usize>, usize, usize),
    Limit(Rc<Relation>, usize, usize),
    Put(SetOperator, Rc<Relation>, Rc<Relation>),
}

#[derive(Clone, Debug)]
pub(super) enum JoinKind {
    Inner,
    /// With what stands in place of the right where it has no match.
    Left(Row),
    Semi,
    Anti,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum SetOperator {
    UnionAll,
    UnionDistinct,
    IntersectDistinct,
    Except,
}

/// A column that rows are ordered by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) column: usize,
    pub(super) descends: bool,
    pub(super) nulls_first: bool,
}

impl Order {
    fn compare(&self, one: &Row, other: &Row) -> Ordering {
        let (one, other) = (&one[self.column], &other[self.column]);
        match (one.is_null(), other.is_null()) {
            (false, false) if self.descends => other.cmp(one),
            (false, false) => one.cmp(other),
            (one, other) if self.nulls_first => other.cmp(&one),
            (one, other) => one.cmp(&other),
        }
    }
}

/// Which of two rows comes first.
pub(super) fn compare(orders: &[Order], one: &Row, other: &Row) -> Ordering {
    orders.iter().map(|order| order.compare(one, other)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

impl Relation {
    pub(super) fn rows(&self, world: &World) -> Vec<Row> {
        match self {
            Self::Events => world.event_rows(),
            Self::Persons => world.person_rows(),
            Self::OneRow => vec![Row::new()],
            Self::Filter(input, condition) => {
                let rows = input.rows(world).into_iter();
                rows.filter(|row| condition.truth(row, world) == Some(true)).collect()
            }
            Self::Project(input, values) => {
                let project = |row| values.iter().map(|value| value.of(row, world)).collect();
                input.rows(world).iter().map(project).collect()
            }
            Self::Join { left, right, on, condition, kind } => {
                let right = right.rows(world);
                let join = |left: Row| joined(left, &right, on, condition.as_ref(), kind, world);
                left.rows(world).into_iter().flat_map(join).collect()
            }
            Self::ArrayJoin(input, array, item_of_none) => {
                let join = |row: Row| {
                    let Value::List(mut items) = array.of(&row, world) else { panic!("arrays are joined") };
                    if items.is_empty() {
                        items.extend(item_of_none.clone());
                    }
                    items.into_iter().map(move |item| [row.clone(), vec![item]].concat())
                };
                input.rows(world).into_iter().flat_map(join).collect()
            }
            Self::Group { input, keys, aggregates } => {
                let mut groups: BTreeMap<Row, Vec<Row>> = BTreeMap::new();
                if keys.is_empty() {
                    groups.insert(Row::new(), Vec::new());
                }
                for row in input.rows(world) {
                    let key = keys.iter().map(|key| key.of(&row, world)).collect();
                    groups.entry(key).or_default().push(row);
                }
                let values = |(mut values, rows): (Row, Vec<Row>)| {
                    values.extend(aggregates.iter().map(|aggregate| aggregate.of(&rows, world)));
                    values
                };
                groups.into_iter().map(values).collect()
            }
            Self::Windows(input, windows) => {
                let mut rows = input.rows(world);
                for window in windows {
                    let values = window.of(&rows, world);
                    rows.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
                }
                rows
            }
            Self::Distinct(input) => distinct(input.rows(world)),
            Self::Sort(input, orders) => {
                let mut rows = input.rows(world);
                rows.sort_by(|one, other| compare(orders, one, other));
                rows
            }
            Self::LimitBy(input, by, offset, limit) => {
                let mut seen: BTreeMap<Row, usize> = BTreeMap::new();
                let mut rows = input.rows(world);
                rows.retain(|row| {
                    let n_seen = seen.entry(by.iter().map(|&column| row[column].clone()).collect()).or_default();
                    *n_seen += 1;
                    *n_seen > *offset && *n_seen <= offset + limit
                });
                rows
            }
            Self::Limit(input, offset, limit) => input.rows(world).into_iter().skip(*offset).take(*limit).collect(),
            Self::Put(operator, one, other) => {
                let (one, other) = (one.rows(world), other.rows(world));
                match operator {
                    SetOperator::UnionAll => [one, other].concat(),
                    SetOperator::UnionDistinct => distinct([one, other].concat()),
                    SetOperator::IntersectDistinct => {
                        distinct(one.into_iter().filter(|row| other.contains(row)).collect())
                    }
                    SetOperator::Except => one.into_iter().filter(|row| !other.contains(row)).collect(),
                }
            }
        }
    }
}

fn joined(
    left: Row,
    right: &[Row],
    on: &[(usize, usize)],
    condition: Option<&Meaning>,
    kind: &JoinKind,
    world: &World,
) -> Vec<Row> {
    let belong_together = |other: &&Row| {
        let are_equal = |&(one, two): &(usize, usize)| !left[one].is_null() && left[one] == other[two];
        let both = || [left.clone(), (*other).clone()].concat();
        on.iter().all(are_equal) && condition.is_none_or(|condition| condition.truth(&both(), world) == Some(true))
    };
    let matches: Vec<&Row> = right.iter().filter(belong_together).collect();
    let with = |other: &Row| [left.clone(), other.clone()].concat();
    match kind {
        JoinKind::Left(nothing) if matches.is_empty() => vec![with(nothing)],
        JoinKind::Inner | JoinKind::Left(_) => matches.into_iter().map(with).collect(),
        JoinKind::Semi if !matches.is_empty() => vec![left],
        JoinKind::Anti if matches.is_empty() => vec![left],
        JoinKind::Semi | JoinKind::Anti => Vec::new(),
    }
}

fn distinct(rows: Vec<Row>) -> Vec<Row> {
    let mut found: Vec<Row> = Vec::new();
    for row in rows {
        if !found.contains(&row) {
            found.push(row);
        }
    }
    found
}
