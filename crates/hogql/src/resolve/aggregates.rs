//! Aggregates, functions of windows, and what values of groups may be made of.

use crate::ast::{self, Expr, ExprKind, OrderBy, Over, Span, WindowSpec};
use crate::error::HogqlError;
use crate::functions::{self, Function, Kind};
use crate::ir::{self, AggregateCall, ColumnRef, SortKey, Value, WindowCall};
use crate::resolve::calls::result_type;
use crate::resolve::constants::constant_int;
use crate::resolve::convert::{cast, int, is_flag, plain, without_person};
use crate::resolve::rewrite::{no_column, replace};
use crate::resolve::scope::{Place, Scope, column};
use crate::resolve::syntax::Aggregate;
use crate::resolve::{Resolver, columns, syntax};
use crate::types::Type;

/// A call whose arguments are resolved.
struct Parts {
    function: &'static Function,
    params: Vec<Value>,
    args: Vec<ir::Expr>,
    filter: Option<ir::Expr>,
    distinct: bool,
    ty: Type,
}

impl<'a> Resolver<'a> {
    /// An aggregate of the rows of a group.
    pub(super) fn aggregate_call(
        &mut self,
        scope: &mut Scope<'a>,
        aggregate: Aggregate,
        value: &'a Expr,
    ) -> Result<ir::Expr, HogqlError> {
        let span = &value.span;
        if let Place::Rows(place) = scope.place {
            let message = format!("{} is an aggregate function, which cannot stand in {place}", call_name(value));
            return Err(self.error(span, message));
        }
        let place = std::mem::replace(&mut scope.place, Place::Rows("an aggregate function"));
        let parts = self.aggregate_parts(scope, aggregate, value);
        scope.place = place;
        let Parts { function, params, args, filter, distinct, ty } = parts?;
        let Some(groups) = &mut scope.groups else {
            return Err(self.error(span, format!("{} cannot stand here, there are no groups", call_name(value))));
        };
        let call = AggregateCall { function: function.name, params, args, distinct, filter, ty: ty.clone() };
        let position = groups.aggregates.iter().position(|known| *known == call).unwrap_or_else(|| {
            groups.aggregates.push(call);
            groups.aggregates.len() - 1
        });
        Ok(column(ColumnRef { relation: groups.id, index: groups.keys.len() + position }, ty))
    }

    /// Function, parameters and arguments of an aggregate, of groups or of windows.
    fn aggregate_parts(
        &mut self,
        scope: &mut Scope<'a>,
        aggregate: Aggregate,
        value: &'a Expr,
    ) -> Result<Parts, HogqlError> {
        let ExprKind::Call { name, params, args, distinct, filter, .. } = &value.kind else {
            unreachable!("the caller has looked")
        };
        let span = &value.span;
        let mut function = aggregate.function;
        let params = self.params(params.as_deref().unwrap_or_default())?;
        let stars = args.iter().filter(|arg| matches!(&arg.kind, ExprKind::Star { .. })).count();
        let args: &'a [Expr] = if stars > 0 && function.name == "count" && !*distinct { &args[stars..] } else { args };
        let (args, conditions) = match aggregate.has_condition {
            true if args.is_empty() => return Err(self.error(span, format!("{} wants a condition", name.name))),
            true => args.split_at(args.len() - 1),
            false => (args, &[] as &[Expr]),
        };
        let mut resolved = self.values(scope, args)?;
        let mut condition = None;
        for part in conditions.iter().chain(filter.as_deref()) {
            let part = self.condition(scope, part)?;
            condition = Some(super::operators::and(condition, part));
        }
        let is_distinct = *distinct && function.name != "uniqExact";
        let is_counted_once = is_distinct && function.name == "count";
        if is_counted_once {
            function = functions::function("uniqExact").expect("the catalogue has it");
            // of a tuple, its elements
            if let [ir::Expr { kind: ir::ExprKind::Call { function: "tuple", args }, .. }] = resolved.as_mut_slice() {
                resolved = std::mem::take(args);
            }
        }
        let (function, params, resolved) = self.written_out(function, params, resolved, span)?;
        self.check_arity(function, &name.name, resolved.len(), span)?;
        let (least, most) = function.params;
        if params.len() < least || params.len() > most {
            let message = format!(
                "{} takes {least} to {most} parameters in brackets of their own, not {}",
                name.name,
                params.len()
            );
            return Err(self.error(span, message));
        }
        let mut args = self.convert_arguments(function, resolved, span)?;
        if aggregate.or_null {
            for arg in &mut args {
                let ty = arg.ty.clone().nullable();
                *arg = cast(arg.clone(), &ty);
            }
        }
        let ty = result_type(function, &args);
        Ok(Parts { function, params, args, filter: condition, distinct: is_distinct && !is_counted_once, ty })
    }

