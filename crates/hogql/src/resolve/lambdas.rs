//! Functions of arrays that take a lambda.

use crate::ast::{self, Expr, Span};
use crate::error::HogqlError;
use crate::ir;
use crate::resolve::Resolver;
use crate::resolve::convert::{self, bool, call};
use crate::resolve::scope::{Place, Scope};
use crate::types::Type;

/// Functions whose lambda tells which items count.
const MASKING: [&str; 12] = [
    "arrayFilter",
    "arrayExists",
    "arrayAll",
    "arrayCount",
    "arrayFirst",
    "arrayLast",
    "arrayFirstIndex",
    "arrayLastIndex",
    "arrayFill",
    "arrayReverseFill",
    "arraySplit",
    "arrayReverseSplit",
];

/// Functions whose lambda gives a value of each item.
const MAPPING: [&str; 9] = [
    "arrayMap",
    "arraySort",
    "arrayReverseSort",
    "arrayMin",
    "arrayMax",
    "arraySum",
    "arrayAvg",
    "arrayCumSum",
    "arrayUniq",
];

impl<'a> Resolver<'a> {
    /// A function of arrays that takes a lambda, in terms of `arrayMap`.
    pub(super) fn lambda_call(
        &mut self,
        scope: &mut Scope<'a>,
        name: &'static str,
        params: &'a [ast::Identifier],
        body: &'a Expr,
        arrays: &'a [Expr],
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        let is_mask = MASKING.contains(&name);
        if !is_mask && !MAPPING.contains(&name) {
            return Err(self.error(span, format!("{name} takes no lambda")));
        }
        if arrays.is_empty() {
            return Err(self.error(span, format!("{name} wants an array after the lambda")));
        }
        let arrays = self.values(scope, arrays)?;
        let mut items = Vec::with_capacity(arrays.len());
        let mut converted = Vec::with_capacity(arrays.len());
        for array in arrays {
            match array.ty.clone() {
                Type::Array(item) => items.push(*item),
                other => return Err(self.error(span, format!("{name} wants an array after the lambda, not {other}"))),
            }
            converted.push(array);
        }
        let first = self.copy(&converted[0], span)?;
        let types = match (params.len(), items.as_slice()) {
            (n, items) if n == items.len() => items.to_vec(),
            // a lambda of several parameters takes a tuple apart
            (n, [Type::Tuple(fields)]) if n == fields.len() => {
                let fields: Vec<Type> = fields.iter().map(|(_, ty)| ty.clone()).collect();
                let parts = (1..=fields.len()).map(|position| {
                    let position = i64::try_from(position).expect("tuples are short");
                    self.apply_named("tupleElement", vec![self.copy(&first, span)?, convert::int(position)], span)
                });
                converted = parts.collect::<Result<_, _>>()?;
                fields
            }
            (n, items) => {
                return Err(self.error(span, format!("the lambda has {n} parameters for {} arrays", items.len())));
            }
        };
        let n_outer = scope.params.len();
        let number = scope.next_param;
        let mut numbered = Vec::with_capacity(params.len());
        for (param, ty) in params.iter().zip(types) {
            numbered.push((scope.next_param, ty.clone()));
            scope.params.push((param.name.clone(), scope.next_param, ty));
            scope.next_param += 1;
        }
        let place = std::mem::replace(&mut scope.place, Place::Rows("a lambda"));
        let resolved = if is_mask { self.condition(scope, body) } else { self.value(scope, body) };
        scope.place = place;
        scope.params.truncate(n_outer);
        scope.next_param = number;
        let body = if is_mask { resolved? } else { convert::plain(resolved?) };
        let ty = body.ty.clone();
        let lambda = ir::Expr { ty: ty.clone(), kind: ir::ExprKind::Lambda { params: numbered, body: Box::new(body) } };
        let mapped = call("arrayMap", std::iter::once(lambda).chain(converted).collect(), ty.array());
        let filtered = |mask: ir::Expr| call("arrayFilterBy", vec![first.clone(), mask], first.ty.clone());
        match name {
            "arrayMap" => Ok(mapped),
            "arrayFilter" => Ok(filtered(mapped)),
            "arrayFill" => self.apply_named("arrayFillBy", vec![first, mapped], span),
            "arrayReverseFill" => self.apply_named("arrayReverseFillBy", vec![first, mapped], span),
            "arraySplit" => self.apply_named("arraySplitBy", vec![first, mapped], span),
            "arrayReverseSplit" => self.apply_named("arrayReverseSplitBy", vec![first, mapped], span),
            "arrayFirst" => self.apply_named("arrayElement", vec![filtered(mapped), convert::int(1)], span),
            "arrayLast" => self.apply_named("arrayElement", vec![filtered(mapped), convert::int(-1)], span),
            "arrayFirstIndex" => self.apply_named("indexOf", vec![mapped, bool(true)], span),
            "arrayLastIndex" => {
                let numbers = self.apply_named("arrayEnumerate", vec![first.clone()], span)?;
                let ty = numbers.ty.clone();
                let found = call("arrayFilterBy", vec![numbers, mapped], ty);
                self.apply_named("arrayElement", vec![found, convert::int(-1)], span)
            }
            "arraySort" => Ok(call("arraySortBy", vec![first.clone(), mapped], first.ty.clone())),
            "arrayReverseSort" => Ok(call("arrayReverseSortBy", vec![first.clone(), mapped], first.ty.clone())),
            plain => self.apply_named(plain, vec![mapped], span),
        }
    }
}
