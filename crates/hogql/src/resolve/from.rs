//! Where rows come from: tables, queries, joins.

use crate::ast::{self, Expr, Identifier, JoinConstraint, Span, TableExpr, TableSource};
use crate::error::HogqlError;
use crate::functions::nearest;
use crate::ir::{self, JoinKind, Relation, RelationId, RowBounds};
use crate::resolve::constants::constant_int;
use crate::resolve::convert::call;
use crate::resolve::operators::and;
use crate::resolve::rewrite::{no_column, visible};
use crate::resolve::scope::{DerivedColumn, Place, Scope, Source, SourceKind};
use crate::resolve::{Resolver, TableState};
use crate::tables::Table;
use crate::types::Type;

/// A query, resolved.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) query: ir::Query,
    /// By what names its columns are asked for in a query around.
    pub(super) names: Vec<String>,
    /// Which of them are JSON that names can go into.
    pub(super) is_json: Vec<bool>,
}

/// What a name of `WITH` stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct CommonTable<'a> {
    name: &'a str,
    table: &'a ast::CommonTable,
}

/// The tables that there are, by name.
const TABLES: [(&str, Table); 12] = [
    ("events", Table::Events),
    ("persons", Table::Persons),
    ("raw_persons", Table::Persons),
    ("person_distinct_ids", Table::PersonDistinctIds),
    ("raw_person_distinct_ids", Table::PersonDistinctIds),
    ("groups", Table::Groups),
    ("raw_groups", Table::Groups),
    ("sessions", Table::Sessions),
    ("cohort_people", Table::CohortPeople),
    ("raw_cohort_people", Table::CohortPeople),
    ("cohorts", Table::Cohorts),
    ("logs", Table::Logs),
];

/// What conditions of joins are called in errors.
pub(super) const PLACE_OF_JOIN: &str = "the condition of a JOIN";

impl<'a> Resolver<'a> {
    /// A query of any kind.
    pub(super) fn query(&mut self, query: &'a ast::Query) -> Result<Rows, HogqlError> {
        match query {
            ast::Query::Select(select) => self.deeper(&select.span, |resolver| resolver.select(select)),
            ast::Query::SetOperation { first, rest } => self.set_operation(first, rest),
        }
    }

    /// A query that stands in a value. It cannot ask the rows around it.
    pub(super) fn inner_query(&mut self, scope: &Scope<'a>, query: &'a ast::Query) -> Result<Rows, HogqlError> {
        if let Some(known) = self.inner_queries.get(&std::ptr::from_ref(query)) {
            return Ok(known.clone());
        }
        let n_outer = self.outer_tables.len();
        self.outer_tables.extend(scope.sources.iter().filter_map(|source| source.name.clone()));
        let rows = self.query(query);
        self.outer_tables.truncate(n_outer);
        self.inner_queries.insert(query, rows.as_ref().map_err(Clone::clone)?.clone());
        rows
    }

    /// Makes the names of a `WITH` known; the number of those before, to go back to.
    pub(super) fn add_common_tables(&mut self, with: &'a [(Identifier, ast::CommonTable)]) -> usize {
        let before = self.common_tables.len();
        self.common_tables.extend(with.iter().map(|(name, table)| CommonTable { name: &name.name, table }));
        before
    }

    /// Forgets the names of a `WITH`.
    pub(super) fn drop_common_tables(&mut self, before: usize) {
        self.common_tables.truncate(before);
    }

    /// The value of that name, and its position among all names of `WITH`.
    pub(super) fn find_common_value(&self, name: &str) -> Option<(usize, &'a Expr)> {
        self.common_tables.iter().enumerate().rev().find_map(|(position, common)| match common.table {
            ast::CommonTable::Value(value) if common.name == name => Some((position, value)),
            _ => None,
        })
    }

    /// The rows of `FROM`.
    pub(super) fn from(&mut self, scope: &mut Scope<'a>, from: &'a ast::From) -> Result<Relation, HogqlError> {
        let mut left = self.table(scope, &from.first)?;
        for join in &from.joins {
            left = self.join(scope, left, join)?;
        }
        Ok(left)
    }