    /// Functions that are others with certain parameters, as those.
    fn written_out(
        &self,
        function: &'static Function,
        mut params: Vec<Value>,
        mut args: Vec<ir::Expr>,
        span: &Span,
    ) -> Result<(&'static Function, Vec<Value>, Vec<ir::Expr>), HogqlError> {
        let named = |name| functions::function(name).expect("the catalogue has it");
        let mut function = function;
        match function.name {
            "median" => function = named("quantile"),
            "sumArray" | "countArray" if args.len() == 1 => {
                let of_array = if function.name == "sumArray" { "arraySum" } else { "length" };
                args = vec![self.apply_named(of_array, args, span)?];
                function = named("sum");
            }
            "medianExact" => function = named("quantileExact"),
            "string_agg" if args.len() == 2 => {
                let separator = args.pop().expect("there are two");
                let ir::ExprKind::Literal(separator @ Value::String(_)) = separator.kind else {
                    return Err(self.error(span, "string_agg wants a text that is a constant as its second argument"));
                };
                (function, params) = (named("groupConcat"), vec![separator]);
            }
            "sumMap" | "minMap" | "maxMap" if args.len() == 1 => {
                let only = args.pop().expect("there is one");
                let of = |name, arg: &ir::Expr| self.apply_named(name, vec![self.copy(arg, span)?], span);
                let element =
                    |position| self.apply_named("tupleElement", vec![self.copy(&only, span)?, int(position)], span);
                args = match &only.ty {
                    Type::Map(..) => vec![of("mapKeys", &only)?, of("mapValues", &only)?],
                    _ => vec![element(1)?, element(2)?],
                };
            }
            _ => {}
        }
        match (function.name, params.as_slice()) {
            ("quantile" | "quantileExact" | "quantileExactLow", []) => params.push(Value::Float(0.5)),
            ("groupConcat", []) => params.push(Value::String(",".to_owned())),
            ("topK", []) => params.push(Value::Int(10)),
            _ => {}
        }
        if function.name.starts_with("quantile") {
            for param in &mut params {
                let level = match *param {
                    Value::Int(level) => level as f64,
                    Value::Float(level) => level,
                    _ => f64::NAN,
                };
                if !(0.0..=1.0).contains(&level) {
                    return Err(self.error(span, "the level of a quantile is a number from 0 to 1"));
                }
                *param = Value::Float(level);
            }
        }
        let wants_count =
            matches!(function.name, "topK" | "groupArray" | "groupUniqArray" | "groupArraySorted" | "windowFunnel");
        let is_count = |param: &Value| matches!(param, Value::Int(count) if *count > 0);
        if wants_count && !params.iter().all(is_count) {
            return Err(self.error(span, format!("the parameter of {} is a whole number above 0", function.name)));
        }
        Ok((function, params, args))
    }

    /// Parameters: constants.
    fn params(&mut self, params: &'a [Expr]) -> Result<Vec<Value>, HogqlError> {
        let mut empty = Scope::new("a parameter");
        params
            .iter()
            .map(|param| {
                let value = self.value(&mut empty, param)?;
                match (constant_int(&value), value.kind) {
                    (Some(number), _) => Ok(Value::Int(number)),
                    (None, ir::ExprKind::Literal(constant)) => Ok(constant),
                    (None, _) => Err(self.error(&param.span, "a parameter is a constant")),
                }
            })
            .collect()
    }

