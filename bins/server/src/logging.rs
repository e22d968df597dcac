//! Where log lines go: standard error, as text for people or as JSON for collectors.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::LogFormat;

/// Starts logging what `filter` lets through. Does nothing where logging has been started already.
///
/// # Errors
/// [`ParseError`] where `filter` is no filter.
pub fn start(filter: &str, format: Option<LogFormat>) -> Result<(), ParseError> {
    let filter: EnvFilter = filter.parse()?;
    let terminal = io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(terminal);
    // An error here says that a subscriber is there already, as in tests that start several servers.
    let _ = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}
