//! From HogQL's relations and values to DataFusion's.

mod aggregates;
mod frames;
mod functions;
mod relations;
mod spread;
mod subqueries;
mod windows;

use std::cell::Cell;
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, lit};
use hogql::ir::{self, ColumnRef, ExprKind};
use query_engine::control::QueryControl;

use crate::literal::scalar;
use crate::persons::PersonNames;
use crate::tables::Tables;

/// What the plans of one query are made with.
#[derive(Debug)]
pub(crate) struct Lowering<'a> {
    tables: &'a Tables,
    control: &'a QueryControl,
    /// How many subqueries were run: each has a number.
    n_subqueries: Cell<usize>,
    /// Whether something depends on the order in which rows come.
    is_ordered: Cell<bool>,
    /// Whether the plan runs on several threads.
    is_spread: Cell<bool>,
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(tables: &'a Tables, control: &'a QueryControl) -> Self {
        Self { tables, control, n_subqueries: Cell::new(0), is_ordered: Cell::new(false), is_spread: Cell::new(false) }
    }

    /// The plan of a query, with its columns in order. Runs the queries inside of it that give values.
    ///
    /// # Errors
    /// Where one of them fails, or DataFusion finds something wrong.
    pub(crate) fn query(&self, query: &ir::Query) -> Result<LogicalPlan> {
        self.is_spread.set(spread::may_spread(&query.root));
        let columns = query
            .columns
            .iter()
            .zip(0..)
            .map(|(output, index)| Expr::Column(column(output.column)).alias(format!("answer_{index}")));
        self.relation(&query.root)?.project(columns)?.build()
    }

    /// Whether the plan is to run on several threads.
    pub(crate) fn is_spread(&self) -> bool {
        self.is_spread.get()
    }

    /// Whether rows that were sorted are to stay so, though DataFusion sees no need.
    fn is_kept_sorted(&self) -> bool {
        self.is_ordered.get()
    }

    fn persons(&self) -> &Arc<PersonNames> {
        self.tables.persons()
    }

    /// A value of each row.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub(crate) fn value(&self, value: &ir::Expr) -> Result<Expr> {
        Ok(match &value.kind {
            ExprKind::Literal(literal) => lit(scalar(literal, &value.ty)?),
            ExprKind::Column(reference) => Expr::Column(column(*reference)),
            ExprKind::LambdaParam(number) => Expr::Column(parameter(*number)),
            ExprKind::Call { function, args } => self.call(function, args, &value.ty)?,
            ExprKind::Lambda { .. } => {
                return Err(DataFusionError::Internal("a lambda stands as the first argument of arrayMap".to_owned()));
            }
            ExprKind::ScalarSubquery(query) => self.scalar_subquery(query, &value.ty)?,
            ExprKind::InSubquery { value, query } => self.in_subquery(value, query)?,
            ExprKind::Exists(query) => self.exists(query)?,
        })
    }

    fn values(&self, values: &[ir::Expr]) -> Result<Vec<Expr>> {
        values.iter().map(|value| self.value(value)).collect()
    }
}

/// The name of a column: that of its relation and its position.
pub(crate) fn column_name(reference: ColumnRef) -> String {
    format!("r{}_{}", reference.relation.0, reference.index)
}

fn column(reference: ColumnRef) -> Column {
    Column::new_unqualified(column_name(reference))
}

/// A parameter of a lambda.
fn parameter(number: u32) -> Column {
    Column::new_unqualified(parameter_name(number))
}

fn parameter_name(number: u32) -> String {
    format!("parameter_{number}")
}
