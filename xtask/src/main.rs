//! The developer commands of Hindsight: `cargo xtask --help`.
//!
//! Everything that a developer or CI does repeatedly is one command here, so that it is the same on every machine.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program talks to its user")]

mod bench;
mod browser;
mod conformance;
mod demo;
mod generate;
mod logs;
mod openapi;
mod postgres;
mod process;
mod sdks;
mod server;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Developer commands of Hindsight")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds the server, loads a demo project of about 200,000 events and keeps serving it
    Demo(demo::DemoArguments),
    /// Runs everything that CI runs: format, lints, house rules, unit and HTTP tests on both databases, the official SDKs
    Test(test::TestArguments),
    /// Holds the answers of a running server against what PostHog answers for the same events
    Conformance(conformance::ConformanceArguments),
    /// Measures
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Writes the OpenAPI document to docs/openapi.json
    Openapi,
    /// Checks the rules of the house that no compiler checks
    Tidy,
    /// Makes a deterministic set of events or logs
    #[command(subcommand)]
    Generate(generate::GenerateCommand),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Bench(command) => bench::run(&command),
        Command::Openapi => openapi::run(),
        Command::Tidy => tidy::run(),
        Command::Generate(command) => generate::run_command(&command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
