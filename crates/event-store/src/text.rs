//! Interned texts.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// Texts, each held once and named by the order in which it was first seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextDictionary {
    texts: String,
    ends: Vec<usize>,
    codes: HashTable<u32>,
}

impl TextDictionary {
    /// The code of `text`, which gets the next one when it is new.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let hash = FxBuildHasher.hash_one(text);
        let Self { texts, ends, codes } = self;
        if let Some(&code) = codes.find(hash, |&code| text_at(texts, ends, code) == text) {
            return code;
        }
        let code = u32::try_from(ends.len()).expect("fewer than 2^32 texts fit into memory");
        texts.push_str(text);
        ends.push(texts.len());
        codes.insert_unique(hash, code, |&code| FxBuildHasher.hash_one(text_at(texts, ends, code)));
        code
    }

    /// The code of `text`, if it was interned.
    pub(crate) fn code(&self, text: &str) -> Option<u32> {
        let hash = FxBuildHasher.hash_one(text);
        self.codes.find(hash, |&code| self.text(code) == text).copied()
    }

    /// The text of that code.
    pub(crate) fn text(&self, code: u32) -> &str {
        text_at(&self.texts, &self.ends, code)
    }

    /// Number of texts; their codes are the numbers below it.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The texts in the order of their codes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0_u32..).take(self.len()).map(|code| self.text(code))
    }
}

fn text_at<'a>(texts: &'a str, ends: &[usize], code: u32) -> &'a str {
    let code = code as usize;
    let start = if code == 0 { 0 } else { ends[code - 1] };
    &texts[start..ends[code]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_code() {
        let mut texts = TextDictionary::default();
        assert_eq!(["b", "", "a", "b", ""].map(|text| texts.intern(text)), [0, 1, 2, 0, 1]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["b", "", "a"]);
        assert_eq!((texts.code("a"), texts.code("c")), (Some(2), None));
        for number in 0..10_000 {
            texts.intern(&number.to_string());
        }
        assert_eq!(texts.code("b"), Some(0));
        assert_eq!(texts.text(texts.code("9999").unwrap()), "9999");
    }
}
