//! The syntax tree: what a text says, before anything in it has a meaning.

use std::ops::Range;

/// Where something stands, in bytes of the text.
pub type Span = Range<usize>;

/// Anything that gives rows: a `SELECT`, or several of them put together.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// One `SELECT`.
    Select(Box<Select>),
    /// Several, from left to right.
    SetOperation {
        /// The first.
        first: Box<Query>,
        /// What is put to it, in order.
        rest: Vec<(SetOperator, Query)>,
    },
}

/// How the rows of two queries are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// All of both.
    UnionAll,
    /// Those of both, each once.
    UnionDistinct,
    /// Those that are in both.
    IntersectAll,
    /// Those that are in both, each once.
    IntersectDistinct,
    /// Those of the first that are not in the second.
    Except,
}

/// A `SELECT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// `WITH`: names for queries (`name AS (SELECT …)`) and for values (`value AS name`).
    pub with: Vec<(Identifier, CommonTable)>,
    /// Whether each row stands only once.
    pub distinct: bool,
    /// The columns.
    pub columns: Vec<Expr>,
    /// Where rows come from; a single row without columns where it is `None`.
    pub from: Option<From>,
    /// `ARRAY JOIN`: a row for each item of these arrays, taken side by side.
    pub array_join: Option<ArrayJoin>,
    /// `PREWHERE`, which is a part of `WHERE`.
    pub prewhere: Option<Expr>,
    /// `WHERE`.
    pub filter: Option<Expr>,
    /// `GROUP BY`.
    pub group_by: GroupBy,
    /// `HAVING`.
    pub having: Option<Expr>,
    /// `WINDOW name AS (…)`.
    pub windows: Vec<(Identifier, WindowSpec)>,
    /// `QUALIFY`, a condition on window functions.
    pub qualify: Option<Expr>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderBy>,
    /// `LIMIT n OFFSET m BY …`.
    pub limit_by: Option<LimitBy>,
    /// `LIMIT n` and `LIMIT m, n`.
    pub limit: Option<Expr>,
    /// `OFFSET`.
    pub offset: Option<Expr>,
    /// Whether rows equal in order to the last one belong to it too (`WITH TIES`).
    pub with_ties: bool,
    /// The whole of it.
    pub span: Span,
}

/// What a name of `WITH` stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum CommonTable {
    /// Rows.
    Query(Query),
    /// A value.
    Value(Expr),
}

/// `GROUP BY`.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupBy {
    /// By these, which may be none.
    Exprs(Vec<Expr>),
    /// By all columns that have no aggregate.
    All,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub struct From {
    /// The first table.
    pub first: TableExpr,
    /// What is joined to it, from left to right.
    pub joins: Vec<Join>,
}

/// A table, named or made on the spot.
#[derive(Clone, Debug, PartialEq)]
pub struct TableExpr {
    /// Which.
    pub source: TableSource,
    /// Its name in the query.
    pub alias: Option<Identifier>,
    /// Names of its columns.
    pub column_aliases: Vec<Identifier>,
    /// `SAMPLE n`: the part of it that is read.
    pub sample: Option<Expr>,
    /// The whole of it.
    pub span: Span,
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub enum TableSource {
    /// By name, in parts: `events`, `system.numbers`.
    Name(Vec<Identifier>),
    /// A function: `numbers(10)`.
    Function {
        /// Its name.
        name: Identifier,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// A query.
    Query(Box<Query>),
    /// A placeholder.
    Placeholder(Expr),
}

/// A joined table.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// How.
    pub kind: JoinKind,
    /// What.
    pub table: TableExpr,
    /// On which condition.
    pub constraint: JoinConstraint,
}

/// How a table is joined. `ANY`, `ALL`, `GLOBAL`, `OUTER` are read; `ALL` and `GLOBAL` change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// `[INNER] JOIN`.
    Inner,
    /// `LEFT [OUTER] JOIN`.
    Left,
    /// `RIGHT [OUTER] JOIN`.
    Right,
    /// `FULL [OUTER] JOIN`.
    Full,
    /// `CROSS JOIN`, and a comma.
    Cross,
    /// `LEFT SEMI JOIN`.
    Semi,
    /// `LEFT ANTI JOIN`.
    Anti,
    /// `[INNER] ANY JOIN`: at most one match a row.
    AnyInner,
    /// `LEFT ANY JOIN`, likewise.
    AnyLeft,
    /// `ASOF JOIN`.
    AsofInner,
    /// `ASOF LEFT JOIN`.
    AsofLeft,
}

