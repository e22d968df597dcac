//! How wide texts are, so that labels are put where they fit.
//!
//! Pages write in whatever font the reader's system has. The widths here are those of the compiled-in font, which is wider than most, so
//! that what fits by them fits on screen as well.

/// The width of `text` in pixels where letters are `size` pixels high.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() / 1000.0 * size
}

/// `text`, or as much of its beginning as is at most `max_width` pixels wide, with an ellipsis.
pub(crate) fn fit(text: &str, max_width: f64, size: f64) -> String {
    if width(text, size) <= max_width {
        return text.to_owned();
    }
    let room = max_width - width("…", size);
    let mut used = 0.0;
    let mut kept = String::new();
    for letter in text.chars() {
        used += advance(letter) / 1000.0 * size;
        if used > room {
            break;
        }
        kept.push(letter);
    }
    format!("{}…", kept.trim_end())
}

/// In thousandths of the letters' height.
fn advance(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | ' ' | '\'' | '|' | '!' => 268.0,
        'f' | 'I' | 'J' | 't' | '(' | ')' | '[' | ']' | '{' | '}' | '-' | '/' | '\\' | '·' => 365.0,
        'r' | '"' | '_' | '*' | '?' => 440.0,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'L' => 525.0,
        '0'..='9' | '$' | '€' | '+' | '=' | '<' | '>' | '~' => 572.0,
        'w' | 'C' | 'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'U' | 'V' | '&' => 785.0,
        'm' | 'M' | 'W' | '%' | '@' | '…' => 935.0,
        'a'..='z' => 618.0,
        'A'..='Z' => 650.0,
        letter if letter < '\u{1100}' => 650.0,
        _ => 1000.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_fit(text: &str, max_width: f64, expected: &str) {
        let fitted = fit(text, max_width, 10.0);
        assert_eq!(fitted, expected);
        assert!(width(&fitted, 10.0) <= max_width.max(width("…", 10.0)));
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        check_fit("pageview", 100.0, "pageview");
        check_fit("pageview", 40.0, "pagev…");
        check_fit("a b c", 16.0, "a…");
        check_fit("anything", 0.0, "…");
        check_fit("", 0.0, "");
    }
}
