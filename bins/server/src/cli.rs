//! The command line.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::export::ExportArguments;
use crate::commands::import::ImportArguments;
use crate::commands::keys::KeysCommand;
use crate::commands::{check, export, import, keys, openapi, serve};
use crate::config::{ConfigError, FileSettings, ServeSettings, StorageSettings};
use crate::error::Chain;

/// Self-hosted product analytics that answers PostHog's REST API.
#[derive(Debug, Parser)]
#[command(name = "hindsight", version, about, arg_required_else_help = true)]
struct Cli {
    /// TOML file with settings; flags and variables go before what it says
    #[arg(long, global = true, env = "HINDSIGHT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    storage: StorageSettings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<ServeSettings>),
    /// Put events from files into a project
    Import(ImportArguments),
    /// Write a project's events to a file
    Export(ExportArguments),
    /// Verify every checksum of the stored events
    Check,
    /// Manage API keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Print the OpenAPI document
    Openapi,
}

/// Why a command did not do what it was asked to; printed with all its sources.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl CommandError {
    /// An error that nothing else caused.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// An error with its cause, to be used in `map_err`: `.map_err(CommandError::because("cannot open the database"))`.
    pub(crate) fn because<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        message: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let message = message.into();
        move |source| Self { message, source: Some(source.into()) }
    }
}

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        Self::because("the configuration is wrong")(error)
    }
}

/// Runs what the process's arguments ask for. Errors go to standard error, with exit status 1; misuse gives 2.
pub fn main() -> ExitCode {
    match run(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do where standard error is closed.
            let _ = writeln!(std::io::stderr(), "hindsight: {}", Chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// Runs what `arguments`, the program's name first, ask for. Leaves the process where they cannot be understood.
///
/// # Errors
/// [`CommandError`] for the person at the terminal.
fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), CommandError> {
    let cli = Cli::parse_from(arguments);
    let file = FileSettings::read(cli.config.as_deref())?;
    let storage = cli.storage.resolve(&file);
    match cli.command {
        Command::Serve(settings) => serve::run(&storage, settings.resolve(&file)?),
        Command::Import(arguments) => import::run(&storage, arguments),
        Command::Export(arguments) => export::run(&storage, &arguments),
        Command::Check => check::run(&storage),
        Command::Keys(command) => keys::run(&storage, command),
        Command::Openapi => openapi::run(),
    }
}
