//! Relations.

use std::sync::Arc;

use datafusion::common::{Column, NullHandling, UnnestOptions};
use datafusion::datasource::provider_as_source;
use datafusion::error::{DataFusionError, Result};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, JoinType, LogicalPlanBuilder, Operator, WindowFrame, WindowFunctionDefinition, binary_expr, lit,
};
use hogql::ast::SetOperator;
use hogql::ir::{self, ColumnRef, JoinKind, Relation, RelationId, SortKey};

use super::{Lowering, column, column_name};
use crate::literal::empty;
use crate::types::without_null;
use hogql::types::Type;

/// More rows than there are: a sort with a limit is kept where one without may be left out.
pub(super) const ALL_ROWS: usize = 1 << 40;

impl Lowering<'_> {
    pub(super) fn relation(&self, relation: &Relation) -> Result<LogicalPlanBuilder> {
        match relation {
            Relation::OneRow => Ok(LogicalPlanBuilder::empty(true)),
            Relation::Table { id, .. } => {
                let table = self.tables.table(*id)?;
                LogicalPlanBuilder::scan(format!("t{}", id.0), provider_as_source(Arc::clone(table)), None)
            }
            Relation::Project { id, input, values } => {
                let plan = self.relation(input)?;
                let values = values.iter().zip(0..).map(|(value, index)| {
                    Ok(self.value(value)?.alias(column_name(ColumnRef { relation: *id, index })))
                });
                plan.project(values.collect::<Result<Vec<_>>>()?)
            }
            Relation::Filter { input, condition } => self.relation(input)?.filter(self.value(condition)?),
            Relation::Join { left, right, kind, on, condition } => {
                self.join(left, right, *kind, on, condition.as_ref())
            }
            Relation::Aggregate { id, input, keys, aggregates } => self.aggregate(*id, input, keys, aggregates),
            Relation::Window { id, input, functions } => self.window(*id, input, functions),
            Relation::Sort { input, by } => {
                self.relation(input)?.sort_with_limit(self.sort_keys(by)?, self.is_kept_sorted().then_some(ALL_ROWS))
            }
            Relation::Limit { input, offset, limit } => {
                let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
                self.relation(input)?.limit(count(*offset), limit.map(count))
            }
            Relation::LimitBy { input, by, order, offset, limit } => self.limit_by(input, by, order, *offset, *limit),
            Relation::Distinct { input } => self.relation(input)?.distinct(),
            Relation::SetOperation { id, operator, inputs, .. } => self.set_operation(*id, *operator, inputs),
            Relation::ArrayJoin { id, input, arrays, is_left } => self.array_join(*id, input, arrays, *is_left),
        }
    }

    fn join(
        &self,
        left: &Relation,
        right: &Relation,
        kind: JoinKind,
        on: &[(ir::Expr, ir::Expr)],
        condition: Option<&ir::Expr>,
    ) -> Result<LogicalPlanBuilder> {
        let left = self.relation(left)?;
        let mut right = self.relation(right)?;
        let left_keys = on.iter().map(|(key, _)| self.value(key)).collect::<Result<Vec<_>>>()?;
        let right_keys = on.iter().map(|(_, key)| self.value(key)).collect::<Result<Vec<_>>>()?;
        let condition = condition.map(|condition| self.value(condition)).transpose()?;
        if matches!(kind, JoinKind::AnyInner | JoinKind::AnyLeft) {
            self.is_ordered.set(true);
            right = first_of_each(right, right_keys.clone(), &[], 0, 1)?;
        }
        let join_type = match kind {
            JoinKind::Cross => {
                let product = left.cross_join(right.build()?)?;
                return condition.map_or(Ok(product.clone()), |condition| product.filter(condition));
            }
            JoinKind::Inner | JoinKind::AnyInner => JoinType::Inner,
            JoinKind::Left | JoinKind::AnyLeft => JoinType::Left,
            JoinKind::Right => JoinType::Right,
            JoinKind::Full => JoinType::Full,
            JoinKind::Semi => JoinType::LeftSemi,
            JoinKind::Anti => JoinType::LeftAnti,
        };
        if on.is_empty() {
            return left.join_on(right.build()?, join_type, condition.or_else(|| Some(lit(true))));
        }
        left.join_with_expr_keys(right.build()?, join_type, (left_keys, right_keys), condition)
    }

    fn limit_by(
        &self,
        input: &Relation,
        by: &[ir::Expr],
        order: &[SortKey],
        offset: u64,
        limit: u64,
    ) -> Result<LogicalPlanBuilder> {
        let input = self.relation(input)?;
        if order.is_empty() {
            self.is_ordered.set(true);
        }
        let order = self.sort_keys(order)?;
        let plan = first_of_each(input, self.values(by)?, &order, offset, limit)?;
        if order.is_empty() { Ok(plan) } else { plan.sort(order) }
    }

    fn set_operation(
        &self,
        id: RelationId,
        operator: SetOperator,
        inputs: &[(Relation, Vec<ColumnRef>)],
    ) -> Result<LogicalPlanBuilder> {
        let mut plans = inputs.iter().map(|(input, columns)| {
            let columns = columns.iter().zip(0..).map(|(reference, index)| {
                Expr::Column(column(*reference)).alias(column_name(ColumnRef { relation: id, index }))
            });
            self.relation(input)?.project(columns)?.build()
        });
        let Some(first) = plans.next() else {
            return Err(DataFusionError::Internal("a set operation has inputs".to_owned()));
        };
        let mut all = first?;
        for plan in plans {
            let plan = plan?;
            all = match operator {
                SetOperator::UnionAll | SetOperator::UnionDistinct => {
                    LogicalPlanBuilder::from(all).union(plan)?.build()?
                }
                SetOperator::IntersectAll => LogicalPlanBuilder::intersect(all, plan, true)?,
                SetOperator::IntersectDistinct => LogicalPlanBuilder::intersect(all, plan, false)?,
                SetOperator::Except => LogicalPlanBuilder::except(all, plan, true)?,
            };
        }
        let all = LogicalPlanBuilder::from(all);
        if operator == SetOperator::UnionDistinct { all.distinct() } else { Ok(all) }
    }

    fn array_join(
        &self,
        id: RelationId,
        input: &Relation,
        arrays: &[ir::Expr],
        is_left: bool,
    ) -> Result<LogicalPlanBuilder> {
        let input = self.relation(input)?;
        let before: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
        let name = |index: usize| format!("raw_{}", column_name(ColumnRef { relation: id, index }));
        let lists = arrays.iter().zip(0..).map(|(array, index)| Ok(self.value(array)?.alias(name(index))));
        let lists = lists.collect::<Result<Vec<_>>>()?;
        let columns = (0..arrays.len()).map(|index| Column::new_unqualified(name(index))).collect();
        let null_handling = if is_left { NullHandling::PreserveAndExpandEmpty } else { NullHandling::Drop };
        let options = UnnestOptions { null_handling, ..UnnestOptions::default() };
        let plan = input.project(before.iter().cloned().chain(lists))?.unnest_columns_with_options(columns, options)?;
        // what a shorter array goes on with
        let items = arrays.iter().zip(0..).map(|(array, index)| {
            let item = Expr::Column(Column::new_unqualified(name(index)));
            let value = match without_null(&array.ty) {
                Type::Array(ty) if !matches!(**ty, Type::Nullable(_) | Type::Nothing | Type::Person) => {
                    datafusion::functions::core::expr_fn::coalesce(vec![item, lit(empty(ty)?)])
                }
                _ => item,
            };
            Ok(value.alias(column_name(ColumnRef { relation: id, index })))
        });
        let items = items.collect::<Result<Vec<_>>>()?;
        plan.project(before.into_iter().chain(items))
    }
}

