//! Every route of the OpenAPI document, asked in every wrong way: the status and the body are the documented ones.
//!
//! A route that is registered is in the document, so none can be forgotten here.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestServer;
use crate::support::client::{Answer, Client};

/// Routes that ask for no key. Whoever adds one says so here.
const PUBLIC: &[&str] = &[
    "OPTIONS /api/environments/{environment_id}/desktop_recordings/{id}/upload/",
    "GET /api/schema/",
    "GET /docs",
    "GET /docs/{file}",
    "GET /embedded/{link}",
    "POST /embedded/{link}",
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "GET /shared/{link}",
    "POST /shared/{link}",
    "GET /shared_dashboard/{link}",
    "POST /shared_dashboard/{link}",
    "POST /webhooks/recall",
];

/// Prefixes of the routes that clients send events, logs and metrics to: they take a project's token instead of a key, and have tests of their own.
const CAPTURE: &[&str] = &[
    "/array",
    "/batch",
    "/capture",
    "/decide",
    "/e",
    "/flags",
    "/i/v0/e",
    "/i/v1/logs",
    "/track",
    "/engage",
    "/v1/logs",
    "/v1/metrics",
    "/v1/traces",
];

/// One operation of the document.
#[derive(Debug)]
struct Route {
    method: Method,
    /// As the document has it, with parameters in braces.
    path: String,
    /// Scopes that the key needs; `None` where no key is needed.
    scopes: Option<Vec<String>>,
    /// Whether it is of the family of routes about coding agents, whose keys and errors are of another form.
    is_of_agents: bool,
    takes_json: bool,
    statuses: Vec<u16>,
}

impl Route {
    /// Every route of the server's document.
    fn all(server: &TestServer) -> Vec<Self> {
        let document = server.anonymous().get("/api/schema/").expect(200).json();
        assert_eq!(document["openapi"], "3.1.0");
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, item)| item.as_object().unwrap().iter().map(|(m, o)| Self::new(path, m, o)))
            .collect()
    }

    fn new(path: &str, method: &str, operation: &Value) -> Self {
        let security = operation["security"].as_array().filter(|security| !security.is_empty());
        let is_of_agents = security.is_some_and(|security| security[0].get("agent_key").is_some());
        let scheme = if is_of_agents { "agent_key" } else { "key" };
        let scopes = security.map(|security| {
            let scopes = security[0][scheme].as_array().unwrap();
            scopes.iter().map(|scope| scope.as_str().unwrap().to_owned()).collect()
        });
        let responses = operation["responses"].as_object().unwrap();
        Self {
            method: method.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            scopes,
            is_of_agents,
            takes_json: operation["requestBody"]["content"].get("application/json").is_some(),
            statuses: responses.keys().map(|status| status.parse().unwrap()).collect(),
        }
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn is_nested_in_project(&self) -> bool {
        self.path.contains("{environment_id}") || self.path.contains("{project_id}")
    }

    /// The path with `project` and otherwise numbers that nothing has.
    fn filled(&self, project: i64) -> String {
        let project = project.to_string();
        let filled = self.path.replace("{environment_id}", &project).replace("{project_id}", &project);
        filled.split(['{', '}']).enumerate().map(|(n, part)| if n % 2 == 0 { part } else { "999999" }).collect()
    }

    /// Asks with a body that is JSON, where the route takes one.
    fn ask(&self, client: &Client, project: i64) -> Answer {
        let request = client.request(self.method.clone(), &self.filled(project));
        client.send(if self.takes_json { request.json(&json!({})) } else { request })
    }

    fn ask_with_body(&self, client: &Client, project: i64, content_type: &str, body: &str) -> Answer {
        let request = client.request(self.method.clone(), &self.filled(project)).header("content-type", content_type);
        client.send(request.body(body.to_owned()))
    }

    /// Fails the test unless the document says that the route may answer so.
    #[track_caller]
    fn check_documented(&self, status: u16) {
        assert!(self.statuses.contains(&status), "{} answers {status}, which its document does not say", self.name());
    }
}

fn secured(routes: &[Route]) -> impl Iterator<Item = (&Route, &[String])> {
    routes.iter().filter(|route| !route.is_of_agents).filter_map(|route| Some((route, route.scopes.as_deref()?)))
}

/// The routes about coding agents.
fn of_agents(routes: &[Route]) -> impl Iterator<Item = (&Route, &[String])> {
    routes.iter().filter(|route| route.is_of_agents).filter_map(|route| Some((route, route.scopes.as_deref()?)))
}

