//! The server as people run it: the built binary in a process of its own, which can be killed and started again.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use super::ADMIN_KEY;
use super::client::Client;
use super::data::TestData;

/// A process that runs `hindsight serve`. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    child: Child,
    stdout: BufReader<ChildStdout>,
    base: String,
    announced: Vec<String>,
}

impl ServerProcess {
    /// Starts the server on `data` and any free port, and waits until it listens.
    pub(crate) fn start(data: &TestData) -> Self {
        Self::start_with(data, &["--workers", "2"])
    }

    /// As [`Self::start`], with further flags.
    pub(crate) fn start_with(data: &TestData, flags: &[&str]) -> Self {
        Self::spawn(hindsight(data).args(["serve", "--log", "warn"]).args(flags))
    }

    /// As [`Self::start`], with these variables in its environment.
    pub(crate) fn start_in(data: &TestData, variables: &[(&str, &str)]) -> Self {
        let mut command = hindsight(data);
        command.envs(variables.iter().copied());
        Self::spawn(command.args(["serve", "--log", "warn", "--workers", "2"]))
    }

    /// As [`Self::start`], with all that the server has to say written into `log`.
    pub(crate) fn start_logging_to(data: &TestData, log: File) -> Self {
        Self::spawn(hindsight(data).args(["serve", "--log", "debug", "--workers", "2"]).stderr(log))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0"])
            .env("HINDSIGHT_ADMIN_KEY", ADMIN_KEY)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut announced = Vec::new();
        let base = loop {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "the server ended before it listened: {announced:?}");
            if let Some(base) = line.trim_end().strip_prefix("Listening on ") {
                break base.to_owned();
            }
            announced.push(line.trim_end().to_owned());
        };
        Self { child, stdout, base, announced }
    }

    /// The lines that it printed before it listened: what a first start made.
    pub(crate) fn announced(&self) -> &[String] {
        &self.announced
    }

    /// Scheme, host and port.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Its number in the system.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks with the key that the first start was given.
    pub(crate) fn admin(&self) -> Client {
        Client::new(&self.base, Some(ADMIN_KEY))
    }

    /// Ends the process at once, as a power failure would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the process to end, and waits for it.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "printed after it listened");
        status
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The built command, to be run on `data` with nothing of this process's configuration.
pub(crate) fn hindsight(data: &TestData) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hindsight"));
    command.env_clear().arg("--data-dir").arg(data.path()).args(["--database-url", data.database_url()]);
    command
}
