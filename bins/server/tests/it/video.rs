//! Videos of recordings: uploads by tus and by ranges, cut off and resumed; what is served; what is refused.

mod large;
mod refused;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::time::{ManualClock, SystemClock};
use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};
use test_s3::TestS3;

use crate::support::TestServer;
use crate::support::client::{Answer, Client};

/// The beginning of an mp4 file.
const MP4: &[u8] = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41";

/// A recording whose video is to be uploaded.
#[derive(Debug)]
struct Upload {
    /// Asks with the token of the upload.
    uploader: Client,
    /// Where the token is good.
    path: String,
    /// The recording, below the API.
    recording: String,
    token: String,
}

impl Upload {
    /// Makes a recording in the project of `client`.
    fn of_new_recording(client: &Client) -> Self {
        let made = client.post("/api/environments/@current/desktop_recordings/", &json!({})).expect(201).json();
        let (id, token) = (made["id"].as_str().unwrap(), made["upload_token"].as_str().unwrap());
        Self {
            uploader: client.with_key(token),
            path: format!("/api/environments/{}/desktop_recordings/{id}/upload/", made["team"]),
            recording: format!("/api/environments/{}/desktop_recordings/{id}/", made["team"]),
            token: token.to_owned(),
        }
    }

    /// A request of the tus protocol.
    fn tus(&self, method: Method) -> RequestBuilder {
        self.uploader.request(method, &self.path).header("tus-resumable", "1.0.0")
    }

    fn create(&self, length: usize) -> Answer {
        self.uploader.send(self.tus(Method::POST).header("upload-length", length))
    }

    fn append(&self, offset: usize, bytes: &[u8]) -> Answer {
        self.uploader.send(patch(self.tus(Method::PATCH), offset).body(bytes.to_vec()))
    }

    /// Where the upload is.
    fn offset(&self) -> usize {
        self.uploader.send(self.tus(Method::HEAD)).expect(200).header("upload-offset").parse().unwrap()
    }

    fn video(&self, client: &Client) -> Answer {
        client.get(&format!("{}video/", self.recording))
    }

    fn range(&self, client: &Client, range: &str) -> Answer {
        client.send(client.request(Method::GET, &format!("{}video/", self.recording)).header("range", range))
    }
}

fn patch(request: RequestBuilder, offset: usize) -> RequestBuilder {
    request.header("upload-offset", offset).header("content-type", "application/offset+octet-stream")
}

/// Bytes that differ from place to place, and begin as a video does.
fn content(n_bytes: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut content = Vec::with_capacity(n_bytes + 8);
    content.extend_from_slice(MP4);
    while content.len() < n_bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(n_bytes);
    content
}

/// Sends a PATCH that announces all of `bytes` and breaks off after `n_sent` of them.
fn cut_off(base: &str, upload: &Upload, offset: usize, bytes: &[u8], n_sent: usize) {
    let address = base.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let head = format!(
        "PATCH {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        upload.path,
        upload.token,
        bytes.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&bytes[..n_sent]).unwrap();
}

/// Sends the rest of `content` from where the upload is, again from there where something that was sent before came in between, as clients do. Tells how
/// many bytes were sent.
fn resume(base: &str, upload: &Upload, content: &[u8]) -> usize {
    let mut n_sent = 0;
    // A request that was cut off ends once: it can come in between once.
    for _ in 0..5 {
        let offset = upload.offset();
        n_sent += content.len() - offset;
        match send_rest(base, upload, offset, &content[offset..]) {
            Some(204) => return n_sent,
            None | Some(409) => {}
            Some(status) => panic!("answered {status}"),
        }
    }
    panic!("the upload is never finished");
}

