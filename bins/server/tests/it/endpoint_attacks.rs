//! What a run of an endpoint brings along — variables, overrides of the query and of its filters — reaches nothing of another project and
//! becomes no part of a query's text.
//!
//! Two projects have events of the same name on the same server. Every attack is made on the first one's endpoints, with a body and with
//! parameters; its answer is a refusal, or has nothing of the second project in it: none of its texts, and no number that counts its events.

use serde_json::{Value, json};

use crate::support::client::Answer;
use crate::support::{Tenant, TestServer};

/// What stands in every text of the other project.
const SECRET: &str = "TOP-SECRET";

/// Events of the other project: a number that no honest answer has.
const N_FOREIGN: usize = 41;

/// Events of the own project.
const N_OWN: usize = 3;

/// The two projects, with what the first one should never get at.
struct World {
    server: TestServer,
    own: Tenant,
    other: Tenant,
    foreign: Foreign,
}

/// What the other project has, as somebody may have learned of it.
struct Foreign {
    project: i64,
    cohort: Value,
    action: Value,
    variable: Value,
    short_id: Value,
    person: Value,
}

impl World {
    fn new() -> Self {
        let server = TestServer::start();
        let (own, other) = (server.first_tenant(), server.other_tenant());
        capture(&own, N_OWN, "own");
        capture(&other, N_FOREIGN, SECRET);
        let made = |tenant: &Tenant, things: &str, body: &Value| {
            let path = format!("/api/environments/{}/{things}/", tenant.project);
            tenant.client.post(&path, body).expect(201).json()
        };
        let plan = json!({"type": "AND", "values": [{"type": "person", "key": "plan", "value": SECRET}]});
        let insight = made(&other, "insights", &json!({"name": SECRET, "query": sql("select 1")}));
        let variable = json!({"name": SECRET, "type": "String", "default_value": SECRET});
        let persons = json!({"query": sql("select id from persons limit 1")});
        let path = format!("/api/environments/{}/query/", other.project);
        let foreign = Foreign {
            project: other.project,
            cohort: made(&other, "cohorts", &json!({"name": SECRET, "filters": {"properties": plan}}))["id"].clone(),
            action: made(&other, "actions", &json!({"name": SECRET, "steps": [{"event": "seen"}]}))["id"].clone(),
            variable: made(&other, "insight_variables", &variable)["id"].clone(),
            short_id: insight["short_id"].clone(),
            person: other.client.post(&path, &persons).expect(200).json()["results"][0][0].clone(),
        };
        let world = Self { server, own, other, foreign };
        world.make_endpoints(&world.own);
        world.make_endpoints(&world.other);
        // which the own project's has not
        let changed = json!({"query": sql("select 'second version of TOP-SECRET'")});
        world.other.client.patch(&path_to(&world.other, "rows", ""), &changed).expect(200);
        world
    }

