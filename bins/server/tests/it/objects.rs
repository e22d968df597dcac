//! Object storage, as whoever runs a server sets it.

use std::fs;
use std::sync::Arc;

use insights_core::time::SystemClock;
use test_s3::TestS3;

use crate::support::TestServer;
use crate::support::data::TestData;
use crate::support::process::{ServerProcess, hindsight};

#[test]
fn objects_are_in_the_data_folder_where_nothing_else_is_said() {
    let server = TestServer::start();
    assert!(server.data_dir().join("objects/server/write-check").is_file());
}

#[test]
fn objects_are_in_s3_where_that_is_said() {
    let s3 = TestS3::start();
    let server = TestServer::start_with_s3(&s3, Arc::new(SystemClock), |_| {});
    server.anonymous().get("/readyz").expect(200);
    assert!(s3.bucket_folder().join("objects/server/write-check").is_file());
    assert!(!server.data_dir().join("objects").exists());
}

#[test]
fn keys_of_s3_come_from_the_variables_that_all_programs_read() {
    let (s3, data) = (TestS3::start(), TestData::new());
    let server = ServerProcess::start_in(
        &data,
        &[
            ("HINDSIGHT_OBJECT_STORE", &s3.location()),
            ("AWS_ENDPOINT_URL_S3", &s3.endpoint()),
            ("AWS_ACCESS_KEY_ID", test_s3::ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", test_s3::SECRET_ACCESS_KEY),
        ],
    );
    assert!(server.terminate().success());
    let written = fs::read_to_string(s3.bucket_folder().join("server/write-check")).unwrap();
    assert_eq!(written, "Hindsight can write here.\n");
}

#[test]
fn a_server_whose_object_storage_cannot_be_used_says_why_and_does_not_start() {
    let (s3, data) = (TestS3::start(), TestData::new());
    let refused = |place: &str, secret: &str| {
        let mut command = hindsight(&data);
        command.args(["serve", "--listen", "127.0.0.1:0", "--object-store", place, "--s3-endpoint", &s3.endpoint()]);
        let keys = [("HINDSIGHT_S3_ACCESS_KEY_ID", test_s3::ACCESS_KEY_ID), ("HINDSIGHT_S3_SECRET_ACCESS_KEY", secret)];
        let output = command.envs(keys).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let wrong_key = refused(&s3.location(), "a-wrong-secret");
    assert!(wrong_key.contains("cannot use the object storage s3://test-bucket"), "{wrong_key}");
    assert!(wrong_key.contains("cannot write") && wrong_key.contains("403"), "{wrong_key}");
    assert!(!wrong_key.contains("a-wrong-secret"), "{wrong_key}");
    let no_place = refused("gs://bucket", "x");
    assert!(no_place.contains("`gs://bucket` should be a folder, or look like s3://bucket/prefix"), "{no_place}");
}
