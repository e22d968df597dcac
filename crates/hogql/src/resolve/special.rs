//! Functions whose result depends on more than the types of their arguments: [`Gives::Resolved`](crate::functions::Gives::Resolved).

use crate::ast::Span;
use crate::error::HogqlError;
use crate::functions::{Function, Nulls};
use crate::ir::{Expr, ExprKind, Value};
use crate::resolve::Resolver;
use crate::resolve::calls::pass_nulls;
use crate::resolve::constants::{constant_int, constant_text, moved};
use crate::resolve::convert::{call, cast, int, nullable_like, text, without_person};
use crate::resolve::sugar::unit;
use crate::types::{IntervalUnit, Type, common_type, read_type};

type Applied = Result<Expr, HogqlError>;

/// Such a function.
pub(super) fn apply(resolver: &Resolver<'_>, function: &'static Function, args: Vec<Expr>, span: &Span) -> Applied {
    match function.name {
        "equals" | "notEquals" | "less" | "lessOrEquals" | "greater" | "greaterOrEquals" => {
            comparison(resolver, function.name, args, span)
        }
        "plus" | "minus" | "multiply" => arithmetic(resolver, function, args, span),
        "multiIf" => multi_if(resolver, args, span),
        "coalesce" => coalesce(resolver, args, span),
        "JSONExtract" | "JSONExtractKeysAndValues" => json_extract(resolver, function, args, span),
        "tupleElement" => tuple_element(resolver, args, span),
        "arrayElement" => array_element(resolver, args, span),
        "map" => map(resolver, args, span),
        _ => typed(resolver, function, args, span),
    }
}

/// Arguments as engines want them: units by one name, the mode of weeks said, time zones as types.
pub(super) fn prepare(
    resolver: &Resolver<'_>,
    name: &str,
    mut args: Vec<Expr>,
    span: &Span,
) -> Result<Vec<Expr>, HogqlError> {
    // which arguments are moments, and where a time zone may follow
    let (moments, zone_at) = match name {
        "toString" => (0..1, 1),
        "formatDateTime" | "toStartOfWeek" | "toLastDayOfWeek" | "toDayOfWeek" | "toWeek" | "toYearWeek" => (0..1, 2),
        "dateDiff" | "age" => (1..3, 3),
        _ => return Ok(args),
    };
    if args.len() > zone_at {
        let zone = args.remove(zone_at);
        for moment in &mut args[moments] {
            *moment = resolver.apply_named("toTimeZone", vec![moment.clone(), zone.clone()], span)?;
        }
    }
    match name {
        "dateDiff" | "age" => args[0] = text(unit(resolver, &args[0], span)?.name()),
        "toStartOfWeek" | "toLastDayOfWeek" if args.len() == 1 => {
            args.push(int(i64::from(resolver.environment.weeks_start_monday)));
        }
        _ => {}
    }
    Ok(args)
}

