//! Random queries with variables: the rows that are chosen among those for all values of the variables are the rows of the query itself.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use query_engine::answer::{Answer, Query, RowsPage};
use query_engine::materialization::{KeptRows, Serving};
use serde_json::{Value, json};
use test_support::cases::n_property_cases;

use super::world::{World, world};
use super::{config, context, ready};

/// What may be compared, with values that it has and others.
const COMPARED: [(&str, &[&str]); 8] = [
    ("event", &[r#""a""#, r#""b""#, r#""z""#, r#""""#]),
    ("properties.p", &[r#""x""#, r#""y""#, r#""2""#, r#""""#, r#""é%""#]),
    ("lower(properties.p)", &[r#""x.y""#, r#""x""#]),
    ("length(event)", &["1", "0", "2"]),
    ("toInt(properties.n)", &["1", "2", "-3", "7"]),
    ("toDate(timestamp)", &[r#""2026-01-01""#, r#""2026-01-02""#, r#""2026/01/03""#]),
    ("timestamp", &[r#""2026-01-02""#, r#""2026-01-02 00:00:59""#, r#""2026-01-01T23:59:59Z""#]),
    ("person.properties.tier", &[r#""gold""#, r#""x""#]),
];

const OPERATORS: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];

const COLUMNS: [&str; 6] =
    ["event", "distinct_id", "timestamp", "properties.p", "length(event)", "person.properties.tier"];

const AGGREGATES: [&str; 6] = [
    "count()",
    "uniq(distinct_id)",
    "min(timestamp)",
    "max(properties.p)",
    "sum(length(event))",
    "countIf(event = 'a')",
];

/// A comparison with a variable: of what, how, with which values, and on which side the variable stands.
#[derive(Clone, Debug)]
struct Comparison {
    value: usize,
    operator: usize,
    wanted: Index,
    is_turned: bool,
}

/// What a query is made of.
#[derive(Clone, Debug)]
struct Parts {
    columns: Vec<&'static str>,
    /// Of groups; `None` for rows.
    groups: Option<(Vec<&'static str>, Vec<&'static str>)>,
    comparisons: Vec<Comparison>,
    has_condition: bool,
    least: Option<(usize, i64)>,
    limit: Option<u64>,
    offset: Option<u64>,
    page: Option<(u64, u64)>,
}

fn parts() -> impl Strategy<Value = Parts> {
    let comparison = (0..COMPARED.len(), 0..OPERATORS.len(), any::<Index>(), any::<bool>())
        .prop_map(|(value, operator, wanted, is_turned)| Comparison { value, operator, wanted, is_turned });
    let groups = (vec(select(COLUMNS.to_vec()), 0..3), vec(select(AGGREGATES.to_vec()), 1..3));
    (
        vec(select(COLUMNS.to_vec()), 1..3),
        option::of(groups),
        vec(comparison, 1..3),
        any::<bool>(),
        option::of((0..OPERATORS.len(), 0..4_i64)),
        option::of(0..5_u64),
        option::of(0..3_u64),
        option::of((1..5_u64, 0..3_u64)),
    )
        .prop_map(|(columns, groups, comparisons, has_condition, least, limit, offset, page)| Parts {
            columns,
            groups,
            comparisons,
            has_condition,
            least,
            limit,
            offset,
            page,
        })
}

impl Parts {
    /// The text, and the values of its variables.
    fn query(&self) -> (String, BTreeMap<String, Value>) {
        let mut values = BTreeMap::new();
        let mut conditions: Vec<String> = Vec::new();
        for (number, comparison) in self.comparisons.iter().enumerate() {
            let (value, wanted) = COMPARED[comparison.value];
            let is_key = self.groups.as_ref().is_none_or(|(keys, _)| keys.contains(&value));
            let operator = if is_key { OPERATORS[comparison.operator] } else { "=" };
            let variable = format!("{{variables.v{number}}}");
            conditions.push(match comparison.is_turned {
                true => format!("{variable} {operator} {value}"),
                false => format!("{value} {operator} {variable}"),
            });
            let wanted = serde_json::from_str(comparison.wanted.get::<&str>(wanted)).expect("the values are JSON");
            values.insert(format!("v{number}"), wanted);
        }
        if self.has_condition {
            conditions.insert(1, "event != 'c'".to_owned());
        }
        let mut text = String::new();
        let shown: Vec<&str> = match &self.groups {
            None => self.columns.clone(),
            Some((keys, aggregates)) => keys.iter().chain(aggregates).copied().collect(),
        };
        text.push_str(&format!("select {} from events where {}", shown.join(", "), conditions.join(" and ")));
        if let Some((keys, _)) = &self.groups {
            if !keys.is_empty() {
                text.push_str(&format!(" group by {}", keys.join(", ")));
            }
            if let Some((operator, least)) = self.least {
                text.push_str(&format!(" having count() {} {{variables.least}}", OPERATORS[operator]));
                values.insert("least".to_owned(), json!(least));
            }
        }
        // by all columns, so that there is one order
        let order: Vec<String> = (1..=shown.len()).map(|number| number.to_string()).collect();
        text.push_str(&format!(" order by {}", order.join(", ")));
        if let Some(limit) = self.limit {
            text.push_str(&format!(" limit {limit}"));
        }
        if let Some(offset) = self.offset {
            text.push_str(&format!(" offset {offset}"));
        }
        (text, values)
    }
}

/// The answer of the query itself, and the one that is chosen among the rows for all values.
fn both(world: &World, parts: &Parts) -> Result<(Answer, Value, Option<bool>), String> {
    let (text, values) = parts.query();
    let variables: Value = values
        .iter()
        .map(|(name, value)| (name.clone(), json!({"variableId": name, "code_name": name, "value": value})))
        .collect();
    let node = json!({"kind": "HogQLQuery", "query": text, "variables": variables});
    let query = Query::parse(&node).map_err(|error| error.to_string())?;
    let page = parts.page.map(|(limit, offset)| RowsPage { limit, offset });
    let asked = page.map_or(Ok(query.clone()), |page| query.with_rows(page)).map_err(|error| error.to_string())?;
    let source = world.in_segments();
    let direct = ready(&asked, &source)?;
    let materializable = query.materializable(&context()).map_err(|error| error.to_string())?;
    let Serving::Rows(serving) = materializable.serving else { return Err("it has rows".to_owned()) };
    let rows = ready(&materializable.rows, &source)?;
    let without_rows = materializable.without_rows.map(|query| ready(&query, &source)).transpose()?;
    let without_rows = without_rows.and_then(|answer| answer.results.get(0).cloned());
    let kept = KeptRows::new(serving, &rows.results, without_rows.as_ref(), rows.has_more != Some(true));
    let kept = kept.map_err(|error| error.to_string())?;
    let served = kept.serve(&values, page).ok_or("only the query can tell")?;
    let rows = serde_json::from_str(served.rows.get()).map_err(|error| error.to_string())?;
    Ok((direct, rows, served.page.has_more))
}

proptest! {
    #![proptest_config(config(n_property_cases()))]

    #[test]
    fn lifted_queries_have_the_rows_of_the_query_itself(world in world(), parts in parts()) {
        let (text, values) = parts.query();
        match both(&world, &parts) {
            Err(error) => prop_assert!(false, "{text}: {error}"),
            Ok((direct, rows, has_more)) => {
                prop_assert_eq!(&rows, &direct.results, "{} with {:?}", &text, &values);
                prop_assert_eq!(has_more, direct.has_more, "{} with {:?}", text, values);
            }
        }
    }
}