    /// Endpoints of every sort.
    fn make_endpoints(&self, tenant: &Tenant) {
        let body = json!({"name": "text", "type": "String", "default_value": "plan"});
        let path = format!("/api/environments/{}/insight_variables/", tenant.project);
        let text = tenant.client.post(&path, &body).expect(201).json()["id"].as_str().unwrap().to_owned();
        let rows = json!({
            "kind": "HogQLQuery",
            "query": "select event, properties.secret, distinct_id, {variables.text} from events \
                where properties.plan = {variables.text} and {filters} limit 100",
            "variables": {text.as_str(): {"variableId": text, "code_name": "text"}},
        });
        let any = json!({
            "kind": "HogQLQuery",
            "query": "select {variables.any}, count() from events",
            "variables": {"any": {"code_name": "any", "value": "x"}},
        });
        let table = json!({
            "kind": "HogQLQuery",
            "query": "select * from {variables.table} limit 100",
            "variables": {"table": {"code_name": "table", "value": "events"}},
        });
        let seen = json!([{"kind": "EventsNode", "event": "seen"}]);
        let range = json!({"date_from": "2026-01-01", "date_to": "2026-01-31"});
        for (name, query) in [
            ("rows", rows),
            ("any", any),
            ("table", table),
            (
                "trend",
                json!({"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": seen, "dateRange": range}}),
            ),
            (
                "listing",
                json!({"kind": "EventsQuery", "select": ["event", "properties.secret", "distinct_id"], "after": "all"}),
            ),
            ("people", json!({"kind": "ActorsQuery", "select": ["person", "id"]})),
        ] {
            let path = format!("/api/environments/{}/endpoints/", tenant.project);
            tenant.client.post(&path, &json!({"name": name, "query": query})).expect(201);
        }
    }

    /// Runs the own endpoint `name` with `body`, as a body and as parameters.
    #[track_caller]
    fn attack(&self, name: &str, body: &Value) {
        let path = path_to(&self.own, name, "run/");
        self.check(name, body, &self.own.client.post(&path, body));
        let parameters: Vec<(&str, String)> = body
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        // an address of any length is for the server to refuse, not for the test to send
        if body.to_string().len() < 8000 {
            self.check(name, body, &self.own.client.get_with(&path, &parameters));
        }
    }

    #[track_caller]
    fn check(&self, name: &str, attack: &Value, answer: &Answer) {
        let shown: String = attack.to_string().chars().take(300).collect();
        let text = answer.text();
        assert!(!text.contains(SECRET), "{name} {shown} gave away {text}");
        match answer.status {
            400..500 => {
                let body = answer.json();
                assert!(body["detail"].is_string() && body["type"].is_string(), "{name} {shown}: {body}");
            }
            200 => {
                let results = answer.json()["results"].clone();
                for number in [N_FOREIGN, N_FOREIGN + N_OWN] {
                    assert!(!has_number(&results, number), "{name} {shown} counted {number}: {results}");
                }
            }
            status => panic!("{name} {shown} was answered {status}: {text}"),
        }
    }
}

fn sql(text: &str) -> Value {
    json!({"kind": "HogQLQuery", "query": text})
}

fn path_to(tenant: &Tenant, name: &str, rest: &str) -> String {
    format!("/api/environments/{}/endpoints/{name}/{rest}", tenant.project)
}

/// So many events, a person each, with `text` in everything.
fn capture(tenant: &Tenant, n: usize, text: &str) {
    let event = |number: usize| {
        json!({
            "event": "seen",
            "distinct_id": format!("{text}-{number}"),
            "timestamp": "2026-01-14T12:00:00Z",
            "properties": {"plan": "plan", "secret": text, "$set": {"plan": text, "email": format!("{text}-{number}@example.com")}},
        })
    };
    let batch: Vec<Value> = (0..n).map(event).collect();
    let body = json!({"api_key": tenant.api_token, "historical_migration": true, "batch": batch});
    tenant.client.post("/batch/", &body).expect(200);
}

/// Whether the number stands anywhere in `value`, by itself.
fn has_number(value: &Value, number: usize) -> bool {
    match value {
        Value::Number(found) => found.as_f64() == Some(number as f64),
        Value::String(text) => *text == number.to_string(),
        Value::Array(items) => items.iter().any(|item| has_number(item, number)),
        Value::Object(fields) => fields.values().any(|field| has_number(field, number)),
        Value::Null | Value::Bool(_) => false,
    }
}

fn variables(variables: Value) -> Value {
    json!({"variables": variables})
}

fn query(keys: Value) -> Value {
    json!({"query_override": keys})
}

fn filters(keys: Value) -> Value {
    json!({"filters_override": keys})
}

/// What somebody writes who wants out of a text.
fn escapes() -> Vec<String> {
    [
        "' or 1=1 --",
        "plan') or 1=1 --",
        "plan' union all select event, properties.secret, distinct_id, '' from events --",
        "'; drop table events; --",
        "\\' or 1=1 --",
        "\\\\' or 1=1 /*",
        "*/ or 1=1 /*",
        "\u{2019} or \u{2018}1\u{2019}=\u{2018}1",
        "\u{ff07} or 1=1 --",
        "\u{0}' or 1=1 --",
        "plan\u{0}",
        "{variables.text}",
        "{filters}",
        "{{variables.any}}",
        "f'{properties.secret}'",
        "`secret`",
        "\" or \"\"=\"",
        "$1",
        "%' or '%'='",
        "plan\n-- ' or 1=1",
        "\u{202e}' 1=1 ro '",
    ]
    .map(str::to_owned)
    .into()
}

