//! Texts and names in quotes. A backslash and a doubled quote both stand for what follows.

use crate::error::HogqlError;

/// Reads what begins with a quote at byte `start` of `text`: its content, and the byte behind its closing quote.
pub(super) fn read(text: &str, start: usize) -> Result<(String, usize), HogqlError> {
    let quote = text[start..].chars().next().expect("the caller has seen a quote");
    let mut content = String::new();
    let mut chars = text[start + 1..].char_indices().map(|(offset, c)| (start + 1 + offset, c)).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            if chars.next_if(|(_, next)| *next == quote).is_none() {
                return Ok((content, at + 1));
            }
            content.push(quote);
        } else if c == '\\' {
            let Some((_, escaped)) = chars.next() else { break };
            push_escaped(&mut content, escaped);
        } else {
            content.push(c);
        }
    }
    let what = if quote == '\'' { "a text" } else { "a name" };
    Err(HogqlError::at(text, start, format!("{what} is opened with {quote} here and never closed")))
}

/// Reads a piece of `f'…'` from byte `start` on: its content, and the byte of the `{` or `'` that ends it.
pub(super) fn read_template(text: &str, start: usize) -> Result<(String, usize), HogqlError> {
    let mut content = String::new();
    let mut chars = text[start..].char_indices().map(|(offset, c)| (start + offset, c)).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '{' => return Ok((content, at)),
            '\'' => {
                if chars.next_if(|(_, next)| *next == '\'').is_none() {
                    return Ok((content, at));
                }
                content.push('\'');
            }
            '\\' => match chars.next() {
                Some((_, '{')) => content.push('{'),
                Some((_, escaped)) => push_escaped(&mut content, escaped),
                None => break,
            },
            _ => content.push(c),
        }
    }
    Err(HogqlError::at(text, start, "a text is opened with f' before this and never closed"))
}

/// A backslash before anything without a meaning of its own stays, so that regular expressions can be written plainly.
fn push_escaped(content: &mut String, escaped: char) {
    let value = match escaped {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'a' => '\u{7}',
        'v' => '\u{b}',
        '0' => '\0',
        '\\' | '\'' | '"' | '`' => escaped,
        _ => {
            content.push('\\');
            escaped
        }
    };
    content.push(value);
}