#[test]
fn routes_without_a_key_are_the_known_ones() {
    let server = TestServer::start();
    let routes = Route::all(&server);
    let open = routes.iter().filter(|route| route.scopes.is_none());
    let is_below = |path: &str, prefix: &str| {
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let open: Vec<String> =
        open.filter(|route| !CAPTURE.iter().any(|prefix| is_below(&route.path, prefix))).map(Route::name).collect();
    assert_eq!(open, PUBLIC);
    assert!(routes.len() > PUBLIC.len());
}

#[test]
fn a_request_without_a_key_is_asked_for_one() {
    let server = TestServer::start();
    for (route, _) in secured(&Route::all(&server)) {
        let answer = route.ask(&server.anonymous(), 1);
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{}", route.name());
        answer.expect_error(401, "not_authenticated", "Authentication credentials were not provided.");
        let answer = route.ask_with_body(&server.anonymous(), 1, "application/json", "{");
        answer.expect_error(401, "not_authenticated", "Authentication credentials were not provided.");
        route.check_documented(401);
    }
}

#[test]
fn a_wrong_key_is_refused() {
    let server = TestServer::start();
    let detail = "Personal API key found in request Authorization header is invalid.";
    for (route, _) in secured(&Route::all(&server)) {
        let answer = route.ask(&server.with_key("phx_wrong"), 1);
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{}", route.name());
        answer.expect_error(401, "authentication_failed", detail);
    }
}

#[test]
fn a_key_without_the_scope_is_told_which_one_it_lacks() {
    let server = TestServer::start();
    let key = server.with_scopes(&["webhook:read"]);
    for (route, scopes) in secured(&Route::all(&server)) {
        let Some(first) = scopes.first() else { continue };
        route.check_documented(403);
        let detail = format!("API key missing required scope '{first}'");
        route.ask(&key, 1).expect_error(403, "permission_denied", &detail);
    }
}

#[test]
fn the_documented_scopes_are_enough() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let mut keys: BTreeMap<Vec<String>, Client> = BTreeMap::new();
    for (route, scopes) in secured(&Route::all(&server)) {
        let scopes = if scopes.is_empty() { vec!["webhook:read".to_owned()] } else { scopes.to_vec() };
        let key = keys.entry(scopes.clone()).or_insert_with(|| {
            // Made beside the REST route, which lets a user have ten.
            server.issue_key(&scopes)
        });
        let answer = route.ask(key, own.project);
        assert!(![401, 403, 500].contains(&answer.status), "{} answered {}", route.name(), answer.text());
        route.check_documented(answer.status);
    }
}

#[test]
fn another_tenants_project_is_as_unknown_as_one_that_is_not_there() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    for (route, _) in secured(&Route::all(&server)).filter(|(route, _)| route.is_nested_in_project()) {
        route.ask(&other.client, own.project).expect_error(404, "not_found", "Project not found.");
        route.ask(&other.client, 999_999).expect_error(404, "not_found", "Project not found.");
        route.check_documented(404);
    }
}

#[test]
fn a_body_that_is_not_json_is_refused() {
    let server = TestServer::start();
    let own = server.first_tenant();
    for (route, _) in secured(&Route::all(&server)).filter(|(route, _)| route.takes_json) {
        route.check_documented(400);
        let broken = route.ask_with_body(&own.client, own.project, "application/json", "{");
        let detail = "JSON parse error - EOF while parsing an object at line 1 column 1";
        broken.expect_error(400, "parse_error", detail);
        let list = route.ask_with_body(&own.client, own.project, "application/json", "[]");
        list.expect_error(400, "invalid_input", "The request body should be a JSON object.");
        let text = route.ask_with_body(&own.client, own.project, "text/plain", "hello");
        text.expect_error(415, "unsupported_media_type", "Unsupported media type \"text/plain\" in request.");
    }
}

#[test]
fn other_methods_are_refused_and_told_which_ones_there_are() {
    let server = TestServer::start();
    let routes = Route::all(&server);
    let mut methods: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for route in &routes {
        methods.entry(&route.path).or_default().push(route.method.as_str());
    }
    for route in &routes {
        let answer = server.admin().send(server.admin().request(Method::TRACE, &route.filled(1)));
        let allowed: Vec<&str> = answer.header("allow").split(", ").collect();
        for method in &methods[route.path.as_str()] {
            assert!(allowed.contains(method), "{}: {allowed:?}", route.name());
        }
        if route.is_of_agents {
            answer.expect_agent_error(405, "Method \"TRACE\" not allowed.");
        } else {
            answer.expect_error(405, "method_not_allowed", "Method \"TRACE\" not allowed.");
        }
    }
}

#[test]
fn both_forms_of_every_path_reach_the_same_route() {
    let server = TestServer::start();
    for (route, _) in secured(&Route::all(&server)) {
        for path in [route.path.trim_end_matches('/'), &format!("{}/", route.path.trim_end_matches('/'))] {
            for path in [path.to_owned(), path.replace("/api/environments/", "/api/projects/")] {
                let form = Route { path, method: route.method.clone(), scopes: None, statuses: Vec::new(), ..*route };
                let answer = form.ask(&server.anonymous(), 1);
                assert_eq!(answer.status, 401, "{}", form.name());
            }
        }
    }
}

#[test]
fn routes_about_agents_have_errors_of_their_own_form() {
    let server = TestServer::start();
    let lacking = server.with_scopes(&["webhook:read"]);
    let other = server.other_tenant();
    let routes = Route::all(&server);
    assert!(of_agents(&routes).count() >= 19);
    for (route, scopes) in of_agents(&routes) {
        let answer = route.ask(&server.anonymous(), 1);
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{}", route.name());
        answer.expect_agent_error(401, "Missing API key");
        route.ask(&server.with_key("gck_wrong"), 1).expect_agent_error(401, "Invalid API key");
        route.ask(&server.with_key("wrong"), 1).expect_agent_error(401, "Invalid API key format");
        let detail = format!("API key missing required scope '{}'", scopes[0]);
        route.ask(&lacking, 1).expect_agent_error(403, &detail);
        for status in [401, 403] {
            route.check_documented(status);
        }
        let key = server.issue_key(scopes);
        for client in [&key, &other.client] {
            let answer = route.ask(client, 1);
            assert!(![401, 403, 500].contains(&answer.status), "{} answered {}", route.name(), answer.text());
            route.check_documented(answer.status);
        }
        if route.takes_json {
            let broken = route.ask_with_body(&server.admin(), 1, "application/json", "{");
            let detail = "JSON parse error - EOF while parsing an object at line 1 column 1";
            // What stands in the address is read before the body.
            if !route.path.ends_with("/summary") {
                broken.expect_agent_error(400, detail);
            }
        }
    }
}
