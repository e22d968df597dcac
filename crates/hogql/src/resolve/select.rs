//! One `SELECT`: its parts in the order in which they are computed.

use crate::ast::{Expr, ExprKind, GroupBy, Identifier, InSet, Literal, Select, Span};
use crate::error::HogqlError;
use crate::ir::{self, ColumnRef, OutputColumn, Relation, SortKey};
use crate::print;
use crate::resolve::aggregates::sort_key;
use crate::resolve::constants::constant_int;
use crate::resolve::convert::{is_flag, plain};
use crate::resolve::from::Rows;
use crate::resolve::operators::and;
use crate::resolve::rewrite::replace;
use crate::resolve::scope::{DerivedColumn, Groups, Place, Scope, Source, SourceKind, column};
use crate::resolve::{Resolver, syntax};
use crate::types::Type;

/// A column of the list.
struct Column {
    /// In the answer.
    shown: String,
    /// For a query around.
    name: String,
    value: ir::Expr,
    is_json: bool,
}

impl<'a> Resolver<'a> {
    /// A `SELECT`.
    pub(super) fn select(&mut self, select: &'a Select) -> Result<Rows, HogqlError> {
        let n_common = self.add_common_tables(&select.with);
        let rows = self.select_with_names(select);
        self.drop_common_tables(n_common);
        rows
    }

    fn select_with_names(&mut self, select: &'a Select) -> Result<Rows, HogqlError> {
        let mut scope = Scope::new("WHERE");
        let mut input = match &select.from {
            Some(from) => self.from(&mut scope, from)?,
            None => Relation::OneRow,
        };
        if let Some(array_join) = &select.array_join {
            input = self.array_join_clause(&mut scope, input, array_join, &select.span)?;
        }
        let mut n_aliases = Vec::with_capacity(select.columns.len());
        for expr in &select.columns {
            n_aliases.push(scope.aliases.len());
            scope.add_aliases_of(expr);
        }
        scope.n_seen_aliases = scope.aliases.len();
        scope.named_windows = select.windows.iter().map(|(name, spec)| (name, spec)).collect();

        let mut filter = None;
        scope.place = Place::Rows("WHERE");
        for part in select.prewhere.iter().chain(&select.filter) {
            let part = self.condition(&mut scope, part)?;
            filter = Some(and(filter, part));
        }
        let n_joins = scope.joins.len();
        let is_grouped = is_grouped(select);
        if is_grouped {
            self.groups(&mut scope, select)?;
        }

        scope.place = Place::Groups { has_windows: true };
        let columns = self.columns(&mut scope, select, &n_aliases)?;
        scope.n_seen_aliases = scope.aliases.len();
        scope.place = Place::Groups { has_windows: false };
        let having = self.group_condition(&mut scope, select.having.as_ref())?;
        scope.place = Place::Groups { has_windows: true };
        let qualify = self.group_condition(&mut scope, select.qualify.as_ref())?;

        let id = self.new_relation(&select.span)?;
        let mut values: Vec<ir::Expr> = columns.iter().map(|column| column.value.clone()).collect();
        let n_columns = values.len();
        let order = self.order(&mut scope, select, id, n_columns, &mut values)?;
        let limit_by = self.limit_by(&mut scope, select, id, n_columns, &mut values)?;
        let (limit, offset) = self.limits(select)?;

        let mut joins = std::mem::take(&mut scope.joins);
        let after = joins.split_off(n_joins);
        input = joins.into_iter().fold(input, unnested);
        if let Some(condition) = filter {
            self.note_bounds(&condition);
            input = Relation::Filter { input: Box::new(input), condition };
        }
        input = after.into_iter().fold(input, unnested);
        if let Some(Groups { id, keys, aggregates }) = scope.groups.take() {
            input = Relation::Aggregate { id, input: Box::new(input), keys, aggregates };
        }
        if let Some(condition) = having {
            input = Relation::Filter { input: Box::new(input), condition };
        }
        if let Some((id, functions)) = scope.window.take() {
            input = Relation::Window { id, input: Box::new(input), functions };
        }
        if let Some(condition) = qualify {
            input = Relation::Filter { input: Box::new(input), condition };
        }
        let mut root = Relation::Project { id, input: Box::new(input), values };
        if select.distinct {
            root = Relation::Distinct { input: Box::new(root) };
        }
        if !order.is_empty() {
            root = Relation::Sort { input: Box::new(root), by: order.clone() };
        }
        if let Some((by, offset, limit)) = limit_by {
            root = Relation::LimitBy { input: Box::new(root), by, order, offset, limit };
        }
        if limit.is_some() || offset > 0 {
            root = Relation::Limit { input: Box::new(root), offset, limit };
        }
        let is_json = columns.iter().map(|column| column.is_json).collect();
        let (mut names, mut outputs) = (Vec::with_capacity(n_columns), Vec::with_capacity(n_columns));
        for (index, Column { shown, name, value, .. }) in columns.into_iter().enumerate() {
            names.push(name);
            outputs.push(OutputColumn { name: shown, ty: value.ty, column: ColumnRef { relation: id, index } });
        }
        Ok(Rows { query: ir::Query { root, columns: outputs, limit, offset }, names, is_json })
    }

