//! The caller.

use insta::assert_json_snapshot;

use crate::support::TestServer;

#[test]
fn the_caller_is_told_who_it_is() {
    let server = TestServer::start();
    assert_json_snapshot!("users_me", server.admin().get("/api/users/@me/").expect(200).redacted());
}
