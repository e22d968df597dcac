//! What a name in parts stands for: a parameter, a table's column, a name given with `AS` or `WITH`.

use crate::ast::{self, Expr, ExprKind, Identifier, Literal, Span};
use crate::error::HogqlError;
use crate::functions::nearest;
use crate::ir;
use crate::resolve::convert::{call, int, text, without_person};
use crate::resolve::from::PLACE_OF_JOIN;
use crate::resolve::scope::{Place, Scope, Source, SourceKind, column, expr};
use crate::resolve::{Resolver, columns};
use crate::tables::{EventsColumn, PersonsColumn, Table, TableColumn};
use crate::types::Type;

/// One part of a name: of `a.b`, of `a['b']`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    name: &'a str,
    span: &'a Span,
}

/// The parts of a name, where a value is nothing else.
pub(super) fn parts(value: &Expr) -> Option<Vec<Part<'_>>> {
    match &value.kind {
        ExprKind::Name(names) => Some(names.iter().map(|Identifier { name, span }| Part { name, span }).collect()),
        ExprKind::Index(base, index) => {
            let ExprKind::Literal(Literal::String(name)) = &index.kind else { return None };
            let mut all = parts(base)?;
            all.push(Part { name, span: &index.span });
            Some(all)
        }
        ExprKind::Member(base, Identifier { name, span }) => {
            let mut all = parts(base)?;
            all.push(Part { name, span });
            Some(all)
        }
        _ => None,
    }
}

/// A column that an outer join fills with nulls where it has no row: then it has the default of its type, unless that is nullable.
/// In conditions of further joins a person stays one, as whom nobody is known by.
fn or_default(reference: ir::ColumnRef, ty: Type, is_condition_of_join: bool) -> ir::Expr {
    let value = column(reference, ty.clone().nullable());
    if ty.is_nullable() || (ty == Type::Person && is_condition_of_join) {
        return value;
    }
    let value = without_person(value);
    let ty = if ty == Type::Person { Type::Uuid } else { ty };
    call("assumeNotNull", vec![value], ty)
}

