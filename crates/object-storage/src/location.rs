//! Where objects lie, as it is written in a setting.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use insights_core::objects::ObjectKey;
use url::Url;

/// Where objects lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Files in a folder.
    Folder(PathBuf),
    /// A bucket of S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// What all keys begin with; `None`: the bucket is ours alone.
        prefix: Option<ObjectKey>,
    },
}

/// Why a text is no location.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` should be a folder, or look like s3://bucket/prefix")]
pub struct LocationError {
    /// What was given.
    pub text: String,
}

impl FromStr for Location {
    type Err = LocationError;

    /// ```
    /// use object_storage::location::Location;
    ///
    /// assert!(matches!("s3://videos/hindsight".parse(), Ok(Location::S3 { bucket, .. }) if bucket == "videos"));
    /// assert!(matches!("/var/lib/objects".parse(), Ok(Location::Folder(_))));
    /// assert!("gs://videos".parse::<Location>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unusable = || LocationError { text: text.to_owned() };
        if text.is_empty() {
            return Err(unusable());
        }
        if !text.contains("://") {
            return Ok(Self::Folder(PathBuf::from(text)));
        }
        let url = Url::parse(text).map_err(|_| unusable())?;
        let is_plain = url.scheme() == "s3"
            && url.username().is_empty()
            && url.password().is_none()
            && url.port().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let bucket = url.host_str().filter(|bucket| is_plain && is_bucket(bucket)).ok_or_else(unusable)?;
        let path = url.path().trim_matches('/');
        let prefix = if path.is_empty() { None } else { Some(ObjectKey::parse(path).ok_or_else(unusable)?) };
        Ok(Self::S3 { bucket: bucket.to_owned(), prefix })
    }
}

/// Whether `name` has only what names of buckets have.
fn is_bucket(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::S3 { bucket, prefix: None } => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix: Some(prefix) } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(text.parse::<Location>().map(|location| location.to_string()), Ok(expected.to_owned()));
    }

    #[test]
    fn locations_are_folders_and_buckets() {
        check("./objects", "./objects");
        check("/var/lib/a b", "/var/lib/a b");
        check("s3://bucket", "s3://bucket");
        check("s3://bucket/", "s3://bucket");
        check("s3://my.bucket-1/a/b/", "s3://my.bucket-1/a/b");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "gs://bucket",
            "https://bucket.s3.amazonaws.com",
            "s3://",
            "s3://b",
            "s3://key:secret@bucket",
            "s3://bucket:90/x",
            "s3://bucket?x=1",
            "s3://bucket#x",
            "s3://bucket/a%20b",
            "s3://bucket/a//b",
        ] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
    }
}