    /// A function of the rows around.
    pub(super) fn window_call(&mut self, scope: &mut Scope<'a>, value: &'a Expr) -> Result<ir::Expr, HogqlError> {
        let ExprKind::Call { name, over: Some(over), .. } = &value.kind else { unreachable!("the caller has looked") };
        let span = &value.span;
        let outside = match scope.place {
            Place::Groups { has_windows: true } => None,
            Place::Groups { has_windows: false } => Some("here, nor in another window function"),
            Place::Rows(place) => Some(place),
        };
        if let Some(place) = outside {
            return Err(
                self.error(span, format!("{} is a function of windows, which cannot stand in {place}", name.name))
            );
        }
        let place = std::mem::replace(&mut scope.place, Place::Groups { has_windows: false });
        let call = self.window_parts(scope, value, over);
        scope.place = place;
        let call = call?;
        let ty = call.ty.clone();
        if scope.window.is_none() {
            scope.window = Some((self.new_relation(span)?, Vec::new()));
        }
        let (id, calls) = scope.window.as_mut().expect("it has just been made");
        let index = calls.iter().position(|known| *known == call).unwrap_or_else(|| {
            calls.push(call);
            calls.len() - 1
        });
        Ok(column(ColumnRef { relation: *id, index }, ty))
    }

