//! Placeholders: `{name}` in a text, filled in before anything has a meaning.

use crate::ast::{Expr, ExprKind, Identifier, Literal, Query, Span, TableExpr, TableSource};
use crate::error::HogqlError;
use crate::walk::{self, Rewriter};

/// Puts what `fill` gives in the place of each placeholder, which it is given the parts of (`{variables.day}`: `["variables", "day"]`).
/// Where a table stands, it may give a query or a name. `text` is what `query` was read from.
///
/// # Errors
/// Where `fill` gives none: that there is nothing of that name, at its position.
pub fn fill(query: Query, text: &str, fill: &mut dyn FnMut(&[&str]) -> Option<Expr>) -> Result<Query, HogqlError> {
    let mut query = query;
    walk::walk_query(&mut Filler { text, fill }, &mut query)?;
    Ok(query)
}

/// As [`fill`], in a value.
///
/// # Errors
/// As [`fill`].
pub fn fill_expression(
    expr: Expr,
    text: &str,
    fill: &mut dyn FnMut(&[&str]) -> Option<Expr>,
) -> Result<Expr, HogqlError> {
    let mut expr = expr;
    Filler { text, fill }.expr(&mut expr)?;
    Ok(expr)
}

/// A value of JSON as a constant, an array of constants, or, of an object, the tuple of its values; all of it stands at `span`.
pub fn literal(value: &serde_json::Value, span: &Span) -> Expr {
    let kind = match value {
        serde_json::Value::Null => ExprKind::Literal(Literal::Null),
        serde_json::Value::Bool(value) => ExprKind::Literal(Literal::Bool(*value)),
        serde_json::Value::Number(number) => ExprKind::Literal(match number.as_i64() {
            Some(whole) => Literal::Int(whole),
            None => Literal::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        serde_json::Value::String(value) => ExprKind::Literal(Literal::String(value.clone())),
        serde_json::Value::Array(values) => ExprKind::Array(values.iter().map(|value| literal(value, span)).collect()),
        serde_json::Value::Object(fields) => {
            let values: Vec<Expr> = fields.values().map(|value| literal(value, span)).collect();
            ExprKind::Call {
                name: Identifier { name: "tuple".to_owned(), span: span.clone() },
                params: None,
                args: values,
                distinct: false,
                filter: None,
                over: None,
            }
        }
    };
    Expr { kind, span: span.clone() }
}

struct Filler<'a> {
    text: &'a str,
    fill: &'a mut dyn FnMut(&[&str]) -> Option<Expr>,
}

impl Filler<'_> {
    /// What stands for the placeholder `names` at `span`, its parts at `span` too: their own places are in another text.
    fn value(&mut self, names: &[Identifier], span: &Span) -> Result<Expr, HogqlError> {
        let parts: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
        let Some(mut value) = (self.fill)(&parts) else {
            let message = format!(
                "there is nothing to put in the place of {{{}}}: give it a value of that name",
                parts.join(".")
            );
            return Err(HogqlError::at(self.text, span.start, message));
        };
        Mover { span }.expr(&mut value)?;
        Ok(value)
    }
}

impl Rewriter for Filler<'_> {
    fn expr(&mut self, expr: &mut Expr) -> Result<(), HogqlError> {
        if let ExprKind::Placeholder(names) = &expr.kind {
            *expr = self.value(names, &expr.span)?;
            return Ok(());
        }
        walk::walk_expr(self, expr)
    }

    fn table(&mut self, table: &mut TableExpr) -> Result<(), HogqlError> {
        walk::walk_table(self, table)?;
        if let TableSource::Placeholder(value) = &table.source {
            table.source = match value.kind.clone() {
                ExprKind::Subquery(query) => TableSource::Query(query),
                ExprKind::Name(parts) => TableSource::Name(parts),
                ExprKind::Literal(Literal::String(name)) => {
                    TableSource::Name(vec![Identifier { name, span: value.span.clone() }])
                }
                _ => {
                    let message = "the value in the place of this table is none: give a query or a name";
                    return Err(HogqlError::at(self.text, value.span.start, message));
                }
            };
        }
        Ok(())
    }
}

/// Puts everything at one place.
struct Mover<'a> {
    span: &'a Span,
}

impl Rewriter for Mover<'_> {
    fn span(&mut self, span: &mut Span) {
        *span = self.span.clone();
    }
}