/// Which rows of two tables belong together.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinConstraint {
    /// All.
    None,
    /// Those for which it holds.
    On(Expr),
    /// Those that have equal values in the columns of these names.
    Using(Vec<Identifier>),
}

/// `ARRAY JOIN`.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayJoin {
    /// Whether a row whose arrays are empty stays (`LEFT`).
    pub is_left: bool,
    /// The arrays, most often with an alias.
    pub arrays: Vec<Expr>,
}

/// One of `ORDER BY`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy {
    /// By what.
    pub expr: Expr,
    /// Whether from the greatest to the least.
    pub descending: bool,
    /// Whether nulls come first; `None` where the text does not say, which is last.
    pub nulls_first: Option<bool>,
}

/// `LIMIT n OFFSET m BY …`: of rows equal in `by`, at most so many.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitBy {
    /// How many.
    pub limit: Expr,
    /// After how many.
    pub offset: Option<Expr>,
    /// In what they are equal.
    pub by: Vec<Expr>,
}

/// A name, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What kind.
    pub kind: ExprKind,
    /// Where it stands, without brackets around it.
    pub span: Span,
}

/// A value, by kind.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// A name in parts: `event`, `e.properties.$browser`. Parts after the first may be whole numbers (`t.1`), which
    /// [`ExprKind::TupleElement`] has where what is before them is no name.
    Name(Vec<Identifier>),
    /// `*` and `t.*`, but for the columns named in `except`.
    Star {
        /// The table.
        table: Vec<Identifier>,
        /// `EXCEPT (…)`.
        except: Vec<Identifier>,
    },
    /// A function: `f(a, b)`, `quantile(0.9)(x)`, `count(DISTINCT x)`. Operators that are no functions in the text are below.
    Call {
        /// Its name as written.
        name: Identifier,
        /// Of two pairs of brackets, what is in the first.
        params: Option<Vec<Expr>>,
        /// Its arguments.
        args: Vec<Expr>,
        /// Whether equal arguments count once.
        distinct: bool,
        /// `FILTER (WHERE …)`.
        filter: Option<Box<Expr>>,
        /// `OVER (…)` and `OVER name`.
        over: Option<Box<Over>>,
    },
    /// `(x, y) -> …`.
    Lambda {
        /// The names of the arguments.
        params: Vec<Identifier>,
        /// The value.
        body: Box<Expr>,
    },
    /// An operator with a value on its right.
    Unary(UnaryOperator, Box<Expr>),
    /// An operator with a value on each side.
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// `x [NOT] BETWEEN low AND high`.
    Between {
        /// The value.
        value: Box<Expr>,
        /// The least.
        low: Box<Expr>,
        /// The greatest.
        high: Box<Expr>,
        /// Whether outside is meant.
        negated: bool,
    },
    /// `x IS [NOT] NULL`.
    IsNull {
        /// The value.
        value: Box<Expr>,
        /// Whether anything but null is meant.
        negated: bool,
    },
    /// `x [NOT] IN …`.
    In {
        /// The value.
        value: Box<Expr>,
        /// In what.
        set: InSet,
        /// Whether outside is meant.
        negated: bool,
    },
    /// `CASE [x] WHEN … THEN … ELSE … END`.
    Case {
        /// What is compared with each condition, where there is something.
        operand: Option<Box<Expr>>,
        /// Conditions and values.
        branches: Vec<(Expr, Expr)>,
        /// The value where no condition holds.
        otherwise: Option<Box<Expr>>,
    },
    /// `CAST(x AS T)`, `x::T`: the type as written.
    Cast {
        /// The value.
        value: Box<Expr>,
        /// The type, such as `Nullable(Float64)`.
        type_name: String,
        /// Whether what cannot be converted becomes null (`TRY_CAST`).
        is_try: bool,
    },
    /// `INTERVAL 5 DAY`, `INTERVAL '5 day'`.
    Interval {
        /// How many.
        amount: Box<Expr>,
        /// Of what.
        unit: crate::types::IntervalUnit,
    },
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `(a, b)`; of one value with a comma after it, or by `tuple(a)`.
    Tuple(Vec<Expr>),
    /// `a[i]`.
    Index(Box<Expr>, Box<Expr>),
    /// `t.1`, counted from 1.
    TupleElement(Box<Expr>, u32),
    /// `t.name` of what is no name, such as a call.
    Member(Box<Expr>, Identifier),
    /// `x AS name`.
    Alias(Box<Expr>, Identifier),
    /// A query in brackets.
    Subquery(Box<Query>),
    /// `EXISTS (…)`.
    Exists(Box<Query>),
    /// `{name.part}`.
    Placeholder(Vec<Identifier>),
    /// What an engine gives for a placeholder: the condition of that number in [`crate::tables::EventsColumn::Condition`].
    Condition(usize),
    /// `COLUMNS('regex')`.
    Columns(String),
}

