//! What the command line can ask for, one module a command.

pub(crate) mod keys;
pub(crate) mod openapi;
pub(crate) mod serve;

use std::fmt::Display;
use std::io::{self, Write};

use crate::cli::CommandError;

/// Prints a line of a command's answer.
///
/// # Errors
/// [`CommandError`] where standard output is closed.
pub(crate) fn print_line(line: impl Display) -> Result<(), CommandError> {
    writeln!(io::stdout(), "{line}").map_err(CommandError::because("cannot print"))
}