    fn window_parts(
        &mut self,
        scope: &mut Scope<'a>,
        value: &'a Expr,
        over: &'a Over,
    ) -> Result<WindowCall, HogqlError> {
        let ExprKind::Call { name, args, .. } = &value.kind else { unreachable!("the caller has looked") };
        let span = &value.span;
        let function = functions::function(&name.name).filter(|function| function.kind == Kind::Window);
        let parts = match (function, syntax::aggregate(&name.name)) {
            (Some(function), _) => {
                let args = self.values(scope, args)?;
                self.check_arity(function, &name.name, args.len(), span)?;
                self.window_function(function, args, span)?
            }
            (None, Some(aggregate)) => self.aggregate_parts(scope, aggregate, value)?,
            (None, None) => {
                return Err(self.error(&name.span, format!("{} is no function of windows", name.name)));
            }
        };
        if parts.distinct || (parts.function.name == "uniqExact" && parts.args.len() > 1) {
            return Err(self.error(span, "a function of windows takes no DISTINCT"));
        }
        let spec: &'a WindowSpec = match over {
            Over::Spec(spec) => spec,
            Over::Name(name) => match scope.named_windows.iter().find(|(known, _)| known.name == name.name) {
                Some((_, spec)) => spec,
                None => return Err(self.error(&name.span, format!("there is no window {}", name.name))),
            },
        };
        let mut partition_by = Vec::with_capacity(spec.partition_by.len());
        for key in &spec.partition_by {
            let key_value = self.value(scope, key)?;
            partition_by.push(self.over_groups(scope, key_value, &key.span)?);
        }
        let order_by = self.sort_keys(scope, &spec.order_by)?;
        let over_groups = |resolver: &Self, value: ir::Expr| resolver.over_groups(scope, value, span);
        let args = parts.args.into_iter().map(|arg| over_groups(self, arg)).collect::<Result<_, _>>()?;
        let filter = parts.filter.map(|filter| over_groups(self, filter)).transpose()?;
        Ok(WindowCall {
            function: parts.function.name,
            params: parts.params,
            args,
            filter,
            partition_by,
            order_by,
            frame: spec.frame.clone(),
            ty: parts.ty,
        })
    }

    fn window_function(
        &self,
        function: &'static Function,
        args: Vec<ir::Expr>,
        span: &Span,
    ) -> Result<Parts, HogqlError> {
        let mut args = self.convert_arguments(function, args, span)?;
        let ty = match function.name {
            "lag" | "lead" | "lagInFrame" | "leadInFrame" => {
                if args.len() == 3 && *args[2].ty.without_null() != *args[0].ty.without_null() {
                    args[0] = without_person(args[0].clone());
                }
                let mut ty = args[0].ty.clone();
                if matches!(function.name, "lag" | "lead") {
                    ty = ty.nullable();
                }
                if let Some(default) = args.get_mut(2) {
                    let base = ty.without_null().clone();
                    *default = self.to_type(default.clone(), &base, span)?;
                    if default.ty.is_nullable() {
                        ty = ty.nullable();
                    }
                }
                ty
            }
            _ => result_type(function, &args),
        };
        Ok(Parts { function, params: Vec::new(), args, filter: None, distinct: false, ty })
    }

    /// Keys of an order, of groups where there are any.
    pub(super) fn sort_keys(&mut self, scope: &mut Scope<'a>, keys: &'a [OrderBy]) -> Result<Vec<SortKey>, HogqlError> {
        let mut resolved = Vec::with_capacity(keys.len());
        for key in keys {
            let value = self.value(scope, &key.expr)?;
            let value = self.over_groups(scope, plain(value), &key.expr.span)?;
            resolved.push(sort_key(value, key));
        }
        Ok(resolved)
    }

    /// A value of rows as one of groups: of keys and aggregates alone.
    pub(super) fn over_groups(&self, scope: &Scope<'a>, value: ir::Expr, span: &Span) -> Result<ir::Expr, HogqlError> {
        let Some(groups) = &scope.groups else { return Ok(value) };
        let window = scope.window.as_ref().map(|(id, _)| *id);
        replace(value, &mut |inner| {
            if matches!(inner.kind, ir::ExprKind::Literal(_)) {
                return Ok(Some(inner.clone()));
            }
            if let Some(index) = groups.keys.iter().position(|key| key == inner) {
                return Ok(Some(column(ColumnRef { relation: groups.id, index }, inner.ty.clone())));
            }
            // a test that is a key is one as 0 or 1
            if is_flag(inner) {
                let key = plain(inner.clone());
                if let Some(index) = groups.keys.iter().position(|known| *known == key) {
                    return Ok(Some(cast(column(ColumnRef { relation: groups.id, index }, key.ty), &inner.ty)));
                }
            }
            match inner.kind {
                ir::ExprKind::Column(reference)
                    if reference.relation != groups.id && Some(reference.relation) != window =>
                {
                    let name = self.column_name(scope, reference);
                    let message = format!("{name} is neither in GROUP BY nor in an aggregate function");
                    Err(self.error(span, message))
                }
                _ => Ok(None),
            }
        })
    }

    /// What a column is called, for errors.
    fn column_name(&self, scope: &Scope<'a>, reference: ColumnRef) -> String {
        let of_table = self.tables.get(&reference.relation).and_then(|state| state.columns.get(reference.index));
        if let Some((found, _)) = of_table {
            return columns::shown(found);
        }
        let derived = scope.sources.iter().find_map(|source| match &source.kind {
            super::scope::SourceKind::Columns(columns) => columns.iter().find(|column| column.column == reference),
            super::scope::SourceKind::Table(_) => None,
        });
        derived.map_or_else(|| "a column".to_owned(), |column| column.name.clone())
    }

    /// `arrayJoin(array)`: an item, of rows that there are as many of as items.
    pub(super) fn array_join(
        &mut self,
        scope: &mut Scope<'a>,
        array: &'a Expr,
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        if !scope.params.is_empty() {
            return Err(self.error(span, "arrayJoin cannot stand in a lambda"));
        }
        let place = scope.place;
        if !matches!(place, Place::Rows(_)) {
            scope.place = Place::Rows("arrayJoin; join the array of a query in FROM instead");
        }
        let array = self.value(scope, array);
        scope.place = place;
        let array = array?;
        let Type::Array(item) = array.ty.clone() else {
            return Err(self.error(span, format!("arrayJoin wants an array, not {}", array.ty)));
        };
        let groups = scope.groups.as_ref().map(|groups| groups.id);
        debug_assert!(no_column(&array, |column| Some(column.relation) == groups), "the place lets no aggregate in");
        let known = scope.joins.iter().find(|(_, known)| *known == array).map(|(id, _)| *id);
        let id = match known {
            Some(id) => id,
            None => {
                let id = self.new_relation(span)?;
                scope.joins.push((id, array));
                id
            }
        };
        Ok(column(ColumnRef { relation: id, index: 0 }, *item))
    }
}

/// A key of an order: nulls come last unless the text says otherwise.
pub(super) fn sort_key(value: ir::Expr, key: &OrderBy) -> SortKey {
    SortKey { value, descending: key.descending, nulls_first: key.nulls_first.unwrap_or(false) }
}

fn call_name(value: &ast::Expr) -> &str {
    match &value.kind {
        ExprKind::Call { name, .. } => &name.name,
        _ => "this",
    }
}
