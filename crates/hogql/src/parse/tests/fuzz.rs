//! Whatever is given, the parser answers, and where it reads something, the printer writes it so that it is read the same.

use proptest::prelude::*;

use super::*;

const VALID: [&str; 8] = [
    "with t as (select event, count() as c from events group by event) select event, c from t where c > 1 order by c desc limit 10",
    "select arrayMap((x, y) -> x + y, [1, 2.5e3], [a.1, f(b).c]) as z, quantile(0.9)(x) filter (where y) over (order by z) from numbers(2 + 2)",
    "select a ? b : c, x ?? y, not x is null, e.properties.$browser, 'it''s \\'', f'a{b}c', interval 1 day from events e left join p using a",
    "select case x when 1 then 'a' else 'b' end, x between 1 and 2, y not in (select 1), z in cohort 5, t.* except (a, b) from {table}",
    "(select 1 union all select 2) except select 3 from a any join b on a.x = b.y array join ls as l limit 1 by x limit 2, 3",
    "select cast(a as Nullable(Float64)), b::DateTime64(6, 'UTC'), date '2020-01-01', extract(year from t), trim(both 'x' from y)",
    "select count(distinct x), `a b`.\"c\", -1, - x, 0xff, inf, nan, null, true /* c */ -- d\n, {variables.day} where a =~ 'b' and c !~* 'd'",
    "select sum(x) over w from t window w as (partition by a order by b rows between unbounded preceding and 1 following) qualify 1",
];

const PIECES: [&str; 46] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "*",
    "-",
    "+",
    "?",
    ":",
    "::",
    "'",
    "`",
    "\"",
    "\\",
    "f'",
    "->",
    ";",
    "1",
    ".5",
    "é",
    " ",
    "select ",
    " from ",
    " as ",
    " not ",
    " in ",
    " between ",
    " and ",
    " union all ",
    "case ",
    " end",
    "interval ",
    "over ",
    " is ",
    " null",
    "distinct ",
    "with ",
    "limit ",
    "/*",
    "--",
    "join ",
    "cohort ",
];

fn read_all(text: &str) {
    if let Ok(tree) = parse_query(text) {
        let printed = print::query(&tree);
        let again = parse_query(&printed).unwrap_or_else(|error| panic!("{text} was printed as {printed}: {error}"));
        assert_eq!(print::query(&again), printed, "{text}");
    }
    if let Ok(tree) = parse_expression(text) {
        let printed = print::expression(&tree);
        let again =
            parse_expression(&printed).unwrap_or_else(|error| panic!("{text} was printed as {printed}: {error}"));
        assert_eq!(print::expression(&again), printed, "{text}");
    }
    let _ = parse_order(text);
}

fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0_usize..12, prop::option::of(prop::sample::select(PIECES.as_slice())));
    (prop::sample::select(VALID.as_slice()), prop::collection::vec(change, 1..6)).prop_map(|(valid, changes)| {
        let mut chars: Vec<char> = valid.chars().collect();
        for (at, n_removed, piece) in changes {
            let start = at.index(chars.len().max(1)).min(chars.len());
            let end = (start + n_removed).min(chars.len());
            chars.splice(start..end, piece.unwrap_or_default().chars());
        }
        chars.into_iter().collect()
    })
}

#[test]
fn the_valid_ones_are_valid() {
    VALID.into_iter().for_each(|text| drop(query(text)));
}

#[test]
fn a_type_has_no_quotes() {
    read_all("a::`0`");
    assert!(parse_expression("a::`0`").is_err() && parse_expression("cast(a as `Int64`)").is_err());
    assert!(parse_expression("a::Int64").is_ok());
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}") {
        read_all(&text);
    }

    #[test]
    fn any_pieces_are_answered(pieces in prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..40)) {
        read_all(&pieces.concat());
        read_all(&format!("select {}", pieces.concat()));
    }

    #[test]
    fn broken_queries_are_answered(text in mutated()) {
        read_all(&text);
    }
}
