//! How long property tests search.

use proptest::test_runner::Config;

/// How many cases a property is tried on where the environment does not say.
const DEFAULT_CASES: u32 = 2_000;

/// As many cases as `HINDSIGHT_PROPTEST_CASES` says.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how long they may search")]
pub(crate) fn config() -> Config {
    let wanted = std::env::var("HINDSIGHT_PROPTEST_CASES").ok();
    Config::with_cases(wanted.map_or(DEFAULT_CASES, |cases| cases.parse().unwrap()))
}