/// Functions whose arguments are converted as the catalogue says, and whose type is found here.
fn typed(resolver: &Resolver<'_>, function: &'static Function, args: Vec<Expr>, span: &Span) -> Applied {
    let mut args = resolver.convert_arguments(function, args, span)?;
    let ty = match function.name {
        "nullIf" => {
            let ty = args[0].ty.clone().nullable();
            let (first, second) = resolver.comparable(resolver.copy(&args[0], span)?, args[1].clone(), span)?;
            // what is given back is the first as it was, where comparing does not need it as something else
            args = if first.ty == args[0].ty { vec![first, second] } else {
                let is_equal = call("equals", vec![first, second], Type::Bool);
                let absent = super::convert::null(ty.clone());
                return Ok(call("multiIf", vec![is_equal, absent, cast(args.swap_remove(0), &ty)], ty));
            };
            ty
        }
        "toInt" | "toUInt" => {
            let target = if function.name == "toInt" { Type::Int } else { Type::UInt };
            match args[0].ty.without_null() {
                Type::Float | Type::String | Type::Nothing => target.nullable(),
                Type::Int if target == Type::UInt => target.nullable(),
                Type::Int | Type::UInt | Type::Bool | Type::Date | Type::DateTime(_) => target,
                other => return Err(resolver.error(span, format!("{other} is no number; {} wants a text, a number or a date", function.name))),
            }
        }
        "parseDateTime" => {
            let zone = args.get(2).map(|zone| resolver.zone(zone, span)).transpose()?;
            args.truncate(2);
            Type::DateTime(zone.unwrap_or(resolver.environment.timezone)).nullable()
        }
        "intDiv" | "modulo" | "positiveModulo" => {
            let ty = common_type(args[0].ty.without_null(), args[1].ty.without_null()).unwrap_or(Type::Float);
            let is_whole = function.name == "intDiv" && ty == Type::Float;
            args = args.into_iter().map(|arg| { let to = nullable_like(ty.clone(), &arg.ty); cast(arg, &to) }).collect();
            let ty = if is_whole { Type::Int } else { ty };
            // a constant that is not zero divides every number
            let divides = matches!(args[1].kind, ExprKind::Literal(Value::Int(n)) if n != 0)
                || matches!(args[1].kind, ExprKind::Literal(Value::Float(n)) if n != 0.0);
            if divides { ty } else { ty.nullable() }
        }
        "fromUnixTimestamp" | "fromUnixTimestamp64Milli" | "fromUnixTimestamp64Micro" | "makeDateTime" => {
            let ty = resolver.instant_type();
            if function.name == "makeDateTime" { ty.nullable() } else { ty }
        }
        "toStartOfDay" => {
            if let Some(zone) = args.get(1) {
                let zone = resolver.zone(zone, span)?;
                let ty = nullable_like(Type::DateTime(zone), &args[0].ty);
                args = vec![cast(args.swap_remove(0), &ty)];
            }
            args[0].ty.without_null().clone()
        }
        "toStartOfInterval" => match args[1].ty {
            Type::Interval(IntervalUnit::Second | IntervalUnit::Minute | IntervalUnit::Hour | IntervalUnit::Day) => {
                let ty = nullable_like(resolver.instant_type(), &args[0].ty);
                if *args[0].ty.without_null() == Type::Date {
                    args[0] = cast(args[0].clone(), &ty);
                }
                args[0].ty.without_null().clone()
            }
            Type::Interval(_) if args.len() == 2 => Type::Date,
            Type::Interval(_) => args[0].ty.without_null().clone(),
            ref other => return Err(resolver.error(span, format!("toStartOfInterval wants an interval as its second argument, such as INTERVAL 15 MINUTE, not {other}"))),
        },
        "mapContains" | "mapElement" => {
            let Type::Map(key, value) = args[0].ty.clone() else { unreachable!("the argument is converted to a map") };
            args[1] = resolver.to_type(args[1].clone(), &key, span)?;
            if function.name == "mapContains" { Type::Bool } else { *value }
        }
        "arrayElementOrNull" => item(&args[0]).nullable(),
        "arrayFlatten" => {
            let mut ty = item(&args[0]);
            while let Type::Array(inner) = ty {
                ty = *inner;
            }
            ty.array()
        }
        "arrayWithConstant" => args[1].ty.clone().array(),
        "arrayMin" | "arrayMax" => item(&args[0]),
        "arraySum" => item(&args[0]).without_null().clone(),
        "arrayCumSum" => item(&args[0]).without_null().clone().array(),
        "cast" => return Err(resolver.error(span, "write cast(x AS type)")),
        other => unreachable!("{other} has a rule for its type"),
    };
    let ty = pass_nulls(function.nulls, ty, &args);
    Ok(call(function.name, args, ty))
}

fn item(array: &Expr) -> Type {
    array.ty.item().cloned().unwrap_or(Type::Nothing)
}

fn comparison(resolver: &Resolver<'_>, name: &'static str, args: Vec<Expr>, span: &Span) -> Applied {
    let [left, right] = <[Expr; 2]>::try_from(args).expect("comparisons take two arguments");
    let (mut left, mut right) = resolver.comparable(left, right, span)?;
    if !matches!(name, "equals" | "notEquals") {
        (left, right) = (without_person(left), without_person(right));
    }
    Ok(call(name, vec![left, right], Type::Bool))
}

fn arithmetic(resolver: &Resolver<'_>, function: &'static Function, args: Vec<Expr>, span: &Span) -> Applied {
    let [mut left, mut right] =
        <[Expr; 2]>::try_from(args).expect("arithmetic takes two arguments").map(without_person);
    let is_interval = |value: &Expr| matches!(value.ty.without_null(), Type::Interval(_));
    if function.name == "plus" && is_interval(&left) && !is_interval(&right) {
        (left, right) = (right, left);
    }
    if function.name != "multiply" && is_interval(&right) {
        return moved_by(resolver, function.name, left, right, span);
    }
    if left.ty.is_moment() || right.ty.is_moment() {
        return moment_arithmetic(resolver, function.name, left, right, span);
    }
    for side in [&left, &right] {
        let fits = matches!(
            side.ty.without_null(),
            Type::Int | Type::UInt | Type::Float | Type::Bool | Type::String | Type::Nothing
        );
        if !fits {
            let message = format!("{} is no number; {} wants numbers", side.ty, function.name);
            return Err(resolver.error(span, message));
        }
    }
    let number = |value: Expr| match value.ty.without_null() {
        Type::String | Type::Nothing => resolver.to_type(value, &Type::Float, span),
        _ => Ok(value),
    };
    let (left, right) = (number(left)?, number(right)?);
    let common = common_type(left.ty.without_null(), right.ty.without_null()).unwrap_or(Type::Float);
    let ty = match (function.name, common) {
        ("minus", Type::UInt) => Type::Int,
        (_, Type::Bool) => Type::UInt,
        (_, common) => common,
    };
    let args: Vec<Expr> = [left, right]
        .into_iter()
        .map(|arg| {
            let to = nullable_like(ty.clone(), &arg.ty);
            cast(arg, &to)
        })
        .collect();
    let ty = pass_nulls(Nulls::Pass, ty, &args);
    Ok(call(function.name, args, ty))
}

