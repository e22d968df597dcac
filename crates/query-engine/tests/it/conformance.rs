//! The conformance cases of `fixtures/conformance`: what PostHog answers for given events.
//!
//! Cases that fail are listed with the reason; one that is listed and passes fails the test, so that the list stays true.

mod case;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use test_support::conformance::Suite as Cases;

/// A file of cases and what is known of those that fail.
struct Suite {
    file: &'static str,
    /// Kinds of query that are not answered yet; no case of theirs may pass.
    unanswered_kinds: &'static [&'static str],
    /// Other cases that fail, and why.
    failing: &'static [(&'static str, &'static str)],
}

#[track_caller]
fn check(suite: &Suite) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/conformance");
    let cases = Cases::read(&folder.join(suite.file)).unwrap().cases;
    let mut failing: BTreeMap<&str, &str> = suite.failing.iter().copied().collect();
    let mut report = String::new();
    let mut n_passed = 0;
    for case in &cases {
        let reason = failing.remove(&*case.name);
        // What is wrong is refused whether its kind is answered or not.
        let is_unanswered = suite.unanswered_kinds.contains(&case.kind()) && case.expect_error.is_none();
        let reason = reason.or_else(|| is_unanswered.then_some("this kind is not answered yet"));
        match (case::run(case), reason) {
            (Ok(()), None) => n_passed += 1,
            (Err(_), Some(_)) => {}
            (Err(difference), None) => writeln!(report, "{}: {difference}", case.name).unwrap(),
            (Ok(()), Some(reason)) => {
                writeln!(report, "{}: passes, though listed as failing: {reason}", case.name).unwrap()
            }
        }
    }
    for name in failing.keys() {
        writeln!(report, "{name}: listed as failing, but there is no such case").unwrap();
    }
    assert!(
        report.is_empty(),
        "{} of {} cases of {} pass; otherwise than expected:\n{report}",
        n_passed,
        cases.len(),
        suite.file
    );
}

#[test]
fn trends() {
    check(&Suite {
        file: "trends.json",
        unanswered_kinds: &[],
        failing: &[("math_hogql_sum", "HogQL expressions are not evaluated yet")],
    });
}

#[test]
fn filters() {
    check(&Suite { file: "filters.json", unanswered_kinds: &["EventsQuery"], failing: &[] });
}

#[test]
fn funnels() {
    check(&Suite { file: "funnels.json", unanswered_kinds: &[], failing: &[] });
}

#[test]
fn retention() {
    check(&Suite {
        file: "retention.json",
        unanswered_kinds: &[],
        failing: &[(
            "retention_cohort_breakdown",
            "PostHog shows a cohort by the text of its id; filled into the case, the id is a number",
        )],
    });
}

#[test]
fn paths() {
    check(&Suite { file: "paths.json", unanswered_kinds: &[], failing: &[] });
}

#[test]
fn stickiness() {
    check(&Suite {
        file: "stickiness.json",
        unanswered_kinds: &[],
        failing: &[("query_hogql_filter", "HogQL expressions are not evaluated yet")],
    });
}

#[test]
fn lifecycle() {
    check(&Suite { file: "lifecycle.json", unanswered_kinds: &[], failing: &[] });
}

/// That as many actors are listed as each number of each case has counted.
#[test]
fn actors_are_as_many_as_were_counted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/conformance");
    let mut report = String::new();
    let mut n_checked = 0;
    for file in ["trends.json", "funnels.json", "retention.json", "lifecycle.json", "stickiness.json"] {
        for case in &Cases::read(&folder.join(file)).unwrap().cases {
            let (n, differences) = case::check_actors(case).unwrap();
            n_checked += n;
            for difference in differences {
                writeln!(report, "{file} {}: {difference}", case.name).unwrap();
            }
        }
    }
    assert!(n_checked > 1_000, "only {n_checked} numbers were looked at");
    assert!(report.is_empty(), "of {n_checked} numbers differ:\n{report}");
}
