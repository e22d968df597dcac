//! Words: a question taken apart, and what different forms of a word have in common.

use std::ops::Range;

/// The most words of a question that are read.
const MAX_WORDS: usize = 400;

/// One word, number, quotation or sign.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// As it was written, without quotation marks.
    pub(super) text: String,
    /// In lower case.
    pub(super) lower: String,
    /// What its forms have in common.
    pub(super) stem: String,
    /// The number that it is.
    pub(super) number: Option<f64>,
    /// Whether it stood in quotation marks.
    pub(super) is_quoted: bool,
    /// Whether something has been made of it.
    pub(super) is_used: bool,
}

/// The words of a question, of which more and more get used as it is understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sentence {
    pub(super) words: Vec<Word>,
}

impl Word {
    fn new(text: &str, is_quoted: bool) -> Self {
        let lower = text.to_lowercase();
        let number = if is_quoted { None } else { read_number(&lower) };
        Self { text: text.to_owned(), stem: stem(&lower), lower, number, is_quoted, is_used: false }
    }

    /// Whether it is a sign, not a word.
    pub(super) fn is_sign(&self) -> bool {
        !self.is_quoted && !self.text.chars().any(char::is_alphanumeric)
    }
}

impl Sentence {
    /// Takes `text` apart. What comes after the first few hundred words is left out.
    pub(super) fn read(text: &str) -> Self {
        let mut words = Vec::new();
        for piece in pieces(text) {
            match piece {
                Piece::Quoted(text) => words.push(Word::new(&text, true)),
                Piece::Plain(text) => words.extend(split(&text).iter().map(|text| Word::new(text, false))),
            }
        }
        words.truncate(MAX_WORDS);
        Self { words }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The word at `at` in lower case, where there is one that is neither quoted nor used.
    pub(super) fn at(&self, at: usize) -> Option<&str> {
        self.words.get(at).filter(|word| !word.is_used && !word.is_quoted).map(|word| word.lower.as_str())
    }

    /// Whether the word at `at` is one of `choices`, used or not.
    pub(super) fn is_any(&self, at: usize, choices: &[&str]) -> bool {
        self.words.get(at).is_some_and(|word| !word.is_quoted && choices.contains(&word.lower.as_str()))
    }

    /// Whether the unused words from `at` on are those of `phrase`; gives their number.
    pub(super) fn has_at(&self, at: usize, phrase: &str) -> Option<usize> {
        let mut n = 0;
        for word in phrase.split(' ') {
            if self.at(at + n) != Some(word) {
                return None;
            }
            n += 1;
        }
        Some(n)
    }

    /// The first place of one of the `phrases`, the earlier of them first.
    pub(super) fn find(&self, phrases: &[&str]) -> Option<Range<usize>> {
        phrases.iter().find_map(|phrase| (0..self.len()).find_map(|at| self.has_at(at, phrase).map(|n| at..at + n)))
    }

    /// Uses the first of the `phrases` that there is.
    pub(super) fn take(&mut self, phrases: &[&str]) -> bool {
        let found = self.find(phrases);
        if let Some(range) = &found {
            self.take_range(range.clone());
        }
        found.is_some()
    }

    pub(super) fn take_range(&mut self, range: Range<usize>) {
        let end = range.end.min(self.len());
        for word in &mut self.words[range.start.min(end)..end] {
            word.is_used = true;
        }
    }

    /// Whether every word of the range is there and unused.
    pub(super) fn is_free(&self, range: Range<usize>) -> bool {
        range.end <= self.len() && self.words[range].iter().all(|word| !word.is_used)
    }

    /// The number at `at`: in digits or in words.
    pub(super) fn number_at(&self, at: usize) -> Option<f64> {
        let word = self.words.get(at).filter(|word| !word.is_used)?;
        word.number.or_else(|| number_word(&word.lower))
    }

    /// What the range says, as it was written.
    pub(super) fn text(&self, range: Range<usize>) -> String {
        let words: Vec<&str> = self.words[range].iter().map(|word| word.text.as_str()).collect();
        words.join(" ")
    }
}

enum Piece {
    Quoted(String),
    Plain(String),
}

/// Splits by white space and quotation marks. An apostrophe within a word is none.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let close = match c {
            '"' => Some('"'),
            '`' => Some('`'),
            '“' | '„' => Some('”'),
            '«' => Some('»'),
            '‘' => Some('’'),
            '\'' if plain.is_empty() => Some('\''),
            _ => None,
        };
        let end = close.and_then(|close| after.find(close).map(|end| (end, close.len_utf8())));
        if let Some((end, n_close)) = end.filter(|(end, _)| *end > 0) {
            pieces.extend(whole(&mut plain));
            pieces.push(Piece::Quoted(after[..end].trim().to_owned()));
            rest = &after[end + n_close..];
            continue;
        }
        if c.is_whitespace() {
            pieces.extend(whole(&mut plain));
        } else if close.is_none() || c == '\'' {
            plain.push(if c == '’' { '\'' } else { c });
        }
        rest = after;
    }
    pieces.extend(whole(&mut plain));
    pieces
}

