//! What tests need of the machine, given by variables.

use std::env;

/// The value of `variable`. Where it is not set, the test is to be skipped, which `require`, set to anything, forbids.
#[expect(clippy::disallowed_methods, reason = "the tests' own settings, not the server's")]
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn setting(variable: &str, require: &str) -> Option<String> {
    let value = env::var(variable).ok();
    if value.is_none() {
        assert!(env::var(require).is_err(), "{variable} is not set, and {require} forbids skipping");
        println!("skipped: {variable} is not set (cargo xtask test sets it)");
    }
    value
}
