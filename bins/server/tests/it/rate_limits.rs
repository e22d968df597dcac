//! How often a key may ask.

use crate::support::TestServer;

#[test]
fn a_key_that_asks_too_often_is_told_when_to_ask_again() {
    let server = TestServer::start_with(|config| config.rate_limits = true);
    let (one, other) = (server.admin(), server.with_scopes(&["project:read"]));
    let throttled = (0..600).map(|_| one.get("/api/projects/")).find(|answer| answer.status == 429);
    let throttled = throttled.expect("480 a minute, and 600 were asked in less than a quarter of one");
    assert_eq!(throttled.header("retry-after"), "1");
    throttled.expect_error(429, "throttled", "Request was throttled. Expected available in 1 second.");
    other.get("/api/projects/").expect(200);
}
