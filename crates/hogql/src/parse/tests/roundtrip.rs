//! Any tree that a text can say is printed as a text that says it.

use proptest::prelude::*;

use super::*;
use crate::ast::*;
use crate::types::IntervalUnit;

fn here(kind: ExprKind) -> Expr {
    Expr { kind, span: 0..0 }
}

fn name() -> impl Strategy<Value = Identifier> {
    let plain = prop::sample::select(vec![
        "a", "b", "event", "$browser", "from", "true", "interval", "cast", "left", "any", "date", "f", "a b", "it's",
        "`", "\\", "1x", "é", "case", "end", "not", "cohort", "both", "distinct", "over", "filter", "final", "array",
        "columns", "select", "window",
    ]);
    plain.prop_map(|name| Identifier { name: name.to_owned(), span: 0..0 })
}

fn names(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Identifier>> {
    prop::collection::vec(name(), n)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Int),
        (-3_i64..3).prop_map(Literal::Int),
        Just(Literal::Int(i64::MIN)),
        prop::num::f64::NORMAL.prop_map(Literal::Float),
        prop::sample::select(vec![0.0, -0.0, 0.5, -1.0, 1e300, f64::INFINITY, f64::NEG_INFINITY])
            .prop_map(Literal::Float),
        "[a'\\\\\n\t{}é\0]{0,5}".prop_map(Literal::String),
    ]
}

fn leaf() -> impl Strategy<Value = Expr> {
    let number = (0_u32..3).prop_map(|number| Identifier { name: number.to_string(), span: 0..0 });
    prop_oneof![
        literal().prop_map(ExprKind::Literal),
        (name(), prop::collection::vec(prop_oneof![name(), number], 0..3))
            .prop_map(|(first, rest)| { ExprKind::Name([vec![first], rest].concat()) }),
        (names(0..2), names(0..3)).prop_map(|(table, except)| ExprKind::Star { table, except }),
        names(1..3).prop_map(ExprKind::Placeholder),
        "[a.*']{0,4}".prop_map(ExprKind::Columns),
    ]
    .prop_map(here)
}

const OPERATORS: [BinaryOperator; 25] = {
    use BinaryOperator::*;
    [
        Or,
        And,
        Equals,
        NotEquals,
        Less,
        LessOrEquals,
        Greater,
        GreaterOrEquals,
        Like,
        NotLike,
        ILike,
        NotILike,
        Matches,
        NotMatches,
        IMatches,
        NotIMatches,
        Plus,
        Minus,
        Multiply,
        Divide,
        Modulo,
        Concat,
        Coalesce,
        NotDistinct,
        Distinct,
    ]
};

const UNITS: [IntervalUnit; 8] = {
    use IntervalUnit::*;
    [Second, Minute, Hour, Day, Week, Month, Quarter, Year]
};

fn binary(operator: BinaryOperator, left: Expr, right: Expr) -> Expr {
    match operator {
        BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Concat => {
            operators::chain(operator, vec![left, right])
        }
        _ => here(ExprKind::Binary(operator, Box::new(left), Box::new(right))),
    }
}

fn order(expr: impl Strategy<Value = Expr>) -> impl Strategy<Value = OrderBy> {
    (expr, any::<bool>(), any::<Option<bool>>()).prop_map(|(expr, descending, nulls_first)| OrderBy {
        expr,
        descending,
        nulls_first,
    })
}

