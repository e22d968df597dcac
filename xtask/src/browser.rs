//! The browser in which tests open pages, and what drives it.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{Outcome, exists, output, root, target_dir};

/// Tells the tests which program is the browser.
pub(crate) const PROGRAM_VARIABLE: &str = "HINDSIGHT_TEST_BROWSER";
/// Tells the tests the `node_modules` folder that has what drives it.
pub(crate) const NODE_MODULES_VARIABLE: &str = "HINDSIGHT_TEST_BROWSER_MODULES";
/// Turns skipping the tests in a browser into a failure.
pub(crate) const REQUIRE_VARIABLE: &str = "HINDSIGHT_TEST_REQUIRE_BROWSER";

/// Names that Chromium goes by.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser and what drives it.
#[derive(Debug)]
pub(crate) struct Browser {
    /// Chromium.
    pub(crate) program: PathBuf,
    /// The folder that has `playwright-core` and `axe-core`.
    pub(crate) node_modules: PathBuf,
}

impl Browser {
    /// Finds Chromium, and installs the locked versions of `bins/server/tests/browser` into the build folder.
    pub(crate) fn prepare() -> Outcome<Self> {
        let program = PROGRAMS.into_iter().find(|program| exists(program)).ok_or("Chromium is missing: install it")?;
        let program = output(Command::new("which").arg(program))?;
        if !exists("node") || !exists("npm") {
            return Err("node and npm are missing: install Node.js 20 or newer".to_owned());
        }
        let sources = root().join("bins/server/tests/browser");
        let folder = target_dir().join("browser");
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(sources.join(file), folder.join(file)).map_err(|error| format!("{file}: {error}"))?;
        }
        output(
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"])
                .current_dir(&folder),
        )?;
        Ok(Self { program: PathBuf::from(program.trim()), node_modules: folder.join("node_modules") })
    }
}
