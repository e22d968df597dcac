//! What a query computes, with every name found, every type known and nothing left to decide: a tree of relations that an engine runs.
//!
//! Relations that make columns have a number, unique in the whole query; a column is named by that number and its position. A relation
//! that only drops or orders rows passes on the columns of its input, a join those of both. Common tables stand wherever they are used.

use chrono::{DateTime, NaiveDate, Utc};

use crate::tables::{Table, TableColumn};
use crate::types::Type;

/// The number of a relation that makes columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationId(pub u32);

/// A column of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnRef {
    /// The relation that makes it.
    pub relation: RelationId,
    /// Its position among those that the relation makes.
    pub index: usize,
}

/// A query, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Where the rows come from; a [`Relation::Project`], perhaps under limits and orders, or a set operation.
    pub root: Relation,
    /// The columns of the answer, in order. The root may have others besides, to sort by.
    pub columns: Vec<OutputColumn>,
    /// `LIMIT` of the text, which [`Self::root`] keeps to already; `None` where there is none, and the caller's default holds.
    pub limit: Option<u64>,
    /// `OFFSET` of the text, which [`Self::root`] leaves out already.
    pub offset: u64,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputColumn {
    /// Its name: the alias, or the text as written.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Where it comes from.
    pub column: ColumnRef,
}

/// Rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Relation {
    /// One row without columns.
    OneRow,
    /// A table, of which these columns are read. Columns: these.
    Table {
        /// Its number.
        id: RelationId,
        /// Which.
        table: Table,
        /// What is read of it, each once.
        columns: Vec<(TableColumn, Type)>,
        /// What is known of the rows that can matter (of `events` and `logs` alone): an engine may leave out all others, and need not.
        bounds: RowBounds,
    },
    /// Values computed of each row. Columns: these, and no others.
    Project {
        /// Its number.
        id: RelationId,
        /// Of which rows.
        input: Box<Relation>,
        /// The values.
        values: Vec<Expr>,
    },
    /// The rows for which a condition holds (is true: not false, not null).
    Filter {
        /// Of these.
        input: Box<Relation>,
        /// The condition.
        condition: Expr,
    },
    /// Rows of two relations that belong together.
    Join {
        /// The one.
        left: Box<Relation>,
        /// The other.
        right: Box<Relation>,
        /// What happens to rows that have no match.
        kind: JoinKind,
        /// Values of the left and of the right that are equal, and not null.
        on: Vec<(Expr, Expr)>,
        /// What holds besides.
        condition: Option<Expr>,
    },
    /// One row for each distinct value of the keys; without keys exactly one, even of no rows. Columns: keys, then aggregates.
    Aggregate {
        /// Its number.
        id: RelationId,
        /// Of which rows.
        input: Box<Relation>,
        /// The keys; null is a value like others.
        keys: Vec<Expr>,
        /// What is computed.
        aggregates: Vec<AggregateCall>,
    },
    /// Values that depend on neighbouring rows. Columns: these, besides those of the input.
    Window {
        /// Its number.
        id: RelationId,
        /// Of which rows.
        input: Box<Relation>,
        /// What is computed.
        functions: Vec<WindowCall>,
    },
    /// The rows in order.
    Sort {
        /// Of these.
        input: Box<Relation>,
        /// By what.
        by: Vec<SortKey>,
    },
    /// Some of the rows, by position.
    Limit {
        /// Of these.
        input: Box<Relation>,
        /// How many are left out first.
        offset: u64,
        /// How many are kept; all where it is `None`.
        limit: Option<u64>,
    },
    /// Of rows that are equal in some values at most so many, the first in the order of the input.
    LimitBy {
        /// Of these.
        input: Box<Relation>,
        /// The values.
        by: Vec<Expr>,
        /// The order of the input, where it has any.
        order: Vec<SortKey>,
        /// How many are left out first.
        offset: u64,
        /// How many are kept.
        limit: u64,
    },
    /// Each row once.
    Distinct {
        /// Of these.
        input: Box<Relation>,
    },
    /// Rows of several relations, column by column. Columns: as many as each has.
    SetOperation {
        /// Its number.
        id: RelationId,
        /// How they are put together.
        operator: crate::ast::SetOperator,
        /// The relations and their columns, converted to [`Self::SetOperation::types`] already.
        inputs: Vec<(Relation, Vec<ColumnRef>)>,
        /// The types of the columns.
        types: Vec<Type>,
    },
    /// A row for each item of some arrays, taken side by side; shorter ones go on with null, or their type's empty value. Columns: the
    /// items, besides those of the input.
    ArrayJoin {
        /// Its number.
        id: RelationId,
        /// Of which rows.
        input: Box<Relation>,
        /// The arrays.
        arrays: Vec<Expr>,
        /// Whether a row without any item stays, once.
        is_left: bool,
    },
}

