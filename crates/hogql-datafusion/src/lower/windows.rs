//! Functions of neighbouring rows.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::functions_window::cume_dist::cume_dist_udwf;
use datafusion::functions_window::lead_lag::{lag_udwf, lead_udwf};
use datafusion::functions_window::nth_value::{first_value_udwf, last_value_udwf, nth_value_udwf};
use datafusion::functions_window::ntile::ntile_udwf;
use datafusion::functions_window::rank::{dense_rank_udwf, percent_rank_udwf, rank_udwf};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Cast, Expr, LogicalPlanBuilder, SortExpr, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowFunctionDefinition, WindowUDF, lit,
};
use hogql::ast::{Bound, Frame};
use hogql::ir::{ColumnRef, Relation, RelationId, SortKey, WindowCall};
use hogql::types::Type;

use super::aggregates::with_default;
use super::frames::InFrame;
use super::{Lowering, column_name};
use crate::literal::empty;
use crate::types::{data_type, without_null};

impl Lowering<'_> {
    pub(super) fn window(
        &self,
        id: RelationId,
        input: &Relation,
        functions: &[WindowCall],
    ) -> Result<LogicalPlanBuilder> {
        let mut plan = self.relation(input)?;
        // One after the other: DataFusion names the column of a window itself, and sorts once for windows that want the same order.
        for (call, index) in functions.iter().zip(0..) {
            let before: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
            plan = plan.window([self.window_call(call)?])?;
            let made = plan.schema().columns().pop().expect("a window adds its column behind the others");
            // positions are unsigned there
            let value = Expr::Cast(Cast::new(Box::new(Expr::Column(made)), data_type(&call.ty)));
            let value = with_default(value, call.function, &call.ty)?;
            let value = value.alias(column_name(ColumnRef { relation: id, index }));
            plan = plan.project(before.into_iter().chain([value]))?;
        }
        Ok(plan)
    }

    fn window_call(&self, call: &WindowCall) -> Result<Expr> {
        let mut args = self.values(&call.args)?;
        if matches!(call.function, "lag" | "lead" | "lagInFrame" | "leadInFrame") {
            if args.len() == 1 {
                args.push(lit(1i64));
            }
            if args.len() == 2 {
                args.push(lit(empty(&call.ty)?));
            }
        }
        let own = match call.function {
            "lag" | "lead" | "lagInFrame" | "leadInFrame"
                if needs_frame(call) || !matches!(args[1..], [Expr::Literal(..), Expr::Literal(..)]) =>
            {
                let (is_ahead, keeps_to_frame) =
                    (call.function.starts_with("lead"), call.function.ends_with("InFrame"));
                let function = InFrame::new(is_ahead, keeps_to_frame, data_type(&call.ty));
                let value = Cast::new(Box::new(args.swap_remove(0)), data_type(&call.ty));
                let absent = Cast::new(Box::new(args.swap_remove(0)), data_type(&call.ty));
                args = vec![Expr::Cast(value), args.swap_remove(0), Expr::Cast(absent)];
                Some(Arc::new(WindowUDF::new_from_impl(function)))
            }
            "row_number" => Some(row_number_udwf()),
            "rank" => Some(rank_udwf()),
            "dense_rank" => Some(dense_rank_udwf()),
            "percent_rank" => Some(percent_rank_udwf()),
            "cume_dist" => Some(cume_dist_udwf()),
            "ntile" => Some(ntile_udwf()),
            "lag" | "lagInFrame" => Some(lag_udwf()),
            "lead" | "leadInFrame" => Some(lead_udwf()),
            "first_value" => Some(first_value_udwf()),
            "last_value" => Some(last_value_udwf()),
            "nth_value" => Some(nth_value_udwf()),
            _ => None,
        };
        let function = match own {
            Some(function) => WindowFunctionDefinition::WindowUDF(function),
            None => {
                let aggregate = self.function(call.function, &call.params, &call.args, false, &call.ty)?;
                args = aggregate.args;
                WindowFunctionDefinition::AggregateUDF(aggregate.function)
            }
        };
        let order_by = self.sort_keys(&call.order_by)?;
        let window_frame = match &call.frame {
            Some(frame) => window_frame(frame, &call.order_by),
            None => WindowFrame::new(if order_by.is_empty() { None } else { Some(false) }),
        };
        let params = WindowFunctionParams {
            args,
            partition_by: self.values(&call.partition_by)?,
            order_by,
            window_frame,
            filter: call.filter.as_ref().map(|filter| self.value(filter)).transpose()?.map(Box::new),
            // nulls are not the first nor the last value of a frame
            null_treatment: matches!(call.function, "first_value" | "last_value").then_some(NullTreatment::IgnoreNulls),
            distinct: false,
        };
        Ok(Expr::WindowFunction(Box::new(WindowFunction { fun: function, params })))
    }

    pub(super) fn sort_keys(&self, keys: &[SortKey]) -> Result<Vec<SortExpr>> {
        keys.iter().map(|key| Ok(SortExpr::new(self.value(&key.value)?, !key.descending, key.nulls_first))).collect()
    }
}

/// Whether the frame may be without a row that is in the partition.
fn needs_frame(call: &WindowCall) -> bool {
    let Some(frame) = &call.frame else { return call.function == "leadInFrame" && !call.order_by.is_empty() };
    let (sees_start, sees_end) = (frame.start == Bound::UnboundedPreceding, frame.end == Bound::UnboundedFollowing);
    match call.function {
        "lagInFrame" => !sees_start || matches!(frame.end, Bound::UnboundedPreceding | Bound::Preceding(_)),
        "leadInFrame" => !sees_end || matches!(frame.start, Bound::UnboundedFollowing | Bound::Following(_)),
        _ => false,
    }
}

/// The frame, which counts rows, or in the unit of what the rows are ordered by: days of days, seconds of instants.
fn window_frame(frame: &Frame, order_by: &[SortKey]) -> WindowFrame {
    let unit = match order_by.first().map(|key| without_null(&key.value.ty)) {
        Some(Type::Date) => " days",
        Some(Type::DateTime(_)) => " seconds",
        _ => "",
    };
    let distance = |n: u64| {
        if frame.counts_rows { ScalarValue::UInt64(Some(n)) } else { ScalarValue::Utf8(Some(format!("{n}{unit}"))) }
    };
    let nowhere = || if frame.counts_rows { ScalarValue::UInt64(None) } else { ScalarValue::Utf8(None) };
    let bound = |bound: &Bound| match bound {
        Bound::UnboundedPreceding => WindowFrameBound::Preceding(nowhere()),
        Bound::Preceding(n) => WindowFrameBound::Preceding(distance(*n)),
        Bound::CurrentRow => WindowFrameBound::CurrentRow,
        Bound::Following(n) => WindowFrameBound::Following(distance(*n)),
        Bound::UnboundedFollowing => WindowFrameBound::Following(nowhere()),
    };
    let units = if frame.counts_rows { WindowFrameUnits::Rows } else { WindowFrameUnits::Range };
    WindowFrame::new_bounds(units, bound(&frame.start), bound(&frame.end))
}
