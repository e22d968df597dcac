//! Every conformance case of `fixtures/conformance`, in memory: what PostHog answers for given events.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use hogql_datafusion::DataFusionEngine;
use test_support::conformance::Suite;
use test_support::conformance::in_memory::InMemory;

#[track_caller]
fn check(suite: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/conformance/{suite}.json"));
    let mut cases = Suite::read(&file).unwrap().cases;
    cases.retain(|case| case.needs_hogql());
    let mut report = String::new();
    for case in &cases {
        let found = InMemory::of(case, Some(Arc::new(DataFusionEngine))).and_then(|case| case.check());
        if let Err(difference) = found {
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
