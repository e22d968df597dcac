//! Reading formulas: recursive descent, one method for each level of precedence.

use crate::formula::{Expression, FormulaError, MAX_DEPTH, Operation};

const OPERAND: &str = "a series (A, B, …), a number or a parenthesis";
const OPERATOR: &str = "an operator (+, -, *, /, %, **) or the end";

pub(super) struct Parser<'a> {
    rest: &'a str,
    /// Of the first character of `rest`, from 1.
    position: usize,
    n_series: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, n_series: usize) -> Self {
        Self { rest: text, position: 1, n_series, depth: 0 }
    }

    pub(super) fn formula(mut self) -> Result<Expression, FormulaError> {
        self.skip_spaces();
        if self.rest.is_empty() {
            return Err(FormulaError::Empty);
        }
        let root = self.sum()?;
        if self.rest.is_empty() { Ok(root) } else { Err(self.unexpected(OPERATOR)) }
    }

    fn sum(&mut self) -> Result<Expression, FormulaError> {
        let mut left = self.product()?;
        loop {
            let operation = match self.peek() {
                Some('+') => Operation::Add,
                Some('-') => Operation::Subtract,
                _ => return Ok(left),
            };
            self.advance(1);
            left = binary(operation, left, self.product()?);
        }
    }

    fn product(&mut self) -> Result<Expression, FormulaError> {
        let mut left = self.signed()?;
        loop {
            let operation = match self.peek() {
                Some('*') => Operation::Multiply,
                Some('/') => Operation::Divide,
                Some('%') => Operation::Remainder,
                _ => return Ok(left),
            };
            self.advance(1);
            left = binary(operation, left, self.signed()?);
        }
    }

    fn signed(&mut self) -> Result<Expression, FormulaError> {
        match self.peek() {
            Some('-') => {
                self.advance(1);
                Ok(Expression::Negated(Box::new(self.nested(Self::signed)?)))
            }
            Some('+') => {
                self.advance(1);
                self.nested(Self::signed)
            }
            _ => self.power(),
        }
    }

    /// `**` binds tighter than a sign on its left and takes one on its right, and groups from the right.
    fn power(&mut self) -> Result<Expression, FormulaError> {
        let base = self.operand()?;
        if self.rest.starts_with("**") {
            self.advance(2);
            return Ok(binary(Operation::Power, base, self.nested(Self::signed)?));
        }
        Ok(base)
    }

    fn operand(&mut self) -> Result<Expression, FormulaError> {
        match self.peek() {
            Some('(') => {
                self.advance(1);
                let inner = self.nested(Self::sum)?;
                if self.peek() != Some(')') {
                    return Err(self.unexpected("an operator or a closing parenthesis"));
                }
                self.advance(1);
                Ok(inner)
            }
            Some(letter) if letter.is_ascii_alphabetic() => self.series(letter),
            Some(digit) if digit.is_ascii_digit() || digit == '.' => self.number(),
            _ => Err(self.unexpected(OPERAND)),
        }
    }

    fn series(&mut self, letter: char) -> Result<Expression, FormulaError> {
        let upper = letter.to_ascii_uppercase();
        let index = upper as usize - 'A' as usize;
        if self.rest[1..].starts_with(|next: char| next.is_alphanumeric() || next == '_') {
            return Err(self.unexpected("a series by one letter (A, B, …)"));
        }
        if index >= self.n_series {
            return Err(FormulaError::UnknownSeries {
                letter: upper,
                position: self.position,
                n_series: self.n_series,
            });
        }
        self.advance(1);
        Ok(Expression::Series(index))
    }

    fn number(&mut self) -> Result<Expression, FormulaError> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut length = digits(self.rest);
        if self.rest[length..].starts_with('.') {
            length += 1 + digits(&self.rest[length + 1..]);
        }
        if self.rest[length..].starts_with(['e', 'E']) {
            let sign = usize::from(self.rest[length + 1..].starts_with(['+', '-']));
            let n_digits = digits(&self.rest[length + 1 + sign..]);
            if n_digits > 0 {
                length += 1 + sign + n_digits;
            }
        }
        let number = self.rest[..length].parse().ok().filter(|number: &f64| number.is_finite());
        let number = number.ok_or_else(|| self.unexpected("a number"))?;
        self.advance(length);
        Ok(Expression::Number(number))
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Expression, FormulaError>) -> Result<Expression, FormulaError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FormulaError::TooDeep { position: self.position });
        }
        let expression = read(self);
        self.depth -= 1;
        expression
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Goes past so many bytes, which are ASCII, and the spaces behind them.
    fn advance(&mut self, n_bytes: usize) {
        self.rest = &self.rest[n_bytes..];
        self.position += n_bytes;
        self.skip_spaces();
    }

    fn skip_spaces(&mut self) {
        let trimmed = self.rest.trim_start();
        self.position += self.rest[..self.rest.len() - trimmed.len()].chars().count();
        self.rest = trimmed;
    }

    fn unexpected(&self, wanted: &'static str) -> FormulaError {
        let found = self.peek().map_or_else(|| "end".to_owned(), |found| format!("{found:?}"));
        FormulaError::Unexpected { position: self.position, found, wanted }
    }
}

fn binary(operation: Operation, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operation, Box::new(left), Box::new(right))
}
