//! Objects as files.

use std::fs;

use bytes::Bytes;
use insights_core::objects::ObjectKey;
use object_storage::location::Location;
use object_storage::{OpenError, S3Settings, check, open};

use super::{block_on, in_folder};

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

#[test]
fn an_object_is_a_file_with_its_key_as_path() {
    let folder = tempfile::tempdir().unwrap();
    let store = in_folder(&folder.path().join("new/objects"));
    block_on(async {
        store.put(&key("a/b.bin"), Bytes::from_static(b"content")).await.unwrap();
    });
    assert_eq!(fs::read(folder.path().join("new/objects/a/b.bin")).unwrap(), b"content");
}

#[test]
fn what_a_crash_left_half_written_is_no_object() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    // what is written gets a number until it is whole
    fs::write(folder.path().join("a/b#1"), b"con").unwrap();
    let store = in_folder(folder.path());
    block_on(async {
        assert!(store.list(&key("a")).await.unwrap().is_empty());
        store.put(&key("a/b"), Bytes::from_static(b"content")).await.unwrap();
        assert_eq!(store.list(&key("a")).await.unwrap(), [key("a/b")]);
    });
}

#[test]
fn a_folder_that_can_be_written_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let store = in_folder(folder.path());
    block_on(async {
        check(&*store).await.unwrap();
        check(&*store).await.unwrap();
    });
    assert!(format!("{store:?}").contains("Objects"));
}

#[test]
fn a_file_is_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, b"").unwrap();
    let opened = open(&Location::Folder(path), &S3Settings::default(), clients::objects::http_client());
    assert!(matches!(opened, Err(OpenError::Folder { .. })));
}
