//! The official client libraries, fetched for the tests that send events with them.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{Outcome, cargo, exists, output, root, run, target_dir};

/// Tells the tests which Python has the SDK installed.
pub(crate) const PYTHON_VARIABLE: &str = "HINDSIGHT_TEST_PYTHON";
/// Tells the tests the `node_modules` folder that has the SDK.
pub(crate) const NODE_MODULES_VARIABLE: &str = "HINDSIGHT_TEST_NODE_MODULES";
/// Tells the tests the program that sends logs with OpenTelemetry's SDK for Rust.
pub(crate) const OPENTELEMETRY_RUST_VARIABLE: &str = "HINDSIGHT_TEST_OPENTELEMETRY_RUST";
/// Turns skipping the tests with SDKs into a failure.
pub(crate) const REQUIRE_VARIABLE: &str = "HINDSIGHT_TEST_REQUIRE_SDKS";

/// Where the SDKs were put.
#[derive(Debug)]
pub(crate) struct Sdks {
    /// A Python interpreter that imports `posthog` and `opentelemetry`.
    pub(crate) python: PathBuf,
    /// The folder that has `posthog-node`.
    pub(crate) node_modules: PathBuf,
    /// The program that sends logs with OpenTelemetry's SDK for Rust.
    pub(crate) opentelemetry_rust: PathBuf,
}

impl Sdks {
    /// Installs the versions that `bins/server/tests/sdk` names into the build folder, once.
    pub(crate) fn prepare() -> Outcome<Self> {
        let sources = root().join("bins/server/tests/sdk");
        let folder = target_dir().join("sdks");
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;

        if !exists("python3") {
            return Err("python3 is missing: install Python 3.10 or newer with its venv module".to_owned());
        }
        let environment = folder.join("python");
        let python = environment.join("bin/python");
        if !python.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        }
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(sources.join("requirements.txt")))?;

        if !exists("node") || !exists("npm") {
            return Err("node and npm are missing: install Node.js 20 or newer".to_owned());
        }
        std::fs::copy(sources.join("package.json"), folder.join("package.json"))
            .map_err(|error| format!("package.json: {error}"))?;
        let npm = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
        output(Command::new("npm").args(npm).current_dir(&folder))?;

        let built = folder.join("rust");
        run(cargo()
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(sources.join("opentelemetry-rust/Cargo.toml"))
            .arg("--target-dir")
            .arg(&built))?;
        let opentelemetry_rust = built.join("debug/send-logs");
        Ok(Self { python, node_modules: folder.join("node_modules"), opentelemetry_rust })
    }
}
