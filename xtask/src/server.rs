//! The server under a developer command: built, started, waited for, stopped.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::blocking::Client;

use crate::process::{Outcome, cargo, run, target_dir};

/// Builds the server as users run it and gives the path of the binary.
pub(crate) fn build_release() -> Outcome<PathBuf> {
    run(cargo().args(["build", "--release", "--package", "hindsight"]))?;
    Ok(target_dir().join("release").join(format!("hindsight{}", std::env::consts::EXE_SUFFIX)))
}

/// A client of a server, which gives an answer up after `timeout`.
pub(crate) fn http_client(timeout: Duration) -> Outcome<Client> {
    let built = Client::builder().timeout(timeout).tls_backend_preconfigured(clients::tls::config()).build();
    built.map_err(|error| format!("no HTTP client: {error}"))
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens, `http://127.0.0.1:<port>`.
    pub(crate) url: String,
}

impl Server {
    /// Starts `binary` on `data_dir` with `admin_key` as its first key, and waits until it answers.
    pub(crate) fn start(binary: &Path, data_dir: &Path, listen: SocketAddr, admin_key: &str) -> Outcome<Self> {
        let child = Command::new(binary)
            .arg("serve")
            .args(["--listen", &listen.to_string()])
            .arg("--data-dir")
            .arg(data_dir)
            .env("HINDSIGHT_ADMIN_KEY", admin_key)
            .env("HINDSIGHT_LOG", "warn")
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", binary.display()))?;
        let mut server = Self { child, url: format!("http://{listen}") };
        server.wait_until_ready(listen)?;
        Ok(server)
    }

    fn wait_until_ready(&mut self, listen: SocketAddr) -> Outcome {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if is_ready(listen) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the server ended before it was ready ({status})"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err("the server was not ready within 60 s".to_owned())
    }

    /// The most memory that it has taken so far, in bytes, as the kernel counts it.
    pub(crate) fn peak_memory_bytes(&self) -> Outcome<u64> {
        let file = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        kib.map(|kib| kib * 1024).ok_or_else(|| format!("{file} does not tell the peak of memory"))
    }

    /// Asks the server to end in order, as an operator would, and waits until it has.
    pub(crate) fn stop(mut self) -> Outcome {
        run(Command::new("kill").arg(self.child.id().to_string()))?;
        self.wait()
    }

    /// Waits until the server ends by itself or by the user's Ctrl-C.
    pub(crate) fn wait(&mut self) -> Outcome {
        self.child.wait().map(drop).map_err(|error| format!("the server cannot be waited for: {error}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nothing listens on right now.
pub(crate) fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("no port can be had: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no port can be had: {error}"))
}

fn is_ready(address: SocketAddr) -> bool {
    let answer = TcpStream::connect_timeout(&address, Duration::from_secs(1)).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    answer.is_ok_and(|answer| answer.split_whitespace().nth(1) == Some("200"))
}
