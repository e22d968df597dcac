//! Values: constants, operators and everything that has a form of its own.

use crate::ast::{self, BinaryOperator, Expr, ExprKind, InSet, Literal, Span, UnaryOperator};
use crate::error::HogqlError;
use crate::functions::{self, Kind, Nulls, nearest};
use crate::ir::{self, Value};
use crate::resolve::calls::pass_nulls;
use crate::resolve::convert::{self, call, cast, condition, literal, not, null, text};
use crate::resolve::scope::Scope;
use crate::resolve::{MAX_VALUES, Resolver, names, sets, sugar, syntax};
use crate::types::{Type, read_type};

type Resolved = Result<ir::Expr, HogqlError>;

impl<'a> Resolver<'a> {
    /// A value, wherever it stands.
    pub(super) fn value(&mut self, scope: &mut Scope<'a>, value: &'a Expr) -> Resolved {
        self.n_values += 1;
        if self.n_values > MAX_VALUES {
            let message = format!(
                "the query is too large: it has more than {MAX_VALUES} values, counting names wherever they are used"
            );
            return Err(self.error(&value.span, message));
        }
        self.deeper(&value.span, |resolver| resolver.value_of_kind(scope, value))
    }

    /// A value that must hold.
    pub(super) fn condition(&mut self, scope: &mut Scope<'a>, value: &'a Expr) -> Resolved {
        let resolved = self.value(scope, value)?;
        self.condition_of(resolved, &value.span)
    }

    fn value_of_kind(&mut self, scope: &mut Scope<'a>, value: &'a Expr) -> Resolved {
        let span = &value.span;
        if let Some(parts) = names::parts(value) {
            return self.name(scope, &parts, span);
        }
        match &value.kind {
            ExprKind::Literal(constant) => Ok(constant_value(constant)),
            ExprKind::Name(_) => unreachable!("names have parts"),
            ExprKind::Star { .. } => Err(self.error(span, "* can stand in the list of columns and in count(*) alone")),
            ExprKind::Columns(_) => Err(self.error(span, "COLUMNS can stand in the list of columns alone")),
            ExprKind::Call { .. } => self.call(scope, value),
            ExprKind::Lambda { .. } => Err(self.error(
                span,
                "a lambda can stand as the first argument of a function of arrays alone, such as arrayMap",
            )),
            ExprKind::Unary(UnaryOperator::Minus, inner) => self.negated(scope, inner, span),
            ExprKind::Unary(UnaryOperator::Not, inner) => {
                let resolved = self.value(scope, inner)?;
                Ok(not(self.truth_of(resolved, &inner.span)?))
            }
            ExprKind::Binary(operator, ..) => match operator {
                BinaryOperator::And | BinaryOperator::Or => self.connective(scope, value, *operator),
                _ => self.binary(scope, value),
            },
            ExprKind::Between { value: inner, low, high, negated } => {
                let inner = self.value(scope, inner)?;
                let (low, high) = (self.value(scope, low)?, self.value(scope, high)?);
                let at_least = self.apply_named("greaterOrEquals", vec![self.copy(&inner, span)?, low], span)?;
                let at_most = self.apply_named("lessOrEquals", vec![inner, high], span)?;
                let between = call("and", vec![at_least, at_most], Type::Bool);
                Ok(if *negated { not(between) } else { between })
            }
            ExprKind::IsNull { value: inner, negated } => {
                let inner = self.value(scope, inner)?;
                let is_null = self.apply_named("isNull", vec![inner], span)?;
                Ok(if *negated { not(is_null) } else { is_null })
            }
            ExprKind::In { value: inner, set, negated } => {
                let inside = match set {
                    InSet::List(items) => self.in_list(scope, inner, items, span)?,
                    InSet::Query(query) => self.in_query(scope, inner, query, span)?,
                    InSet::Cohort(cohort) => self.in_cohort(scope, inner, cohort, span)?,
                };
                Ok(if *negated { not(inside) } else { inside })
            }
            ExprKind::Case { operand, branches, otherwise } => {
                self.case(scope, operand.as_deref(), branches, otherwise.as_deref(), span)
            }
            ExprKind::Cast { value: inner, type_name, .. } => {
                let inner = self.value(scope, inner)?;
                self.explicit_cast(inner, type_name, span)
            }
            ExprKind::Interval { amount, unit } => {
                let amount = self.value(scope, amount)?;
                sugar::interval(self, amount, *unit, span)
            }
            ExprKind::Array(items) => {
                let items = self.values(scope, items)?;
                self.apply_named("array", items, span)
            }
            ExprKind::Tuple(items) => self.tuple(scope, items, span),
            ExprKind::Index(base, index) => {
                let (base, index) = (self.value(scope, base)?, self.value(scope, index)?);
                self.apply_named("arrayElement", vec![base, index], span)
            }
            ExprKind::TupleElement(base, position) => {
                let base = self.value(scope, base)?;
                self.apply_named("tupleElement", vec![base, convert::int(i64::from(*position))], span)
            }
            ExprKind::Member(base, name) => {
                let base = self.value(scope, base)?;
                self.apply_named("arrayElement", vec![base, text(name.name.as_str())], &name.span)
            }
            ExprKind::Alias(inner, _) => self.value(scope, inner),
            ExprKind::Subquery(query) => self.scalar_subquery(scope, query, span),
            ExprKind::Exists(query) => {
                let query = self.inner_query(scope, query)?.query;
                Ok(ir::Expr { kind: ir::ExprKind::Exists(Box::new(query)), ty: Type::Bool })
            }
            ExprKind::Placeholder(parts) => {
                let name: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
                Err(self.error(span, format!("nothing is given for the placeholder {{{}}}", name.join("."))))
            }
            ExprKind::Condition(number) => self.caller_condition(scope, *number, span),
        }
    }

