//! `cargo xtask tidy`: the rules of the house that no compiler checks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Outcome, cargo, output, root};

/// Crates that hold domain rules alone, and may not reach, directly or indirectly, any of [`OUTSIDE`].
const DOMAIN_CRATES: [&str; 18] = [
    "insights-core",
    "hogql",
    "query-engine",
    "capture",
    "actions",
    "agent-sessions",
    "cohorts",
    "language-model",
    "variables",
    "sharing",
    "charts",
    "public-pages",
    "datasets",
    "endpoints",
    "logs",
    "prompts",
    "recordings",
    "reports",
];
/// Frameworks, databases, runtimes and clients.
const OUTSIDE: [&str; 11] = [
    "actix-web",
    "arrow-array",
    "datafusion",
    "diesel",
    "object_store",
    "parquet",
    "reqwest",
    "tokio",
    "event-store",
    "log-store",
    "repositories",
];
/// Crates that only the manifests of some crates of ours name.
const OWNERS: [(&str, &[&str]); 4] = [
    ("datafusion", &["hogql-datafusion"]),
    ("diesel", &["repositories"]),
    ("object_store", &["object-storage"]),
    ("parquet", &["event-store", "log-store", "result-tables"]),
];
/// Longest source file, in lines; tests may be longer.
const MAX_LINES: usize = 600;

/// Runs `cargo xtask tidy`.
pub(crate) fn run() -> Outcome {
    let mut broken = Vec::new();
    check_boundaries(&mut broken)?;
    check_owners(&mut broken)?;
    check_migrations(&mut broken)?;
    check_crates_are_described(&mut broken)?;
    check_sources(&mut broken)?;
    if broken.is_empty() { Ok(()) } else { Err(format!("house rules are broken:\n  {}", broken.join("\n  "))) }
}

fn check_boundaries(broken: &mut Vec<String>) -> Outcome {
    for domain in DOMAIN_CRATES {
        let tree = output(cargo().args([
            "tree",
            "--package",
            domain,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]))?;
        let reached: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        for outside in OUTSIDE.iter().filter(|outside| reached.contains(*outside)) {
            broken.push(format!(
                "crates/{domain} reaches {outside}: a domain crate depends on no framework, database or runtime"
            ));
        }
    }
    Ok(())
}

fn check_owners(broken: &mut Vec<String>) -> Outcome {
    for manifest in manifests()? {
        let text = read(&manifest)?;
        let dependencies = text.split("[dev-dependencies]").next().unwrap_or_default();
        for (dependency, owners) in OWNERS {
            let named = dependencies.lines().any(|line| line.split(['.', ' ']).next() == Some(dependency));
            if named && !owners.iter().any(|owner| manifest.ends_with(Path::new(owner).join("Cargo.toml"))) {
                broken.push(format!("{}: only {} may name {dependency}", relative(&manifest), owners.join(" and ")));
            }
        }
    }
    Ok(())
}

fn check_migrations(broken: &mut Vec<String>) -> Outcome {
    let (sqlite, postgres) = (names(&root().join("migrations/sqlite"))?, names(&root().join("migrations/postgres"))?);
    for name in sqlite.symmetric_difference(&postgres) {
        broken.push(format!("migrations: {name} exists for one database only"));
    }
    for dialect in ["sqlite", "postgres"] {
        for name in sqlite.intersection(&postgres) {
            for file in ["up.sql", "down.sql"] {
                let path = root().join("migrations").join(dialect).join(name).join(file);
                if !path.exists() {
                    broken.push(format!("{} is missing", relative(&path)));
                }
            }
        }
    }
    Ok(())
}

/// Every crate has a README that is its crate documentation, and the code map names every crate.
fn check_crates_are_described(broken: &mut Vec<String>) -> Outcome {
    let map = read(&root().join("docs/architecture.md"))?;
    for name in names(&root().join("crates"))? {
        if !root().join("crates").join(&name).join("README.md").exists() {
            broken.push(format!("crates/{name} has no README.md"));
        }
        if !map.contains(&format!("`{name}`")) {
            broken.push(format!("docs/architecture.md does not name `{name}`"));
        }
    }
    Ok(())
}

fn check_sources(broken: &mut Vec<String>) -> Outcome {
    for path in tracked("*.rs")? {
        let text = read(&path)?;
        let name = relative(&path);
        let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
        let lines = text.lines().count();
        if lines > MAX_LINES && !is_test {
            broken.push(format!("{name} has {lines} lines, more than {MAX_LINES}: split it by meaning"));
        }
        if path.ends_with("mod.rs") {
            broken.push(format!("{name}: a module lies in a file of its own name, not in mod.rs"));
        }
        if !is_test && !text.starts_with("//!") && !text.starts_with("#![doc") {
            broken.push(format!("{name} does not begin with a module documentation"));
        }
        if text.lines().any(|line| line != line.trim_end()) {
            broken.push(format!("{name} has trailing spaces"));
        }
    }
    Ok(())
}

fn tracked(pattern: &str) -> Outcome<Vec<PathBuf>> {
    let listed = output(std::process::Command::new("git").args(["ls-files", "--", pattern]).current_dir(root()))?;
    Ok(listed.lines().map(|line| root().join(line)).filter(|path| path.exists()).collect())
}

fn manifests() -> Outcome<Vec<PathBuf>> {
    Ok(tracked("*/Cargo.toml")?.into_iter().filter(|path| path.parent() != Some(&root())).collect())
}

fn names(folder: &Path) -> Outcome<BTreeSet<String>> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().is_dir() {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
