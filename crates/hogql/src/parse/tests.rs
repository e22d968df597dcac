use proptest::test_runner::Config as ProptestConfig;

use super::*;
use crate::ast::ExprKind;
use crate::print;
use crate::walk::{self, Rewriter};

mod fuzz;
mod roundtrip;

/// How properties are tried.
fn config() -> ProptestConfig {
    let given =
        std::env::vars().find_map(|(name, value)| (name == "HINDSIGHT_PROPTEST_CASES").then(|| value.parse().ok())?);
    ProptestConfig { cases: given.unwrap_or(2_000), failure_persistence: None, ..ProptestConfig::default() }
}

/// Puts everything at one place, so that trees can be compared.
struct Nowhere;

impl Rewriter for Nowhere {
    fn span(&mut self, span: &mut Span) {
        *span = 0..0;
    }
}

fn expression(text: &str) -> Expr {
    let mut expr = parse_expression(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Nowhere.expr(&mut expr).expect("it changes places alone");
    expr
}

fn query(text: &str) -> Query {
    let mut query = parse_query(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    walk::walk_query(&mut Nowhere, &mut query).expect("it changes places alone");
    query
}

/// Both texts say the same.
#[track_caller]
fn check(text: &str, same: &str) {
    assert_eq!(expression(text), expression(same), "{text}");
    check_printed(&print::expression(&expression(text)), text);
}

#[track_caller]
fn check_printed(printed: &str, text: &str) {
    assert_eq!(expression(printed), expression(text), "{text} was printed as {printed}");
}

/// What a query is printed as, which is read as the same again.
#[track_caller]
fn check_query(text: &str, printed: &str) {
    let tree = query(text);
    assert_eq!(print::query(&tree), printed, "{text}");
    assert_eq!(query(printed), tree, "{text}");
}

#[track_caller]
fn check_refused(text: &str, message: &str, position: usize) {
    assert_eq!(parse_query(text), Err(HogqlError { message: message.to_owned(), position }), "{text}");
}

#[test]
fn operators_bind_as_in_the_grammar_of_hogql() {
    check("a or b and c", "a or (b and c)");
    check("not a = b and c", "(not (a = b)) and c");
    check("not a is null", "not (a is null)");
    check("a = b is null", "(a = b) is null");
    check("a ?? b = c", "a ?? (b = c)");
    check("a + b * c - d", "(a + (b * c)) - d");
    check("a - b - c", "(a - b) - c");
    check("-a * b", "(-a) * b");
    check("-a.b[1]", "-(a.b[1])");
    check("a || b || c = d", "((a || b) || c) = d");
    check("a = 1 ? b : c ? d : e", "if(a = 1, b, if(c, d, e))");
    check("x = 1 and y between 1 and 2 + 3 or z", "((x = 1) and (y between 1 and (2 + 3))) or z");
    check("x not between a and b = c", "(x not between a and b) = c");
    check("a + b as x", "(a + b) as x");
    check("(sum(a) as x) + x", "((sum(a)) as x) + (x)");
    check("a::Int64 + 1", "cast(a as Int64) + 1");
    check("x in (1, 2) and y", "(x in (1, 2)) and y");
    check("x global not in (1)", "x not in (1)");
    check("a <> b", "a != b");
    check("a ~ 'x' and b =~* 'y' and c !~ 'z' and d !~* 'w'", "a =~ 'x' and (b ~* 'y' and c !~ 'z') and d !~* 'w'");
    check("a is not distinct from b", "a <=> b");
}

#[test]
fn chains_are_one_tree_however_they_are_bracketed() {
    check("a and b and c and d", "a and (b and (c and d))");
    check("(a or b) or (c or d) or e", "a or b or c or d or e");
}

#[test]
fn values_have_many_forms() {
    check("interval '5 days'", "INTERVAL 5 DAY");
    check("now() - interval 1 day - interval '2' hour", "(now() - (INTERVAL 1 DAY)) - (INTERVAL '2' HOUR)");
    check("date '2020-01-01'", "toDate('2020-01-01')");
    check("timestamp '2020-01-01 00:00:00'", "toDateTime('2020-01-01 00:00:00')");
    check("extract(year from timestamp)", "toYear(timestamp)");
    check("extract(a, 'b')", "extract(a, 'b',)");
    check("trim(both 'x' from a)", "trimBoth(a, 'x')");
    check("substring(a from 2 for 3)", "substring(a, 2, 3)");
    check("f'a {b} c'", "concat('a ', b, ' c')");
    check("f'{b}'", "toString(b)");
    check("f''", "''");
    check("x -> x + 1", "(x) -> x + 1");
    check("arrayMap((x, y) -> x + y, a, b)", "arrayMap((x, y) -> (x + y), a, b)");
    check("(g.1, f(x).2, f(x).name)", "(`g`.1, (f(x)).2, (f(x)).name)");
    check("t.1.2", "(t.1).2");
    check("a['b'][1]", "(a['b'])[1]");
    check("a?.b?.['c']", "a.b['c']");
    check("count(*)", "count((*))");
    check("TRUE and Null is null", "true and (NULL is null)");
    check("-inf + inf", "(-inf) + infinity");
    check("- 5", "-5");
    check("-9223372036854775808", "-9223372036854775808");
    check("try_cast(a as DateTime64(6,'UTC'))", "TRY_CAST(a AS DateTime64( 6, 'UTC' ))");
    check("cast(a, 'Float64')", "a::Float64");
    check("case when a then b end", "CASE WHEN (a) THEN (b) END");
    check("columns('^a')", "COLUMNS('^a')");
    check("x in cohort 5", "x IN COHORT (5)");
    check("x in cohort", "x in (cohort)");
    check("x in ((1, 2),)", "x in ((1, 2),)");
    check("{a.b}", "{ a . b }");
    check("quantile(0.9)(x)", "quantile((0.9))(x)");
    check("count(distinct a, b) filter (where c) over w", "count(DISTINCT a, b) FILTER (WHERE c) OVER w");
    check(
        "sum(a) over (partition by b order by c rows 1 preceding)",
        "sum(a) over (partition by b order by c asc rows between 1 preceding and current row)",
    );
    check("interval", "`interval`");
    check("left(a, 1) || right(b, 2)", "`left`(a, 1) || `right`(b, 2)");
    check("exists(select 1)", "EXISTS ((select 1))");
    check("(1,)", "(1,)");
    check("a AS 'b c'", "a AS `b c`");
}

#[test]
fn spans_are_what_is_written() {
    let text = "(a + b) * c as d";
    let expr = parse_expression(text).unwrap();
    assert_eq!(&text[expr.span.clone()], text);
    let ExprKind::Alias(product, _) = expr.kind else { panic!("an alias is outermost") };
    assert_eq!(&text[product.span.clone()], "(a + b) * c");
    let ExprKind::Binary(_, sum, _) = product.kind else { panic!("a product is inside") };
    assert_eq!(&text[sum.span], "a + b");
}

#[test]
fn clauses_stand_in_order() {
    check_query(
        "with 1 as x, t as (select 2) select distinct a, b c from t as u final sample 1/10 prewhere p where q group by a having h window w as (order by a) \
         qualify r order by a desc nulls first, b limit 1 offset 2 by c limit 3 with ties offset 4;",
        "WITH 1 AS x, t AS (SELECT 2) SELECT DISTINCT a, b AS c FROM t AS u SAMPLE 1 / 10 PREWHERE p WHERE q GROUP BY a HAVING h \
         WINDOW w AS (ORDER BY a ASC) QUALIFY r ORDER BY a DESC NULLS FIRST, b ASC LIMIT 1 OFFSET 2 BY c LIMIT 3 WITH TIES OFFSET 4",
    );
    check_query("select a limit 2, 3", "SELECT a LIMIT 3 OFFSET 2");
    check_query("select a offset 2 rows", "SELECT a OFFSET 2");
    check_query("select a from t limit 1 by b, c offset 5", "SELECT a FROM t LIMIT 1 BY b, c OFFSET 5");
    check_query("select a, count() from t group by all", "SELECT a, count() FROM t GROUP BY ALL");
    check_query("select * except (a, b), t.* exclude c, from t", "SELECT * EXCEPT (a, b), t.* EXCEPT (c) FROM t");
}

#[test]
fn tables_are_joined_from_left_to_right() {
    check_query(
        "select 1 from a, b c cross join d global any left join e using f left outer join (select 1) g on h = i",
        "SELECT 1 FROM a CROSS JOIN b AS c CROSS JOIN d LEFT ANY JOIN e USING (f) LEFT JOIN (SELECT 1) AS g ON h = i",
    );
    check_query(
        "select 1 from (a join b on c) semi join d using (e, f) asof join g on h full outer join numbers(1, 2) n on 1",
        "SELECT 1 FROM a JOIN b ON c LEFT SEMI JOIN d USING (e, f) ASOF JOIN g ON h FULL JOIN numbers(1, 2) AS n ON 1",
    );
    check_query("select 1 from {source} as s", "SELECT 1 FROM {source} AS s");
    check_query("select 1 from a left array join b as c, d", "SELECT 1 FROM a LEFT ARRAY JOIN b AS c, d");
    check_query("select 1 from a as b(c, d)", "SELECT 1 FROM a AS b (c, d)");
    check_refused(
        "select 1 from a right any join b on c",
        "ANY RIGHT JOIN is not answered: turn the tables round, or use another join",
        17,
    );
    check_refused("select 1 from a join b", "expected USING or ON after a joined table, found the end of the text", 23);
}

#[test]
fn queries_are_put_together_from_left_to_right() {
    check_query("select 1 union all select 2 except select 3", "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3");
    check_query(
        "((select 1) union (select 2)) intersect select 3",
        "(SELECT 1 UNION DISTINCT SELECT 2) INTERSECT SELECT 3",
    );
    check_query(
        "select ((select 1) union all (select 2)), a in ((select 1) union all select 2)",
        "SELECT (SELECT 1 UNION ALL SELECT 2), a IN (SELECT 1 UNION ALL SELECT 2)",
    );
}

#[test]
fn what_is_no_select_is_refused() {
    let only = |found: &str| {
        format!("only SELECT is answered: expected SELECT or WITH at the beginning of the query, found {found}")
    };
    for (text, found) in [
        ("delete from events where 1 = 1", "`delete`"),
        ("alter table events add column x String", "`alter`"),
        ("insert into events values (1)", "`insert`"),
        ("drop table events", "`drop`"),
        ("set x = 1", "`set`"),
        ("show tables", "`show`"),
        ("timestamp", "`timestamp`"),
        ("", "the end of the text"),
        ("-- nothing", "the end of the text"),
    ] {
        let position = if found.starts_with('`') { 1 } else { text.len() + 1 };
        check_refused(text, &only(found), position);
    }
    check_refused(
        "select 1; drop table events",
        "only one statement is answered: remove what stands behind the semicolon",
        11,
    );
}

#[test]
fn errors_say_what_was_found_and_what_would_be_right() {
    check_refused("select event from events where", "expected a value, found the end of the text", 31);
    check_refused("select from events", "expected a value, found `from`", 8);
    check_refused("select 'é', (1 from t", "expected `)` or an operator after the value, found `from`", 16);
    check_refused(
        "select 1 as true",
        "`true` is a value and cannot be an alias: choose another name, or put quotes around it",
        13,
    );
    check_refused("select 'abc from events", "a text is opened with ' here and never closed", 8);
    check_refused(
        "select a b c",
        "expected an operator, a comma, the next clause or the end of the query, found `c`",
        12,
    );
    check_refused("select 1 from t settings a = 1", "`settings` cannot be given: remove it", 17);
    check_refused("select 1 format JSON", "`format` cannot be given: remove it", 10);
    check_refused("select 1 group by rollup(a)", "`rollup` is not answered: group by plain values", 19);
    check_refused(
        "select 1 from t group by a with totals",
        "WITH ROLLUP, WITH CUBE and WITH TOTALS are not answered: remove it",
        28,
    );
    check_refused("select 1 limit 1 limit 2", "LIMIT, OFFSET and LIMIT BY can each stand only once", 18);
    check_refused(
        "select {'a': 1}",
        "expected the name of a placeholder, such as {filters} or {variables.day}, found `'a'`",
        9,
    );
    check_refused(
        "select interval '1 fortnight'",
        "expected a whole number and a unit after INTERVAL, such as '1 day', found `'1 fortnight'`",
        17,
    );
    check_refused(
        "select (select 1)(2)",
        "only functions can be called, by their names: an operator or a comma is missing",
        18,
    );
}

/// Half of what threads have by default is enough, without optimisation too.
#[test]
fn depth_is_bounded_and_length_is_not() {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(try_depth_and_length).unwrap();
    assert!(thread.join().is_ok());
}

fn try_depth_and_length() {
    let too_deep = |text: &str| {
        let error = parse_query(text).unwrap_err();
        assert!(error.message.starts_with("the query is nested too deep"), "{error}");
    };
    too_deep(&format!("select {}", "(".repeat(50_000)));
    too_deep(&format!("select {}1", "not ".repeat(20_000)));
    too_deep(&format!("select {}1", "- ".repeat(20_000)));
    too_deep(&format!("select {}", "[".repeat(50_000)));
    too_deep(&format!("select {}", "f(".repeat(20_000)));
    too_deep(&format!("select {}", "x -> ".repeat(15_000)));
    too_deep(&"(".repeat(50_000));
    too_deep(&"select * from (".repeat(5_000));
    too_deep(&"select (".repeat(5_000));
    too_deep(&format!("select {}", "f'{".repeat(20_000)));
    too_deep(&format!("select {}", "case ".repeat(15_000)));
    too_deep(&format!("select {}", "interval ".repeat(10_000)));
    too_deep(&format!("select {}", "a ? ".repeat(20_000)));
    for (operator, n) in [("+", 20_000), (" as x ", 10_000), (" is null", 10_000), ("::Int64", 10_000), (".a", 40_000)]
    {
        let error = parse_query(&format!("select 1{}", format!("{operator}1").repeat(n))).unwrap_err();
        assert!(!error.message.is_empty());
    }
    for (operator, n) in [(" and a", 15_000), (" or a", 15_000), (" || a", 15_000), (", a", 30_000), ("+a", 100)] {
        query(&format!("select a{}", operator.repeat(n)));
    }
    let brackets = format!("select {}1{}", "(".repeat(75), ")".repeat(75));
    query(&brackets);
}
