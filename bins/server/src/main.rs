//! The `hindsight` command: reads the command line, runs what it asks for, and ends with the exit status of that.

use std::process::ExitCode;

fn main() -> ExitCode {
    hindsight::cli::main()
}
