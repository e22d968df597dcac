//! From syntax tree to text, in one form for all texts that say the same. What is printed is read again as an equal tree, spans aside.

mod query;

use std::fmt::Write as _;

use crate::ast::{BinaryOperator, Expr, ExprKind, Identifier, InSet, Literal, Over, Query, UnaryOperator};
use crate::parse::operators::{self, LOWEST, MINUS, NO_ALIAS, NOT, POSTFIX, SUM};
use crate::parse::{is_literal_word, is_reserved, is_special_call};
use crate::types::IntervalUnit;

/// A query as HogQL, in one line.
pub fn query(query: &Query) -> String {
    let mut printer = Printer::default();
    printer.query(query);
    printer.text
}

/// A value as HogQL.
pub fn expression(expr: &Expr) -> String {
    let mut printer = Printer::default();
    printer.expr(expr, LOWEST);
    printer.text
}

/// A text as a HogQL constant, in quotes.
pub fn string(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('\'');
    for c in value.chars() {
        match c {
            '\'' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            '\0' => text.push_str("\\0"),
            _ => text.push(c),
        }
    }
    text.push('\'');
    text
}

/// A name as HogQL, in quotes where it needs them to be one.
pub fn identifier(name: &str) -> String {
    if is_plain(name) && !is_reserved(name) && !is_literal_word(name) && !is_special_call(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '$'))
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
}

