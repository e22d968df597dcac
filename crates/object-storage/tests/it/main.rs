//! The contract of object storage on memory, a folder and S3, and what is each one's own.

#![expect(clippy::unwrap_used, reason = "everything here is a test or serves one")]

mod folder;
mod s3;

use std::path::Path;
use std::sync::Arc;

use insights_core::objects::{InMemoryObjects, ObjectStore};
use object_storage::location::Location;
use object_storage::{S3Settings, open};
use test_s3::TestS3;
use test_support::contracts::objects::Case;
use tokio::runtime::Runtime;

/// A case of the contract.
type Contract = fn(Arc<dyn ObjectStore>) -> Case;

fn in_folder(path: &Path) -> Arc<dyn ObjectStore> {
    let location = Location::Folder(path.to_owned());
    open(&location, &S3Settings::default(), clients::objects::http_client()).unwrap()
}

fn settings(s3: &TestS3) -> S3Settings {
    S3Settings {
        endpoint: Some(s3.endpoint()),
        region: Some("eu-central-1".to_owned()),
        path_style: Some(true),
        access_key_id: Some(test_s3::ACCESS_KEY_ID.to_owned()),
        secret_access_key: Some(test_s3::SECRET_ACCESS_KEY.to_owned()),
    }
}

fn in_s3(location: &str, settings: &S3Settings) -> Arc<dyn ObjectStore> {
    open(&location.parse().unwrap(), settings, clients::objects::http_client()).unwrap()
}

fn block_on(future: impl Future<Output = ()>) {
    Runtime::new().unwrap().block_on(future);
}

mod memory_contract {
    use super::*;

    fn run(case: Contract) {
        block_on(case(Arc::new(InMemoryObjects::new())));
    }

    test_support::object_store_contracts!(run);
}

mod folder_contract {
    use super::*;

    fn run(case: Contract) {
        let folder = tempfile::tempdir().unwrap();
        block_on(case(in_folder(folder.path())));
    }

    test_support::object_store_contracts!(run);
}

mod s3_contract {
    use super::*;

    fn run(case: Contract) {
        let s3 = TestS3::start();
        block_on(case(in_s3(&s3.location(), &settings(&s3))));
    }

    test_support::object_store_contracts!(run);
}

mod s3_below_a_prefix_contract {
    use super::*;

    fn run(case: Contract) {
        let s3 = TestS3::start();
        block_on(case(in_s3(&format!("{}/some/where", s3.location()), &settings(&s3))));
    }

    test_support::object_store_contracts!(run);
}
