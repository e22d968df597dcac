//! `cargo xtask openapi`: the API's description, generated from the code and kept in the repository for review. A test of the server holds
//! the one against the other.

use std::fs;
use std::process::Command;

use crate::process::{Outcome, cargo, output, root, run as execute, target_dir};

const PATH: &str = "docs/openapi.json";

/// Runs `cargo xtask openapi`.
pub(crate) fn run() -> Outcome {
    // With the features that tests have, so that nothing is compiled a second time.
    execute(cargo().args(["build", "--quiet", "--workspace", "--bin", "hindsight"]))?;
    let document = output(Command::new(target_dir().join("debug/hindsight")).arg("openapi"))?;
    let path = root().join(PATH);
    fs::write(&path, document).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {PATH}");
    Ok(())
}
