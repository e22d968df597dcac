//! Groups and functions of them.

use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{AggregateUDF, Expr, LogicalPlanBuilder, lit};
use hogql::ir::{self, AggregateCall, ColumnRef, Relation, RelationId};
use hogql::types::Type;

use super::relations::ALL_ROWS;
use super::{Lowering, column, column_name};
use crate::aggregate::{Call, GroupAggregate, kernel};
use crate::literal::{datum, empty};
use crate::tables::{KeyColumn, text_of_key};
use crate::types::without_null;

/// An aggregate and what it is given.
pub(super) struct Aggregate {
    pub(super) function: Arc<AggregateUDF>,
    pub(super) args: Vec<Expr>,
    /// Whether DataFusion is to leave out equal arguments; ours do that themselves.
    pub(super) is_distinct: bool,
}

impl Lowering<'_> {
    pub(super) fn aggregate(
        &self,
        id: RelationId,
        input: &Relation,
        keys: &[ir::Expr],
        aggregates: &[AggregateCall],
    ) -> Result<LogicalPlanBuilder> {
        let name = |index: usize| column_name(ColumnRef { relation: id, index });
        let key_name = |index: usize| format!("key_{}", name(index));
        if aggregates.iter().any(|call| kernel(call.function).is_some_and(|kernel| kernel.is_ordered)) {
            self.is_ordered.set(true);
        }
        let input = self.relation(input)?;
        if aggregates.is_empty() && keys.is_empty() {
            let no_rows = datafusion::functions_aggregate::expr_fn::count(lit(1i64)).alias("no_rows");
            let plan = LogicalPlanBuilder::from(input.build()?).limit(0, Some(0))?;
            return only_group(plan.aggregate(Vec::<Expr>::new(), vec![no_rows])?);
        }
        let key_values: Vec<Expr> = keys
            .iter()
            .zip(0..)
            .map(|(key, index)| Ok(self.key(key)?.alias(key_name(index))))
            .collect::<Result<_>>()?;
        let mut calls = Vec::with_capacity(aggregates.len());
        for (call, index) in aggregates.iter().zip(keys.len()..) {
            let aggregate = self.function(call.function, &call.params, &call.args, call.distinct, &call.ty)?;
            let filter = call.filter.as_ref().map(|filter| self.value(filter)).transpose()?.map(Box::new);
            let function = AggregateFunction::new_udf(
                aggregate.function,
                aggregate.args,
                aggregate.is_distinct,
                filter,
                Vec::new(),
                None,
            );
            calls.push(Expr::AggregateFunction(function).alias(format!("raw_{}", name(index))));
        }
        let plan = input.aggregate(key_values, calls)?;
        let keys_again = keys.iter().zip(0..).map(|(key, index)| {
            let value = Expr::Column(datafusion::common::Column::new_unqualified(key_name(index)));
            let texts = self.key_column(key);
            texts.map_or(value.clone(), |texts| text_of_key(&texts.keys, value)).alias(name(index))
        });
        let mut columns: Vec<Expr> = keys_again.collect();
        for (call, index) in aggregates.iter().zip(keys.len()..) {
            let raw = Expr::Column(datafusion::common::Column::new_unqualified(format!("raw_{}", name(index))));
            columns.push(with_default(raw, call.function, &call.ty)?.alias(name(index)));
        }
        let plan = plan.project(columns)?;
        if keys.is_empty() {
            return only_group(plan);
        }
        if !self.is_spread() {
            return Ok(plan);
        }
        // groups come as threads finish them
        let by = (0..keys.len()).map(|index| Expr::Column(column(ColumnRef { relation: id, index })).sort(true, false));
        plan.sort_with_limit(by, Some(ALL_ROWS))
    }

    /// What rows are grouped by: where that is a field of events the keys of its texts.
    fn key(&self, key: &ir::Expr) -> Result<Expr> {
        match self.key_column(key) {
            Some(texts) => Ok(Expr::Column(column(texts.column))),
            None => self.value(key),
        }
    }

    fn key_column(&self, key: &ir::Expr) -> Option<&KeyColumn> {
        match key.kind {
            ir::ExprKind::Column(column) => self.tables.key(column),
            _ => None,
        }
    }

    /// The aggregate of that name: DataFusion's own where it means the same, ours else.
    pub(super) fn function(
        &self,
        name: &'static str,
        params: &[ir::Value],
        args: &[ir::Expr],
        is_distinct: bool,
        gives: &Type,
    ) -> Result<Aggregate> {
        let values = self.values(args)?;
        if name == "count" && args.is_empty() {
            return Ok(Aggregate { function: count_udaf(), args: vec![lit(1i64)], is_distinct: false });
        }
        let takes: Vec<&Type> = args.iter().map(|arg| &arg.ty).collect();
        let is_count_of_values = name == "count" && is_distinct;
        if let Some(function) = native(name, &takes).filter(|_| !is_count_of_values) {
            return Ok(Aggregate { function, args: values, is_distinct });
        }
        let name = if name == "count" && is_distinct { "uniqExact" } else { name };
        let Some(kernel) = kernel(name) else {
            return Err(DataFusionError::Internal(format!("there is no aggregate function {name}")));
        };
        if kernel.is_ordered {
            self.is_ordered.set(true);
        }
        let call = Call {
            params: params.iter().map(|param| datum(param).into_owned()).collect(),
            takes: args.iter().map(|arg| arg.ty.clone()).collect(),
            gives: gives.clone(),
            is_distinct,
        };
        let function = Arc::new(AggregateUDF::new_from_impl(GroupAggregate::new(name, call, kernel)));
        Ok(Aggregate { function, args: values, is_distinct: false })
    }
}

