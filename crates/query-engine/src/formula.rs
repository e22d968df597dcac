//! Formulas over series: `A + 2 * B / (C - 1)`.

mod parser;
#[cfg(test)]
mod tests;

use crate::formula::parser::Parser;

/// The longest formula, in bytes.
const MAX_BYTES: usize = 1000;

/// How deep parentheses and signs may be nested.
const MAX_DEPTH: usize = 50;

/// A formula that has been read and found well-formed.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: String,
    root: Expression,
}

/// Why a formula cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormulaError {
    /// There is nothing in it.
    #[error("the formula is empty; write one such as A / B * 100")]
    Empty,
    /// It is longer than it may be.
    #[error("the formula is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// It is nested deeper than it may be.
    #[error("the formula is nested deeper than {MAX_DEPTH} levels at character {position}")]
    TooDeep {
        /// Where, in characters from 1.
        position: usize,
    },
    /// Something stands where something else must.
    #[error("unexpected {found} at character {position} of the formula; {wanted} is expected there")]
    Unexpected {
        /// Where, in characters from 1.
        position: usize,
        /// What stands there.
        found: String,
        /// What must.
        wanted: &'static str,
    },
    /// It names a series that the query does not have.
    #[error(
        "the formula names series {letter} at character {position}, but the query has {n_series} series (A is the first)"
    )]
    UnknownSeries {
        /// The name.
        letter: char,
        /// Where, in characters from 1.
        position: usize,
        /// How many series there are.
        n_series: usize,
    },
}

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Number(f64),
    /// The series of that position.
    Series(usize),
    Negated(Box<Expression>),
    Binary(Operation, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

impl Formula {
    /// Reads a formula over `n_series` series, of which the first is `A`; lower case letters mean the same.
    ///
    /// There are `+`, `-`, `*`, `/`, `%`, `**`, signs, parentheses, and numbers such as `12`, `.5` and `1e3`.
    ///
    /// # Errors
    /// What is wrong with it and at which character.
    pub fn parse(text: &str, n_series: usize) -> Result<Self, FormulaError> {
        if text.len() > MAX_BYTES {
            return Err(FormulaError::TooLong);
        }
        let root = Parser::new(text, n_series).formula()?;
        Ok(Self { text: text.to_owned(), root })
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its value where the series have those values, one for each; dividing by zero, and whatever else gives no finite number, gives 0.
    ///
    /// # Panics
    /// Where there are fewer values than the series that it was read for.
    pub fn evaluate(&self, values: &[f64]) -> f64 {
        finite(self.root.evaluate(values))
    }
}

impl Expression {
    fn evaluate(&self, values: &[f64]) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Series(index) => values[*index],
            Self::Negated(inner) => -inner.evaluate(values),
            Self::Binary(operation, left, right) => operation.apply(left.evaluate(values), right.evaluate(values)),
        }
    }
}

impl Operation {
    fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide | Self::Remainder if right == 0.0 => 0.0,
            Self::Divide => left / right,
            Self::Remainder => left % right,
            Self::Power => finite(left.powf(right)),
        }
    }
}

fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}
