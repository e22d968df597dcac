//! Reports that take their time: one at a time, taken back, and given up.

use std::thread;
use std::time::{Duration, Instant};

use clients::models::ModelSettings;
use language_model::model::Provider;
use reqwest::Method;
use serde_json::{Value, json};

use super::{FAMILIES, ask, clock, expect_failure, generate, id_of};
use crate::support::TestServer;
use crate::support::client::Client;
use crate::support::data::TestData;
use crate::support::model::{FakeModel, MODEL_KEY, Reply};
use crate::support::process::ServerProcess;

/// How long a test waits for what comes by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// A model that never says anything, for which a server waits a minute.
fn silent() -> (FakeModel, ModelSettings) {
    let model = FakeModel::start(Provider::OpenAi, vec![Reply::Silence]);
    let settings = ModelSettings { timeout: Duration::from_secs(60), ..model.settings() };
    (model, settings)
}

/// Asks until `found` finds something.
#[track_caller]
fn wait_for<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it did not come");
        thread::yield_now();
    }
}

/// The record of the report that is being made, once there is one.
fn pending(client: &Client, family: &str) -> Value {
    wait_for(|| {
        let answer = client.get(&format!("{family}/pending"));
        (answer.status == 200).then(|| answer.json())
    })
}

fn status(client: &Client, family: &str, id: &Value) -> Value {
    client.get(&format!("{family}/status/{}", id.as_str().unwrap())).expect(200).json()
}

fn cancel(client: &Client, family: &str, id: &Value) -> Value {
    ask(client, Method::POST, &format!("{family}/cancel/{}", id.as_str().unwrap()), &[]).expect(200).json()
}

#[test]
fn a_report_is_cancelled_while_it_is_made() {
    let (_model, settings) = silent();
    let server = TestServer::start_at(clock(), |config| config.model = Some(settings));
    let beside = server.beside(clock());
    for family in FAMILIES {
        // Of this server, and of another one over the same database.
        for canceller in [server.admin(), beside.admin()] {
            let client = server.admin();
            let generating = thread::spawn(move || (generate(&client, family, ""), Instant::now()));
            let record = pending(&canceller, family);
            assert_eq!((&record["status"], &record["scope"]), (&json!("running"), &json!("personal")));
            let begun = Instant::now();
            let cancelled = cancel(&canceller, family, &record["id"]);
            assert_eq!(cancelled["status"], "cancelled");
            let (answer, ended) = generating.join().unwrap();
            expect_failure(answer, 409, "report generation was cancelled");
            let took = ended.duration_since(begun);
            assert!(took < Duration::from_millis(200), "it took {took:?}");
            assert_eq!(status(&server.admin(), family, &record["id"]), cancelled);
            assert_eq!(cancel(&canceller, family, &record["id"]), cancelled, "again changes nothing");
            server.admin().get(&format!("{family}/pending")).expect(204);
            expect_failure(
                server.admin().get(&format!("{family}/{}", record["id"].as_str().unwrap())),
                404,
                "Not found.",
            );
        }
    }
}

#[test]
fn one_report_of_a_scope_is_made_at_a_time() {
    let (_model, settings) = silent();
    let server = TestServer::start_at(clock(), |config| config.model = Some(settings));
    let client = server.admin();
    for family in FAMILIES {
        let first = generate(&client, family, "async=true").expect(202).json();
        assert_eq!(first["status"], "running");
        let id = first["id"].as_str().unwrap();
        expect_failure(generate(&client, family, ""), 409, id);
        expect_failure(generate(&client, family, "async=1"), 409, id);
        let other = generate(&client, family, "async=true&scope=team").expect(202).json();
        assert_eq!(pending(&client, family)["id"], other["id"], "the newest, of whichever scope");
        client.delete(&format!("{family}/{}", other["id"].as_str().unwrap())).expect(204);
        assert_eq!(pending(&client, family)["id"], first["id"]);
        cancel(&client, family, &first["id"]);
        let next = generate(&client, family, "async=true").expect(202).json();
        cancel(&client, family, &next["id"]);
    }
}

#[test]
fn a_report_is_made_beside_the_request() {
    let server = TestServer::start_at(clock(), |_| {});
    for family in FAMILIES {
        let record = generate(&server.admin(), family, "async=true").expect(202).json();
        let done =
            wait_for(|| Some(status(&server.admin(), family, &record["id"])).filter(|now| now["status"] != "running"));
        assert_eq!(done["status"], "completed");
        let report = server.admin().get(family).expect(200).json();
        assert_eq!(id_of(&report), record["id"].as_str().unwrap());
        assert_eq!(cancel(&server.admin(), family, &record["id"]), done, "what is done stays");
    }
}

#[test]
fn deleted_reports_are_gone() {
    let server = TestServer::start_at(clock(), |_| {});
    for family in FAMILIES {
        let id = id_of(&generate(&server.admin(), family, "").expect(200).json());
        server.admin().delete(&format!("{family}/{id}")).expect(204);
        expect_failure(server.admin().delete(&format!("{family}/{id}")), 404, "Not found.");
        expect_failure(server.admin().get(family), 404, "Not found.");
        expect_failure(server.admin().get(&format!("{family}/status/{id}")), 404, "Not found.");
    }
}

#[test]
fn a_killed_server_leaves_a_record_that_says_so() {
    let data = TestData::new();
    let model = FakeModel::start(Provider::OpenAi, vec![Reply::Silence]);
    let settings = model.settings();
    let variables = [
        ("HINDSIGHT_MODEL_PROVIDER", "openai"),
        ("HINDSIGHT_MODEL_BASE_URL", settings.base_url.as_deref().unwrap()),
        ("HINDSIGHT_MODEL_API_KEY", MODEL_KEY),
        ("HINDSIGHT_MODEL", "fake-1"),
        ("HINDSIGHT_MODEL_TIMEOUT", "60"),
    ];
    let server = ServerProcess::start_in(&data, &variables);
    let records: Vec<(&str, Value)> = FAMILIES
        .iter()
        .map(|family| (*family, generate(&server.admin(), family, "async=true").expect(202).json()["id"].clone()))
        .collect();
    // The model has been asked: both are in the middle of it.
    wait_for(|| (model.asked().len() == 2).then_some(()));
    server.kill();

    let server = ServerProcess::start(&data);
    for (family, id) in records {
        let failed = wait_for(|| Some(status(&server.admin(), family, &id)).filter(|now| now["status"] != "running"));
        assert_eq!(failed["status"], "failed");
        let error = "The server that was making this report stopped before it was done. Generate it again.";
        assert_eq!(failed["error"], error);
        server.admin().get(&format!("{family}/pending")).expect(204);
        let report = generate(&server.admin(), family, "").expect(200).json();
        assert_eq!(id_of(&server.admin().get(family).expect(200).json()), id_of(&report));
        let history = server.admin().get(&format!("{family}/history")).expect(200).json();
        let statuses: Vec<&Value> =
            history["reports"].as_array().unwrap().iter().map(|record| &record["status"]).collect();
        assert_eq!(statuses, ["completed", "failed"]);
    }
}