/// What is known of the rows that can matter, from conditions of the form `event = 'x'`, `level IN (…)`, `timestamp >= …`, `body LIKE '%x%'` that must
/// hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowBounds {
    /// Names of the events.
    pub names: Option<Vec<String>>,
    /// Levels of the logs.
    pub levels: Option<Vec<String>>,
    /// Services of the logs.
    pub services: Option<Vec<String>>,
    /// What the bodies of the logs contain, all of it, in this very case.
    pub contained: Vec<String>,
    /// First instant, in microseconds since 1970 UTC.
    pub from_us: Option<i64>,
    /// First instant that is too late.
    pub until_us: Option<i64>,
}

/// What happens to rows that have no match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// They are dropped.
    Inner,
    /// Those of the left stay, with nulls.
    Left,
    /// Those of the right stay, with nulls.
    Right,
    /// All stay, with nulls.
    Full,
    /// There is no condition.
    Cross,
    /// Rows of the left that have a match, once.
    Semi,
    /// Rows of the left that have none.
    Anti,
    /// As [`Self::Inner`], at most one match for each row of the left.
    AnyInner,
    /// As [`Self::Left`], likewise.
    AnyLeft,
}

/// A value of each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
}

/// A value of each row, by kind.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Value),
    /// A column.
    Column(ColumnRef),
    /// A function of the catalogue ([`crate::functions`]), operators and conversions too.
    Call {
        /// Its name there.
        function: &'static str,
        /// Its arguments, converted already to what it takes.
        args: Vec<Expr>,
    },
    /// A function given to a function, with the numbers and types of its parameters.
    Lambda {
        /// The parameters. Lambdas beside each other may use the same numbers.
        params: Vec<(u32, Type)>,
        /// The value.
        body: Box<Expr>,
    },
    /// A parameter of the lambda around it.
    LambdaParam(u32),
    /// The value of the only row and column of a query; null where it has no row, an error where it has several.
    ScalarSubquery(Box<Query>),
    /// Whether the value is among those of the only column of a query. False for null.
    InSubquery {
        /// The value.
        value: Box<Expr>,
        /// The query.
        query: Box<Query>,
    },
    /// Whether a query has a row.
    Exists(Box<Query>),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number, for [`Type::Int`] and [`Type::UInt`].
    Int(i64),
    /// A number.
    Float(f64),
    /// A text, for [`Type::String`] and [`Type::Uuid`].
    String(String),
    /// A day.
    Date(NaiveDate),
    /// An instant.
    DateTime(DateTime<Utc>),
    /// Values of one type.
    Array(Vec<Value>),
    /// Values of several types.
    Tuple(Vec<Value>),
}

/// An aggregate function of the rows of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateCall {
    /// Its name in the catalogue, without `If` at the end.
    pub function: &'static str,
    /// Its parameters: the level of a quantile, the length of a list.
    pub params: Vec<Value>,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// Whether equal arguments count once.
    pub distinct: bool,
    /// Which rows count.
    pub filter: Option<Expr>,
    /// Its type.
    pub ty: Type,
}

/// A function of neighbouring rows.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowCall {
    /// Its name in the catalogue: a window function, or an aggregate.
    pub function: &'static str,
    /// Its parameters.
    pub params: Vec<Value>,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// Which rows count.
    pub filter: Option<Expr>,
    /// Rows with equal values of these are looked at together.
    pub partition_by: Vec<Expr>,
    /// In which order.
    pub order_by: Vec<SortKey>,
    /// How far it looks; as SQL has it where it is `None` (up to the row and its equals with an order, to the last row without).
    pub frame: Option<crate::ast::Frame>,
    /// Its type.
    pub ty: Type,
}

/// One of the values that rows are ordered by.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// The value.
    pub value: Expr,
    /// Whether from the greatest to the least.
    pub descending: bool,
    /// Whether nulls come first.
    pub nulls_first: bool,
}