/// The one row of a plan that groups everything, with a limit in front of what is asked of it: a condition that is seen to be false would be
/// put to the rows of the group, and there is a group of no rows.
fn only_group(plan: LogicalPlanBuilder) -> Result<LogicalPlanBuilder> {
    plan.limit(0, Some(1))
}

/// DataFusion's own aggregate, where it means the same; `None` where it has none. Each of them adds up: what it gives of parts of a group
/// gives what it gives of the group.
pub(super) fn native(name: &str, takes: &[&Type]) -> Option<Arc<AggregateUDF>> {
    let first = takes.first().map(|ty| without_null(ty));
    match name {
        "count" => Some(count_udaf()),
        "sum" if matches!(first, Some(Type::Int | Type::UInt | Type::Float)) => Some(sum_udaf()),
        "avg" if takes.len() == 1 && first == Some(&Type::Float) => Some(avg_udaf()),
        "min" if first.is_some_and(is_flat) => Some(min_udaf()),
        "max" if first.is_some_and(is_flat) => Some(max_udaf()),
        _ => None,
    }
}

/// Whether values of the type have an order that DataFusion knows.
pub(super) fn is_flat(ty: &Type) -> bool {
    !matches!(without_null(ty), Type::Array(_) | Type::Tuple(_) | Type::Map(..) | Type::Person | Type::Nothing)
}

/// What an aggregate gives of no rows: null, or where its type has none the empty value; of means and their like `nan`.
pub(super) fn with_default(value: Expr, function: &str, ty: &Type) -> Result<Expr> {
    match ty {
        Type::Nullable(_) | Type::Nothing | Type::Person => Ok(value),
        Type::Float if !gives_zero(function) => Ok(coalesce(vec![value, lit(f64::NAN)])),
        ty => Ok(coalesce(vec![value, lit(empty(ty)?)])),
    }
}

/// Whether a function that gives a float gives 0 of nothing, as what picks or adds up values does.
fn gives_zero(function: &str) -> bool {
    matches!(
        function,
        "sum"
            | "min"
            | "max"
            | "any"
            | "anyLast"
            | "argMin"
            | "argMax"
            | "deltaSum"
            | "entropy"
            | "first_value"
            | "last_value"
            | "nth_value"
    )
}
