//! The built command: first start, restart, and the command line.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::ADMIN_KEY;
use crate::support::data::TestData;
use crate::support::process::{ServerProcess, hindsight};

/// Runs the command on `data` and gives what it printed; fails the test where it fails.
#[track_caller]
fn run(data: &TestData, arguments: &[&str]) -> String {
    let output = hindsight(data).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_start_tells_what_it_made_and_the_next_one_keeps_it() {
    let data = TestData::new();
    let first = ServerProcess::start(&data);
    let announced = first.announced().join("\n");
    for text in ["organization", "project id        1", "project token     phc_", "personal API key  phx_test"] {
        assert!(announced.contains(text), "{text} in: {announced}");
    }
    let project = first.admin().get("/api/projects/1/").expect(200).json();
    assert!(first.terminate().success());

    let second = ServerProcess::start(&data);
    assert_eq!(second.announced(), [""; 0], "the second start makes nothing");
    assert_eq!(second.admin().get("/api/projects/1/").expect(200).json(), project);
    second.kill();
    let third = ServerProcess::start(&data);
    assert_eq!(third.admin().get("/api/projects/1/").expect(200).json(), project);
}

#[test]
fn a_running_request_is_finished_before_the_server_ends() {
    let data = TestData::new();
    // One worker takes connections in their order, which is what makes the next answer below tell that the first request was read.
    let server = ServerProcess::start_with(&data, &["--workers", "1"]);
    let address = server.base().strip_prefix("http://").unwrap().to_owned();
    let body = r#"{"name": "Made while stopping"}"#;
    let mut connection = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /api/projects/ HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {ADMIN_KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&body.as_bytes()[..10]).unwrap();
    // When this is answered, the head of the first request has been read.
    server.admin().get("/readyz").expect(200);

    let ending = std::thread::spawn(|| server.terminate());
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    connection.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(ending.join().unwrap().success());
}

#[test]
fn a_data_folder_in_use_is_named() {
    let data = TestData::new();
    let _server = ServerProcess::start(&data);
    let output = hindsight(&data).args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.contains("is in use by another process"), "{message}");
}

#[test]
fn keys_are_managed_beside_a_running_server() {
    let data = TestData::new();
    let server = ServerProcess::start(&data);
    let key = run(&data, &["keys", "create", "--label", "CLI", "--scopes", "project:read", "--project", "1"]);
    let client = server.admin().with_key(key.trim());
    client.get("/api/projects/1/").expect(200);

    let list = run(&data, &["keys", "list"]);
    let row = list.lines().find(|line| line.contains("CLI")).unwrap();
    assert!(row.contains("project:read") && row.contains("personal"), "{row}");
    let id = row.split_whitespace().next().unwrap();
    assert_eq!(run(&data, &["keys", "revoke", id]), format!("revoked {id}\n"));
    let detail = "Personal API key found in request Authorization header is invalid.";
    client.get("/api/projects/1/").expect_error(401, "authentication_failed", detail);

    for (kind, prefix) in [("agent", "gck_"), ("sdk", "pk_sdk_"), ("shared", "pk_shared_")] {
        let key = run(&data, &["keys", "create", "--label", kind, "--scopes", "*", "--kind", kind]);
        assert!(key.starts_with(prefix), "{key}");
    }
}

#[test]
fn misuse_is_told_on_standard_error() {
    let data = TestData::new();
    for (arguments, expected) in [
        (&["keys", "create", "--label", "x", "--scopes", "*"][..], "there is no user yet"),
        (&["keys", "revoke", "nothing"], "cannot revoke the key: Not found."),
        (&["serve", "--listen", "nowhere"], "invalid value 'nowhere'"),
        (&["serve", "--log", "a=b=c"], "log: this is no filter"),
        (&["serve", "--public-url", "example.com"], "public_url: `example.com` should look like"),
        (&["serve", "--config", "/nonexistent.toml"], "cannot read the configuration file"),
    ] {
        let output = hindsight(&data).args(arguments).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && message.contains(expected), "{arguments:?}: {message}");
    }
}

#[test]
fn flags_go_before_variables_and_variables_before_the_file() {
    let data = TestData::new();
    let file = data.path().join("hindsight.toml");
    std::fs::write(&file, "public_url = \"from the file\"").unwrap();
    let check = |variable: Option<&str>, flag: Option<&str>, expected: &str| {
        let mut command = hindsight(&data);
        command.arg("serve").env("HINDSIGHT_CONFIG", &file);
        if let Some(value) = variable {
            command.env("HINDSIGHT_PUBLIC_URL", value);
        }
        if let Some(value) = flag {
            command.args(["--public-url", value]);
        }
        let message = String::from_utf8(command.output().unwrap().stderr).unwrap();
        assert!(message.contains(&format!("public_url: `{expected}` should look like")), "{message}");
    };
    check(None, None, "from the file");
    check(Some("from the variable"), None, "from the variable");
    check(Some("from the variable"), Some("from the flag"), "from the flag");
}
