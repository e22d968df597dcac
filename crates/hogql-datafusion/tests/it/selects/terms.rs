//! Random values and conditions: the text, and beside it what it means.

use super::aggregates::{Aggregate, Function};
use super::choices::Choices;
use super::relations::Relation;
use super::statement::Query;
use super::values::{Arithmetic, Comparison, Meaning, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Int,
    Float,
    Text,
    Instant,
    Person,
    List,
}

impl Type {
    /// Those that every statement can make values of.
    pub(super) const PLAIN: [Self; 4] = [Self::Int, Self::Text, Self::Float, Self::Instant];

    /// What stands for a value that there is not.
    pub(super) fn default(self, is_nullable: bool) -> Value {
        match self {
            _ if is_nullable => Value::Null,
            Self::Int => Value::Int(0),
            Self::Float => Value::Float(0.0),
            Self::Text => Value::text(""),
            Self::Instant => Value::Instant(0),
            Self::Person => Value::Person(None),
            Self::List => Value::List(Vec::new()),
        }
    }
}

/// A column of rows: its name in a query around, and how it can be written where the rows are at hand.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) ty: Type,
    pub(super) is_nullable: bool,
}

/// A value of each row.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) ty: Type,
    pub(super) is_nullable: bool,
    pub(super) meaning: Meaning,
}

impl Term {
    fn new(ty: Type, is_nullable: bool, text: String, meaning: Meaning) -> Self {
        Self { text, ty, is_nullable, meaning }
    }

    fn condition(text: String, meaning: Meaning) -> Self {
        Self::new(Type::Int, false, text, meaning)
    }

    pub(super) fn is_constant(&self) -> bool {
        matches!(self.meaning, Meaning::Constant(_))
    }

    fn boxed(self) -> Box<Meaning> {
        Box::new(self.meaning)
    }
}

/// Makes statements.
#[derive(Debug)]
pub(super) struct Generator<'a> {
    pub(super) choices: Choices<'a>,
    /// The queries that stand in front of the statement, by name.
    pub(super) common: Vec<(String, Query)>,
    /// Whether every `SELECT` has groups.
    pub(super) always_groups: bool,
}