    pub(super) fn values(&mut self, scope: &mut Scope<'a>, values: &'a [Expr]) -> Result<Vec<ir::Expr>, HogqlError> {
        values.iter().map(|value| self.value(scope, value)).collect()
    }

    fn negated(&mut self, scope: &mut Scope<'a>, inner: &'a Expr, span: &Span) -> Resolved {
        match &inner.kind {
            ExprKind::Literal(Literal::Int(number)) if number.checked_neg().is_some() => Ok(convert::int(-number)),
            ExprKind::Literal(Literal::Float(number)) => Ok(convert::float(-number)),
            _ => {
                let inner = self.value(scope, inner)?;
                self.apply_named("negate", vec![inner], span)
            }
        }
    }

    /// `a AND b AND c` as one call, however long.
    fn connective(&mut self, scope: &mut Scope<'a>, value: &'a Expr, operator: BinaryOperator) -> Resolved {
        let (mut open, mut conditions) = (vec![value], Vec::new());
        while let Some(next) = open.pop() {
            match &next.kind {
                ExprKind::Binary(same, left, right) if *same == operator => open.extend([&**right, &**left]),
                _ => {
                    let resolved = self.value(scope, next)?;
                    conditions.push(self.truth_of(resolved, &next.span)?);
                }
            }
        }
        let function = if operator == BinaryOperator::And { "and" } else { "or" };
        let ty = pass_nulls(Nulls::Pass, Type::Bool, &conditions);
        Ok(call(function, conditions, ty))
    }

    fn binary(&mut self, scope: &mut Scope<'a>, value: &'a Expr) -> Resolved {
        let span = &value.span;
        // sums and texts put together go to the left as far as they are long
        let (mut left, mut rest) = (value, Vec::new());
        while let ExprKind::Binary(operator, inner, right) = &left.kind {
            if matches!(operator, BinaryOperator::And | BinaryOperator::Or) {
                break;
            }
            rest.push((*operator, &**right));
            left = inner;
        }
        let mut resolved = self.value(scope, left)?;
        while let Some((operator, right)) = rest.pop() {
            let right = self.value(scope, right)?;
            resolved = self.operator(operator, resolved, right, span)?;
        }
        Ok(resolved)
    }

