//! Uploads that are refused.

use reqwest::Method;
use serde_json::json;

use super::{Upload, patch};
use crate::support::TestServer;

#[test]
fn a_token_opens_nothing_but_its_own_upload() {
    let server = TestServer::start();
    let admin = server.admin();
    let (own, other) = (Upload::of_new_recording(&admin), Upload::of_new_recording(&admin));
    for client in [other.uploader.clone(), server.with_key("upl_wrong")] {
        let stranger =
            Upload { uploader: client, path: own.path.clone(), recording: String::new(), token: String::new() };
        stranger.create(10).expect_error(401, "authentication_failed", "Upload token is invalid.");
        stranger.append(0, b"x").expect(401);
        stranger.uploader.send(stranger.tus(Method::HEAD)).expect(401);
        stranger.uploader.send(stranger.tus(Method::DELETE)).expect(401);
        stranger.uploader.send(stranger.uploader.request(Method::PUT, &own.path).body("x")).expect(401);
    }
    let anonymous = server.anonymous();
    let answer = anonymous.get(&own.path);
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    answer.expect_error(401, "not_authenticated", "Authentication credentials were not provided.");
    own.uploader.get("/api/environments/@current/desktop_recordings/7/upload/").expect(401);
    // nor is it there in another project
    let elsewhere = format!("/api/environments/{}/desktop_recordings/", server.other_tenant().project);
    let path = own.recording.replace("/api/environments/1/desktop_recordings/", &elsewhere);
    own.uploader.get(&format!("{path}upload/")).expect_error(404, "not_found", "Project not found.");
    own.uploader.get(&own.path.replace("/1/", "/@current/")).expect(200);
    // it is no key either
    own.uploader.get(&own.recording).expect(401);
    own.uploader.get(&format!("{}video/", own.recording)).expect(401);
}

#[test]
fn another_projects_recording_is_not_found() {
    let server = TestServer::start();
    let own = Upload::of_new_recording(&server.admin());
    own.create(5).expect(201);
    own.append(0, b"01234").expect(204);
    let other = server.other_tenant();
    let id = own.recording.rsplit('/').nth(1).unwrap();
    for path in ["upload", "video"] {
        let there = format!("/api/environments/{}/desktop_recordings/{id}/{path}/", other.project);
        other.client.get(&there).expect_error(404, "not_found", "Not found.");
        other.client.get(&format!("{}{path}/", own.recording)).expect(404);
    }
}

#[test]
fn keys_need_the_right_to_write_or_to_read() {
    let server = TestServer::start();
    let own = Upload::of_new_recording(&server.admin());
    let reader = server.with_scopes(&["desktop_recording:read"]);
    reader.send(reader.request(Method::PUT, &own.path).body("x")).expect(403);
    reader.get(&format!("{}video/", own.recording)).expect(404);
}

#[test]
fn requests_that_break_the_protocol_are_refused() {
    let server = TestServer::start_with(|config| config.recordings.videos.video_bytes = 1000);
    let upload = Upload::of_new_recording(&server.admin());
    let send = |request| upload.uploader.send(request);
    let without_version =
        send(upload.uploader.request(Method::POST, &upload.path).header("upload-length", 10)).expect(412);
    assert_eq!(without_version.header("tus-version"), "1.0.0");
    let old = upload.uploader.request(Method::HEAD, &upload.path).header("tus-resumable", "0.2.2");
    send(old).expect(412);
    send(upload.tus(Method::POST)).expect_error(400, "required", "This field is required.");
    send(upload.tus(Method::POST).header("upload-length", "ten")).expect(400);
    upload.create(0).expect(400);
    upload.create(1001).expect_error(413, "request_too_large", "The video has, or may have, 1000 bytes.");
    let metadata = upload.tus(Method::POST).header("upload-length", 10).header("upload-metadata", "filetype ?");
    send(metadata).expect(400);

    upload.create(10).expect(201);
    send(upload.tus(Method::PATCH).header("upload-offset", 0).body("x")).expect(415);
    let no_offset = upload.tus(Method::PATCH).header("content-type", "application/offset+octet-stream").body("x");
    send(no_offset).expect(400);
    let wrong = upload.append(5, b"x");
    assert_eq!(wrong.header("upload-offset"), "0");
    wrong.expect_error(409, "conflict", "The upload is at byte 0; go on from there.");
    upload.append(0, b"0123456789a").expect(413);
    send(patch(upload.tus(Method::PATCH), 0).header("upload-checksum", "md5 AAAA").body("x")).expect(400);
    let compressed = upload.uploader.request(Method::PUT, &upload.path).header("content-encoding", "gzip").body("x");
    send(compressed).expect(415);
    assert_eq!(upload.offset(), 0);

    upload.append(0, b"0123456789").expect(204);
    upload.append(10, b"").expect(204);
    upload.append(10, b"a").expect(413);
    upload.create(10).expect_error(409, "conflict", "The video of this recording is complete.");
    send(upload.tus(Method::DELETE)).expect(409);
}

#[test]
fn an_upload_that_was_given_up_is_gone_until_another_one_begins() {
    let server = TestServer::start();
    let upload = Upload::of_new_recording(&server.admin());
    upload.create(10).expect(201);
    upload.append(0, b"01234").expect(204);
    upload.uploader.send(upload.tus(Method::DELETE)).expect(204);
    upload.uploader.send(upload.tus(Method::HEAD)).expect(410);
    upload.append(5, b"56789").expect(410);
    upload.create(4).expect(201);
    upload.append(0, b"wxyz").expect(204);
    assert_eq!(upload.video(&server.admin()).expect(200).text(), "wxyz");
}

#[test]
fn a_recording_without_an_upload_gets_one_with_a_key() {
    let server = TestServer::start();
    let admin = server.admin();
    let made = admin.post("/api/environments/@current/desktop_recordings/", &json!({})).expect(201).json();
    let path = format!("/api/environments/@current/desktop_recordings/{}/upload/", made["id"].as_str().unwrap());
    let status = admin.get(&path).expect(200).json();
    assert_eq!((&status["offset"], &status["length"]), (&json!(0), &json!(null)));
    admin.send(admin.request(Method::PUT, &path).body("a video")).expect(204);
    assert_eq!(admin.get(&path).expect(200).json()["is_complete"], true);
}
