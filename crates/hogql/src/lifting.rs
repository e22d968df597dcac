//! Lifting: variables taken out of a query, so that its rows are computed once for all values that the variables may have.
//!
//! What a variable is compared with becomes a further column of the rows, and a run keeps the rows whose column compares with the value as
//! the query would have it. That gives the rows of the query itself, and not others, where
//!
//! - the comparison is one that must hold, of `WHERE` or `HAVING` of the only `SELECT`, and the variable stands nowhere else;
//! - rows do not depend on each other but by their groups: no windows, `DISTINCT`, `LIMIT BY`, `UNION`;
//! - all rows of a group are on the same side of the comparison: it is `=`, by which rows are then grouped too, or of what rows are grouped by;
//! - the two sides are of types whose values compare the same way once they are written down: texts, whole numbers, booleans, days, instants,
//!   uuids. Fractions are none: what is no number has no form of its own in JSON.
//!
//! `LIMIT` and `OFFSET` go by the rows that are kept. Where the query has groups without keys it has a row even where none is counted: that one is
//! computed too ([`Lifting::without_rows`]).

mod compare;
#[cfg(test)]
mod tests;

use crate::ast::{BinaryOperator, Expr, ExprKind, GroupBy, Literal, Query, Select};
use crate::error::HogqlError;
use crate::ir::{self, Relation};
use crate::resolve::{is_grouped, syntax};
use crate::walk::{self, Rewriter};

pub use self::compare::{Comparison, Key, LiftedFilter};

/// Why variables cannot be lifted out of a query: a clause without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotLifted(String);

/// A query with its variables lifted out, not resolved yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifting {
    /// The rows for all values, with what the variables are compared with as columns at the end, and without `LIMIT` and `OFFSET`. The query itself where it
    /// has no variables.
    pub rows: Query,
    /// The query with something in place of the comparisons that is resolved where the comparisons are; never run.
    pub probe: Query,
    /// The query where no row passes `WHERE`, with the columns of comparisons of `HAVING` at the end.
    pub without_rows: Query,
    comparisons: Vec<Compared>,
}

/// What is known of the rows once they are resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct LiftedRows {
    /// How many columns are the query's own; the rest are those of the filters, in their order.
    pub n_columns: usize,
    /// What a run holds against its values.
    pub filters: Vec<LiftedFilter>,
    /// `LIMIT` of the text, which the rows do not keep to where there are filters.
    pub limit: Option<u64>,
    /// `OFFSET` of the text, likewise.
    pub offset: u64,
    /// Whether there is a row even where none is counted, that of [`Lifting::without_rows`].
    pub is_single: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Compared {
    variable: String,
    comparison: Comparison,
    value: Expr,
    is_of_groups: bool,
}

/// Lifts the variables (`{variables.name}`) out of `query`.
///
/// # Errors
/// [`NotLifted`] where that would not give the same rows, as far as can be seen before names have a meaning.
pub fn lift(query: &Query) -> Result<Lifting, NotLifted> {
    let mentioned = variables_of(&mut |finder| walk::walk_query(finder, &mut query.clone()));
    let Some(variable) = mentioned.first() else {
        let (rows, probe, without_rows) = (query.clone(), query.clone(), query.clone());
        return Ok(Lifting { rows, probe, without_rows, comparisons: Vec::new() });
    };
    let Query::Select(select) = query else {
        return Err(NotLifted(format!("variable '{variable}' stands in a query that is put together of several")));
    };
    check_shape(select)?;
    let (filter, mut comparisons) = split(select.filter.as_ref(), false)?;
    let (having, of_groups) = split(select.having.as_ref(), true)?;
    comparisons.extend(of_groups);
    let mut rows = (**select).clone();
    (rows.filter, rows.having) = (filter, having);
    let left = variables_of(&mut |finder| walk::walk_select(finder, &mut rows.clone()));
    if let Some(variable) = left.first() {
        return Err(misplaced(variable));
    }
    (rows.limit, rows.offset) = (None, None);
    let mut without_rows = rows.clone();
    without_rows.filter = Some(Expr { kind: ExprKind::Literal(Literal::Bool(false)), span: select.span.clone() });
    let mut probe = Select { limit: select.limit.clone(), offset: select.offset.clone(), ..rows.clone() };
    for compared in &comparisons {
        check_value(select, compared)?;
        rows.columns.push(compared.value.clone());
        let placeholder = is_null(&compared.value);
        let place = if compared.is_of_groups { &mut probe.having } else { &mut probe.filter };
        *place = and(place.take().into_iter().chain([placeholder]));
        if compared.is_of_groups {
            without_rows.columns.push(compared.value.clone());
        } else if is_grouped(select) {
            group(&mut rows.group_by, compared)?;
        }
    }
    let [rows, probe, without_rows] = [rows, probe, without_rows].map(|select| Query::Select(Box::new(select)));
    Ok(Lifting { rows, probe, without_rows, comparisons })
}

