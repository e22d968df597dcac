//! Changing resolved values and trees of relations.

use crate::ir::{ColumnRef, Expr, ExprKind, Query, Relation, RelationId};
use crate::resolve::{Resolver, TableState};

/// Calls `visitor` for `expr` and the values in it, queries in it apart, until it says `false`.
pub(super) fn all(expr: &Expr, visitor: &mut dyn FnMut(&Expr) -> bool) -> bool {
    visitor(expr)
        && match &expr.kind {
            ExprKind::Call { args, .. } => args.iter().all(|arg| all(arg, visitor)),
            ExprKind::Lambda { body, .. } => all(body, visitor),
            ExprKind::InSubquery { value, .. } => all(value, visitor),
            ExprKind::Literal(_)
            | ExprKind::Column(_)
            | ExprKind::LambdaParam(_)
            | ExprKind::ScalarSubquery(_)
            | ExprKind::Exists(_) => true,
        }
}

/// How many values there are in `expr`, itself among them, and how many levels of them.
pub(super) fn size_and_height(expr: &Expr) -> (usize, usize) {
    let (mut size, mut height) = (0, 0);
    let mut open = vec![(expr, 1)];
    while let Some((expr, level)) = open.pop() {
        size += 1;
        height = height.max(level);
        match &expr.kind {
            ExprKind::Call { args, .. } => open.extend(args.iter().map(|arg| (arg, level + 1))),
            ExprKind::Lambda { body: inner, .. } | ExprKind::InSubquery { value: inner, .. } => {
                open.push((inner, level + 1))
            }
            ExprKind::Literal(_)
            | ExprKind::Column(_)
            | ExprKind::LambdaParam(_)
            | ExprKind::ScalarSubquery(_)
            | ExprKind::Exists(_) => {}
        }
    }
    (size, height)
}

/// Whether no column of a relation stands in `expr` for which `is_so` holds.
pub(super) fn no_column(expr: &Expr, mut is_so: impl FnMut(ColumnRef) -> bool) -> bool {
    all(expr, &mut |inner| match inner.kind {
        ExprKind::Column(column) => !is_so(column),
        _ => true,
    })
}

/// Puts another value in the place of each for which `replace` gives one, and goes into the others. `replace` may fail.
pub(super) fn replace<E>(expr: Expr, replacer: &mut dyn FnMut(&Expr) -> Result<Option<Expr>, E>) -> Result<Expr, E> {
    if let Some(replacement) = replacer(&expr)? {
        return Ok(replacement);
    }
    let kind = match expr.kind {
        ExprKind::Call { function, args } => {
            let args = args.into_iter().map(|arg| replace(arg, replacer)).collect::<Result<_, E>>()?;
            ExprKind::Call { function, args }
        }
        ExprKind::Lambda { params, body } => ExprKind::Lambda { params, body: Box::new(replace(*body, replacer)?) },
        ExprKind::InSubquery { value, query } => {
            ExprKind::InSubquery { value: Box::new(replace(*value, replacer)?), query }
        }
        other => other,
    };
    Ok(Expr { kind, ty: expr.ty })
}

/// The numbers of the relations whose columns `relation` passes on.
pub(super) fn visible(relation: &Relation, ids: &mut Vec<RelationId>) {
    match relation {
        Relation::OneRow => {}
        Relation::Table { id, .. }
        | Relation::Project { id, .. }
        | Relation::Aggregate { id, .. }
        | Relation::SetOperation { id, .. } => ids.push(*id),
        Relation::Window { id, input, .. } | Relation::ArrayJoin { id, input, .. } => {
            ids.push(*id);
            visible(input, ids);
        }
        Relation::Filter { input, .. }
        | Relation::Sort { input, .. }
        | Relation::Limit { input, .. }
        | Relation::LimitBy { input, .. }
        | Relation::Distinct { input } => visible(input, ids),
        Relation::Join { left, right, .. } => {
            visible(left, ids);
            visible(right, ids);
        }
    }
}

impl Resolver<'_> {
    /// Puts into the tables of a query what is read of them.
    pub(super) fn fill_tables_of_query(&self, query: &mut Query) {
        self.fill_tables(&mut query.root);
    }

    fn fill_tables(&self, relation: &mut Relation) {
        if let Relation::Table { id, columns, bounds, .. } = relation
            && let Some(TableState { columns: read, bounds: known }) = self.tables.get(id)
        {
            columns.clone_from(read);
            bounds.clone_from(known);
        }
        match relation {
            Relation::OneRow | Relation::Table { .. } => {}
            Relation::Project { input, values, .. } => {
                values.iter_mut().for_each(|value| self.fill_value(value));
                self.fill_tables(input);
            }
            Relation::Filter { input, condition } => {
                self.fill_value(condition);
                self.fill_tables(input);
            }
            Relation::Join { left, right, on, condition, .. } => {
                for (left, right) in on {
                    self.fill_value(left);
                    self.fill_value(right);
                }
                condition.iter_mut().for_each(|condition| self.fill_value(condition));
                self.fill_tables(left);
                self.fill_tables(right);
            }
            Relation::Aggregate { input, keys, aggregates, .. } => {
                keys.iter_mut().for_each(|key| self.fill_value(key));
                for call in aggregates {
                    call.args.iter_mut().chain(&mut call.filter).for_each(|value| self.fill_value(value));
                }
                self.fill_tables(input);
            }
            Relation::Window { input, functions, .. } => {
                for call in functions {
                    let values = call.args.iter_mut().chain(&mut call.filter).chain(&mut call.partition_by);
                    values
                        .chain(call.order_by.iter_mut().map(|key| &mut key.value))
                        .for_each(|value| self.fill_value(value));
                }
                self.fill_tables(input);
            }
            Relation::Sort { input, by } => {
                by.iter_mut().for_each(|key| self.fill_value(&mut key.value));
                self.fill_tables(input);
            }
            Relation::Limit { input, .. } | Relation::Distinct { input } => self.fill_tables(input),
            Relation::LimitBy { input, by, order, .. } => {
                by.iter_mut()
                    .chain(order.iter_mut().map(|key| &mut key.value))
                    .for_each(|value| self.fill_value(value));
                self.fill_tables(input);
            }
            Relation::SetOperation { inputs, .. } => inputs.iter_mut().for_each(|(input, _)| self.fill_tables(input)),
            Relation::ArrayJoin { input, arrays, .. } => {
                arrays.iter_mut().for_each(|array| self.fill_value(array));
                self.fill_tables(input);
            }
        }
    }

    fn fill_value(&self, value: &mut Expr) {
        match &mut value.kind {
            ExprKind::Literal(_) | ExprKind::Column(_) | ExprKind::LambdaParam(_) => {}
            ExprKind::Call { args, .. } => args.iter_mut().for_each(|arg| self.fill_value(arg)),
            ExprKind::Lambda { body, .. } => self.fill_value(body),
            ExprKind::ScalarSubquery(query) | ExprKind::Exists(query) => self.fill_tables_of_query(query),
            ExprKind::InSubquery { value, query } => {
                self.fill_value(value);
                self.fill_tables_of_query(query);
            }
        }
    }
}
