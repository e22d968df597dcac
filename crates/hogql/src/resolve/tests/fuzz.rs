//! No text makes the resolver panic, and what it gives is consistent.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config as ProptestConfig;

use super::resolve;
use crate::functions;
use crate::ir::Relation;
use crate::resolve::rewrite::visible;

fn config() -> ProptestConfig {
    let given =
        std::env::vars().find_map(|(name, value)| (name == "HINDSIGHT_PROPTEST_CASES").then(|| value.parse().ok())?);
    ProptestConfig { cases: given.unwrap_or(2_000), failure_persistence: None, ..ProptestConfig::default() }
}

/// Values of many types.
fn leaf() -> impl Strategy<Value = String> {
    select(vec![
        "1",
        "-2",
        "1.5",
        "'x'",
        "'2020-01-02'",
        "null",
        "true",
        "event",
        "timestamp",
        "person_id",
        "uuid",
        "properties",
        "properties.a",
        "person.properties.b.c",
        "session.$session_duration",
        "$group_0",
        "[1, 2]",
        "['a', null]",
        "(1, 'a')",
        "map('a', 1)",
        "today()",
        "now()",
        "interval 1 day",
        "[]",
        "a",
        "x",
        "'day'",
        "'UTC'",
        "*",
        "e.event",
    ])
    .prop_map(str::to_owned)
}

fn names() -> Vec<&'static str> {
    functions::catalogue().map(|function| function.name).collect()
}

fn value() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let args = prop::collection::vec(inner.clone(), 0..4);
        let operators = vec![
            "+", "-", "*", "/", "%", "=", "!=", "<", ">=", "and", "or", "like", "||", "??", "~*", "is distinct from",
        ];
        prop_oneof![
            4 => (select(names()), args.clone()).prop_map(|(name, args)| format!("{name}({})", args.join(", "))),
            1 => (select(names()), args.clone()).prop_map(|(name, args)| format!("{name}If({})", args.join(", "))),
            1 => (select(names()), args.clone()).prop_map(|(name, args)| format!("{name}(0.5)({})", args.join(", "))),
            1 => (select(names()), inner.clone(), inner.clone())
                .prop_map(|(name, body, array)| format!("{name}(x -> {body}, {array})")),
            1 => (select(names()), args.clone(), inner.clone())
                .prop_map(|(name, args, key)| format!("{name}({}) over (partition by {key} order by {key})", args.join(", "))),
            3 => (inner.clone(), select(operators), inner.clone()).prop_map(|(a, operator, b)| format!("({a} {operator} {b})")),
            1 => (inner.clone(), args.clone()).prop_map(|(a, items)| format!("({a} in ({}))", items.join(", "))),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} between {b} and {c})")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("case {a} when {b} then {c} else {b} end")),
            1 => (inner.clone(), select(vec!["Int64", "Nullable(String)", "Array(Date)", "Bool"]))
                .prop_map(|(a, ty)| format!("cast({a} as {ty})")),
            1 => inner.clone().prop_map(|a| format!("({a} as a)")),
            1 => inner.clone().prop_map(|a| format!("(select {a} from events)")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} in (select {b} from persons))")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            1 => inner.prop_map(|a| format!("{a}.1")),
        ]
    })
}

fn clauses() -> impl Strategy<Value = String> {
    let part = |text: &'static str| prop_oneof![2 => Just(String::new()), 1 => value().prop_map(move |value| format!(" {text} {value}"))];
    (
        value(),
        value(),
        select(vec![
            "from events e", "from events e join persons p on e.person_id = p.id", "", "from numbers(3) e",
            "from (select event, properties, 1 as a from events) e", "from events e left join events f using (person_id)",
            "from sessions e", "from events e array join [1, 2] as a",
        ]),
        part("where"),
        part("group by"),
        part("having"),
        part("order by"),
        prop_oneof![Just(String::new()), Just(" limit 3 by event".to_owned()), Just(" limit 2 offset 1".to_owned())],
        prop_oneof![3 => Just(String::new()), 1 => value().prop_map(|value| format!(" union all select {value}, {value}"))],
    )
        .prop_map(|(a, b, from, filter, group, having, order, limit, union)| {
            format!("select {a} as a, {b} {from}{filter}{group}{having}{order}{limit}{union}")
        })
}

/// Each column of an answer is one of those that its root shows.
fn is_consistent(root: &Relation, columns: &[crate::ir::OutputColumn]) -> bool {
    let mut ids = Vec::new();
    visible(root, &mut ids);
    columns.iter().all(|column| ids.contains(&column.column.relation))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_query_panics(text in clauses()) {
        if let Ok(query) = resolve(&text) {
            prop_assert!(is_consistent(&query.root, &query.columns));
        }
    }

    #[test]
    fn no_value_panics(value in value()) {
        let _ = resolve(&format!("select {value} from events e"));
    }
}