/// The status of a PATCH over a connection of its own; `None` where it broke off since the server had answered before.
fn send_rest(base: &str, upload: &Upload, offset: usize, rest: &[u8]) -> Option<u16> {
    let address = base.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let head = format!(
        "PATCH {} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nConnection: close\r\n\
         Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        upload.path,
        upload.token,
        rest.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(rest).ok()?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split(' ').nth(1)?.parse().ok()
}

fn recording(client: &Client, upload: &Upload) -> Value {
    client.get(&upload.recording).expect(200).json()
}

#[test]
fn a_video_is_uploaded_by_tus_and_served_in_ranges() {
    let server = TestServer::start();
    let admin = server.admin();
    let upload = Upload::of_new_recording(&admin);
    let content = content(100_000);

    let options = admin.send(admin.request(Method::OPTIONS, &upload.path)).expect(204);
    assert_eq!(options.header("tus-version"), "1.0.0");
    assert_eq!(options.header("tus-max-size"), (10_u64 << 30).to_string());
    assert!(options.header("tus-extension").contains("creation,"));

    let created = upload.create(content.len()).expect(201);
    assert_eq!(created.header("location"), format!("{}{}", server.base(), upload.path));
    assert!(!created.header("upload-expires").is_empty());
    let kept = upload.append(0, &content[..40_000]).expect(204);
    assert_eq!((kept.header("upload-offset"), kept.header("tus-resumable")), ("40000", "1.0.0"));
    let status = upload.uploader.send(upload.tus(Method::HEAD)).expect(200);
    assert_eq!((status.header("upload-offset"), status.header("upload-length")), ("40000", "100000"));
    assert_eq!((status.header("cache-control"), status.body.len()), ("no-store", 0));
    let uploading = recording(&admin, &upload);
    assert_eq!((&uploading["status"], &uploading["video_url"]), (&json!("uploading"), &Value::Null));
    upload.video(&admin).expect(404);

    upload.append(40_000, &content[40_000..]).expect(204);
    let status = admin.get(&format!("{}upload/", upload.recording)).expect(200);
    insta::assert_json_snapshot!("video_upload_complete", status.redacted());
    let ready = recording(&admin, &upload);
    assert_eq!((&ready["status"], &ready["video_size_bytes"]), (&json!("ready"), &json!(100_000)));
    assert_eq!(ready["video_url"], format!("{}{}video/", server.base(), upload.recording));

    let video = upload.video(&admin).expect(200);
    assert!(video.body == content);
    assert_eq!((video.header("content-type"), video.header("accept-ranges")), ("video/mp4", "bytes"));
    assert_eq!((video.header("content-length"), video.header("x-content-type-options")), ("100000", "nosniff"));
    assert!(video.header("content-disposition").starts_with("inline; filename=\"recording-"));
    let etag = video.header("etag").to_owned();

    for (range, from, to) in
        [("bytes=0-0", 0, 1), ("bytes=39999-40000", 39_999, 40_001), ("bytes=-10", 99_990, 100_000)]
    {
        let part = upload.range(&admin, range).expect(206);
        assert_eq!(part.header("content-range"), format!("bytes {from}-{}/100000", to - 1));
        assert!(part.body == content[from..to], "{range}");
    }
    let outside = upload.range(&admin, "bytes=100000-").expect(416);
    assert_eq!(outside.header("content-range"), "bytes */100000");
    let ask = |name: &str, value: &str| {
        let request = admin.request(Method::GET, &format!("{}video/", upload.recording));
        admin.send(request.header(name, value).header("range", "bytes=0-9"))
    };
    ask("if-none-match", &etag).expect(304);
    assert_eq!(ask("if-range", &etag).expect(206).body, content[..10]);
    assert_eq!(ask("if-range", "\"another\"").expect(200).body.len(), content.len());
    let head = admin.send(admin.request(Method::HEAD, &format!("{}video/", upload.recording))).expect(200);
    assert_eq!((head.header("content-length"), head.body.len()), ("100000", 0));
    let gzip = admin.request(Method::GET, &format!("{}video/", upload.recording)).header("accept-encoding", "gzip");
    assert!(admin.send(gzip).expect(200).body == content, "it is not compressed");
}

#[test]
fn an_upload_that_was_cut_off_goes_on_where_it_was() {
    let server = TestServer::start();
    let admin = server.admin();
    let upload = Upload::of_new_recording(&admin);
    let content = content(300_000);
    upload.create(content.len()).expect(201);
    cut_off(&server.base(), &upload, 0, &content, 120_000);
    resume(&server.base(), &upload, &content);
    assert!(upload.video(&admin).expect(200).body == content);
}

#[test]
fn a_video_is_uploaded_by_ranges() {
    let server = TestServer::start();
    let admin = server.admin();
    let upload = Upload::of_new_recording(&admin);
    let content = content(50_000);
    let path = format!("{}upload/", upload.recording);
    let put = |range: &str, bytes: &[u8]| {
        admin.send(admin.request(Method::PUT, &path).header("content-range", range).body(bytes.to_vec()))
    };
    put("bytes 0-19999/50000", &content[..20_000]).expect(204);
    let wrong = put("bytes 0-19999/50000", &content[..20_000]).expect(409);
    assert_eq!(wrong.header("upload-offset"), "20000");
    put("bytes 20000-29999", &content[20_000..30_000]).expect(400);
    put("bytes 20000-29999/50000", &content[20_000..20_001]).expect(400);
    put("bytes 20000-29999/60000", &content[20_000..30_000]).expect(400);
    let last = put("bytes 20000-49999/50000", &content[20_000..]).expect(204);
    assert_eq!(last.header("upload-offset"), "50000");
    assert!(upload.video(&admin).expect(200).body == content);

    // all at once, with the type of it where the bytes do not tell
    let whole = Upload::of_new_recording(&admin);
    let request = whole.uploader.request(Method::PUT, &whole.path).header("content-type", "audio/webm");
    whole.uploader.send(request.body("something")).expect(204);
    let audio = whole.video(&admin).expect(200);
    assert_eq!((audio.header("content-type"), audio.text().as_str()), ("audio/webm", "something"));
}

#[test]
fn the_length_may_come_last() {
    let server = TestServer::start();
    let admin = server.admin();
    let upload = Upload::of_new_recording(&admin);
    let created = upload.uploader.send(upload.tus(Method::POST).header("upload-defer-length", "1")).expect(201);
    assert_eq!(created.header("upload-defer-length"), "1");
    upload.append(0, b"<html>").expect(204);
    let last = patch(upload.tus(Method::PATCH), 6).header("upload-length", 6).body("");
    upload.uploader.send(last).expect(204);
    let video = upload.video(&admin).expect(200);
    assert_eq!(video.header("content-type"), "application/octet-stream");
    assert!(video.header("content-disposition").starts_with("attachment; "));
}

#[test]
fn bytes_may_come_with_the_creation_and_with_a_checksum() {
    use sha2::Digest;

    let server = TestServer::start();
    let upload = Upload::of_new_recording(&server.admin());
    let checksum = |bytes: &[u8]| format!("sha256 {}", base64(&sha2::Sha256::digest(bytes)));
    let created =
        upload.tus(Method::POST).header("upload-length", 10).header("upload-metadata", "filetype dmlkZW8vd2VibQ==");
    let created = created.header("content-type", "application/offset+octet-stream").body("01234");
    let created = upload.uploader.send(created).expect(201);
    assert_eq!(created.header("upload-offset"), "5");
    let rest = |checksum: &str| patch(upload.tus(Method::PATCH), 5).header("upload-checksum", checksum).body("56789");
    upload.uploader.send(rest(&checksum(b"other"))).expect(460);
    assert_eq!(upload.offset(), 5);
    upload.uploader.send(rest(&checksum(b"56789"))).expect(204);
    assert_eq!(upload.video(&server.admin()).expect(200).header("content-type"), "video/webm");
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;

    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn several_servers_take_one_video_into_s3() {
    let s3 = TestS3::start();
    let server = TestServer::start_with_s3(&s3, Arc::new(SystemClock), |_| {});
    let other = server.beside(Arc::new(SystemClock));
    let upload = Upload::of_new_recording(&server.admin());
    let content = content(200_000);
    upload.create(content.len()).expect(201);
    cut_off(&server.base(), &upload, 0, &content, 90_000);
    let elsewhere = Upload { uploader: other.with_key(&upload.token), ..upload };
    resume(&other.base(), &elsewhere, &content);
    for admin in [server.admin(), other.admin()] {
        assert!(elsewhere.video(&admin).expect(200).body == content);
        assert!(elsewhere.range(&admin, "bytes=50000-150000").expect(206).body == content[50_000..=150_000]);
    }
    assert!(s3.bucket_folder().join("objects/recordings").is_dir());
}

/// Objects of recordings in the data folder.
fn n_objects(server: &TestServer) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    count(&server.data_dir().join("objects/recordings"))
}

#[test]
fn objects_go_with_their_recordings_and_with_uploads_that_take_too_long() {
    let began: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    let clock = Arc::new(ManualClock::new(began));
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let admin = server.admin();
    let (deleted, abandoned) = (Upload::of_new_recording(&admin), Upload::of_new_recording(&admin));
    deleted.create(5).expect(201);
    deleted.append(0, b"01234").expect(204);
    abandoned.create(10).expect(201);
    abandoned.append(0, b"01234").expect(204);
    assert_eq!(n_objects(&server), 2);
    admin.delete(&deleted.recording).expect(204);
    deleted.video(&admin).expect(404);
    clock.advance(TimeDelta::minutes(11));
    assert_eq!(server.sweep_videos().n_removed, 1);
    assert_eq!(n_objects(&server), 1);

    clock.advance(TimeDelta::days(7));
    abandoned.append(5, b"56789").expect_error(410, "upload_gone", "This upload was given up, or its time is over.");
    assert_eq!(server.sweep_videos().n_removed, 1);
    assert_eq!(n_objects(&server), 0);
    let failed = recording(&admin, &abandoned);
    assert_eq!(failed["status"], "error");
    assert_eq!(failed["error_message"], "The upload of the video was not finished in time.");
}
