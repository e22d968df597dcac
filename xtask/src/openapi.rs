//! `cargo xtask openapi`: the API's description, generated from the code and kept in the repository for review. A test of the server holds
//! the one against the other.

use std::fs;

use crate::process::{Outcome, cargo, output, root};

const PATH: &str = "docs/openapi.json";

/// Runs `cargo xtask openapi`.
pub(crate) fn run() -> Outcome {
    let document = output(cargo().args(["run", "--quiet", "--package", "hindsight", "--", "openapi"]))?;
    let path = root().join(PATH);
    fs::write(&path, document).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {PATH}");
    Ok(())
}
