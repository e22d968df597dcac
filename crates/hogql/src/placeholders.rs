//! Placeholders: `{name}` in a text, filled in before anything has a meaning.

use std::collections::BTreeSet;

use crate::ast::{Expr, ExprKind, Identifier, InSet, Literal, Query, Span, TableExpr, TableSource};
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

/// The placeholders of `query`, each with its parts joined by dots: `variables.day`.
pub fn names(query: &Query) -> BTreeSet<String> {
    let mut collector = Collector::default();
    walk::walk_query(&mut collector, &mut query.clone()).expect("collecting refuses nothing");
    collector.names
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
        walk::walk_expr(self, expr)?;
        // As the parser has it where the query is written out.
        if let ExprKind::In { set, .. } = &mut expr.kind
            && let InSet::List(values) = set
            && let [Expr { kind: ExprKind::Subquery(query), .. }] = values.as_slice()
        {
            *set = InSet::Query(query.clone());
        }
        Ok(())
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

#[derive(Default)]
struct Collector {
    names: BTreeSet<String>,
}

impl Rewriter for Collector {
    fn expr(&mut self, expr: &mut Expr) -> Result<(), HogqlError> {
        if let ExprKind::Placeholder(names) = &expr.kind {
            let parts: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
            self.names.insert(parts.join("."));
            return Ok(());
        }
        walk::walk_expr(self, expr)
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::parse::{parse_expression, parse_query};
    use crate::print;

    fn values() -> Value {
        json!({"text": "it's", "list": [1, null, "a"], "nested": {"n": -1.5}, "flag": true, "table": "events"})
    }

    fn lookup(parts: &[&str]) -> Option<Expr> {
        match parts {
            ["query"] => parse_expression("(select 1 as é)").ok(),
            ["condition"] => Some(Expr { kind: ExprKind::Condition(0), span: 0..0 }),
            _ => parts.iter().try_fold(&values(), |value, part| value.get(part)).map(|value| literal(value, &(0..0))),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Result<&str, (&str, usize)>) {
        let filled = fill(parse_query(text).unwrap(), text, &mut lookup);
        let expected = expected
            .map(str::to_owned)
            .map_err(|(message, position)| HogqlError { message: message.to_owned(), position });
        assert_eq!(filled.map(|query| print::query(&query)), expected, "{text}");
    }

    #[test]
    fn values_stand_wherever_placeholders_do() {
        check("select {text}, {list}, {nested.n}", Ok("SELECT 'it\\'s', [1, NULL, 'a'], -1.5"));
        check(
            "select {nested} from t where {flag} and {condition}",
            Ok("SELECT tuple(-1.5) FROM t WHERE true AND {condition_0}"),
        );
        check(
            "with (select {flag}) as x select 1 limit {nested.n} by x",
            Ok("WITH (SELECT true) AS x SELECT 1 LIMIT -1.5 BY x"),
        );
    }

    #[test]
    fn placeholders_are_told_by_name() {
        let text = "with (select {flag}) as x select {a.b}, '{no}' /* {none} */ from {table} where {filters} and x in (select {a.b} union all select {deep}) limit {n}";
        let names: Vec<String> = names(&parse_query(text).unwrap()).into_iter().collect();
        assert_eq!(names, ["a.b", "deep", "filters", "flag", "n", "table"]);
    }

    #[test]
    fn tables_are_queries_or_names() {
        check(
            "select 1 from {table} join {query} as q using a",
            Ok("SELECT 1 FROM events JOIN (SELECT 1 AS é) AS q USING (a)"),
        );
        check(
            "select 1 from {list}",
            Err(("the value in the place of this table is none: give a query or a name", 15)),
        );
    }

    #[test]
    fn unknown_names_are_refused_where_they_stand() {
        check(
            "select 'é', {variables.day}",
            Err(("there is nothing to put in the place of {variables.day}: give it a value of that name", 13)),
        );
    }

    #[test]
    fn what_is_put_in_stands_at_the_placeholder() {
        let text = "select a in {query}";
        let Query::Select(select) = fill(parse_query(text).unwrap(), text, &mut lookup).unwrap() else {
            panic!("it is one")
        };
        let ExprKind::In { set: InSet::Query(query), .. } = &select.columns[0].kind else { panic!("it is in") };
        let Query::Select(inner) = query.as_ref() else { panic!("it is one") };
        assert_eq!(inner.span, 12..19);
    }
}