#[test]
fn the_other_project_sees_what_nobody_else_may() {
    let world = World::new();
    let run = |name: &str| world.other.client.post(&path_to(&world.other, name, "run/"), &json!({})).expect(200);
    assert!(run("listing").text().contains(SECRET) && run("rows").text().contains(SECRET));
    assert!(run("people").text().contains(SECRET) && run("table").text().contains(SECRET));
    for name in ["any", "trend"] {
        assert!(has_number(&run(name).json()["results"], N_FOREIGN), "{name}");
    }
    // and the own project its own
    let own = world.own.client.post(&path_to(&world.own, "rows", "run/"), &json!({})).expect(200).json();
    assert_eq!(own["results"].as_array().unwrap().len(), N_OWN);
}

#[test]
fn values_of_variables_stay_values() {
    let world = World::new();
    for text in escapes() {
        world.attack("rows", &variables(json!({"text": text})));
        world.attack("any", &variables(json!({"any": text})));
        world.attack("any", &variables(json!({"any": [text, text]})));
        world.attack("table", &variables(json!({"table": text})));
        world.attack("rows", &variables(json!({text.clone(): "plan"})));
        // a text is compared as it is: nothing is equal to it
        let body = variables(json!({"text": text}));
        let answer = world.own.client.post(&path_to(&world.own, "rows", "run/"), &body).expect(200).json();
        assert_eq!(answer["results"], json!([]), "{text}");
    }
}

#[test]
fn values_of_other_kinds_are_refused_or_harmless() {
    let world = World::new();
    for value in [
        json!(["plan"]),
        json!({"code_name": "text", "value": "plan"}),
        json!({"kind": "HogQLQuery", "query": "select * from events"}),
        json!([["plan"], [{"a": 1}]]),
        json!(1e308),
        json!(-1),
        json!(true),
        json!(null),
        json!("x".repeat(1_000_000)),
        json!(vec!["x"; 10_000]),
    ] {
        for (endpoint, name) in [("rows", "text"), ("any", "any"), ("table", "table")] {
            world.attack(endpoint, &variables(json!({name: value})));
        }
    }
    for names in [json!([]), json!("text"), json!({"": "x"}), json!({"__proto__": {}}), json!({"variables.text": "x"})]
    {
        world.attack("rows", &variables(names));
    }
}

#[test]
fn a_variable_in_place_of_a_table_is_a_table_of_the_project() {
    let world = World::new();
    for table in [
        "persons".to_owned(),
        "raw_persons".to_owned(),
        "groups".to_owned(),
        "cohort_people".to_owned(),
        "system.users".to_owned(),
        "system.tables".to_owned(),
        "system.cohorts".to_owned(),
        "information_schema.tables".to_owned(),
        "sqlite_master".to_owned(),
        "pg_catalog.pg_user".to_owned(),
        "(select * from events)".to_owned(),
        "events, events as b".to_owned(),
        "numbers(41)".to_owned(),
        "../events".to_owned(),
        "/etc/passwd".to_owned(),
        "s3('http://127.0.0.1/')".to_owned(),
        format!("{}.events", world.foreign.project),
        format!("events_{}", world.foreign.project),
        format!("project_{}.events", world.foreign.project),
    ] {
        world.attack("table", &variables(json!({"table": table})));
    }
}

