//! Cuts a stream of bytes into parts.

use bytes::{Buf, Bytes, BytesMut};

/// Collects bytes until they fill a part.
#[derive(Debug)]
pub(crate) struct Cutter {
    buffer: BytesMut,
    part_bytes: usize,
    /// Bytes that are still to come, as far as that is known.
    expected_bytes: Option<u64>,
}

impl Cutter {
    /// Cuts into parts of `part_bytes`. Where `expected_bytes` are known to come, no more room is taken than they need.
    pub(crate) fn new(part_bytes: usize, expected_bytes: Option<u64>) -> Self {
        Self { buffer: BytesMut::new(), part_bytes, expected_bytes }
    }

    /// Takes from `chunk` what fits, and gives the part that is full then. To be called until nothing is left.
    pub(crate) fn fill(&mut self, chunk: &mut Bytes) -> Option<Bytes> {
        if self.buffer.is_empty() {
            let expected = self.expected_bytes.and_then(|bytes| usize::try_from(bytes).ok());
            self.buffer.reserve(expected.unwrap_or(self.part_bytes).clamp(1, self.part_bytes));
        }
        let n_taken = chunk.len().min(self.part_bytes - self.buffer.len());
        self.buffer.extend_from_slice(&chunk[..n_taken]);
        chunk.advance(n_taken);
        if self.buffer.len() < self.part_bytes {
            return None;
        }
        Some(self.take())
    }

    /// What is left when nothing more comes; `None` where that is nothing.
    pub(crate) fn finish(&mut self) -> Option<Bytes> {
        (!self.buffer.is_empty()).then(|| self.take())
    }

    /// The bytes so far, whose memory goes with them.
    fn take(&mut self) -> Bytes {
        let part = std::mem::take(&mut self.buffer).freeze();
        let n_taken = u64::try_from(part.len()).expect("a length fits into 64 bits");
        self.expected_bytes = self.expected_bytes.map(|expected| expected.saturating_sub(n_taken));
        part
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn cut(part_bytes: usize, chunks: &[Vec<u8>]) -> Vec<Bytes> {
        let mut cutter = Cutter::new(part_bytes, None);
        let mut parts = Vec::new();
        for chunk in chunks {
            let mut chunk = Bytes::from(chunk.clone());
            while !chunk.is_empty() {
                parts.extend(cutter.fill(&mut chunk));
            }
        }
        parts.extend(cutter.finish());
        parts
    }

    #[test]
    fn the_last_part_is_the_shorter_one() {
        let parts = cut(4, &[b"abc".to_vec(), b"defgh".to_vec(), b"i".to_vec()]);
        assert_eq!(parts, ["abcd", "efgh", "i"]);
        assert!(cut(4, &[]).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(test_support::cases::n_property_cases()))]

        #[test]
        fn nothing_is_lost_and_all_parts_but_the_last_are_full(
            part_bytes in 1_usize..20,
            chunks in vec(vec(any::<u8>(), 0..50), 0..10),
        ) {
            let parts = cut(part_bytes, &chunks);
            prop_assert_eq!(parts.concat(), chunks.concat());
            for (n, part) in parts.iter().enumerate() {
                prop_assert!(!part.is_empty());
                prop_assert!(part.len() == part_bytes || n + 1 == parts.len() && part.len() < part_bytes);
            }
        }
    }
}
