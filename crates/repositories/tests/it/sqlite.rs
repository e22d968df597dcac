//! On a temporary file each.

use repositories::database::{DatabaseOptions, DieselDatabase};
use repositories::target::DatabaseTarget;
use test_support::store::TestStore;

#[expect(clippy::unnecessary_wraps, reason = "stores that need a server may be absent; this one never is")]
fn open(_case: &str) -> Option<TestStore> {
    let folder = tempfile::tempdir().unwrap();
    let target = DatabaseTarget::Sqlite(folder.path().join("metadata.sqlite"));
    let database = DieselDatabase::open(&DatabaseOptions::new(target)).unwrap();
    Some(TestStore::new(database.repositories(), folder))
}

test_support::repository_contracts!(crate::sqlite::open);