/// A day or an instant, forward or back by an interval.
fn moved_by(resolver: &Resolver<'_>, name: &'static str, moment: Expr, interval: Expr, span: &Span) -> Applied {
    let Type::Interval(unit) = *interval.ty.without_null() else { unreachable!("the caller has looked") };
    let is_time = matches!(unit, IntervalUnit::Second | IntervalUnit::Minute | IntervalUnit::Hour);
    let moment = match moment.ty.without_null() {
        Type::Date if !is_time => moment,
        Type::DateTime(_) => moment,
        Type::Date | Type::String | Type::Nothing => resolver.to_type(moment, &resolver.instant_type(), span)?,
        other => {
            return Err(resolver.error(span, format!("an interval can be added to a date or a time, not to {other}")));
        }
    };
    if let Some(constant) = moved(&moment, &interval, name == "plus") {
        return Ok(constant);
    }
    let base = moment.ty.without_null().clone();
    let args = vec![moment, interval];
    let ty = pass_nulls(Nulls::Pass, base, &args);
    Ok(call(name, args, ty))
}

/// Numbers added to days and instants, and the distance of two.
fn moment_arithmetic(resolver: &Resolver<'_>, name: &'static str, left: Expr, right: Expr, span: &Span) -> Applied {
    let unit_of = |ty: &Type| if *ty == Type::Date { "toIntervalDay" } else { "toIntervalSecond" };
    let is_whole = |ty: &Type| matches!(ty.without_null(), Type::Int | Type::UInt);
    if name != "multiply" && left.ty.is_moment() && is_whole(&right.ty) {
        let interval = resolver.apply_named(unit_of(left.ty.without_null()), vec![right], span)?;
        return moved_by(resolver, name, left, interval, span);
    }
    if name == "plus" && right.ty.is_moment() && is_whole(&left.ty) {
        let interval = resolver.apply_named(unit_of(right.ty.without_null()), vec![left], span)?;
        return moved_by(resolver, name, right, interval, span);
    }
    if name == "minus" && left.ty.is_moment() && right.ty.is_moment() {
        let (left, right) = resolver.comparable(left, right, span)?;
        let args = vec![left, right];
        let ty = pass_nulls(Nulls::Pass, Type::Int, &args);
        return Ok(call(name, args, ty));
    }
    Err(resolver
        .error(span, format!("{name} does not work on {} and {}; dates are moved by an INTERVAL", left.ty, right.ty)))
}

fn multi_if(resolver: &Resolver<'_>, args: Vec<Expr>, span: &Span) -> Applied {
    if args.len().is_multiple_of(2) || args.len() < 3 {
        return Err(
            resolver.error(span, "multiIf takes conditions and values in turn, and a value for all others at the end")
        );
    }
    let last = args.len() - 1;
    let (mut conditions, mut values) = (Vec::new(), Vec::new());
    for (position, arg) in args.into_iter().enumerate() {
        if position % 2 == 0 && position < last {
            conditions.push(resolver.condition_of(arg, span)?);
        } else {
            values.push(arg);
        }
    }
    let (values, ty) = resolver.in_common(values, span)?;
    let mut conditions = conditions.into_iter();
    let args = values.into_iter().flat_map(|value| conditions.next().into_iter().chain([value])).collect();
    Ok(call("multiIf", args, ty))
}

fn coalesce(resolver: &Resolver<'_>, args: Vec<Expr>, span: &Span) -> Applied {
    let is_certain = args.iter().any(|arg| !arg.ty.is_nullable());
    let (mut args, common) = resolver.in_common(args.into_iter().map(without_person).collect(), span)?;
    let ty = if is_certain { common.without_null().clone() } else { common };
    if args.len() == 1 {
        return Ok(args.swap_remove(0));
    }
    Ok(call("coalesce", args, ty))
}

