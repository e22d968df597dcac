//! Calls of functions: DataFusion's own where they mean the same and are faster, ours else.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::context::ExecutionProps;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Case, Cast, Expr, Operator, ScalarUDF, binary_expr, lit};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use hogql::ir::{self, ExprKind, Value};
use hogql::types::Type;

use super::{Lowering, column_name, parameter_name};
use crate::literal::scalar;
use crate::scalar::lambda::ArrayMap;
use crate::scalar::{ScalarFunction, kernel};
use crate::types::{data_type, field, without_null};

impl Lowering<'_> {
    pub(super) fn call(&self, function: &'static str, args: &[ir::Expr], gives: &Type) -> Result<Expr> {
        if function == "arrayMap" {
            return self.array_map(args, gives);
        }
        let values = self.values(args)?;
        if let Some(native) = native(function, args, &values, gives)? {
            return Ok(native);
        }
        let Some(kernel) = kernel(function) else {
            return Err(DataFusionError::Internal(format!("there is no function {function}")));
        };
        let takes = args.iter().map(|arg| arg.ty.clone()).collect();
        let function = ScalarFunction::new(function, takes, gives.clone(), kernel, Arc::clone(self.persons()));
        Ok(ScalarUDF::new_from_impl(function).call(values))
    }

    /// `arrayMap(lambda, arrays…)`: the body becomes an expression over the items and what it reads besides, which are arguments too.
    fn array_map(&self, args: &[ir::Expr], gives: &Type) -> Result<Expr> {
        let Some((ir::Expr { kind: ExprKind::Lambda { params, body }, .. }, arrays)) = args.split_first() else {
            return Err(DataFusionError::Internal("arrayMap takes a lambda first".to_owned()));
        };
        let own: Vec<u32> = params.iter().map(|(number, _)| *number).collect();
        let mut captured = Vec::new();
        capture(body, &mut own.clone(), &mut captured);
        let mut fields: Vec<_> = params.iter().map(|(number, ty)| field(parameter_name(*number), ty)).collect();
        fields.extend(captured.iter().map(|value| field(captured_name(value), &value.ty)));
        let schema = Arc::new(Schema::new(fields));
        let physical = self.physical(body, &schema)?;
        let item = match without_null(gives) {
            Type::Array(item) => data_type(item),
            _ => DataType::Null,
        };
        let mut values = self.values(arrays)?;
        for value in captured {
            values.push(self.value(value)?);
        }
        Ok(ScalarUDF::new_from_impl(ArrayMap::new(physical, schema, arrays.len(), item)).call(values))
    }

    /// `value` as an expression over batches of that schema.
    ///
    /// # Errors
    /// As [`Lowering::query`].
    pub(crate) fn physical(&self, value: &ir::Expr, schema: &Arc<Schema>) -> Result<Arc<dyn PhysicalExpr>> {
        let schema = Arc::new(DFSchema::try_from(Arc::clone(schema))?);
        // some functions of DataFusion's are others by the time that they run
        let simplifier = ExprSimplifier::new(SimplifyContext::builder().with_schema(Arc::clone(&schema)).build());
        let value = simplifier.simplify(self.value(value)?)?;
        create_physical_expr(&value, &schema, &ExecutionProps::new(), &PhysicalPlanningContext::default())
    }
}

/// What `value` reads of outside: columns, and parameters other than its `own`. Each once.
fn capture<'e>(value: &'e ir::Expr, own: &mut Vec<u32>, captured: &mut Vec<&'e ir::Expr>) {
    match &value.kind {
        ExprKind::Column(_) if !captured.contains(&value) => captured.push(value),
        ExprKind::LambdaParam(number) if !own.contains(number) && !captured.contains(&value) => captured.push(value),
        ExprKind::Call { args, .. } => args.iter().for_each(|arg| capture(arg, own, captured)),
        ExprKind::Lambda { params, body } => {
            let n_own = own.len();
            own.extend(params.iter().map(|(number, _)| *number));
            capture(body, own, captured);
            own.truncate(n_own);
        }
        ExprKind::InSubquery { value, .. } => capture(value, own, captured),
        _ => {}
    }
}

fn captured_name(value: &ir::Expr) -> String {
    match &value.kind {
        ExprKind::Column(reference) => column_name(*reference),
        ExprKind::LambdaParam(number) => parameter_name(*number),
        _ => unreachable!("only columns and parameters are captured"),
    }
}