fn window(expr: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = WindowSpec> {
    let bound = || {
        prop_oneof![
            Just(Bound::UnboundedPreceding),
            (0_u64..9).prop_map(Bound::Preceding),
            Just(Bound::CurrentRow),
            (0_u64..9).prop_map(Bound::Following),
            Just(Bound::UnboundedFollowing),
        ]
    };
    let frame =
        (any::<bool>(), bound(), bound()).prop_map(|(counts_rows, start, end)| Frame { counts_rows, start, end });
    (prop::collection::vec(expr.clone(), 0..2), prop::collection::vec(order(expr), 0..2), prop::option::of(frame))
        .prop_map(|(partition_by, order_by, frame)| WindowSpec { partition_by, order_by, frame })
}

fn call(expr: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let over = prop_oneof![name().prop_map(Over::Name), window(expr.clone()).prop_map(Over::Spec)];
    let args = prop::collection::vec(expr.clone(), 0..3);
    (name(), prop::option::of(args.clone()), args, any::<bool>(), prop::option::of(expr), prop::option::of(over))
        .prop_map(|(name, params, args, distinct, filter, over)| {
            let distinct = distinct && !args.is_empty();
            here(ExprKind::Call {
                name,
                params,
                args,
                distinct,
                filter: filter.map(Box::new),
                over: over.map(Box::new),
            })
        })
}

/// Of a name, a member is a part.
fn member(value: Expr, name: Identifier) -> Expr {
    match value.kind {
        ExprKind::Name(parts) => here(ExprKind::Name([parts, vec![name]].concat())),
        _ => here(ExprKind::Member(Box::new(value), name)),
    }
}

fn in_set(expr: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = InSet> {
    prop_oneof![
        prop::collection::vec(expr.clone(), 0..3).prop_map(InSet::List),
        small_select(expr.clone()).prop_map(|query| InSet::Query(Box::new(query))),
        expr.prop_map(|cohort| InSet::Cohort(Box::new(cohort))),
    ]
}

fn compound(expr: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let boxed = || expr.clone().prop_map(Box::new);
    let list = || prop::collection::vec(expr.clone(), 1..3);
    let others = prop_oneof![
        (names(0..3), boxed()).prop_map(|(params, body)| ExprKind::Lambda { params, body }),
        boxed().prop_map(|value| ExprKind::Unary(UnaryOperator::Not, value)),
        boxed().prop_map(|value| ExprKind::Unary(UnaryOperator::Minus, value)),
        (boxed(), boxed(), boxed(), any::<bool>()).prop_map(|(value, low, high, negated)| ExprKind::Between {
            value,
            low,
            high,
            negated
        }),
        (boxed(), any::<bool>()).prop_map(|(value, negated)| ExprKind::IsNull { value, negated }),
        (boxed(), in_set(expr.clone()), any::<bool>()).prop_map(|(value, set, negated)| ExprKind::In {
            value,
            set,
            negated
        }),
        (
            prop::option::of(boxed()),
            prop::collection::vec((expr.clone(), expr.clone()), 1..3),
            prop::option::of(boxed())
        )
            .prop_map(|(operand, branches, otherwise)| ExprKind::Case { operand, branches, otherwise }),
        (boxed(), prop::sample::select(vec!["Int64", "Nullable(Float64)", "DateTime64(6, 'UTC')"]), any::<bool>())
            .prop_map(|(value, name, is_try)| ExprKind::Cast { value, type_name: name.to_owned(), is_try }),
        (boxed(), prop::sample::select(UNITS.as_slice()))
            .prop_map(|(amount, unit)| ExprKind::Interval { amount, unit }),
        prop::collection::vec(expr.clone(), 0..3).prop_map(ExprKind::Array),
        list().prop_map(ExprKind::Tuple),
        (boxed(), boxed()).prop_map(|(value, index)| ExprKind::Index(value, index)),
        (boxed(), name()).prop_map(|(value, name)| ExprKind::Alias(value, name)),
        small_select(expr.clone()).prop_map(|query| ExprKind::Subquery(Box::new(query))),
        small_select(expr.clone()).prop_map(|query| ExprKind::Exists(Box::new(query))),
    ]
    .prop_map(here);
    let element = (expr.clone(), 0_u32..3).prop_map(|(value, number)| match value.kind {
        ExprKind::Name(_) => member(value, Identifier { name: number.to_string(), span: 0..0 }),
        _ => here(ExprKind::TupleElement(Box::new(value), number)),
    });
    prop_oneof![
        4 => others,
        3 => (prop::sample::select(OPERATORS.as_slice()), expr.clone(), expr.clone())
            .prop_map(|(operator, left, right)| binary(operator, left, right)),
        2 => call(expr.clone()),
        1 => element,
        1 => (expr, name()).prop_map(|(value, name)| member(value, name)),
    ]
}

fn table(expr: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = TableExpr> {
    let source = prop_oneof![
        names(1..3).prop_map(TableSource::Name),
        (name(), prop::collection::vec(expr.clone(), 0..2))
            .prop_map(|(name, args)| TableSource::Function { name, args }),
        names(1..3).prop_map(|names| TableSource::Placeholder(here(ExprKind::Placeholder(names)))),
        expr.prop_map(|expr| TableSource::Query(Box::new(Query::Select(Box::new(Select {
            columns: vec![expr],
            ..empty()
        }))))),
    ];
    let alias = prop::option::of((name(), names(0..2)));
    let sample = prop::option::of(Just(here(ExprKind::Literal(Literal::Float(0.1)))));
    (source, alias, sample).prop_map(|(source, alias, sample)| {
        let (alias, column_aliases) = alias.map_or((None, Vec::new()), |(alias, columns)| (Some(alias), columns));
        TableExpr { source, alias, column_aliases, sample, span: 0..0 }
    })
}

const JOINS: [JoinKind; 10] = {
    use JoinKind::*;
    [Inner, Left, Right, Full, Semi, Anti, AnyInner, AnyLeft, AsofInner, AsofLeft]
};

fn from(expr: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = From> {
    let constraint =
        prop_oneof![expr.clone().prop_map(JoinConstraint::On), names(1..3).prop_map(JoinConstraint::Using)];
    let join = (prop::sample::select(JOINS.as_slice()), table(expr.clone()), constraint)
        .prop_map(|(kind, table, constraint)| Join { kind, table, constraint });
    let cross =
        table(expr.clone()).prop_map(|table| Join { kind: JoinKind::Cross, table, constraint: JoinConstraint::None });
    (table(expr), prop::collection::vec(prop_oneof![join, cross], 0..2))
        .prop_map(|(first, joins)| From { first, joins })
}

fn ends_in_sample(from: &From) -> bool {
    from.joins.last().map_or(&from.first, |join| &join.table).sample.is_some()
}

fn empty() -> Select {
    Select {
        with: Vec::new(),
        distinct: false,
        columns: Vec::new(),
        from: None,
        array_join: None,
        prewhere: None,
        filter: None,
        group_by: GroupBy::Exprs(Vec::new()),
        having: None,
        windows: Vec::new(),
        qualify: None,
        order_by: Vec::new(),
        limit_by: None,
        limit: None,
        offset: None,
        with_ties: false,
        span: 0..0,
    }
}

/// A query inside a value: queries of all forms in each other would soon be too great.
fn small_select(expr: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Query> {
    (expr.clone(), prop::option::of(expr))
        .prop_map(|(column, filter)| Query::Select(Box::new(Select { columns: vec![column], filter, ..empty() })))
}

fn select(expr: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Query> {
    let some = || prop::option::of(expr.clone());
    let list = |n| prop::collection::vec(expr.clone(), n);
    let common = prop_oneof![
        expr.clone().prop_map(CommonTable::Value),
        expr.clone()
            .prop_map(|expr| CommonTable::Query(Query::Select(Box::new(Select { columns: vec![expr], ..empty() })))),
    ];
    let group_by = prop_oneof![Just(GroupBy::All), list(0..3).prop_map(GroupBy::Exprs)];
    let limit_by = prop::option::of((expr.clone(), some(), list(1..3)).prop_map(|(limit, offset, by)| LimitBy {
        limit,
        offset,
        by,
    }));
    let array_join =
        prop::option::of((any::<bool>(), list(1..3)).prop_map(|(is_left, arrays)| ArrayJoin { is_left, arrays }));
    let begin = (
        prop::collection::vec((name(), common), 0..2),
        any::<bool>(),
        list(1..3),
        prop::option::of((from(expr.clone()), array_join)),
    );
    let middle =
        (some(), some(), group_by, some(), prop::collection::vec((name(), window(expr.clone())), 0..2), some());
    let end = (prop::collection::vec(order(expr.clone()), 0..2), limit_by, some(), some(), any::<bool>());
    (begin, middle, end).prop_map(
        |(
            (with, distinct, columns, from),
            (prewhere, filter, group_by, having, windows, qualify),
            (order_by, limit_by, limit, offset, with_ties),
        )| {
            let (from, array_join) = from.map_or((None, None), |(from, array_join)| (Some(from), array_join));
            let with_ties = with_ties && limit.is_some();
            // behind a sample, it is the sample's
            let offset = offset.filter(|_| limit.is_some() || !from.as_ref().is_some_and(ends_in_sample));
            Query::Select(Box::new(Select {
                with,
                distinct,
                columns,
                from,
                array_join,
                prewhere,
                filter,
                group_by,
                having,
                windows,
                qualify,
                order_by,
                limit_by,
                limit,
                offset,
                with_ties,
                span: 0..0,
            }))
        },
    )
}

fn expr() -> impl Strategy<Value = Expr> + Clone {
    leaf().prop_recursive(3, 12, 2, compound)
}

fn query() -> impl Strategy<Value = Query> {
    let operator = prop::sample::select(vec![
        SetOperator::UnionAll,
        SetOperator::UnionDistinct,
        SetOperator::IntersectAll,
        SetOperator::IntersectDistinct,
        SetOperator::Except,
    ]);
    select(leaf().prop_recursive(2, 4, 2, compound)).prop_recursive(2, 3, 2, move |query| {
        (query.clone(), prop::collection::vec((operator.clone(), query), 1..3))
            .prop_map(|(first, rest)| Query::SetOperation { first: Box::new(first), rest })
    })
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn an_expression_is_read_as_it_was_printed(tree in expr()) {
        let printed = print::expression(&tree);
        prop_assert_eq!(super::expression(&printed), tree, "{}", printed);
    }

    #[test]
    fn a_query_is_read_as_it_was_printed(tree in query()) {
        let printed = print::query(&tree);
        prop_assert_eq!(super::query(&printed), tree, "{}", printed);
    }
}
