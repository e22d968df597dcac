use super::*;
use crate::answer::{Query, QueryContext};

fn context() -> QueryContext {
    QueryContext {
        project: insights_core::ids::ProjectId(1),
        timezone: chrono_tz::UTC,
        week_start: Default::default(),
        now: chrono::DateTime::UNIX_EPOCH,
        definitions: Default::default(),
    }
}

fn materializable(node: &Value) -> Result<Materializable, String> {
    Query::parse(node).unwrap().materializable(&context()).map_err(|error| error.to_string())
}

fn hogql(text: &str, variables: &Value) -> Value {
    json!({"kind": "HogQLQuery", "query": text, "variables": variables})
}

#[track_caller]
fn check_reason(text: &str, variables: Value, expected: &str) {
    assert_eq!(materializable(&hogql(text, &variables)).unwrap_err(), expected);
}

#[test]
fn any_answer_can_be_kept_as_it_is() {
    let trends = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]});
    for node in [
        json!({"kind": "InsightVizNode", "source": trends}),
        json!({"kind": "EventsQuery", "select": ["*"]}),
        json!({"kind": "PersonsNode"}),
    ] {
        let found = materializable(&node).unwrap();
        assert_eq!(
            (found.rows, found.without_rows, found.serving),
            (Query::parse(&node).unwrap(), None, Serving::Whole)
        );
    }
    let found = materializable(&json!({"kind": "HogQLQuery", "query": "select 1 limit 3"})).unwrap();
    let rows = RowServing { n_columns: 1, filters: Vec::new(), limit: Some(3), offset: 0 };
    assert_eq!((found.without_rows, found.serving), (None, Serving::Rows(rows)));
}

#[test]
fn variables_become_filters() {
    let variables = json!({"1": {"code_name": "e", "value": "a"}});
    let text = "select count() from events where event = {variables.e} and {filters} offset 1";
    let found = materializable(&hogql(text, &variables)).unwrap();
    let Serving::Rows(rows) = &found.serving else { panic!("it has rows") };
    assert_eq!((rows.n_columns, rows.limit, rows.offset, rows.filters.len()), (1, None, 1, 1));
    assert_eq!(rows.filters[0].variable, "e");
    assert!(found.without_rows.is_some());
    assert_eq!(Serving::from_json(&found.serving.to_json()), Some(found.serving));
    assert_eq!(Serving::from_json(&Serving::Whole.to_json()), Some(Serving::Whole));
    assert_eq!(Serving::from_json(&json!({"columns": 1})), None);
}

#[test]
fn what_cannot_be_kept_is_told_in_words() {
    check_reason(
        "select {variables.e}",
        json!({"1": {"code_name": "e", "value": "a"}}),
        "Queries with variables cannot be materialized. In this one, variable 'e' stands elsewhere than in a comparison that must hold, such as WHERE event = {variables.e}.",
    );
    check_reason(
        "select event from events where event = {variables.e}",
        json!({"1": {"code_name": "e", "value": 5}}),
        "Queries with variables cannot be materialized. In this one, variable 'e' has the value 5, which is converted before it is compared with a String.",
    );
    check_reason(
        "select evnt from events",
        json!({}),
        "Query is empty or invalid. query: there is no column evnt; did you mean event? (at character 8)",
    );
    let later = json!({"kind": "GroupsQuery"});
    assert_eq!(materializable(&later).unwrap_err(), "Query is empty or invalid. kind: GroupsQuery is not supported");
}

/// Start, end, and what is told of more rows, limit and offset.
type Page = (usize, usize, Option<bool>, Option<u64>, Option<u64>);

/// `start..end`, whether there are more, and what is told of limit and offset.
#[track_caller]
fn check_page(
    (limit, offset, is_filtered): (Option<u64>, u64, bool),
    (n_rows, is_whole): (usize, bool),
    page: Option<(u64, u64)>,
    expected: Option<Page>,
) {
    let variables = json!({"1": {"code_name": "e"}});
    let text = if is_filtered { "select 1 from events where event = {variables.e}" } else { "select 1" };
    let Serving::Rows(rows) = materializable(&hogql(text, &variables)).unwrap().serving else { panic!("it has rows") };
    let rows = RowServing { limit, offset, ..rows };
    let page = page.map(|(limit, offset)| RowsPage { limit, offset });
    let found = rows.page(n_rows, is_whole, page);
    let found = found.map(|page| (page.start, page.end, page.has_more, page.limit, page.offset));
    assert_eq!(found, expected);
}

#[test]
fn rows_are_cut_as_the_query_would_cut_them() {
    // nobody says how many
    check_page((None, 0, false), (150, true), None, Some((0, 100, Some(true), Some(100), Some(0))));
    check_page((None, 0, false), (100, true), None, Some((0, 100, Some(false), Some(100), Some(0))));
    check_page((None, 2, true), (103, true), None, Some((2, 102, Some(true), Some(100), Some(2))));
    check_page((None, 2, true), (1, true), None, Some((1, 1, Some(false), Some(100), Some(2))));
    // the text says
    check_page((Some(5), 2, false), (5, true), None, Some((0, 5, None, None, None)));
    check_page((Some(5), 2, true), (50, true), None, Some((2, 7, None, None, None)));
    check_page((Some(60_000), 0, true), (55_000, true), None, Some((0, 50_000, None, None, None)));
    // the run says
    check_page((None, 0, true), (150, true), Some((20, 140)), Some((140, 150, Some(false), Some(20), Some(140))));
    check_page((Some(30), 2, true), (150, true), Some((20, 20)), Some((22, 32, Some(false), Some(20), Some(20))));
    check_page((Some(30), 2, false), (30, true), Some((20, 0)), Some((0, 20, Some(true), Some(20), Some(0))));
    check_page((None, 0, false), (10, true), Some((5, u64::MAX)), Some((10, 10, Some(false), Some(5), Some(u64::MAX))));
    // of what was cut off when it was kept, nothing is known
    check_page((None, 0, false), (1000, false), None, Some((0, 100, Some(true), Some(100), Some(0))));
    check_page((None, 0, false), (1000, false), Some((100, 900)), Some((900, 1000, Some(true), Some(100), Some(900))));
    check_page((None, 0, false), (1000, false), Some((101, 900)), None);
}
