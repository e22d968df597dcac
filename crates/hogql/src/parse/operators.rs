//! Values with operators between them, by precedence climbing.

use super::words::is_literal_word;
use super::{Parsed, Parser};
use crate::ast::{BinaryOperator, Expr, ExprKind, Identifier, InSet, Literal, Span, UnaryOperator};
use crate::lex::TokenKind;

/// How tight operators bind, the loosest first, as HogQL's grammar has them; only `BETWEEN` binds as other comparisons do.
pub(crate) const LOWEST: u8 = 1;
/// Everything but an alias without brackets.
pub(crate) const NO_ALIAS: u8 = 2;
const TERNARY: u8 = 2;
const OR: u8 = 3;
const AND: u8 = 4;
pub(crate) const NOT: u8 = 5;
const COALESCE: u8 = 6;
pub(crate) const IS: u8 = 7;
pub(crate) const COMPARISON: u8 = 8;
pub(crate) const SUM: u8 = 9;
const PRODUCT: u8 = 10;
pub(crate) const MINUS: u8 = 11;
/// Names, calls and all that hangs on them.
pub(crate) const POSTFIX: u8 = 12;

impl Parser<'_> {
    /// Reads a value whose operators bind at least as tight as `min`.
    pub(super) fn expr(&mut self, min: u8) -> Parsed<Expr> {
        self.nested(1, |parser| {
            let start = parser.start();
            let mut left = parser.prefix()?;
            loop {
                let before = parser.at;
                left = parser.infix(left, start, min)?;
                if parser.at == before {
                    return Ok(left);
                }
            }
        })
    }

    fn prefix(&mut self) -> Parsed<Expr> {
        let start = self.start();
        if self.eat_word("not") {
            let value = self.expr(NOT)?;
            return Ok(self.wrap(start, ExprKind::Unary(UnaryOperator::Not, Box::new(value))));
        }
        if self.is_symbol("-") || self.is_symbol("+") {
            if let Some(literal) = self.signed_number() {
                return Ok(self.wrap(start, ExprKind::Literal(literal)));
            }
            if self.eat_symbol("-") {
                let value = self.expr(MINUS)?;
                return Ok(self.wrap(start, ExprKind::Unary(UnaryOperator::Minus, Box::new(value))));
            }
        }
        self.primary()
    }

    /// Reads a number with its sign, which is one constant.
    fn signed_number(&mut self) -> Option<Literal> {
        let negative = self.is_symbol("-");
        let literal = match self.kind_at(1) {
            TokenKind::Int(value) => Literal::Int(if negative { -*value } else { *value }),
            TokenKind::Float(value) => match &self.text[self.tokens[self.at + 1].span.clone()] {
                "9223372036854775808" if negative => Literal::Int(i64::MIN),
                _ => Literal::Float(if negative { -*value } else { *value }),
            },
            TokenKind::Word if self.is_word_at(1, "inf") || self.is_word_at(1, "infinity") => {
                Literal::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
            }
            _ => return None,
        };
        self.advance();
        self.advance();
        Some(literal)
    }

    /// Reads one operator behind `left` and what belongs to it; nothing where the next token is none that binds as tight as `min`.
    fn infix(&mut self, left: Expr, start: usize, min: u8) -> Parsed<Expr> {
        if let TokenKind::Symbol(symbol) = *self.kind() {
            if matches!(symbol, "[" | "." | "?." | "::" | "(") {
                self.grow(1)?;
                return self.postfix(left, start, symbol);
            }
            if symbol == "?" && TERNARY >= min {
                return self.ternary(left, start);
            }
            return match symbol_operator(symbol) {
                Some((BinaryOperator::Concat, level)) if level >= min => {
                    self.chained(left, start, BinaryOperator::Concat)
                }
                Some((operator, level)) if level >= min => {
                    self.advance();
                    self.binary(left, start, operator, level)
                }
                _ => Ok(left),
            };
        }
        match self.word_at(0) {
            Some(word) => self.word_infix(left, start, min, &word.to_ascii_lowercase()),
            None => Ok(left),
        }
    }

    fn word_infix(&mut self, left: Expr, start: usize, min: u8, word: &str) -> Parsed<Expr> {
        match word {
            "as" if LOWEST >= min => {
                self.advance();
                let alias = self.alias()?;
                self.grow(1)?;
                Ok(self.wrap(start, ExprKind::Alias(Box::new(left), alias)))
            }
            "or" if OR >= min => self.chained(left, start, BinaryOperator::Or),
            "and" if AND >= min => self.chained(left, start, BinaryOperator::And),
            "is" if IS >= min => self.is(left, start),
            "like" | "ilike" | "in" | "between" | "not" | "global" if COMPARISON >= min => self.comparison(left, start),
            _ => Ok(left),
        }
    }

    /// Reads a comparison that is a word, perhaps behind `NOT` or `GLOBAL`.
    fn comparison(&mut self, left: Expr, start: usize) -> Parsed<Expr> {
        self.eat_word("global");
        let negated = self.eat_word("not");
        if self.eat_word("like") {
            let operator = if negated { BinaryOperator::NotLike } else { BinaryOperator::Like };
            return self.binary(left, start, operator, COMPARISON);
        }
        if self.eat_word("ilike") {
            let operator = if negated { BinaryOperator::NotILike } else { BinaryOperator::ILike };
            return self.binary(left, start, operator, COMPARISON);
        }
        if self.eat_word("between") {
            let low = self.expr(SUM)?;
            self.expect_word("and", "and the greatest value after BETWEEN and the least")?;
            let high = self.expr(SUM)?;
            self.grow(1)?;
            let [value, low, high] = [left, low, high].map(Box::new);
            return Ok(self.wrap(start, ExprKind::Between { value, low, high, negated }));
        }
        self.expect_word("in", "or another comparison")?;
        let set = self.in_set()?;
        self.grow(1)?;
        Ok(self.wrap(start, ExprKind::In { value: Box::new(left), set, negated }))
    }

    fn in_set(&mut self) -> Parsed<InSet> {
        if self.is_word("cohort") && self.begins_value_at(1) {
            self.advance();
            return Ok(InSet::Cohort(Box::new(self.expr(SUM)?)));
        }
        if self.is_symbol("(") && self.is_symbol_at(1, ")") {
            self.advance();
            self.advance();
            return Ok(InSet::List(Vec::new()));
        }
        let set = self.expr(SUM)?;
        Ok(match set.kind {
            ExprKind::Subquery(query) => InSet::Query(query),
            ExprKind::Tuple(values) => InSet::List(values),
            _ => InSet::List(vec![set]),
        })
    }

    fn is(&mut self, left: Expr, start: usize) -> Parsed<Expr> {
        self.advance();
        let negated = self.eat_word("not");
        if self.eat_word("null") {
            self.grow(1)?;
            return Ok(self.wrap(start, ExprKind::IsNull { value: Box::new(left), negated }));
        }
        if self.eat_words(&["distinct", "from"]) {
            let operator = if negated { BinaryOperator::NotDistinct } else { BinaryOperator::Distinct };
            return self.binary(left, start, operator, IS);
        }
        Err(self.unexpected("NULL or DISTINCT FROM after IS"))
    }

    fn binary(&mut self, left: Expr, start: usize, operator: BinaryOperator, level: u8) -> Parsed<Expr> {
        let right = self.expr(level + 1)?;
        self.grow(1)?;
        Ok(self.wrap(start, ExprKind::Binary(operator, Box::new(left), Box::new(right))))
    }

    /// Reads all values that stand in a row with `operator`, for which it does not matter which two are taken first, into a balanced tree.
    fn chained(&mut self, left: Expr, start: usize, operator: BinaryOperator) -> Parsed<Expr> {
        let level = level(operator);
        let mut values = vec![left];
        while self.eat_chained(operator) {
            values.push(self.expr(level + 1)?);
        }
        let mut expr = chain(operator, values);
        self.grow(levels_of(&expr, operator))?;
        expr.span = self.span_from(start);
        Ok(expr)
    }

    fn eat_chained(&mut self, operator: BinaryOperator) -> bool {
        match operator {
            BinaryOperator::And => self.eat_word("and"),
            BinaryOperator::Or => self.eat_word("or"),
            _ => self.eat_symbol("||"),
        }
    }

    fn ternary(&mut self, condition: Expr, start: usize) -> Parsed<Expr> {
        let name = Identifier { name: "if".to_owned(), span: self.tokens[self.at].span.clone() };
        self.advance();
        let then = self.expr(TERNARY)?;
        self.expect_symbol(":", "and the other value after `?` and the first")?;
        let otherwise = self.expr(TERNARY)?;
        self.grow(1)?;
        let call = call(name, vec![condition, then, otherwise]);
        Ok(self.wrap(start, call))
    }

    /// Reads the name behind `AS`.
    pub(super) fn alias(&mut self) -> Parsed<Identifier> {
        if let TokenKind::String(name) = self.kind() {
            let alias = Identifier { name: name.clone(), span: self.tokens[self.at].span.clone() };
            self.advance();
            return Ok(alias);
        }
        match self.word_at(0) {
            Some(word) if is_literal_word(word) => Err(self.error_here(format!(
                "`{word}` is a value and cannot be an alias: choose another name, or put quotes around it"
            ))),
            _ => self.identifier("a name after AS"),
        }
    }

    /// A value of `kind` from `start` to the last token read.
    pub(super) fn wrap(&self, start: usize, kind: ExprKind) -> Expr {
        Expr { kind, span: self.span_from(start) }
    }
}

