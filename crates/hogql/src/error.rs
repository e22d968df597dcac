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

impl HogqlError {
    /// An error at a byte of `text`, such as the start of an [`crate::ast::Span`]. Bytes outside of the text count as its end.
    pub fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.char_indices().take_while(|(start, _)| *start < offset).count();
        let inside_a_character = offset < text.len() && !text.is_char_boundary(offset);
        let position = if inside_a_character { before } else { before + 1 };
        Self { message: message.into(), position }
    }
}
