//! Why a query is not answered.

use std::time::Duration;

/// Why a query is not answered, by whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query is wrong at `path`.
    #[error("{}{message}", at(path))]
    Invalid {
        /// Where in the query, such as `series[0].math`; empty for the query as a whole.
        path: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A kind of query, or a feature of one, that this server does not answer.
    #[error("{}{what} is not supported", at(path))]
    Unsupported {
        /// Where in the query.
        path: String,
        /// The kind or feature.
        what: String,
    },
    /// Somebody cancelled it.
    #[error("the query was cancelled")]
    Cancelled,
    /// It ran longer than it may.
    #[error("the query took longer than its limit of {} s; narrow the date range or add filters", limit.as_secs_f64())]
    TimeLimit {
        /// The limit.
        limit: Duration,
    },
    /// It needed more memory than it may take.
    #[error(
        "the query needed more memory than its limit of {limit_bytes} bytes; narrow the date range or the breakdown"
    )]
    MemoryLimit {
        /// The limit.
        limit_bytes: u64,
    },
    /// The store could not read its events.
    #[error("the event source failed")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// `path` as the beginning of a message; nothing for the query as a whole.
fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

impl QueryError {
    /// An [`Self::Invalid`].
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { path: path.into(), message: message.into() }
    }

    /// An [`Self::Unsupported`].
    pub fn unsupported(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Unsupported { path: path.into(), what: what.into() }
    }

    /// What is wrong, as the name of a field in the errors that clients read: `steps[0].url` is `steps__0__url`. Empty where no field is.
    pub fn field(&self) -> String {
        let (Self::Invalid { path, .. } | Self::Unsupported { path, .. }) = self else { return String::new() };
        let parts: Vec<&str> = path.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
        parts.join("__")
    }

    /// The same, of what stands at `path` in a greater query; paths that begin with it already stay.
    #[must_use]
    pub(crate) fn within(self, path: &str) -> Self {
        let whole = |inner: String| match inner {
            inner if inner.starts_with(path) => inner,
            inner if inner.is_empty() => path.to_owned(),
            inner => format!("{path}.{inner}"),
        };
        match self {
            Self::Invalid { path, message } => Self::Invalid { path: whole(path), message },
            Self::Unsupported { path, what } => Self::Unsupported { path: whole(path), what },
            error => error,
        }
    }

    /// Whether the one who asked can mend it.
    pub fn is_users_fault(&self) -> bool {
        !matches!(self, Self::Source(_))
    }
}
