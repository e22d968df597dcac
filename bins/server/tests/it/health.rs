//! Whether the server says how it is.

use crate::support::TestServer;

#[test]
fn a_server_whose_data_is_gone_is_not_ready() {
    let server = TestServer::start();
    assert_eq!(server.anonymous().get("/readyz").expect(200).text(), r#"{"status":"ok"}"#);
    let moved = server.data_dir().with_extension("moved");
    std::fs::rename(server.data_dir(), &moved).unwrap();
    let detail = "The server cannot answer this now. Try again later.";
    server.anonymous().get("/readyz").expect_error(503, "unavailable", detail);
    std::fs::rename(&moved, server.data_dir()).unwrap();
    server.anonymous().get("/readyz").expect(200);
}

#[test]
fn the_process_is_up_and_counts_its_requests() {
    let server = TestServer::start();
    let answer = server.anonymous().get("/healthz").expect(200);
    assert_eq!(answer.text(), r#"{"status":"ok"}"#);
    let metrics = server.anonymous().get("/metrics").expect(200).text();
    assert!(
        metrics.contains(r#"hindsight_http_requests_total{method="GET",route="/healthz",status="200"} 1"#),
        "{metrics}"
    );
}
