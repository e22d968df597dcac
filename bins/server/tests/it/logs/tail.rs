//! Live tails.

use std::io::{BufRead, BufReader};
use std::time::Instant;

use reqwest::Method;
use reqwest::blocking::Response;
use serde_json::{Value, json};

use super::{record, send, start};
use crate::support::Tenant;

/// A stream of events that is being read.
struct Stream(BufReader<Response>);

/// One event: its id, type and data; empty where it has none.
#[derive(Debug, Default, PartialEq)]
struct Event {
    id: String,
    kind: String,
    data: String,
}

impl Stream {
    fn open(tenant: &Tenant, query: &str, last_event_id: Option<&str>) -> Self {
        let path = format!("/api/environments/{}/logs/tail/{query}", tenant.project);
        let mut request = tenant.client.request(Method::GET, &path).header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self(BufReader::new(response))
    }

    /// The next event; none at the end of the stream.
    fn next(&mut self) -> Option<Event> {
        let mut event = Event::default();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("id", id)) => event.id = id.to_owned(),
                Some(("event", kind)) => event.kind = kind.to_owned(),
                Some(("data", data)) => event.data = data.to_owned(),
                Some(_) => {}
                None => return Some(event),
            }
        }
    }

    /// The next log: its id and its body.
    fn log(&mut self) -> (String, String) {
        let event = self.next().expect("the stream goes on");
        assert_eq!(event.kind, "log", "{event:?}");
        let log: Value = serde_json::from_str(&event.data).unwrap();
        (event.id, log["body"].as_str().unwrap().to_owned())
    }
}

#[test]
fn logs_are_told_as_they_come_and_again_to_who_comes_again() {
    let (server, _) = start();
    let own = server.first_tenant();
    send(&own, vec![record(10, "info", "before", &[])]);
    let mut stream = Stream::open(&own, "", None);
    let begin = stream.next().unwrap();
    assert_eq!((begin.id.as_str(), begin.kind.as_str()), ("1", ""));
    send(&own, vec![record(9, "info", "one", &[]), record(8, "error", "two", &[])]);
    // Whenever it happened: it has just come.
    send(&own, vec![record(80_000, "info", "three", &[])]);
    let (first, body) = stream.log();
    assert_eq!((first.as_str(), body.as_str()), ("2", "one"));
    assert_eq!((stream.log().1, stream.log().1), ("two".to_owned(), "three".to_owned()));
    drop(stream);
    send(&own, vec![record(1, "info", "meanwhile", &[])]);
    let mut again = Stream::open(&own, "", Some(&first));
    assert_eq!(again.next().unwrap().id, first);
    let bodies: Vec<String> = (0..3).map(|_| again.log().1).collect();
    assert_eq!(bodies, ["two", "three", "meanwhile"]);
    let mut by_address = Stream::open(&own, "?last_event_id=4", None);
    by_address.next();
    assert_eq!(by_address.log().1, "meanwhile");
}

#[test]
fn a_tail_tells_what_it_was_asked_for() {
    let (server, _) = start();
    let own = server.first_tenant();
    let mut stream = Stream::open(&own, "?severityLevels=%5B%22error%22%5D&searchTerm=pay", None);
    stream.next();
    let sent = [("info", "pay"), ("error", "cart"), ("error", "pay 1"), ("error", "pay 2")];
    send(&own, sent.iter().map(|(level, body)| record(5, level, body, &[])).collect());
    assert_eq!(
        (stream.log(), stream.log()),
        (("3".to_owned(), "pay 1".to_owned()), ("4".to_owned(), "pay 2".to_owned()))
    );
}

#[test]
fn tails_end_with_the_server() {
    let (server, _) = start();
    let own = server.first_tenant();
    let mut stream = Stream::open(&own, "", None);
    stream.next();
    let began = Instant::now();
    drop(server);
    assert_eq!(stream.next(), None);
    assert!(began.elapsed().as_secs() < 10, "the server waited for a tail");
}

#[test]
fn a_project_has_so_many_tails() {
    let (server, _) = start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let mut streams: Vec<Stream> = (0..20).map(|_| Stream::open(&own, "", None)).collect();
    let path = format!("/api/environments/{}/logs/tail/", own.project);
    let refused = own.client.get(&path).expect(429);
    assert_eq!(refused.header("retry-after"), "30");
    Stream::open(&other, "", None).next();
    // Those that are there go on.
    streams.iter_mut().for_each(|stream| drop(stream.next()));
    send(&own, vec![record(1, "info", "for all", &[])]);
    streams.iter_mut().for_each(|stream| assert_eq!(stream.log().1, "for all"));
    assert_eq!(own.client.get(&path).expect(429).json()["code"], json!("throttled"));
}
