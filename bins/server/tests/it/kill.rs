//! SIGKILL at random instants during ingestion: no acknowledged event is lost, none is there twice.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::client::Client;
use crate::support::data::TestData;
use crate::support::process::{ServerProcess, hindsight};

const ROUNDS: u64 = 50;
const SENDERS: usize = 4;
const EVENTS_A_BATCH: usize = 20;
const MAX_BATCHES_A_ROUND: usize = 120;

/// Small enough that flushes and compactions are under way in most rounds when the process dies.
const SMALL_MEMTABLE: [&str; 2] = ["--flush-rows", "400"];

#[test]
fn fifty_kills_during_ingestion_lose_and_double_nothing() {
    let data = TestData::new();
    let mut expected = Expected::default();
    let mut unanswered: Vec<Vec<Value>> = Vec::new();
    let mut random = Random(0x5eed);

    for round in 0..ROUNDS {
        let server = ServerProcess::start_with(&data, &SMALL_MEMTABLE);
        let client = server.admin();
        let token = client.get("/api/projects/@current/").expect(200).json()["api_token"].as_str().unwrap().to_owned();
        // What was not answered before is sent again, as every SDK does.
        let batches = Mutex::new(unanswered.drain(..).chain((0..).map(|n| batch(round, n))).take(MAX_BATCHES_A_ROUND));
        let kill_after = random.below(MAX_BATCHES_A_ROUND - 10) + 1;
        let begun = AtomicUsize::new(0);
        let failed = Mutex::new(Vec::new());
        let acknowledged = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    loop {
                        let Some(events) = batches.lock().unwrap().next() else { break };
                        begun.fetch_add(1, Ordering::SeqCst);
                        if send(&client, &token, &events) {
                            acknowledged.lock().unwrap().push(events);
                        } else {
                            failed.lock().unwrap().push(events);
                            break;
                        }
                    }
                });
            }
            while begun.load(Ordering::SeqCst) < kill_after {
                thread::yield_now();
            }
            server.kill();
        });
        drop(batches);
        expected.acknowledge(&acknowledged.into_inner().unwrap());
        unanswered = failed.into_inner().unwrap();
        expected.may_be_there(&unanswered);

        let check = hindsight(&data).arg("check").output().unwrap();
        assert!(check.status.success(), "round {round}: {}", String::from_utf8_lossy(&check.stdout));
        expected.hold_against(&exported(&data), round);
    }

    let server = ServerProcess::start(&data);
    let query = json!({"query": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "kept"}],
        "dateRange": {"date_from": "2026-01-01", "date_to": "2026-01-31"}, "trendsFilter": {"display": "BoldNumber"}},
        "refresh": "force_blocking"});
    let answer = server.admin().post("/api/environments/@current/query/", &query).expect(200).json();
    let counted = answer["results"][0]["aggregated_value"].as_f64();
    server.kill();
    assert_eq!(counted, Some(exported(&data).len() as f64));
}

/// What must be in the store, and what may be.
#[derive(Default)]
struct Expected {
    acknowledged: HashSet<Uuid>,
    unanswered: HashSet<Uuid>,
}

impl Expected {
    fn acknowledge(&mut self, batches: &[Vec<Value>]) {
        self.acknowledged.extend(batches.iter().flatten().map(uuid_of));
    }

    fn may_be_there(&mut self, batches: &[Vec<Value>]) {
        self.unanswered.extend(batches.iter().flatten().map(uuid_of));
    }

    fn hold_against(&self, stored: &HashMap<Uuid, usize>, round: u64) {
        let lost: Vec<_> = self.acknowledged.iter().filter(|uuid| !stored.contains_key(uuid)).collect();
        assert!(lost.is_empty(), "round {round}: {} acknowledged events are lost, such as {}", lost.len(), lost[0]);
        for (uuid, times) in stored {
            assert_eq!(*times, 1, "round {round}: {uuid} is there {times} times");
            let known = self.acknowledged.contains(uuid) || self.unanswered.contains(uuid);
            assert!(known, "round {round}: {uuid} was never sent");
        }
    }
}

/// Sends a batch; whether it was acknowledged.
fn send(client: &Client, token: &str, events: &[Value]) -> bool {
    let body = json!({"api_key": token, "historical_migration": true, "batch": events});
    let answer = client.request(Method::POST, "/batch/").json(&body).send();
    answer.is_ok_and(|answer| answer.status().is_success())
}

fn batch(round: u64, number: u64) -> Vec<Value> {
    (0..EVENTS_A_BATCH as u64)
        .map(|event| {
            let person = (number * 7 + event) % 50;
            json!({
                "uuid": Uuid::from_u64_pair((round + 1) << 32 | number, event),
                "event": "kept",
                "distinct_id": format!("person-{person}"),
                "timestamp": format!("2026-01-{:02}T{:02}:00:00Z", number % 28 + 1, event),
                "properties": {"round": round, "path": format!("/{person}"), "$set": {"last_round": round}},
            })
        })
        .collect()
}

fn uuid_of(event: &Value) -> Uuid {
    event["uuid"].as_str().unwrap().parse().unwrap()
}

/// How often each event is in the store, read while no server runs.
fn exported(data: &TestData) -> HashMap<Uuid, usize> {
    let out = data.path().join("export.ndjson");
    let output = hindsight(data).args(["export", "--project", "1", "--out"]).arg(&out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut stored = HashMap::new();
    for line in std::fs::read_to_string(&out).unwrap().lines() {
        *stored.entry(uuid_of(&serde_json::from_str(line).unwrap())).or_default() += 1;
    }
    std::fs::remove_file(out).unwrap();
    stored
}

/// The same random numbers in every run (an xorshift generator): a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}