/// Behind a point, words mean nothing but themselves and numbers are elements.
fn member(name: &str) -> String {
    let is_number = name.parse::<i64>().is_ok_and(|number| number.to_string() == name && number >= 0);
    if is_plain(name) || is_number { name.to_owned() } else { quoted(name) }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

#[derive(Default)]
struct Printer {
    text: String,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn identifier(&mut self, name: &Identifier) {
        self.text.push_str(&identifier(&name.name));
    }

    fn path(&mut self, parts: &[Identifier]) {
        for (position, part) in parts.iter().enumerate() {
            if position == 0 {
                self.identifier(part);
            } else {
                self.push(".");
                self.push(&member(&part.name));
            }
        }
    }

    fn list<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            print(self, item);
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        self.list(exprs, |printer, expr| printer.expr(expr, LOWEST));
    }

    /// Prints a value, in brackets where it binds looser than `min`.
    fn expr(&mut self, expr: &Expr, min: u8) {
        if operators::level_of(&expr.kind) < min {
            self.push("(");
            self.kind(&expr.kind);
            self.push(")");
        } else {
            self.kind(&expr.kind);
        }
    }

    fn kind(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Name(parts) => self.path(parts),
            ExprKind::Star { table, except } => self.star(table, except),
            ExprKind::Call { .. } => self.call(kind),
            ExprKind::Lambda { params, body } => {
                match params.as_slice() {
                    [param] => self.identifier(param),
                    _ => {
                        self.push("(");
                        self.list(params, Self::identifier);
                        self.push(")");
                    }
                }
                self.push(" -> ");
                self.expr(body, LOWEST);
            }
            ExprKind::Unary(UnaryOperator::Not, value) => {
                self.push("NOT ");
                self.expr(value, NOT);
            }
            ExprKind::Unary(UnaryOperator::Minus, value) => self.minus(value),
            ExprKind::Binary(operator, left, right) => self.binary(kind, *operator, left, right),
            ExprKind::Between { value, low, high, negated } => {
                self.expr(value, operators::COMPARISON);
                self.push(if *negated { " NOT BETWEEN " } else { " BETWEEN " });
                self.expr(low, SUM);
                self.push(" AND ");
                self.expr(high, SUM);
            }
            ExprKind::IsNull { value, negated } => {
                self.expr(value, operators::IS);
                self.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
            }
            ExprKind::In { value, set, negated } => {
                self.expr(value, operators::COMPARISON);
                self.push(if *negated { " NOT IN " } else { " IN " });
                self.in_set(set);
            }
            ExprKind::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref())
            }
            ExprKind::Cast { value, type_name, is_try } => {
                self.push(if *is_try { "TRY_CAST(" } else { "CAST(" });
                self.expr(value, NO_ALIAS);
                self.push(" AS ");
                self.push(type_name);
                self.push(")");
            }
            ExprKind::Interval { amount, unit } => {
                self.push("INTERVAL ");
                // Before anything else, INTERVAL might be a column.
                let is_simple =
                    matches!(amount.kind, ExprKind::Literal(Literal::Int(_) | Literal::String(_)) | ExprKind::Name(_));
                self.push(if is_simple { "" } else { "(" });
                self.kind(&amount.kind);
                self.push(if is_simple { "" } else { ")" });
                self.push(" ");
                self.push(unit_name(*unit));
            }
            ExprKind::Array(values) => {
                self.push("[");
                self.exprs(values);
                self.push("]");
            }
            ExprKind::Tuple(values) => self.tuple(values),
            ExprKind::Index(value, index) => {
                self.expr(value, POSTFIX);
                self.push("[");
                self.expr(index, LOWEST);
                self.push("]");
            }
            ExprKind::TupleElement(value, number) => {
                self.element_of(value);
                let _ = write!(self.text, "{number}");
            }
            ExprKind::Member(value, name) => {
                self.element_of(value);
                self.push(&if is_plain(&name.name) { name.name.clone() } else { quoted(&name.name) });
            }
            ExprKind::Alias(value, name) => {
                self.expr(value, NO_ALIAS);
                self.push(" AS ");
                self.identifier(name);
            }
            ExprKind::Subquery(query) => self.bracketed_query(query),
            ExprKind::Exists(query) => {
                self.push("exists");
                self.bracketed_query(query);
            }
            ExprKind::Placeholder(names) => {
                self.push("{");
                self.path(names);
                self.push("}");
            }
            ExprKind::Condition(number) => {
                let _ = write!(self.text, "{{condition_{number}}}");
            }
            ExprKind::Columns(regex) => {
                self.push("COLUMNS(");
                self.push(&string(regex));
                self.push(")");
            }
        }
    }

    /// A point behind a number would be a part of the number, and behind a star mean nothing.
    fn element_of(&mut self, value: &Expr) {
        if matches!(value.kind, ExprKind::Literal(Literal::Int(_) | Literal::Float(_)) | ExprKind::Star { .. }) {
            self.push("(");
            self.kind(&value.kind);
            self.push(")");
        } else {
            self.expr(value, POSTFIX);
        }
        self.push(".");
    }

    /// A minus before a number would be its sign, and two of them a comment.
    fn minus(&mut self, value: &Expr) {
        let start = self.text.len();
        self.push("-");
        self.expr(value, MINUS);
        let is_sign = self.text[start + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '-')
            || self.text[start + 1..].starts_with("inf");
        if is_sign {
            self.text.insert(start + 1, '(');
            self.push(")");
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Null => self.push("NULL"),
            Literal::Bool(value) => self.push(if *value { "true" } else { "false" }),
            Literal::Int(value) => {
                let _ = write!(self.text, "{value}");
            }
            Literal::Float(value) if value.is_nan() => self.push("nan"),
            Literal::Float(value) => {
                let _ = write!(self.text, "{value:?}");
            }
            Literal::String(value) => self.push(&string(value)),
        }
    }

    fn star(&mut self, table: &[Identifier], except: &[Identifier]) {
        self.path(table);
        self.push(if table.is_empty() { "*" } else { ".*" });
        if !except.is_empty() {
            self.push(" EXCEPT (");
            self.list(except, Self::identifier);
            self.push(")");
        }
    }

    fn call(&mut self, kind: &ExprKind) {
        let ExprKind::Call { name, params, args, distinct, filter, over } = kind else { return };
        self.identifier(name);
        if let Some(params) = params {
            self.push("(");
            self.exprs(params);
            self.push(")");
        }
        self.push(if *distinct { "(DISTINCT " } else { "(" });
        self.exprs(args);
        self.push(")");
        if let Some(filter) = filter {
            self.push(" FILTER (WHERE ");
            self.expr(filter, LOWEST);
            self.push(")");
        }
        match over.as_deref() {
            None => {}
            Some(Over::Name(name)) => {
                self.push(" OVER ");
                self.identifier(name);
            }
            Some(Over::Spec(window)) => {
                self.push(" OVER (");
                self.window(window);
                self.push(")");
            }
        }
    }

    fn binary(&mut self, kind: &ExprKind, operator: BinaryOperator, left: &Expr, right: &Expr) {
        let level = operators::level(operator);
        if matches!(operator, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Concat) {
            let mut leaves = Vec::new();
            operators::leaves(operator, kind, &mut leaves);
            for (position, leaf) in leaves.into_iter().enumerate() {
                if position > 0 {
                    self.push(symbol(operator));
                }
                self.expr(leaf, if position == 0 { level } else { level + 1 });
            }
            return;
        }
        self.expr(left, level);
        self.push(symbol(operator));
        self.expr(right, level + 1);
    }

    fn in_set(&mut self, set: &InSet) {
        match set {
            InSet::List(values) => match values.as_slice() {
                [only] if matches!(only.kind, ExprKind::Array(_)) => self.kind(&only.kind),
                // Brackets around one of these alone would mean nothing.
                [only] if matches!(only.kind, ExprKind::Tuple(_) | ExprKind::Subquery(_)) => self.tuple(values),
                _ => {
                    self.push("(");
                    self.exprs(values);
                    self.push(")");
                }
            },
            InSet::Query(query) => self.bracketed_query(query),
            InSet::Cohort(cohort) => {
                self.push("COHORT ");
                self.expr(cohort, SUM);
            }
        }
    }

    fn tuple(&mut self, values: &[Expr]) {
        self.push(if values.is_empty() { "tuple(" } else { "(" });
        self.exprs(values);
        self.push(if values.len() == 1 { ",)" } else { ")" });
    }

    fn case(&mut self, operand: Option<&Expr>, branches: &[(Expr, Expr)], otherwise: Option<&Expr>) {
        self.push("CASE");
        if let Some(operand) = operand {
            self.push(" ");
            self.expr(operand, LOWEST);
        }
        for (condition, value) in branches {
            self.push(" WHEN ");
            self.expr(condition, LOWEST);
            self.push(" THEN ");
            self.expr(value, LOWEST);
        }
        if let Some(otherwise) = otherwise {
            self.push(" ELSE ");
            self.expr(otherwise, LOWEST);
        }
        self.push(" END");
    }
}

fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Or => " OR ",
        BinaryOperator::And => " AND ",
        BinaryOperator::Equals => " = ",
        BinaryOperator::NotEquals => " != ",
        BinaryOperator::Less => " < ",
        BinaryOperator::LessOrEquals => " <= ",
        BinaryOperator::Greater => " > ",
        BinaryOperator::GreaterOrEquals => " >= ",
        BinaryOperator::Like => " LIKE ",
        BinaryOperator::NotLike => " NOT LIKE ",
        BinaryOperator::ILike => " ILIKE ",
        BinaryOperator::NotILike => " NOT ILIKE ",
        BinaryOperator::Matches => " =~ ",
        BinaryOperator::NotMatches => " !~ ",
        BinaryOperator::IMatches => " =~* ",
        BinaryOperator::NotIMatches => " !~* ",
        BinaryOperator::Plus => " + ",
        BinaryOperator::Minus => " - ",
        BinaryOperator::Multiply => " * ",
        BinaryOperator::Divide => " / ",
        BinaryOperator::Modulo => " % ",
        BinaryOperator::Concat => " || ",
        BinaryOperator::Coalesce => " ?? ",
        BinaryOperator::NotDistinct => " <=> ",
        BinaryOperator::Distinct => " IS DISTINCT FROM ",
    }
}

fn unit_name(unit: IntervalUnit) -> &'static str {
    match unit {
        IntervalUnit::Second => "SECOND",
        IntervalUnit::Minute => "MINUTE",
        IntervalUnit::Hour => "HOUR",
        IntervalUnit::Day => "DAY",
        IntervalUnit::Week => "WEEK",
        IntervalUnit::Month => "MONTH",
        IntervalUnit::Quarter => "QUARTER",
        IntervalUnit::Year => "YEAR",
    }
}
