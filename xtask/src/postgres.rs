//! A PostgreSQL server for tests: the one of `HINDSIGHT_TEST_POSTGRES_URL`, or one started here from the installed programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Outcome, output, run};
use crate::server::free_port;

const URL_VARIABLE: &str = "HINDSIGHT_TEST_POSTGRES_URL";
const HOW_TO_INSTALL: &str = "no PostgreSQL programs were found: install them (Debian: apt-get install postgresql) or set HINDSIGHT_TEST_POSTGRES_URL";

/// A PostgreSQL server that tests may make databases in.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// `postgres://…/postgres` of a superuser.
    pub(crate) url: String,
    started: Option<Started>,
}

#[derive(Debug)]
struct Started {
    programs: PathBuf,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// The server to test with.
    #[expect(clippy::disallowed_methods, reason = "the variable is the tests' own setting, not one of the server's")]
    pub(crate) fn start() -> Outcome<Self> {
        if let Ok(url) = std::env::var(URL_VARIABLE) {
            return Ok(Self { url, started: None });
        }
        let programs = find_programs().ok_or(HOW_TO_INSTALL)?;
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        output(as_owner(&programs.join("initdb")).arg("--pgdata").arg(&data).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        ]))?;
        let port = free_port()?;
        // Test data need not survive a crash: without fsync the suite takes a fraction of the time.
        let options = format!(
            "-p {port} -k {socket} -h 127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300",
            socket = folder.path().display()
        );
        run(as_owner(&programs.join("pg_ctl"))
            .arg("--pgdata")
            .arg(&data)
            .arg("--log")
            .arg(folder.path().join("log"))
            .args(["--wait", "--silent", "--options", &options, "start"]))?;
        Ok(Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            started: Some(Started { programs, folder }),
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(Started { programs, folder }) = &self.started {
            let stop = run(as_owner(&programs.join("pg_ctl")).arg("--pgdata").arg(folder.path().join("data")).args([
                "--mode=immediate",
                "--silent",
                "stop",
            ]));
            if let Err(why) = stop {
                eprintln!("PostgreSQL was not stopped: {why}");
            }
        }
    }
}

/// The folder that has `initdb` and `pg_ctl`: Debian keeps them out of the path, in one folder a version.
fn find_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    folders.sort();
    let in_path = Command::new("pg_config").arg("--bindir").output().ok();
    let in_path = in_path.and_then(|output| String::from_utf8(output.stdout).ok());
    folders.extend(in_path.map(|folder| PathBuf::from(folder.trim())));
    folders.into_iter().rev().find(|folder| folder.join("initdb").exists())
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// PostgreSQL refuses to run as root: there the account that its package made runs it.
fn as_owner(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}
