//! Whole trees, as far as they fit a line: what is computed in which order, and what is read.

use std::fmt::Write as _;

use super::resolve;
use crate::ir::{AggregateCall, Expr, ExprKind, Query, Relation, SortKey, Value};

/// A query in one line.
fn shown(query: &Query) -> String {
    let columns: Vec<String> =
        query.columns.iter().map(|c| format!("{}.{}", c.column.relation.0, c.column.index)).collect();
    format!("{} -> {}", relation(&query.root), columns.join(" "))
}

fn relation(shown: &Relation) -> String {
    match shown {
        Relation::OneRow => "one row".to_owned(),
        Relation::Table { id, columns, bounds, .. } => {
            let columns: Vec<String> = columns.iter().map(|(column, _)| format!("{column:?}")).collect();
            let mut text = format!("table {}[{}]", id.0, columns.join(", "));
            if let Some(names) = &bounds.names {
                write!(text, " names {names:?}").unwrap();
            }
            if bounds.from_us.is_some() || bounds.until_us.is_some() {
                write!(text, " from {:?} until {:?}", bounds.from_us, bounds.until_us).unwrap();
            }
            for (what, texts) in [("levels", &bounds.levels), ("services", &bounds.services)] {
                if let Some(texts) = texts {
                    write!(text, " {what} {texts:?}").unwrap();
                }
            }
            if !bounds.contained.is_empty() {
                write!(text, " contained {:?}", bounds.contained).unwrap();
            }
            text
        }
        Relation::Project { id, input, values } => format!("{} | project {}[{}]", relation(input), id.0, exprs(values)),
        Relation::Filter { input, condition } => format!("{} | filter {}", relation(input), expr(condition)),
        Relation::Join { left, right, kind, on, condition } => {
            let on: Vec<String> = on.iter().map(|(left, right)| format!("{} = {}", expr(left), expr(right))).collect();
            let condition =
                condition.as_ref().map_or_else(String::new, |condition| format!(" and {}", expr(condition)));
            format!("({}) {kind:?} ({}) on {}{condition}", relation(left), relation(right), on.join(", "))
        }
        Relation::Aggregate { id, input, keys, aggregates } => {
            let aggregates: Vec<String> = aggregates.iter().map(aggregate).collect();
            format!("{} | group {}[{}][{}]", relation(input), id.0, exprs(keys), aggregates.join(", "))
        }
        Relation::Window { id, input, functions } => {
            let names: Vec<String> =
                functions.iter().map(|call| format!("{}({})", call.function, exprs(&call.args))).collect();
            format!("{} | window {}[{}]", relation(input), id.0, names.join(", "))
        }
        Relation::Sort { input, by } => format!("{} | sort {}", relation(input), keys(by)),
        Relation::Limit { input, offset, limit } => format!("{} | limit {limit:?} after {offset}", relation(input)),
        Relation::LimitBy { input, by, limit, .. } => format!("{} | limit {limit} by {}", relation(input), exprs(by)),
        Relation::Distinct { input } => format!("{} | distinct", relation(input)),
        Relation::SetOperation { id, operator, inputs, .. } => {
            let inputs: Vec<String> = inputs.iter().map(|(input, _)| format!("({})", relation(input))).collect();
            format!("{operator:?} {} {}", id.0, inputs.join(" "))
        }
        Relation::ArrayJoin { id, input, arrays, .. } => {
            format!("{} | unnest {}[{}]", relation(input), id.0, exprs(arrays))
        }
    }
}

fn aggregate(call: &AggregateCall) -> String {
    let filter = call.filter.as_ref().map_or_else(String::new, |filter| format!(" if {}", expr(filter)));
    let params = if call.params.is_empty() { String::new() } else { format!("{:?}", call.params) };
    format!("{}{params}({}){filter}", call.function, exprs(&call.args))
}

fn keys(keys: &[SortKey]) -> String {
    let keys: Vec<String> =
        keys.iter().map(|key| format!("{}{}", expr(&key.value), if key.descending { " desc" } else { "" })).collect();
    keys.join(", ")
}

