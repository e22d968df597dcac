//! Every case of `fixtures/conformance`, over HTTP: what PostHog answers for given events.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use test_support::conformance::Suite;
use test_support::conformance::over_http::{self, Http};

use crate::support::{Client, TestServer};

impl Http for Client {
    fn post(&self, path: &str, body: &Value) -> Result<(u16, Value), String> {
        let answer = Self::post(self, path, body);
        Ok((answer.status, answer.json()))
    }
}

#[track_caller]
fn check(suite: &str) {
    let server = TestServer::start();
    let client = server.admin();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/conformance");
    let cases = Suite::read(&folder.join(format!("{suite}.json"))).unwrap().cases;
    let mut report = String::new();
    for case in &cases {
        if let Err(difference) = over_http::run(case, &client) {
            writeln!(report, "{}: {difference}", case.name).unwrap();
        }
    }
    assert!(report.is_empty(), "of {} cases of {suite} these differ:\n{report}", cases.len());
}

#[test]
fn behaviour() {
    check("behaviour");
}

#[test]
fn filters() {
    check("filters");
}

#[test]
fn funnels() {
    check("funnels");
}

#[test]
fn lifecycle() {
    check("lifecycle");
}

#[test]
fn paths() {
    check("paths");
}

#[test]
fn retention() {
    check("retention");
}

#[test]
fn sql() {
    check("sql");
}

#[test]
fn stickiness() {
    check("stickiness");
}

#[test]
fn trends() {
    check("trends");
}
