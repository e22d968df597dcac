//! `FROM`: tables and how they are joined.

use super::operators::{LOWEST, POSTFIX};
use super::{Parsed, Parser};
use crate::ast::{
    BinaryOperator, Expr, ExprKind, From, Identifier, Join, JoinConstraint, JoinKind, TableExpr, TableSource,
};
use crate::lex::TokenKind;

/// The words before `JOIN`, of which each has at most one.
#[derive(Default)]
struct JoinWords {
    side: Option<&'static str>,
    strictness: Option<&'static str>,
}

const SIDES: [&str; 5] = ["inner", "left", "right", "full", "cross"];
const STRICTNESSES: [&str; 5] = ["any", "all", "asof", "semi", "anti"];

impl Parser<'_> {
    pub(super) fn from(&mut self) -> Parsed<Option<From>> {
        if !self.eat_word("from") {
            return Ok(None);
        }
        self.joined_tables().map(Some)
    }

    fn joined_tables(&mut self) -> Parsed<From> {
        let mut from = self.first_table()?;
        while let Some(join) = self.join()? {
            from.joins.push(join);
        }
        Ok(from)
    }

    /// Reads the first table, which may be several in brackets: joins go from left to right, so that these mean nothing there.
    fn first_table(&mut self) -> Parsed<From> {
        if self.is_symbol("(") && !self.begins_query_in_brackets() {
            return self.nested(super::QUERY_LEVELS, |parser| {
                parser.advance();
                let from = parser.joined_tables()?;
                parser.expect_symbol(")", "after the tables")?;
                Ok(from)
            });
        }
        Ok(From { first: self.table()?, joins: Vec::new() })
    }

    /// Whether behind all brackets that are opened here a query begins.
    fn begins_query_in_brackets(&self) -> bool {
        let behind = (0..).find(|ahead| !self.is_symbol_at(*ahead, "(")).expect("the text ends with no bracket");
        self.is_word_at(behind, "select") || self.is_word_at(behind, "with")
    }

    fn table(&mut self) -> Parsed<TableExpr> {
        let start = self.start();
        let source = self.table_source()?;
        self.eat_word("final");
        let mut alias = if self.eat_word("as") { Some(self.alias()?) } else { self.bare_alias()? };
        let column_aliases = if alias.is_some() && self.eat_symbol("(") {
            let names = self.list(|parser| parser.identifier("the name of a column"))?;
            self.expect_symbol(")", "or a comma after the name of a column")?;
            names
        } else {
            Vec::new()
        };
        self.eat_word("final");
        let sample = self.sample()?;
        // ClickHouse has the alias before SAMPLE, others behind it.
        if alias.is_none() && sample.is_some() {
            alias = if self.eat_word("as") { Some(self.alias()?) } else { self.bare_alias()? };
        }
        Ok(TableExpr { source, alias, column_aliases, sample, span: self.span_from(start) })
    }

    fn table_source(&mut self) -> Parsed<TableSource> {
        if self.is_symbol("{") {
            return Ok(TableSource::Placeholder(self.primary()?));
        }
        if self.is_symbol("(") {
            return Ok(TableSource::Query(Box::new(self.bracketed_query()?)));
        }
        if self.word_at(0).is_some_and(super::is_reserved) {
            return Err(self.unexpected("a table or a query in brackets"));
        }
        let mut names = vec![self.identifier("a table or a query in brackets")?];
        while self.eat_symbol(".") {
            names.push(self.identifier("the name of a table after the point")?);
        }
        if names.len() == 1 && self.eat_symbol("(") {
            let args = if self.is_symbol(")") { Vec::new() } else { self.list(|parser| parser.expr(LOWEST))? };
            self.expect_symbol(")", "or a comma after an argument")?;
            return Ok(TableSource::Function { name: names.remove(0), args });
        }
        Ok(TableSource::Name(names))
    }

    /// Reads `SAMPLE 0.1` and `SAMPLE 1/10`.
    fn sample(&mut self) -> Parsed<Option<Expr>> {
        if !self.eat_word("sample") {
            return Ok(None);
        }
        let start = self.start();
        let part = self.sample_number()?;
        let sample = if self.eat_symbol("/") {
            let whole = self.sample_number()?;
            self.grow(1)?;
            self.wrap(start, ExprKind::Binary(BinaryOperator::Divide, Box::new(part), Box::new(whole)))
        } else {
            part
        };
        if self.is_word("offset") {
            return Err(self.error_here("SAMPLE with an OFFSET is not answered: remove the OFFSET"));
        }
        Ok(Some(sample))
    }

    fn sample_number(&mut self) -> Parsed<Expr> {
        match self.kind() {
            TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Symbol("{") => self.expr(POSTFIX),
            _ => Err(self.unexpected("a number such as 0.1 or 1/10 after SAMPLE")),
        }
    }

    fn join(&mut self) -> Parsed<Option<Join>> {
        if self.eat_symbol(",") {
            return Ok(Some(Join {
                kind: JoinKind::Cross,
                table: self.joined_table()?,
                constraint: JoinConstraint::None,
            }));
        }
        // `LEFT ARRAY JOIN` is read elsewhere.
        if self.is_word_at(1, "array") && self.is_one_of(&["left", "inner"]) {
            return Ok(None);
        }
        let at = self.at;
        let is_global = self.eat_word("global");
        let words = self.join_words()?;
        if !self.eat_word("join") {
            if is_global || self.at > at {
                return Err(self.unexpected("JOIN"));
            }
            return Ok(None);
        }
        let after = self.at;
        self.at = at;
        let kind = self.join_kind(&words)?;
        self.at = after;
        let table = self.joined_table()?;
        let constraint = if kind == JoinKind::Cross { JoinConstraint::None } else { self.constraint()? };
        Ok(Some(Join { kind, table, constraint }))
    }

    fn joined_table(&mut self) -> Parsed<TableExpr> {
        if self.is_symbol("(") && !self.begins_query_in_brackets() {
            return Err(
                self.error_here("tables in brackets can only come first: write a query, (SELECT … FROM …), instead")
            );
        }
        self.table()
    }

    fn join_words(&mut self) -> Parsed<JoinWords> {
        let mut words = JoinWords::default();
        loop {
            let side = SIDES.into_iter().find(|word| self.is_word(word));
            let strictness = STRICTNESSES.into_iter().find(|word| self.is_word(word));
            let is_outer = self.is_word("outer") && matches!(words.side, Some("left" | "right" | "full"));
            let is_again =
                (side.is_some() && words.side.is_some()) || (strictness.is_some() && words.strictness.is_some());
            if is_again {
                return Err(self.unexpected("JOIN"));
            }
            if side.is_none() && strictness.is_none() && !is_outer {
                return Ok(words);
            }
            words.side = words.side.or(side);
            words.strictness = words.strictness.or(strictness);
            self.advance();
        }
    }

    fn join_kind(&self, words: &JoinWords) -> Parsed<JoinKind> {
        let kind = match (words.side, words.strictness) {
            (None | Some("inner"), None | Some("all")) => JoinKind::Inner,
            (Some("left"), None | Some("all")) => JoinKind::Left,
            (Some("right"), None | Some("all")) => JoinKind::Right,
            (Some("full"), None | Some("all")) => JoinKind::Full,
            (Some("cross"), None) => JoinKind::Cross,
            (None | Some("inner"), Some("any")) => JoinKind::AnyInner,
            (Some("left"), Some("any")) => JoinKind::AnyLeft,
            (None | Some("inner"), Some("asof")) => JoinKind::AsofInner,
            (Some("left"), Some("asof")) => JoinKind::AsofLeft,
            (None | Some("left"), Some("semi")) => JoinKind::Semi,
            (None | Some("left"), Some("anti")) => JoinKind::Anti,
            (side, strictness) => {
                let written: Vec<_> = [strictness, side].into_iter().flatten().collect();
                let message = format!(
                    "{} JOIN is not answered: turn the tables round, or use another join",
                    written.join(" ").to_uppercase()
                );
                return Err(self.error_here(message));
            }
        };
        Ok(kind)
    }

    fn constraint(&mut self) -> Parsed<JoinConstraint> {
        if self.eat_word("on") {
            return Ok(JoinConstraint::On(self.expr(LOWEST)?));
        }
        self.expect_word("using", "or ON after a joined table")?;
        let column = |parser: &mut Self| -> Parsed<Identifier> { parser.identifier("the name of a column") };
        if !self.eat_symbol("(") {
            return Ok(JoinConstraint::Using(self.list(column)?));
        }
        let names = self.list(column)?;
        self.expect_symbol(")", "or a comma after the name of a column")?;
        Ok(JoinConstraint::Using(names))
    }
}