/// A plain call of a function.
pub(super) fn call(name: Identifier, args: Vec<Expr>) -> ExprKind {
    ExprKind::Call { name, params: None, args, distinct: false, filter: None, over: None }
}

/// Puts `values` together by `operator`, which is `AND`, `OR` or `||`, in one form however the text had brackets: a balanced tree, whose
/// height grows with the logarithm of their number.
pub(crate) fn chain(operator: BinaryOperator, values: Vec<Expr>) -> Expr {
    let mut leaves = Vec::with_capacity(values.len());
    values.into_iter().for_each(|value| push_leaves(operator, value, &mut leaves));
    let n_leaves = leaves.len();
    balanced(operator, &mut leaves.into_iter(), n_leaves)
}

fn push_leaves(operator: BinaryOperator, value: Expr, leaves: &mut Vec<Expr>) {
    match value.kind {
        ExprKind::Binary(found, left, right) if found == operator => {
            push_leaves(operator, *left, leaves);
            push_leaves(operator, *right, leaves);
        }
        _ => leaves.push(value),
    }
}

/// The values that [`chain`] put together to `kind`, in order.
pub(crate) fn leaves<'a>(operator: BinaryOperator, kind: &'a ExprKind, leaves_so_far: &mut Vec<&'a Expr>) {
    let ExprKind::Binary(_, left, right) = kind else { return };
    for side in [left, right] {
        match &side.kind {
            kind @ ExprKind::Binary(found, ..) if *found == operator => leaves(operator, kind, leaves_so_far),
            _ => leaves_so_far.push(side),
        }
    }
}