/// In what a value may be.
#[derive(Clone, Debug, PartialEq)]
pub enum InSet {
    /// These; also a single array or tuple.
    List(Vec<Expr>),
    /// The rows of a query.
    Query(Box<Query>),
    /// `COHORT 5`, `COHORT 'name'`.
    Cohort(Box<Expr>),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `NULL`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, `inf` and `nan` too.
    Float(f64),
    /// A text.
    String(String),
}

/// An operator with a value on its right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`.
    Minus,
    /// `NOT`.
    Not,
}

/// An operator with a value on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `OR`.
    Or,
    /// `AND`.
    And,
    /// `=`, `==`.
    Equals,
    /// `!=`, `<>`.
    NotEquals,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEquals,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEquals,
    /// `LIKE`.
    Like,
    /// `NOT LIKE`.
    NotLike,
    /// `ILIKE`.
    ILike,
    /// `NOT ILIKE`.
    NotILike,
    /// `=~`, `~`.
    Matches,
    /// `!~`.
    NotMatches,
    /// `=~*`, `~*`.
    IMatches,
    /// `!~*`.
    NotIMatches,
    /// `+`.
    Plus,
    /// `-`.
    Minus,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Modulo,
    /// `||`.
    Concat,
    /// `??`.
    Coalesce,
    /// `<=>`, `IS NOT DISTINCT FROM`.
    NotDistinct,
    /// `IS DISTINCT FROM`.
    Distinct,
}

/// Over which rows a window function goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// Those of a named window.
    Name(Identifier),
    /// These.
    Spec(WindowSpec),
}

/// A window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowSpec {
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderBy>,
    /// `ROWS` or `RANGE BETWEEN … AND …`.
    pub frame: Option<Frame>,
}

/// The frame of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Whether it counts rows (`ROWS`) or values (`RANGE`).
    pub counts_rows: bool,
    /// Where it begins.
    pub start: Bound,
    /// Where it ends; the current row where the text names only one bound.
    pub end: Bound,
}

/// One end of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// The first row of all.
    UnboundedPreceding,
    /// So many before.
    Preceding(u64),
    /// The row itself.
    CurrentRow,
    /// So many after.
    Following(u64),
    /// The last row of all.
    UnboundedFollowing,
}
