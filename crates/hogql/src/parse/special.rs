//! Values that begin with a word of their own: `CASE`, `CAST`, `INTERVAL` and others.

use super::operators::{LOWEST, NO_ALIAS, call};
use super::words::{is_literal_word, is_reserved};
use super::{Parsed, Parser};
use crate::ast::{Expr, ExprKind, Identifier, Literal};
use crate::lex::TokenKind;
use crate::types::IntervalUnit;

impl Parser<'_> {
    /// Reads a value that begins with a word.
    pub(super) fn word(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let word = self.word_at(0).expect("the caller has seen a word").to_ascii_lowercase();
        let is_call = self.is_symbol_at(1, "(");
        let is_before_text = matches!(self.kind_at(1), TokenKind::String(_));
        match word.as_str() {
            "case" => return self.case(),
            // ClickHouse's functions of these names: where a value begins, no operator can be meant
            "like" | "ilike" | "in" | "and" | "or" if is_call => return self.named(),
            _ if is_reserved(&word) => {
                let hint = if self.begins_query() {
                    "a value: a query inside of another stands in brackets"
                } else {
                    "a value"
                };
                return Err(self.unexpected(hint));
            }
            _ if is_literal_word(&word) && !is_call => {
                self.advance();
                return Ok(self.wrap(start, ExprKind::Literal(literal(&word))));
            }
            "date" if is_before_text => return self.dated("toDate"),
            "timestamp" if is_before_text => return self.dated("toDateTime"),
            "interval" if self.begins_interval() => return self.interval(),
            "cast" | "try_cast" if is_call => return self.cast(word == "try_cast"),
            "exists"
                if is_call
                    && (self.is_word_at(2, "select") || self.is_word_at(2, "with") || self.is_symbol_at(2, "(")) =>
            {
                self.advance();
                let query = Box::new(self.bracketed_query()?);
                return Ok(self.wrap(start, ExprKind::Exists(query)));
            }
            "columns" if is_call && matches!(self.kind_at(2), TokenKind::String(_)) => return self.columns(),
            "extract" if is_call && self.is_word_at(3, "from") => return self.extract(),
            "trim" if is_call && ["both", "leading", "trailing"].iter().any(|side| self.is_word_at(2, side)) => {
                return self.trim();
            }
            "substring" if is_call => return self.substring(),
            _ => {}
        }
        self.named()
    }

    /// Reads `DATE '…'` as the function that makes one.
    fn dated(&mut self, function: &str) -> Parsed<Expr> {
        let start = self.start();
        let name = self.made_name(function);
        self.advance();
        let value = self.primary()?;
        self.grow(1)?;
        Ok(self.wrap(start, call(name, vec![value])))
    }

    /// The name of a function that stands for the next token.
    fn made_name(&self, function: &str) -> Identifier {
        Identifier { name: function.to_owned(), span: self.tokens[self.at].span.clone() }
    }

    fn case(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.advance();
        let operand = if self.is_word("when") { None } else { Some(Box::new(self.expr(LOWEST)?)) };
        let mut branches = Vec::new();
        while self.eat_word("when") {
            let condition = self.expr(LOWEST)?;
            self.expect_word("then", "and a value after WHEN and a condition")?;
            branches.push((condition, self.expr(LOWEST)?));
        }
        if branches.is_empty() {
            return Err(self.unexpected("WHEN after CASE"));
        }
        let otherwise = if self.eat_word("else") { Some(Box::new(self.expr(LOWEST)?)) } else { None };
        self.expect_word("end", "after the last value of CASE")?;
        Ok(self.wrap(start, ExprKind::Case { operand, branches, otherwise }))
    }

    fn cast(&mut self, is_try: bool) -> Parsed<Expr> {
        let start = self.start();
        self.advance();
        self.advance();
        let value = Box::new(self.expr(NO_ALIAS)?);
        let type_name = if self.eat_symbol(",") {
            let TokenKind::String(name) = self.kind() else {
                return Err(self.unexpected("a type in quotes, such as 'Float64'"));
            };
            let name = name.clone();
            self.advance();
            name
        } else {
            self.expect_word("as", "and a type after the value of CAST")?;
            self.type_name()?
        };
        self.expect_symbol(")", "after the type of CAST")?;
        Ok(self.wrap(start, ExprKind::Cast { value, type_name, is_try }))
    }

    /// Reads a type: `Nullable(Float64)`, `DateTime64(6, 'UTC')`.
    pub(super) fn type_name(&mut self) -> Parsed<String> {
        const WANTED: &str = "a type, such as Float64";
        // No type has a name that needs quotes.
        if !matches!(self.kind(), TokenKind::Word) {
            return Err(self.unexpected(WANTED));
        }
        let mut written = self.identifier(WANTED)?.name;
        if !self.is_symbol("(") {
            return Ok(written);
        }
        let mut open = 0_usize;
        loop {
            let part = &self.text[self.tokens[self.at].span.clone()];
            match self.kind() {
                TokenKind::Symbol("(") => open += 1,
                TokenKind::Symbol(")") => open -= 1,
                TokenKind::Word | TokenKind::String(_) | TokenKind::Int(_) | TokenKind::Symbol("," | "=" | "-") => {}
                _ => return Err(self.unexpected("`)` after the type")),
            }
            let is_apart = !matches!(part, "(" | ")" | ",") && !written.ends_with(['(', '-']);
            if is_apart {
                written.push(' ');
            }
            written.push_str(part);
            self.advance();
            if open == 0 {
                return Ok(written);
            }
        }
    }

    /// Whether `INTERVAL` is no column here.
    fn begins_interval(&self) -> bool {
        match self.kind_at(1) {
            TokenKind::Symbol(symbol) => matches!(*symbol, "(" | "{" | "-"),
            TokenKind::Word => {
                self.begins_value_at(1)
                    && !self.word_at(1).is_some_and(|word| unit(word).is_some() && !self.begins_value_at(2))
            }
            kind => matches!(
                kind,
                TokenKind::String(_) | TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::QuotedName(_)
            ),
        }
    }

    fn interval(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.advance();
        if let Some((amount, unit)) = self.written_interval()? {
            return Ok(self.wrap(start, ExprKind::Interval { amount: Box::new(amount), unit }));
        }
        let amount = Box::new(self.expr(NO_ALIAS)?);
        let unit = self.word_at(0).and_then(unit).ok_or_else(|| self.unexpected(UNITS))?;
        self.advance();
        Ok(self.wrap(start, ExprKind::Interval { amount, unit }))
    }

    /// Reads the text of `INTERVAL '5 day'`, unless a unit stands behind it.
    fn written_interval(&mut self) -> Parsed<Option<(Expr, IntervalUnit)>> {
        let TokenKind::String(written) = self.kind() else { return Ok(None) };
        if self.word_at(1).and_then(unit).is_some() {
            return Ok(None);
        }
        let mut parts = written.split_whitespace();
        let amount = parts.next().and_then(|amount| amount.parse().ok());
        let unit = parts.next().and_then(unit);
        let (Some(amount), Some(unit), None) = (amount, unit, parts.next()) else {
            return Err(self.unexpected("a whole number and a unit after INTERVAL, such as '1 day'"));
        };
        let start = self.start();
        self.advance();
        Ok(Some((self.wrap(start, ExprKind::Literal(Literal::Int(amount))), unit)))
    }

    fn columns(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.advance();
        self.advance();
        let TokenKind::String(regex) = self.kind() else {
            return Err(self.unexpected("a regular expression in quotes"));
        };
        let regex = regex.clone();
        self.advance();
        self.expect_symbol(")", "after the regular expression")?;
        Ok(self.wrap(start, ExprKind::Columns(regex)))
    }

    /// Reads `EXTRACT(unit FROM x)` as the function that takes that part.
    fn extract(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let function = match self.word_at(2).map(str::to_ascii_lowercase).as_deref() {
            Some("second") => "toSecond",
            Some("minute") => "toMinute",
            Some("hour") => "toHour",
            Some("day") => "toDayOfMonth",
            Some("dow") => "toDayOfWeek",
            Some("doy") => "toDayOfYear",
            Some("week") => "toISOWeek",
            Some("month") => "toMonth",
            Some("quarter") => "toQuarter",
            Some("year") => "toYear",
            Some("epoch") => "toUnixTimestamp",
            _ => {
                self.advance();
                self.advance();
                return Err(self.unexpected(UNITS));
            }
        };
        let name = self.made_name(function);
        (0..4).for_each(|_| self.advance());
        let value = self.expr(LOWEST)?;
        self.expect_symbol(")", "after the value of EXTRACT")?;
        Ok(self.wrap(start, call(name, vec![value])))
    }

    /// Reads `TRIM(BOTH 'x' FROM y)` as the function that takes these characters away.
    fn trim(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let function = match self.word_at(2).map(str::to_ascii_lowercase).as_deref() {
            Some("both") => "trimBoth",
            Some("leading") => "trimLeft",
            _ => "trimRight",
        };
        let name = self.made_name(function);
        (0..3).for_each(|_| self.advance());
        let characters = if self.is_word("from") { None } else { Some(self.expr(NO_ALIAS)?) };
        self.expect_word("from", "and a value after what is trimmed")?;
        let value = self.expr(LOWEST)?;
        self.expect_symbol(")", "after the value of TRIM")?;
        Ok(self.wrap(start, call(name, [Some(value), characters].into_iter().flatten().collect())))
    }

    /// Reads `SUBSTRING(x FROM 2 FOR 3)`, or a plain call.
    fn substring(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let before = self.at;
        let name = self.identifier("substring")?;
        self.advance();
        if self.is_symbol(")") || self.begins_query() {
            self.at = before;
            return self.named();
        }
        let mut args = vec![self.expr(LOWEST)?];
        if self.eat_word("from") {
            args.push(self.expr(LOWEST)?);
            if self.eat_word("for") {
                args.push(self.expr(LOWEST)?);
            }
        } else if self.eat_symbol(",") {
            args.extend(self.list(|parser| parser.expr(LOWEST))?);
        }
        self.expect_symbol(")", "or a comma after an argument of substring")?;
        Ok(self.wrap(start, call(name, args)))
    }
}

const UNITS: &str = "one of SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR";

fn unit(word: &str) -> Option<IntervalUnit> {
    let lower = word.to_ascii_lowercase();
    Some(match lower.strip_suffix('s').unwrap_or(&lower) {
        "second" => IntervalUnit::Second,
        "minute" => IntervalUnit::Minute,
        "hour" => IntervalUnit::Hour,
        "day" => IntervalUnit::Day,
        "week" => IntervalUnit::Week,
        "month" => IntervalUnit::Month,
        "quarter" => IntervalUnit::Quarter,
        "year" => IntervalUnit::Year,
        _ => return None,
    })
}

fn literal(word: &str) -> Literal {
    match word {
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        "null" => Literal::Null,
        "nan" => Literal::Float(f64::NAN),
        _ => Literal::Float(f64::INFINITY),
    }
}
