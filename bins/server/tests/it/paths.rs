//! What holds for every path: both forms answer, and what no route takes is answered in the one error shape.

use reqwest::Method;
use serde_json::json;

use crate::support::TestServer;

#[test]
fn every_form_of_a_path_answers() {
    let server = TestServer::start();
    let admin = server.admin();
    for path in [
        "/api/projects/@current",
        "/api/projects/@current/",
        "/api/environments/@current",
        "/api/environments/@current/",
    ] {
        assert_eq!(admin.get(path).expect(200).json()["name"], "Default project", "{path}");
    }
}

#[test]
fn unknown_paths_and_methods_have_the_error_shape() {
    let server = TestServer::start();
    let admin = server.admin();
    admin.get("/api/nothing/").expect_error(404, "not_found", "Not found.");
    admin.get("/").expect_error(404, "not_found", "Not found.");
    let answer = admin.delete("/api/projects/");
    assert_eq!(answer.header("allow"), "GET, POST");
    answer.expect_error(405, "method_not_allowed", "Method \"DELETE\" not allowed.");
}

#[test]
fn bodies_that_are_not_json_have_the_error_shape() {
    let server = TestServer::start_with(|config| config.limits.body_bytes = 1000);
    let admin = server.admin();
    let post = |content_type: &str, body: &str| {
        let request = admin.request(Method::POST, "/api/projects/").header("content-type", content_type);
        admin.send(request.body(body.to_owned()))
    };
    let detail = "JSON parse error - expected ident at line 1 column 2";
    post("application/json", "nonsense").expect_error(400, "parse_error", detail);
    let detail = "JSON parse error - trailing characters at line 1 column 15";
    post("application/json", r#"{"name": "a"} {}"#).expect_error(400, "parse_error", detail);
    let detail = "Unsupported media type \"text/plain\" in request.";
    post("text/plain", "{}").expect_error(415, "unsupported_media_type", detail);
    let detail = "The request body is larger than the limit of 1000 bytes.";
    post("application/json", &json!({"name": "x".repeat(1000)}).to_string()).expect_error(
        413,
        "request_too_large",
        detail,
    );
}

#[test]
fn answers_have_the_headers_that_keep_browsers_careful() {
    let server = TestServer::start();
    let answer = server.admin().get("/api/projects/").expect(200);
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("referrer-policy"), "same-origin");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[test]
fn the_reference_page_loads_nothing_from_elsewhere() {
    let server = TestServer::start();
    let anonymous = server.anonymous();
    for path in ["/docs", "/docs/"] {
        let page = anonymous.get(path).expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
        let text = page.text();
        assert!(!text.contains("://"), "an address of another server: {text}");
        for asset in text.split(['"', '\'']).filter(|text| text.starts_with('/')) {
            let asset = anonymous.get(asset).expect(200);
            assert!(!asset.body.is_empty());
        }
    }
    let script = anonymous.get("/docs/start.js").expect(200).text();
    assert!(script.contains("\"/api/schema/\"") && script.contains("validatorUrl: null"));
    anonymous.get("/docs/swagger-initializer.js").expect_error(404, "not_found", "Not found.");
}

#[test]
fn addresses_in_answers_are_those_that_clients_use() {
    let server = TestServer::start_with(|config| config.public_url = Some("https://analytics.example.com".to_owned()));
    server.admin().post("/api/projects/", &json!({"name": "Second"})).expect(201);
    let list = server.admin().get("/api/environments/?limit=1").expect(200).json();
    assert_eq!(list["next"], "https://analytics.example.com/api/environments/?limit=1&offset=1");
}
