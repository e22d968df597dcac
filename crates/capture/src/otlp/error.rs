//! Why a request or one of its records is refused. The texts are what clients see.

use insights_core::problem::ProblemKind;

use crate::error::CaptureError;

/// Why a whole request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtlpError {
    /// The body cannot be decompressed, or is too large.
    #[error(transparent)]
    Body(#[from] CaptureError),
    /// The content type is of something else.
    #[error("content type {given:?} is not taken; use application/x-protobuf or application/json")]
    UnsupportedType {
        /// What was said, cut to its beginning.
        given: String,
    },
    /// The content encoding is not known.
    #[error("content encoding {given:?} is not taken; use gzip or none")]
    UnsupportedEncoding {
        /// What was said, cut to its beginning.
        given: String,
    },
    /// The body is neither protobuf nor JSON of the right shape.
    #[error("request cannot be decoded: {reasons}")]
    Undecodable {
        /// What is wrong, for each of the encodings that were tried.
        reasons: String,
    },
    /// More records than [`super::limits::OtlpLimits::records`].
    #[error("request holds more than {limit} records; send fewer at once")]
    TooManyRecords {
        /// The most that is taken.
        limit: usize,
    },
    /// More values than [`super::limits::OtlpLimits::values`].
    #[error("records of the request hold more than {limit} values; send fewer at once")]
    TooManyValues {
        /// The most that is taken.
        limit: usize,
    },
}

impl OtlpError {
    /// Decides the HTTP status.
    pub fn kind(&self) -> ProblemKind {
        match self {
            Self::Body(error) => error.kind(),
            Self::UnsupportedType { .. } | Self::UnsupportedEncoding { .. } => ProblemKind::UnsupportedMediaType,
            Self::Undecodable { .. } => ProblemKind::InvalidRequest,
            Self::TooManyRecords { .. } | Self::TooManyValues { .. } => ProblemKind::TooLarge,
        }
    }
}

/// Why one record is refused, or one data point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It breaks the rules of its encoding.
    #[error("{reason}")]
    Malformed {
        /// What is wrong, and where.
        reason: String,
    },
    /// More bytes than [`super::limits::OtlpLimits::record_bytes`].
    #[error("it is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is taken.
        limit_bytes: usize,
    },
    /// More attributes than [`super::limits::OtlpLimits::attributes`].
    #[error("it has more than {limit} attributes")]
    TooManyAttributes {
        /// The most that is taken.
        limit: usize,
    },
    /// Values nest more deeply than [`super::limits::OtlpLimits::depth`].
    #[error("a value nests deeper than {limit} levels")]
    TooDeep {
        /// The most that is taken.
        limit: usize,
    },
    /// The id of a trace or span has another length.
    #[error("{field} has {n_bytes} bytes instead of {expected}")]
    WrongIdLength {
        /// `traceId` or `spanId`.
        field: &'static str,
        /// What it has.
        n_bytes: usize,
        /// What it should have.
        expected: usize,
    },
    /// The resource that it comes from is refused.
    #[error("its resource: {0}")]
    Resource(Box<RecordError>),
    /// The scope that it comes from is refused.
    #[error("its scope: {0}")]
    Scope(Box<RecordError>),
    /// A number that no answer could show.
    #[error("its value is no finite number")]
    NotFinite,
    /// A metric that is no coding agent's, or tells of no session.
    #[error("only metrics of sessions of coding agents are kept")]
    NotKept,
    /// A kind of metric that is not kept.
    #[error("metrics of the kind {kind} are not kept")]
    UnknownKind {
        /// The kind.
        kind: &'static str,
    },
}

impl RecordError {
    /// A [`Self::Malformed`].
    pub(super) fn malformed(reason: impl std::fmt::Display) -> Self {
        Self::Malformed { reason: reason.to_string() }
    }
}

/// The records of a request that were refused while the others were taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    count: usize,
    first: Option<(usize, RecordError)>,
}

impl Rejected {
    /// Adds the record at position `index`, from 0.
    pub(super) fn add(&mut self, index: usize, error: RecordError) {
        self.add_many(1, index, error);
    }

    /// Adds `count` records, the first of them at position `index`.
    pub(super) fn add_many(&mut self, count: usize, index: usize, error: RecordError) {
        if count > 0 {
            self.count += count;
            self.first.get_or_insert((index, error));
        }
    }

    /// These, and `count` data points that were read and are not kept.
    #[must_use]
    pub fn with_unkept(mut self, count: usize) -> Self {
        self.count += count;
        if count > 0 {
            self.first.get_or_insert((0, RecordError::NotKept));
        }
        self
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// What is wrong with the first one.
    pub fn first(&self) -> Option<&RecordError> {
        self.first.as_ref().map(|(_, error)| error)
    }

    /// A sentence about them, for the one who sent them; none where there are none.
    pub fn message(&self, what: &str) -> Option<String> {
        let (index, error) = self.first.as_ref()?;
        let count = self.count;
        if *error == RecordError::NotKept {
            return Some(format!("{count} {what} refused: {error}"));
        }
        Some(format!("{count} {what} refused, the first of them at position {index}: {error}"))
    }
}
