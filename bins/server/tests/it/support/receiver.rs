//! What notifications are sent to: a small HTTP server and a small mail server, which keep what they are told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest wait for something that is on its way.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that a webhook got.
#[derive(Clone, Debug)]
pub(crate) struct Hooked {
    /// Method and path.
    pub(crate) asked: String,
    /// Headers, with names in lower case.
    pub(crate) headers: HashMap<String, String>,
    /// The body.
    pub(crate) body: String,
}

/// A server that keeps what it gets. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Receiver<T> {
    address: SocketAddr,
    kept: Arc<(Mutex<Vec<T>>, Condvar)>,
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Clone + Send + 'static> Receiver<T> {
    /// Serves one connection after the other with `serve`, which hands over what to keep before it answers: whoever has an answer finds it kept.
    /// `None` is for a connection that breaks off.
    fn start(mut serve: impl FnMut(TcpStream, &mut dyn FnMut(T)) -> Option<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let is_stopping = Arc::new(AtomicBool::new(false));
        let (keep, stop) = (Arc::clone(&kept), Arc::clone(&is_stopping));
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let _ = serve(connection.unwrap(), &mut |got| {
                    keep.0.lock().unwrap().push(got);
                    keep.1.notify_all();
                });
            }
        });
        Self { address, kept, is_stopping, thread: Some(thread) }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it got so far.
    pub(crate) fn got(&self) -> Vec<T> {
        self.kept.0.lock().unwrap().clone()
    }

    /// What it got, once that is at least so much.
    #[track_caller]
    pub(crate) fn wait_for(&self, n: usize) -> Vec<T> {
        let kept = self.kept.0.lock().unwrap();
        let (kept, waited) = self.kept.1.wait_timeout_while(kept, PATIENCE, |kept| kept.len() < n).unwrap();
        assert!(!waited.timed_out(), "only {} of {n} arrived", kept.len());
        kept.clone()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.is_stopping.store(true, Ordering::SeqCst);
        // An error says that it has stopped already.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.unwrap();
            }
        }
    }
}

/// An endpoint that answers each request with a status and a body.
pub(crate) fn endpoint(mut answer: impl FnMut(&Hooked) -> (u16, String) + Send + 'static) -> Receiver<Hooked> {
    Receiver::start(move |mut connection, keep| {
        let hooked = read_request(&connection)?;
        let (status, body) = answer(&hooked);
        keep(hooked);
        let length = body.len();
        let answer = format!("HTTP/1.1 {status} Any\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        // A client that is gone has no use for the answer.
        connection.write_all(answer.as_bytes()).ok()
    })
}

/// A webhook that answers with `statuses` one after the other, and with 200 from then on.
pub(crate) fn webhook(statuses: &'static [u16]) -> Receiver<Hooked> {
    let mut statuses = statuses.iter().copied();
    Receiver::start(move |mut connection, keep| {
        keep(read_request(&connection)?);
        let status = statuses.next().unwrap_or(200);
        let answer = format!("HTTP/1.1 {status} Any\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        // A client that is gone has no use for the answer.
        connection.write_all(answer.as_bytes()).ok()
    })
}

fn read_request(connection: &TcpStream) -> Option<Hooked> {
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers: HashMap<String, String> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let asked = lines.first()?.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Some(Hooked { asked, headers, body: String::from_utf8(body).unwrap() })
}

/// A mail server that takes every mail, and keeps each whole.
pub(crate) fn mail_server() -> Receiver<String> {
    Receiver::start(|mut connection, keep| {
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        let mut say = |text: &str| connection.write_all(format!("{text}\r\n").as_bytes()).ok();
        say("220 test")?;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().to_uppercase().as_str() {
                "DATA" => {
                    say("354 go on")?;
                    keep(read_mail(&mut reader)?);
                    say("250 taken")?;
                }
                "QUIT" => {
                    return say("221 bye");
                }
                _ => {
                    say("250 yes")?;
                }
            }
        }
    })
}

fn read_mail(reader: &mut impl BufRead) -> Option<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 || line.trim_end() == "." {
            return Some(mail);
        }
        mail.push_str(&line);
    }
}
