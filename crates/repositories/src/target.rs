//! Where the metadata is kept, as configuration names it.

use std::fmt;
use std::path::{Path, PathBuf};

/// A database that can be connected to.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseTarget {
    /// An SQLite file, made where it does not exist.
    Sqlite(PathBuf),
    /// A PostgreSQL address, `postgres://user:password@host:port/database`.
    Postgres(String),
}

/// The password of an address stays out of logs.
impl fmt::Debug for DatabaseTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.debug_tuple("Postgres").finish_non_exhaustive(),
        }
    }
}

/// An address of no database that there is an adapter for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The scheme is another one's.
    #[error("unknown database scheme `{scheme}`: use postgres://user:password@host/database or sqlite:///path/to/file")]
    UnknownScheme {
        /// As it was given.
        scheme: String,
    },
    /// An SQLite address without a path.
    #[error("the database address names no file: use sqlite:///path/to/file")]
    NoPath,
}

impl DatabaseTarget {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite://path` or `sqlite:path`; a text without a scheme is the path of an SQLite file.
    ///
    /// # Errors
    /// [`TargetError`] for any other scheme, and for an empty path.
    pub fn parse(address: &str) -> Result<Self, TargetError> {
        if let Some((scheme, rest)) = address.split_once("://") {
            return match scheme.to_ascii_lowercase().as_str() {
                "postgres" | "postgresql" => Ok(Self::Postgres(address.to_owned())),
                "sqlite" => Self::sqlite(rest),
                _ => Err(TargetError::UnknownScheme { scheme: scheme.to_owned() }),
            };
        }
        Self::sqlite(address.strip_prefix("sqlite:").unwrap_or(address))
    }

    fn sqlite(path: &str) -> Result<Self, TargetError> {
        if path.is_empty() { Err(TargetError::NoPath) } else { Ok(Self::Sqlite(Path::new(path).to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expected: DatabaseTarget) {
        assert_eq!(DatabaseTarget::parse(address), Ok(expected));
    }

    #[test]
    fn addresses_are_told_apart_by_their_scheme() {
        check("postgres://a:b@c/d", DatabaseTarget::Postgres("postgres://a:b@c/d".to_owned()));
        check("postgresql://a/d", DatabaseTarget::Postgres("postgresql://a/d".to_owned()));
        check("sqlite:///var/x.db", DatabaseTarget::Sqlite("/var/x.db".into()));
        check("sqlite://x.db", DatabaseTarget::Sqlite("x.db".into()));
        check("sqlite:x.db", DatabaseTarget::Sqlite("x.db".into()));
        check("data/x.db", DatabaseTarget::Sqlite("data/x.db".into()));
    }

    #[test]
    fn other_addresses_are_refused_with_what_would_be_right() {
        let error = DatabaseTarget::parse("mysql://root@localhost/x").unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown database scheme `mysql`: use postgres://user:password@host/database or sqlite:///path/to/file"
        );
        for address in ["", "sqlite://", "sqlite:"] {
            assert_eq!(DatabaseTarget::parse(address), Err(TargetError::NoPath));
        }
    }

    #[test]
    fn passwords_stay_out_of_logs() {
        let target = DatabaseTarget::parse("postgres://user:hunter2@host/db").unwrap();
        assert!(!format!("{target:?}").contains("hunter2"));
    }
}