impl<'a> Resolver<'a> {
    /// What a name stands for.
    pub(super) fn name(
        &mut self,
        scope: &mut Scope<'a>,
        parts: &[Part<'_>],
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        let first = parts.first().ok_or_else(|| self.error(span, "a name is wanted here"))?;
        if let Some((_, number, ty)) = scope.params.iter().rev().find(|(name, ..)| name == first.name) {
            let value = expr(ir::ExprKind::LambdaParam(*number), ty.clone());
            return self.members(scope, value, &parts[1..]);
        }
        if parts.len() > 1
            && let Some(position) = scope.sources.iter().position(|source| source.is_called(first.name))
        {
            return self.column_of(scope, position, &parts[1..], span);
        }
        let seen = scope.n_seen_aliases.min(scope.aliases.len());
        if let Some(value) = self.alias(scope, first, 0..seen)? {
            return self.members(scope, value, &parts[1..]);
        }
        let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
        let having: Vec<usize> = (0..scope.sources.len())
            .filter(|position| {
                let source = &scope.sources[*position];
                !source.shared.iter().any(|name| name == first.name) && self.has_column(source, &names)
            })
            .collect();
        match having.as_slice() {
            [position] => return self.column_of(scope, *position, parts, span),
            [] => {}
            several => {
                let tables: Vec<&str> = several.iter().filter_map(|at| scope.sources[*at].name.as_deref()).collect();
                let message = format!(
                    "{} is in several tables; put the name of one before it: {}",
                    first.name,
                    tables.join(", ")
                );
                return Err(self.error(first.span, message));
            }
        }
        if let Some(value) = self.common_value(scope, first)? {
            return self.members(scope, value, &parts[1..]);
        }
        let all = scope.aliases.len();
        if let Some(value) = self.alias(scope, first, seen..all)? {
            return self.members(scope, value, &parts[1..]);
        }
        Err(self.unknown_name(scope, parts))
    }

    /// The column of that name, whatever else has it.
    pub(super) fn plain_name(&mut self, scope: &mut Scope<'a>, name: &Identifier) -> Result<ir::Expr, HogqlError> {
        let part = Part { name: &name.name, span: &name.span };
        self.name(scope, &[part], &name.span)
    }

    /// The value of a name given with `AS`, of those at these positions. Those of groups are passed over where only rows are looked at.
    fn alias(
        &mut self,
        scope: &mut Scope<'a>,
        part: &Part<'_>,
        positions: std::ops::Range<usize>,
    ) -> Result<Option<ir::Expr>, HogqlError> {
        let is_of_rows = matches!(scope.place, Place::Rows(_));
        let has_column = is_of_rows && scope.sources.iter().any(|source| self.has_column(source, &[part.name]));
        let found = positions.rev().find(|position| {
            let alias = &scope.aliases[*position];
            alias.name == part.name && !scope.open_aliases.contains(position) && !(alias.is_of_groups && has_column)
        });
        let Some(position) = found else { return Ok(None) };
        let alias = scope.aliases[position];
        let params = std::mem::take(&mut scope.params);
        let n_seen = std::mem::replace(&mut scope.n_seen_aliases, position);
        scope.open_aliases.push(position);
        let value = self.value(scope, alias.value);
        scope.open_aliases.pop();
        scope.n_seen_aliases = n_seen;
        scope.params = params;
        let value = value?;
        self.check_height(&value, part.span)?;
        Ok(Some(value))
    }

    /// A value of `WITH`.
    fn common_value(&mut self, scope: &mut Scope<'a>, part: &Part<'_>) -> Result<Option<ir::Expr>, HogqlError> {
        let Some((position, value)) = self.find_common_value(part.name) else { return Ok(None) };
        let params = std::mem::take(&mut scope.params);
        let later = self.common_tables.split_off(position);
        let value = self.value(scope, value);
        self.common_tables.extend(later);
        scope.params = params;
        let value = value?;
        self.check_height(&value, part.span)?;
        Ok(Some(value))
    }

    /// Whether a table has a column that the name begins with.
    fn has_column(&self, source: &Source, names: &[&str]) -> bool {
        match &source.kind {
            SourceKind::Table(table) => columns::find(table, names, self.environment).is_some(),
            SourceKind::Columns(columns) => columns.iter().any(|column| column.name == names[0]),
        }
    }

    /// A column of one table, and what the rest of the name takes of it.
    fn column_of(
        &mut self,
        scope: &mut Scope<'a>,
        position: usize,
        parts: &[Part<'_>],
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        let source = &scope.sources[position];
        let (id, is_nullable) = (source.id, source.is_nullable);
        let is_condition_of_join = scope.place == Place::Rows(PLACE_OF_JOIN);
        let value_of = |reference, ty: Type| {
            if is_nullable { or_default(reference, ty, is_condition_of_join) } else { column(reference, ty) }
        };
        match &source.kind {
            SourceKind::Table(table) => {
                let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
                let Some(found) = columns::find(table, &names, self.environment) else {
                    let known = columns::of_star(table).iter().chain(columns::behind(table)).copied();
                    return Err(self.unknown_column(known, source.name.as_deref(), parts, span));
                };
                let reference = self.table_column(id, found.column, found.ty.clone());
                let value = value_of(reference, found.ty);
                self.members(scope, value, &parts[found.n_parts..])
            }
            SourceKind::Columns(columns) => {
                let Some(found) = columns.iter().find(|column| column.name == parts[0].name) else {
                    let known = columns.iter().map(|column| column.name.as_str());
                    return Err(self.unknown_column(known, source.name.as_deref(), parts, span));
                };
                let value = value_of(found.column, found.ty.clone());
                self.members(scope, value, &parts[1..])
            }
        }
    }

    /// Elements of a tuple, values of a map, keys of JSON, by name.
    pub(super) fn members(
        &mut self,
        scope: &Scope<'a>,
        value: ir::Expr,
        parts: &[Part<'_>],
    ) -> Result<ir::Expr, HogqlError> {
        let mut value = value;
        for (position, part) in parts.iter().enumerate() {
            let is_tuple = matches!(value.ty.item().unwrap_or(&value.ty), Type::Tuple(_));
            if is_tuple {
                let element = part.name.parse().map_or_else(|_| text(part.name), int);
                value = self.apply_named("tupleElement", vec![value, element], part.span)?;
            } else if matches!(value.ty, Type::Map(..)) {
                value = self.apply_named("mapElement", vec![value, text(part.name)], part.span)?;
            } else if value.ty.is_text() && self.is_json(scope, &value) {
                let path = parts[position..].iter().map(|part| {
                    part.name.parse().ok().filter(|number| *number > 0).map_or_else(|| text(part.name), int)
                });
                let args = std::iter::once(value).chain(path).collect();
                return Ok(call("JSONValue", args, Type::String.nullable()));
            } else {
                return Err(self.error(part.span, format!("{} has nothing of the name {} in it", value.ty, part.name)));
            }
        }
        Ok(value)
    }

    /// Whether names can go into a text.
    pub(super) fn is_json(&self, scope: &Scope<'a>, value: &ir::Expr) -> bool {
        match &value.kind {
            ir::ExprKind::Column(reference) => {
                let of_table =
                    self.tables.get(&reference.relation).and_then(|state| state.columns.get(reference.index));
                of_table.is_some_and(|(column, _)| columns::is_json(column))
                    || scope.sources.iter().any(|source| match &source.kind {
                        SourceKind::Columns(columns) => {
                            columns.iter().any(|column| column.is_json && column.column == *reference)
                        }
                        SourceKind::Table(_) => false,
                    })
            }
            ir::ExprKind::Call { function: "JSONValue" | "JSONExtractRaw", .. } => true,
            _ => false,
        }
    }

    fn unknown_column<'n>(
        &self,
        known: impl Iterator<Item = &'n str>,
        table: Option<&str>,
        parts: &[Part<'_>],
        span: &Span,
    ) -> HogqlError {
        let known: Vec<&str> = known.collect();
        let (name, span) = parts.first().map_or(("", span), |part| (part.name, part.span));
        let table = table.map_or_else(|| "the query in FROM".to_owned(), |table| format!("the table {table}"));
        if known.contains(&name) {
            let message = match parts.get(1) {
                Some(next) => format!("{name} of {table} has no column {}", next.name),
                None => format!("{name} is no value; write which column of it is meant, such as {name}.properties"),
            };
            return self.error(parts.get(1).map_or(span, |part| part.span), message);
        }
        let near = nearest(name, known);
        let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
        self.error(span, format!("there is no column {name} in {table}{hint}"))
    }

    fn unknown_name(&self, scope: &Scope<'a>, parts: &[Part<'_>]) -> HogqlError {
        let first = &parts[0];
        if scope.sources.iter().any(|source| source.is_called(first.name)) {
            let message = format!("{0} is a table; write which column of it is meant, such as {0}.event", first.name);
            return self.error(first.span, message);
        }
        if self.outer_tables.iter().any(|name| name == first.name) {
            let message = format!(
                "{} is a table of the query around, whose rows cannot be asked in here; join it instead",
                first.name
            );
            return self.error(first.span, message);
        }
        let mut known: Vec<&str> = scope.aliases.iter().map(|alias| alias.name).collect();
        for source in &scope.sources {
            known.extend(source.name.as_deref());
            match &source.kind {
                SourceKind::Table(table) => {
                    if columns::behind(table).contains(&first.name) {
                        return self.unknown_column(
                            std::iter::once(first.name),
                            source.name.as_deref(),
                            parts,
                            first.span,
                        );
                    }
                    known.extend(columns::of_star(table).iter().chain(columns::behind(table)));
                }
                SourceKind::Columns(columns) => known.extend(columns.iter().map(|column| column.name.as_str())),
            }
        }
        let near = nearest(first.name, known);
        let hint = match near.as_slice() {
            [] if scope.sources.is_empty() => "; there is no FROM".to_owned(),
            [] => String::new(),
            near => format!("; did you mean {}?", near.join(" or ")),
        };
        self.error(first.span, format!("there is no column {}{hint}", first.name))
    }

    /// `*` and `t.*`: names and values.
    pub(super) fn star(
        &mut self,
        scope: &mut Scope<'a>,
        table: &[ast::Identifier],
        except: &[ast::Identifier],
        span: &Span,
    ) -> Result<Vec<(String, ir::Expr)>, HogqlError> {
        let mut found = Vec::new();
        for position in 0..scope.sources.len() {
            let source = &scope.sources[position];
            if table.last().is_some_and(|name| !source.is_called(&name.name)) {
                continue;
            }
            let names: Vec<String> = match &source.kind {
                SourceKind::Table(table) => columns::of_star(table).iter().map(|&name| name.to_owned()).collect(),
                SourceKind::Columns(columns) => columns.iter().map(|column| column.name.clone()).collect(),
            };
            let shared = if table.is_empty() { source.shared.clone() } else { Vec::new() };
            for name in names {
                if except.iter().any(|left_out| left_out.name == name) || shared.contains(&name) {
                    continue;
                }
                let value = self.column_of(scope, position, &[Part { name: &name, span }], span)?;
                found.push((name, value));
            }
        }
        if found.is_empty() {
            let message = match table.last() {
                Some(table) => format!("there is no table {} here whose columns could be meant", table.name),
                None => "there are no columns that * could stand for".to_owned(),
            };
            return Err(self.error(span, message));
        }
        Ok(found)
    }

    /// Whether the event or person of the nearest table satisfies a condition of the caller.
    pub(super) fn caller_condition(
        &mut self,
        scope: &Scope<'a>,
        number: usize,
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        for source in &scope.sources {
            let found = match source.kind {
                SourceKind::Table(Table::Events) => TableColumn::Event(EventsColumn::Condition(number)),
                SourceKind::Table(Table::Persons) => TableColumn::Person(PersonsColumn::Condition(number)),
                _ => continue,
            };
            let (id, ty) = (source.id, if source.is_nullable { Type::Bool.nullable() } else { Type::Bool });
            let reference = self.table_column(id, found, Type::Bool);
            return Ok(column(reference, ty));
        }
        Err(self.error(span, "filters stand where events are read: FROM events"))
    }
}