    /// One table, whose columns are known from now on.
    fn table(&mut self, scope: &mut Scope<'a>, table: &'a TableExpr) -> Result<Relation, HogqlError> {
        if let Some(sample) = &table.sample {
            return Err(self.error(&sample.span, "SAMPLE is not read: all events are counted, exactly"));
        }
        let alias = table.alias.as_ref().map(|alias| alias.name.clone());
        match &table.source {
            TableSource::Query(query) => self.derived(scope, query, alias, table),
            TableSource::Placeholder(placeholder) => {
                Err(self.error(&placeholder.span, "nothing is given for this placeholder"))
            }
            TableSource::Function { name, args } => {
                let source = self.table_function(name, args, &table.span)?;
                self.stored(scope, source, alias.unwrap_or_else(|| name.name.clone()), table)
            }
            TableSource::Name(parts) => {
                let last = parts.last().ok_or_else(|| self.error(&table.span, "a table is wanted here"))?;
                if let [only] = parts.as_slice()
                    && let Some((position, query)) = self.find_common_table(&only.name)
                {
                    // what stands later cannot be seen from there, and no table can be seen from itself
                    let later = self.common_tables.split_off(position);
                    let relation = self.derived(scope, query, Some(alias.unwrap_or_else(|| only.name.clone())), table);
                    self.common_tables.extend(later);
                    return relation;
                }
                let is_known_schema = match parts.as_slice() {
                    [_] => true,
                    [schema, _] => schema.name == "system" && last.name == "cohorts",
                    _ => false,
                };
                let found = TABLES.iter().find(|(name, _)| is_known_schema && *name == last.name);
                let Some((_, source)) = found else { return Err(self.unknown_table(parts, &table.span)) };
                self.stored(scope, source.clone(), alias.unwrap_or_else(|| last.name.clone()), table)
            }
        }
    }

    fn find_common_table(&self, name: &str) -> Option<(usize, &'a ast::Query)> {
        self.common_tables.iter().enumerate().rev().find_map(|(position, common)| match common.table {
            ast::CommonTable::Query(query) if common.name == name => Some((position, query)),
            _ => None,
        })
    }