fn json_extract(resolver: &Resolver<'_>, function: &'static Function, mut args: Vec<Expr>, span: &Span) -> Applied {
    let type_name = args.pop().filter(|_| !args.is_empty());
    let Some(ty) = type_name.as_ref().and_then(constant_text) else {
        let message =
            format!("{} wants a type as its last argument, such as 'String' or 'Array(String)'", function.name);
        return Err(resolver.error(span, message));
    };
    let Some(ty) = read_type(ty, resolver.environment.timezone) else {
        return Err(resolver.error(span, format!("there is no type '{ty}'")));
    };
    let args = resolver.convert_arguments(function, args, span)?;
    let ty = match function.name {
        "JSONExtract" => ty,
        _ => Type::Tuple(vec![(None, Type::String), (None, ty)]).array(),
    };
    let ty = pass_nulls(function.nulls, ty, &args);
    Ok(call(function.name, args, ty))
}

fn tuple_element(resolver: &Resolver<'_>, args: Vec<Expr>, span: &Span) -> Applied {
    let [tuple, which] = <[Expr; 2]>::try_from(args).expect("tupleElement takes two arguments");
    if let Type::Array(item) = &tuple.ty
        && matches!(**item, Type::Tuple(_))
    {
        // of an array of tuples, an array of their elements
        let param = u32::MAX;
        let element = tuple_element(resolver, vec![param_of(param, item), which], span)?;
        let ty = element.ty.clone().array();
        let params = vec![(param, (**item).clone())];
        let lambda = Expr { ty: element.ty.clone(), kind: ExprKind::Lambda { params, body: Box::new(element) } };
        return Ok(call("arrayMap", vec![lambda, tuple], ty));
    }
    let Type::Tuple(fields) = &tuple.ty else {
        return Err(resolver.error(span, format!("{} is no tuple, it has no elements", tuple.ty)));
    };
    let position = match (constant_int(&which), constant_text(&which)) {
        (Some(number), _) => usize::try_from(number).ok().filter(|position| (1..=fields.len()).contains(position)),
        (None, Some(name)) => {
            fields.iter().position(|(known, _)| known.as_deref() == Some(name)).map(|found| found + 1)
        }
        (None, None) => None,
    };
    let Some(position) = position else {
        return Err(resolver.error(span, format!("{} has no such element; they are counted from 1", tuple.ty)));
    };
    let ty = fields[position - 1].1.clone();
    let position = i64::try_from(position).expect("tuples are short");
    Ok(call("tupleElement", vec![tuple, int(position)], ty))
}

fn param_of(number: u32, ty: &Type) -> Expr {
    Expr { kind: ExprKind::LambdaParam(number), ty: ty.clone() }
}

fn array_element(resolver: &Resolver<'_>, args: Vec<Expr>, span: &Span) -> Applied {
    let [array, which] = <[Expr; 2]>::try_from(args).expect("arrayElement takes two arguments");
    match array.ty.clone() {
        Type::Map(..) => resolver.apply_named("mapElement", vec![array, which], span),
        Type::Tuple(_) => tuple_element(resolver, vec![array, which], span),
        Type::Array(item) => {
            let which = resolver.to_type(which, &Type::Int, span)?;
            let args = vec![array, which];
            let ty = pass_nulls(Nulls::Pass, *item, &args);
            Ok(call("arrayElement", args, ty))
        }
        Type::String | Type::Nullable(_) if constant_text(&which).is_some() => {
            Ok(call("JSONValue", vec![array, which], Type::String.nullable()))
        }
        other => Err(resolver.error(span, format!("{other} is no array, it has no items"))),
    }
}

fn map(resolver: &Resolver<'_>, args: Vec<Expr>, span: &Span) -> Applied {
    if !args.len().is_multiple_of(2) {
        return Err(resolver.error(span, "map takes keys and values in turn"));
    }
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for (position, arg) in args.into_iter().enumerate() {
        if position % 2 == 0 { keys.push(without_person(arg)) } else { values.push(without_person(arg)) }
    }
    let (keys, key) = resolver.in_common(keys, span)?;
    let (values, value) = resolver.in_common(values, span)?;
    let key = key.without_null().clone();
    let keys = keys.into_iter().map(|each| cast(each, &key));
    let args = keys.zip(values).flat_map(|(key, value)| [key, value]).collect();
    Ok(call("map", args, Type::Map(Box::new(key), Box::new(value))))
}

/// The name of a type, as a constant.
pub(super) fn type_name(value: &Expr) -> Expr {
    text(value.ty.to_string())
}
