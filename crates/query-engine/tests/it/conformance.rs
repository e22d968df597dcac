//! The conformance cases of `fixtures/conformance` that need no HogQL: what PostHog answers for given events. Those that need it are
//! run where it is computed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use test_support::conformance::Suite;
use test_support::conformance::in_memory::InMemory;

use crate::actors::agreement::Numbers;

fn file(suite: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/conformance/{suite}.json"))
}

#[track_caller]
fn check(suite: &str) {
    let mut cases = Suite::read(&file(suite)).unwrap().cases;
    cases.retain(|case| !case.needs_hogql());
    let mut report = String::new();
    for case in &cases {
        if let Err(difference) = InMemory::of(case, None).and_then(|case| case.check()) {
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
fn trends() {
    check("trends");
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
fn retention() {
    check("retention");
}

#[test]
fn paths() {
    check("paths");
}

#[test]
fn stickiness() {
    check("stickiness");
}

#[test]
fn lifecycle() {
    check("lifecycle");
}

/// That as many actors are listed as each number of each case has counted.
#[test]
fn actors_are_as_many_as_were_counted() {
    let mut report = String::new();
    let mut n_checked = 0;
    for suite in ["trends", "funnels", "retention", "lifecycle", "stickiness"] {
        for case in Suite::read(&file(suite)).unwrap().cases.iter().filter(|case| !case.needs_hogql()) {
            let InMemory { case, context, source } = InMemory::of(case, None).unwrap();
            let mut insight = &case.query;
            while insight.get("source").is_some() {
                insight = &insight["source"];
            }
            let numbers = Numbers::check(insight, &context, &source);
            n_checked += numbers.n_checked;
            for difference in numbers.differences {
                writeln!(report, "{suite} {}: {difference}", case.name).unwrap();
            }
        }
    }
    assert!(n_checked > 1_000, "only {n_checked} numbers were looked at");
    assert!(report.is_empty(), "of {n_checked} numbers differ:\n{report}");
}
