//! Numbers.

use super::TokenKind;

/// Reads the number that `text` begins with, and how many bytes it has. `only_digits` leaves a point behind it alone (`t.1.2`).
pub(super) fn read(text: &str, only_digits: bool) -> (TokenKind, usize) {
    let whole = digits(text, 0);
    if only_digits {
        return (decimal(&text[..whole], true), whole);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let length = hexadecimal.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hexadecimal.len());
        if length > 0 {
            return (hexadecimal_value(&hexadecimal[..length]), 2 + length);
        }
    }
    let mut end = whole;
    let mut is_whole = true;
    // Two points after each other are no number's.
    if text[end..].starts_with('.') && !text[end..].starts_with("..") {
        is_whole = false;
        end = digits(text, end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let signed = end + 1 + usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(text, signed);
        if exponent > signed {
            is_whole = false;
            end = exponent;
        }
    }
    (decimal(&text[..end], is_whole), end)
}

fn digits(text: &str, from: usize) -> usize {
    from + text[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - from)
}

/// Whole numbers too great for 64 bits become the nearest number there is.
fn decimal(text: &str, is_whole: bool) -> TokenKind {
    match text.parse() {
        Ok(value) if is_whole => TokenKind::Int(value),
        _ => TokenKind::Float(text.parse().expect("digits, a point and an exponent are a number")),
    }
}

fn hexadecimal_value(digits: &str) -> TokenKind {
    match i64::from_str_radix(digits, 16) {
        Ok(value) => TokenKind::Int(value),
        Err(_) => TokenKind::Float(digits.chars().fold(0.0, |value, digit| {
            value * 16.0 + f64::from(digit.to_digit(16).expect("only hexadecimal digits were taken"))
        })),
    }
}
