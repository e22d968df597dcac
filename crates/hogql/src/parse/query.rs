//! Queries put together, and what they begin with.

use super::{Parsed, Parser};
use crate::ast::{CommonTable, Expr, ExprKind, Identifier, Query, SetOperator};
use crate::lex::TokenKind;

impl Parser<'_> {
    /// Refuses a text that begins as no query does.
    pub(super) fn require_select(&self) -> Parsed<()> {
        let begins = match self.kind() {
            TokenKind::Word => self.begins_query(),
            TokenKind::Symbol(symbol) => *symbol == "(",
            _ => false,
        };
        if begins {
            return Ok(());
        }
        Err(self.error_here(format!(
            "only SELECT is answered: expected SELECT or WITH at the beginning of the query, found {}",
            self.found()
        )))
    }

    /// Reads a query: one `SELECT`, or several put together.
    pub(super) fn query(&mut self) -> Parsed<Query> {
        self.nested(super::QUERY_LEVELS, |parser| {
            let first = parser.member_query()?;
            parser.set_operations(first)
        })
    }

    /// One of several queries.
    fn member_query(&mut self) -> Parsed<Query> {
        if self.is_symbol("(") { self.bracketed_query() } else { Ok(Query::Select(Box::new(self.select()?))) }
    }

    pub(super) fn begins_set_operator(&self) -> bool {
        self.is_one_of(&["union", "intersect", "except"])
    }

    /// Reads what is put to `first`.
    pub(super) fn set_operations(&mut self, first: Query) -> Parsed<Query> {
        let mut rest = Vec::new();
        while let Some(operator) = self.set_operator()? {
            rest.push((operator, self.member_query()?));
        }
        Ok(if rest.is_empty() { first } else { Query::SetOperation { first: Box::new(first), rest } })
    }

    fn set_operator(&mut self) -> Parsed<Option<SetOperator>> {
        let operator = if self.eat_word("union") {
            if self.eat_word("all") {
                SetOperator::UnionAll
            } else {
                self.eat_word("distinct");
                SetOperator::UnionDistinct
            }
        } else if self.eat_word("intersect") {
            if self.eat_word("distinct") {
                SetOperator::IntersectDistinct
            } else {
                self.eat_word("all");
                SetOperator::IntersectAll
            }
        } else if self.eat_word("except") {
            if self.is_word("distinct") {
                return Err(
                    self.error_here("EXCEPT DISTINCT is not answered: write EXCEPT, and DISTINCT in the first query")
                );
            }
            self.eat_word("all");
            SetOperator::Except
        } else {
            return Ok(None);
        };
        Ok(Some(operator))
    }

    /// Reads `WITH` and its names, where there are any.
    pub(super) fn with(&mut self) -> Parsed<Vec<(Identifier, CommonTable)>> {
        if !self.eat_word("with") {
            return Ok(Vec::new());
        }
        if self.is_word("recursive") && !self.is_word_at(1, "as") {
            return Err(self.error_here("recursive queries are not answered: remove RECURSIVE"));
        }
        self.list(Self::with_item)
    }

    fn with_item(&mut self) -> Parsed<(Identifier, CommonTable)> {
        let is_name = matches!(self.kind(), TokenKind::Word | TokenKind::QuotedName(_));
        if is_name && self.is_word_at(1, "as") && self.is_symbol_at(2, "(") {
            let name = self.identifier("a name")?;
            self.advance();
            return Ok((name, CommonTable::Query(self.bracketed_query()?)));
        }
        match self.expr(super::operators::LOWEST)? {
            Expr { kind: ExprKind::Alias(value, name), .. } => Ok((name, CommonTable::Value(*value))),
            _ => Err(self.unexpected("AS and a name after a value of WITH")),
        }
    }
}
