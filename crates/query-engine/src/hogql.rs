//! HogQL queries: from a text, or from the columns and conditions of an `EventsQuery`, to rows.

mod compose;
mod events;
mod filters;
mod lift;
mod shape;
mod tables;

use std::collections::BTreeMap;

use hogql::ast;
use hogql::ir;
use hogql::placeholders;
use hogql::print;
use hogql::resolve::resolve_query;
use serde_json::{Value, json};

use crate::answer::{Answer, HogqlAnswer, QueryContext};
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::expressions::{environment, refusal};
use crate::nodes::HogqlQuery;
use crate::plan::select::{Rows, Select};
use crate::plan::{Operator, Output, Plan};
use crate::predicate::Predicate;
use crate::source::EventSource;

pub(crate) use events::answer as answer_events;
pub(crate) use lift::{LiftedQuery, lift};

/// How many rows an answer has where its text has no `LIMIT`.
pub(crate) const DEFAULT_LIMIT: u64 = 100;

/// The most rows of an answer, whatever `LIMIT` says.
const MAX_LIMIT: u64 = 50_000;

/// Answers a `HogQLQuery`: its rows.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &HogqlQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let filled = fill(query)?;
    let text = print::query(&filled);
    let (syntax, condition) = filters::put_in(filled, &query.filters, &query.text, context)?;
    let resolved =
        resolve_query(&syntax, &query.text, &environment(context)).map_err(|error| refusal("query", &error))?;
    let (columns, types) = names_and_types(&resolved);
    let explain = query.explains.then(|| tables::explain(&resolved));
    let (limit, offset) = (resolved.limit, resolved.offset);
    let (cut, skipped) = match query.rows {
        Some(rows) => (rows.limit, rows.offset),
        // what the text leaves out is left out already
        None => (limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT), 0),
    };
    let rows = run(resolved, vec![condition], (cut, skipped), context, source, control).await?;
    // Who says how many rows there are to be knows whether there may be more.
    let is_cut_here = limit.is_none() || query.rows.is_some();
    let offset = query.rows.map_or(offset, |rows| rows.offset);
    Ok(Answer {
        results: rows.rows.into_iter().map(Value::Array).collect(),
        types: Some(columns.iter().zip(types).map(|(name, ty)| json!([name, ty])).collect()),
        columns: Some(columns.into()),
        has_more: is_cut_here.then_some(rows.has_more),
        resolved_date_range: None,
        hogql: Some(HogqlAnswer {
            text,
            limit: is_cut_here.then_some(cut),
            offset: is_cut_here.then_some(offset),
            next_cursor: None,
            explain,
        }),
    })
}

/// The query with the values and variables that come with it; `{filters}` stays.
fn fill(query: &HogqlQuery) -> Result<ast::Query, QueryError> {
    fill_with(query, true)
}

/// As [`fill`]; variables stay too where they are not wanted.
fn fill_with(query: &HogqlQuery, wants_variables: bool) -> Result<ast::Query, QueryError> {
    let stays = |first: &str| first == "filters" || (first == "variables" && !wants_variables);
    let mut value = |parts: &[&str]| match parts {
        [first, ..] if stays(first) => {
            let names = parts.iter().map(|part| ast::Identifier { name: (*part).to_owned(), span: 0..0 }).collect();
            Some(ast::Expr { kind: ast::ExprKind::Placeholder(names), span: 0..0 })
        }
        ["variables", name] => query.variables.get(*name).map(|value| placeholders::literal(value, &(0..0))),
        [first, rest @ ..] => {
            let found = rest.iter().try_fold(query.values.get(*first)?, |value, part| value.get(part));
            found.map(|value| placeholders::literal(value, &(0..0)))
        }
        [] => None,
    };
    placeholders::fill(query.syntax.clone(), &query.text, &mut value).map_err(|error| refusal("query", &error))
}

/// The rows of `query`, at most so many after so many.
async fn run(
    query: ir::Query,
    conditions: Vec<Predicate>,
    (limit, offset): (u64, u64),
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Rows, QueryError> {
    let mut cohorts = BTreeMap::new();
    for id in tables::cohorts(&query, &context.definitions.cohorts) {
        cohorts.insert(id, context.cohort(id, "query")?);
    }
    let select = Select { query, conditions, cohorts, timezone: context.timezone, limit, offset };
    let plan = Plan { project: context.project, operator: Operator::Select(Box::new(select)) };
    let Output::Rows(rows) = source.run(&plan, control).await? else {
        return Err(QueryError::Source("the source gave numbers of another operator than it was asked for".into()));
    };
    Ok(rows)
}

fn names_and_types(query: &ir::Query) -> (Vec<String>, Vec<String>) {
    query.columns.iter().map(|column| (column.name.clone(), column.ty.to_string())).unzip()
}
