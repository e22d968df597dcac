//! `{filters}`: what stands for it in a query.

use chrono::{DateTime, Utc};
use hogql::ast::{
    BinaryOperator, Expr, ExprKind, From, Identifier, Literal, Query, Select, Span, TableExpr, TableSource,
};
use hogql::error::HogqlError;
use hogql::walk::{self, Rewriter};

use crate::answer::QueryContext;
use crate::error::QueryError;
use crate::expressions::refusal;
use crate::hogql::compose;
use crate::nodes::HogqlFilters;
use crate::predicate::Predicate;

/// Puts the filters where the query asks for them, and says what its condition 0 stands for.
///
/// # Errors
/// [`QueryError::Invalid`] where they stand in a `SELECT` that reads no events, or where part of them is asked for that cannot be given.
pub(super) fn put_in(
    query: Query,
    filters: &HogqlFilters,
    text: &str,
    context: &QueryContext,
) -> Result<(Query, Predicate), QueryError> {
    let range = filters.date_range.unwrap_or_default();
    let condition = filters.properties.of_query(filters.filters_test_accounts, context)?;
    let mut placer = Placer {
        text,
        from: range.from.and_then(|from| from.instant(context)),
        to: range.to.map(|to| to.instant(context)),
        has_condition: condition != Predicate::ALWAYS,
        events: Vec::new(),
    };
    let mut query = query;
    walk::walk_query(&mut placer, &mut query).map_err(|error| refusal("query", &error))?;
    Ok((query, condition))
}

struct Placer<'a> {
    text: &'a str,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    has_condition: bool,
    /// The names of the table of events in the queries around, the innermost last; `None` in one that reads none.
    events: Vec<Option<String>>,
}

/// A part of the filters.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Whole,
    From,
    To,
}

impl Placer<'_> {
    /// Which part of the filters `expr` asks for, where it does.
    fn part(&self, expr: &Expr) -> Result<Option<Part>, HogqlError> {
        let ExprKind::Placeholder(names) = &expr.kind else { return Ok(None) };
        let names: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
        Ok(Some(match names.as_slice() {
            ["filters"] => Part::Whole,
            ["filters", "dateRange", "from"] => Part::From,
            ["filters", "dateRange", "to"] => Part::To,
            _ => {
                let message = format!(
                    "there is no {{{}}}: the parts of filters are {{filters}}, {{filters.dateRange.from}} and {{filters.dateRange.to}}",
                    names.join(".")
                );
                return Err(self.error(&expr.span, message));
            }
        }))
    }

    fn date(&self, part: Part) -> Option<DateTime<Utc>> {
        match part {
            Part::Whole => None,
            Part::From => self.from,
            Part::To => self.to,
        }
    }

    /// All of the filters, as a condition on the innermost query's events.
    fn whole(&self, span: &Span) -> Result<Expr, HogqlError> {
        let Some(Some(table)) = self.events.last() else {
            let message = "{filters} can only stand in a SELECT that reads the events table";
            return Err(self.error(span, message));
        };
        let names = [table.as_str(), "timestamp"];
        let timestamp = || Expr {
            kind: ExprKind::Name(names.map(|name| Identifier { name: name.to_owned(), span: span.clone() }).into()),
            span: span.clone(),
        };
        let bound = |operator, date: Option<DateTime<Utc>>| {
            date.map(|date| compose::binary(operator, timestamp(), compose::instant(date, span)))
        };
        let condition = self.has_condition.then(|| Expr { kind: ExprKind::Condition(0), span: span.clone() });
        let parts =
            [bound(BinaryOperator::GreaterOrEquals, self.from), bound(BinaryOperator::Less, self.to), condition];
        Ok(compose::all(parts.into_iter().flatten()).unwrap_or_else(|| compose::always(span)))
    }

    /// Whether `expr` compares something with a date of the filters that they do not have: such a comparison holds.
    fn is_unbounded_comparison(&self, expr: &Expr) -> Result<bool, HogqlError> {
        let ExprKind::Binary(operator, left, right) = &expr.kind else { return Ok(false) };
        let mut is_unbounded = false;
        for side in [left, right] {
            let missing = self.part(side)?.is_some_and(|part| part != Part::Whole && self.date(part).is_none());
            is_unbounded |= missing && is_comparison(*operator);
        }
        Ok(is_unbounded)
    }

    fn error(&self, span: &Span, message: impl Into<String>) -> HogqlError {
        HogqlError::at(self.text, span.start, message)
    }
}

impl Rewriter for Placer<'_> {
    fn select(&mut self, select: &mut Select) -> Result<(), HogqlError> {
        self.events.push(select.from.as_ref().and_then(events_name));
        let walked = walk::walk_select(self, select);
        self.events.pop();
        walked
    }

    fn expr(&mut self, expr: &mut Expr) -> Result<(), HogqlError> {
        if self.is_unbounded_comparison(expr)? {
            expr.kind = ExprKind::Literal(Literal::Bool(true));
            return Ok(());
        }
        let Some(part) = self.part(expr)? else { return walk::walk_expr(self, expr) };
        if part == Part::Whole {
            *expr = self.whole(&expr.span)?;
            return Ok(());
        }
        let Some(date) = self.date(part) else {
            let message = "the filters have no such date: compare it with something directly, such as timestamp >= {filters.dateRange.from}, \
                           which then holds";
            return Err(self.error(&expr.span, message));
        };
        *expr = compose::instant(date, &expr.span);
        Ok(())
    }
}

fn is_comparison(operator: BinaryOperator) -> bool {
    use BinaryOperator::{Equals, Greater, GreaterOrEquals, Less, LessOrEquals, NotEquals};
    matches!(operator, Equals | NotEquals | Less | LessOrEquals | Greater | GreaterOrEquals)
}

/// The name of the first table of events.
fn events_name(from: &From) -> Option<String> {
    let tables = std::iter::once(&from.first).chain(from.joins.iter().map(|join| &join.table));
    tables
        .filter(|table| is_events(table))
        .map(|table| table.alias.as_ref().map_or("events", |alias| &alias.name).to_owned())
        .next()
}

fn is_events(table: &TableExpr) -> bool {
    matches!(&table.source, TableSource::Name(parts) if matches!(parts.as_slice(), [name] if name.name.eq_ignore_ascii_case("events")))
}

#[cfg(test)]
mod tests;
