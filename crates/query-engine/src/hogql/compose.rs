//! Pieces of syntax, and queries put together from pieces of text that each have a place of their own in what was asked.

use std::ops::Range;

use chrono::{DateTime, SecondsFormat, Utc};
use hogql::ast::{BinaryOperator, Expr, ExprKind, Identifier, Literal, Span};
use hogql::error::HogqlError;
use hogql::walk::Rewriter;

use crate::error::QueryError;
use crate::expressions::refusal;

/// The texts of a query's pieces, one after the other, so that a place in one of them says which piece it is in.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    text: String,
    pieces: Vec<(Range<usize>, String)>,
}

impl Pieces {
    /// All of the texts.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Adds a text that stands at `path` of the query, and moves what was read from it to where it is now.
    pub(super) fn add(&mut self, text: &str, path: &str, mut syntax: Expr) -> Expr {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push((start..self.text.len(), path.to_owned()));
        self.text.push('\n');
        Mover { by: start }.expr(&mut syntax).expect("moving never fails");
        syntax
    }

    /// What is wrong with the query, at the path of the piece and the place in it.
    pub(super) fn refusal(&self, error: &HogqlError) -> QueryError {
        let at = self.text.char_indices().nth(error.position.saturating_sub(1)).map_or(self.text.len(), |(at, _)| at);
        let Some((range, path)) = self.pieces.iter().find(|(range, _)| at <= range.end) else {
            return QueryError::invalid("", &error.message);
        };
        let text = &self.text[range.clone()];
        refusal(path, &HogqlError::at(text, at.saturating_sub(range.start), error.message.clone()))
    }
}

struct Mover {
    by: usize,
}

impl Rewriter for Mover {
    fn span(&mut self, span: &mut Span) {
        *span = span.start + self.by..span.end + self.by;
    }
}

/// A name in parts.
pub(super) fn name(parts: &[&str]) -> Expr {
    let parts = parts.iter().map(|part| Identifier { name: (*part).to_owned(), span: 0..0 });
    Expr { kind: ExprKind::Name(parts.collect()), span: 0..0 }
}

/// A text.
pub(super) fn text(value: &str) -> Expr {
    Expr { kind: ExprKind::Literal(Literal::String(value.to_owned())), span: 0..0 }
}

/// What always holds.
pub(super) fn always(span: &Span) -> Expr {
    Expr { kind: ExprKind::Literal(Literal::Bool(true)), span: span.clone() }
}

/// A call of a function.
pub(super) fn call(function: &str, args: Vec<Expr>, span: &Span) -> Expr {
    let name = Identifier { name: function.to_owned(), span: span.clone() };
    let kind = ExprKind::Call { name, params: None, args, distinct: false, filter: None, over: None };
    Expr { kind, span: span.clone() }
}

/// An instant.
pub(super) fn instant(date: DateTime<Utc>, span: &Span) -> Expr {
    let written = date.to_rfc3339_opts(SecondsFormat::Micros, true).replace('T', " ");
    let literal = |kind| Expr { kind: ExprKind::Literal(kind), span: span.clone() };
    let args =
        [Literal::String(written.trim_end_matches('Z').to_owned()), Literal::Int(6), Literal::String("UTC".to_owned())];
    call("toDateTime64", args.map(literal).into(), span)
}

/// An operator between two values.
pub(super) fn binary(operator: BinaryOperator, left: Expr, right: Expr) -> Expr {
    let span = left.span.start.min(right.span.start)..left.span.end.max(right.span.end);
    Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span }
}

/// That all of `conditions` hold; `None` where there are none.
pub(super) fn all(conditions: impl IntoIterator<Item = Expr>) -> Option<Expr> {
    conditions.into_iter().reduce(|left, right| binary(BinaryOperator::And, left, right))
}
