//! What a query reads, and how.

use std::collections::{BTreeMap, BTreeSet};

use hogql::ir::{Expr, ExprKind, Query, Relation};
use hogql::tables::{DistinctIdsColumn, EventsColumn, PersonsColumn, Table, TableColumn};
use serde_json::Value;

/// The ids of the cohorts that have to be known to run `query`: those that it names, and all of `known` where it reads who is in which.
pub(super) fn cohorts<T>(query: &Query, known: &BTreeMap<i64, T>) -> BTreeSet<i64> {
    let mut ids = BTreeSet::new();
    in_query(query, &mut |relation| {
        let Relation::Table { table, columns, .. } = relation else { return };
        if *table == Table::CohortPeople || *table == Table::Cohorts {
            ids.extend(known.keys());
        }
        ids.extend(columns.iter().filter_map(|(column, _)| match column {
            TableColumn::Event(EventsColumn::InCohort(id))
            | TableColumn::Person(PersonsColumn::InCohort(id))
            | TableColumn::DistinctId(DistinctIdsColumn::Person(PersonsColumn::InCohort(id))) => Some(*id),
            _ => None,
        }));
    });
    ids
}

/// The steps in which `query` is computed, the last first; a step's inputs stand below it, further in.
pub(super) fn explain(query: &Query) -> Value {
    let mut lines = Vec::new();
    describe(&query.root, 0, &mut lines);
    lines.into()
}

fn describe(relation: &Relation, depth: usize, lines: &mut Vec<Value>) {
    let step = match relation {
        Relation::OneRow => "one row".to_owned(),
        Relation::Table { table, columns, .. } => {
            let columns: Vec<_> = columns.iter().map(|(column, _)| format!("{column:?}")).collect();
            format!("read {table:?}: {}", columns.join(", "))
        }
        Relation::Project { values, .. } => format!("compute {} values of each row", values.len()),
        Relation::Filter { .. } => "keep rows by a condition".to_owned(),
        Relation::Join { kind, on, .. } => format!("join ({kind:?}) on {} equal values", on.len()),
        Relation::Aggregate { keys, aggregates, .. } => {
            format!("group by {} values, compute {} aggregates", keys.len(), aggregates.len())
        }
        Relation::Window { functions, .. } => format!("compute {} window functions", functions.len()),
        Relation::Sort { by, .. } => format!("sort by {} values", by.len()),
        Relation::Limit { .. } => "limit".to_owned(),
        Relation::LimitBy { .. } => "limit by".to_owned(),
        Relation::Distinct { .. } => "distinct".to_owned(),
        Relation::SetOperation { operator, .. } => format!("{operator:?}"),
        Relation::ArrayJoin { arrays, .. } => format!("a row for each item of {} arrays", arrays.len()),
    };
    lines.push(format!("{}{step}", "  ".repeat(depth)).into());
    inputs(relation, &mut |input| describe(input, depth + 1, lines));
}

/// Calls `visit` with every relation of `query`, those of queries in values too.
fn in_query(query: &Query, visit: &mut impl FnMut(&Relation)) {
    in_relation(&query.root, visit);
}

fn in_relation(relation: &Relation, visit: &mut impl FnMut(&Relation)) {
    visit(relation);
    inputs(relation, &mut |input| in_relation(input, visit));
    let values: Vec<&Expr> = match relation {
        Relation::Project { values, .. } => values.iter().collect(),
        Relation::Filter { condition, .. } => vec![condition],
        Relation::Join { on, condition, .. } => {
            on.iter().flat_map(|(left, right)| [left, right]).chain(condition).collect()
        }
        Relation::Aggregate { keys, aggregates, .. } => {
            let of_aggregates = aggregates.iter().flat_map(|call| call.args.iter().chain(&call.filter));
            keys.iter().chain(of_aggregates).collect()
        }
        Relation::Window { functions, .. } => functions
            .iter()
            .flat_map(|call| {
                let orders = call.order_by.iter().map(|key| &key.value);
                call.args.iter().chain(&call.filter).chain(&call.partition_by).chain(orders)
            })
            .collect(),
        Relation::Sort { by, .. } => by.iter().map(|key| &key.value).collect(),
        Relation::LimitBy { by, order, .. } => by.iter().chain(order.iter().map(|key| &key.value)).collect(),
        Relation::ArrayJoin { arrays, .. } => arrays.iter().collect(),
        Relation::OneRow
        | Relation::Table { .. }
        | Relation::Limit { .. }
        | Relation::Distinct { .. }
        | Relation::SetOperation { .. } => Vec::new(),
    };
    values.into_iter().for_each(|value| in_value(value, visit));
}

fn in_value(value: &Expr, visit: &mut impl FnMut(&Relation)) {
    match &value.kind {
        ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::LambdaParam(_) => {}
        ExprKind::Call { args, .. } => args.iter().for_each(|arg| in_value(arg, visit)),
        ExprKind::Lambda { body, .. } => in_value(body, visit),
        ExprKind::ScalarSubquery(query) | ExprKind::Exists(query) => in_query(query, visit),
        ExprKind::InSubquery { value, query } => {
            in_value(value, visit);
            in_query(query, visit);
        }
    }
}

fn inputs(relation: &Relation, visit: &mut impl FnMut(&Relation)) {
    match relation {
        Relation::OneRow | Relation::Table { .. } => {}
        Relation::Project { input, .. }
        | Relation::Filter { input, .. }
        | Relation::Aggregate { input, .. }
        | Relation::Window { input, .. }
        | Relation::Sort { input, .. }
        | Relation::Limit { input, .. }
        | Relation::LimitBy { input, .. }
        | Relation::Distinct { input }
        | Relation::ArrayJoin { input, .. } => visit(input),
        Relation::Join { left, right, .. } => {
            visit(left);
            visit(right);
        }
        Relation::SetOperation { inputs, .. } => inputs.iter().for_each(|(input, _)| visit(input)),
    }
}
