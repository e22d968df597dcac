//! A metadata database for one test.

use std::path::Path;

/// A database that is this test's alone.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    url: String,
}

impl TestDatabase {
    /// A new one: a SQLite file in `folder`.
    pub(crate) fn create(folder: &Path) -> Self {
        Self { url: folder.join("metadata.sqlite").to_str().unwrap().to_owned() }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
