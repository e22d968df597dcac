//! Ids that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use insights_core::ids::IdSource;
use uuid::Uuid;

/// Gives 1, 2, 3, … as uuids, and as random bytes a sequence that never repeats within a run.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl CountingIds {
    /// A source that begins with 1.
    pub fn new() -> Self {
        Self::default()
    }

    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl IdSource for CountingIds {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.next()))
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // An odd factor makes neighbouring numbers look unlike each other, and keeps different ones different.
            let scrambled = self.next().wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&scrambled.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use insights_core::ids::random_text;

    use super::*;

    #[test]
    fn ids_count_and_texts_differ() {
        let ids = CountingIds::new();
        assert_eq!([ids.uuid(), ids.uuid()], [Uuid::from_u128(1), Uuid::from_u128(2)]);
        assert_ne!(random_text(&ids, 8), random_text(&ids, 8));
    }
}
