//! Values without operators, and what hangs on them: `a.b`, `a[1]`, `f(x)`, `(a, b)`.

use super::operators::{LOWEST, call};
use super::words::{is_bare_alias, is_reserved};
use super::{Parsed, Parser};
use crate::ast::{Expr, ExprKind, Identifier, Literal, Over, Query};
use crate::lex::TokenKind;

impl<'a> Parser<'a> {
    /// Whether the next token may begin a value.
    pub(super) fn begins_value(&self) -> bool {
        self.begins_value_at(0)
    }

    pub(super) fn begins_value_at(&self, ahead: usize) -> bool {
        match self.kind_at(ahead) {
            TokenKind::Word => self.word_at(ahead).is_some_and(|word| {
                !is_reserved(word) || ["not", "case"].iter().any(|begin| word.eq_ignore_ascii_case(begin))
            }),
            TokenKind::Symbol(symbol) => matches!(*symbol, "(" | "[" | "{" | "-" | "+" | "*"),
            TokenKind::TemplateText(_) | TokenKind::TemplateEnd | TokenKind::End => false,
            _ => true,
        }
    }

    /// Whether the next tokens begin a query, whose brackets are read already.
    pub(super) fn begins_query(&self) -> bool {
        self.is_word("select") || self.is_word("with")
    }

    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let kind = match self.kind() {
            TokenKind::Word => return self.word(),
            TokenKind::QuotedName(_) => return self.named(),
            TokenKind::String(value) => ExprKind::Literal(Literal::String(value.clone())),
            TokenKind::Int(value) => ExprKind::Literal(Literal::Int(*value)),
            TokenKind::Float(value) => ExprKind::Literal(Literal::Float(*value)),
            TokenKind::TemplateStart => return self.template(),
            TokenKind::Symbol("(") => return self.brackets(),
            TokenKind::Symbol("[") => return self.array(),
            TokenKind::Symbol("{") => return self.placeholder(),
            TokenKind::Symbol("*") => {
                self.advance();
                let except = self.star_except()?;
                return Ok(self.wrap(start, ExprKind::Star { table: Vec::new(), except }));
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.advance();
        Ok(self.wrap(start, kind))
    }

    /// Reads what begins with a name: a function, a lambda, a column.
    pub(super) fn named(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let name = self.identifier("a name")?;
        if self.is_symbol("->") {
            return self.lambda(start, vec![name]);
        }
        if self.is_symbol("(") {
            return self.call(start, name);
        }
        Ok(self.wrap(start, ExprKind::Name(vec![name])))
    }

    fn lambda(&mut self, start: usize, params: Vec<Identifier>) -> Parsed<Expr> {
        self.expect_symbol("->", "and a value after the parameters of a lambda")?;
        let body = Box::new(self.expr(LOWEST)?);
        Ok(self.wrap(start, ExprKind::Lambda { params, body }))
    }

    /// Reads what stands behind the name of a function.
    fn call(&mut self, start: usize, name: Identifier) -> Parsed<Expr> {
        let (mut args, mut distinct) = self.arguments()?;
        let mut params = None;
        if self.is_symbol("(") {
            if distinct {
                return Err(self.error_here("DISTINCT stands in the second pair of brackets, not in the first"));
            }
            params = Some(args);
            (args, distinct) = self.arguments()?;
        }
        let filter =
            if self.is_word("filter") && self.is_symbol_at(1, "(") { Some(Box::new(self.filter()?)) } else { None };
        let over = if self.eat_word("over") { Some(Box::new(self.over()?)) } else { None };
        Ok(self.wrap(start, ExprKind::Call { name, params, args, distinct, filter, over }))
    }

    /// Reads the arguments of a function with their brackets, and whether `DISTINCT` stands before them.
    fn arguments(&mut self) -> Parsed<(Vec<Expr>, bool)> {
        let opened_at = self.start();
        self.expect_symbol("(", "and the arguments")?;
        let distinct = self.eat_word("distinct");
        let args = if self.begins_query() {
            vec![self.subquery_inside(opened_at)?]
        } else if self.is_symbol(")") && !distinct {
            Vec::new()
        } else {
            self.list(|parser| parser.expr(LOWEST))?
        };
        self.expect_symbol(")", "or a comma after an argument")?;
        Ok((args, distinct))
    }

    fn filter(&mut self) -> Parsed<Expr> {
        self.advance();
        self.advance();
        self.expect_word("where", "and a condition after FILTER (")?;
        let condition = self.expr(LOWEST)?;
        self.expect_symbol(")", "after the condition of FILTER")?;
        Ok(condition)
    }

    fn over(&mut self) -> Parsed<Over> {
        if !self.eat_symbol("(") {
            return Ok(Over::Name(self.identifier("a window in brackets or its name after OVER")?));
        }
        let window = self.window_spec()?;
        self.expect_symbol(")", "after the window")?;
        Ok(Over::Spec(window))
    }

    /// Reads a query up to its closing bracket, which is left.
    fn subquery_inside(&mut self, opened_at: usize) -> Parsed<Expr> {
        let query = self.query()?;
        Ok(self.wrap(opened_at, ExprKind::Subquery(Box::new(query))))
    }

    /// Reads what is in brackets: a value, a tuple, a query, the parameters of a lambda.
    fn brackets(&mut self) -> Parsed<Expr> {
        let start = self.start();
        if let Some(params) = self.lambda_params() {
            return self.lambda(start, params);
        }
        self.advance();
        if self.begins_query() {
            let query = self.query()?;
            self.expect_symbol(")", "after the query")?;
            return Ok(self.wrap(start, ExprKind::Subquery(Box::new(query))));
        }
        let first = self.expr(LOWEST)?;
        // Brackets around the first of several queries.
        let first = match first.kind {
            ExprKind::Subquery(query) if self.begins_set_operator() => {
                let query = self.set_operations(*query)?;
                self.expect_symbol(")", "after the queries")?;
                return Ok(self.wrap(start, ExprKind::Subquery(Box::new(query))));
            }
            _ => first,
        };
        if !self.eat_symbol(",") {
            self.expect_symbol(")", "or an operator after the value")?;
            return Ok(first);
        }
        let mut values = vec![first];
        if !self.is_symbol(")") {
            values.extend(self.list(|parser| parser.expr(LOWEST))?);
        }
        self.expect_symbol(")", "or a comma after the value")?;
        Ok(self.wrap(start, ExprKind::Tuple(values)))
    }

    /// Reads `(a, b)` where `->` follows it, and otherwise nothing.
    fn lambda_params(&mut self) -> Option<Vec<Identifier>> {
        let mut ahead = 1;
        while matches!(self.kind_at(ahead), TokenKind::Word | TokenKind::QuotedName(_)) {
            ahead += 1;
            if !self.is_symbol_at(ahead, ",") {
                break;
            }
            ahead += 1;
        }
        if !self.is_symbol_at(ahead, ")") || !self.is_symbol_at(ahead + 1, "->") {
            return None;
        }
        let mut params = Vec::new();
        for _ in 0..=ahead {
            params.extend(self.identifier("a parameter").ok().or_else(|| {
                self.advance();
                None
            }));
        }
        Some(params)
    }

    fn array(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.advance();
        let values = if self.is_symbol("]") { Vec::new() } else { self.list(|parser| parser.expr(LOWEST))? };
        self.expect_symbol("]", "or a comma after a value of an array")?;
        Ok(self.wrap(start, ExprKind::Array(values)))
    }

    fn placeholder(&mut self) -> Parsed<Expr> {
        const PURPOSE: &str = "the name of a placeholder, such as {filters} or {variables.day}";
        let start = self.start();
        self.advance();
        let mut names = vec![self.identifier(PURPOSE)?];
        while self.eat_symbol(".") {
            names.push(self.identifier(PURPOSE)?);
        }
        self.expect_symbol("}", "after the name of a placeholder")?;
        Ok(self.wrap(start, ExprKind::Placeholder(names)))
    }

    /// Reads `f'…'` as the texts and values in it, put together.
    fn template(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let start_span = self.tokens[self.at].span.clone();
        self.advance();
        let mut parts = Vec::new();
        loop {
            let at = self.start();
            match self.kind() {
                TokenKind::TemplateText(content) => {
                    let literal = ExprKind::Literal(Literal::String(content.clone()));
                    self.advance();
                    parts.push(self.wrap(at, literal));
                }
                TokenKind::Symbol("{") => {
                    self.advance();
                    parts.push(self.expr(LOWEST)?);
                    self.expect_symbol("}", "after a value inside f'…'")?;
                }
                TokenKind::TemplateEnd => break,
                _ => return Err(self.unexpected("the end of f'…'")),
            }
        }
        self.advance();
        let name = |name: &str| Identifier { name: name.to_owned(), span: start_span.clone() };
        let kind = match parts.len() {
            0 => ExprKind::Literal(Literal::String(String::new())),
            1 if matches!(parts[0].kind, ExprKind::Literal(Literal::String(_))) => parts.remove(0).kind,
            1 => call(name("toString"), parts),
            _ => call(name("concat"), parts),
        };
        Ok(self.wrap(start, kind))
    }

    /// Reads what hangs on `left` with `symbol`, which is next.
    pub(super) fn postfix(&mut self, left: Expr, start: usize, symbol: &str) -> Parsed<Expr> {
        if symbol == "(" {
            return Err(
                self.error_here("only functions can be called, by their names: an operator or a comma is missing")
            );
        }
        self.advance();
        let kind = match symbol {
            "::" => ExprKind::Cast { value: Box::new(left), type_name: self.type_name()?, is_try: false },
            _ if symbol == "[" || (symbol == "?." && self.eat_symbol("[")) => {
                let index = self.expr(LOWEST)?;
                self.expect_symbol("]", "after the index")?;
                ExprKind::Index(Box::new(left), Box::new(index))
            }
            _ => self.member(left)?,
        };
        Ok(self.wrap(start, kind))
    }

    /// Reads what stands behind a point.
    fn member(&mut self, left: Expr) -> Parsed<ExprKind> {
        let span = self.tokens[self.at].span.clone();
        match (self.kind(), left.kind) {
            (TokenKind::Int(number), ExprKind::Name(mut parts)) => {
                parts.push(Identifier { name: number.to_string(), span });
                self.advance();
                Ok(ExprKind::Name(parts))
            }
            (TokenKind::Int(number), kind) => {
                let number = u32::try_from(*number)
                    .map_err(|_| self.error_here("a tuple has no such element: they are counted from 1"))?;
                self.advance();
                Ok(ExprKind::TupleElement(Box::new(Expr { kind, span: left.span }), number))
            }
            (TokenKind::Symbol("*"), ExprKind::Name(table)) => {
                self.advance();
                Ok(ExprKind::Star { table, except: self.star_except()? })
            }
            (_, ExprKind::Name(mut parts)) => {
                parts.push(self.identifier("a name or a number after the point")?);
                Ok(ExprKind::Name(parts))
            }
            (_, kind) => {
                let name = self.identifier("a name or a number after the point")?;
                Ok(ExprKind::Member(Box::new(Expr { kind, span: left.span }), name))
            }
        }
    }

    /// Reads `EXCEPT (a, b)` behind a star.
    fn star_except(&mut self) -> Parsed<Vec<Identifier>> {
        if !self.is_one_of(&["except", "exclude"]) {
            return Ok(Vec::new());
        }
        let in_brackets = self.is_symbol_at(1, "(");
        let name_at = if in_brackets { 2 } else { 1 };
        let is_name = match self.kind_at(name_at) {
            TokenKind::Word => self.word_at(name_at).is_some_and(|word| !is_reserved(word)),
            TokenKind::QuotedName(_) => true,
            _ => false,
        };
        if !is_name {
            return Ok(Vec::new());
        }
        self.advance();
        if !in_brackets {
            return Ok(vec![self.identifier("a column")?]);
        }
        self.advance();
        let names = self.list(|parser| parser.identifier("a column"))?;
        self.expect_symbol(")", "or a comma after a column of EXCEPT")?;
        Ok(names)
    }

    /// Reads the name of a column or a table that has no `AS` before it, where there is one.
    pub(super) fn bare_alias(&mut self) -> Parsed<Option<Identifier>> {
        let is_alias = match self.kind() {
            TokenKind::Word => self.word_at(0).is_some_and(is_bare_alias),
            TokenKind::QuotedName(_) => true,
            _ => false,
        };
        if is_alias { self.identifier("an alias").map(Some) } else { Ok(None) }
    }

    /// Reads a query in brackets.
    pub(super) fn bracketed_query(&mut self) -> Parsed<Query> {
        self.expect_symbol("(", "and a query")?;
        let query = self.query()?;
        self.expect_symbol(")", "after the query")?;
        Ok(query)
    }
}
