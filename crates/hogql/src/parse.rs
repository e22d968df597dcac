//! From text to syntax tree.
//!
//! Written by hand, because HogQL is no subset of any SQL that a library reads; `docs/hogql.md` says more. Values are read by precedence
//! climbing (`parse/expr.rs`), everything else by recursive descent.

mod from;
pub(crate) mod operators;
mod primary;
mod query;
mod select;
mod special;
mod words;

use crate::ast::{Expr, Identifier, OrderBy, Query, Span};
use crate::error::HogqlError;
use crate::lex::{self, Token, TokenKind};

pub(crate) use words::{is_literal_word, is_reserved, is_special_call};

/// How deep brackets and operators before a value may stand in each other.
const MAX_NESTING: usize = 80;
/// How many of these levels a query inside of another counts for: reading it takes so much more of the stack.
const QUERY_LEVELS: usize = 4;
/// The longest way from the root of the tree to a leaf, so that whoever walks it need not fear for the stack. `AND`, `OR` and `||` of many
/// values count little, because they are read as a balanced tree; of other operators in a row each counts one.
const MAX_HEIGHT: usize = 250;

/// Reads a `SELECT` statement, perhaps with a semicolon at its end.
///
/// # Errors
/// Where it is none: at the first character that cannot stand where it stands.
pub fn parse_query(text: &str) -> Result<Query, HogqlError> {
    let mut parser = Parser::new(text)?;
    parser.require_select()?;
    let query = parser.query()?;
    let closed = parser.eat_symbol(";");
    while parser.eat_symbol(";") {}
    if closed && parser.kind() != &TokenKind::End {
        return Err(parser.error_here("only one statement is answered: remove what stands behind the semicolon"));
    }
    parser.end("an operator, a comma, the next clause or the end of the query")?;
    Ok(query)
}

/// Reads a value, perhaps with an alias: what stands in a filter, a breakdown or a column.
///
/// # Errors
/// As [`parse_query`].
pub fn parse_expression(text: &str) -> Result<Expr, HogqlError> {
    let mut parser = Parser::new(text)?;
    let expr = parser.expr(operators::LOWEST)?;
    parser.end("an operator or the end of the expression")?;
    Ok(expr)
}

/// Reads one of the items of an `ORDER BY`: a value, perhaps with `ASC` or `DESC`.
///
/// # Errors
/// As [`parse_query`].
pub fn parse_order(text: &str) -> Result<OrderBy, HogqlError> {
    let mut parser = Parser::new(text)?;
    let order = parser.order_by_item()?;
    parser.end("an operator, ASC, DESC or the end of the expression")?;
    Ok(order)
}

type Parsed<T> = Result<T, HogqlError>;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// The position of the next token; never beyond the last, which is the end.
    at: usize,
    /// The levels of the calls of [`Parser::nested`] that are under way.
    depth: usize,
    /// The height of the highest tree read so far inside the current call of [`Parser::nested`].
    height: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Parsed<Self> {
        Ok(Self { text, tokens: lex::tokens(text)?, at: 0, depth: 0, height: 0 })
    }

    fn kind(&self) -> &TokenKind {
        self.kind_at(0)
    }

    /// The token so many behind the next one.
    fn kind_at(&self, ahead: usize) -> &TokenKind {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)].kind
    }

    /// Where the next token begins.
    fn start(&self) -> usize {
        self.tokens[self.at].span.start
    }

    /// From `start` to the end of the last token read.
    fn span_from(&self, start: usize) -> Span {
        let end = self.at.checked_sub(1).map_or(start, |last| self.tokens[last].span.end);
        start..end.max(start)
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        self.is_symbol_at(0, symbol)
    }

    fn is_symbol_at(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.kind_at(ahead), TokenKind::Symbol(found) if *found == symbol)
    }

    fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn expect_symbol(&mut self, symbol: &str, purpose: &str) -> Parsed<()> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}` {purpose}"))) }
    }

    /// The word so many tokens ahead, as written; `None` where there is none, or a quoted one.
    fn word_at(&self, ahead: usize) -> Option<&'a str> {
        let token = &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)];
        (token.kind == TokenKind::Word).then(|| &self.text[token.span.clone()])
    }

    fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }

    fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        self.word_at(ahead).is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    /// Reads `words` one after the other, or nothing.
    fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = words.iter().enumerate().all(|(ahead, word)| self.is_word_at(ahead, word));
        if found {
            words.iter().for_each(|_| self.advance());
        }
        found
    }

    fn expect_word(&mut self, word: &str, purpose: &str) -> Parsed<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.unexpected(&format!("{} {purpose}", word.to_uppercase()))) }
    }

    /// Reads a name, quoted or not; any word will do.
    fn identifier(&mut self, purpose: &str) -> Parsed<Identifier> {
        let name = match self.kind() {
            TokenKind::Word => self.text[self.tokens[self.at].span.clone()].to_owned(),
            TokenKind::QuotedName(name) => name.clone(),
            _ => return Err(self.unexpected(purpose)),
        };
        let span = self.tokens[self.at].span.clone();
        self.advance();
        Ok(Identifier { name, span })
    }

    /// Reads `item`s with commas between them, and perhaps one behind the last.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_symbol(",") {
            if !self.begins_value() {
                break;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Reads what `read` reads, so many levels further in, and notes the height of the tree that comes out.
    fn nested<T>(&mut self, levels: usize, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth + levels > MAX_NESTING {
            return Err(self.error_here(format!("the query is nested too deep: at most {MAX_NESTING} levels are read")));
        }
        self.depth += levels;
        let around = std::mem::take(&mut self.height);
        let result = read(self);
        self.depth -= levels;
        self.grow(1)?;
        self.height = self.height.max(around);
        result
    }

    /// Notes that so many levels were put on top of the tree just read.
    fn grow(&mut self, levels: usize) -> Parsed<()> {
        self.height += levels;
        if self.height > MAX_HEIGHT {
            let message = format!(
                "too many operators in a row: at most about {MAX_HEIGHT} are read, so use an array or brackets"
            );
            return Err(self.error_here(message));
        }
        Ok(())
    }

    fn end(&self, expected: &str) -> Parsed<()> {
        if self.kind() == &TokenKind::End { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn unexpected(&self, expected: &str) -> HogqlError {
        self.error_here(format!("expected {expected}, found {}", self.found()))
    }

    /// What the next token is, for messages.
    fn found(&self) -> String {
        let token = &self.tokens[self.at];
        if token.kind == TokenKind::End {
            return "the end of the text".to_owned();
        }
        let written = &self.text[token.span.clone()];
        match written.char_indices().nth(40) {
            None => format!("`{written}`"),
            Some((cut, _)) => format!("`{}…`", &written[..cut]),
        }
    }

    fn error_here(&self, message: impl Into<String>) -> HogqlError {
        HogqlError::at(self.text, self.start(), message)
    }
}

#[cfg(test)]
mod tests;
