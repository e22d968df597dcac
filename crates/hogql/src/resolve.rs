//! From syntax tree to relations: names, types, aggregates, windows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::ast;
use crate::error::HogqlError;
use crate::expression::Expression;
use crate::ir;

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
    let _ = (query, text, environment);
    Err(HogqlError { message: "HogQL is not resolved yet".to_owned(), position: 1 })
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
    let _ = (expression, text, environment);
    Err(HogqlError { message: "HogQL is not resolved yet".to_owned(), position: 1 })
}