impl Lifting {
    /// Whether the query has variables.
    pub fn has_variables(&self) -> bool {
        !self.comparisons.is_empty()
    }

    /// What a run needs to know of the rows: `probe` and `rows` are what [`Self::probe`] and [`Self::rows`] were resolved to.
    ///
    /// # Errors
    /// [`NotLifted`] where a variable is compared with what cannot be compared the same way later.
    pub fn resolved(&self, probe: &ir::Query, rows: &ir::Query) -> Result<LiftedRows, NotLifted> {
        let n_columns = probe.columns.len();
        let columns = rows.columns.get(n_columns..).unwrap_or_default();
        if columns.len() != self.comparisons.len() {
            return Err(NotLifted("the query has other columns without its comparisons".to_owned()));
        }
        let filters = self.comparisons.iter().zip(columns).map(|(compared, column)| {
            let Compared { variable, comparison, is_of_groups, .. } = compared;
            LiftedFilter::new(variable, *comparison, &column.ty, *is_of_groups)
        });
        Ok(LiftedRows {
            n_columns,
            filters: filters.collect::<Result<_, _>>()?,
            limit: probe.limit,
            offset: probe.offset,
            is_single: self.has_variables() && has_one_group(&probe.root),
        })
    }
}

/// A query whose rows depend on each other by more than their groups is left as it is.
fn check_shape(select: &Select) -> Result<(), NotLifted> {
    let has = |what: &str| Err(NotLifted(format!("the query has {what}")));
    if select.distinct {
        return has("DISTINCT");
    }
    if select.limit_by.is_some() {
        return has("LIMIT BY");
    }
    let named_values = select.with.iter().filter_map(|(_, table)| match table {
        crate::ast::CommonTable::Value(value) => Some(value),
        crate::ast::CommonTable::Query(_) => None,
    });
    let mut values = select.columns.iter().chain(&select.having).chain(named_values);
    let mut order = select.order_by.iter().map(|key| &key.expr);
    let has_window = |value: &Expr| syntax::find(value, &syntax::is_window).is_some();
    if select.qualify.is_some() || values.any(has_window) || order.any(has_window) {
        return has("window functions");
    }
    Ok(())
}

/// Which conditions stay of those that must all hold, and the comparisons with variables among them.
fn split(condition: Option<&Expr>, is_of_groups: bool) -> Result<(Option<Expr>, Vec<Compared>), NotLifted> {
    let (mut open, mut kept, mut comparisons) = (Vec::from_iter(condition), Vec::new(), Vec::new());
    while let Some(next) = open.pop() {
        if let ExprKind::Binary(BinaryOperator::And, left, right) = &next.kind {
            open.extend([&**right, &**left]);
            continue;
        }
        let mentioned = variables_in(next);
        let Some(variable) = mentioned.first() else {
            kept.push(next.clone());
            continue;
        };
        comparisons.push(compared(next, is_of_groups).ok_or_else(|| misplaced(variable))?);
    }
    Ok((and(kept), comparisons))
}

/// The comparison that a condition is, where it is one of a variable with something that has none.
fn compared(condition: &Expr, is_of_groups: bool) -> Option<Compared> {
    let ExprKind::Binary(operator, left, right) = &condition.kind else { return None };
    let comparison = Comparison::of(*operator)?;
    let (variable, comparison, value) = match (variable(left), variable(right)) {
        (None, Some(variable)) => (variable, comparison, left),
        (Some(variable), None) => (variable, comparison.turned(), right),
        _ => return None,
    };
    variables_in(value).is_empty().then(|| Compared {
        variable: variable.to_owned(),
        comparison,
        value: (**value).clone(),
        is_of_groups,
    })
}

/// The variable that a value is and nothing else.
fn variable(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Placeholder(parts) => match parts.as_slice() {
            [first, name] if first.name == "variables" => Some(&name.name),
            _ => None,
        },
        _ => None,
    }
}

