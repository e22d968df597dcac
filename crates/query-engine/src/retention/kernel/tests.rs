use super::*;
use crate::plan::retention::{RetentionBreakdown, RetentionEvents, RetentionFunction, RetentionMeasure};
use crate::plan::sequence::Actor;
use crate::predicate::Predicate;
use crate::scan::EventSet;

fn events() -> RetentionEvents {
    RetentionEvents { events: EventSet::All, predicate: Predicate::ALWAYS }
}

/// Five intervals, three columns.
fn plan() -> RetentionMatrix {
    RetentionMatrix {
        start: events(),
        returning: events(),
        predicate: Predicate::ALWAYS,
        occurrence: StartOccurrence::Each,
        intervals: RetentionIntervals::Calendar { edges_us: vec![0, 10, 20, 30, 40, 50] },
        n_rows: 5,
        columns: RetentionColumns::Intervals(3),
        is_cumulative: false,
        min_returns: 1,
        actor: Actor::Person,
        breakdown: None,
        measure: None,
    }
}

fn by_field() -> Option<RetentionBreakdown> {
    let by = RetentionBreakdownBy::Field(crate::field::Field::EventName);
    Some(RetentionBreakdown { by, limit: 9 })
}

/// Marks of words such as `s12`: a start at 12; `r` is a return, `b` both, `f` the first of all; `s12:3` has the value 3. Numbers are
/// the instants, intervals are ten long, what is negative is before all.
fn marks(words: &str) -> Vec<Mark> {
    let mark = |word: &str| {
        let (at, value) = word[1..].split_once(':').unwrap_or((&word[1..], "0"));
        let at_us: i64 = at.parse().unwrap();
        Mark {
            at_us,
            number: at_us as f64,
            interval: u32::try_from(at_us.div_euclid(10)).unwrap_or(BEFORE),
            value: value.parse().unwrap(),
            roles: match &word[..1] {
                "s" => Roles::START,
                "r" => Roles::RETURN,
                "b" => Roles::START.or(Roles::RETURN),
                "f" => Roles::FIRST,
                "g" => Roles::FIRST.or(Roles::START),
                role => panic!("no role is called {role}"),
            },
        }
    };
    words.split_whitespace().map(mark).collect()
}

/// Cells as `row>column`, with their value before and their sum behind, where these are not 0.
fn cells(plan: &RetentionMatrix, words: &str) -> String {
    let mut found = Vec::new();
    Kernel::new(plan, vec![3, 2, 1, 0]).add(&mut marks(words), |Reach { value, row, columns }| {
        let value = if value == 0 { String::new() } else { format!("{value}:") };
        found.extend(columns.iter().map(|Reached { column, sum }| {
            let sum = if plan.measure.is_some() { format!("={sum}") } else { String::new() };
            format!("{value}{row}>{column}{sum}")
        }));
    });
    found.join(" ")
}

#[track_caller]
fn check(plan: &RetentionMatrix, words: &str, expected: &str) {
    assert_eq!(cells(plan, words), expected, "{words}");
}

#[test]
fn every_interval_with_a_start_is_a_row() {
    check(&plan(), "", "");
    check(&plan(), "r5 r15", "");
    check(&plan(), "s5 r6 r15 r16 r35", "0>0 0>1");
    check(&plan(), "b5 b15 b25", "0>0 0>1 0>2 1>0 1>1 2>0");
    // in whatever order
    check(&plan(), "r25 s15 r15 s5 s16", "0>0 0>1 0>2 1>0 1>1");
    check(&plan(), "s-5 r5", "");
}

#[test]
fn only_the_first_start_of_all_time_counts() {
    let first = RetentionMatrix { occurrence: StartOccurrence::First, ..plan() };
    check(&first, "s5 s15 r25", "0>0 0>2");
    check(&first, "r25 s15 s5", "0>0 0>2");
    check(&first, "s-1 s5 r15", "");
    let first_of = RetentionMatrix { occurrence: StartOccurrence::FirstOf(events()), ..plan() };
    check(&first_of, "g5 g15 r25", "0>0 0>2");
    check(&first_of, "f5 g15 r25", "");
    check(&first_of, "f5 g5 r15", "0>0 0>1");
    check(&first_of, "f-5 g5 r15", "");
}

