//! How long property tests search.

/// How many cases a property is tried on where the environment does not say.
pub const DEFAULT_CASES: u32 = 2_000;

/// How many cases a property is tried on: as many as `HINDSIGHT_PROPTEST_CASES` says.
///
/// # Panics
/// Where that is no number.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how long they may search")]
pub fn n_property_cases() -> u32 {
    let wanted = std::env::var("HINDSIGHT_PROPTEST_CASES").ok();
    wanted.map_or(DEFAULT_CASES, |cases| cases.parse().expect("HINDSIGHT_PROPTEST_CASES is a number"))
}
