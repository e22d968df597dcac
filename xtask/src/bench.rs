//! `cargo xtask bench …`: measurements, each printed as a table.

mod import;

use clap::Subcommand;

use crate::process::Outcome;

/// The measurements.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// How fast a file of events is imported, and how much disk an event takes
    Import(import::ImportArguments),
}

/// Runs a measurement.
pub(crate) fn run(command: &BenchCommand) -> Outcome {
    match command {
        BenchCommand::Import(arguments) => import::run(arguments),
    }
}
