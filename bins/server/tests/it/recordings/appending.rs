//! What is said, as it is said: batches that come twice, at once and in no order.

use std::collections::BTreeSet;
use std::thread;

use serde_json::{Value, json};

use super::{Bench, append, create, get, patch, path_of_one};

/// Clients that append at the same time.
const CLIENTS: usize = 8;
/// Segments of the meeting.
const SEGMENTS: usize = 10_000;
/// Segments of a request.
const BATCH: usize = 50;

fn texts(recording: &Value) -> Vec<&str> {
    recording["transcript_segments"].as_array().unwrap().iter().map(|s| s["text"].as_str().unwrap()).collect()
}

#[test]
fn a_transcript_is_in_order_and_says_what_its_segments_say() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let late = json!([{"timestamp": 3000.5, "speaker": "Ann", "text": "there", "confidence": 0.25, "is_final": true}]);
    let told = append(&own, &recording, &late);
    assert_eq!(told["transcript_segments"], late);
    let told = append(&own, &recording, &json!([{"timestamp": 1000, "speaker": "Ann", "text": "Hello"}]));
    assert_eq!((&told["transcript_text"], texts(&told)), (&json!("Hello there"), vec!["Hello", "there"]));
    assert_eq!(told["transcript_segments"][0]["confidence"], json!(null));

    // without a time, a segment stands where the meeting had got to
    let told = append(&own, &recording, &json!([{"text": "um"}, {"timestamp": 2000, "text": "out"}]));
    assert_eq!(told["transcript_text"], "Hello out there um");

    // a replacement is sorted too, and the text follows it
    let segments = json!([{"timestamp": 2, "text": "b"}, {"timestamp": 1, "text": "a"}]);
    let told = patch(&own, &recording, &json!({"transcript_segments": segments, "transcript_text": "other"}));
    assert_eq!((&told["transcript_text"], texts(&told)), (&json!("a b"), vec!["a", "b"]));
    assert_eq!(get(&own, &recording), told);
}

#[test]
fn what_comes_twice_is_there_once() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let text = |segments: Value| append(&own, &recording, &segments)["transcript_text"].clone();
    let untimed = json!([{"text": "yes"}, {"text": "yes"}]);
    assert_eq!(text(untimed.clone()), "yes yes");
    assert_eq!(text(untimed), "yes yes");
    assert_eq!(text(json!([{"text": "yes"}])), "yes yes yes");
    let timed = |timestamp: f64, text: &str| json!({"timestamp": timestamp, "speaker": "Ann", "text": text});
    assert_eq!(text(json!([timed(1.0, "a"), timed(1.0, "a"), timed(2.0, "b")])), "yes yes yes a b");
    assert_eq!(text(json!([timed(2.0, "other"), timed(3.0, "c")])), "yes yes yes a b c");
    let other = json!([{"timestamp": 2, "speaker": "Bob", "text": "Bob's"}]);
    assert_eq!(text(other), "yes yes yes a b Bob's c");
}

#[test]
fn provisional_words_give_way_to_final_ones() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let text = |text: &str, is_final: bool| {
        let segment = json!([{"timestamp": 1, "speaker": "Ann", "text": text, "is_final": is_final}]);
        append(&own, &recording, &segment)["transcript_text"].clone()
    };
    assert_eq!(text("hel", false), "hel");
    assert_eq!(text("hello", false), "hello");
    assert_eq!(text("hel", false), "hello", "a request that is sent again brings nothing back");
    assert_eq!(text("Hello.", true), "Hello.");
    assert_eq!(text("hello?", false), "Hello.");
}

#[test]
fn the_answer_may_go_without_the_transcript() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let path = format!("{}append_segments/?include_transcript=false", path_of_one(&own, &recording));
    let told = own.client.post(&path, &json!({"segments": [{"text": "a"}]})).expect(200).json();
    assert_eq!((&told["id"], told.get("transcript_segments")), (&recording["id"], None));
    assert_eq!(get(&own, &recording)["transcript_text"], "a");
}

/// Segment `n` of the meeting: three people talk, and no two at the same time.
fn said(n: usize) -> Value {
    let speaker = ["Ann", "Bob", "Zoë"][n % 3];
    let timestamp = f64::from(u32::try_from(n * 100).unwrap());
    json!({"timestamp": timestamp, "speaker": speaker, "text": format!("word {n}"), "confidence": 0.5, "is_final": true})
}

#[test]
fn eight_clients_append_ten_thousand_segments_at_once() {
    let bench = Bench::start();
    let own = bench.server.first_tenant();
    let recording = create(&own);
    let path = format!("{}append_segments/", path_of_one(&own, &recording));
    let barrier = std::sync::Barrier::new(CLIENTS);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (own, path, barrier) = (&own, &path, &barrier);
            scope.spawn(move || {
                barrier.wait();
                // Each takes its share of the batches, the last one first, with some of the next one's segments on top.
                let batches = (client..SEGMENTS / BATCH).step_by(CLIENTS).rev();
                for (round, batch) in batches.enumerate() {
                    let end = ((batch + 1) * BATCH + 5).min(SEGMENTS);
                    let mut segments: Vec<Value> = (batch * BATCH..end).map(said).collect();
                    segments.push(segments[0].clone());
                    let body = json!({"segments": segments});
                    // Every third request is sent again, as where its answer was lost.
                    for _ in 0..=usize::from(round % 3 == 0) {
                        own.client.post(path, &body).expect(200);
                    }
                }
            });
        }
    });
    let told = get(&own, &recording);
    let expected: Vec<String> = (0..SEGMENTS).map(|n| format!("word {n}")).collect();
    assert_eq!(texts(&told), expected);
    assert_eq!(told["transcript_text"], expected.join(" "));
    let times: BTreeSet<u64> = told["transcript_segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["timestamp"].as_f64().unwrap().to_bits())
        .collect();
    assert_eq!(times.len(), SEGMENTS);
    assert_eq!(told["transcript_segments"][1], said(1));
}