    fn operator(&self, operator: BinaryOperator, left: ir::Expr, right: ir::Expr, span: &Span) -> Resolved {
        let name = match operator {
            BinaryOperator::Equals | BinaryOperator::NotDistinct => "equals",
            BinaryOperator::NotEquals | BinaryOperator::Distinct => "notEquals",
            BinaryOperator::Less => "less",
            BinaryOperator::LessOrEquals => "lessOrEquals",
            BinaryOperator::Greater => "greater",
            BinaryOperator::GreaterOrEquals => "greaterOrEquals",
            BinaryOperator::Like => "like",
            BinaryOperator::NotLike => "notLike",
            BinaryOperator::ILike => "ilike",
            BinaryOperator::NotILike => "notILike",
            BinaryOperator::Plus => "plus",
            BinaryOperator::Minus => "minus",
            BinaryOperator::Multiply => "multiply",
            BinaryOperator::Divide => "divide",
            BinaryOperator::Modulo => "modulo",
            BinaryOperator::Concat => "concat",
            BinaryOperator::Coalesce => "coalesce",
            BinaryOperator::Matches => return Ok(condition(self.apply_named("match", vec![left, right], span)?)),
            BinaryOperator::NotMatches => {
                return Ok(not(condition(self.apply_named("match", vec![left, right], span)?)));
            }
            BinaryOperator::IMatches | BinaryOperator::NotIMatches => {
                let pattern = sugar::case_insensitive(self, right, span)?;
                let matched = condition(self.apply_named("match", vec![left, pattern], span)?);
                return Ok(if operator == BinaryOperator::IMatches { matched } else { not(matched) });
            }
            BinaryOperator::And | BinaryOperator::Or => unreachable!("these are taken together by the caller"),
        };
        self.apply_named(name, vec![left, right], span)
    }

    fn tuple(&mut self, scope: &mut Scope<'a>, items: &'a [Expr], span: &Span) -> Resolved {
        let values = self.values(scope, items)?;
        let mut tuple = self.apply_named("tuple", values, span)?;
        if let Type::Tuple(fields) = &mut tuple.ty {
            for (field, item) in fields.iter_mut().zip(items) {
                if let ExprKind::Alias(_, name) = &item.kind {
                    field.0 = Some(name.name.clone());
                }
            }
        }
        Ok(tuple)
    }

    fn case(
        &mut self,
        scope: &mut Scope<'a>,
        operand: Option<&'a Expr>,
        branches: &'a [(Expr, Expr)],
        otherwise: Option<&'a Expr>,
        span: &Span,
    ) -> Resolved {
        let operand = operand.map(|operand| self.value(scope, operand)).transpose()?;
        let mut args = Vec::with_capacity(branches.len() * 2 + 1);
        for (when, then) in branches {
            let resolved = self.value(scope, when)?;
            args.push(match &operand {
                Some(operand) => {
                    self.apply_named("equals", vec![self.copy(operand, &when.span)?, resolved], &when.span)?
                }
                None => self.condition_of(resolved, &when.span)?,
            });
            args.push(self.value(scope, then)?);
        }
        args.push(match otherwise {
            Some(otherwise) => self.value(scope, otherwise)?,
            None => null(Type::Nothing),
        });
        self.apply_named("multiIf", args, span)
    }

    /// `CAST(x AS T)`.
    fn explicit_cast(&self, value: ir::Expr, type_name: &str, span: &Span) -> Resolved {
        let Some(target) = read_type(type_name, self.environment.timezone) else {
            return Err(self.error(span, format!("there is no type {type_name}")));
        };
        let base = target.without_null().clone();
        let converted = match base {
            Type::Int => self.apply_named("toInt", vec![value], span)?,
            Type::UInt => self.apply_named("toUInt", vec![value], span)?,
            Type::Float => self.apply_named("toFloat", vec![value], span)?,
            Type::String => self.apply_named("toString", vec![value], span)?,
            Type::Date => self.apply_named("toDate", vec![value], span)?,
            Type::DateTime(zone) => self.apply_named("toDateTime", vec![value, text(zone.name())], span)?,
            base => self.to_type(value, &base, span)?,
        };
        Ok(if target.is_nullable() { cast(converted, &target) } else { converted })
    }