    fn unknown_table(&self, parts: &[Identifier], span: &Span) -> HogqlError {
        let name: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        let name = name.join(".");
        if name == "numbers" {
            return self.error(span, "numbers is a function: write numbers(10)");
        }
        let known = TABLES.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("raw_"));
        let known: Vec<&str> = known.chain(self.common_tables.iter().map(|common| common.name)).collect();
        let near = nearest(&name, known.iter().copied());
        let hint = match near.is_empty() {
            true => format!("there are {}", known.join(", ")),
            false => format!("did you mean {}?", near.join(" or ")),
        };
        self.error(span, format!("there is no table {name}; {hint}"))
    }

    fn table_function(&mut self, name: &'a Identifier, args: &'a [Expr], span: &Span) -> Result<Table, HogqlError> {
        if name.name != "numbers" {
            let message = match TABLES.iter().any(|(known, _)| *known == name.name) {
                true => format!("{0} is a table, not a function: write it without brackets", name.name),
                false => format!("there is no table function {}; there is numbers", name.name),
            };
            return Err(self.error(&name.span, message));
        }
        let mut bounds = Vec::with_capacity(2);
        let mut empty = Scope::new("the arguments of numbers");
        for arg in args {
            let value = self.value(&mut empty, arg)?;
            let bound = constant_int(&value).and_then(|number| u64::try_from(number).ok());
            bounds.push(bound.ok_or_else(|| self.error(&arg.span, "numbers wants whole numbers that are constants"))?);
        }
        match bounds.as_slice() {
            [n] => Ok(Table::Numbers { first: 0, n: *n }),
            [first, n] if first.checked_add(*n).is_some_and(|end| i64::try_from(end).is_ok()) => {
                Ok(Table::Numbers { first: *first, n: *n })
            }
            [_, _] => Err(self.error(span, "these numbers are too large")),
            bounds => Err(self.error(span, format!("numbers takes 1 or 2 arguments, not {}", bounds.len()))),
        }
    }

    /// A table of the project's.
    fn stored(
        &mut self,
        scope: &mut Scope<'a>,
        table: Table,
        name: String,
        expr: &TableExpr,
    ) -> Result<Relation, HogqlError> {
        if let Some(alias) = expr.column_aliases.first() {
            return Err(self.error(&alias.span, "columns can be given names for a query in FROM alone"));
        }
        let id = self.new_relation(&expr.span)?;
        self.tables.insert(id, TableState::default());
        self.add_source(scope, Source::new(Some(name), id, SourceKind::Table(table.clone())), &expr.span)?;
        Ok(Relation::Table { id, table, columns: Vec::new(), bounds: RowBounds::default() })
    }

    /// The rows of a query.
    fn derived(
        &mut self,
        scope: &mut Scope<'a>,
        query: &'a ast::Query,
        name: Option<String>,
        expr: &TableExpr,
    ) -> Result<Relation, HogqlError> {
        let Rows { query, mut names, is_json } = self.query(query)?;
        if !expr.column_aliases.is_empty() {
            if expr.column_aliases.len() != names.len() {
                let message = format!(
                    "the query has {} columns, and {} names are given for them",
                    names.len(),
                    expr.column_aliases.len()
                );
                return Err(self.error(&expr.span, message));
            }
            names = expr.column_aliases.iter().map(|alias| alias.name.clone()).collect();
        }
        let id = query.columns.first().map_or(RelationId(u32::MAX), |column| column.column.relation);
        let columns = query.columns.into_iter().zip(names).zip(is_json);
        let columns = columns
            .map(|((column, name), is_json)| DerivedColumn { name, column: column.column, ty: column.ty, is_json })
            .collect();
        self.add_source(scope, Source::new(name, id, SourceKind::Columns(columns)), &expr.span)?;
        Ok(query.root)
    }

    fn add_source(&self, scope: &mut Scope<'a>, source: Source, span: &Span) -> Result<(), HogqlError> {
        if let Some(name) = &source.name
            && scope.sources.iter().any(|known| known.is_called(name))
        {
            return Err(self.error(span, format!("two tables are called {name}; give one another name with AS")));
        }
        scope.sources.push(source);
        Ok(())
    }

    fn join(&mut self, scope: &mut Scope<'a>, left: Relation, join: &'a ast::Join) -> Result<Relation, HogqlError> {
        let span = &join.table.span;
        let n_left = scope.sources.len();
        let right = self.table(scope, &join.table)?;
        let mut kind = match join.kind {
            ast::JoinKind::Inner => JoinKind::Inner,
            ast::JoinKind::Left => JoinKind::Left,
            ast::JoinKind::Right => JoinKind::Right,
            ast::JoinKind::Full => JoinKind::Full,
            ast::JoinKind::Cross => JoinKind::Cross,
            ast::JoinKind::Semi => JoinKind::Semi,
            ast::JoinKind::Anti => JoinKind::Anti,
            ast::JoinKind::AnyInner => JoinKind::AnyInner,
            ast::JoinKind::AnyLeft => JoinKind::AnyLeft,
            ast::JoinKind::AsofInner | ast::JoinKind::AsofLeft => {
                return Err(
                    self.error(span, "ASOF JOIN is not known; join on equal values, and take the nearest with argMax")
                );
            }
        };
        let (mut on, mut condition) = (Vec::new(), None);
        match &join.constraint {
            JoinConstraint::None if matches!(kind, JoinKind::Inner | JoinKind::Cross) => kind = JoinKind::Cross,
            JoinConstraint::None => return Err(self.error(span, "this join wants a condition: ON …")),
            JoinConstraint::On(expr) => {
                scope.place = Place::Rows(PLACE_OF_JOIN);
                let resolved = self.condition(scope, expr)?;
                let (mut left_ids, mut right_ids) = (Vec::new(), Vec::new());
                visible(&left, &mut left_ids);
                visible(&right, &mut right_ids);
                split(resolved, &left_ids, &right_ids, &mut on, &mut condition);
                if on.is_empty() && matches!(kind, JoinKind::AnyInner | JoinKind::AnyLeft) {
                    return Err(self.error(&expr.span, "an ANY JOIN wants values of both tables that are equal"));
                }
                if kind == JoinKind::Cross {
                    kind = JoinKind::Inner;
                }
            }
            JoinConstraint::Using(names) => {
                on = self.using(scope, n_left, kind, names)?;
                if kind == JoinKind::Cross {
                    kind = JoinKind::Inner;
                }
            }
        }
        match kind {
            JoinKind::Left | JoinKind::AnyLeft => scope.sources[n_left].is_nullable = true,
            JoinKind::Right => scope.sources[..n_left].iter_mut().for_each(|source| source.is_nullable = true),
            JoinKind::Full => scope.sources.iter_mut().for_each(|source| source.is_nullable = true),
            JoinKind::Semi | JoinKind::Anti => scope.sources.truncate(n_left),
            JoinKind::Inner | JoinKind::Cross | JoinKind::AnyInner => {}
        }
        Ok(Relation::Join { left: Box::new(left), right: Box::new(right), kind, on, condition })
    }

    /// Columns that both sides have under one name, and that are equal.
    fn using(
        &mut self,
        scope: &mut Scope<'a>,
        n_left: usize,
        kind: JoinKind,
        names: &'a [Identifier],
    ) -> Result<Vec<(ir::Expr, ir::Expr)>, HogqlError> {
        if kind == JoinKind::Full {
            return Err(self.error(&names[0].span, "a FULL JOIN wants ON: USING does not say whose column is meant"));
        }
        let right = scope.sources.pop().expect("the table on the right has just been added");
        let mut on = Vec::with_capacity(names.len());
        for name in names {
            let left = self.plain_name(scope, name)?;
            let mut alone = Scope::new("USING");
            std::mem::swap(&mut alone.sources, &mut scope.sources);
            scope.sources.push(Source {
                kind: clone_kind(&right.kind),
                ..Source::new(right.name.clone(), right.id, SourceKind::Columns(Vec::new()))
            });
            let found = self.plain_name(scope, name);
            std::mem::swap(&mut alone.sources, &mut scope.sources);
            on.push(self.comparable(left, found?, &name.span)?);
        }
        scope.sources.push(right);
        let hidden = names.iter().map(|name| name.name.clone());
        if kind == JoinKind::Right {
            let hidden: Vec<String> = hidden.collect();
            scope.sources[..n_left].iter_mut().for_each(|source| source.shared.extend(hidden.iter().cloned()));
        } else {
            scope.sources[n_left].shared.extend(hidden);
        }
        Ok(on)
    }
}