#[test]
fn returns_are_counted_in_each_interval() {
    let twice = RetentionMatrix { min_returns: 2, ..plan() };
    check(&twice, "s5 r6 r15 r25 r16", "0>0 0>1");
}

#[test]
fn who_comes_back_later_was_there_before() {
    let cumulative = RetentionMatrix { is_cumulative: true, ..plan() };
    check(&cumulative, "b5 r25", "0>0 0>1 0>2");
    check(&cumulative, "b5 r35", "0>0");
}

#[test]
fn brackets_are_counted_from_the_first_start() {
    let brackets = RetentionMatrix { columns: RetentionColumns::Brackets(vec![1, 2]), ..plan() };
    check(&brackets, "s5 r15 r25 r35 r45", "0>0 0>1 0>2");
    check(&brackets, "s5 s15 r25", "0>0 0>2 1>0 1>2");
    let of = |n| Kernel::new(&brackets, Vec::new()).columns.at(n);
    assert_eq!([0, 1, 2, 3, 4].map(of), [Some(0), Some(1), Some(2), Some(2), None]);
}

#[test]
fn rolling_intervals_are_counted_from_the_first_start() {
    let intervals = RetentionIntervals::Rolling { edges_us: vec![0, 10, 20, 30, 40, 50], n_units: 2 };
    let rolling = RetentionMatrix { intervals, n_rows: 2, ..plan() };
    check(&rolling, "s15 b25 r35", "0>0 0>1");
    check(&rolling, "s35 r5 r45", "1>0");
    check(&rolling, "s45", "");
    check(&rolling, "s-5 s15", "0>0");
    let first = RetentionMatrix { occurrence: StartOccurrence::First, ..rolling.clone() };
    check(&first, "s-5 s15", "");
    // they begin once, whatever the value, and are under each value from then on
    let broken_down = RetentionMatrix { breakdown: by_field(), ..rolling };
    check(&broken_down, "s15:1 r14:2 s25:3 r35:0", "0>0 0>1 1:0>0 3:0>0");
}

#[test]
fn an_actor_is_another_one_under_each_value() {
    let broken_down = RetentionMatrix { breakdown: by_field(), ..plan() };
    check(&broken_down, "b5:1 b15:2 b25:1 r35:3", "1:0>0 1:0>2 1:2>0 2:1>0");
    let first = RetentionMatrix { occurrence: StartOccurrence::First, ..broken_down.clone() };
    check(&first, "b5:1 b15:2 b25:1", "1:0>0 1:0>2 2:1>0");
    // but of the first event of all, which has one: here the least text has the greatest number
    let first_of = RetentionMatrix { occurrence: StartOccurrence::FirstOf(events()), ..broken_down };
    check(&first_of, "g5:1 f5:2 g6:3 r15:0", "2:0>0 2:0>1");
}

#[test]
fn numbers_of_starts_or_of_returns_after_them_are_added_up() {
    let measure = |is_of_same_events| {
        let field = crate::field::Field::EventName;
        Some(RetentionMeasure { field, is_of_same_events, function: RetentionFunction::Sum })
    };
    let same = RetentionMatrix { measure: measure(true), ..plan() };
    check(&same, "b5 b6 b15", "0>0=11 0>1=15 1>0=15");
    let different = RetentionMatrix { measure: measure(false), ..plan() };
    check(&different, "r4 s5 r5 r6 r7 r15 r16", "0>0=13 0>1=31");
    let brackets = RetentionMatrix { columns: RetentionColumns::Brackets(vec![2, 1]), ..different };
    check(&brackets, "s5 r15 r25 r35", "0>0=0 0>1=40 0>2=35");
}
