//! Conversions that a text leaves unsaid.

use chrono_tz::Tz;

use crate::ast::Span;
use crate::error::HogqlError;
use crate::functions::{self, Gives};
use crate::ir::{Expr, ExprKind, Value};
use crate::resolve::scope::expr;
use crate::resolve::{Resolver, constants};
use crate::types::{Type, common_type};

/// A call whose arguments and type are right already.
pub(super) fn call(function: &'static str, args: Vec<Expr>, ty: Type) -> Expr {
    expr(ExprKind::Call { function, args }, ty)
}

/// A constant.
pub(super) fn literal(value: Value, ty: Type) -> Expr {
    expr(ExprKind::Literal(value), ty)
}

/// A text that is a constant.
pub(super) fn text(value: impl Into<String>) -> Expr {
    literal(Value::String(value.into()), Type::String)
}

/// A whole number that is a constant.
pub(super) fn int(value: i64) -> Expr {
    literal(Value::Int(value), if value < 0 { Type::Int } else { Type::UInt })
}

/// A number that is a constant.
pub(super) fn float(value: f64) -> Expr {
    literal(Value::Float(value), Type::Float)
}

/// A boolean that is a constant.
pub(super) fn bool(value: bool) -> Expr {
    literal(Value::Bool(value), Type::Bool)
}

/// Null, of a type.
pub(super) fn null(ty: Type) -> Expr {
    literal(Value::Null, ty.nullable())
}

/// The type `ty`, nullable where `like` is.
pub(super) fn nullable_like(ty: Type, like: &Type) -> Type {
    if like.is_nullable() { ty.nullable() } else { ty }
}

/// The value to exactly that type, which can hold it.
pub(super) fn cast(value: Expr, to: &Type) -> Expr {
    if value.ty == *to {
        return value;
    }
    let value = if *to.without_null() == Type::Person { value } else { without_person(value) };
    if value.ty == *to {
        return value;
    }
    if *to.without_null() == Type::String && !value.ty.is_text() && value.ty != Type::Nothing {
        let ty = nullable_like(Type::String, &value.ty);
        return cast(call("toString", vec![value], ty), to);
    }
    let folded = match (&value.kind, to.without_null()) {
        (ExprKind::Literal(Value::Null), _) if to.is_nullable() => Some(Value::Null),
        (ExprKind::Literal(Value::Int(number)), Type::Float) => Some(Value::Float(*number as f64)),
        (ExprKind::Literal(Value::Bool(bool)), Type::Float) => Some(Value::Float(f64::from(u8::from(*bool)))),
        (ExprKind::Literal(Value::Bool(bool)), Type::Int | Type::UInt) => Some(Value::Int(i64::from(*bool))),
        (ExprKind::Literal(Value::Date(day)), Type::DateTime(zone)) => {
            constants::first_of(*day, *zone).map(Value::DateTime)
        }
        (ExprKind::Literal(constant), target)
            if *target == *value.ty.without_null() && !matches!(constant, Value::Null) =>
        {
            Some(constant.clone())
        }
        (ExprKind::Literal(constant @ Value::DateTime(_)), Type::DateTime(_))
        | (ExprKind::Literal(constant @ Value::Int(_)), Type::Int | Type::UInt)
        | (ExprKind::Literal(constant @ Value::String(_)), Type::String) => Some(constant.clone()),
        _ => None,
    };
    match folded {
        Some(constant) => literal(constant, to.clone()),
        None => call("cast", vec![value], to.clone()),
    }
}

/// Persons as their uuids.
pub(super) fn without_person(value: Expr) -> Expr {
    match value.ty.without_null() {
        Type::Person => {
            let ty = nullable_like(Type::Uuid, &value.ty);
            call("personUuid", vec![value], ty)
        }
        _ => value,
    }
}

/// A value as it stands in columns and in other values: a person as their uuid, what a comparison gives as 0 or 1.
pub(super) fn plain(value: Expr) -> Expr {
    if is_flag(&value) {
        let ty = nullable_like(Type::UInt, &value.ty);
        return cast(value, &ty);
    }
    without_person(value)
}

