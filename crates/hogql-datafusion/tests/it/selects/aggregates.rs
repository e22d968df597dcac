//! Functions of several rows.

use std::collections::BTreeSet;

use super::relations::Row;
use super::values::{Meaning, Value};
use super::world::World;

/// A function of the rows of a group, or of the frame of a window.
#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    pub(super) function: Function,
    pub(super) args: Vec<Meaning>,
    /// Which rows count.
    pub(super) condition: Option<Meaning>,
    /// What it gives of nothing.
    pub(super) of_nothing: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
    /// The values, sorted.
    Values,
    /// Each value once, sorted.
    DistinctValues,
    First,
    Last,
}

impl Aggregate {
    pub(super) fn of(&self, rows: &[Row], world: &World) -> Value {
        let counts = |row: &&Row| match &self.condition {
            Some(condition) => condition.truth(row, world) == Some(true),
            None => true,
        };
        let args = |row: &Row| self.args.iter().map(|arg| arg.of(row, world)).collect::<Vec<_>>();
        let args = rows.iter().filter(counts).map(args).filter(|args| !args.iter().any(Value::is_null));
        let args: Vec<Row> = args.collect();
        match self.function {
            Function::Count => return Value::Int(args.len() as i64),
            Function::CountDistinct => return Value::Int(args.into_iter().collect::<BTreeSet<_>>().len() as i64),
            _ => {}
        }
        let mut values: Vec<Value> = args.into_iter().flatten().collect();
        match self.function {
            Function::Values => {
                values.sort();
                return Value::List(values);
            }
            Function::DistinctValues => {
                return Value::List(values.into_iter().collect::<BTreeSet<_>>().into_iter().collect());
            }
            _ if values.is_empty() => return self.of_nothing.clone(),
            _ => {}
        }
        let total = || values.iter().map(Value::number).sum::<f64>();
        match self.function {
            Function::Sum if matches!(values[0], Value::Int(_)) => Value::Int(values.iter().map(Value::int).sum()),
            Function::Sum => Value::Float(total()),
            Function::Avg => Value::Float(total() / values.len() as f64),
            Function::Min => values.into_iter().min().unwrap(),
            Function::Max => values.into_iter().max().unwrap(),
            Function::First => values.swap_remove(0),
            Function::Last => values.pop().unwrap(),
            Function::Count | Function::CountDistinct | Function::Values | Function::DistinctValues => unreachable!(),
        }
    }
}