    /// A call: of one row, of groups or of windows.
    fn call(&mut self, scope: &mut Scope<'a>, value: &'a Expr) -> Resolved {
        let ExprKind::Call { name, params, args, over, distinct, filter } = &value.kind else {
            unreachable!("the caller has looked")
        };
        let span = &value.span;
        if over.is_some() {
            return self.window_call(scope, value);
        }
        if let Some(aggregate) = syntax::aggregate(&name.name) {
            return self.aggregate_call(scope, aggregate, value);
        }
        let Some(function) = functions::function(&name.name) else {
            return Err(self.unknown_function(name));
        };
        if function.kind == Kind::Window {
            return Err(self.error(&name.span, format!("{} needs a window: {}(…) OVER (…)", name.name, name.name)));
        }
        if params.is_some() || *distinct || filter.is_some() {
            let message = format!(
                "{} is no aggregate function: it takes neither parameters, nor DISTINCT, nor FILTER",
                name.name
            );
            return Err(self.error(&name.span, message));
        }
        match (function.name, args.as_slice()) {
            ("arrayJoin", [array]) => self.array_join(scope, array, span),
            ("in" | "notIn", [inner, set]) => {
                let items = match &set.kind {
                    ExprKind::Tuple(items) | ExprKind::Array(items) => items.as_slice(),
                    _ => std::slice::from_ref(set),
                };
                let inside = match &set.kind {
                    ExprKind::Subquery(query) => self.in_query(scope, inner, query, span)?,
                    _ => self.in_list(scope, inner, items, span)?,
                };
                Ok(if function.name == "notIn" { not(inside) } else { inside })
            }
            ("cast", [inner, Expr { kind: ExprKind::Literal(Literal::String(type_name)), .. }]) => {
                let inner = self.value(scope, inner)?;
                self.explicit_cast(inner, type_name, span)
            }
            ("tuple", items) => self.tuple(scope, items, span),
            (_, [Expr { kind: ExprKind::Lambda { params, body }, .. }, arrays @ ..]) => {
                self.lambda_call(scope, function.name, params, body, arrays, span)
            }
            ("arrayMap" | "arrayFilter" | "arrayFirst" | "arrayLast" | "arrayFirstIndex" | "arrayLastIndex", _) => {
                Err(self.error(span, format!("{} wants a lambda as its first argument, such as x -> x + 1", name.name)))
            }
            _ => {
                let args = self.values(scope, args)?;
                self.apply(function, &name.name, args, span)
            }
        }
    }

    fn unknown_function(&self, name: &ast::Identifier) -> HogqlError {
        let lower = name.name.to_ascii_lowercase();
        if ["state", "merge", "statemerge"].iter().any(|end| lower.ends_with(end)) && lower.len() > 8 {
            let message = format!("there is no function {}: states of aggregates are not kept here", name.name);
            return self.error(&name.span, message);
        }
        if lower == "matchesaction" {
            return self.error(
                &name.span,
                "matchesAction cannot stand in HogQL here; filter by the action's events and properties",
            );
        }
        let known = functions::catalogue()
            .flat_map(|function| std::iter::once(function.name).chain(function.aliases.iter().copied()));
        let near = nearest(&name.name, known);
        let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
        self.error(&name.span, format!("there is no function {}{hint}", name.name))
    }

    fn scalar_subquery(&mut self, scope: &Scope<'a>, query: &'a ast::Query, span: &Span) -> Resolved {
        let query = sets::single_column(self, scope, query, span)?;
        let ty = query.columns[0].ty.clone().nullable();
        Ok(ir::Expr { kind: ir::ExprKind::ScalarSubquery(Box::new(query)), ty })
    }
}

/// A constant of the text.
fn constant_value(constant: &Literal) -> ir::Expr {
    match constant {
        Literal::Null => null(Type::Nothing),
        Literal::Bool(value) => literal(Value::Bool(*value), Type::Bool),
        Literal::Int(value) => convert::int(*value),
        Literal::Float(value) => convert::float(*value),
        Literal::String(value) => text(value.as_str()),
    }
}

/// `a` and `b`, where there may be no `a`.
pub(super) fn and(one: Option<ir::Expr>, other: ir::Expr) -> ir::Expr {
    match one {
        Some(one) => call("and", vec![condition(one), condition(other)], Type::Bool),
        None => other,
    }
}
