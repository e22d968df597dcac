//! What the package's errors are to us.

use std::error::Error as StdError;

use insights_core::error::RepositoryError;
use object_store::Error;

/// Whether the object is missing, and not the bucket that it should be in.
pub(crate) fn is_missing_object(error: &Error) -> bool {
    matches!(error, Error::NotFound { source, .. } if !says(&**source, "NoSuchBucket"))
}

/// What callers are told. Failures of the network and of the server may pass, and so may those that have no kind of their own.
pub(crate) fn failure(error: Error) -> RepositoryError {
    let source = Box::new(error);
    match &*source {
        Error::Generic { .. } | Error::JoinError { .. } => RepositoryError::Unavailable { source },
        _ => RepositoryError::External { source },
    }
}

/// Whether the error or one of its causes has `word` in its text.
fn says(error: &(dyn StdError + 'static), word: &str) -> bool {
    error.to_string().contains(word) || error.source().is_some_and(|cause| says(cause, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_found(source: &str) -> Error {
        Error::NotFound { path: "a".to_owned(), source: source.into() }
    }

    #[test]
    fn a_missing_bucket_is_no_missing_object() {
        assert!(is_missing_object(&not_found("<Code>NoSuchKey</Code>")));
        assert!(!is_missing_object(&not_found("<Code>NoSuchBucket</Code>")));
        assert!(!is_missing_object(&Error::Generic { store: "S3", source: "no route".into() }));
    }

    #[test]
    fn what_may_pass_is_told_apart() {
        let passing = failure(Error::Generic { store: "S3", source: "no route".into() });
        assert!(matches!(passing, RepositoryError::Unavailable { .. }));
        assert!(matches!(failure(not_found("NoSuchBucket")), RepositoryError::External { .. }));
    }
}