fn clone_kind(kind: &SourceKind) -> SourceKind {
    match kind {
        SourceKind::Table(table) => SourceKind::Table(table.clone()),
        SourceKind::Columns(columns) => SourceKind::Columns(columns.clone()),
    }
}

/// Takes a condition apart: equal values of both sides, and what holds besides.
fn split(
    condition: ir::Expr,
    left: &[RelationId],
    right: &[RelationId],
    on: &mut Vec<(ir::Expr, ir::Expr)>,
    rest: &mut Option<ir::Expr>,
) {
    let of = |expr: &ir::Expr, ids: &[RelationId], others: &[RelationId]| {
        no_column(expr, |column| others.contains(&column.relation))
            && !no_column(expr, |column| ids.contains(&column.relation))
    };
    match condition.kind {
        ir::ExprKind::Call { function: "and", args } => {
            args.into_iter().for_each(|part| split(part, left, right, on, rest));
        }
        ir::ExprKind::Call { function: "equals", args } => {
            let [one, other] = <[ir::Expr; 2]>::try_from(args).expect("comparisons have two sides");
            if of(&one, left, right) && of(&other, right, left) {
                on.push((one, other));
            } else if of(&one, right, left) && of(&other, left, right) {
                on.push((other, one));
            } else {
                *rest = Some(and(rest.take(), call("equals", vec![one, other], Type::Bool)));
            }
        }
        kind => *rest = Some(and(rest.take(), ir::Expr { kind, ty: condition.ty })),
    }
}