#[test]
fn an_override_of_a_query_stays_within_the_project() {
    let world = World::new();
    let foreign = &world.foreign;
    let team = foreign.project;
    let series = |node: Value| query(json!({"series": [node]}));
    let math = |expression: String| {
        series(json!({"kind": "EventsNode", "event": "seen", "math": "hogql", "math_hogql": expression}))
    };
    let condition = |filter: Value| query(json!({"properties": [filter]}));
    let hogql = |expression: String| condition(json!({"type": "hogql", "key": expression}));
    let mut attacks = vec![
        query(json!({"team_id": team})),
        query(json!({"project": team, "project_id": team, "environment_id": team})),
        query(json!({"kind": "HogQLQuery", "query": "select * from events"})),
        query(json!({"kind": "EventsQuery", "select": ["*"]})),
        query(json!({"kind": "InsightVizNode", "source": sql("select properties.secret from events")})),
        query(json!({"kind": ["TrendsQuery"]})),
        query(json!({"source": sql("select properties.secret from events")})),
        query(json!({"query": "select properties.secret from events"})),
        query(json!({"modifiers": {"team_id": team}, "tags": {"team_id": team}})),
        query(json!({"variables": {foreign.variable.as_str().unwrap(): {"code_name": "x"}}})),
        query(json!({"response": {"results": []}, "version": 99})),
        query(json!([])),
        query(json!("TrendsQuery")),
        query(json!({"series": {"kind": "EventsNode"}})),
        query(json!({"samplingFactor": "1 or 1=1"})),
        query(json!({"aggregation_group_type_index": "0 or 1=1"})),
        query(json!({"dateRange": {"date_from": "2026-01-01' or 1=1 --", "date_to": "now()"}})),
        query(json!({"dateRange": {"date_from": "all", "date_to": null}})),
        query(json!({"interval": "day') or 1=1 --"})),
        query(json!({"trendsFilter": {"formula": "A) or (select count() from events"}})),
        query(json!({"breakdownFilter": {"breakdown_type": "hogql", "breakdown": "properties.secret"}})),
        query(
            json!({"breakdownFilter": {"breakdown_type": "hogql", "breakdown": "(select any(properties.secret) from events)"}}),
        ),
        query(json!({"breakdownFilter": {"breakdown_type": "cohort", "breakdown": [foreign.cohort, "all"]}})),
        query(json!({"breakdownFilter": {"breakdown_type": "event", "breakdown": "secret') --"}})),
        series(json!({"kind": "EventsNode", "event": null})),
        series(json!({"kind": "EventsNode", "event": "seen' or '1'='1"})),
        series(json!({"kind": "ActionsNode", "id": foreign.action})),
        series(json!({"kind": "DataWarehouseNode", "table_name": "events", "id_field": "uuid"})),
        math("count()".to_owned()),
        math("count()) from events where (1=1".to_owned()),
        math("(select count() from events)".to_owned()),
        math(format!("countIf(team_id = {team})")),
        math("sum(1) over ()".to_owned()),
        hogql("1 = 1".to_owned()),
        hogql(format!("team_id = {team} or 1 = 1")),
        hogql("1 = 1) or (1 = 1".to_owned()),
        hogql("event in (select properties.secret from events)".to_owned()),
        condition(json!({"type": "cohort", "key": "id", "value": foreign.cohort})),
        condition(json!({"type": "cohort", "key": "id", "value": foreign.cohort, "operator": "not_in"})),
        condition(json!({"type": "event", "key": "secret' or 1=1 --", "operator": "is_set"})),
        condition(json!({"type": "event", "key": "secret", "operator": "regex", "value": ".*"})),
    ];
    for text in escapes() {
        attacks.push(series(json!({"kind": "EventsNode", "event": text})));
        attacks.push(condition(json!({"type": "event", "key": "secret", "operator": "exact", "value": text})));
        attacks.push(hogql(text));
    }
    for attack in &attacks {
        world.attack("trend", attack);
        world.attack("rows", attack);
    }
}

#[test]
fn an_override_of_rows_stays_within_the_project() {
    let world = World::new();
    let foreign = &world.foreign;
    let team = foreign.project;
    for attack in [
        query(json!({"select": ["*", "person"]})),
        query(json!({"select": ["properties.secret", "team_id"], "where": [format!("team_id = {team} or 1 = 1")]})),
        query(json!({"select": ["count()", "(select count() from events)"]})),
        query(json!({"select": ["(select groupArray(properties.secret) from events)"]})),
        query(json!({"select": ["event from events union all select properties.secret"]})),
        query(json!({"select": ["event -- ", "count()"], "orderBy": ["1; select 1"]})),
        query(json!({"select": ["{variables.text}", "{filters}"]})),
        query(json!({"orderBy": ["(select properties.secret from events)"]})),
        query(json!({"where": ["1 = 1) or (1 = 1"]})),
        query(json!({"personId": foreign.person})),
        query(json!({"actionId": foreign.action})),
        query(json!({"event": "seen' or '1'='1"})),
        query(json!({"after": "2020-01-01' or 1=1 --"})),
        query(json!({"limit": "100; select 1", "offset": -1})),
        query(json!({"source": sql("select properties.secret from events")})),
        query(json!({"team_id": team, "after": "all", "select": ["properties.secret"]})),
    ] {
        world.attack("listing", &attack);
    }
    let behind = |source: Value| {
        query(
            json!({"source": {"kind": "InsightActorsQuery", "source": source}, "select": ["person", "id", "properties.email"]}),
        )
    };
    for attack in [
        query(json!({"select": ["person", "properties.email", "id"], "search": "%"})),
        query(json!({"properties": [{"type": "cohort", "key": "id", "value": foreign.cohort}]})),
        query(json!({"properties": [{"type": "hogql", "key": format!("team_id = {team} or 1 = 1")}]})),
        query(json!({"source": sql("select id from persons")})),
        query(json!({"select": ["(select groupArray(properties.email) from persons)"]})),
        query(json!({"orderBy": ["(select 1)"], "limit": 1_000_000})),
        behind(json!({"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": foreign.action}]})),
        behind(json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "seen"}], "team_id": team})),
        behind(json!({"kind": "HogQLQuery", "query": "select * from persons"})),
    ] {
        world.attack("people", &attack);
    }
}