fn whole(plain: &mut String) -> Option<Piece> {
    (!plain.is_empty()).then(|| Piece::Plain(std::mem::take(plain)))
}

/// Signs that stand for themselves, the longer first.
const SIGNS: [&str; 16] = ["->", "=>", "→", "⇒", ">=", "<=", "!=", "<>", "==", "≥", "≤", ">", "<", "=", "+", "÷"];

/// Splits a piece without white space into words, numbers and signs.
fn split(piece: &str) -> Vec<String> {
    if piece.contains("://") {
        return vec![piece.trim_end_matches(['.', ',', '?', '!', ';', ')']).to_owned()];
    }
    let mut found = Vec::new();
    let mut word = String::new();
    let mut rest = piece;
    while let Some(c) = rest.chars().next() {
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            push_word(&mut word, &mut found);
            found.push((*sign).to_owned());
            rest = &rest[sign.len()..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let is_between_digits =
            word.ends_with(|c: char| c.is_ascii_digit()) && rest.starts_with(|c: char| c.is_ascii_digit());
        match c {
            // a thousand
            ',' if is_between_digits && rest.len() >= 3 && rest.as_bytes()[..3].iter().all(u8::is_ascii_digit) => {}
            ',' | ';' => {
                push_word(&mut word, &mut found);
                found.push(",".to_owned());
            }
            '/' if !word.is_empty() && !word.starts_with('/') => {
                push_word(&mut word, &mut found);
                found.push("/".to_owned());
            }
            '-' | '–' | '—' if !is_between_digits => push_word(&mut word, &mut found),
            '?' | '!' | '(' | ')' | '[' | ']' | '{' | '}' | '*' | '|' | '~' | '^' => push_word(&mut word, &mut found),
            c => word.push(c),
        }
    }
    push_word(&mut word, &mut found);
    found
}

/// What shortened words stand for.
const CONTRACTIONS: [(&str, &[&str]); 12] = [
    ("don't", &["do", "not"]),
    ("doesn't", &["does", "not"]),
    ("didn't", &["did", "not"]),
    ("isn't", &["is", "not"]),
    ("aren't", &["are", "not"]),
    ("wasn't", &["was", "not"]),
    ("weren't", &["were", "not"]),
    ("haven't", &["have", "not"]),
    ("hasn't", &["has", "not"]),
    ("can't", &["can", "not"]),
    ("won't", &["will", "not"]),
    ("let's", &["let", "us"]),
];

fn push_word(word: &mut String, found: &mut Vec<String>) {
    let text = std::mem::take(word);
    let text = text.trim_end_matches(['.', ':', '\'', '"']).trim_start_matches(['\'', '"', ':']);
    if text.is_empty() {
        return;
    }
    let lower = text.to_lowercase();
    if let Some((_, words)) = CONTRACTIONS.iter().find(|(short, _)| *short == lower) {
        found.extend(words.iter().map(|word| (*word).to_owned()));
        return;
    }
    let text = text.strip_suffix("'s").or_else(|| text.strip_suffix("'S")).unwrap_or(text);
    // a number of something, such as 7d, stays whole; money and per cent are numbers
    if !text.is_empty() {
        found.push(text.to_owned());
    }
}

/// A number as people write it: `100`, `1.5`, `$20`, `10k`, `5%`.
fn read_number(lower: &str) -> Option<f64> {
    let text = lower.trim_start_matches(['$', '€', '£']).trim_end_matches(['%', '€', '£', '$']);
    let (text, factor) = match text.strip_suffix('k') {
        Some(text) => (text, 1e3),
        None => (text, 1.0),
    };
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.len() <= 15;
    is_number.then(|| text.parse::<f64>().ok())?.map(|number| number * factor)
}

fn number_word(lower: &str) -> Option<f64> {
    const WORDS: [(&str, f64); 20] = [
        ("one", 1.0),
        ("two", 2.0),
        ("couple", 2.0),
        ("three", 3.0),
        ("few", 3.0),
        ("four", 4.0),
        ("five", 5.0),
        ("six", 6.0),
        ("seven", 7.0),
        ("eight", 8.0),
        ("nine", 9.0),
        ("ten", 10.0),
        ("eleven", 11.0),
        ("twelve", 12.0),
        ("fourteen", 14.0),
        ("fifteen", 15.0),
        ("twenty", 20.0),
        ("thirty", 30.0),
        ("sixty", 60.0),
        ("ninety", 90.0),
    ];
    WORDS.iter().find(|(word, _)| *word == lower).map(|(_, number)| *number)
}

/// Forms that no rule finds.
const IRREGULAR: [(&str, &str); 39] = [
    ("ups", "up"),
    ("ins", "in"),
    ("outs", "out"),
    ("ads", "ad"),
    ("ids", "id"),
    ("bought", "buy"),
    ("paid", "pay"),
    ("sold", "sell"),
    ("sent", "send"),
    ("went", "go"),
    ("gone", "go"),
    ("goes", "go"),
    ("saw", "see"),
    ("seen", "see"),
    ("made", "make"),
    ("left", "leav"),
    ("began", "begin"),
    ("begun", "begin"),
    ("came", "come"),
    ("did", "do"),
    ("done", "do"),
    ("does", "do"),
    ("got", "get"),
    ("took", "take"),
    ("taken", "take"),
    ("wrote", "write"),
    ("written", "write"),
    ("read", "read"),
    ("chose", "choose"),
    ("chosen", "choose"),
    ("quit", "quit"),
    ("spent", "spend"),
    ("lost", "lose"),
    ("won", "win"),
    ("people", "person"),
    ("companies", "company"),
    ("countries", "country"),
    ("cities", "city"),
    ("indices", "index"),
];

/// What the forms of a word have in common: `purchases`, `purchased` and `purchasing` give `purchas`.
pub(super) fn stem(lower: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(form, _)| *form == lower) {
        return shorten(stem);
    }
    if !lower.is_ascii() || lower.len() < 3 || !lower.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return lower.to_owned();
    }
    if lower.len() == 3 {
        return shorten(lower);
    }
    let mut word = lower.to_owned();
    if let Some(start) = word.strip_suffix("ies") {
        word = format!("{start}y");
    } else if ["ches", "shes", "xes", "sses", "zes"].iter().any(|end| word.ends_with(end)) {
        word.truncate(word.len() - 2);
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        word.truncate(word.len() - 1);
    }
    for end in ["ied", "ing", "ed", "ion"] {
        let Some(start) = word.strip_suffix(end) else { continue };
        let has_vowel = start.bytes().any(|byte| b"aeiouy".contains(&byte));
        let fits = if end == "ion" { start.ends_with(['t', 's']) && start.len() > 3 } else { start.len() >= 2 };
        if has_vowel && fits {
            word = if end == "ied" { format!("{start}y") } else { start.to_owned() };
            break;
        }
    }
    shorten(&word)
}