fn balanced(operator: BinaryOperator, leaves: &mut impl Iterator<Item = Expr>, n: usize) -> Expr {
    if n <= 1 {
        return leaves.next().expect("a chain has a value, and as many as were counted");
    }
    let left = balanced(operator, leaves, n.div_ceil(2));
    let right = balanced(operator, leaves, n / 2);
    let span: Span = left.span.start..right.span.end;
    Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span }
}

/// How many levels of `operator` lie above the first leaf of a balanced tree, which is the deepest.
fn levels_of(expr: &Expr, operator: BinaryOperator) -> usize {
    let mut levels = 0;
    let mut expr = expr;
    while let ExprKind::Binary(found, left, _) = &expr.kind
        && *found == operator
    {
        levels += 1;
        expr = left;
    }
    levels
}

fn symbol_operator(symbol: &str) -> Option<(BinaryOperator, u8)> {
    let operator = match symbol {
        "=" | "==" => BinaryOperator::Equals,
        "!=" | "<>" => BinaryOperator::NotEquals,
        "<" => BinaryOperator::Less,
        "<=" => BinaryOperator::LessOrEquals,
        ">" => BinaryOperator::Greater,
        ">=" => BinaryOperator::GreaterOrEquals,
        "=~" | "~" => BinaryOperator::Matches,
        "!~" => BinaryOperator::NotMatches,
        "=~*" | "~*" => BinaryOperator::IMatches,
        "!~*" => BinaryOperator::NotIMatches,
        "<=>" => BinaryOperator::NotDistinct,
        "+" => BinaryOperator::Plus,
        "-" => BinaryOperator::Minus,
        "||" => BinaryOperator::Concat,
        "*" => BinaryOperator::Multiply,
        "/" => BinaryOperator::Divide,
        "%" => BinaryOperator::Modulo,
        "??" => BinaryOperator::Coalesce,
        _ => return None,
    };
    Some((operator, level(operator)))
}

/// How tight `operator` binds.
pub(crate) fn level(operator: BinaryOperator) -> u8 {
    match operator {
        BinaryOperator::Or => OR,
        BinaryOperator::And => AND,
        BinaryOperator::Coalesce => COALESCE,
        BinaryOperator::Distinct | BinaryOperator::NotDistinct => IS,
        BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Concat => SUM,
        BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Modulo => PRODUCT,
        _ => COMPARISON,
    }
}

/// How tight the outermost operator of a value binds: as an operand of anything tighter it needs brackets.
pub(crate) fn level_of(kind: &ExprKind) -> u8 {
    match kind {
        ExprKind::Alias(..) | ExprKind::Lambda { .. } => LOWEST,
        ExprKind::Binary(operator, ..) => level(*operator),
        ExprKind::Unary(UnaryOperator::Not, _) => NOT,
        ExprKind::Unary(UnaryOperator::Minus, _) => MINUS,
        ExprKind::Between { .. } | ExprKind::In { .. } => COMPARISON,
        ExprKind::IsNull { .. } => IS,
        _ => POSTFIX,
    }
}
