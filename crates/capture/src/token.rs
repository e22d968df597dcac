//! Project tokens: what one may look like.

/// Longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 64;

/// Why a text cannot be a project's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// No characters.
    #[error("empty")]
    Empty,
    /// Longer than any token.
    #[error("too_long")]
    TooLong,
    /// Characters beyond ASCII.
    #[error("not_ascii")]
    NotAscii,
    /// A personal API key (`phx_…`), which must not stand in a client's code.
    #[error("personal_api_key")]
    PersonalApiKey,
    /// A null byte.
    #[error("null_byte")]
    NullByte,
}

/// Checks the form of `token`. Whether a project has it is another question.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_token(token: &str) -> Result<(), TokenProblem> {
    if token.is_empty() {
        Err(TokenProblem::Empty)
    } else if token.len() > MAX_TOKEN_BYTES {
        Err(TokenProblem::TooLong)
    } else if !token.is_ascii() {
        Err(TokenProblem::NotAscii)
    } else if token.starts_with("phx_") {
        Err(TokenProblem::PersonalApiKey)
    } else if token.contains('\0') {
        Err(TokenProblem::NullByte)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, expected: Result<(), TokenProblem>) {
        assert_eq!(check_token(token), expected, "{token:?}");
    }

    #[test]
    fn tokens_are_short_plain_text() {
        check("phc_abc", Ok(()));
        check("any other text", Ok(()));
        check(&"t".repeat(64), Ok(()));
        check("", Err(TokenProblem::Empty));
        check(&"t".repeat(65), Err(TokenProblem::TooLong));
        check("tökén", Err(TokenProblem::NotAscii));
        check("phx_secret", Err(TokenProblem::PersonalApiKey));
        check("a\0b", Err(TokenProblem::NullByte));
    }
}