/// Without what endings add to or take from: a silent e, a doubled consonant.
fn shorten(word: &str) -> String {
    let word = if word.len() > 3 { word.strip_suffix('e').unwrap_or(word) } else { word };
    let bytes = word.as_bytes();
    match bytes {
        [.., a, b] if a == b && bytes.len() > 2 && !b"aeious".contains(b) => word[..word.len() - 1].to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_words(text: &str, expected: &[&str]) {
        let words: Vec<String> = Sentence::read(text).words.into_iter().map(|word| word.text).collect();
        assert_eq!(words, expected, "{text}");
    }

    #[test]
    fn questions_are_taken_apart() {
        check_words("How many page-views?", &["How", "many", "page", "views"]);
        check_words("signup → purchase->search", &["signup", "→", "purchase", "->", "search"]);
        check_words("users' \"my event\" and `$pageview`.", &["users", "my event", "and", "$pageview"]);
        check_words("revenue>=1,000, not $20", &["revenue", ">=", "1000", ",", "not", "$20"]);
        check_words("from 2026-01-01 to 2026-02-01", &["from", "2026-01-01", "to", "2026-02-01"]);
        check_words("purchases/signups on /docs/a", &["purchases", "/", "signups", "on", "/docs/a"]);
        check_words("don't count what's here", &["do", "not", "count", "what", "here"]);
        check_words("", &[]);
        check_words("😀 𝔘 \u{0}", &["😀", "𝔘", "\u{0}"]);
    }

    #[track_caller]
    fn check_stem(forms: &[&str]) {
        for form in forms {
            assert_eq!(stem(form), stem(forms[0]), "{form}");
        }
    }

    #[test]
    fn forms_of_a_word_have_a_stem_in_common() {
        check_stem(&["purchase", "purchases", "purchased", "purchasing"]);
        check_stem(&["search", "searches", "searched", "searching"]);
        check_stem(&["add", "adds", "added", "adding"]);
        check_stem(&["identify", "identifies", "identified", "identifying"]);
        check_stem(&["complete", "completes", "completed", "completion"]);
        check_stem(&["view", "views", "viewed", "viewing"]);
        check_stem(&["company", "companies"]);
        check_stem(&["buy", "bought", "buys", "buying"]);
        assert_ne!(stem("sign"), stem("signal"));
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, number) in
            [("100", Some(100.0)), ("1.5", Some(1.5)), ("$20", Some(20.0)), ("10k", Some(1e4)), ("5%", Some(5.0))]
        {
            assert_eq!(Word::new(text, false).number, number, "{text}");
        }
        for text in ["1.2.3", "k", "$", "7d", "2026-01-01", "∞"] {
            assert_eq!(Word::new(text, false).number, None, "{text}");
        }
    }
}