fn exprs(values: &[Expr]) -> String {
    values.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn expr(shown: &Expr) -> String {
    match &shown.kind {
        ExprKind::Literal(Value::String(text)) => format!("'{text}'"),
        ExprKind::Literal(Value::Int(number)) => number.to_string(),
        ExprKind::Literal(value) => format!("{value:?}"),
        ExprKind::Column(column) => format!("{}.{}", column.relation.0, column.index),
        ExprKind::Call { function: "cast", args } => format!("{} as {}", exprs(args), shown.ty),
        ExprKind::Call { function, args } => format!("{function}({})", exprs(args)),
        ExprKind::Lambda { params, body } => {
            let params: Vec<String> = params.iter().map(|(number, _)| format!("${number}")).collect();
            format!("{} -> {}", params.join(" "), expr(body))
        }
        ExprKind::LambdaParam(number) => format!("${number}"),
        ExprKind::ScalarSubquery(query) => format!("the value of ({})", self::shown(query)),
        ExprKind::InSubquery { value, query } => format!("{} in ({})", expr(value), self::shown(query)),
        ExprKind::Exists(query) => format!("exists ({})", self::shown(query)),
    }
}

fn tree(text: &str) -> String {
    shown(&resolve(text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

#[test]
fn filters_say_which_events_matter() {
    insta::assert_snapshot!(tree("select event from events where event in ('a', 'b') and timestamp >= '2020-01-01' and toDate(timestamp) <= '2020-01-02' and properties.x = 5"), @r#"table 0[Event(Event), Event(Timestamp), Event(Property("x"))] names ["a", "b"] from Some(1577836800000000) until Some(1578009600000000) | filter and(in(0.0, Array([String("a"), String("b")])), greaterOrEquals(0.1, DateTime(2020-01-01T00:00:00Z)), lessOrEquals(0.1 as Date, Date(2020-01-02)), equals(0.2 as Nullable(Float64), Float(5.0))) | project 1[0.0] -> 1.0"#);
    insta::assert_snapshot!(tree("select event from events where timestamp > now() - interval 7 day or event = 'a'"), @r#"table 0[Event(Timestamp), Event(Event)] | filter or(greater(0.0, DateTime(2026-01-08T12:00:00Z)), equals(0.1, 'a')) | project 1[0.1] -> 1.0"#);
}

#[test]
fn what_matters_of_logs_is_noted() {
    let bounds = |condition: &str| {
        let tree = tree(&format!("select 1 from logs where {condition}"));
        tree.split(" | ").next().unwrap().split_once("] ").map(|(_, bounds)| bounds.to_owned()).unwrap_or_default()
    };
    assert_eq!(bounds("level = 'error'"), r#"levels ["error"]"#);
    assert_eq!(bounds("'web' = service_name and severity_text in ('a', 'b')"), r#"levels ["a", "b"] services ["web"]"#);
    assert_eq!(bounds("level in ('a', 'b') and level in ('b', 'c')"), r#"levels ["b"]"#);
    assert_eq!(bounds("timestamp >= '2020-01-01'"), "from Some(1577836800000000) until None");
    assert_eq!(bounds(r"body like '%a\\%b_c%'"), r#"contained ["a%b", "c"]"#);
    assert_eq!(bounds("body = 'x y'"), r#"contained ["x y"]"#);
    for neither in [
        "level != 'error'",
        "level = 'a' or service_name = 'b'",
        "not (body like '%a%')",
        "body ilike '%a%'",
        "body like event_name",
        "observed_timestamp >= '2020-01-01'",
        "attributes.level = 'error'",
    ] {
        assert_eq!(bounds(neither), "", "{neither}");
    }
}

#[test]
fn groups_and_windows() {
    insta::assert_snapshot!(tree("select event, countIf(properties.a != 'x') as c, sum(count()) over () from events group by event having c > 1 order by c desc, lower(event) limit 5"), @r#"table 0[Event(Event), Event(Property("a"))] | group 1[0.0][count() if notEquals(0.1, 'x'), count()] | filter greater(1.1, 1) | window 2[sum(1.2)] | project 3[1.0, 1.1, 2.0, lower(1.0)] | sort 3.1 desc, 3.3 | limit Some(5) after 0 -> 3.0 3.1 3.2"#);
    insta::assert_snapshot!(tree("select toDate(timestamp) as d, quantile(0.9)(properties.n), uniq(person_id) from events group by d"), @r#"table 0[Event(Timestamp), Event(Property("n")), Event(PersonId)] | group 1[0.0 as Date][quantile[Float(0.9)](0.1 as Nullable(Float64)), uniqExact(0.2)] | project 2[1.0, 1.1, 1.2] -> 2.0 2.1 2.2"#);
}

#[test]
fn arguments_are_made_plain() {
    insta::assert_snapshot!(tree("select toStartOfWeek(today()), dateDiff('days', '2020-01-01', '2020-01-02', 'UTC')"), @"one row | project 0[toStartOfWeek(Date(2026-01-15), 0), dateDiff('day', DateTime(2020-01-01T00:00:00Z), DateTime(2020-01-02T00:00:00Z))] -> 0.0 0.1");
}

#[test]
fn joins_and_lists() {
    insta::assert_snapshot!(tree("select e.event, p.properties.email from events e left join persons p on e.person_id = p.id and p.is_identified"), @r#"(table 0[Event(PersonId), Event(Event)]) Left (table 1[Person(Id), Person(IsIdentified), Person(Property("email"))]) on 0.0 = 1.0 and 1.1 | project 2[0.1, 1.2] -> 2.0 2.1"#);
    insta::assert_snapshot!(tree("select arrayJoin(['a', 'b']) as x, count() from events where event = x group by x"), @r#"table 0[Event(Event)] | unnest 1[array('a', 'b')] | filter equals(0.0, 1.0) | group 2[1.0][count()] | project 3[2.0, 2.1] -> 3.0 3.1"#);
    insta::assert_snapshot!(tree("select arrayFilter(x -> x > 1, [1, 2]), person_id in cohort 5 from events"), @r#"table 0[Event(PersonId), Event(InCohort(5))] | project 1[arrayFilterBy(array(1, 2), arrayMap($0 -> greater($0, 1), array(1, 2))), 0.1] -> 1.0 1.1"#);
    insta::assert_snapshot!(tree("select 1 as a union all select 2.5 limit 1"), @r#"UnionAll 2 (one row | project 0[1] | project 3[0.0 as Float64]) (one row | project 1[Float(2.5)] | limit Some(1) after 0) -> 2.0"#);
    insta::assert_snapshot!(tree("select distinct event from events where person_id in (select person_id from cohort_people where cohort_id = 5) order by event"), @r#"table 0[Event(PersonId), Event(Event)] | filter 0.0 in (table 1[CohortMember(CohortId), CohortMember(PersonId)] | filter equals(1.0, 5) | project 2[1.1] -> 2.0) | project 3[0.1] | distinct | sort 3.0 -> 3.0"#);
}
