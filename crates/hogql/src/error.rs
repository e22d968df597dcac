//! What is wrong with a text, and where.

/// Why a text is not a query that can be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {position})")]
pub struct HogqlError {
    /// What is wrong and what would be right.
    pub message: String,
    /// Where, in characters from the beginning of the text, from 1.
    pub position: usize,
}
