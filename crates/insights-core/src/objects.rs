//! Objects: bytes by key, too large or too many for rows of a database. They lie in a folder or in S3.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::RepositoryResult;

/// Longest key, in bytes: what S3 allows, less room for a prefix that all keys of a server share.
const MAX_KEY_BYTES: usize = 512;

/// The name of an object: parts joined by `/`, each of ASCII letters, digits, `-`, `_` and `.`, so that no store reads anything else into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The key of these parts; `None` where a part is empty, `.` or `..`, has other characters, or all are too long together.
    ///
    /// ```
    /// use insights_core::objects::ObjectKey;
    ///
    /// let key = ObjectKey::new(["recordings", "7", "part-0"]).unwrap();
    /// assert_eq!(key.as_str(), "recordings/7/part-0");
    /// assert!(ObjectKey::new(["recordings", "../7"]).is_none());
    /// ```
    pub fn new<P: AsRef<str>>(parts: impl IntoIterator<Item = P>) -> Option<Self> {
        let mut key = String::new();
        for part in parts {
            let part = part.as_ref();
            let is_named = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
            if part.is_empty() || part == "." || part == ".." || !is_named {
                return None;
            }
            if !key.is_empty() {
                key.push('/');
            }
            key.push_str(part);
        }
        (!key.is_empty() && key.len() <= MAX_KEY_BYTES).then_some(Self(key))
    }

    /// Reads a key as [`as_str`](Self::as_str) wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::new(text.split('/'))
    }

    /// The parts, joined by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the object lies below `prefix`, a whole number of parts.
    pub fn is_below(&self, prefix: &Self) -> bool {
        self.0.strip_prefix(&prefix.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Keeps objects. An object is whole or not there at all, whoever reads it while it is written.
#[async_trait]
pub trait ObjectStore: Send + Sync + fmt::Debug {
    /// Keeps `bytes` under `key` for good, in place of what was there. They have outlived a crash by the time this returns.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    async fn put(&self, key: &ObjectKey, bytes: Bytes) -> RepositoryResult<()>;

    /// The whole object; `None` where there is none.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    async fn get(&self, key: &ObjectKey) -> RepositoryResult<Option<Bytes>>;

    /// The bytes in `range`, which lies within the object and is not empty; `None` where there is no object.
    ///
    /// # Errors
    /// What the store itself can fail with, a range outside of the object among it.
    async fn get_range(&self, key: &ObjectKey, range: Range<u64>) -> RepositoryResult<Option<Bytes>>;

    /// Removes the object where there is one.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    async fn delete(&self, key: &ObjectKey) -> RepositoryResult<()>;

    /// The keys below `prefix`, sorted.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    async fn list(&self, prefix: &ObjectKey) -> RepositoryResult<Vec<ObjectKey>>;
}

/// Objects in memory, for tests and examples.
#[derive(Debug, Default)]
pub struct InMemoryObjects {
    objects: Mutex<BTreeMap<ObjectKey, Bytes>>,
}

impl InMemoryObjects {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<ObjectKey, Bytes>> {
        self.objects.lock().expect("no holder of this lock panics")
    }
}

#[async_trait]
impl ObjectStore for InMemoryObjects {
    async fn put(&self, key: &ObjectKey, bytes: Bytes) -> RepositoryResult<()> {
        self.objects().insert(key.clone(), bytes);
        Ok(())
    }

    async fn get(&self, key: &ObjectKey) -> RepositoryResult<Option<Bytes>> {
        Ok(self.objects().get(key).cloned())
    }

    async fn get_range(&self, key: &ObjectKey, range: Range<u64>) -> RepositoryResult<Option<Bytes>> {
        let Some(bytes) = self.objects().get(key).cloned() else { return Ok(None) };
        let within = |end: u64| usize::try_from(end).ok().filter(|end| *end <= bytes.len());
        match (within(range.start), within(range.end)) {
            (Some(start), Some(end)) if start < end => Ok(Some(bytes.slice(start..end))),
            _ => Err(crate::error::RepositoryError::Invalid {
                what: "range",
                message: format!("{}..{} of {} bytes", range.start, range.end, bytes.len()),
            }),
        }
    }

    async fn delete(&self, key: &ObjectKey) -> RepositoryResult<()> {
        self.objects().remove(key);
        Ok(())
    }

    async fn list(&self, prefix: &ObjectKey) -> RepositoryResult<Vec<ObjectKey>> {
        Ok(self.objects().keys().filter(|key| key.is_below(prefix)).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_cannot_leave_their_store() {
        for parts in
            [vec!["a", ".."], vec!["."], vec!["a/b"], vec![""], vec![], vec!["a", "b c"], vec!["ä"], vec!["a\0"]]
        {
            assert!(ObjectKey::new(&parts).is_none(), "{parts:?}");
        }
        assert!(ObjectKey::new([&"k".repeat(MAX_KEY_BYTES)]).is_some());
        assert!(ObjectKey::new([&"k".repeat(MAX_KEY_BYTES), "k"]).is_none());
        let key = ObjectKey::new(["a", "b-1_2.parquet"]).expect("these parts are fine");
        assert_eq!(ObjectKey::parse(key.as_str()), Some(key));
        assert!(ObjectKey::parse("/a").is_none());
    }

    #[test]
    fn below_is_by_whole_parts() {
        let [key, above, sibling] = ["a/bc/d", "a/bc", "a/b"].map(|text| ObjectKey::parse(text).expect("a good key"));
        assert!(key.is_below(&above));
        assert!(!key.is_below(&sibling) && !above.is_below(&above));
    }
}
