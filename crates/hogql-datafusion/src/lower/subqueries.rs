//! Queries inside of values: they are run first, and what they give stands in their place.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, ScalarUDF, lit};
use hogql::ir;
use hogql::types::Type;

use super::Lowering;
use crate::error::{into_datafusion, wrong_value};
use crate::literal::scalar;
use crate::run::collect;
use crate::scalar::membership::Membership;
use crate::types::data_type;

impl Lowering<'_> {
    /// The rows of a query, at most so many where that is given.
    fn rows(&self, query: &ir::Query, most: Option<usize>) -> Result<Vec<ArrayRef>> {
        let inner = Lowering::new(self.tables, self.control);
        let mut plan = inner.query(query)?;
        if most.is_some() {
            plan = LogicalPlanBuilder::from(plan).limit(0, most)?.build()?;
        }
        let batches = collect(plan, inner.is_spread(), most, self.control).map_err(into_datafusion)?;
        Ok(batches.iter().filter(|batch| batch.num_rows() > 0).map(|batch| Arc::clone(batch.column(0))).collect())
    }

    pub(super) fn scalar_subquery(&self, query: &ir::Query, ty: &Type) -> Result<Expr> {
        let columns = self.rows(query, Some(2))?;
        if columns.iter().map(|column| column.len()).sum::<usize>() > 1 {
            return Err(wrong_value("a query that stands for a value gives more than one row; add LIMIT 1"));
        }
        let value = columns.first().map(|column| ScalarValue::try_from_array(column, 0)).transpose()?;
        Ok(lit(value.map_or_else(|| scalar(&ir::Value::Null, ty), Ok)?))
    }

    pub(super) fn in_subquery(&self, value: &ir::Expr, query: &ir::Query) -> Result<Expr> {
        let columns = self.rows(query, None)?;
        let number = self.n_subqueries.get();
        self.n_subqueries.set(number + 1);
        let membership = Membership::new(number, &data_type(&value.ty), &columns, self.control)?;
        Ok(ScalarUDF::new_from_impl(membership).call(vec![self.value(value)?]))
    }

    pub(super) fn exists(&self, query: &ir::Query) -> Result<Expr> {
        Ok(lit(!self.rows(query, Some(1))?.is_empty()))
    }
}