/// An error where a value could mean something else as a column than it means where it stands.
fn check_value(select: &Select, compared: &Compared) -> Result<(), NotLifted> {
    let Compared { variable, value, is_of_groups, .. } = compared;
    let is_odd = |inner: &Expr| match &inner.kind {
        ExprKind::Alias(..) | ExprKind::Star { .. } | ExprKind::Columns(_) | ExprKind::Condition(_) => true,
        ExprKind::Placeholder(_) => true,
        ExprKind::Call { name, .. } => name.name.eq_ignore_ascii_case("arrayJoin"),
        _ => syntax::is_subquery(inner),
    };
    let is_name = |inner: &Expr| matches!(inner.kind, ExprKind::Name(_));
    let has_rows = syntax::find(value, &is_name).is_some() || (*is_of_groups && has_aggregate(value));
    // a name of groups means a column in WHERE and the groups' value among the columns
    let is_of_both = |inner: &Expr| match &inner.kind {
        ExprKind::Name(parts) => !is_of_groups && parts.first().is_some_and(|part| names_groups(select, &part.name)),
        _ => false,
    };
    if !has_rows || syntax::find(value, &is_odd).is_some() || syntax::find(value, &is_of_both).is_some() {
        return Err(NotLifted(format!("variable '{variable}' is compared with what is no plain value of a row")));
    }
    Ok(())
}

fn has_aggregate(value: &Expr) -> bool {
    syntax::find(value, &syntax::is_aggregate).is_some()
}

/// Whether a value with an aggregate in it has that name.
fn names_groups(select: &Select, name: &str) -> bool {
    let is_named = |inner: &Expr| matches!(&inner.kind, ExprKind::Alias(value, alias) if alias.name == name && has_aggregate(value));
    select.columns.iter().any(|column| syntax::find(column, &is_named).is_some())
}

/// Sees to it that all rows of a group are on the same side of the comparison; where that is not by grouping, resolving will tell.
fn group(group_by: &mut GroupBy, compared: &Compared) -> Result<(), NotLifted> {
    match (compared.comparison, group_by) {
        (Comparison::Equals, GroupBy::Exprs(keys)) => keys.push(compared.value.clone()),
        // the further column is one of those that rows are grouped by
        (Comparison::Equals, GroupBy::All) | (_, GroupBy::Exprs(_)) => {}
        (comparison, GroupBy::All) => {
            let (variable, symbol) = (&compared.variable, comparison.symbol());
            return Err(NotLifted(format!(
                "variable '{variable}' is compared by {symbol} in a query with GROUP BY ALL"
            )));
        }
    }
    Ok(())
}

/// Whether the rows are one group without keys, which is there whatever rows there are.
fn has_one_group(root: &Relation) -> bool {
    let (mut relation, mut is_above_columns) = (root, true);
    loop {
        relation = match relation {
            Relation::Limit { input, .. } | Relation::Sort { input, .. } if is_above_columns => input,
            Relation::Project { input, .. } if is_above_columns => {
                is_above_columns = false;
                input
            }
            Relation::Filter { input, .. } if !is_above_columns => input,
            Relation::Aggregate { keys, .. } if !is_above_columns => return keys.is_empty(),
            _ => return false,
        };
    }
}

fn misplaced(variable: &str) -> NotLifted {
    NotLifted(format!(
        "variable '{variable}' stands elsewhere than in a comparison that must hold, such as WHERE event = {{variables.{variable}}}"
    ))
}

/// That all of `conditions` hold; `None` where there are none.
fn and(conditions: impl IntoIterator<Item = Expr>) -> Option<Expr> {
    conditions.into_iter().reduce(|left, right| {
        let span = left.span.start.min(right.span.start)..left.span.end.max(right.span.end);
        Expr { kind: ExprKind::Binary(BinaryOperator::And, Box::new(left), Box::new(right)), span }
    })
}

fn is_null(value: &Expr) -> Expr {
    let kind = ExprKind::IsNull { value: Box::new(value.clone()), negated: false };
    Expr { kind, span: value.span.clone() }
}

/// The variables that a value mentions, those of queries in it too.
fn variables_in(value: &Expr) -> Vec<String> {
    variables_of(&mut |finder| finder.expr(&mut value.clone()))
}

fn variables_of(walk: &mut dyn FnMut(&mut Finder) -> Result<(), HogqlError>) -> Vec<String> {
    let mut finder = Finder::default();
    walk(&mut finder).expect("finding never fails");
    finder.found
}

#[derive(Default)]
struct Finder {
    found: Vec<String>,
}

impl Rewriter for Finder {
    fn expr(&mut self, expr: &mut Expr) -> Result<(), HogqlError> {
        if let ExprKind::Placeholder(parts) = &expr.kind
            && let [first, rest @ ..] = parts.as_slice()
            && first.name == "variables"
        {
            let rest: Vec<&str> = rest.iter().map(|part| part.name.as_str()).collect();
            self.found.push(rest.join("."));
        }
        walk::walk_expr(self, expr)
    }
}
