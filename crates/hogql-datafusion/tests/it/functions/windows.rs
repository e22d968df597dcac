//! Functions of windows.

use super::check;

#[test]
fn windows() {
    check(
        "UTC",
        &[
            (
                "groupArray((n, v)) from (select n, row_number() over (partition by g order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 1], [2, 1], [3, 2], [4, 2], [5, 2], [6, 3], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, rank() over (order by g) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 4], [2, 7], [3, 1], [4, 4], [5, 7], [6, 1], [7, 4]]",
            ),
            (
                "groupArray((n, v)) from (select n, dense_rank() over (order by g desc) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 3], [1, 2], [2, 1], [3, 3], [4, 2], [5, 1], [6, 3], [7, 2]]",
            ),
            (
                "groupArray((n, v)) from (select n, percent_rank() over (order by g) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0.0], [1, 0.42857142857142855], [2, 0.8571428571428571], [3, 0.0], [4, 0.42857142857142855], [5, 0.8571428571428571], [6, 0.0], [7, 0.42857142857142855]]",
            ),
            (
                "groupArray((n, v)) from (select n, cume_dist() over (order by g) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0.375], [1, 0.75], [2, 1.0], [3, 0.375], [4, 0.75], [5, 1.0], [6, 0.375], [7, 0.75]]",
            ),
            (
                "groupArray((n, v)) from (select n, ntile(3) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 1], [2, 1], [3, 2], [4, 2], [5, 2], [6, 3], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over () as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 28], [1, 28], [2, 28], [3, 28], [4, 28], [5, 28], [6, 28], [7, 28]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 3], [3, 6], [4, 10], [5, 15], [6, 21], [7, 28]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over (order by g) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 9], [1, 21], [2, 28], [3, 9], [4, 21], [5, 28], [6, 9], [7, 21]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over (partition by g order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 2], [3, 3], [4, 5], [5, 7], [6, 9], [7, 12]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over (order by n rows between 1 preceding and 1 following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 3], [2, 6], [3, 9], [4, 12], [5, 15], [6, 18], [7, 13]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over (order by n rows between unbounded preceding and 1 preceding) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 1], [3, 3], [4, 6], [5, 10], [6, 15], [7, 21]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over (order by n rows 2 preceding) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 3], [3, 6], [4, 9], [5, 12], [6, 15], [7, 18]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over (order by n range between 2 preceding and current row) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 3], [3, 6], [4, 9], [5, 12], [6, 15], [7, 18]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(n) over (order by n desc rows between current row and unbounded following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 3], [3, 6], [4, 10], [5, 15], [6, 21], [7, 28]]",
            ),
            (
                "groupArray((n, v)) from (select n, count() over (partition by g) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 3], [1, 3], [2, 2], [3, 3], [4, 3], [5, 2], [6, 3], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, count(m) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 2], [3, 3], [4, 3], [5, 4], [6, 5], [7, 6]]",
            ),
            (
                "groupArray((n, v)) from (select n, avg(n) over (order by n rows between 2 preceding and current row) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0.0], [1, 0.5], [2, 1.0], [3, 2.0], [4, 3.0], [5, 4.0], [6, 5.0], [7, 6.0]]",
            ),
            (
                "groupArray((n, v)) from (select n, min(n) over (partition by g) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 2], [3, 0], [4, 1], [5, 2], [6, 0], [7, 1]]",
            ),
            (
                "groupArray((n, v)) from (select n, max(m) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, null], [1, 1], [2, 2], [3, 3], [4, 3], [5, 3], [6, 3], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, first_value(n) over (partition by g order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 2], [3, 0], [4, 1], [5, 2], [6, 0], [7, 1]]",
            ),
            (
                "groupArray((n, v)) from (select n, last_value(n) over (partition by g order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 6], [7, 7]]",
            ),
            (
                "groupArray((n, v)) from (select n, last_value(n) over (partition by g order by n rows between unbounded preceding and unbounded following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 6], [1, 7], [2, 5], [3, 6], [4, 7], [5, 5], [6, 6], [7, 7]]",
            ),
            (
                "groupArray((n, v)) from (select n, nth_value(n, 2) over (partition by g order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 0], [3, 3], [4, 4], [5, 5], [6, 3], [7, 4]]",
            ),
            (
                "groupArray((n, v)) from (select n, nth_value(m, 2) over (order by n rows between 1 preceding and 1 following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 1], [2, 2], [3, 3], [4, null], [5, 1], [6, 2], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, lagInFrame(n) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 1], [3, 2], [4, 3], [5, 4], [6, 5], [7, 6]]",
            ),
            (
                "groupArray((n, v)) from (select n, lagInFrame(n, 2) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 0], [3, 1], [4, 2], [5, 3], [6, 4], [7, 5]]",
            ),
            (
                "groupArray((n, v)) from (select n, lagInFrame(n, 2, 99) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 99], [1, 99], [2, 0], [3, 1], [4, 2], [5, 3], [6, 4], [7, 5]]",
            ),
            (
                "groupArray((n, v)) from (select n, lagInFrame(n) over (order by n rows between unbounded preceding and unbounded following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 1], [3, 2], [4, 3], [5, 4], [6, 5], [7, 6]]",
            ),
            (
                "groupArray((n, v)) from (select n, lagInFrame(n) over (order by n rows between 1 following and unbounded following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 0], [3, 0], [4, 0], [5, 0], [6, 0], [7, 0]]",
            ),
            (
                "groupArray((n, v)) from (select n, lagInFrame(n, 2) over (order by n rows between 1 preceding and current row) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 0], [3, 0], [4, 0], [5, 0], [6, 0], [7, 0]]",
            ),
            (
                "groupArray((n, v)) from (select n, leadInFrame(n) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 0], [3, 0], [4, 0], [5, 0], [6, 0], [7, 0]]",
            ),
            (
                "groupArray((n, v)) from (select n, leadInFrame(n) over (order by n rows between unbounded preceding and unbounded following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7], [7, 0]]",
            ),
            (
                "groupArray((n, v)) from (select n, leadInFrame(n, 1, 99) over (order by n rows between current row and 1 following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7], [7, 99]]",
            ),
            (
                "groupArray((n, v)) from (select n, leadInFrame(n, 2, 99) over (order by n rows between current row and 1 following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 99], [1, 99], [2, 99], [3, 99], [4, 99], [5, 99], [6, 99], [7, 99]]",
            ),
            (
                "groupArray((n, v)) from (select n, leadInFrame(m) over (order by n rows between unbounded preceding and unbounded following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 2], [2, 3], [3, null], [4, 1], [5, 2], [6, 3], [7, null]]",
            ),
            (
                "groupArray((n, v)) from (select n, leadInFrame(toString(n)) over (partition by g order by n rows between unbounded preceding and unbounded following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                r#"[[0, "3"], [1, "4"], [2, "5"], [3, "6"], [4, "7"], [5, ""], [6, ""], [7, ""]]"#,
            ),
            (
                "groupArray((n, v)) from (select n, lagInFrame(n) over (order by g) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 6], [2, 7], [3, 0], [4, 1], [5, 2], [6, 3], [7, 4]]",
            ),
            (
                "groupArray((n, v)) from (select n, leadInFrame(n) over (order by g range between current row and unbounded following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 3], [1, 4], [2, 5], [3, 6], [4, 7], [5, 0], [6, 1], [7, 2]]",
            ),
            (
                "groupArray((n, v)) from (select n, lag(n, 2, 99) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 99], [1, 99], [2, 0], [3, 1], [4, 2], [5, 3], [6, 4], [7, 5]]",
            ),
            (
                "groupArray((n, v)) from (select n, lead(n, 1, 99) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7], [7, 99]]",
            ),
            (
                "groupArray((n, v)) from (select n, lag(m) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, null], [1, null], [2, 1], [3, 2], [4, 3], [5, null], [6, 1], [7, 2]]",
            ),
            (
                "groupArray((n, v)) from (select n, groupArray(n) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, [0]], [1, [0, 1]], [2, [0, 1, 2]], [3, [0, 1, 2, 3]], [4, [0, 1, 2, 3, 4]], [5, [0, 1, 2, 3, 4, 5]], [6, [0, 1, 2, 3, 4, 5, 6]], [7, [0, 1, 2, 3, 4, 5, 6, 7]]]",
            ),
            (
                "groupArray((n, v)) from (select n, groupArray(n) over (partition by g order by n rows between 1 preceding and current row) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, [0]], [1, [1]], [2, [2]], [3, [0, 3]], [4, [1, 4]], [5, [2, 5]], [6, [3, 6]], [7, [4, 7]]]",
            ),
            (
                "groupArray((n, v)) from (select n, uniq(g) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 1], [1, 2], [2, 3], [3, 3], [4, 3], [5, 3], [6, 3], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, argMax(n, m) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, null], [1, 1], [2, 2], [3, 3], [4, 3], [5, 3], [6, 3], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, any(m) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, null], [1, 1], [2, 1], [3, 1], [4, 1], [5, 1], [6, 1], [7, 1]]",
            ),
            (
                "groupArray((n, v)) from (select n, anyLast(m) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, null], [1, 1], [2, 2], [3, 3], [4, 3], [5, 1], [6, 2], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, quantile(0.5)(n) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0.0], [1, 0.5], [2, 1.0], [3, 1.5], [4, 2.0], [5, 2.5], [6, 3.0], [7, 3.5]]",
            ),
            (
                "groupArray((n, v)) from (select n, sumIf(n, n % 2 = 0) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 0], [2, 2], [3, 2], [4, 6], [5, 6], [6, 12], [7, 12]]",
            ),
            (
                "groupArray((n, v)) from (select n, n - lagInFrame(n, 1, n) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0], [1, 1], [2, 1], [3, 1], [4, 1], [5, 1], [6, 1], [7, 1]]",
            ),
            (
                "groupArray((n, v)) from (select n, round(n / sum(n) over (), 3) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 0.0], [1, 0.036], [2, 0.071], [3, 0.107], [4, 0.143], [5, 0.179], [6, 0.214], [7, 0.25]]",
            ),
            (
                "groupArray((n, v)) from (select n, first_value(m) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, null], [1, 1], [2, 1], [3, 1], [4, 1], [5, 1], [6, 1], [7, 1]]",
            ),
            (
                "groupArray((n, v)) from (select n, last_value(m) over (order by n) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, null], [1, 1], [2, 2], [3, 3], [4, 3], [5, 1], [6, 2], [7, 3]]",
            ),
            (
                "groupArray((n, v)) from (select n, sum(m) over (order by n rows between 1 preceding and 1 preceding) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, null], [1, null], [2, 1], [3, 2], [4, 3], [5, null], [6, 1], [7, 2]]",
            ),
            (
                "groupArray((n, v)) from (select n, max(m) over (order by n rows between 1 following and 2 following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 2], [1, 3], [2, 3], [3, 1], [4, 2], [5, 3], [6, 3], [7, null]]",
            ),
            (
                "groupArray((n, v)) from (select n, min(n) over (order by n rows between 5 following and 6 following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 5], [1, 6], [2, 7], [3, 0], [4, 0], [5, 0], [6, 0], [7, 0]]",
            ),
            (
                "groupArray((n, v)) from (select n, avg(n) over (order by n rows between 5 following and 6 following) as v from (select number as n, number % 3 as g, nullIf(number % 4, 0) as m from numbers(8)) order by n)",
                "[[0, 5.5], [1, 6.5], [2, 7.0], [3, null], [4, null], [5, null], [6, null], [7, null]]",
            ),
        ],
    );
}
