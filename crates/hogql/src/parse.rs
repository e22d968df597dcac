//! From text to syntax tree.

use crate::ast::{Expr, OrderBy, Query};
use crate::error::HogqlError;

/// Reads a `SELECT` statement, perhaps with a semicolon at its end.
///
/// # Errors
/// Where it is none: at the first character that cannot stand where it stands.
pub fn parse_query(text: &str) -> Result<Query, HogqlError> {
    let _ = text;
    Err(HogqlError { message: "HogQL is not read yet".to_owned(), position: 1 })
}

/// Reads a value, perhaps with an alias: what stands in a filter, a breakdown or a column.
///
/// # Errors
/// As [`parse_query`].
pub fn parse_expression(text: &str) -> Result<Expr, HogqlError> {
    let _ = text;
    Err(HogqlError { message: "HogQL is not read yet".to_owned(), position: 1 })
}

/// Reads one of the items of an `ORDER BY`: a value, perhaps with `ASC` or `DESC`.
///
/// # Errors
/// As [`parse_query`].
pub fn parse_order(text: &str) -> Result<OrderBy, HogqlError> {
    let _ = text;
    Err(HogqlError { message: "HogQL is not read yet".to_owned(), position: 1 })
}