    /// `ARRAY JOIN`.
    fn array_join_clause(
        &mut self,
        scope: &mut Scope<'a>,
        input: Relation,
        array_join: &'a crate::ast::ArrayJoin,
        span: &Span,
    ) -> Result<Relation, HogqlError> {
        scope.place = Place::Rows("ARRAY JOIN");
        let id = self.new_relation(span)?;
        let (mut arrays, mut items) = (Vec::new(), Vec::new());
        for array in &array_join.arrays {
            let (expr, alias) = match &array.kind {
                ExprKind::Alias(expr, alias) => (&**expr, Some(alias.name.clone())),
                _ => (array, None),
            };
            let value = self.value(scope, expr)?;
            let Type::Array(item) = value.ty.clone() else {
                return Err(self.error(&expr.span, format!("ARRAY JOIN wants an array, not {}", value.ty)));
            };
            let name = alias.or_else(|| last_name(expr)).unwrap_or_else(|| self.source_text(expr));
            items.push(DerivedColumn {
                name,
                column: ColumnRef { relation: id, index: arrays.len() },
                ty: *item,
                is_json: false,
            });
            arrays.push(value);
        }
        // the items go before columns of the same name
        for source in &mut scope.sources {
            source.shared.extend(items.iter().map(|item| item.name.clone()));
        }
        scope.sources.push(Source::new(None, id, SourceKind::Columns(items)));
        Ok(Relation::ArrayJoin { id, input: Box::new(input), arrays, is_left: array_join.is_left })
    }

    /// The keys of `GROUP BY`.
    fn groups(&mut self, scope: &mut Scope<'a>, select: &'a Select) -> Result<(), HogqlError> {
        scope.place = Place::Rows("GROUP BY");
        let mut open: Vec<&'a Expr> = match &select.group_by {
            GroupBy::Exprs(exprs) => exprs.iter().rev().collect(),
            GroupBy::All => select.columns.iter().rev().filter(|expr| !has_groups(expr)).collect(),
        };
        let mut keys: Vec<ir::Expr> = Vec::new();
        while let Some(expr) = open.pop() {
            if let ExprKind::Tuple(items) = &expr.kind {
                open.extend(items.iter().rev());
                continue;
            }
            let expr = self.at_position(select, expr, "GROUP BY")?.unwrap_or(expr);
            let found = match &expr.kind {
                ExprKind::Star { table, except } => {
                    self.star(scope, table, except, &expr.span)?.into_iter().map(|(_, value)| value).collect()
                }
                _ => vec![self.value(scope, expr)?],
            };
            for key in found {
                let key = if is_flag(&key) { plain(key) } else { key };
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        let id = self.new_relation(&select.span)?;
        scope.groups = Some(Groups { id, keys, aggregates: Vec::new() });
        Ok(())
    }

    /// The column that a whole number in `GROUP BY` and `ORDER BY` stands for.
    fn at_position(&self, select: &'a Select, expr: &'a Expr, clause: &str) -> Result<Option<&'a Expr>, HogqlError> {
        let ExprKind::Literal(Literal::Int(number)) = expr.kind else { return Ok(None) };
        let position = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        match position.and_then(|position| select.columns.get(position)) {
            Some(column) => Ok(Some(column)),
            None => {
                let message =
                    format!("{clause} {number} stands for a column of the list, which has {}", select.columns.len());
                Err(self.error(&expr.span, message))
            }
        }
    }

