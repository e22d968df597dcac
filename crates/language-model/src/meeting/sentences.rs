//! Sentences and words of what was said.

/// Words before a full stop that does not end a sentence.
const SHORTENED: [&str; 14] =
    ["mr", "mrs", "ms", "dr", "st", "vs", "etc", "e.g", "i.e", "approx", "no", "inc", "p.m", "a.m"];

/// The sentences of a text, with the marks at their ends, without empty ones.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return None;
            }
            let (sentence, after) = rest.split_at(end_of_sentence(rest));
            rest = after;
            if sentence.chars().any(char::is_alphanumeric) {
                return Some(sentence.trim());
            }
        }
    })
}

/// Where the first sentence of `text` ends: behind a mark that a space or nothing follows.
fn end_of_sentence(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let is_last = characters.peek().is_none_or(|(_, next)| next.is_whitespace());
        let ends = match character {
            '。' | '！' | '？' | '\n' => true,
            '!' | '?' | '…' => is_last,
            '.' => {
                let word = text[..at].rsplit(char::is_whitespace).next().unwrap_or_default();
                is_last && !SHORTENED.contains(&word.to_lowercase().as_str())
            }
            _ => false,
        };
        if ends {
            return at + character.len_utf8();
        }
    }
    text.len()
}

/// The words of a sentence in lower case, with typographic apostrophes made plain; punctuation is left out.
pub(super) fn words(sentence: &str) -> Vec<String> {
    let plain = sentence.replace(['’', '‘'], "'").to_lowercase();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '-');
    let words = plain.split(|c: char| !is_part(c)).map(|word| word.trim_matches(['\'', '-']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(sentences(text).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn sentences_end_at_their_marks() {
        check("Hello there. How are you? Fine!", &["Hello there.", "How are you?", "Fine!"]);
        check(
            "It costs 3.50 now. Dr. Smith agrees at 5 p.m. today",
            &["It costs 3.50 now.", "Dr. Smith agrees at 5 p.m. today"],
        );
        check("one\ntwo", &["one", "two"]);
        check("はい。行きます。", &["はい。", "行きます。"]);
        check("... — ?", &[]);
        check("Well... I'll go.", &["Well...", "I'll go."]);
    }

    #[test]
    fn words_are_plain() {
        assert_eq!(words("I’ll re-send “it”, Ann!"), ["i'll", "re-send", "it", "ann"]);
    }
}
