//! Which three-byte sequences a block of texts has, so that a search need not read blocks that cannot have what it looks for.
//!
//! Texts are folded first, letter by letter: what a text contains, its folded form contains folded. So one filter serves
//! searches that mind the case and those that do not.

const FILTER_BITS: usize = 1 << 17;
const GRAM_BYTES: usize = 3;

/// Lower case, letter by letter, with one sigma. (The lower case of a whole text depends on what stands around a sigma.)
pub(crate) fn fold(text: &str, into: &mut Vec<u8>) {
    into.clear();
    if text.is_ascii() {
        into.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
        return;
    }
    let mut utf8 = [0; 4];
    for lower in text.chars().flat_map(char::to_lowercase) {
        let lower = if lower == 'ς' { 'σ' } else { lower };
        into.extend_from_slice(lower.encode_utf8(&mut utf8).as_bytes());
    }
}

/// The sequences of a block, one bit for each of their hashes.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    words: Box<[u64]>,
}

impl Default for Filter {
    fn default() -> Self {
        Self { words: vec![0; FILTER_BITS / 64].into() }
    }
}

/// Multiplicative hashing (Knuth): the upper bits of the product.
fn bit(gram: &[u8]) -> usize {
    let number = u32::from(gram[0]) << 16 | u32::from(gram[1]) << 8 | u32::from(gram[2]);
    (number.wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS.trailing_zeros())) as usize
}

impl Filter {
    /// Adds what `folded` has.
    pub(crate) fn add(&mut self, folded: &[u8]) {
        for gram in folded.windows(GRAM_BYTES) {
            let bit = bit(gram);
            self.words[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// The filter as bytes, packed.
    pub(crate) fn encode(&self) -> std::io::Result<Vec<u8>> {
        let bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        zstd::bulk::compress(&bytes, 9)
    }

    /// What [`Self::encode`] gave; none where the bytes are no filter.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = zstd::bulk::decompress(bytes, FILTER_BITS / 8).ok()?;
        if bytes.len() != FILTER_BITS / 8 {
            return None;
        }
        let words = bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes")));
        Some(Self { words: words.collect() })
    }

    /// Whether some text of the block may contain what the needle was made of.
    pub(crate) fn may_contain(&self, needle: &Needle) -> bool {
        needle.bits.iter().all(|bit| self.words[bit / 64] >> (bit % 64) & 1 == 1)
    }
}

/// A text that is looked for.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    bits: Vec<usize>,
}

impl Needle {
    /// Of a text in any case; none for one that is too short to tell anything.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut folded = Vec::new();
        fold(text, &mut folded);
        let bits: Vec<usize> = folded.windows(GRAM_BYTES).map(bit).collect();
        (!bits.is_empty()).then_some(Self { bits })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter_of(text: &str) -> Filter {
        let (mut filter, mut folded) = (Filter::default(), Vec::new());
        fold(text, &mut folded);
        filter.add(&folded);
        filter
    }

    #[test]
    fn other_texts_are_told_apart() {
        let filter = filter_of("GET /checkout 200 in 31 ms");
        assert!(filter.may_contain(&Needle::new("checkOUT").unwrap()));
        assert!(!filter.may_contain(&Needle::new("timeout").unwrap()));
        assert!(Needle::new("ab").is_none());
        let read = Filter::decode(&filter.encode().unwrap()).unwrap();
        assert_eq!(read.words, filter.words);
        assert!(Filter::decode(b"no filter").is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(test_support::cases::n_property_cases()))]
        #[test]
        fn what_is_there_is_found_in_any_case(before in "[aA1 ΣσςİK]{0,5}", text in "\\PC{1,8}|[ΣAΑ]{1,6}", after in "[a Σς]{0,5}") {
            let whole = format!("{before}{text}{after}");
            let filter = filter_of(&whole);
            for needle in [text.clone(), text.to_lowercase()] {
                if whole.contains(&needle) || whole.to_lowercase().contains(&needle) {
                    prop_assert!(Needle::new(&needle).is_none_or(|needle| filter.may_contain(&needle)));
                }
            }
        }
    }
}