    /// The list of columns.
    fn columns(
        &mut self,
        scope: &mut Scope<'a>,
        select: &'a Select,
        n_aliases: &[usize],
    ) -> Result<Vec<Column>, HogqlError> {
        let mut columns = Vec::with_capacity(select.columns.len());
        for (expr, n_seen) in select.columns.iter().zip(n_aliases) {
            scope.n_seen_aliases = *n_seen;
            match &expr.kind {
                ExprKind::Star { table, except } => {
                    for (name, value) in self.star(scope, table, except, &expr.span)? {
                        columns.push(self.column(scope, name.clone(), name, value, &expr.span)?);
                    }
                }
                ExprKind::Columns(pattern) => {
                    let pattern = regex::Regex::new(pattern).map_err(|error| {
                        self.error(&expr.span, format!("COLUMNS wants a regular expression: {error}"))
                    })?;
                    for (name, value) in self.star(scope, &[], &[], &expr.span)? {
                        if pattern.is_match(&name) {
                            columns.push(self.column(scope, name.clone(), name, value, &expr.span)?);
                        }
                    }
                }
                ExprKind::Alias(inner, Identifier { name, .. }) => {
                    let value = self.open_alias(scope, inner)?;
                    columns.push(self.column(scope, name.clone(), name.clone(), value, &inner.span)?);
                }
                _ => {
                    let value = self.value(scope, expr)?;
                    let shown = self.shown_name(scope, expr);
                    let name = last_name(expr).unwrap_or_else(|| shown.clone());
                    columns.push(self.column(scope, shown, name, value, &expr.span)?);
                }
            }
        }
        if columns.is_empty() {
            return Err(self.error(&select.span, "there is no column to select"));
        }
        Ok(columns)
    }

    /// The value of a column that has a name, within which the name does not mean itself.
    fn open_alias(&mut self, scope: &mut Scope<'a>, value: &'a Expr) -> Result<ir::Expr, HogqlError> {
        let position = scope.aliases.iter().position(|alias| std::ptr::eq(alias.value, value));
        scope.open_aliases.extend(position);
        let resolved = self.value(scope, value);
        if position.is_some() {
            scope.open_aliases.pop();
        }
        resolved
    }

    fn column(
        &self,
        scope: &Scope<'a>,
        shown: String,
        name: String,
        value: ir::Expr,
        span: &Span,
    ) -> Result<Column, HogqlError> {
        if matches!(value.ty.without_null(), Type::Interval(_)) {
            return Err(self.error(span, "an interval cannot be shown; add it to a date"));
        }
        let is_json = self.is_json(scope, &value);
        let value = if is_flag(&value) { plain(value) } else { value };
        let value = self.over_groups(scope, value, span)?;
        Ok(Column { shown, name, value, is_json })
    }

    /// What a column without a name is called in the answer: as it is written, a column of a table without the table.
    fn shown_name(&self, scope: &Scope<'a>, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Name(parts)
                if parts.len() == 2 && scope.sources.iter().any(|source| source.is_called(&parts[0].name)) =>
            {
                parts[1].name.clone()
            }
            _ => self.source_text(expr),
        }
    }

    fn source_text(&self, expr: &Expr) -> String {
        self.text.get(expr.span.clone()).map_or_else(|| crate::print::expression(expr), str::to_owned)
    }

    fn group_condition(
        &mut self,
        scope: &mut Scope<'a>,
        condition: Option<&'a Expr>,
    ) -> Result<Option<ir::Expr>, HogqlError> {
        let Some(condition) = condition else { return Ok(None) };
        let value = self.condition(scope, condition)?;
        self.over_groups(scope, value, &condition.span).map(Some)
    }

    /// `ORDER BY`, by columns of the projection; what is no column of the list is added to it.
    fn order(
        &mut self,
        scope: &mut Scope<'a>,
        select: &'a Select,
        id: ir::RelationId,
        n_columns: usize,
        values: &mut Vec<ir::Expr>,
    ) -> Result<Vec<SortKey>, HogqlError> {
        let mut keys = Vec::with_capacity(select.order_by.len());
        for key in &select.order_by {
            let expr = self.at_position(select, &key.expr, "ORDER BY")?.unwrap_or(&key.expr);
            if let Some(index) = listed(select, expr, n_columns) {
                let value = column(ColumnRef { relation: id, index }, values[index].ty.clone());
                keys.push(sort_key(value, key));
                continue;
            }
            let value = self.value(scope, expr)?;
            let value = self.over_groups(scope, plain(value), &expr.span)?;
            let value = self.projected(select, id, n_columns, values, value, &expr.span)?;
            keys.push(sort_key(value, key));
        }
        Ok(keys)
    }

    /// A value as one of the projection: a column of it, or made of its columns where each row stands once.
    fn projected(
        &self,
        select: &Select,
        id: ir::RelationId,
        n_columns: usize,
        values: &mut Vec<ir::Expr>,
        value: ir::Expr,
        span: &Span,
    ) -> Result<ir::Expr, HogqlError> {
        let reference = |index: usize, value: &ir::Expr| column(ColumnRef { relation: id, index }, value.ty.clone());
        if select.distinct {
            return replace(value, &mut |inner| {
                if let Some(index) = values[..n_columns].iter().position(|known| known == inner) {
                    return Ok(Some(reference(index, inner)));
                }
                match inner.kind {
                    ir::ExprKind::Column(_) => {
                        Err(self.error(span, "with DISTINCT, rows are ordered by columns of the list alone"))
                    }
                    _ => Ok(None),
                }
            });
        }
        let index = values.iter().position(|known| *known == value).unwrap_or_else(|| {
            values.push(value.clone());
            values.len() - 1
        });
        Ok(reference(index, &value))
    }

    fn limit_by(
        &mut self,
        scope: &mut Scope<'a>,
        select: &'a Select,
        id: ir::RelationId,
        n_columns: usize,
        values: &mut Vec<ir::Expr>,
    ) -> Result<Option<(Vec<ir::Expr>, u64, u64)>, HogqlError> {
        let Some(limit_by) = &select.limit_by else { return Ok(None) };
        let limit = self.count(&limit_by.limit, "LIMIT")?;
        let offset = limit_by.offset.as_ref().map(|offset| self.count(offset, "OFFSET")).transpose()?;
        let mut by = Vec::with_capacity(limit_by.by.len());
        for expr in &limit_by.by {
            let value = self.value(scope, expr)?;
            let value = if is_flag(&value) { plain(value) } else { value };
            let value = self.over_groups(scope, value, &expr.span)?;
            by.push(self.projected(select, id, n_columns, values, value, &expr.span)?);
        }
        Ok(Some((by, offset.unwrap_or(0), limit)))
    }

    fn limits(&mut self, select: &'a Select) -> Result<(Option<u64>, u64), HogqlError> {
        if select.with_ties {
            return Err(
                self.error(&select.span, "WITH TIES is not known; use rank() OVER (ORDER BY …) in a query in FROM")
            );
        }
        let limit = select.limit.as_ref().map(|limit| self.count(limit, "LIMIT")).transpose()?;
        let offset = select.offset.as_ref().map(|offset| self.count(offset, "OFFSET")).transpose()?;
        Ok((limit, offset.unwrap_or(0)))
    }

    /// A constant number of rows.
    fn count(&mut self, expr: &'a Expr, clause: &'static str) -> Result<u64, HogqlError> {
        let value = self.value(&mut Scope::new(clause), expr)?;
        let count = constant_int(&value).and_then(|number| u64::try_from(number).ok());
        count.ok_or_else(|| {
            self.error(&expr.span, format!("{clause} wants a whole number that is a constant, not below 0"))
        })
    }
}

