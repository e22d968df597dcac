//! `cargo xtask test`: everything that CI runs, in order.

use std::process::Command;

use clap::Args;

use crate::browser::{self, Browser};
use crate::postgres::Postgres;
use crate::process::{Outcome, cargo, exists, run as execute, step};
use crate::sdks::{self, Sdks};
use crate::tidy;

/// Arguments of `cargo xtask test`.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Fails where a check would have to be skipped because this machine lacks something (CI)
    #[arg(long)]
    no_skip: bool,
}

/// Runs `cargo xtask test`.
pub(crate) fn run(arguments: &TestArguments) -> Outcome {
    require_components()?;
    step("format", || execute(cargo().args(["fmt", "--all", "--check"])))?;
    step("house rules", tidy::run)?;
    step("lints", || {
        execute(cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"]))
    })?;
    step("documentation", || {
        execute(cargo().args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "--deny warnings"))
    })?;

    let mut skipped = Vec::new();
    let postgres = step("start PostgreSQL", Postgres::start)
        .map_err(|why| skipped.push(format!("the tests on PostgreSQL: {why}")))
        .ok();
    let sdks = step("fetch the official SDKs", Sdks::prepare)
        .map_err(|why| skipped.push(format!("the tests with the official SDKs: {why}")))
        .ok();
    let browser = step("find a browser, and fetch what drives it", Browser::prepare)
        .map_err(|why| skipped.push(format!("the tests in a browser: {why}")))
        .ok();
    if arguments.no_skip && !skipped.is_empty() {
        return Err(format!("not allowed to skip {}", skipped.join("; ")));
    }

    let machine = Machine { postgres, sdks, browser };
    step("tests, metadata in SQLite", || {
        execute(tests(&["--workspace"], &machine).env("HINDSIGHT_TEST_DATABASE", "sqlite"))
    })?;
    if machine.postgres.is_some() {
        step("HTTP tests, metadata in PostgreSQL", || {
            execute(
                tests(&["--package", "hindsight", "--test", "it"], &machine).env("HINDSIGHT_TEST_DATABASE", "postgres"),
            )
        })?;
    }

    for what in &skipped {
        println!("SKIPPED {what}");
    }
    println!("\nAll checks passed.");
    Ok(())
}

fn require_components() -> Outcome {
    for (program, component) in [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        if !exists(program) {
            return Err(format!("{component} is missing: rustup component add {component}"));
        }
    }
    Ok(())
}

/// What this machine has beyond a Rust toolchain.
struct Machine {
    postgres: Option<Postgres>,
    sdks: Option<Sdks>,
    browser: Option<Browser>,
}

/// `cargo test`, told what this machine has. What it has must be used: the variables turn a skip into a failure.
fn tests(what: &[&str], machine: &Machine) -> Command {
    let mut command = cargo();
    command.arg("test").args(what);
    if let Some(postgres) = &machine.postgres {
        command.env("HINDSIGHT_TEST_POSTGRES_URL", &postgres.url).env("HINDSIGHT_TEST_REQUIRE_POSTGRES", "1");
    }
    if let Some(sdks) = &machine.sdks {
        command.env(sdks::PYTHON_VARIABLE, &sdks.python).env(sdks::NODE_MODULES_VARIABLE, &sdks.node_modules);
        command.env(sdks::OPENTELEMETRY_RUST_VARIABLE, &sdks.opentelemetry_rust);
        command.env(sdks::REQUIRE_VARIABLE, "1");
    }
    if let Some(browser) = &machine.browser {
        command
            .env(browser::PROGRAM_VARIABLE, &browser.program)
            .env(browser::NODE_MODULES_VARIABLE, &browser.node_modules);
        command.env(browser::REQUIRE_VARIABLE, "1");
    }
    command
}
