//! `EventsQuery`: columns and conditions as texts, put together to a `SELECT` from the events.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use hogql::ast::{
    BinaryOperator, Expr, ExprKind, From, GroupBy, Identifier, InSet, OrderBy, Query, Select, TableExpr, TableSource,
};
use hogql::error::HogqlError;
use hogql::functions::{Kind, function};
use hogql::print;
use hogql::resolve::resolve_query;
use hogql::walk::{self, Rewriter};

use crate::answer::{Answer, HogqlAnswer, QueryContext};
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::expressions::environment;
use crate::hogql::compose::{self, Pieces};
use crate::hogql::{names_and_types, run, shape};
use crate::nodes::{EventsQuery, EventsSelect};
use crate::predicate::Predicate;
use crate::scan::EventSet;
use crate::source::EventSource;

/// How far an event may be in the future and still be shown where the query does not say: clocks differ.
const MAX_AHEAD: TimeDelta = TimeDelta::seconds(5);

/// How far back a query looks that does not say.
const DEFAULT_PAST: TimeDelta = TimeDelta::hours(24);

/// Properties that a person may be called by, the best first.
const NAME_PROPERTIES: [&str; 7] = ["email", "Email", "name", "Name", "username", "Username", "UserName"];

/// A query's `SELECT`, with what is needed to run it and to shape its rows.
#[derive(Debug)]
struct Composed {
    pieces: Pieces,
    syntax: Query,
    condition: Predicate,
    /// Whether the rows are in the order of their timestamps, so that the next page can begin with the last one's.
    is_by_time: bool,
}

/// Answers an `EventsQuery`: its rows.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &EventsQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let Composed { pieces, syntax, condition, is_by_time } = compose(query, context)?;
    let resolved =
        resolve_query(&syntax, pieces.text(), &environment(context)).map_err(|error| pieces.refusal(&error))?;
    let (names, types) = names_and_types(&resolved);
    let mut rows = run(resolved, vec![condition], (query.limit, query.offset), context, source, control).await?;
    let cursor = (is_by_time && rows.has_more).then(|| shape::last_timestamp(&query.select, &rows.rows)).flatten();
    for row in &mut rows.rows {
        shape::row(&query.select, row, context);
    }
    let columns = query.select.iter().zip(names).map(|(column, name)| match column {
        EventsSelect::Value(value) if matches!(value.syntax().kind, ExprKind::Alias(..)) => name,
        column => column.text().to_owned(),
    });
    Ok(Answer {
        results: rows.rows.into_iter().map(serde_json::Value::Array).collect(),
        columns: Some(columns.collect()),
        types: Some(types.into()),
        has_more: Some(rows.has_more),
        resolved_date_range: None,
        hogql: Some(HogqlAnswer {
            text: print::query(&syntax),
            limit: Some(query.limit),
            offset: Some(query.offset),
            next_cursor: cursor,
            explain: None,
        }),
    })
}

fn compose(query: &EventsQuery, context: &QueryContext) -> Result<Composed, QueryError> {
    let mut pieces = Pieces::default();
    let columns: Vec<Expr> = query.select.iter().map(|column| column_of(column, &mut pieces)).collect();
    let (condition, action_events) = condition(query, context)?;
    let (mut filter, having) = conditions(query, context, &mut pieces);
    filter.extend(one_of_events(&action_events));
    if condition != Predicate::ALWAYS {
        filter.push(Expr { kind: ExprKind::Condition(0), span: 0..0 });
    }
    let is_grouped = columns.iter().any(has_aggregate);
    let keys = columns.iter().filter(|column| !has_aggregate(column)).map(without_alias).cloned().collect();
    let order_by = order_by(query, &columns, &mut pieces);
    let is_by_time = !is_grouped && order_by.first().is_some_and(|order| is_timestamp(&order.expr));
    let table = Identifier { name: "events".to_owned(), span: 0..0 };
    let from = TableExpr {
        source: TableSource::Name(vec![table]),
        alias: None,
        column_aliases: Vec::new(),
        sample: None,
        span: 0..0,
    };
    let syntax = Query::Select(Box::new(Select {
        with: Vec::new(),
        distinct: false,
        columns,
        from: Some(From { first: from, joins: Vec::new() }),
        array_join: None,
        prewhere: None,
        filter: compose::all(filter),
        group_by: GroupBy::Exprs(if is_grouped { keys } else { Vec::new() }),
        having: compose::all(having),
        windows: Vec::new(),
        qualify: None,
        order_by,
        limit_by: None,
        limit: None,
        offset: None,
        with_ties: false,
        span: 0..0,
    }));
    Ok(Composed { pieces, syntax, condition, is_by_time })
}

fn column_of(column: &EventsSelect, pieces: &mut Pieces) -> Expr {
    let tuple =
        |parts: &[&[&str]]| compose::call("tuple", parts.iter().map(|parts| compose::name(parts)).collect(), &(0..0));
    match column {
        EventsSelect::Event => tuple(&shape::EVENT_COLUMNS.map(|(_, column)| column)),
        EventsSelect::Person(_) => tuple(&shape::PERSON_COLUMNS),
        EventsSelect::PersonName(_) => {
            let empty = |property: &str| {
                let value = compose::name(&["person", "properties", property]);
                compose::call("nullIf", vec![value, compose::text("")], &(0..0))
            };
            let names = NAME_PROPERTIES.into_iter().map(empty).chain([compose::name(&["distinct_id"])]).collect();
            let person = compose::call("toString", vec![compose::name(&["person_id"])], &(0..0));
            let parts = vec![compose::call("coalesce", names, &(0..0)), person, compose::name(&["distinct_id"])];
            compose::call("tuple", parts, &(0..0))
        }
        EventsSelect::Value(value) => pieces.add(value.text(), value.path(), value.syntax().clone()),
    }
}

