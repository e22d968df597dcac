//! From text to tokens, each with the bytes where it stands.

mod number;
mod quoted;

use crate::ast::Span;
use crate::error::HogqlError;

/// The longest text that is read, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 100_000;

/// The longest come first, so that none hides another that it begins.
const SYMBOLS: [&str; 40] = [
    "=~*", "!~*", "<=>", "->", "::", "==", "!=", "<>", "<=", ">=", "||", "??", "?.", "=~", "!~", "~*", "(", ")", "[",
    "]", "{", "}", ",", ".", ";", "+", "-", "*", "/", "%", "=", "<", ">", "~", "?", ":", "@", "#", "^", "&",
];

/// A piece of the text that means something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Where it stands.
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A name without quotes, or a keyword: which one, only the parser can know.
    Word,
    /// A name in quotes, without them.
    QuotedName(String),
    /// A text in quotes, without them.
    String(String),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// An operator or a mark.
    Symbol(&'static str),
    /// The beginning of `f'…'`.
    TemplateStart,
    /// Its text up to the next `{` or its end.
    TemplateText(String),
    /// Its end.
    TemplateEnd,
    /// The end of everything.
    End,
}

/// Cuts `text` into tokens; the last one is [`TokenKind::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, HogqlError> {
    if text.len() > MAX_TEXT_BYTES {
        let message = format!(
            "the text has {} bytes: at most {MAX_TEXT_BYTES} are read, so put what is long into values",
            text.len()
        );
        return Err(HogqlError::at(text, 0, message));
    }
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), braces: Vec::new() };
    while lexer.token()? {}
    lexer.push(TokenKind::End, text.len());
    Ok(lexer.tokens)
}

/// What a `}` ends.
enum Brace {
    /// A placeholder.
    Placeholder,
    /// A value inside `f'…'`.
    Template,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    braces: Vec<Brace>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Adds a token from where the lexer stands to `end`, and goes there.
    fn push(&mut self, kind: TokenKind, end: usize) {
        self.tokens.push(Token { kind, span: self.at..end });
        self.at = end;
    }

    fn error(&self, offset: usize, message: impl Into<String>) -> HogqlError {
        HogqlError::at(self.text, offset, message)
    }

    /// Reads one token, or says that there is none left.
    fn token(&mut self) -> Result<bool, HogqlError> {
        self.skip_space()?;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(false) };
        let second = rest[first.len_utf8()..].chars().next();
        match first {
            '\'' => {
                let (content, end) = quoted::read(self.text, self.at)?;
                self.push(TokenKind::String(content), end);
            }
            '`' | '"' => {
                let (content, end) = quoted::read(self.text, self.at)?;
                if content.is_empty() {
                    return Err(self.error(self.at, "a name in quotes cannot be empty"));
                }
                self.push(TokenKind::QuotedName(content), end);
            }
            'f' | 'F' if second == Some('\'') => {
                self.push(TokenKind::TemplateStart, self.at + 2);
                self.template_text()?;
            }
            '0'..='9' => self.number()?,
            '.' if second.is_some_and(|next| next.is_ascii_digit()) && !self.is_access() => self.number()?,
            _ if first.is_alphabetic() || matches!(first, '_' | '$') => {
                let length = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$')).unwrap_or(rest.len());
                self.push(TokenKind::Word, self.at + length);
            }
            _ => self.symbol(first)?,
        }
        Ok(true)
    }

    fn symbol(&mut self, first: char) -> Result<(), HogqlError> {
        let rest = self.rest();
        let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) else {
            return Err(self.error(self.at, format!("`{}` has no meaning here", first.escape_debug())));
        };
        self.push(TokenKind::Symbol(symbol), self.at + symbol.len());
        match symbol {
            "{" => self.braces.push(Brace::Placeholder),
            "}" => {
                if let Some(Brace::Template) = self.braces.pop() {
                    self.template_text()?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads what stands between the values of `f'…'`.
    fn template_text(&mut self) -> Result<(), HogqlError> {
        let (content, end) = quoted::read_template(self.text, self.at)?;
        if !content.is_empty() {
            self.push(TokenKind::TemplateText(content), end);
        }
        if self.rest().starts_with('{') {
            self.push(TokenKind::Symbol("{"), self.at + 1);
            self.braces.push(Brace::Template);
        } else {
            self.push(TokenKind::TemplateEnd, self.at + 1);
        }
        Ok(())
    }

    /// Whether a number after this `.` names an element of what is before it: `t.1`.
    fn is_access(&self) -> bool {
        self.tokens.last().is_some_and(|token| token.span.end == self.at && ends_value(&token.kind))
    }

    fn number(&mut self) -> Result<(), HogqlError> {
        let behind_point = matches!(
            self.tokens.as_slice(),
            [.., value, Token { kind: TokenKind::Symbol("." | "?."), span }]
                if span.end == self.at && ends_value(&value.kind)
        );
        let only_digits = behind_point && !self.rest().starts_with('.');
        let (kind, length) = number::read(self.rest(), only_digits);
        let end = self.at + length;
        let next = self.text[end..].chars().next();
        if !only_digits && next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '$')) {
            return Err(self
                .error(self.at, "a number goes over into a name: put a space between them, or quotes around a name"));
        }
        self.push(kind, end);
        Ok(())
    }

    fn skip_space(&mut self) -> Result<(), HogqlError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("--") || trimmed.starts_with("//") {
                self.at += trimmed.find(['\n', '\r']).unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                let Some(length) = trimmed.find("*/") else {
                    return Err(self.error(self.at, "a comment is opened here and never closed: `*/` is missing"));
                };
                self.at += length + 2;
            } else {
                return Ok(());
            }
        }
    }
}

/// Whether a value may end with it.
fn ends_value(kind: &TokenKind) -> bool {
    match kind {
        TokenKind::Symbol(symbol) => matches!(*symbol, ")" | "]" | "}"),
        TokenKind::TemplateStart | TokenKind::TemplateText(_) | TokenKind::End => false,
        TokenKind::Word
        | TokenKind::QuotedName(_)
        | TokenKind::String(_)
        | TokenKind::Int(_)
        | TokenKind::Float(_)
        | TokenKind::TemplateEnd => true,
    }
}

#[cfg(test)]
mod tests;
