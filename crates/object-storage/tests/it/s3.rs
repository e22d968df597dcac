//! Objects in S3.

use std::error::Error;
use std::fs;

use bytes::Bytes;
use insights_core::error::RepositoryError;
use insights_core::objects::ObjectKey;
use object_storage::{OpenError, S3Settings, check, open};
use test_s3::TestS3;

use super::{block_on, in_s3, settings};

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

/// The error with all its causes, in both forms.
fn told(error: &dyn Error) -> String {
    format!("{error} {error:?} {}", error.source().map_or_else(String::new, told))
}

#[test]
fn a_prefix_keeps_servers_apart() {
    let s3 = TestS3::start();
    let [one, other] = ["one", "other"].map(|prefix| in_s3(&format!("{}/{prefix}", s3.location()), &settings(&s3)));
    block_on(async {
        one.put(&key("a/b"), Bytes::from_static(b"content")).await.unwrap();
        assert_eq!(other.get(&key("a/b")).await.unwrap(), None);
        assert!(other.list(&key("a")).await.unwrap().is_empty());
    });
    assert_eq!(fs::read(s3.bucket_folder().join("one/a/b")).unwrap(), b"content");
}

#[test]
fn a_bucket_that_can_be_written_passes_the_check() {
    let s3 = TestS3::start();
    block_on(async { check(&*in_s3(&s3.location(), &settings(&s3))).await.unwrap() });
}

#[test]
fn wrong_keys_are_told_and_not_shown() {
    let s3 = TestS3::start();
    let wrong = S3Settings { secret_access_key: Some("a wrong secret".to_owned()), ..settings(&s3) };
    let store = in_s3(&s3.location(), &wrong);
    block_on(async {
        let error = check(&*store).await.unwrap_err();
        let text = told(&error);
        assert!(text.contains("cannot write in object storage"), "{text}");
        assert!(text.contains("403") || text.contains("SignatureDoesNotMatch"), "{text}");
        assert!(!format!("{text} {store:?} {wrong:?}").contains("a wrong secret"));
        let get = store.get(&key("a")).await;
        assert!(matches!(get, Err(RepositoryError::External { .. })), "{get:?}");
    });
}

#[test]
fn a_missing_bucket_is_told() {
    let s3 = TestS3::start();
    let store = in_s3("s3://no-such-bucket", &settings(&s3));
    block_on(async {
        let error = store.list(&key("a")).await.unwrap_err();
        assert!(told(&error).contains("NoSuchBucket"), "{}", told(&error));
    });
}

#[test]
fn a_server_that_is_not_there_is_unavailable() {
    let s3 = TestS3::start();
    let settings = settings(&s3);
    let store = in_s3(&s3.location(), &settings);
    drop(s3);
    block_on(async {
        let get = store.get(&key("a")).await;
        assert!(matches!(get, Err(RepositoryError::Unavailable { .. })), "{get:?}");
    });
}

#[test]
fn an_endpoint_that_is_no_address_is_refused() {
    let settings = S3Settings { endpoint: Some("s3.example.com".to_owned()), ..S3Settings::default() };
    let opened = open(&"s3://bucket".parse().unwrap(), &settings, clients::objects::http_client());
    let error = opened.unwrap_err();
    assert!(matches!(error, OpenError::Endpoint { .. }), "{error:?}");
    assert!(error.to_string().contains("s3.example.com"));
}