/// Of rows that are equal in `by` those from `offset` on, at most `limit`, in the given order.
fn first_of_each(
    input: LogicalPlanBuilder,
    by: Vec<Expr>,
    order: &[datafusion::logical_expr::SortExpr],
    offset: u64,
    limit: u64,
) -> Result<LogicalPlanBuilder> {
    let columns: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    let params = WindowFunctionParams {
        args: Vec::new(),
        partition_by: by,
        order_by: order.to_vec(),
        window_frame: WindowFrame::new(if order.is_empty() { None } else { Some(false) }),
        filter: None,
        null_treatment: None,
        distinct: false,
    };
    let function = WindowFunctionDefinition::WindowUDF(row_number_udwf());
    let position = Expr::WindowFunction(Box::new(WindowFunction { fun: function, params }));
    let plan = LogicalPlanBuilder::window_plan(input.build()?, [position])?;
    // under the name that DataFusion gives it: its optimizer wants windows bare
    let position = plan.schema().columns().pop().expect("a window adds its column behind the others");
    let at = || Expr::Column(position.clone());
    let last = offset.saturating_add(limit);
    LogicalPlanBuilder::from(plan)
        .filter(binary_expr(at(), Operator::Gt, lit(offset)))?
        .filter(binary_expr(at(), Operator::LtEq, lit(last)))?
        .project(columns)
}