/// The call as DataFusion's own; `None` where it has none that means the same.
fn native(function: &str, args: &[ir::Expr], values: &[Expr], gives: &Type) -> Result<Option<Expr>> {
    let both = |operator| Ok(Some(binary_expr(values[0].clone(), operator, values[1].clone())));
    let are_flat = args.len() == 2 && is_flat(&args[0].ty) && data_type(&args[0].ty) == data_type(&args[1].ty);
    let is_nullable = args.iter().any(|arg| may_be_null(&arg.ty));
    let are_numbers = args.iter().all(|arg| matches!(without_null(&arg.ty), Type::Int | Type::UInt | Type::Float));
    let compared = |operator| {
        let test = binary_expr(values[0].clone(), operator, values[1].clone());
        Ok(Some(if is_nullable { test.is_true() } else { test }))
    };
    match function {
        "and" => Ok(values.iter().cloned().reduce(Expr::and)),
        "or" => Ok(values.iter().cloned().reduce(Expr::or)),
        "not" => Ok(Some(Expr::Not(Box::new(values[0].clone())))),
        "isNull" => Ok(Some(values[0].clone().is_null())),
        "equals" if are_flat && is_nullable => both(Operator::IsNotDistinctFrom),
        "equals" if are_flat => both(Operator::Eq),
        "notEquals" if are_flat && is_nullable => both(Operator::IsDistinctFrom),
        "notEquals" if are_flat => both(Operator::NotEq),
        "less" if are_flat => compared(Operator::Lt),
        "lessOrEquals" if are_flat => compared(Operator::LtEq),
        "greater" if are_flat => compared(Operator::Gt),
        "greaterOrEquals" if are_flat => compared(Operator::GtEq),
        "in" => Ok(in_list(args, &values[0])?),
        "plus" if are_flat && are_numbers => both(Operator::Plus),
        "minus" if are_flat && are_numbers => both(Operator::Minus),
        "multiply" if are_flat && are_numbers => both(Operator::Multiply),
        "divide" => {
            let float = |index: usize| converted(&values[index], &args[index].ty, &Type::Float);
            Ok(Some(binary_expr(float(0), Operator::Divide, float(1))))
        }
        "coalesce" => {
            Ok(Some(coalesce(values.iter().zip(args).map(|(value, arg)| converted(value, &arg.ty, gives)).collect())))
        }
        "multiIf" => Ok(Some(case(args, values, gives)?)),
        "cast" if is_same_or_wider(&args[0].ty, gives) => Ok(Some(converted(&values[0], &args[0].ty, gives))),
        _ => Ok(None),
    }
}

/// Whether DataFusion compares values of the type as HogQL does.
fn is_flat(ty: &Type) -> bool {
    !matches!(without_null(ty), Type::Nothing | Type::Array(_) | Type::Tuple(_) | Type::Map(..))
}

fn may_be_null(ty: &Type) -> bool {
    matches!(ty, Type::Nullable(_) | Type::Nothing)
}

/// Whether a conversion is none, or one of a whole number to a float.
fn is_same_or_wider(from: &Type, to: &Type) -> bool {
    if may_be_null(from) && !may_be_null(to) {
        return false;
    }
    match (without_null(from), without_null(to)) {
        (Type::Int | Type::UInt, Type::Int | Type::UInt | Type::Float) | (Type::DateTime(_), Type::DateTime(_)) => true,
        (Type::Uuid, Type::String) => true,
        (from, to) => from == to,
    }
}

/// `value` in the representation of `to`.
fn converted(value: &Expr, from: &Type, to: &Type) -> Expr {
    if data_type(from) == data_type(to) {
        value.clone()
    } else {
        Expr::Cast(Cast::new(Box::new(value.clone()), data_type(to)))
    }
}

/// `multiIf`: only the value that is asked for is computed.
fn case(args: &[ir::Expr], values: &[Expr], gives: &Type) -> Result<Expr> {
    let value = |index: usize| Box::new(converted(&values[index], &args[index].ty, gives));
    let n_branches = values.len() / 2;
    let branches = (0..n_branches).map(|branch| (Box::new(values[2 * branch].clone()), value(2 * branch + 1)));
    let otherwise =
        if values.len() % 2 == 1 { value(values.len() - 1) } else { Box::new(lit(scalar(&Value::Null, gives)?)) };
    let branches: Vec<_> = branches.collect();
    Ok(if branches.is_empty() { *otherwise } else { Expr::Case(Case::new(None, branches, Some(otherwise))) })
}

/// `x IN (…)` of constants; false where `x` is null.
fn in_list(args: &[ir::Expr], value: &Expr) -> Result<Option<Expr>> {
    let ExprKind::Literal(Value::Array(items)) = &args[1].kind else { return Ok(None) };
    let Type::Array(item) = without_null(&args[1].ty) else { return Ok(None) };
    if !is_flat(&args[0].ty) || data_type(&args[0].ty) != data_type(item) {
        return Ok(None);
    }
    let constants: Result<Vec<ScalarValue>> = items.iter().map(|constant| scalar(constant, item)).collect();
    let constants: Vec<Expr> = constants?.into_iter().filter(|constant| !constant.is_null()).map(lit).collect();
    if constants.is_empty() {
        return Ok(Some(lit(false)));
    }
    let test = Expr::InList(InList::new(Box::new(value.clone()), constants, false));
    Ok(Some(if may_be_null(&args[0].ty) { test.is_true() } else { test }))
}

#[cfg(test)]
mod tests {
    use hogql::functions::{Kind, catalogue};

    /// The functions that are written as DataFusion's own wherever they stand.
    const NATIVE: [&str; 10] =
        ["and", "or", "not", "multiIf", "coalesce", "isNull", "divide", "arrayMap", "row_number", "rank"];

    /// The functions of windows.
    const WINDOWS: [&str; 11] = [
        "dense_rank",
        "percent_rank",
        "cume_dist",
        "ntile",
        "lag",
        "lead",
        "lagInFrame",
        "leadInFrame",
        "first_value",
        "last_value",
        "nth_value",
    ];

    #[test]
    fn every_function_of_the_catalogue_is_computed() {
        let missing: Vec<&str> = catalogue()
            .filter(|function| !function.is_sugar)
            .filter(|function| {
                let name = function.name;
                let is_known = match function.kind {
                    Kind::Scalar => crate::scalar::kernel(name).is_some(),
                    Kind::Aggregate => crate::aggregate::kernel(name).is_some(),
                    Kind::Window => WINDOWS.contains(&name),
                };
                !is_known && !NATIVE.contains(&name)
            })
            .map(|function| function.name)
            .collect();
        assert!(missing.is_empty(), "nothing computes {missing:?}");
    }
}
