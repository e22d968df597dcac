//! From syntax tree to relations: names, types, aggregates, windows.

mod aggregates;
mod bounds;
mod calls;
mod columns;
pub(crate) mod constants;
mod convert;
mod from;
mod lambdas;
mod names;
mod operators;
mod rewrite;
mod scope;
mod select;
mod sets;
mod special;
mod sugar;
pub(crate) mod syntax;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use self::from::{CommonTable, Rows};
use self::scope::{Scope, Source, SourceKind};
pub(crate) use self::select::is_grouped;
use crate::ast;
use crate::error::HogqlError;
use crate::expression::Expression;
use crate::ir::{self, RelationId, RowBounds};
use crate::print;
use crate::tables::{Table, TableColumn};
use crate::types::Type;

/// How many relations a query may have, common tables counted wherever they are used.
const MAX_RELATIONS: u32 = 500;

/// How many values a query may have, names of values counted wherever they are used.
const MAX_VALUES: usize = 50_000;

/// How many values may be written twice, as the value of `BETWEEN` is: what is in one another doubles each time.
const MAX_COPIES: usize = 300_000;

/// How high the tree of a named value may be.
const MAX_HEIGHT: usize = 300;

/// How deep values and queries may be in one another, names of values counted as what they stand for.
const MAX_DEPTH: usize = 80;

/// What a text means depends on these besides itself.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The project's time zone.
    pub timezone: Tz,
    /// Whether the project's weeks begin on Monday, not Sunday.
    pub weeks_start_monday: bool,
    /// What `now()` is.
    pub now: DateTime<Utc>,
    /// The project's cohorts: ids and names.
    pub cohorts: BTreeMap<i64, String>,
    /// The names of the project's group types, by index.
    pub group_types: Vec<String>,
}

/// Finds out what `query` computes.
///
/// # Errors
/// For a name that there is not, a type that does not fit, an aggregate where none can stand; at the position of it in `text`.
pub fn resolve_query(query: &ast::Query, text: &str, environment: &Environment) -> Result<ir::Query, HogqlError> {
    let mut resolver = Resolver::new(text, environment);
    let mut query = resolver.query(query)?.query;
    resolver.fill_tables_of_query(&mut query);
    Ok(query)
}

/// Finds out what `expression` is of one event. Aggregates and subqueries are refused.
///
/// # Errors
/// As [`resolve_query`].
pub fn resolve_expression(
    expression: &ast::Expr,
    text: &str,
    environment: &Environment,
) -> Result<Expression, HogqlError> {
    let mut resolver = Resolver::new(text, environment);
    if let Some(subquery) = syntax::find(expression, &|expr| syntax::is_subquery(expr)) {
        return Err(resolver.error(&subquery.span, "a query cannot stand here, only a value of one event"));
    }
    let mut scope = Scope::new("an expression of one event");
    let id = Expression::RELATION;
    resolver.next_relation = id.0 + 1;
    resolver.tables.insert(id, TableState::default());
    scope.sources.push(Source::new(Some("events".to_owned()), id, SourceKind::Table(Table::Events)));
    scope.add_aliases_of(expression);
    let value = resolver.value(&mut scope, expression)?;
    if !scope.joins.is_empty() {
        return Err(resolver.error(&expression.span, "arrayJoin cannot stand here, it makes several rows of one"));
    }
    let value = convert::without_person(value);
    let columns = resolver.tables.remove(&id).map(|state| state.columns).unwrap_or_default();
    let columns = columns
        .into_iter()
        .map(|(column, ty)| match column {
            TableColumn::Event(column) => (column, ty),
            _ => unreachable!("the events table has columns of its own alone"),
        })
        .collect();
    Ok(Expression { text: print::expression(expression), columns, value })
}

/// What is found out while a query is read.
struct Resolver<'a> {
    text: &'a str,
    environment: &'a Environment,
    next_relation: u32,
    n_values: usize,
    n_copies: Cell<usize>,
    depth: usize,
    /// What is read of the tables. They stand in the tree without columns until all are known.
    tables: BTreeMap<RelationId, TableState>,
    /// Those of `WITH` that can be seen, the outermost first.
    common_tables: Vec<CommonTable<'a>>,
    /// The tables of the queries around that in values the current one stands in.
    outer_tables: Vec<String>,
    /// Queries that stand in values, by where they stand in the syntax tree: what is named twice is one value, with the same columns.
    inner_queries: HashMap<*const ast::Query, Rows>,
    /// The relations that such queries are changed by, for the same reason.
    changed_queries: HashMap<RelationId, RelationId>,
}

/// What is known of a table that is read.
#[derive(Debug, Default)]
struct TableState {
    columns: Vec<(TableColumn, Type)>,
    bounds: RowBounds,
}

impl<'a> Resolver<'a> {
    fn new(text: &'a str, environment: &'a Environment) -> Self {
        Self {
            text,
            environment,
            next_relation: 0,
            n_values: 0,
            n_copies: Cell::new(0),
            depth: 0,
            tables: BTreeMap::new(),
            common_tables: Vec::new(),
            outer_tables: Vec::new(),
            inner_queries: HashMap::new(),
            changed_queries: HashMap::new(),
        }
    }

    /// An error at the beginning of `span`.
    fn error(&self, span: &ast::Span, message: impl Into<String>) -> HogqlError {
        HogqlError::at(self.text, span.start, message)
    }

    fn new_relation(&mut self, span: &ast::Span) -> Result<RelationId, HogqlError> {
        if self.next_relation >= MAX_RELATIONS {
            let message = format!(
                "the query is too large: it has more than {MAX_RELATIONS} tables and steps, counting common tables wherever they are used"
            );
            return Err(self.error(span, message));
        }
        self.next_relation += 1;
        Ok(RelationId(self.next_relation - 1))
    }

    /// Goes one level deeper for `inner`.
    fn deeper<T>(
        &mut self,
        span: &ast::Span,
        inner: impl FnOnce(&mut Self) -> Result<T, HogqlError>,
    ) -> Result<T, HogqlError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error(span, format!("values and queries may be at most {MAX_DEPTH} deep in one another")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// A value once more. Copies are counted, since those of copies double.
    fn copy(&self, value: &ir::Expr, span: &ast::Span) -> Result<ir::Expr, HogqlError> {
        let (size, _) = rewrite::size_and_height(value);
        let n_copies = self.n_copies.get().saturating_add(size);
        self.n_copies.set(n_copies);
        if n_copies > MAX_COPIES {
            return Err(
                self.error(span, "the query is too large: it repeats too much; compute it once in a query in FROM")
            );
        }
        Ok(value.clone())
    }

    /// An error where a named value is too high a tree to be put into another one.
    fn check_height(&self, value: &ir::Expr, span: &ast::Span) -> Result<(), HogqlError> {
        let (_, height) = rewrite::size_and_height(value);
        if height > MAX_HEIGHT {
            let message = format!(
                "the value is nested too deep: at most {MAX_HEIGHT} levels, counting names as what they stand for"
            );
            return Err(self.error(span, message));
        }
        Ok(())
    }

    /// The column of a table, which is read from now on.
    fn table_column(&mut self, id: RelationId, column: TableColumn, ty: Type) -> ir::ColumnRef {
        let columns = &mut self.tables.entry(id).or_default().columns;
        let index = columns.iter().position(|(known, _)| *known == column).unwrap_or_else(|| {
            columns.push((column, ty));
            columns.len() - 1
        });
        ir::ColumnRef { relation: id, index }
    }
}