/// Whether a `SELECT` has groups: keys, or an aggregate somewhere.
pub(crate) fn is_grouped(select: &Select) -> bool {
    let has_keys = match &select.group_by {
        GroupBy::Exprs(keys) => !keys.is_empty(),
        GroupBy::All => true,
    };
    let mut later = select.having.iter().chain(&select.qualify).chain(select.order_by.iter().map(|key| &key.expr));
    has_keys
        || select.columns.iter().any(has_aggregate)
        || later.any(has_aggregate)
        || select.windows.iter().any(|(_, spec)| {
            spec.partition_by.iter().chain(spec.order_by.iter().map(|key| &key.expr)).any(has_aggregate)
        })
}

/// Which column of the list a value with a query in it is, where it is written as that is: each query has relations of its own, so that
/// two that mean the same are not seen to be the same any more once they are resolved.
fn listed(select: &Select, expr: &Expr, n_columns: usize) -> Option<usize> {
    let is_query = |inner: &Expr| match &inner.kind {
        ExprKind::Subquery(_) | ExprKind::Exists(_) => true,
        ExprKind::In { set, .. } => matches!(set, InSet::Query(_)),
        _ => false,
    };
    syntax::find(expr, &is_query)?;
    let text = print::expression(expr);
    let is_written_so = |column: &Expr| match &column.kind {
        ExprKind::Alias(value, _) => print::expression(value) == text,
        _ => print::expression(column) == text,
    };
    (select.columns.len() == n_columns).then(|| select.columns.iter().position(is_written_so))?
}

fn has_aggregate(expr: &Expr) -> bool {
    syntax::find(expr, &syntax::is_aggregate).is_some()
}

/// Whether a value is of groups or windows.
fn has_groups(expr: &&Expr) -> bool {
    syntax::find(expr, &|inner| syntax::is_aggregate(inner) || syntax::is_window(inner)).is_some()
}

/// The last part of a name.
fn last_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(parts) => parts.last().map(|part| part.name.clone()),
        ExprKind::Index(_, index) => match &index.kind {
            ExprKind::Literal(Literal::String(name)) => Some(name.clone()),
            _ => None,
        },
        ExprKind::Alias(_, name) => Some(name.name.clone()),
        _ => None,
    }
}

/// A row for each item of an array.
fn unnested(input: Relation, (id, array): (ir::RelationId, ir::Expr)) -> Relation {
    Relation::ArrayJoin { id, input: Box::new(input), arrays: vec![array], is_left: false }
}
