//! Changing a syntax tree in place, wherever something stands.

use crate::ast::{
    CommonTable, Expr, ExprKind, From, GroupBy, Identifier, InSet, JoinConstraint, OrderBy, Over, Query, Select, Span,
    TableExpr, TableSource, WindowSpec,
};
use crate::error::HogqlError;

/// What is done to the parts of a tree. Each method goes on into the parts unless it is written otherwise.
pub trait Rewriter {
    /// To a value.
    ///
    /// # Errors
    /// Where the rewriter has any; the tree is then half changed.
    fn expr(&mut self, expr: &mut Expr) -> Result<(), HogqlError> {
        walk_expr(self, expr)
    }

    /// To a table.
    ///
    /// # Errors
    /// As [`Self::expr`].
    fn table(&mut self, table: &mut TableExpr) -> Result<(), HogqlError> {
        walk_table(self, table)
    }

    /// To a `SELECT`.
    ///
    /// # Errors
    /// As [`Self::expr`].
    fn select(&mut self, select: &mut Select) -> Result<(), HogqlError> {
        walk_select(self, select)
    }

    /// To a place.
    fn span(&mut self, span: &mut Span) {
        let _ = span;
    }
}

type Walked = Result<(), HogqlError>;

/// Goes into the parts of a query.
///
/// # Errors
/// Those of the rewriter.
pub fn walk_query<R: Rewriter + ?Sized>(rewriter: &mut R, query: &mut Query) -> Walked {
    match query {
        Query::Select(select) => rewriter.select(select),
        Query::SetOperation { first, rest } => {
            walk_query(rewriter, first)?;
            rest.iter_mut().try_for_each(|(_, query)| walk_query(rewriter, query))
        }
    }
}

/// Goes into the parts of a table.
///
/// # Errors
/// Those of the rewriter.
pub fn walk_table<R: Rewriter + ?Sized>(rewriter: &mut R, table: &mut TableExpr) -> Walked {
    rewriter.span(&mut table.span);
    match &mut table.source {
        TableSource::Name(parts) => names(rewriter, parts),
        TableSource::Function { name, args } => {
            rewriter.span(&mut name.span);
            exprs(rewriter, args)?;
        }
        TableSource::Query(query) => walk_query(rewriter, query)?,
        TableSource::Placeholder(placeholder) => rewriter.expr(placeholder)?,
    }
    names(rewriter, table.alias.as_mut_slice());
    names(rewriter, &mut table.column_aliases);
    exprs(rewriter, table.sample.as_mut_slice())
}

/// Goes into the parts of a value.
///
/// # Errors
/// Those of the rewriter.
pub fn walk_expr<R: Rewriter + ?Sized>(rewriter: &mut R, expr: &mut Expr) -> Walked {
    rewriter.span(&mut expr.span);
    match &mut expr.kind {
        ExprKind::Literal(_) | ExprKind::Condition(_) | ExprKind::Columns(_) => {}
        ExprKind::Name(parts) | ExprKind::Placeholder(parts) => names(rewriter, parts),
        ExprKind::Star { table, except } => {
            names(rewriter, table);
            names(rewriter, except);
        }
        ExprKind::Call { name, params, args, filter, over, .. } => {
            rewriter.span(&mut name.span);
            if let Some(params) = params {
                exprs(rewriter, params)?;
            }
            exprs(rewriter, args)?;
            if let Some(filter) = filter {
                rewriter.expr(filter)?;
            }
            match over.as_deref_mut() {
                None => {}
                Some(Over::Name(name)) => rewriter.span(&mut name.span),
                Some(Over::Spec(window)) => walk_window(rewriter, window)?,
            }
        }
        ExprKind::Lambda { params, body } => {
            names(rewriter, params);
            rewriter.expr(body)?;
        }
        ExprKind::Unary(_, value) | ExprKind::Cast { value, .. } | ExprKind::IsNull { value, .. } => {
            rewriter.expr(value)?
        }
        ExprKind::Interval { amount, .. } => rewriter.expr(amount)?,
        ExprKind::TupleElement(value, _) => rewriter.expr(value)?,
        ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
            rewriter.expr(left)?;
            rewriter.expr(right)?;
        }
        ExprKind::Between { value, low, high, .. } => {
            rewriter.expr(value)?;
            rewriter.expr(low)?;
            rewriter.expr(high)?;
        }
        ExprKind::In { value, set, .. } => {
            rewriter.expr(value)?;
            match set {
                InSet::List(values) => exprs(rewriter, values)?,
                InSet::Query(query) => walk_query(rewriter, query)?,
                InSet::Cohort(cohort) => rewriter.expr(cohort)?,
            }
        }
        ExprKind::Case { operand, branches, otherwise } => {
            if let Some(operand) = operand {
                rewriter.expr(operand)?;
            }
            for (condition, value) in branches {
                rewriter.expr(condition)?;
                rewriter.expr(value)?;
            }
            if let Some(otherwise) = otherwise {
                rewriter.expr(otherwise)?;
            }
        }
        ExprKind::Array(values) | ExprKind::Tuple(values) => exprs(rewriter, values)?,
        ExprKind::Member(value, name) | ExprKind::Alias(value, name) => {
            rewriter.expr(value)?;
            rewriter.span(&mut name.span);
        }
        ExprKind::Subquery(query) | ExprKind::Exists(query) => walk_query(rewriter, query)?,
    }
    Ok(())
}