impl Generator<'_> {
    fn literal(&mut self, ty: Type) -> Term {
        let (text, value) = match ty {
            Type::Int => {
                let int = *self.choices.one_of(&[0, 1, 2, 3, -1]);
                (int.to_string(), Value::Int(int))
            }
            Type::Float => {
                let float = *self.choices.one_of(&[0.5, 1.0, 2.5, -3.0]);
                (format!("{float:?}"), Value::Float(float))
            }
            Type::Text => {
                let text = *self.choices.one_of(&["a", "x", "", "b", "X.y", "2", "gold", "ann", "é%"]);
                (format!("'{text}'"), Value::text(text))
            }
            Type::Instant => {
                let (text, second) = *self.choices.one_of(&[
                    ("2026-01-02 00:00:00", 1_767_312_000),
                    ("2026-01-02 00:00:59", 1_767_312_059),
                    ("2026-01-03 00:00:00", 1_767_398_400),
                ]);
                (format!("toDateTime('{text}')"), Value::Instant(second * 1_000_000))
            }
            Type::Person | Type::List => panic!("there are no constants of {ty:?}"),
        };
        Term::new(ty, false, text, Meaning::Constant(value))
    }

    /// A column of that type, where there is one.
    fn column(&mut self, scope: &[Column], ty: Type) -> Option<Term> {
        let found: Vec<usize> = (0..scope.len()).filter(|&index| scope[index].ty == ty).collect();
        if found.is_empty() {
            return None;
        }
        let index = *self.choices.one_of(&found);
        Some(column(scope, index))
    }

    fn column_or_literal(&mut self, scope: &[Column], ty: Type) -> Term {
        self.column(scope, ty).unwrap_or_else(|| self.literal(ty))
    }

    /// A value of that type, with values inside of it as deep as that.
    pub(super) fn term(&mut self, scope: &[Column], ty: Type, depth: usize) -> Term {
        let Some(deeper) = depth.checked_sub(1) else { return self.column_or_literal(scope, ty) };
        if matches!(ty, Type::Person | Type::List) {
            return self.column(scope, ty).expect("the caller has looked");
        }
        match self.choices.below(8) {
            0..=2 => self.column_or_literal(scope, ty),
            3 => {
                let (one, other) = (self.term(scope, ty, deeper), self.term(scope, ty, deeper));
                let condition = self.condition(scope, deeper);
                let text = format!("if({}, {}, {})", condition.text, one.text, other.text);
                let is_nullable = one.is_nullable || other.is_nullable;
                let parts = [condition.meaning, one.meaning, other.meaning];
                Term::new(ty, is_nullable, text, Meaning::If(Box::new(parts)))
            }
            4 => {
                let (one, other) = (self.term(scope, ty, deeper), self.literal(ty));
                let text = match self.choices.once_in(2) {
                    true => format!("({} ?? {})", one.text, other.text),
                    false => format!("ifNull({}, {})", one.text, other.text),
                };
                Term::new(ty, false, text, Meaning::IfNull(one.boxed(), other.boxed()))
            }
            5 => {
                let (one, other) = (self.term(scope, ty, deeper), self.literal(ty));
                let text = format!("nullIf({}, {})", one.text, other.text);
                Term::new(ty, true, text, Meaning::NullIf(one.boxed(), other.boxed()))
            }
            _ => self.computed(scope, ty, deeper),
        }
    }

    /// A value that a function of its type gives.
    fn computed(&mut self, scope: &[Column], ty: Type, depth: usize) -> Term {
        match (ty, self.choices.below(4)) {
            (Type::Int | Type::Float, 0) => {
                let (one, other) = (self.term(scope, ty, depth), self.term(scope, ty, depth));
                let (sign, operator) = *self.choices.one_of(&[("+", Arithmetic::Plus), ("-", Arithmetic::Minus)]);
                let text = format!("({} {sign} {})", one.text, other.text);
                let is_nullable = one.is_nullable || other.is_nullable;
                Term::new(ty, is_nullable, text, Meaning::Arithmetic(operator, one.boxed(), other.boxed()))
            }
            (Type::Int, 1) => self.condition(scope, depth),
            (Type::Int, 2) if depth > 0 => {
                let query = self.only_value();
                Term::new(ty, true, format!("({})", query.text), Meaning::OnlyValue(query.relation.into()))
            }
            (Type::Int, 2) => {
                let (one, other) = (self.term(scope, ty, depth), self.literal(ty));
                let text = format!("({} * {})", one.text, other.text);
                let meaning = Meaning::Arithmetic(Arithmetic::Times, Box::new(one.meaning), other.boxed());
                Term::new(ty, one.is_nullable, text, meaning)
            }
            (Type::Int, _) => {
                let inner = self.term(scope, Type::Text, depth);
                let text = format!("length({})", inner.text);
                Term::new(ty, inner.is_nullable, text, Meaning::Length(inner.boxed()))
            }
            (Type::Float, 1) => {
                let inner = self.term(scope, Type::Int, depth);
                let (text, is_nullable) = (format!("toFloat({})", inner.text), inner.is_nullable);
                Term::new(ty, is_nullable, text, Meaning::ToFloat(inner.boxed()))
            }
            (Type::Float, _) => {
                let inner = self.term(scope, Type::Text, depth);
                Term::new(ty, true, format!("toFloat({})", inner.text), Meaning::ToFloat(inner.boxed()))
            }
            (Type::Text, 0) => {
                let inner = self.term(scope, ty, depth);
                Term::new(ty, inner.is_nullable, format!("upper({})", inner.text), Meaning::Upper(inner.boxed()))
            }
            (Type::Text, 1) => {
                let (one, other) = (self.term(scope, ty, depth), self.term(scope, ty, depth));
                let text = format!("concat({}, {})", one.text, other.text);
                Term::new(ty, false, text, Meaning::Concat(one.boxed(), other.boxed()))
            }
            (Type::Text, _) => {
                let inner = self.term(scope, Type::Int, depth);
                let (text, is_nullable) = (format!("toString({})", inner.text), inner.is_nullable);
                Term::new(ty, is_nullable, text, Meaning::ToText(inner.boxed()))
            }
            (_, _) => {
                let inner = self.term(scope, Type::Instant, depth);
                let (text, is_nullable) = (format!("toStartOfDay({})", inner.text), inner.is_nullable);
                Term::new(ty, is_nullable, text, Meaning::StartOfDay(inner.boxed()))
            }
        }
    }

    /// A value to compare with constants of its type: most often a column, if there is one.
    fn compared(&mut self, scope: &[Column], depth: usize) -> Term {
        let types: Vec<Type> = scope.iter().map(|column| column.ty).filter(|ty| Type::PLAIN.contains(ty)).collect();
        let ty = if types.is_empty() { Type::Int } else { *self.choices.one_of(&types) };
        self.term(scope, ty, depth)
    }

    pub(super) fn condition(&mut self, scope: &[Column], depth: usize) -> Term {
        let deeper = depth.saturating_sub(1);
        match self.choices.below(if depth > 0 { 14 } else { 6 }) {
            0 | 1 => self.comparison(scope, deeper),
            2 => {
                let value = self.compared(scope, deeper);
                let is_negated = self.choices.once_in(2);
                let text = format!("({} IS {}NULL)", value.text, if is_negated { "NOT " } else { "" });
                negated_if(is_negated, text, Meaning::IsNull(value.boxed()))
            }
            3 => {
                let value = self.compared(scope, deeper);
                let n_items = 1 + self.choices.below(3);
                let (mut texts, mut items) = (Vec::new(), Vec::new());
                for _ in 0..n_items {
                    let item = self.literal(value.ty);
                    texts.push(item.text);
                    let Meaning::Constant(item) = item.meaning else { panic!("literals are constants") };
                    items.push(item);
                }
                let is_negated = self.choices.once_in(2);
                let operator = if is_negated { "NOT IN" } else { "IN" };
                let text = format!("({} {operator} ({}))", value.text, texts.join(", "));
                negated_if(is_negated, text, Meaning::In(value.boxed(), items))
            }
            4 => {
                let value = self.term(scope, Type::Text, deeper);
                let pattern = *self.choices.one_of(&["x", "%", "_", "%y", "x%", "%_.%", "A", ""]);
                let (ignores_case, is_negated) = (self.choices.once_in(3), self.choices.once_in(2));
                let operator = match (ignores_case, is_negated) {
                    (false, false) => "LIKE",
                    (false, true) => "NOT LIKE",
                    (true, false) => "ILIKE",
                    (true, true) => "NOT ILIKE",
                };
                let text = format!("({} {operator} '{pattern}')", value.text);
                negated_if(is_negated, text, Meaning::Like { value: value.boxed(), pattern, ignores_case })
            }
            5 => {
                let value = self.term(scope, Type::Text, deeper);
                let start = *self.choices.one_of(&["x", "", "X"]);
                let (text, is_nullable) = (format!("startsWith({}, '{start}')", value.text), value.is_nullable);
                Term::new(Type::Int, is_nullable, text, Meaning::StartsWith(value.boxed(), start))
            }
            6 | 7 => {
                let (one, other) = (self.condition(scope, deeper), self.condition(scope, deeper));
                let text = format!("({} AND {})", one.text, other.text);
                let is_nullable = one.is_nullable || other.is_nullable;
                Term::new(Type::Int, is_nullable, text, Meaning::And(one.boxed(), other.boxed()))
            }
            8 | 9 => {
                let (one, other) = (self.condition(scope, deeper), self.condition(scope, deeper));
                let text = format!("({} OR {})", one.text, other.text);
                let is_nullable = one.is_nullable || other.is_nullable;
                Term::new(Type::Int, is_nullable, text, Meaning::Or(one.boxed(), other.boxed()))
            }
            10 | 11 => {
                let inner = self.condition(scope, deeper);
                let text = format!("(NOT {})", inner.text);
                Term::new(Type::Int, inner.is_nullable, text, Meaning::Not(inner.boxed()))
            }
            12 => {
                let value = self.compared(scope, deeper);
                let (low, high) = (self.literal(value.ty), self.literal(value.ty));
                let is_negated = self.choices.once_in(2);
                let operator = if is_negated { "NOT BETWEEN" } else { "BETWEEN" };
                let text = format!("({} {operator} {} AND {})", value.text, low.text, high.text);
                let compare = |comparison, bound: Term| {
                    Box::new(Meaning::Compare(comparison, Box::new(value.meaning.clone()), bound.boxed()))
                };
                let meaning =
                    Meaning::And(compare(Comparison::GreaterOrEqual, low), compare(Comparison::LessOrEqual, high));
                negated_if(is_negated, text, meaning)
            }
            _ => self.condition_on_query(scope),
        }
    }

    fn comparison(&mut self, scope: &[Column], depth: usize) -> Term {
        let persons: Vec<usize> = (0..scope.len()).filter(|&index| scope[index].ty == Type::Person).collect();
        let (sign, comparison) = *self.choices.one_of(&[
            ("=", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<", Comparison::Less),
            ("<=", Comparison::LessOrEqual),
            (">", Comparison::Greater),
            (">=", Comparison::GreaterOrEqual),
        ]);
        if let [first, .., last] = persons[..]
            && matches!(comparison, Comparison::Equal | Comparison::NotEqual)
        {
            let text = format!("({} {sign} {})", scope[first].text, scope[last].text);
            let of = |index| Box::new(Meaning::Column(index));
            return Term::condition(text, Meaning::Compare(comparison, of(first), of(last)));
        }
        let one = self.compared(scope, depth);
        let other = if self.choices.once_in(3) { self.term(scope, one.ty, depth) } else { self.literal(one.ty) };
        // an instant may be compared with a text that says one
        let other_text = match other.text.strip_prefix("toDateTime(").and_then(|text| text.strip_suffix(')')) {
            Some(text) if other.is_constant() && !one.is_constant() && self.choices.once_in(2) => text,
            _ => &other.text,
        };
        let text = format!("({} {sign} {other_text})", one.text);
        Term::condition(text, Meaning::Compare(comparison, one.boxed(), other.boxed()))
    }

    fn condition_on_query(&mut self, scope: &[Column]) -> Term {
        let usable: Vec<usize> = (0..scope.len()).filter(|&index| scope[index].ty != Type::List).collect();
        if usable.is_empty() || self.choices.once_in(4) {
            let query = self.query(0, Some(&[Type::Int]));
            return Term::condition(format!("exists({})", query.text), Meaning::Exists(query.relation.into()));
        }
        let value = column(scope, *self.choices.one_of(&usable));
        let query = self.query(0, Some(&[value.ty]));
        let is_negated = self.choices.once_in(2);
        let operator = if is_negated { "NOT IN" } else { "IN" };
        let text = format!("({} {operator} ({}))", value.text, query.text);
        negated_if(is_negated, text, Meaning::InRows(value.boxed(), query.relation.into()))
    }

    /// A query of one row and column.
    fn only_value(&mut self) -> Query {
        let source = self.source(0, false);
        let (value, aggregate) = self.aggregate(&source.columns, Type::Int, 1);
        let text = format!("SELECT {} FROM {}", value.text, source.text);
        let relation = Relation::Group { input: source.relation.into(), keys: Vec::new(), aggregates: vec![aggregate] };
        Query { text, columns: vec![value], relation, order: Vec::new(), has_limit: false }
    }

    /// An aggregate of that type: as a column of groups, and what it means.
    pub(super) fn aggregate(&mut self, scope: &[Column], ty: Type, depth: usize) -> (Column, Aggregate) {
        let call = match ty {
            Type::Int => match self.choices.below(6) {
                0 => ("count", Function::Count, Vec::new()),
                1 => ("count", Function::Count, vec![self.counted(scope, depth)]),
                2 => ("uniqExact", Function::CountDistinct, vec![self.counted(scope, depth)]),
                3 => ("count(DISTINCT", Function::CountDistinct, vec![self.counted(scope, depth)]),
                4 => {
                    let args = vec![self.counted(scope, depth), self.counted(scope, depth)];
                    ("uniqExact", Function::CountDistinct, args)
                }
                _ => self.reduction(scope, ty, depth),
            },
            Type::List => {
                let ty = *self.choices.one_of(&[Type::Text, Type::Int, Type::Float]);
                let arg = self.term(scope, ty, depth);
                match self.choices.once_in(2) {
                    true => ("groupUniqArray", Function::DistinctValues, vec![arg]),
                    false => ("groupArray", Function::Values, vec![arg]),
                }
            }
            ty => self.reduction(scope, ty, depth),
        };
        self.aggregate_call(scope, ty, call, depth)
    }

    /// The sum of values, or one of them.
    pub(super) fn reduction(
        &mut self,
        scope: &[Column],
        ty: Type,
        depth: usize,
    ) -> (&'static str, Function, Vec<Term>) {
        let is_number = matches!(ty, Type::Int | Type::Float);
        match self.choices.below(4) {
            0 if is_number => ("sum", Function::Sum, vec![self.term(scope, ty, depth)]),
            1 if ty == Type::Float => {
                let mut arg = self.term(scope, ty, depth);
                if !arg.is_nullable {
                    // the mean of nothing is null then, and not nan
                    arg.text = format!("toNullable({})", arg.text);
                    arg.is_nullable = true;
                }
                ("avg", Function::Avg, vec![arg])
            }
            0 | 2 => ("max", Function::Max, vec![self.term(scope, ty, depth)]),
            _ => ("min", Function::Min, vec![self.term(scope, ty, depth)]),
        }
    }

    /// A value to count.
    fn counted(&mut self, scope: &[Column], depth: usize) -> Term {
        let usable: Vec<Type> = scope.iter().map(|column| column.ty).filter(|ty| *ty != Type::List).collect();
        let ty = if usable.is_empty() { Type::Int } else { *self.choices.one_of(&usable) };
        self.term(scope, ty, depth)
    }

    pub(super) fn aggregate_call(
        &mut self,
        scope: &[Column],
        ty: Type,
        (name, function, args): (&'static str, Function, Vec<Term>),
        depth: usize,
    ) -> (Column, Aggregate) {
        let mut texts: Vec<String> = args.iter().map(|arg| arg.text.clone()).collect();
        let is_nullable = matches!(function, Function::Sum | Function::Avg | Function::Min | Function::Max)
            && args.iter().any(|arg| arg.is_nullable);
        let condition = self.choices.once_in(4).then(|| self.condition(scope, depth));
        let text = match (&condition, name) {
            (None, "count(DISTINCT") => format!("count(DISTINCT {})", texts.join(", ")),
            (Some(condition), "count(DISTINCT") => {
                format!("count(DISTINCT {}) FILTER (WHERE {})", texts.join(", "), condition.text)
            }
            (None, _) => format!("{name}({})", texts.join(", ")),
            (Some(condition), _) if self.choices.once_in(3) => {
                format!("{name}({}) FILTER (WHERE {})", texts.join(", "), condition.text)
            }
            (Some(condition), _) => {
                texts.push(condition.text.clone());
                format!("{name}If({})", texts.join(", "))
            }
        };
        let text = if ty == Type::List { format!("arraySort({text})") } else { text };
        let aggregate = Aggregate {
            function,
            args: args.into_iter().map(|arg| arg.meaning).collect(),
            condition: condition.map(|condition| condition.meaning),
            of_nothing: ty.default(is_nullable),
        };
        (Column { name: text.clone(), text, ty, is_nullable }, aggregate)
    }
}

/// The column at that position.
pub(super) fn column(scope: &[Column], index: usize) -> Term {
    let Column { text, ty, is_nullable, .. } = scope[index].clone();
    Term::new(ty, is_nullable, text, Meaning::Column(index))
}

fn negated_if(is_negated: bool, text: String, meaning: Meaning) -> Term {
    Term::condition(text, if is_negated { Meaning::Not(Box::new(meaning)) } else { meaning })
}