/// The conditions on events, and those on groups.
fn conditions(query: &EventsQuery, context: &QueryContext, pieces: &mut Pieces) -> (Vec<Expr>, Vec<Expr>) {
    let written = query.filter.iter().map(|filter| pieces.add(filter.text(), filter.path(), filter.syntax().clone()));
    let (having, mut filter): (Vec<_>, Vec<_>) = written.partition(has_aggregate);
    filter.extend(one_of_events(&query.events));
    if let Some(person) = &query.person {
        let id = compose::call("toString", vec![compose::name(&["person_id"])], &(0..0));
        filter.push(compose::binary(BinaryOperator::Equals, id, compose::text(&person.to_lowercase())));
    }
    let bound = |operator, date: DateTime<Utc>| {
        compose::binary(operator, compose::name(&["timestamp"]), compose::instant(date, &(0..0)))
    };
    let before = query.before.map_or(context.now + MAX_AHEAD, |before| before.instant(context));
    filter.push(bound(BinaryOperator::Less, before));
    let after = query.after.map_or(Some(context.now - DEFAULT_PAST), |after| after.instant(context));
    filter.extend(after.map(|after| bound(BinaryOperator::Greater, after)));
    (filter, having)
}

/// That an event has one of these names; nothing where there are none.
fn one_of_events(names: &[impl AsRef<str>]) -> Option<Expr> {
    let set = InSet::List(names.iter().map(|name| compose::text(name.as_ref())).collect());
    let kind = ExprKind::In { value: Box::new(compose::name(&["event"])), set, negated: false };
    (!names.is_empty()).then_some(Expr { kind, span: 0..0 })
}

/// What else must hold of an event: its filters, and those of the action; and the names that the action's events have.
fn condition(query: &EventsQuery, context: &QueryContext) -> Result<(Predicate, Vec<Arc<str>>), QueryError> {
    let mut parts = vec![query.properties.of_query(query.filters_test_accounts, context)?];
    let mut names = Vec::new();
    if let Some(id) = query.action {
        let selection = context.definitions.action(id, "actionId")?.selection(context)?;
        parts.push(selection.predicate);
        if let EventSet::Named(events) = selection.events {
            names.extend(events.iter().map(|event| Arc::from(event.as_str())));
        }
    }
    Ok((Predicate::all(parts), names))
}

/// The order asked for, or the one that shows most: by counts, by the first aggregate, by time, by the first column.
fn order_by(query: &EventsQuery, columns: &[Expr], pieces: &mut Pieces) -> Vec<OrderBy> {
    if let Some(orders) = &query.order_by {
        let moved = orders.iter().map(|order| OrderBy {
            expr: pieces.add(order.text(), order.path(), order.syntax().expr.clone()),
            ..order.syntax().clone()
        });
        return moved.collect();
    }
    let by = |column: &Expr, descending| {
        vec![OrderBy { expr: without_alias(column).clone(), descending, nulls_first: None }]
    };
    let written = |text: &str| query.select.iter().position(|column| column.text().trim() == text);
    if let Some(count) = written("count()") {
        return by(&columns[count], true);
    }
    if let Some(aggregate) = columns.iter().find(|column| has_aggregate(column)) {
        return by(aggregate, true);
    }
    if let Some(timestamp) = written("timestamp") {
        return by(&columns[timestamp], true);
    }
    // Objects have no order; what stands first in them has.
    match &query.select[0] {
        EventsSelect::Event => by(&compose::name(&["uuid"]), false),
        EventsSelect::Person(_) => by(&compose::name(&["distinct_id"]), false),
        _ => by(&columns[0], false),
    }
}

fn without_alias(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Alias(value, _) => without_alias(value),
        _ => expr,
    }
}

fn is_timestamp(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Name(parts) if matches!(parts.as_slice(), [only] if only.name == "timestamp"))
}

/// Whether an aggregate over groups stands in it.
fn has_aggregate(expr: &Expr) -> bool {
    struct Finder {
        found: bool,
    }
    impl Rewriter for Finder {
        fn expr(&mut self, expr: &mut Expr) -> Result<(), HogqlError> {
            match &expr.kind {
                ExprKind::Call { name, over: None, .. } if is_aggregate(&name.name) => self.found = true,
                // An aggregate in a query of its own is that query's.
                ExprKind::Subquery(_) | ExprKind::Exists(_) => return Ok(()),
                _ => {}
            }
            walk::walk_expr(self, expr)
        }

        fn select(&mut self, _: &mut Select) -> Result<(), HogqlError> {
            Ok(())
        }
    }
    let mut finder = Finder { found: false };
    finder.expr(&mut expr.clone()).expect("looking never fails");
    finder.found
}

fn is_aggregate(name: &str) -> bool {
    let is_known = |name: &str| function(name).is_some_and(|function| function.kind == Kind::Aggregate);
    let without_if = name.strip_suffix("If").or_else(|| name.strip_suffix("if"));
    is_known(name) || without_if.is_some_and(is_known)
}

#[cfg(test)]
mod tests;