/// Whether a value is the result of a test, which ClickHouse has as 0 or 1, not one of its booleans.
pub(super) fn is_flag(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::InSubquery { .. } | ExprKind::Exists(_) => true,
        ExprKind::Call { function, args } if *value.ty.without_null() == Type::Bool => match *function {
            "and" | "or" | "xor" | "not" => args.iter().all(is_flag),
            "coalesce" => is_flag(&args[0]),
            "cast" => args[0].ty.is_number(),
            "equals" | "notEquals" | "less" | "lessOrEquals" | "greater" | "greaterOrEquals" | "in" => true,
            name => functions::function(name).is_some_and(|known| matches!(known.gives, Gives::Fixed(Type::Bool))),
        },
        _ => false,
    }
}

/// A condition that is never null.
pub(super) fn condition(value: Expr) -> Expr {
    match value.ty {
        Type::Bool => value,
        _ => call("coalesce", vec![value, bool(false)], Type::Bool),
    }
}

/// `not` of a condition, null of null.
pub(super) fn not(value: Expr) -> Expr {
    let ty = value.ty.clone();
    call("not", vec![value], ty)
}

impl Resolver<'_> {
    /// The value as one of type `target`, which has no null in it; nullable where the value is or may not fit.
    pub(super) fn to_type(&self, value: Expr, target: &Type, span: &Span) -> Result<Expr, HogqlError> {
        let from = value.ty.without_null().clone();
        if from == *target {
            return Ok(value);
        }
        let like = nullable_like(target.clone(), &value.ty);
        match (&from, target) {
            (Type::Nothing, _) => Ok(null(target.clone())),
            (Type::Int | Type::UInt | Type::Float | Type::Bool, Type::Int | Type::UInt | Type::Float | Type::Bool)
            | (Type::Date | Type::DateTime(_), Type::Date | Type::DateTime(_))
            | (Type::Person, Type::Uuid)
            | (Type::Array(_), Type::Array(_))
            | (Type::Tuple(_), Type::Tuple(_))
            | (Type::Map(..), Type::Map(..)) => Ok(cast(value, &like)),
            (_, Type::String) if !matches!(from, Type::Interval(_)) => Ok(cast(value, &like)),
            (Type::String, Type::Date | Type::DateTime(_)) => self.moment_of_text(value, target, span),
            (Type::String, Type::Int | Type::UInt | Type::Float | Type::Bool | Type::Uuid) => {
                Ok(cast(value, &target.clone().nullable()))
            }
            _ => {
                let message = format!("{} cannot be used as {target}; convert it", value.ty);
                Err(self.error(span, message))
            }
        }
    }

    /// A text as a day or an instant: a constant at once, anything else where it says one.
    fn moment_of_text(&self, value: Expr, target: &Type, span: &Span) -> Result<Expr, HogqlError> {
        let Some(constant) = constants::constant_text(&value) else {
            return Ok(cast(value, &target.clone().nullable()));
        };
        let read = match target {
            Type::Date => constants::day(constant).map(Value::Date),
            Type::DateTime(zone) => constants::instant(constant, *zone).map(Value::DateTime),
            _ => None,
        };
        match read {
            Some(read) => Ok(literal(read, target.clone())),
            None => {
                let message = format!("'{constant}' is no date; write one as '2020-01-31' or '2020-01-31 12:00:00'");
                Err(self.error(span, message))
            }
        }
    }

    /// Two values as such that can be compared.
    pub(super) fn comparable(&self, left: Expr, right: Expr, span: &Span) -> Result<(Expr, Expr), HogqlError> {
        let (one, other) = (left.ty.without_null().clone(), right.ty.without_null().clone());
        if one == other || matches!((&one, &other), (Type::DateTime(_), Type::DateTime(_))) {
            return Ok((left, right));
        }
        match (&one, &other) {
            (Type::Nothing, _) => Ok((null(other), right)),
            (_, Type::Nothing) => Ok((left, null(one))),
            (Type::String, Type::Int | Type::UInt | Type::Float)
            | (Type::Int | Type::UInt | Type::Float, Type::String) => {
                Ok((self.to_type(left, &Type::Float, span)?, self.to_type(right, &Type::Float, span)?))
            }
            (Type::String, Type::Bool) | (Type::Bool, Type::String) => {
                Ok((self.to_type(left, &Type::String, span)?, self.to_type(right, &Type::String, span)?))
            }
            (Type::String, Type::Date | Type::DateTime(_)) => {
                let target = self.moment_for(&left, &other);
                Ok((self.to_type(left, &target, span)?, self.to_type(right, &target, span)?))
            }
            (Type::Date | Type::DateTime(_), Type::String) => {
                let target = self.moment_for(&right, &one);
                Ok((self.to_type(left, &target, span)?, self.to_type(right, &target, span)?))
            }
            (Type::String, Type::Uuid | Type::Person) => {
                let (right, left) = self.with_uuid_text(right, left);
                Ok((left, right))
            }
            (Type::Uuid | Type::Person, Type::String) => Ok(self.with_uuid_text(left, right)),
            _ => {
                let Some(common) = common_type(&one, &other) else {
                    return Err(self
                        .error(span, format!("{} and {} cannot be compared; convert one of them", left.ty, right.ty)));
                };
                let (left_type, right_type) =
                    (nullable_like(common.clone(), &left.ty), nullable_like(common, &right.ty));
                Ok((cast(left, &left_type), cast(right, &right_type)))
            }
        }
    }

    /// What a text is compared with a day or an instant as: as a day where both are no more than that.
    fn moment_for(&self, text: &Expr, moment: &Type) -> Type {
        let is_day = constants::constant_text(text).is_none_or(|text| text.trim().len() <= 10);
        match moment {
            Type::Date if is_day => Type::Date,
            Type::Date => Type::DateTime(self.environment.timezone),
            other => other.clone(),
        }
    }

    /// A uuid and a text that is compared with it.
    fn with_uuid_text(&self, uuid: Expr, other: Expr) -> (Expr, Expr) {
        let uuid = without_person(uuid);
        match constants::constant_text(&other) {
            Some(constant) => {
                let constant = literal(Value::String(constant.to_ascii_lowercase()), Type::Uuid);
                (uuid, constant)
            }
            None => {
                let ty = nullable_like(Type::String, &uuid.ty);
                (cast(uuid, &ty), other)
            }
        }
    }

    /// The values in one type that holds all of them. A text beside others makes texts of them only where it must; tests are 0 or 1.
    pub(super) fn in_common(&self, values: Vec<Expr>, span: &Span) -> Result<(Vec<Expr>, Type), HogqlError> {
        let values: Vec<Expr> =
            values.into_iter().map(|value| if is_flag(&value) { plain(value) } else { value }).collect();
        let mut common: Option<Type> = None;
        let (without_items, others): (Vec<&Expr>, Vec<&Expr>) = values.iter().partition(|value| is_empty_array(value));
        for value in others.into_iter().chain(without_items) {
            common = Some(match common {
                None => value.ty.clone(),
                // of the items that it has not, none is null
                Some(known @ Type::Array(_)) if is_empty_array(value) => known,
                Some(known) => {
                    common_type(&known, &value.ty).or_else(|| text_with(&known, &value.ty)).ok_or_else(|| {
                        self.error(
                            span,
                            format!("{known} and {} cannot stand in one place; convert one of them", value.ty),
                        )
                    })?
                }
            });
        }
        let mut common = common.unwrap_or(Type::Nothing);
        if *common.without_null() == Type::Person && values.iter().any(|value| *value.ty.without_null() != Type::Person)
        {
            common = nullable_like(Type::Uuid, &common);
        }
        Ok((values.into_iter().map(|value| cast(value, &common)).collect(), common))
    }

    /// The project's time zone as a type of instants.
    pub(super) fn instant_type(&self) -> Type {
        Type::DateTime(self.environment.timezone)
    }

    /// The time zone of that name.
    pub(super) fn zone(&self, value: &Expr, span: &Span) -> Result<Tz, HogqlError> {
        let Some(name) = constants::constant_text(value) else {
            return Err(self.error(span, "the time zone has to be a text that is a constant"));
        };
        name.parse()
            .map_err(|_| self.error(span, format!("there is no time zone '{name}'; write it as 'Europe/Berlin'")))
    }
}

/// Whether a value is `[]`.
fn is_empty_array(value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Call { function: "array", args } if args.is_empty())
}

/// Text, where one of two types is that and the other one has a text for each value.
fn text_with(one: &Type, other: &Type) -> Option<Type> {
    let simple = |ty: &Type| !matches!(ty, Type::Array(_) | Type::Tuple(_) | Type::Map(..) | Type::Interval(_));
    let has_text = one.is_text() || other.is_text();
    let is_nullable = one.is_nullable() || other.is_nullable();
    (has_text && simple(one.without_null()) && simple(other.without_null()))
        .then(|| if is_nullable { Type::String.nullable() } else { Type::String })
}
