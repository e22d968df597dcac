//! A model's words made plain: what is shown holds no markup, no control characters, and no more than it may.

use crate::assistant::Objection;

/// `text` without markup and control characters, in lines without spaces at their ends.
///
/// # Errors
/// Where nothing is left, or more than `max_characters`.
pub fn plain_text(text: &str, max_characters: usize) -> Result<String, Objection> {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let visible: String = text.chars().filter(|c| *c == '\n' || is_visible(*c)).collect();
    let lines = without_tags(&visible);
    let lines: Vec<String> = lines.lines().map(without_markdown).filter(|line| !line.is_empty()).collect();
    let plain = lines.join("\n");
    match plain.chars().count() {
        0 => Err("the text is empty".to_owned()),
        n if n > max_characters => Err(format!("the text has {n} characters, more than {max_characters}")),
        _ => Ok(plain),
    }
}

/// As [`plain_text`], on one line.
///
/// # Errors
/// As [`plain_text`].
pub fn plain_line(text: &str, max_characters: usize) -> Result<String, Objection> {
    plain_text(&text.replace(['\n', '\r', '\u{2028}', '\u{2029}'], " "), max_characters)
}

/// The JSON object that `text` is, or that stands in it between marks of code.
///
/// # Errors
/// Where there is none; says where it breaks off.
pub fn json_object(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, Objection> {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    let text = inner.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner).trim());
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(object)) => Ok(object),
        Ok(_) => Err("the answer is to be one JSON object".to_owned()),
        Err(error) => Err(format!("the answer is no JSON object: {error}")),
    }
}

/// Whether a character shows, and leaves others where they are: no control characters, no marks of direction, nothing of no width.
fn is_visible(c: char) -> bool {
    let is_hidden = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !c.is_control() && !is_hidden
}

/// `text` without HTML: scripts and styles with what is in them, other tags alone. Signs that compare numbers stay.
fn without_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find('<') {
        kept.push_str(&rest[..position]);
        let tag = &rest[position..];
        if !tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            kept.push('<');
            rest = &tag[1..];
            continue;
        }
        // A tag that does not end takes all that follows with it.
        rest = tag.find('>').map_or("", |end| &tag[end + 1..]);
        for hidden in ["script", "style"] {
            let opens = tag.get(1..=hidden.len()).is_some_and(|name| name.eq_ignore_ascii_case(hidden));
            if opens {
                let end = rest.to_ascii_lowercase().find(&format!("</{hidden}"));
                rest = end.map_or("", |end| &rest[end..]);
            }
        }
    }
    kept.push_str(rest);
    // What is left may make a tag anew: `<scr<b></b>ipt>`.
    if kept.len() < text.len() && kept.contains('<') { without_tags(&kept) } else { kept }
}

/// A line without marks of Markdown: headings, emphasis, code, links.
fn without_markdown(line: &str) -> String {
    let line = line.trim().trim_start_matches('#').trim_start();
    let line = match line.strip_prefix("* ").or_else(|| line.strip_prefix("• ")) {
        Some(item) => format!("- {item}"),
        None => line.to_owned(),
    };
    let line = line.replace("**", "").replace('`', "");
    let mut kept = String::with_capacity(line.len());
    let mut rest = line.as_str();
    // `[words](address)` is its words.
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once("](").and_then(|(words, after)| Some((words, after.split_once(')')?.1)));
        match link {
            Some((words, after)) if !words.contains('[') => {
                kept.push_str(before.strip_suffix('!').unwrap_or(before));
                kept.push_str(words);
                rest = after;
            }
            _ => {
                kept.push_str(before);
                kept.push('[');
                rest = after;
            }
        }
    }
    kept.push_str(rest);
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(plain_text(text, 1000).as_deref(), Ok(expected), "{text:?}");
    }

    #[test]
    fn markup_goes_and_words_stay() {
        check("Views **rose** by `12%`", "Views rose by 12%");
        check("# Headline\r\n\r\n* one\n- two", "Headline\n- one\n- two");
        check("see [the docs](https://evil.example/?q=1) now", "see the docs now");
        check("![x](https://evil.example/pixel.png)y", "xy");
        check("a <b>bold</b> word<br/>", "a bold word");
        check("x<script>alert(1)</SCRIPT>y<style>p{}</style>z", "xyz");
        check("<scr<b></b>ipt>alert(1)</script>ok", "ipt>alert(1)ok");
        check("cut <img src=x onerror=alert(1)", "cut");
        check("3 < 5 and 7 > 2, <5 minutes", "3 < 5 and 7 > 2, <5 minutes");
        check("property my_event__name", "property my_event__name");
        check("[1] and [2]", "[1] and [2]");
    }

    #[test]
    fn what_cannot_be_seen_goes() {
        check("a\u{0}b\u{1b}[31mc\u{202e}d\u{200b}e\u{feff}", "ab[31mcde");
        check("a\u{2028}b\tc", "a\nbc");
        assert_eq!(plain_line("a\nb", 10).as_deref(), Ok("a b"));
    }

    #[test]
    fn length_is_limited_and_nothing_is_no_text() {
        assert_eq!(plain_text("abc", 2), Err("the text has 3 characters, more than 2".to_owned()));
        assert_eq!(plain_text(" <b></b>\n", 2), Err("the text is empty".to_owned()));
    }

    #[test]
    fn objects_are_found_in_code_marks() {
        assert_eq!(json_object("```json\n{\"a\": 1}\n```").unwrap()["a"], 1);
        assert_eq!(json_object(" {\"a\": 1} ").unwrap()["a"], 1);
        assert_eq!(json_object("[1]").unwrap_err(), "the answer is to be one JSON object");
        assert!(json_object("Sure! {").unwrap_err().starts_with("the answer is no JSON object: expected value"));
    }
}
