//! From what Diesel reports to the closed set of repository errors.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use insights_core::error::RepositoryError;

/// What ends a transaction early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Already in the domain's words.
    Repository(RepositoryError),
    /// In Diesel's.
    Diesel(DieselError),
}

impl From<RepositoryError> for Failure {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        Self::Diesel(error)
    }
}

impl Failure {
    /// The error in the domain's words; `what` is the kind of thing at stake.
    pub(crate) fn about(self, what: &'static str) -> RepositoryError {
        let error = match self {
            Self::Repository(error) => return error,
            Self::Diesel(error) => error,
        };
        match &error {
            DieselError::NotFound => RepositoryError::NotFound { what },
            DieselError::DatabaseError(kind, information) => match kind {
                DatabaseErrorKind::UniqueViolation => RepositoryError::Conflict { what },
                DatabaseErrorKind::ForeignKeyViolation => RepositoryError::NotFound { what },
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure => RepositoryError::Unavailable { source: Box::new(error) },
                // SQLite's busy errors have no kind of their own.
                _ if information.message().contains("database is locked") => {
                    RepositoryError::Unavailable { source: Box::new(error) }
                }
                _ => RepositoryError::External { source: Box::new(error) },
            },
            _ => RepositoryError::External { source: Box::new(error) },
        }
    }
}

/// A stored value that cannot be read: someone else wrote it, or a newer version of us.
pub(crate) fn unreadable(what: &'static str, message: impl Into<String>) -> Failure {
    Failure::Repository(RepositoryError::Invalid { what, message: message.into() })
}
