//! Calls of functions of one row: arguments converted, the type of the result found.

use crate::ast::Span;
use crate::error::HogqlError;
use crate::functions::{self, Function, Gives, Kind, Nulls, Take};
use crate::ir::Expr;
use crate::resolve::convert::{call, cast, condition, is_flag, plain};
use crate::resolve::{Resolver, special, sugar};
use crate::types::{Type, common_type};

impl Resolver<'_> {
    /// A function of the catalogue by its own name, of arguments that are resolved. For what is written in terms of others.
    pub(super) fn apply_named(&self, name: &'static str, args: Vec<Expr>, span: &Span) -> Result<Expr, HogqlError> {
        let function = functions::function(name).expect("functions are written in terms of those in the catalogue");
        self.apply(function, name, args, span)
    }

    /// A function of one row, of arguments that are resolved.
    pub(super) fn apply(
        &self,
        function: &'static Function,
        name: &str,
        args: Vec<Expr>,
        span: &Span,
    ) -> Result<Expr, HogqlError> {
        debug_assert_eq!(function.kind, Kind::Scalar, "aggregates and window functions have rows");
        self.check_arity(function, name, args.len(), span)?;
        if function.is_sugar {
            return sugar::expand(self, function.name, name, args, span);
        }
        let args = special::prepare(self, function.name, args, span)?;
        if matches!(function.gives, Gives::Resolved) {
            return special::apply(self, function, args, span);
        }
        let args = self.convert_arguments(function, args, span)?;
        let ty = result_type(function, &args);
        Ok(call(function.name, args, ty))
    }

    /// An error where a function does not take so many arguments.
    pub(super) fn check_arity(&self, function: &Function, name: &str, n: usize, span: &Span) -> Result<(), HogqlError> {
        let (least, most) = (function.required, function.most());
        if n >= least && n <= most {
            return Ok(());
        }
        let wants = match (least, most) {
            (least, most) if least == most => format!("{least}"),
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) => format!("{least} to {most}"),
        };
        let plural = if most == 1 { "" } else { "s" };
        Err(self.error(span, format!("{name} takes {wants} argument{plural}, not {n}")))
    }

    /// The arguments as the function takes them.
    pub(super) fn convert_arguments(
        &self,
        function: &Function,
        args: Vec<Expr>,
        span: &Span,
    ) -> Result<Vec<Expr>, HogqlError> {
        let take = |position: usize| function.takes[position.min(function.takes.len() - 1)];
        let mut converted = Vec::with_capacity(args.len());
        for (position, arg) in args.into_iter().enumerate() {
            converted.push(self.convert_argument(arg, take(position), function.name, span)?);
        }
        self.unify(&mut converted, &take, span)?;
        Ok(converted)
    }

    /// Brings arguments that have to be of one type into it.
    fn unify(&self, args: &mut [Expr], take: &dyn Fn(usize) -> Take, span: &Span) -> Result<(), HogqlError> {
        let positions = |kinds: &[Take]| -> Vec<usize> {
            (0..args.len()).filter(|position| kinds.contains(&take(*position))).collect()
        };
        let (common, items) = (positions(&[Take::Common]), positions(&[Take::Items, Take::Item]));
        if !common.is_empty() {
            let values = common.iter().map(|position| args[*position].clone()).collect();
            let (values, _) = self.in_common(values, span)?;
            for (position, value) in common.into_iter().zip(values) {
                args[position] = value;
            }
        }
        let mut item: Option<Type> = None;
        for position in &items {
            let ty = &args[*position].ty;
            let ty =
                if take(*position) == Take::Item { ty.clone() } else { ty.item().cloned().unwrap_or(Type::Nothing) };
            item = Some(match item {
                None => ty,
                Some(known) => self.item_type(&known, &ty, span)?,
            });
        }
        let Some(item) = item else { return Ok(()) };
        for position in items {
            let target = if take(position) == Take::Item { item.clone() } else { item.clone().array() };
            let value = std::mem::replace(&mut args[position], super::convert::null(Type::Nothing));
            args[position] = cast(value, &target);
        }
        Ok(())
    }

    /// The type of items that are compared with each other.
    fn item_type(&self, one: &Type, other: &Type, span: &Span) -> Result<Type, HogqlError> {
        common_type(one, other)
            .ok_or_else(|| self.error(span, format!("an array of {one} has no items of {other}; convert one of them")))
    }

    /// One argument as the function takes it.
    fn convert_argument(&self, arg: Expr, take: Take, name: &str, span: &Span) -> Result<Expr, HogqlError> {
        let wrong =
            |ty: &Type, wanted: &str| self.error(span, format!("{name} wants {wanted} here, not {ty}; convert it"));
        let base = arg.ty.without_null().clone();
        match take {
            Take::Any | Take::Common | Take::Item => Ok(plain(arg)),
            Take::Same if is_flag(&arg) => Ok(plain(arg)),
            Take::Same => Ok(arg),
            Take::Text if matches!(base, Type::Array(_) | Type::Tuple(_) | Type::Map(..)) && name != "concat" => {
                Err(wrong(&arg.ty, "a text"))
            }
            Take::Text => self.to_type(plain(arg), &Type::String, span),
            Take::Number => match base {
                Type::Int | Type::UInt | Type::Float => Ok(arg),
                Type::Bool => self.to_type(arg, &Type::UInt, span),
                Type::String | Type::Nothing => self.to_type(arg, &Type::Float, span),
                _ => Err(wrong(&arg.ty, "a number")),
            },
            Take::Int => match base {
                Type::Int | Type::UInt => Ok(arg),
                Type::Bool | Type::Float | Type::String | Type::Nothing => self.to_type(arg, &Type::Int, span),
                _ => Err(wrong(&arg.ty, "a whole number")),
            },
            Take::Float => match base {
                Type::Int | Type::UInt | Type::Float | Type::Bool | Type::String | Type::Nothing => {
                    self.to_type(arg, &Type::Float, span)
                }
                _ => Err(wrong(&arg.ty, "a number")),
            },
            Take::Bool => self.condition_of(arg, span),
            Take::Truth => self.truth_of(arg, span),
            Take::Moment => match base {
                Type::Date | Type::DateTime(_) => Ok(arg),
                Type::String | Type::Nothing => self.to_type(arg, &self.instant_type(), span),
                _ => Err(wrong(&arg.ty, "a date or a time")),
            },
            Take::DateTime => match base {
                Type::DateTime(_) => Ok(arg),
                Type::Date | Type::String | Type::Nothing => self.to_type(arg, &self.instant_type(), span),
                _ => Err(wrong(&arg.ty, "a time")),
            },
            Take::Uuid => self.to_type(arg, &Type::Uuid, span),
            Take::Array | Take::Items => match base {
                Type::Array(_) => Ok(arg),
                Type::Nothing => Ok(cast(arg, &Type::Nothing.array())),
                _ => Err(wrong(&arg.ty, "an array")),
            },
            Take::Texts => match &base {
                Type::Array(item) => {
                    let item = if item.is_nullable() { Type::String.nullable() } else { Type::String };
                    Ok(cast(arg, &item.array()))
                }
                _ => Err(wrong(&arg.ty, "an array of texts")),
            },
            Take::Numbers => match &base {
                Type::Array(item) if item.is_number() => Ok(arg),
                Type::Array(item) if matches!(item.without_null(), Type::Bool) => Ok(cast(arg, &Type::UInt.array())),
                Type::Array(item) if matches!(item.without_null(), Type::Nothing | Type::String) => {
                    Ok(cast(arg, &Type::Float.nullable().array()))
                }
                _ => Err(wrong(&arg.ty, "an array of numbers")),
            },
            Take::Map => match &base {
                Type::Map(..) => Ok(arg),
                _ => Err(wrong(&arg.ty, "a map")),
            },
        }
    }

    /// A value as a condition: never null.
    pub(super) fn condition_of(&self, value: Expr, span: &Span) -> Result<Expr, HogqlError> {
        self.truth_of(value, span).map(condition)
    }

    /// A value as a condition that may be null.
    pub(super) fn truth_of(&self, value: Expr, span: &Span) -> Result<Expr, HogqlError> {
        match value.ty.without_null() {
            Type::Bool => Ok(value),
            Type::Int | Type::UInt | Type::Float | Type::String | Type::Nothing => {
                self.to_type(value, &Type::Bool, span)
            }
            other => {
                Err(self.error(span, format!("a condition is wanted here, not {other}; compare it with something")))
            }
        }
    }
}

/// What a function gives for arguments that are converted.
pub(super) fn result_type(function: &Function, args: &[Expr]) -> Type {
    let types: Vec<Type> = args
        .iter()
        .map(|arg| match function.nulls {
            Nulls::Pass => arg.ty.without_null().clone(),
            Nulls::Seen => arg.ty.clone(),
        })
        .collect();
    let ty = match &function.gives {
        Gives::Fixed(ty) => ty.clone(),
        Gives::Maybe(ty) => ty.clone().nullable(),
        Gives::Argument(position) => types.get(*position).cloned().unwrap_or(Type::Nothing),
        Gives::ArrayOf(ty) => ty.clone().array(),
        Gives::Rule(rule) => rule(&types),
        Gives::Resolved => unreachable!("the resolver finds out the type of these"),
    };
    pass_nulls(function.nulls, ty, args)
}

/// The type, nullable where null passes through the function and an argument may be null.
pub(super) fn pass_nulls(nulls: Nulls, ty: Type, args: &[Expr]) -> Type {
    let may_be_null = nulls == Nulls::Pass && args.iter().any(|arg| arg.ty.is_nullable());
    if may_be_null { ty.nullable() } else { ty }
}
