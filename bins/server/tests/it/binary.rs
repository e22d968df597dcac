//! The built binary as a process of its own: what the tests that kill it, or that other programs talk to, need.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;

use reqwest::blocking::Client;
use serde_json::Value;

/// The key that every such server is started with.
pub(crate) const ADMIN_KEY: &str = "phx_test_admin_key";

/// A server process; killed when dropped.
#[derive(Debug)]
pub(crate) struct BinaryServer {
    child: Mutex<Child>,
    pub(crate) url: String,
    pub(crate) http: Client,
}

impl BinaryServer {
    /// Starts the server on `data_dir` on a port of its own choice, and waits until it says where it listens.
    pub(crate) fn start(data_dir: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = hindsight("serve")
            .args(["--listen", "127.0.0.1:0", "--log-format", "json", "--data-dir"])
            .arg(data_dir)
            .env("HINDSIGHT_ADMIN_KEY", ADMIN_KEY)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(stdout).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned))
            .expect("the server prints the address that it listens on");
        // Whatever else it prints must be taken from the pipe, or the server would wait for room in it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child: Mutex::new(child), url: url.trim_end_matches(['/', '.', ',']).to_owned(), http: Client::new() }
    }

    /// Ends the process at once (SIGKILL), in the middle of whatever it does.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().expect("the process can be killed");
        child.wait().expect("the process can be waited for");
    }

    /// Answer of a GET with the admin key, which must succeed.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.json(self.http.get(format!("{}{path}", self.url)))
    }

    /// Answer of a POST with the admin key, which must succeed.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.json(self.http.post(format!("{}{path}", self.url)).json(body))
    }

    #[track_caller]
    fn json(&self, request: reqwest::blocking::RequestBuilder) -> Value {
        let response = request.bearer_auth(ADMIN_KEY).send().expect("the server answers");
        let status = response.status();
        let text = response.text().expect("the answer is text");
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).expect("the answer is JSON")
    }
}

impl Drop for BinaryServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command of the binary to its end.
pub(crate) fn run(command: &str, arguments: &[&str], data_dir: &Path) -> Output {
    hindsight(command).args(arguments).arg("--data-dir").arg(data_dir).output().expect("the binary starts")
}

fn hindsight(command: &str) -> Command {
    let mut process = Command::new(env!("CARGO_BIN_EXE_hindsight"));
    process.arg(command);
    process
}
