//! The store in memory keeps the contracts of the repository traits.

use insights_core::memory::InMemoryDatabase;
use test_support::store::TestStore;

#[expect(clippy::unnecessary_wraps, reason = "stores that need a server may be absent; this one never is")]
fn open(_case: &str) -> Option<TestStore> {
    Some(TestStore::new(InMemoryDatabase::repositories(), ()))
}

test_support::repository_contracts!(crate::memory::open);