/// Goes into the parts of a `SELECT`.
///
/// # Errors
/// Those of the rewriter.
pub fn walk_select<R: Rewriter + ?Sized>(rewriter: &mut R, select: &mut Select) -> Walked {
    rewriter.span(&mut select.span);
    for (name, table) in &mut select.with {
        rewriter.span(&mut name.span);
        match table {
            CommonTable::Query(query) => walk_query(rewriter, query)?,
            CommonTable::Value(value) => rewriter.expr(value)?,
        }
    }
    exprs(rewriter, &mut select.columns)?;
    if let Some(from) = &mut select.from {
        walk_from(rewriter, from)?;
    }
    if let Some(array_join) = &mut select.array_join {
        exprs(rewriter, &mut array_join.arrays)?;
    }
    exprs(rewriter, select.prewhere.as_mut_slice())?;
    exprs(rewriter, select.filter.as_mut_slice())?;
    if let GroupBy::Exprs(keys) = &mut select.group_by {
        exprs(rewriter, keys)?;
    }
    exprs(rewriter, select.having.as_mut_slice())?;
    for (name, window) in &mut select.windows {
        rewriter.span(&mut name.span);
        walk_window(rewriter, window)?;
    }
    exprs(rewriter, select.qualify.as_mut_slice())?;
    orders(rewriter, &mut select.order_by)?;
    if let Some(limit_by) = &mut select.limit_by {
        rewriter.expr(&mut limit_by.limit)?;
        exprs(rewriter, limit_by.offset.as_mut_slice())?;
        exprs(rewriter, &mut limit_by.by)?;
    }
    exprs(rewriter, select.limit.as_mut_slice())?;
    exprs(rewriter, select.offset.as_mut_slice())
}

fn walk_from<R: Rewriter + ?Sized>(rewriter: &mut R, from: &mut From) -> Walked {
    rewriter.table(&mut from.first)?;
    for join in &mut from.joins {
        rewriter.table(&mut join.table)?;
        match &mut join.constraint {
            JoinConstraint::None => {}
            JoinConstraint::On(condition) => rewriter.expr(condition)?,
            JoinConstraint::Using(columns) => names(rewriter, columns),
        }
    }
    Ok(())
}

fn walk_window<R: Rewriter + ?Sized>(rewriter: &mut R, window: &mut WindowSpec) -> Walked {
    exprs(rewriter, &mut window.partition_by)?;
    orders(rewriter, &mut window.order_by)
}

fn orders<R: Rewriter + ?Sized>(rewriter: &mut R, items: &mut [OrderBy]) -> Walked {
    items.iter_mut().try_for_each(|item| rewriter.expr(&mut item.expr))
}

fn exprs<R: Rewriter + ?Sized>(rewriter: &mut R, exprs: &mut [Expr]) -> Walked {
    exprs.iter_mut().try_for_each(|expr| rewriter.expr(expr))
}

fn names<R: Rewriter + ?Sized>(rewriter: &mut R, names: &mut [Identifier]) {
    names.iter_mut().for_each(|name| rewriter.span(&mut name.span));
}
