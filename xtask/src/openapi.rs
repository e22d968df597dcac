//! `cargo xtask openapi`: the API's description, generated from the code and kept in the repository for review.

use std::fs;

use clap::Args;

use crate::process::{Outcome, cargo, output, root};

const PATH: &str = "docs/openapi.json";

/// Arguments of `cargo xtask openapi`.
#[derive(Debug, Args)]
pub(crate) struct OpenapiArguments {
    /// Changes nothing; fails where the file is not what the code says
    #[arg(long)]
    check: bool,
}

/// Runs `cargo xtask openapi`.
pub(crate) fn run(arguments: &OpenapiArguments) -> Outcome {
    if arguments.check {
        return check();
    }
    let path = root().join(PATH);
    fs::write(&path, document()?).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {PATH}");
    Ok(())
}

/// Fails where the file is not what the code says.
pub(crate) fn check() -> Outcome {
    let path = root().join(PATH);
    let stored = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if stored == document()? { Ok(()) } else { Err(format!("{PATH} is not current: run cargo xtask openapi")) }
}

fn document() -> Outcome<String> {
    output(cargo().args(["run", "--quiet", "--package", "hindsight", "--", "openapi"]))
}
