//! Our trait over the package's.

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::objects::{ObjectKey, ObjectStore};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, MultipartUpload, ObjectStoreExt};

use crate::errors::{failure, is_missing_object};

/// Objects of more bytes go in several requests, so that each ends within its time.
const SPLIT_FROM_BYTES: usize = 32 << 20;
/// Bytes of each such request.
const SPLIT_BYTES: usize = 16 << 20;

/// A store of the package.
pub(crate) struct Packaged<S> {
    store: S,
    /// Where it is, for people.
    name: String,
    /// Whether large objects go in several requests.
    splits: bool,
}

impl<S: object_store::ObjectStore> Packaged<S> {
    /// Objects in `store`, which is at `name`.
    pub(crate) fn new(store: S, name: String) -> Self {
        Self { store, name, splits: false }
    }

    /// The same, with large objects sent in several requests.
    pub(crate) fn splitting(self) -> Self {
        Self { splits: true, ..self }
    }

    async fn put_split(&self, path: &Path, bytes: &Bytes) -> object_store::Result<()> {
        let mut upload = self.store.put_multipart(path).await?;
        match send_parts(&mut *upload, bytes).await {
            Ok(()) => Ok(()),
            Err(error) => {
                // The first error tells more than one of tidying up; what stays is never seen as an object.
                let _ = upload.abort().await;
                Err(error)
            }
        }
    }
}

async fn send_parts(upload: &mut dyn MultipartUpload, bytes: &Bytes) -> object_store::Result<()> {
    for start in (0..bytes.len()).step_by(SPLIT_BYTES) {
        let end = bytes.len().min(start + SPLIT_BYTES);
        upload.put_part(bytes.slice(start..end).into()).await?;
    }
    upload.complete().await.map(|_| ())
}

impl<S> fmt::Debug for Packaged<S> {
    /// Without the store, which knows keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").field("at", &self.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl<S: object_store::ObjectStore> ObjectStore for Packaged<S> {
    async fn put(&self, key: &ObjectKey, bytes: Bytes) -> RepositoryResult<()> {
        let path = path(key);
        let put = if self.splits && bytes.len() > SPLIT_FROM_BYTES {
            self.put_split(&path, &bytes).await
        } else {
            self.store.put(&path, bytes.into()).await.map(|_| ())
        };
        put.map_err(failure)
    }

    async fn get(&self, key: &ObjectKey) -> RepositoryResult<Option<Bytes>> {
        let result = async { self.store.get(&path(key)).await?.bytes().await };
        found(result.await)
    }

    async fn get_range(&self, key: &ObjectKey, range: Range<u64>) -> RepositoryResult<Option<Bytes>> {
        let outside = || RepositoryError::Invalid { what: "range", message: format!("{}..{}", range.start, range.end) };
        if range.is_empty() {
            return Err(outside());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        let Some(result) = found(self.store.get_opts(&path(key), options).await)? else { return Ok(None) };
        // A range that goes beyond the end is cut there.
        if result.range != range {
            return Err(outside());
        }
        found(result.bytes().await)
    }

    async fn delete(&self, key: &ObjectKey) -> RepositoryResult<()> {
        found(self.store.delete(&path(key)).await).map(|_| ())
    }

    async fn list(&self, prefix: &ObjectKey) -> RepositoryResult<Vec<ObjectKey>> {
        let listed = self.store.list(Some(&path(prefix))).map_ok(|object| ObjectKey::parse(object.location.as_ref()));
        let listed: Vec<Option<ObjectKey>> = listed.try_collect().await.map_err(failure)?;
        // What has another name is not ours.
        let mut keys: Vec<ObjectKey> = listed.into_iter().flatten().filter(|key| key.is_below(prefix)).collect();
        keys.sort();
        Ok(keys)
    }
}

/// The package's form of a key. No part needs an escape.
fn path(key: &ObjectKey) -> Path {
    Path::from(key.as_str())
}

/// `None` where the object is not there.
fn found<T>(result: object_store::Result<T>) -> RepositoryResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_missing_object(&error) => Ok(None),
        Err(error) => Err(failure(error)),
    }
}
