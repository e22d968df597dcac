#![doc = include_str!("../README.md")]

pub mod location;

mod errors;
mod folder;
mod s3;
mod store;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use insights_core::error::RepositoryError;
use insights_core::objects::{ObjectKey, ObjectStore};
use object_store::client::{HttpClient, HttpService};

use self::location::Location;

/// How S3 is reached. What is `None` comes from the variables that all programs for S3 read: `AWS_REGION`, `AWS_ENDPOINT_URL_S3`,
/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, …; without keys, those of the machine's or the container's role are asked for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct S3Settings {
    /// Address of a server other than Amazon's, such as `http://minio:9000`.
    pub endpoint: Option<String>,
    /// Region of the bucket.
    pub region: Option<String>,
    /// Whether the bucket is named in the path of requests, not in the host. `None`: it is.
    pub path_style: Option<bool>,
    /// Identity that requests are signed as.
    pub access_key_id: Option<String>,
    /// What they are signed with.
    pub secret_access_key: Option<String>,
}

impl fmt::Debug for S3Settings {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("path_style", &self.path_style)
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &self.secret_access_key.as_ref().map(|_| "…"))
            .finish()
    }
}

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder is not there and cannot be made, or is none.
    #[error("cannot make the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The endpoint is no address.
    #[error("the endpoint `{endpoint}` of S3 should look like https://s3.example.com")]
    Endpoint {
        /// What was given.
        endpoint: String,
    },
    /// One of the two parts of a key is missing.
    #[error("an access key of S3 has two parts, an id and a secret: one is missing")]
    HalfOfAKey,
    /// The settings do not go together.
    #[error("the settings of object storage cannot be used")]
    Settings(#[source] object_store::Error),
}

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Writing, listing or reading failed.
    #[error("cannot {what} in object storage")]
    Failed {
        /// What failed.
        what: &'static str,
        /// Why.
        #[source]
        source: RepositoryError,
    },
    /// What was written was not there.
    #[error("an object that was written to object storage is not there")]
    Lost,
}

/// Opens the store at `location`; nothing of S3 is asked for yet, which [`check`] does. Requests to S3 go through `http`, which brings
/// connections, TLS and time limits.
///
/// # Errors
/// [`OpenError`] where the folder cannot be made, or the settings make no sense.
pub fn open(
    location: &Location,
    settings: &S3Settings,
    http: impl HttpService,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    match location {
        Location::Folder(path) => folder::open(path),
        Location::S3 { bucket, prefix } => s3::open(bucket, prefix.as_ref(), settings, HttpClient::new(http)),
    }
}

/// Writes an object, lists it and reads it, so that wrong keys, rights or addresses show before anyone relies on the store.
///
/// # Errors
/// [`CheckError`] that says what cannot be done.
pub async fn check(store: &dyn ObjectStore) -> Result<(), CheckError> {
    const CONTENT: &[u8] = b"Hindsight can write here.\n";
    let folder = ObjectKey::new(["server"]).expect("this is a good key");
    let key = ObjectKey::new(["server", "write-check"]).expect("this is a good key");
    let failed = |what| move |source| CheckError::Failed { what, source };
    // All servers write the same, so that none can disturb another.
    store.put(&key, Bytes::from_static(CONTENT)).await.map_err(failed("write"))?;
    let listed = store.list(&folder).await.map_err(failed("list"))?;
    let read = store.get(&key).await.map_err(failed("read"))?;
    if listed.contains(&key) && read.as_deref() == Some(CONTENT) { Ok(()) } else { Err(CheckError::Lost) }
}
