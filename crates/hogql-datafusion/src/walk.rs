//! Walks over a query: all its relations and values, those of queries inside of values too.

use hogql::ir::{AggregateCall, Expr, ExprKind, Query, Relation, SortKey, WindowCall};

use crate::tables::{TableUse, use_of};

/// Calls `visit` with every table that is read.
pub(crate) fn tables<'a>(query: &'a Query, visit: &mut dyn FnMut(TableUse<'a>)) {
    walk(&query.root, &mut |node| {
        if let Node::Relation(relation) = node
            && let Some(table) = use_of(relation)
        {
            visit(table);
        }
    });
}

/// Calls `visit` with every value, those inside of others too.
pub(crate) fn values<'a>(query: &'a Query, visit: &mut dyn FnMut(&'a Expr)) {
    walk(&query.root, &mut |node| {
        if let Node::Value(value) = node {
            visit(value);
        }
    });
}

/// A part of a query.
enum Node<'a> {
    Relation(&'a Relation),
    Value(&'a Expr),
}

fn walk<'a>(relation: &'a Relation, visit: &mut dyn FnMut(Node<'a>)) {
    visit(Node::Relation(relation));
    match relation {
        Relation::OneRow | Relation::Table { .. } => {}
        Relation::Project { input, values, .. } => {
            all(values, visit);
            walk(input, visit);
        }
        Relation::Filter { input, condition } => {
            value(condition, visit);
            walk(input, visit);
        }
        Relation::Join { left, right, on, condition, .. } => {
            for (left, right) in on {
                value(left, visit);
                value(right, visit);
            }
            all(condition, visit);
            walk(left, visit);
            walk(right, visit);
        }
        Relation::Aggregate { input, keys, aggregates, .. } => {
            all(keys, visit);
            aggregates.iter().for_each(|call| aggregate(call, visit));
            walk(input, visit);
        }
        Relation::Window { input, functions, .. } => {
            functions.iter().for_each(|call| window(call, visit));
            walk(input, visit);
        }
        Relation::Sort { input, by } => {
            keys(by, visit);
            walk(input, visit);
        }
        Relation::LimitBy { input, by, order, .. } => {
            all(by, visit);
            keys(order, visit);
            walk(input, visit);
        }
        Relation::Limit { input, .. } | Relation::Distinct { input } => walk(input, visit),
        Relation::SetOperation { inputs, .. } => inputs.iter().for_each(|(input, _)| walk(input, visit)),
        Relation::ArrayJoin { input, arrays, .. } => {
            all(arrays, visit);
            walk(input, visit);
        }
    }
}

fn all<'a>(values: impl IntoIterator<Item = &'a Expr>, visit: &mut dyn FnMut(Node<'a>)) {
    values.into_iter().for_each(|one| value(one, visit));
}

fn keys<'a>(keys: &'a [SortKey], visit: &mut dyn FnMut(Node<'a>)) {
    keys.iter().for_each(|key| value(&key.value, visit));
}

fn aggregate<'a>(call: &'a AggregateCall, visit: &mut dyn FnMut(Node<'a>)) {
    all(&call.args, visit);
    all(&call.filter, visit);
}

fn window<'a>(call: &'a WindowCall, visit: &mut dyn FnMut(Node<'a>)) {
    all(&call.args, visit);
    all(&call.filter, visit);
    all(&call.partition_by, visit);
    keys(&call.order_by, visit);
}

fn value<'a>(one: &'a Expr, visit: &mut dyn FnMut(Node<'a>)) {
    visit(Node::Value(one));
    match &one.kind {
        ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::LambdaParam(_) => {}
        ExprKind::Call { args, .. } => all(args, visit),
        ExprKind::Lambda { body, .. } => value(body, visit),
        ExprKind::ScalarSubquery(query) | ExprKind::Exists(query) => walk(&query.root, visit),
        ExprKind::InSubquery { value: inner, query } => {
            value(inner, visit);
            walk(&query.root, visit);
        }
    }
}