#[test]
fn filters_stay_within_the_project() {
    let world = World::new();
    let foreign = &world.foreign;
    let team = foreign.project;
    let condition = |filter: Value| filters(json!({"properties": [filter]}));
    let mut attacks = vec![
        filters(json!({"team_id": team})),
        filters(json!({"kind": "HogQLQuery", "query": "select 1"})),
        filters(json!({"date_from": "2026-01-01' or 1=1 --"})),
        filters(json!({"date_from": {"a": 1}, "date_to": ["now()"]})),
        filters(json!({"date_from": "all", "date_to": "2030-01-01"})),
        filters(json!({"explicitDate": "1 or 1=1"})),
        filters(json!([])),
        filters(json!("1=1")),
        filters(json!({"properties": "1=1"})),
        filters(json!({"properties": {"type": "OR", "values": [{"type": "hogql", "key": "1 = 1"}]}})),
        filters(json!({"properties": {"type": "OR) or (1=1", "values": []}})),
        filters(json!({"breakdown_filter": {"breakdown_type": "hogql", "breakdown": "properties.secret"}})),
        filters(json!({"breakdown_filter": {"breakdown_type": "hogql", "breakdown": "(select 1 from events)"}})),
        filters(json!({"breakdown_filter": {"breakdown_type": "cohort", "breakdown": [foreign.cohort]}})),
        condition(json!({"type": "hogql", "key": format!("team_id = {team} or 1 = 1")})),
        condition(json!({"type": "hogql", "key": "1 = 1) or (1 = 1"})),
        condition(json!({"type": "hogql", "key": "event in (select event from events)"})),
        condition(json!({"type": "hogql", "key": "{variables.text} = 'plan'"})),
        condition(json!({"type": "cohort", "key": "id", "value": foreign.cohort})),
        condition(json!({"type": "person", "key": "email", "operator": "icontains", "value": "@"})),
        condition(json!({"type": "data_warehouse", "key": "events.secret", "value": "x"})),
        condition(json!({"type": "event", "key": "secret", "operator": "exact) or (1=1", "value": "x"})),
    ];
    for text in escapes() {
        attacks.push(condition(json!({"type": "event", "key": text, "operator": "is_not_set"})));
        attacks.push(condition(json!({"type": "event", "key": "secret", "operator": "icontains", "value": text})));
        attacks.push(filters(json!({"date_from": text})));
    }
    for attack in &attacks {
        for endpoint in ["rows", "trend", "listing", "people", "any"] {
            world.attack(endpoint, attack);
        }
    }
}

#[test]
fn what_another_project_has_cannot_be_named() {
    let world = World::new();
    let (own, foreign) = (&world.own, &world.foreign);
    // a version that the other project's endpoint of that name has
    for version in [json!(2), json!("2"), json!("2 or 1=1"), json!(-1), json!(u64::MAX), json!({"version": 2})] {
        world.attack("rows", &json!({"version": version}));
    }
    // names that lead elsewhere
    let team = foreign.project;
    for name in [
        format!("..%2F..%2F{team}%2Fendpoints%2Frows"),
        format!("rows%2F..%2F..%2F..%2F{team}%2Fendpoints%2Frows"),
        "%2e%2e".to_owned(),
        "rows%00".to_owned(),
        "rows'%20or%20'1'='1".to_owned(),
        "%25".to_owned(),
        "rows%0a".to_owned(),
        "ROWS".to_owned(),
        "x".repeat(2000),
    ] {
        let answer = own.client.post(&path_to(own, &name, "run/"), &json!({}));
        assert!((400..500).contains(&answer.status), "{name} was answered {}", answer.status);
        assert!(!answer.text().contains(SECRET));
    }
    // another project's path
    own.client.get(&path_to(own, "rows", "run/")).expect(200);
    let outsider = Tenant {
        client: world.other.client.clone(),
        project: own.project,
        api_token: String::new(),
        organization: String::new(),
    };
    outsider.client.get(&path_to(&outsider, "rows", "run/")).expect_error(404, "not_found", "Project not found.");

    // a variable and an insight of another project
    let id = foreign.variable.as_str().unwrap();
    let query = json!({
        "kind": "HogQLQuery",
        "query": "select {variables.x}",
        "variables": {id: {"variableId": id, "code_name": "x"}},
    });
    let path = format!("/api/environments/{}/endpoints/", own.project);
    own.client.post(&path, &json!({"name": "stolen", "query": query})).expect(201);
    world.attack("stolen", &json!({}));
    world.attack("stolen", &variables(json!({"x": "mine"})));
    let document = own.client.get(&path_to(own, "stolen", "openapi.json")).expect(200);
    assert!(!document.text().contains(SECRET), "{}", document.text());
    let body = json!({"name": "derived", "query": sql("select 1"), "derived_from_insight": foreign.short_id});
    own.client.post(&path, &body).expect(400);

    // when another project's endpoints were run
    world.other.client.get(&path_to(&world.other, "trend", "run/")).expect(200);
    let times =
        own.client.post(&format!("{path}last_execution_times/"), &json!({"names": ["trend"]})).expect(200).json();
    assert_eq!(times["query_status"]["results"], json!([]));

    // nothing of all that changed anything
    let rows = own.client.get(&path_to(own, "rows", "")).expect(200).json();
    assert_eq!(rows["current_version"], 1);
    assert_eq!(world.server.anonymous().get(&path_to(own, "rows", "run/")).status, 401);
}

#[test]
fn results_that_were_computed_ahead_stay_within_the_project() {
    let world = World::new();
    let by_plan = json!({
        "kind": "HogQLQuery",
        "query": "select event, properties.secret as secret, count() as n from events where properties.plan = {variables.plan} \
            group by event, properties.secret order by n",
        "variables": {"plan": {"code_name": "plan", "value": "plan"}},
    });
    for tenant in [&world.own, &world.other] {
        let body = json!({"name": "by_plan", "query": by_plan, "is_materialized": true});
        tenant.client.post(&format!("/api/environments/{}/endpoints/", tenant.project), &body).expect(201);
    }
    world.server.refresh_endpoints();
    let run = |tenant: &Tenant, body: &Value| {
        tenant.client.post(&path_to(tenant, "by_plan", "run/"), body).expect(200).json()
    };
    let foreign = run(&world.other, &json!({}));
    assert_eq!(
        (&foreign["endpoint_materialized"], &foreign["results"]),
        (&json!(true), &json!([["seen", SECRET, N_FOREIGN]]))
    );
    let own = run(&world.own, &json!({}));
    assert_eq!((&own["endpoint_materialized"], &own["results"]), (&json!(true), &json!([["seen", "own", N_OWN]])));
    for text in escapes() {
        world.attack("by_plan", &variables(json!({"plan": text})));
        world.attack("by_plan", &json!({"variables": {"plan": text}, "limit": 1000, "offset": 0}));
        world.attack("by_plan", &json!({"variables": {text.clone(): "plan"}}));
        assert_eq!(run(&world.own, &variables(json!({"plan": text})))["results"], json!([]), "{text}");
    }
    for attack in [
        variables(json!({"plan": ["plan", SECRET]})),
        variables(json!({"plan": {"or": true}})),
        query(json!({"query": "select properties.secret from events"})),
        filters(json!({"properties": [{"type": "hogql", "key": "1 = 1"}]})),
        json!({"version": 2}),
        json!({"limit": 50_000, "offset": 1}),
    ] {
        world.attack("by_plan", &attack);
    }
}
